//! Imports that lead nowhere: into the project itself, or to packages that the data does not have.
//!
//! What is left unresolved is where the analysis loses the thread. Knows no library by name.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::{Reader, Spot, is_of};
use crate::catalog::PackageId;
use crate::catalog::schema::PackageFile;
use crate::catalog::words::packages::{CODE_ENDINGS, DATA_ENDINGS};
use crate::facts::{Import, Language, Naming, Span};
use crate::finding::Place;
use crate::packages::kinds::FileClass;
use crate::packages::unit::Unit;

/// An import that looks like one of the project's own modules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unresolved {
    #[serde(flatten)]
    pub spot: Spot,
    pub module: String,
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A relative path to which no file belongs that was read.
    NoFile,
    /// It looks like an alias that no configuration in sight explains.
    Alias,
    /// The manifest says that it is a package of the same workspace, which lies outside the root.
    Workspace,
    /// A package of the project, in which no such file was read: it is built, or generated.
    NotBuilt,
}

/// A dependency that the data does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    pub name: String,
    /// How many files of product code import it.
    pub files: usize,
}

impl Reader<'_, '_> {
    pub(crate) fn first_import(&self, id: PackageId) -> Option<Spot> {
        let program = &self.project.program;
        let mut found: Vec<(bool, Spot)> = Vec::new();
        for unit in program.units {
            let language = unit.facts.language;
            let fits = |import: &&Import| program.catalog.packages_of_import(language, &import.module).contains(&id);
            let import = unit.facts.imports.iter().find(fits);
            found.extend(import.map(|import| (unit.class != FileClass::Source, self.import_spot(unit, import))));
        }
        found.into_iter().min().map(|(_, spot)| spot)
    }

    /// The modules of a package that are imported, as its data write them where they can.
    pub(crate) fn imported_modules<'r>(&'r self, id: PackageId, file: &'r PackageFile) -> BTreeSet<&'r str> {
        let modules = self.imported.get_or_init(|| self.all_imported()).get(&id).into_iter().flatten();
        let written =
            |module: &'_ str| file.modules.iter().filter(|own| is_of(module, own)).max_by_key(|own| own.len());
        modules.map(|module| written(module).map_or(module.as_str(), String::as_str)).collect()
    }

    /// By package of the data.
    fn all_imported(&self) -> FxHashMap<PackageId, BTreeSet<String>> {
        let program = &self.project.program;
        let imports = program.units.iter().map(|unit| (unit.facts.language, &unit.facts.imports));
        let modules: FxHashSet<(Language, &str)> = imports
            .flat_map(|(language, imports)| imports.iter().map(move |import| (language, import.module.as_str())))
            .collect();
        let mut found: FxHashMap<PackageId, BTreeSet<String>> = FxHashMap::default();
        for (language, module) in modules {
            for id in program.catalog.packages_of_import(language, module) {
                found.entry(id).or_default().insert(module.to_string());
            }
        }
        found
    }

    /// Files that were not parsed have no spans: there the text is searched.
    fn import_spot(&self, unit: &Unit, import: &Import) -> Spot {
        let mut span = import.statement;
        if !unit.parsed {
            let at = unit_text(self, unit).find(head_of(unit, &import.module)).unwrap_or_default();
            span = Span::new(at, at);
        }
        self.spot(Place { file: unit.source, span })
    }

    pub(crate) fn unresolved(&self) -> Vec<Unresolved> {
        let program = &self.project.program;
        let mut found = Vec::new();
        for (file, unit) in program.units.iter().enumerate().filter(|(_, unit)| unit.class == FileClass::Source) {
            for import in unit.facts.imports.iter().filter(|import| !self.is_type(unit, import)) {
                let why = match unit.facts.language.semantics().naming {
                    Naming::Exports => self.script(file as u32, &import.module, &import.name),
                    Naming::Dotted => self.python(file as u32, unit, import),
                    Naming::Paths => None,
                };
                found.extend(why.map(|why| {
                    let spot = self.import_spot(unit, import);
                    Unresolved { spot, module: import.module.clone(), why }
                }));
            }
            found.extend(self.rust_modules(file as u32, unit));
        }
        found.sort();
        found.dedup_by(|next, first| next.spot.path == first.spot.path && next.module == first.module);
        found
    }

