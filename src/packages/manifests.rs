//! What the project's manifests say: packages, their folders, what they depend on.
//!
//! Plain look-ups over lowered manifests. Knows no library by name.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rustc_hash::FxHashMap;

use super::kinds::{FileClass, classify};
use super::paths::{is_above, join, parent};
use crate::catalog::Catalog;
use crate::catalog::schema::{AliasRow, Form, Platform};
use crate::facts::settings::{Dependency, Ecosystem, Entry, Manifest};
use crate::frontend::language_of;
use crate::frontend::settings::{is_manifest, lower_manifest};
use crate::source::globs::fits;
use crate::source::{FileKind, Problem, SourceFile};

/// One manifest and the folder it stands in.
#[derive(Debug, Clone, Default)]
pub struct Package {
    pub folder: String,
    pub ecosystem: &'static str,
    /// As code names it.
    pub name: String,
    /// As the manifests of others name it.
    pub listed_as: String,
    pub dependencies: BTreeSet<String>,
    /// Versions as written, for the dependencies that have one.
    pub versions: BTreeMap<String, String>,
    /// npm: files that `exports`, `main`, `module` and `types` point to, relative to the folder, by
    /// subpath (`.`, `./db`).
    pub entries: Vec<(String, String)>,
    /// npm: beginnings of module paths, with the folders that they stand for, relative to the folder.
    aliases: Vec<(String, String)>,
    /// The names that code uses to the packages' own names, as code would write them.
    pub renamed: BTreeMap<String, String>,
    /// Rust: the oldest compiler that it is built with.
    rust_version: Option<String>,
    /// Rust: the features that each dependency is taken with.
    features: BTreeMap<String, Features>,
    /// It neither has a name nor asks for anything: it only tells how the files beside it are read.
    is_bare: bool,
}

/// What one manifest says of a crate's features.
#[derive(Debug, Clone, Default)]
struct Features {
    listed: BTreeSet<String>,
    /// Those that the crate turns on by itself.
    defaults: bool,
}

impl Package {
    /// It depends on a framework that listens by itself.
    pub fn listens(&self, catalog: &Catalog) -> bool {
        let servers = catalog.files.iter().filter(|file| file.platform == Some(Platform::Server));
        servers.flat_map(|file| &file.dependencies).any(|name| self.dependencies.contains(name))
    }

    /// The features that its dependencies are taken with.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.features.values().flat_map(|features| &features.listed).map(String::as_str)
    }

    /// It lists a dependency that code calls so.
    fn names(&self, name: &str) -> bool {
        self.dependencies.iter().any(|known| in_code(self.ecosystem, known) == name)
    }

    /// Whether it lists the dependency; a trailing `*` stands for any rest.
    fn lists(&self, name: &str) -> bool {
        match name.strip_suffix('*') {
            Some(prefix) => self.dependencies.iter().any(|known| known.starts_with(prefix)),
            None => {
                self.dependencies.contains(name)
                    || self.ecosystem == "pypi" && self.dependencies.contains(&name.to_ascii_lowercase())
            }
        }
    }
}

/// A folder that is deployed to a special platform.
#[derive(Debug, Clone)]
pub struct Deployment<'c> {
    pub folder: String,
    pub platform: Platform,
    /// An instance serves one event after the other.
    pub alone: bool,
    /// What says so is about the package in the folder, not about those below it.
    pub own_package: bool,
    endings: &'c [String],
}

impl Deployment<'_> {
    pub fn runs(&self, path: &str) -> bool {
        let inside = self.folder.is_empty() || path.starts_with(&format!("{}/", self.folder));
        inside && (self.endings.is_empty() || self.endings.iter().any(|ending| path.ends_with(ending.as_str())))
    }
}

#[derive(Debug, Clone, Default)]
pub struct Manifests {
    pub packages: Vec<Package>,
    /// For each folder the packages in it, the last one first.
    by_folder: FxHashMap<String, Vec<usize>>,
    /// Manifests that cannot be understood.
    pub problems: Vec<Problem>,
    /// Of schema files, what their code generators write.
    outputs: Vec<Output>,
    /// Paths of all settings files.
    paths: Vec<String>,
}

