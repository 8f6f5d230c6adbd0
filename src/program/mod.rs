//! The linked project: all facts, with what finds a thing by its reference.
//!
//! Holds no analysis result. Knows no output format and no library by name.

pub mod crew;
pub mod fixpoint;
pub mod hosts;
pub mod index;
pub mod macros;
pub mod nesting;
pub mod templates;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::catalog::schema::{Ecosystem, Platform};
use crate::catalog::{Catalog, PackageId, TypeId};
use crate::facts::trail::Step;
use crate::facts::{
    CallId, ClassId, DEFAULT_EXPORT, FileFacts, FnId, Function, Import, ImportKind, Language, Naming, Semantics, Value,
};
use crate::packages::file_names::{FileNames, called_after, file_names};
use crate::packages::kinds::FileClass;
use crate::packages::manifests::{Deployment, Manifests, Package, version};
use crate::packages::modules::Modules;
use crate::packages::settings::named::Named;
use crate::packages::unit::Unit;
use crate::source::FileId;
use crate::source::globs::Globs;
use index::FileIndex;
use macros::Macros;

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

impl From<FnRef> for Step {
    fn from(function: FnRef) -> Self {
        Step::Function(function.file, function.id)
    }
}

impl From<CallRef> for Step {
    fn from(call: CallRef) -> Self {
        Step::Call(call.file, call.id)
    }
}

/// Plain data and look-ups: what stands in the lowered files, by reference. A clone shares the tables.
#[derive(Clone)]
pub struct Symbols<'a> {
    pub units: &'a [Unit],
    pub catalog: &'a Catalog,
    pub modules: &'a Modules,
    pub manifests: &'a Manifests,
    /// For each file the package that holds it.
    packages: Arc<[Option<&'a Package>]>,
    /// For each file its path within the application, or the package, that holds it.
    inner: Arc<[&'a str]>,
    /// The macros that the project defines itself.
    pub macros: Arc<Macros>,
    /// Packages of the data whose any-receiver rows, globals and paths apply here.
    pub active: Arc<[PackageId]>,
    /// Those of them whose exports are names everywhere.
    pub(crate) ambient: Arc<[PackageId]>,
    /// Folders of packages that run on a special platform.
    platforms: Arc<[Deployment<'a>]>,
    /// Functions that settings files name.
    pub(crate) named: Arc<[Named]>,
    /// By the folder of its package: names that are everywhere, and the files that export them.
    auto_imports: Arc<FileNames<'a>>,
    file_names: Arc<FileNames<'a>>,
    pub index: Arc<[FileIndex<'a>]>,
}

/// What a program is made of.
pub struct Parts<'a> {
    pub units: &'a [Unit],
    pub catalog: &'a Catalog,
    pub modules: &'a Modules,
    pub manifests: &'a Manifests,
    pub named: Arc<[Named]>,
    pub macros: Macros,
    pub index: Vec<FileIndex<'a>>,
}

impl<'a> Symbols<'a> {
    pub fn new(parts: Parts<'a>) -> Self {
        let Parts { units, catalog, modules, manifests, named, macros, index } = parts;
        let active: Arc<[PackageId]> = active(units, catalog, modules, manifests).into();
        let packages: Arc<[_]> = units.iter().map(|unit| manifests.package_of(&unit.path)).collect();
        Symbols {
            units,
            catalog,
            modules,
            manifests,
            inner: within_applications(units, catalog, &packages, &active),
            auto_imports: Arc::new(auto_imports(units, catalog, manifests, &packages)),
            packages,
            macros: Arc::new(macros),
            ambient: active.iter().copied().filter(|id| catalog.package(*id).ambient).collect(),
            active,
            platforms: manifests.platforms(catalog).into(),
            named,
            file_names: Arc::new(file_names(units, catalog, manifests)),
            index: index.into(),
        }
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

    /// The reference of a call of the file.
    pub fn reference(&self, file: u32, call: &crate::facts::Call) -> Option<CallRef> {
        let at = self.facts(file).calls.element_offset(call)?;
        Some(CallRef { file, id: CallId(at as u32) })
    }

    /// The calls that are made on what a call gives, or are given it.
    pub fn takers(&self, call: CallRef) -> impl Iterator<Item = CallRef> + '_ {
        let ids = self.index[call.file as usize].takers(self.facts(call.file), call.id);
        ids.iter().map(move |id| CallRef { id: *id, ..call })
    }

    /// The next call of a chain, made on what this one gives: `find(q).select(fields)`.
    pub fn chained(&self, call: CallRef) -> Option<CallRef> {
        let on = |outer: &CallRef| matches!(&self.call(*outer).callee, Value::Member(base, _) if **base == Value::Call(call.id));
        self.takers(call).find(on)
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
        let found = !self.semantics(f.file).tests_by_name || self.class_of(f.file) != FileClass::Source;
        self.function(f).flags.test && found
    }

    pub fn language(&self, file: u32) -> Language {
        self.facts(file).language
    }

    /// How the language of the file runs and names things.
    pub fn semantics(&self, file: u32) -> &'static Semantics {
        self.language(file).semantics()
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

    /// A file's path relative to the package that holds it.
    pub fn within_package(&self, file: u32) -> &'a str {
        self.inner[file as usize]
    }

    /// The package that holds a file.
    pub fn package_of(&self, file: u32) -> Option<&'a Package> {
        self.packages[file as usize]
    }

    /// The folder of the package that holds a file, with its `/`.
    pub fn package_folder(&self, file: u32) -> &'a str {
        let path = self.units[file as usize].path.as_str();
        &path[..path.len() - within_package(self.package_of(file), path).len()]
    }

    /// The file and its export that a name is that no import brings in.
    pub(crate) fn auto_import(&self, from: u32, name: &str) -> Option<(u32, &'a str)> {
        if self.auto_imports.is_empty() {
            return None;
        }
        let package = self.package_of(from)?;
        self.auto_imports.get(&package.folder)?.get(name).copied().filter(|(file, _)| *file != from)
    }

    /// The file that a framework makes known by the name, and the member of its export that is meant.
    pub(crate) fn file_named(&self, from: u32, name: &str) -> Option<(u32, &'a str)> {
        if self.file_names.is_empty() {
            return None;
        }
        let package = self.package_of(from)?;
        self.file_names.get(&package.folder)?.get(name).copied()
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

    /// A manifest around the file lists the package.
    pub(crate) fn is_listed_around(&self, file: u32, package: PackageId) -> bool {
        let names = &self.catalog.package(package).dependencies;
        self.manifests.lists_around(&self.units[file as usize].path, names)
    }

    pub fn is_active(&self, package: PackageId) -> bool {
        self.active.binary_search(&package).is_ok()
    }
}

