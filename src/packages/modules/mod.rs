//! Which file a module path means.
//!
//! TypeScript by `oxc_resolver` for what tsconfig and workspaces say, Python by package roots, Rust
//! by crate roots and the mod tree. Answers are file indices; `None` is a module outside the
//! project. Reads the disk only through the resolver.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use oxc_resolver::{
    FileSystem, ResolveError, ResolveOptions, ResolverGeneric, TsconfigDiscovery, TsconfigOptions, TsconfigReferences,
};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use xxhash_rust::xxh3::Xxh3;

use super::aliases::{Aliases, Fault};
use super::disk::{Answer, Disk, Question, locked};
use super::manifests::Manifests;
use super::paths::{join, parent};
use super::workspace::Roots;
use crate::catalog::Catalog;
use crate::facts::{ImportId, Naming};
use crate::packages::unit::Unit;
use crate::source::{FileKind, Problem, SourceFile};

mod bundled;
mod crates;
mod heads;
mod python;
mod script;

use crate::catalog::words::packages::SCRIPT_EXTENSIONS;
use bundled::{Given, Written};
use crates::Crates;
use heads::{Heads, is_config};
use python::Pythons;
use script::{Generated, Stems};

type Resolver = ResolverGeneric<Disk>;

/// What paths mean by names alone: kept from analysis to analysis while files and settings stay.
pub struct Resolution {
    /// A hash of all that it was made from.
    key: u128,
    pub manifests: Manifests,
    disk: Disk,
    root: PathBuf,
    /// Project-relative path to unit index.
    files: FxHashMap<String, u32>,
    stems: Stems,
    paths: Vec<String>,
    resolver: Resolver,
    /// What it is worth asking the resolver for.
    heads: Heads,
    /// What the resolver cannot use.
    pub aliases: Aliases,
    /// Folders with a configuration of module paths, whatever that says.
    configured: Vec<String>,
    /// Folders that have a `jsconfig.json` and no `tsconfig.json`.
    plain: Vec<(String, Resolver)>,
    /// For each path the index of its folder.
    folders: Vec<u32>,
    /// By folder, what specifiers mean there.
    scripts: Vec<Mutex<FxHashMap<String, Option<u32>>>>,
    pythons: Pythons,
    /// Where the other packages of a Python workspace have their modules.
    workspace: Roots,
    /// npm package name to its folder, for workspaces whose `node_modules` is not installed.
    packages: BTreeMap<String, String>,
    /// What each of them exports: subpath and file.
    entries: BTreeMap<String, Vec<(String, String)>>,
    /// Beginnings of module paths that frameworks and bundlers define, the innermost packages first.
    given: Vec<Given>,
    /// Beginnings of module paths that stand for folders of a name, wherever these lie.
    mounted: Vec<(String, String)>,
    generated: Vec<Generated>,
    /// Folders of packages that use a generator, what the generated code builds, and what it stands for.
    generators: Vec<(String, Vec<String>, String)>,
    crates: Crates,
}

pub struct Modules {
    names: Arc<Resolution>,
    /// For each script what its imports mean.
    scripts: Vec<Vec<Option<u32>>>,
    /// Rust `mod x;` edges: file and name to file.
    children: FxHashMap<u32, FxHashMap<String, u32>>,
    parents: FxHashMap<u32, u32>,
    /// Files that are declared for test builds only.
    of_tests: FxHashSet<u32>,
}

impl Resolution {
    /// That of the last analysis where it still holds.
    pub fn of(
        root: &Path,
        files: &[SourceFile],
        last: &Mutex<Option<Arc<Self>>>,
        units: &[Unit],
        catalog: &Catalog,
    ) -> Arc<Self> {
        let written = bundled::written(units);
        let key = key(root, files, units, &written);
        let mut slot = locked(last);
        if let Some(kept) = slot.as_ref().filter(|kept| kept.key == key) {
            return Arc::clone(kept);
        }
        let made = Arc::new(Self::new(key, root, files, units, catalog, written));
        *slot = Some(Arc::clone(&made));
        made
    }