impl Manifests {
    pub fn read(files: &[SourceFile]) -> Self {
        let settings: Vec<&SourceFile> = files.iter().filter(|file| file.kind == FileKind::Settings).collect();
        let (packages, problems): (Vec<_>, Vec<_>) =
            settings.iter().filter_map(|file| package(file)).partition(Result::is_ok);
        let mut packages = settle(outermost(packages.into_iter().flatten().collect()), files);
        inherit_names(&mut packages);
        Manifests {
            by_folder: by_folder(&packages),
            packages,
            problems: problems.into_iter().filter_map(Result::err).collect(),
            outputs: settings.iter().flat_map(|file| outputs(file)).collect(),
            paths: settings.iter().map(|file| file.path.clone()).collect(),
        }
    }

    /// The npm package of a name.
    pub fn npm_entries(&self) -> BTreeMap<String, Vec<(String, String)>> {
        let npm = self.packages.iter().filter(|package| package.ecosystem == "npm" && !package.name.is_empty());
        npm.map(|package| (package.name.clone(), package.entries.clone())).collect()
    }

    /// npm package names with their folders.
    pub fn npm_packages(&self) -> BTreeMap<String, String> {
        let npm = self.packages.iter().filter(|package| package.ecosystem == "npm" && !package.name.is_empty());
        npm.map(|package| (package.name.clone(), package.folder.clone())).collect()
    }

    /// Crates: folder, name, renamed dependencies.
    pub fn crates(&self) -> Vec<(String, String, BTreeMap<String, String>)> {
        let crates = self.packages.iter().filter(|package| package.ecosystem == "crates" && !package.name.is_empty());
        crates.map(|package| (package.folder.clone(), package.name.clone(), package.renamed.clone())).collect()
    }

    /// Folders that code generators fill, with the module that the code in them stands for.
    pub fn generated(&self, catalog: &Catalog) -> Vec<(String, String)> {
        let packages = catalog.files.iter().filter(|file| !file.generated_by.is_empty());
        let pairs = packages.flat_map(|file| {
            let own = self.outputs.iter().filter(|output| {
                output.schema.ends_with(&file.generated_by) && file.generators.contains(&output.generator)
            });
            own.map(|output| (output.folder.clone(), file.modules[0].clone()))
        });
        pairs.collect()
    }

    /// Folders of packages that use a code generator, with what the generated code builds and the module that it
    /// stands for.
    pub fn generators(&self, catalog: &Catalog) -> Vec<(String, Vec<String>, String)> {
        let mut found = Vec::new();
        for file in catalog.files.iter().filter(|file| !file.generated_by.is_empty()) {
            let builds: Vec<String> =
                file.makes.iter().filter(|make| make.form == Form::New).flat_map(|make| make.calls.clone()).collect();
            let folders = self.listing("npm", &file.dependencies);
            found.extend(folders.into_iter().map(|folder| (folder, builds.clone(), file.modules[0].clone())));
        }
        found
    }