    fn is_type(&self, unit: &Unit, import: &Import) -> bool {
        let written = |text: &str| {
            let at = text.find(&import.module).unwrap_or_default();
            text[..at].lines().next_back().is_some_and(|line| line.trim_start().starts_with("import type "))
        };
        import.type_only || !unit.parsed && written(unit_text(self, unit))
    }

    fn script(&self, file: u32, module: &str, name: &str) -> Option<Why> {
        let program = &self.project.program;
        let found = is_asset(module) || is_computed(module) || program.modules.script(file, module).is_some();
        if found || program.modules.generated(file, module, name).is_some() {
            return None;
        }
        if module.starts_with('.') {
            return Some(Why::NoFile);
        }
        if let Some(prefix) = ["@/", "~/", "@@/", "#"].into_iter().find(|prefix| module.starts_with(prefix)) {
            return Some(if self.is_explained(file, prefix) { Why::NoFile } else { Why::Alias });
        }
        let package = package_name(module);
        if program.manifests.packages.iter().any(|own| own.ecosystem == "npm" && own.name == package) {
            return Some(Why::NotBuilt);
        }
        let written = program.manifests.written_version(&program.units[file as usize].path, package)?;
        let beside = ["workspace:", "file:", "link:", "portal:"].iter().any(|prefix| written.starts_with(prefix));
        beside.then_some(Why::Workspace)
    }

    /// Whether an alias leads anywhere in the package around a file: then it is the file that is missing.
    fn is_explained(&self, file: u32, prefix: &'static str) -> bool {
        let program = &self.project.program;
        let folder = program.package_folder(file);
        if let Some(known) = self.explained.borrow().get(&(folder.to_string(), prefix)) {
            return *known;
        }
        let leads = |(other, unit): (usize, &Unit)| {
            let mut aliased = unit.facts.imports.iter().filter(|import| import.module.starts_with(prefix));
            program.package_folder(other as u32) == folder
                && aliased.any(|import| program.modules.script(other as u32, &import.module).is_some())
        };
        let found = program.units.iter().enumerate().any(leads);
        self.explained.borrow_mut().insert((folder.to_string(), prefix), found);
        found
    }

    fn python(&self, file: u32, unit: &Unit, import: &Import) -> Option<Why> {
        let program = &self.project.program;
        let found = |module: &str| program.modules.python(file, module, false).is_some();
        let dot = if import.module.ends_with('.') { "" } else { "." };
        let member = format!("{}{dot}{}", import.module, import.name);
        // Unparsed files join the names to the modules.
        let joined = !unit.parsed && found(head_of(unit, &import.module));
        // A folder without `__init__.py` is a module too, of which only the members are files.
        let bare = import.module.chars().all(|c| c == '.');
        let missing = import.module.starts_with('.') && !bare && !joined && !found(&import.module) && !found(&member);
        missing.then_some(Why::NoFile)
    }

    /// `mod x;` without a file. Of files that were not parsed, nobody knows where their modules would be.
    fn rust_modules(&self, file: u32, unit: &Unit) -> Vec<Unresolved> {
        let missing = unit
            .facts
            .submodules
            .iter()
            .filter(|_| unit.parsed)
            .filter(|declared| self.project.program.modules.rust_child(file, &declared.name).is_none());
        let at = |name: &String| {
            let own = name.rsplit("::").next().unwrap_or_default();
            let start = unit_text(self, unit).find(&format!("mod {own};")).unwrap_or_default();
            self.spot(Place { file: unit.source, span: Span::new(start, start) })
        };
        let unresolved = |name: &String| Unresolved { spot: at(name), module: format!("mod {name}"), why: Why::NoFile };
        missing.map(|declared| unresolved(&declared.name)).collect()
    }

