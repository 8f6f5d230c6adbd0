//! The linked project: all facts, with what finds a thing by its reference.
//!
//! Holds no analysis result. Knows no output format and no library by name.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::eval::Ty;
use super::index::FileIndex;
use super::kinds::FileClass;
use super::macros::Macros;
use super::manifests::{Deployment, Manifests, version};
use super::memo::Memo;
use super::modules::Modules;
use super::settings::named::Named;
use crate::catalog::schema::{Ecosystem, Platform};
use crate::catalog::{Catalog, PackageId, TypeId};
use crate::facts::{CallId, ClassId, ClassKind, FileFacts, FnId, Function, Import, ImportKind, Language};
use crate::source::FileId;
use crate::source::globs::Globs;

/// A function of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FnRef {
    pub file: u32,
    pub id: FnId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassRef {
    pub file: u32,
    pub id: ClassId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallRef {
    pub file: u32,
    pub id: CallId,
}

/// One source file with its facts.
#[derive(Clone)]
pub struct Unit {
    /// Index into the session's files.
    pub source: FileId,
    /// Relative to the project's root, with `/`.
    pub path: String,
    pub facts: std::sync::Arc<FileFacts>,
    /// False where the facts hold imports alone.
    pub parsed: bool,
    /// What its path says of it.
    pub class: FileClass,
    /// Something in it may be a comment for connlint.
    pub remarks: bool,
}

/// A clone shares the tables, and remembers for itself what it evaluates: what one thread asks has no influence
/// on the answers that another one gets.
#[derive(Clone)]
pub struct Program<'a> {
    pub units: &'a [Unit],
    pub catalog: &'a Catalog,
    pub modules: &'a Modules,
    pub manifests: &'a Manifests,
    /// For each file its path within the application, or the package, that holds it.
    inner: Arc<[&'a str]>,
    /// The macros that the project defines itself.
    pub macros: Arc<Macros>,
    /// Packages of the data whose any-receiver rows, globals and paths apply here.
    pub active: Arc<[PackageId]>,
    /// Folders of packages that run on a special platform.
    platforms: Arc<[Deployment<'a>]>,
    /// Functions that settings files name.
    pub(super) named: Arc<[Named]>,
    /// By the folder of its package: names that are everywhere, and the files that export them.
    auto_imports: Arc<FxHashMap<String, FxHashMap<&'a str, u32>>>,
    pub index: Arc<[FileIndex<'a>]>,
    /// By base or implemented class: the classes below it, directly.
    pub(super) subclasses: Arc<FxHashMap<ClassRef, Vec<ClassRef>>>,
    /// Rust `impl` blocks by the struct, enum or trait that they belong to.
    pub(super) impls: Arc<FxHashMap<ClassRef, Vec<ClassRef>>>,
    /// The struct of an `impl` block.
    pub(super) impl_of: Arc<FxHashMap<ClassRef, ClassRef>>,
    /// The traits of the project that a struct of Rust implements.
    pub(super) traits_of: Arc<FxHashMap<ClassRef, Vec<ClassRef>>>,
    pub(super) methods_by_name: Arc<FxHashMap<&'a str, Vec<FnRef>>>,
    /// Methods that the project adds to results, by name.
    pub(super) of_results: Arc<FxHashMap<&'a str, Vec<FnRef>>>,
    pub(super) memo: Memo<'a>,
    /// The classes whose objects are rows of a table, once somebody asked.
    pub(super) records: std::cell::OnceCell<FxHashSet<ClassRef>>,
    /// By class: the calls that make an object of it with named arguments, once somebody asked.
    pub(super) literals: std::cell::OnceCell<FxHashMap<ClassRef, Vec<CallRef>>>,
    /// By name: the classes and functions that files export under it, once somebody asked.
    pub(super) exported: std::cell::OnceCell<FxHashMap<&'a str, Vec<(u32, Ty<'a>)>>>,
    /// What the program keeps under names on what its frameworks hand around.
    pub(super) registries: Arc<super::registries::Registries<'a>>,
}

/// What a program is made of.
pub struct Parts<'a> {
    pub units: &'a [Unit],
    pub catalog: &'a Catalog,
    pub modules: &'a Modules,
    pub manifests: &'a Manifests,
    pub named: Vec<Named>,
    pub macros: Macros,
    pub index: Vec<FileIndex<'a>>,
}

impl<'a> Program<'a> {
    pub fn new(parts: Parts<'a>) -> Self {
        let Parts { units, catalog, modules, manifests, named, macros, index } = parts;
        let active: Arc<[PackageId]> = active(units, catalog, modules, manifests).into();
        let mut program = Program {
            units,
            catalog,
            modules,
            manifests,
            inner: within_applications(units, catalog, manifests, &active),
            macros: Arc::new(macros),
            active,
            platforms: manifests.platforms(catalog).into(),
            named: named.into(),
            auto_imports: Arc::new(auto_imports(units, catalog, manifests)),
            index: index.into(),
            subclasses: Arc::default(),
            impls: Arc::default(),
            impl_of: Arc::default(),
            traits_of: Arc::default(),
            methods_by_name: Arc::default(),
            of_results: Arc::default(),
            memo: Memo::default(),
            records: std::cell::OnceCell::new(),
            literals: std::cell::OnceCell::new(),
            exported: std::cell::OnceCell::new(),
            registries: Arc::default(),
        };
        program.link_impls();
        program.link_subclasses();
        program.index_methods();
        program.find_registries();
        program.memo.clear();
        program
    }

    /// The number of a source among the units.
    pub fn unit_of(&self, source: FileId) -> Option<u32> {
        // Units stand in the order of the sources.
        self.units.binary_search_by_key(&source, |unit| unit.source).ok().map(|file| file as u32)
    }

    pub fn facts(&self, file: u32) -> &'a FileFacts {
        &self.units[file as usize].facts
    }

    pub fn function(&self, f: FnRef) -> &'a Function {
        self.facts(f.file).function(f.id)
    }

    pub fn class(&self, c: ClassRef) -> &'a crate::facts::Class {
        self.facts(c.file).class(c.id)
    }

    pub fn call(&self, c: CallRef) -> &'a crate::facts::Call {
        self.facts(c.file).call(c.id)
    }

    /// What a file is for.
    pub fn class_of(&self, file: u32) -> FileClass {
        if self.modules.is_for_tests(file) { FileClass::Test } else { self.units[file as usize].class }
    }

    /// The function is part of a test, or stands in a file of tests.
    pub fn is_test(&self, f: FnRef) -> bool {
        self.class_of(f.file) == FileClass::Test || self.is_written_as_test(f)
    }

    /// A function that a test runner finds. Python's look at names only in files that have the name of tests.
    pub fn is_written_as_test(&self, f: FnRef) -> bool {
        let found = self.language(f.file) != Language::Python || self.class_of(f.file) != FileClass::Source;
        self.function(f).flags.test && found
    }

    pub fn language(&self, file: u32) -> Language {
        self.facts(file).language
    }

    pub fn functions(&self) -> impl Iterator<Item = FnRef> + '_ {
        self.functions_of(0..self.units.len() as u32)
    }

    pub fn functions_of(&self, files: Range<u32>) -> impl Iterator<Item = FnRef> + '_ {
        files.flat_map(|file| self.facts(file).function_ids().map(move |id| FnRef { file, id }))
    }

    pub fn calls(&self) -> impl Iterator<Item = CallRef> + '_ {
        self.units.iter().enumerate().flat_map(|(file, unit)| {
            (0..unit.facts.calls.len() as u32).map(move |id| CallRef { file: file as u32, id: CallId(id) })
        })
    }

    pub fn classes(&self) -> impl Iterator<Item = ClassRef> + '_ {
        self.classes_of(0..self.units.len() as u32)
    }

    pub fn classes_of(&self, files: Range<u32>) -> impl Iterator<Item = ClassRef> + '_ {
        let class = |file, id: usize| ClassRef { file, id: ClassId(id as u32) };
        files.flat_map(move |file| (0..self.facts(file).classes.len()).map(move |id| class(file, id)))
    }

    /// Takes over what other programs of the same project have evaluated; its clones share it.
    pub fn remember(&mut self, others: impl IntoIterator<Item = Program<'a>>) {
        others.into_iter().for_each(|other| self.memo.extend(other.memo));
        self.memo.settle();
    }

    /// A file's path relative to the package that holds it.
    pub fn within_package(&self, file: u32) -> &'a str {
        self.inner[file as usize]
    }

    /// The folder of the package that holds a file, with its `/`.
    pub fn package_folder(&self, file: u32) -> &'a str {
        let path = self.units[file as usize].path.as_str();
        &path[..path.len() - within_package(self.manifests, path).len()]
    }

    /// The file whose export a name is that no import brings in.
    pub(super) fn auto_import(&self, from: u32, name: &str) -> Option<u32> {
        if self.auto_imports.is_empty() {
            return None;
        }
        let package = self.manifests.package_of(&self.units[from as usize].path)?;
        let file = *self.auto_imports.get(&package.folder)?.get(name)?;
        (file != from).then_some(file)
    }

    /// The platform that the package around a path runs on, where something says so.
    pub fn platform(&self, path: &str) -> Option<Platform> {
        self.deployment(path).map(|one| one.platform)
    }

    /// What the innermost settings file of a platform around a path says.
    pub fn deployment(&self, path: &str) -> Option<&Deployment<'a>> {
        let own = || self.manifests.package_of(path).map(|package| package.folder.as_str());
        let about = |one: &&Deployment<'a>| one.runs(path) && (!one.own_package || own() == Some(one.folder.as_str()));
        let around = self.platforms.iter().filter(about);
        around.max_by_key(|one| one.folder.len())
    }

    /// Whether the crate around a path is made into pages, to run in the browser.
    pub fn is_page_package(&self, path: &str) -> bool {
        path.ends_with(".rs") && self.manifests.is_for_browser(path, self.catalog)
    }

    /// Whether a type holds connections of its own in the version and with the features that a file's package uses.
    pub fn owns(&self, ty: TypeId, file: u32) -> bool {
        let info = self.catalog.ty(ty);
        let names = &self.catalog.package(info.package).dependencies;
        let (feature, by_default) = (&info.row.owns_feature, info.row.feature_by_default);
        if !feature.is_empty() && self.manifests.has_feature(names, feature, by_default) == Some(false) {
            return false;
        }
        if info.row.owns_since.is_empty() {
            return info.owns;
        }
        let used = self.manifests.version_of(&self.units[file as usize].path, names);
        info.owns && used.is_none_or(|used| used >= version(&info.row.owns_since))
    }

    pub fn is_active(&self, package: PackageId) -> bool {
        self.active.binary_search(&package).is_ok()
    }

    /// The class whose `this` a function sees: its own, or that of the function around it.
    pub fn class_around(&self, f: FnRef) -> Option<ClassRef> {
        let class = ClassRef { file: f.file, id: self.facts(f.file).class_around(f.id)? };
        Some(self.impl_of.get(&class).copied().unwrap_or(class))
    }

    /// The class and, for Rust, its `impl` blocks: where its methods stand.
    pub fn parts(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut parts = vec![class];
        parts.extend(self.impls.get(&class).into_iter().flatten());
        parts
    }

    /// A method declared by the class itself.
    pub fn own_method(&self, class: ClassRef, name: &str) -> Option<FnRef> {
        self.parts(class).into_iter().find_map(|part| {
            let methods = &self.class(part).methods;
            let facts = self.facts(part.file);
            let id = methods.iter().copied().find(|id| facts.function(*id).name.as_deref() == Some(name))?;
            Some(FnRef { file: part.file, id })
        })
    }

    /// All methods declared by the class itself.
    pub fn own_methods(&self, class: ClassRef) -> Vec<FnRef> {
        let parts = self.parts(class);
        parts
            .iter()
            .flat_map(|part| self.class(*part).methods.iter().map(|id| FnRef { file: part.file, id: *id }))
            .collect()
    }

    /// The classes below, at any depth, without the class itself.
    pub fn descendants(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut found: Vec<ClassRef> = Vec::new();
        let mut queue = vec![class];
        while let Some(next) = queue.pop() {
            for sub in self.subclasses.get(&next).into_iter().flatten() {
                if !found.contains(sub) {
                    found.push(*sub);
                    queue.push(*sub);
                }
            }
        }
        found
    }

    fn link_impls(&mut self) {
        let impls: Vec<ClassRef> = self.classes().filter(|class| self.class(*class).kind == ClassKind::Impl).collect();
        for block in impls {
            if let Some(owner) = self.impl_owner(block) {
                Arc::make_mut(&mut self.impls).entry(owner).or_default().push(block);
                Arc::make_mut(&mut self.impl_of).insert(block, owner);
            }
        }
    }

    fn impl_owner(&self, block: ClassRef) -> Option<ClassRef> {
        let name = self.class(block).name.as_str();
        match self.type_by_name(block.file, name) {
            super::eval::Ty::Class(class) if self.class(class).kind != ClassKind::Impl => Some(class),
            _ => None,
        }
    }

    fn link_subclasses(&mut self) {
        let classes: Vec<ClassRef> = self.classes().collect();
        for class in classes {
            for base in self.declared_bases(class) {
                let below = self.impl_of.get(&class).copied().unwrap_or(class);
                if below != base {
                    Arc::make_mut(&mut self.subclasses).entry(base).or_default().push(below);
                    if self.class(base).kind == ClassKind::Trait {
                        Arc::make_mut(&mut self.traits_of).entry(below).or_default().push(base);
                    }
                }
            }
        }
    }

    fn declared_bases(&self, class: ClassRef) -> Vec<ClassRef> {
        let data = self.class(class);
        let from = FnRef { file: class.file, id: data.function };
        let bases = data.bases.iter().map(|base| self.callable(self.eval(from, base)));
        let implemented = data.implements.iter().map(|ty| self.eval_type(from, ty));
        bases.chain(implemented).filter_map(|ty| ty.class()).collect()
    }

    /// Project classes that this one extends.
    pub fn bases(&self, class: ClassRef) -> Vec<ClassRef> {
        let data = self.class(class);
        let from = FnRef { file: class.file, id: data.function };
        data.bases
            .iter()
            .filter_map(|base| self.callable(self.eval(from, base)).class())
            .filter(|base| *base != class)
            .collect()
    }

    fn index_methods(&mut self) {
        for f in self.functions().collect::<Vec<_>>() {
            let function = self.function(f);
            if let (Some(_), Some(name)) = (function.class, function.name.as_deref()) {
                Arc::make_mut(&mut self.methods_by_name).entry(name).or_default().push(f);
                if self.adds_to_results(f) {
                    Arc::make_mut(&mut self.of_results).entry(name).or_default().push(f);
                }
            }
        }
    }
}