    fn new(
        key: u128,
        root: &Path,
        files: &[SourceFile],
        units: &[Unit],
        catalog: &Catalog,
        written: Vec<Written>,
    ) -> Self {
        let manifests = Manifests::read(files);
        let paths: Vec<String> = units.iter().map(|unit| unit.path.clone()).collect();
        let (folders, generated) = (numbered(&paths), manifests.generated(catalog));
        let packages = manifests.npm_packages();
        let given = bundled::given(written, &manifests, catalog, &paths);
        let pythons = Pythons::of(&paths, &folders);
        let disk = Disk::of(root, files);
        let resolver = Resolver::new_with_file_system(disk.clone(), options());
        let mut names = Self {
            key,
            root: root.to_path_buf(),
            files: paths.iter().enumerate().map(|(id, path)| (path.clone(), id as u32)).collect(),
            stems: Stems::of(&paths),
            heads: Heads::of(&disk, files, &paths, packages.keys()),
            paths,
            aliases: Aliases::of_unusable(&disk, files, |path| {
                resolver.resolve_tsconfig(path).map(drop).map_err(fault)
            }),
            resolver,
            configured: files.iter().filter(is_config).map(|file| parent(&file.path).to_string()).collect(),
            plain: plain_resolvers(root, &manifests, &disk),
            scripts: (0..=folders.iter().copied().max().unwrap_or(0)).map(|_| Mutex::default()).collect(),
            folders,
            pythons,
            workspace: Roots::of(&manifests),
            packages,
            entries: manifests.npm_entries(),
            given,
            mounted: bundled::mounted(catalog),
            generated: generated.into_iter().map(|(output, module)| Generated::new(output, module)).collect(),
            generators: manifests.generators(catalog),
            disk,
            crates: Crates::default(),
            manifests,
        };
        let library = |folder: &str, inner: &str| names.file(&join(folder, inner)?);
        names.crates = Crates::of(&names.manifests, &names.paths, &names.folders, library);
        names
    }

    fn file(&self, path: &str) -> Option<u32> {
        self.files.get(path).copied()
    }

    /// What was asked of the disk about files that are none of the project's.
    pub fn asked(&self) -> Vec<(Question, Answer)> {
        self.disk.asked()
    }
}

/// Paths of sources, paths and texts of settings, and what bundlers are told.
fn key(root: &Path, files: &[SourceFile], units: &[Unit], written: &[Written]) -> u128 {
    let mut hasher = Xxh3::new();
    hasher.update(root.as_os_str().as_encoded_bytes());
    for part in units.iter().map(|unit| unit.path.as_str()).chain(settings_parts(files)) {
        hasher.update(part.as_bytes());
        hasher.update(b"\0");
    }
    for part in written.iter().flat_map(Written::parts) {
        hasher.update(part.as_bytes());
        hasher.update(b"\0");
    }
    hasher.digest128()
}

fn settings_parts(files: &[SourceFile]) -> impl Iterator<Item = &str> {
    let settings = files.iter().filter(|file| file.kind == FileKind::Settings);
    settings.flat_map(|file| [file.path.as_str(), &file.text])
}

/// What the imports of a script mean.
fn scripts(names: &Resolution, from: u32, unit: &Unit) -> Vec<Option<u32>> {
    let script = unit.facts.language.semantics().naming == Naming::Exports;
    let imports = unit.facts.imports.iter().filter(|_| script);
    imports.map(|import| names.script(from, &import.module)).collect()
}

/// For each path a number of its folder.
fn numbered(paths: &[String]) -> Vec<u32> {
    let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        let next = numbers.len() as u32;
        all.push(*numbers.entry(parent(path)).or_insert(next));
    }
    all
}

impl Modules {
    /// Whether a path below the root is free: neither a file of the project nor of the disk.
    pub fn is_free(&self, path: &str) -> bool {
        !self.names.disk.is_file(path)
    }

    pub fn new(names: Arc<Resolution>, units: &[Unit]) -> Self {
        let mut modules = Modules {
            scripts: units.par_iter().enumerate().map(|(from, unit)| scripts(&names, from as u32, unit)).collect(),
            names,
            children: FxHashMap::default(),
            parents: FxHashMap::default(),
            of_tests: FxHashSet::default(),
        };
        modules.link_submodules(units);
        modules
    }

    pub fn file(&self, path: &str) -> Option<u32> {
        self.names.file(path)
    }

    /// What of the settings of module paths could not be understood.
    pub fn problems(&self) -> &[Problem] {
        &self.names.aliases.problems
    }

    /// The file that an import of a script means.
    pub fn imported(&self, from: u32, import: ImportId) -> Option<u32> {
        self.scripts[from as usize].get(import.index()).copied().flatten()
    }

    /// The file that an import specifier of a script means.
    pub fn script(&self, from: u32, specifier: &str) -> Option<u32> {
        self.names.script(from, specifier)
    }

    /// The package that a module without a file stands for: its path leads into a generator's output, or it
    /// gives what only generated code builds.
    pub fn generated(&self, from: u32, specifier: &str, name: &str) -> Option<&str> {
        let missing = || self.names.missing_output(from, name).filter(|_| specifier.starts_with('.'));
        self.names.generated(from, specifier).or_else(missing)
    }

    /// The file of a Python module path; leading dots are relative.
    /// `known` modules outside the project win over files that merely lie beside the importing one.
    pub fn python(&self, from: u32, module: &str, known: bool) -> Option<u32> {
        self.names.python(from, module, known)
    }

    /// The root file of the crate that a Rust file belongs to.
    pub fn crate_root(&self, file: u32) -> Option<u32> {
        let mut at = file;
        while let Some(up) = self.parents.get(&at) {
            at = *up;
        }
        Some(at)
    }