    /// Imported dependencies of the manifests that no data file speaks of.
    pub(crate) fn unknown(&self) -> Vec<Unknown> {
        let program = &self.project.program;
        let known: BTreeSet<&String> = program.catalog.files.iter().flat_map(|file| &file.dependencies).collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let units = program.units.iter().enumerate();
        for (file, unit) in units.filter(|(_, unit)| unit.class == FileClass::Source) {
            let imports = unit.facts.imports.iter().filter(|import| !self.is_type(unit, import));
            let names: BTreeSet<String> =
                imports.filter_map(|import| self.dependency(file as u32, unit, import)).collect();
            names
                .into_iter()
                .filter(|name| !known.contains(name))
                .for_each(|name| *counts.entry(name).or_default() += 1);
        }
        let mut all: Vec<Unknown> = counts.into_iter().map(|(name, files)| Unknown { name, files }).collect();
        all.sort_by(|left, right| right.files.cmp(&left.files).then(left.name.cmp(&right.name)));
        all
    }

    /// The dependency of some manifest that an import from outside the project belongs to.
    fn dependency(&self, file: u32, unit: &Unit, import: &Import) -> Option<String> {
        let (program, language) = (&self.project.program, unit.facts.language);
        let module = Some(import.module.as_str()).filter(|module| !module.starts_with('.'))?;
        let head = module.split(['.', ':']).next().filter(|head| !head.is_empty());
        let (name, own) = match language.semantics().naming {
            Naming::Exports => (package_name(module).to_string(), program.modules.script(file, module).is_some()),
            Naming::Dotted => {
                let own = [Some(module), head].into_iter().flatten();
                let own = own.into_iter().any(|module| program.modules.python(file, module, false).is_some());
                (head?.to_lowercase().replace('_', "-"), own)
            }
            Naming::Paths => (head?.to_string(), program.modules.rust_crate(file, head?).is_some()),
        };
        let known = !program.catalog.packages_of_import(language, module).is_empty();
        let hyphened = name.replace('_', "-");
        let named = program.manifests.packages.iter().any(|package| package.name == name);
        let listed = [name, hyphened].into_iter().find(|name| program.manifests.depends_on(name))?;
        (!own && !known && !named).then_some(listed)
    }
}

/// The module alone, where the name of what is imported may be joined to it.
fn head_of<'m>(unit: &Unit, module: &'m str) -> &'m str {
    let joined = unit.facts.language.semantics().naming == Naming::Dotted && !unit.parsed;
    let head =
        module.rsplit_once('.').map(|(head, _)| head).filter(|head| joined && !head.trim_matches('.').is_empty());
    head.unwrap_or(module)
}

fn unit_text<'r>(reader: &'r Reader, unit: &Unit) -> &'r str {
    reader.project.inputs.files.get(unit.source.index()).map_or("", |file| &file.text)
}

/// Something that a bundler makes a module of, or data.
fn is_asset(module: &str) -> bool {
    let (path, asked) = module.split_once('?').map_or((module, false), |(path, _)| (path, true));
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension);
    extension.is_some_and(|ending| DATA_ENDINGS.contains(&ending) || asked && !CODE_ENDINGS.contains(&ending))
}

/// A path that is put together when the program runs, or that leads into what others wrote.
fn is_computed(module: &str) -> bool {
    module.contains("${") || module.contains("node_modules/")
}

/// `@scope/name` or `name` of a specifier.
fn package_name(module: &str) -> &str {
    let parts = if module.starts_with('@') { 2 } else { 1 };
    let end = module.match_indices('/').nth(parts - 1).map_or(module.len(), |(at, _)| at);
    &module[..end]
}