/// Several applications may share one manifest: each begins where the settings of its framework stand.
fn within_applications<'p>(
    units: &'p [Unit],
    catalog: &Catalog,
    manifests: &Manifests,
    active: &[PackageId],
) -> Arc<[&'p str]> {
    let names = Globs::new(active.iter().flat_map(|id| &catalog.package(*id).roots));
    let settings = units.iter().filter_map(|unit| unit.path.rsplit_once('/')).filter(|(_, name)| names.fit(name));
    let roots: FxHashSet<&str> = settings.map(|(folder, _)| folder).collect();
    let inner = |unit: &'p Unit| {
        let inner = within_package(manifests, &unit.path);
        let within = |(at, _): (usize, &str)| {
            let (folder, rest) = (&unit.path[..unit.path.len() - inner.len() + at], &inner[at + 1..]);
            roots.contains(folder).then_some(rest)
        };
        inner.rmatch_indices('/').filter(|_| !roots.is_empty()).find_map(within).unwrap_or(inner)
    };
    units.iter().map(inner).collect()
}

fn within_package<'p>(manifests: &Manifests, path: &'p str) -> &'p str {
    let folder = manifests.package_of(path).map_or("", |package| package.folder.as_str());
    path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/'))
}

/// Packages that the project depends on, by manifest or import (what is called so and belongs to the
/// project is none), and those of the languages themselves (`dependencies = ["*"]`, browser globals).
fn active(units: &[Unit], catalog: &Catalog, modules: &Modules, manifests: &Manifests) -> Vec<PackageId> {
    let mut imported: Vec<PackageId> = Vec::new();
    let mut names: FxHashSet<(Language, String)> = FxHashSet::default();
    for (file, unit) in units.iter().enumerate() {
        let language = unit.facts.language;
        let own = |module: &str| language == Language::Rust && modules.is_rust_module(file as u32, module);
        let written = unit.facts.imports.iter().filter(|import| !own(&import.module));
        names.extend(written.flat_map(|import| imported_modules(language, import)));
    }
    for (language, module) in names {
        imported.extend(catalog.packages_of_import(language, &module));
    }
    let ids = (0..catalog.files.len() as u32).map(PackageId);
    let wanted = |id: &PackageId| {
        let file = catalog.package(*id);
        let always = file.dependencies.iter().any(|name| name == "*") || file.ecosystem == Some(Ecosystem::Browser);
        always
            || imported.contains(id)
            || file.dependencies.iter().any(|name| manifests.depends_on(name))
            || file.platform_files.iter().any(|glob| manifests.has_file(glob))
    };
    ids.filter(wanted).collect()
}