/// Several applications may share one manifest: each begins where the settings of its framework stand.
fn within_applications<'p>(
    units: &'p [Unit],
    catalog: &Catalog,
    packages: &[Option<&Package>],
    active: &[PackageId],
) -> Arc<[&'p str]> {
    let names = Globs::new(active.iter().flat_map(|id| &catalog.package(*id).roots));
    let settings = units.iter().filter_map(|unit| unit.path.rsplit_once('/')).filter(|(_, name)| names.fit(name));
    let roots: FxHashSet<&str> = settings.map(|(folder, _)| folder).collect();
    let inner = |(unit, package): (&'p Unit, &Option<&Package>)| {
        let inner = within_package(*package, &unit.path);
        let within = |(at, _): (usize, &str)| {
            let (folder, rest) = (&unit.path[..unit.path.len() - inner.len() + at], &inner[at + 1..]);
            roots.contains(folder).then_some(rest)
        };
        inner.rmatch_indices('/').filter(|_| !roots.is_empty()).find_map(within).unwrap_or(inner)
    };
    units.iter().zip(packages).map(inner).collect()
}

fn within_package<'p>(package: Option<&Package>, path: &'p str) -> &'p str {
    let folder = package.map_or("", |package| package.folder.as_str());
    path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/'))
}

/// Packages that the project depends on, by manifest or import (what is called so and belongs to the
/// project is none), and those of the languages themselves (`dependencies = ["*"]`, browser globals).
fn active(units: &[Unit], catalog: &Catalog, modules: &Modules, manifests: &Manifests) -> Vec<PackageId> {
    let mut imported: FxHashSet<PackageId> = FxHashSet::default();
    let mut names: FxHashSet<(Language, Cow<str>)> = FxHashSet::default();
    for (file, unit) in units.iter().enumerate() {
        let language = unit.facts.language;
        let own =
            |module: &str| language.semantics().naming == Naming::Paths && modules.is_rust_module(file as u32, module);
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

/// What frameworks make a name everywhere in the packages that depend on them: an export by its own name, what a file
/// gives by default by the name of the file.
fn auto_imports<'a>(
    units: &'a [Unit],
    catalog: &Catalog,
    manifests: &Manifests,
    packages: &[Option<&Package>],
) -> FileNames<'a> {
    let mut found = FileNames::default();
    for file in catalog.files.iter().filter(|file| !file.auto_imports.is_empty()) {
        let Some(globs) = glob_set(&file.auto_imports) else { continue };
        for folder in manifests.listing("npm", &file.dependencies) {
            let own = |at: usize| packages[at].is_some_and(|package| package.folder == folder);
            let inner = |path: &'a str| path.strip_prefix(&folder).unwrap_or(path).trim_start_matches('/');
            let files = units.iter().enumerate().filter(|(at, unit)| own(*at) && globs.is_match(inner(&unit.path)));
            let names = found.entry(folder.clone()).or_default();
            for (at, unit) in files {
                let exports = unit.facts.exports.iter().filter(|export| export.name != "*");
                exports.for_each(|export| {
                    let own = export.name != DEFAULT_EXPORT;
                    let name = if own { export.name.clone() } else { called_after(&unit.path) };
                    names.entry(name).or_insert((at as u32, &export.name));
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
fn imported_modules(language: Language, import: &Import) -> impl Iterator<Item = (Language, Cow<'_, str>)> {
    let inner = language.semantics().naming == Naming::Dotted && import.kind == ImportKind::Named;
    let inner = inner.then(|| Cow::Owned(format!("{}.{}", import.module, import.name)));
    [Some(Cow::Borrowed(import.module.as_str())), inner].into_iter().flatten().map(move |module| (language, module))
}