    /// Folders in which a platform's own settings file stands, as the data names them, and before those the packages
    /// that are built for one.
    pub fn platforms<'c>(&self, catalog: &'c Catalog) -> Vec<Deployment<'c>> {
        let mut found = self.built_for(catalog);
        for file in &catalog.files {
            let Some(platform) = file.platform else { continue };
            for glob in &file.platform_files {
                let here = self.paths.iter().filter(|path| fits(glob, path.rsplit('/').next().unwrap_or_default()));
                found.extend(here.map(|path| Deployment {
                    folder: parent(path).to_string(),
                    platform,
                    alone: file.platform_alone,
                    own_package: false,
                    endings: &file.platform_runs,
                }));
            }
        }
        found
    }

    /// Packages that list an adapter of one platform, and of no other.
    fn built_for<'c>(&self, catalog: &'c Catalog) -> Vec<Deployment<'c>> {
        let adapters: Vec<_> = catalog.files.iter().filter(|file| !file.platform_adapters.is_empty()).collect();
        let built = |package: &Package| {
            let mut own = adapters.iter().filter(|file| file.platform_adapters.iter().any(|name| package.lists(name)));
            let (Some(file), None) = (own.next(), own.next()) else { return None };
            Some(Deployment {
                folder: package.folder.clone(),
                platform: file.platform?,
                alone: file.platform_alone,
                own_package: true,
                endings: &file.platform_runs,
            })
        };
        self.packages.iter().filter(|package| package.ecosystem == "npm").filter_map(built).collect()
    }

    /// Whether the package around the path depends on something that runs in the browser.
    pub fn is_for_browser(&self, path: &str, catalog: &Catalog) -> bool {
        let Some(package) = self.package_of(path) else { return false };
        let mut pages = catalog.files.iter().filter(|file| file.platform == Some(Platform::Browser));
        pages.any(|file| file.dependencies.iter().any(|name| package.lists(name)))
    }

    /// What manifests define in their folders: the folder, the beginning of module paths, the target.
    pub fn own_aliases(&self) -> impl Iterator<Item = (&str, &str, String)> {
        self.packages.iter().flat_map(|package| {
            let target = |path: &str| join(&package.folder, path);
            let aliases = package.aliases.iter();
            aliases.filter_map(move |(prefix, path)| Some((&*package.folder, &**prefix, target(path)?)))
        })
    }

    /// What frameworks define in the folders of the packages that depend on them, innermost first.
    pub fn aliases(&self, catalog: &Catalog) -> Vec<(String, AliasRow)> {
        let frameworks = catalog.files.iter().filter(|file| !file.aliases.is_empty());
        let mut found: Vec<(String, AliasRow)> = Vec::new();
        for file in frameworks {
            let folders = self.listing("npm", &file.dependencies);
            let rows = || file.aliases.iter().filter(|row| !row.anywhere);
            found.extend(folders.iter().flat_map(|folder| rows().map(|row| (folder.clone(), row.clone()))));
        }
        found.sort_by_key(|(folder, row)| (Reverse(folder.len()), folder.clone(), Reverse(row.prefix.len())));
        found
    }

    /// Whether some manifest lists the dependency; a trailing `*` stands for any rest.
    pub fn depends_on(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.lists(name))
    }

    /// The folders of an ecosystem's manifests that list any of the dependencies.
    pub fn listing(&self, ecosystem: &str, names: &[String]) -> Vec<String> {
        let lists = |package: &&Package| {
            package.ecosystem == ecosystem && names.iter().any(|name| name != "*" && package.lists(name))
        };
        let mut found: Vec<String> = self.packages.iter().filter(lists).map(|package| package.folder.clone()).collect();
        found.sort();
        found.dedup();
        found
    }

    /// The version of a dependency as the innermost manifest around a path that has it writes it.
    pub fn written_version(&self, path: &str, name: &str) -> Option<&str> {
        let holds = |package: &&Package| package.folder.is_empty() || path.starts_with(&format!("{}/", package.folder));
        let around = self.packages.iter().filter(holds).filter(|package| package.versions.contains_key(name));
        around.max_by_key(|package| package.folder.len()).map(|package| package.versions[name].as_str())
    }

    /// The version of the first of the dependencies that the innermost manifest around a path lists.
    pub fn version_of(&self, path: &str, names: &[String]) -> Option<(u32, u32)> {
        let holds = |package: &&Package| package.folder.is_empty() || path.starts_with(&format!("{}/", package.folder));
        let mut around: Vec<&Package> = self.packages.iter().filter(holds).collect();
        around.sort_by_key(|package| std::cmp::Reverse(package.folder.len()));
        around
            .iter()
            .find_map(|package| names.iter().find_map(|name| package.versions.get(name)))
            .map(|text| version(text))
    }

    /// The oldest Rust compiler that the file is built with, where a manifest around it names one.
    pub fn rust_version(&self, path: &str) -> Option<(u32, u32)> {
        self.around(path).find_map(|package| package.rust_version.as_deref()).map(version)
    }

    /// What a package is called that a manifest around the path lists under a name of its own.
    pub fn real_name(&self, path: &str, name: &str) -> Option<&str> {
        let renamed = self.around(path).find_map(|package| package.renamed.get(name));
        renamed.map(String::as_str)
    }

    /// Whether some manifest takes one of the crates with the feature: Cargo builds it once, with what all of them
    /// ask for. `None` where no manifest lists it.
    pub fn has_feature(&self, names: &[String], feature: &str, by_default: bool) -> Option<bool> {
        let listings =
            self.packages.iter().flat_map(|package| names.iter().filter_map(|name| package.features.get(name)));
        let has = |features: &Features| features.listed.contains(feature) || by_default && features.defaults;
        listings.map(has).reduce(|one, other| one || other)
    }

    /// Whether a settings file of that name (a glob) exists anywhere in the project.
    pub fn has_file(&self, glob: &str) -> bool {
        let glob = glob.rsplit('/').next().unwrap_or(glob);
        self.paths.iter().any(|path| fits(glob, path.rsplit('/').next().unwrap_or_default()))
    }

    /// The package whose folder holds the path, the innermost one.
    pub fn package_of(&self, path: &str) -> Option<&Package> {
        self.around(path).next()
    }

    /// The innermost package around the path that depends on one of the names: what it has, packages in it have too.
    pub fn dependent(&self, path: &str, names: &[String]) -> Option<&Package> {
        self.around(path).find(|package| names.iter().any(|name| package.dependencies.contains(name)))
    }

    /// A manifest around the path lists one of the dependencies.
    pub fn lists_around(&self, path: &str, names: &[String]) -> bool {
        self.around(path).any(|package| names.iter().any(|name| package.lists(name)))
    }

    /// The packages whose folders hold the path, from the inside; of a source those of its own ecosystem, where there
    /// is one: a manifest that only builds assets is no package of the Python modules beside it.
    fn around(&self, path: &str) -> impl Iterator<Item = &Package> {
        let all = || {
            ancestors(parent(path))
                .flat_map(|folder| self.by_folder.get(folder).into_iter().flatten())
                .map(|at| &self.packages[*at])
        };
        let several = all().any(|it| all().next().is_some_and(|first| first.ecosystem != it.ecosystem));
        let own = several.then(|| language_of(Path::new(path))).flatten().map(|language| language.semantics().registry);
        let own = own.filter(|own| all().any(|it| it.ecosystem == *own));
        let mut found: Vec<&Package> = all().filter(|it| own.is_none_or(|own| it.ecosystem == own)).collect();
        found.dedup_by_key(|it| &it.folder);
        found.into_iter()
    }
}