/// What frameworks make a name everywhere in the packages that depend on them.
fn auto_imports<'a>(
    units: &'a [Unit],
    catalog: &Catalog,
    manifests: &Manifests,
) -> FxHashMap<String, FxHashMap<&'a str, u32>> {
    let mut found: FxHashMap<String, FxHashMap<&str, u32>> = FxHashMap::default();
    for file in catalog.files.iter().filter(|file| !file.auto_imports.is_empty()) {
        let Some(globs) = glob_set(&file.auto_imports) else { continue };
        for folder in manifests.listing("npm", &file.dependencies) {
            let own = |path: &str| manifests.package_of(path).is_some_and(|package| package.folder == folder);
            let inner = |path: &'a str| path.strip_prefix(&folder).unwrap_or(path).trim_start_matches('/');
            let files =
                units.iter().enumerate().filter(|(_, unit)| globs.is_match(inner(&unit.path)) && own(&unit.path));
            let names = found.entry(folder.clone()).or_default();
            for (at, unit) in files {
                let exports = unit.facts.exports.iter().filter(|export| export.name != "default" && export.name != "*");
                exports.for_each(|export| {
                    names.entry(&export.name).or_insert(at as u32);
                });
            }
        }
    }
    found
}

/// `*` stands for one part of a path.
fn glob_set(patterns: &[String]) -> Option<globset::GlobSet> {
    let mut set = globset::GlobSetBuilder::new();
    let globs = patterns.iter().filter_map(|glob| globset::GlobBuilder::new(glob).literal_separator(true).build().ok());
    globs.for_each(|glob| {
        set.add(glob);
    });
    set.build().ok()
}

/// The module that an import names; `from a import b` may mean the module `a.b`.
fn imported_modules(language: Language, import: &Import) -> Vec<(Language, String)> {
    let mut modules = vec![(language, import.module.clone())];
    if language == Language::Python && import.kind == ImportKind::Named {
        modules.push((language, format!("{}.{}", import.module, import.name)));
    }
    modules
}