    pub fn rust_parent(&self, file: u32) -> Option<u32> {
        self.parents.get(&file).copied()
    }

    pub fn rust_child(&self, file: u32, name: &str) -> Option<u32> {
        self.children.get(&file)?.get(name).copied()
    }

    /// Whether a `use` path starts at a module that the file declares, or at a crate of the workspace.
    pub fn is_rust_module(&self, file: u32, path: &str) -> bool {
        let head = path.split("::").find(|part| !part.is_empty()).unwrap_or_default();
        self.rust_child(file, head).is_some() || self.rust_crate(file, head).is_some()
    }

    /// The library of a crate of the workspace, by the name that code uses.
    pub fn rust_crate(&self, from: u32, name: &str) -> Option<u32> {
        self.names.crates.library(self.names.folders[from as usize], name)
    }

    fn link_submodules(&mut self, units: &[Unit]) {
        for (id, unit) in
            units.iter().enumerate().filter(|(_, unit)| unit.facts.language.semantics().naming == Naming::Paths)
        {
            for declared in &unit.facts.submodules {
                let Some(child) = self.submodule(&unit.path, &declared.name, declared.path.as_deref()) else {
                    continue;
                };
                if child == id as u32 {
                    continue;
                }
                let children = self.children.entry(id as u32).or_default();
                // What stands in an inline module is known to its file as well.
                if let Some((_, last)) = declared.name.rsplit_once("::") {
                    children.entry(last.to_string()).or_insert(child);
                }
                children.insert(declared.name.clone(), child);
                self.parents.entry(child).or_insert(id as u32);
                if declared.test {
                    self.of_tests.insert(child);
                }
            }
        }
    }

    /// The file, or one that it is a module of, is declared for test builds only.
    pub fn is_for_tests(&self, file: u32) -> bool {
        let mut passed = FxHashSet::default();
        let mut at = file;
        while !self.of_tests.contains(&at) {
            match self.parents.get(&at) {
                Some(parent) if passed.insert(at) => at = *parent,
                _ => return false,
            }
        }
        true
    }

    fn submodule(&self, path: &str, name: &str, written: Option<&str>) -> Option<u32> {
        let folder = parent(path);
        let file = path.rsplit('/').next().unwrap_or_default();
        let nested = match file {
            "mod.rs" | "lib.rs" | "main.rs" => folder.to_string(),
            _ => path.trim_end_matches(".rs").to_string(),
        };
        // Inline modules are folders.
        let name = name.replace("::", "/");
        if let Some(written) = written {
            let around = name.rsplit_once('/').map(|(inline, _)| join(&nested, &format!("./{inline}")));
            return self.file(&join(around.flatten().as_deref().unwrap_or(folder), written)?);
        }
        let at = |base: &str, inner: String| self.file(&join(base, &inner)?);
        at(&nested, format!("{name}.rs"))
            .or_else(|| at(&nested, format!("{name}/mod.rs")))
            .or_else(|| at(folder, format!("{name}.rs")))
            .or_else(|| at(folder, format!("{name}/mod.rs")))
    }
}

fn plain_resolvers(root: &Path, manifests: &Manifests, disk: &Disk) -> Vec<(String, Resolver)> {
    let folders =
        manifests.packages.iter().filter(|package| package.ecosystem == "npm").map(|package| package.folder.as_str());
    let with_config = folders.filter_map(|folder| {
        let config_file = root.join(folder).join("jsconfig.json");
        let config = TsconfigOptions { config_file: config_file.clone(), references: TsconfigReferences::Disabled };
        let options = ResolveOptions { tsconfig: Some(TsconfigDiscovery::Manual(config)), ..options() };
        let there = disk.metadata(&config_file).is_ok_and(|found| found.is_file());
        there.then(|| (folder.to_string(), Resolver::new_with_file_system(disk.clone(), options)))
    });
    with_config.collect()
}

fn fault(error: ResolveError) -> Fault {
    match error {
        ResolveError::TsconfigLoadFailed { path, source } => Fault { path: Some(path), ..fault(*source) },
        ResolveError::Json(error) => Fault { path: Some(error.path), message: error.message },
        other => Fault { path: None, message: other.to_string() },
    }
}

fn options() -> ResolveOptions {
    ResolveOptions {
        tsconfig: Some(TsconfigDiscovery::Auto),
        extensions: SCRIPT_EXTENSIONS.iter().map(|ext| format!(".{ext}")).collect(),
        extension_alias: vec![
            (".js".into(), vec![".ts".into(), ".tsx".into(), ".js".into()]),
            (".mjs".into(), vec![".mts".into(), ".mjs".into()]),
        ],
        condition_names: ["import", "require", "node", "types", "default"].map(String::from).to_vec(),
        ..ResolveOptions::default()
    }
}