fn by_folder(packages: &[Package]) -> FxHashMap<String, Vec<usize>> {
    let mut found: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (at, package) in packages.iter().enumerate().rev() {
        found.entry(package.folder.clone()).or_default().push(at);
    }
    found
}

/// Where a generator of a schema file writes.
#[derive(Debug, Clone)]
struct Output {
    schema: String,
    /// What the schema calls as its generator.
    generator: String,
    /// Relative to the project's root.
    folder: String,
}

/// Outputs of the generators of a schema file.
fn outputs(file: &SourceFile) -> Vec<Output> {
    if !file.text.contains("generator ") {
        return Vec::new();
    }
    let Ok(settings) = crate::frontend::settings::lower_settings(&file.path, &file.text) else { return Vec::new() };
    let generators = settings.entries.iter().filter_map(|entry| {
        let name = entry.key.strip_prefix("generator.")?.strip_suffix(".output")?;
        let folder = super::paths::join(parent(&file.path), entry.text()?)?;
        let generator = settings.entry(&format!("generator.{name}.provider")).and_then(Entry::text)?.to_string();
        Some(Output { schema: file.path.clone(), generator, folder })
    });
    generators.collect()
}

/// Major and minor of a version requirement: the first numbers in it.
pub fn version(text: &str) -> (u32, u32) {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let mut numbers =
        text[start..].split('.').map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>());
    let mut next = || numbers.next().and_then(|number| number.parse().ok()).unwrap_or(0);
    (next(), next())
}

/// The folders of the packages and programs that manifests name: product code, whatever they are called.
pub fn named_packages(files: &[SourceFile]) -> Vec<String> {
    let named = |file: &&SourceFile| {
        matches!(file.path.rsplit('/').next(), Some("pyproject.toml" | "setup.cfg" | "package.json"))
    };
    let is_test = |folder: &str| classify(&format!("{folder}x.py")) == FileClass::Test;
    // What a package for tests names is for tests.
    let own = |package: &Package| !package.name.is_empty() && !is_test(&format!("{}/", package.folder));
    let packages = files.iter().filter(named).filter_map(package).filter_map(Result::ok);
    let folders = packages.filter(own).flat_map(|package| {
        let below = |inner: String| format!("{}/{inner}/", package.folder).trim_start_matches('/').to_string();
        match package.ecosystem {
            "npm" => {
                let entries = package.entries.iter().map(|(_, file)| parent(file.trim_start_matches("./")));
                entries.filter(|folder| !folder.is_empty()).map(|folder| below(folder.to_string())).collect()
            }
            _ => {
                let name = package.name.replace(['-', '.'], "_").to_ascii_lowercase();
                vec![below(name.clone()), below(format!("src/{name}"))]
            }
        }
    });
    folders.filter(|folder| is_test(folder)).collect()
}

/// The names under which manifests list packages that are called otherwise: registry, name in code, package.
pub fn renamed(files: &[SourceFile]) -> BTreeSet<(&'static str, String, String)> {
    let told = files.iter().filter(|file| file.kind == FileKind::Settings && renames(&file.text));
    let packages = told.filter_map(package).filter_map(Result::ok);
    let renamed = packages.flat_map(|package| {
        let Package { ecosystem, renamed, .. } = package;
        renamed.into_iter().map(move |(alias, name)| (ecosystem, alias, name))
    });
    renamed.collect()
}

/// Whether a manifest may give a package another name, by its text.
fn renames(text: &str) -> bool {
    let tabled = |(at, key): (usize, &str)| text[at + key.len()..].trim_start().starts_with('=');
    text.contains("\"npm:") || text.match_indices("package").any(tabled)
}

/// A member of a workspace names a dependency as the manifest around it does.
fn inherit_names(packages: &mut [Package]) {
    let outer: Vec<(&'static str, String, BTreeMap<String, String>)> = packages
        .iter()
        .filter(|package| !package.renamed.is_empty())
        .map(|package| (package.ecosystem, package.folder.clone(), package.renamed.clone()))
        .collect();
    for package in packages.iter_mut().filter(|_| !outer.is_empty()) {
        let above = |(ecosystem, folder, _): &&(&str, String, _)| {
            *ecosystem == package.ecosystem && *folder != package.folder && is_above(folder, &package.folder)
        };
        let named: Vec<(String, String)> = (outer.iter().filter(above).flat_map(|(.., renamed)| renamed))
            .filter(|(alias, _)| package.names(alias))
            .map(|(alias, name)| (alias.clone(), name.clone()))
            .collect();
        for (alias, name) in named {
            package.dependencies.insert(name.clone());
            package.renamed.entry(alias).or_insert(name);
        }
    }
}

fn package(file: &SourceFile) -> Option<Result<Package, Problem>> {
    let name = file.path.rsplit('/').next()?;
    if !is_manifest(&file.path) || matches!(name, "Cargo.lock" | "pnpm-workspace.yaml") {
        return None;
    }
    let lowered = lower_manifest(&file.path, &file.text);
    Some(match lowered {
        Ok(manifest) => Ok(Package {
            folder: parent(&file.path).to_string(),
            is_bare: HOLDING_MORE.contains(&name) && is_bare(&manifest),
            ..described(manifest)
        }),
        Err(message) => Err(unreadable(&file.path, &message)),
    })
}

/// The packages without those that only tell how a folder of another one is read: `{"type": "module"}`.
fn outermost(packages: Vec<Package>) -> Vec<Package> {
    let homes: BTreeSet<(&str, String)> =
        packages.iter().filter(|it| !it.is_bare).map(|it| (it.ecosystem, it.folder.clone())).collect();
    let is_part = |it: &Package| {
        let mut outer = ancestors(&it.folder).skip(1);
        it.is_bare && outer.any(|folder| homes.contains(&(it.ecosystem, folder.to_string())))
    };
    let kept: Vec<bool> = packages.iter().map(|it| !is_part(it)).collect();
    packages.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(it, _)| it).collect()
}

/// A folder and those around it, from the inside.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| parent(folder)))
}

/// Mere lists of dependencies within a Python package, and in a folder without sources, are those of the project
/// around it.
fn settle(packages: Vec<Package>, files: &[SourceFile]) -> Vec<Package> {
    let sources: BTreeSet<&str> =
        files.iter().map(|file| file.path.as_str()).filter(|path| path.ends_with(".py")).collect();
    let python = packages.iter().filter(|it| it.ecosystem == "pypi");
    let homes: BTreeSet<String> = python.map(|it| it.folder.clone()).collect();
    let home = |it: &Package| {
        let list = it.ecosystem == "pypi" && it.name.is_empty() && !it.folder.is_empty();
        list.then(|| around(&it.folder, &homes, &sources))?
    };
    let (lists, mut own): (Vec<_>, Vec<_>) = packages.into_iter().partition(|it| home(it).is_some());
    for list in lists {
        let folder = home(&list).unwrap_or_default();
        match own.iter_mut().find(|it| it.ecosystem == "pypi" && it.folder == folder) {
            Some(known) => known.take(list),
            None => own.push(Package { folder, ..list }),
        }
    }
    own
}

/// The folder of the project that a list in a folder is for, where that is another one.
fn around(folder: &str, homes: &BTreeSet<String>, sources: &BTreeSet<&str>) -> Option<String> {
    let inside = |folder: &str| sources.contains(format!("{folder}/__init__.py").as_str());
    let below = format!("{folder}/");
    if inside(folder) {
        return ancestors(parent(folder)).find(|at| homes.contains(*at) && !inside(at)).map(String::from);
    }
    let first = sources.range(below.as_str()..).next();
    (!first.is_some_and(|path| path.starts_with(&below))).then(|| parent(folder).to_string())
}

/// The message names the file, as the problem does itself.
pub(crate) fn unreadable(path: &str, message: &str) -> Problem {
    Problem::new(path, message.strip_prefix(&format!("{path}: ")).unwrap_or(message))
}

fn described(manifest: Manifest) -> Package {
    let mut package = Package {
        ecosystem: match manifest.ecosystem {
            Ecosystem::Npm => "npm",
            Ecosystem::Pypi => "pypi",
            Ecosystem::Crates => "crates",
        },
        listed_as: manifest.name.clone().unwrap_or_default(),
        name: manifest.lib_name.or(manifest.name).unwrap_or_default(),
        entries: manifest.exports,
        aliases: manifest.aliases,
        rust_version: manifest.rust_version,
        ..Package::default()
    };
    for dependency in manifest.dependencies.into_iter().chain(manifest.workspace_dependencies) {
        package.add(manifest.ecosystem, dependency);
    }
    package
}

/// Manifests that hold settings of tools and of the language too.
const HOLDING_MORE: &[&str] = &["package.json", "pyproject.toml", "setup.cfg"];

fn is_bare(manifest: &Manifest) -> bool {
    let starts = !manifest.scripts.is_empty() || !manifest.bins.is_empty();
    manifest.name.is_none() && manifest.dependencies.is_empty() && manifest.workspaces.is_empty() && !starts
}

impl Package {
    /// What another list of the same project says; its own versions stay.
    fn take(&mut self, list: Package) {
        self.dependencies.extend(list.dependencies);
        for (name, version) in list.versions {
            self.versions.entry(name).or_insert(version);
        }
    }

    fn add(&mut self, ecosystem: Ecosystem, dependency: Dependency) {
        let Dependency { name, alias, version, workspace, features, bare, .. } = dependency;
        if ecosystem == Ecosystem::Crates {
            let known = self.features.entry(name.clone()).or_default();
            known.listed.extend(features);
            known.defaults |= !bare && !workspace;
        }
        if let Some(version) = version.filter(|version| ecosystem != Ecosystem::Pypi || is_bounded(version)) {
            self.versions.insert(name.clone(), version);
        }
        if let Some(alias) = alias {
            self.renamed.insert(in_code(self.ecosystem, &alias), in_code(self.ecosystem, &name));
        }
        self.dependencies.insert(name);
    }
}

/// A package's name as code writes it.
fn in_code(ecosystem: &str, name: &str) -> String {
    if ecosystem == "npm" { name.to_string() } else { name.replace('-', "_") }
}

/// `>=1.4` says little about what is installed.
fn is_bounded(version: &str) -> bool {
    version.starts_with(['=', '~', '^']) || version.starts_with(|c: char| c.is_ascii_digit())
}
