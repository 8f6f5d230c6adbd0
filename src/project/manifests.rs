//! What the project's manifests say: packages, their folders, what they depend on.
//!
//! Plain look-ups over lowered manifests. Knows no library by name.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::parent;
use crate::catalog::Catalog;
use crate::catalog::schema::Platform;
use crate::source::{FileKind, SourceFile};

/// One manifest and the folder it stands in.
#[derive(Debug, Clone, Default)]
pub struct Package {
    pub folder: String,
    pub ecosystem: &'static str,
    pub name: String,
    pub dependencies: BTreeSet<String>,
    /// Versions as written, for the dependencies that have one.
    pub versions: BTreeMap<String, String>,
    /// npm: files that `exports`, `main`, `module` and `types` point to, relative to the folder, by
    /// subpath (`.`, `./db`).
    pub entries: Vec<(String, String)>,
    /// Rust: the name that code uses to the package's own name.
    pub renamed: BTreeMap<String, String>,
}

impl Package {
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
    /// Schema files and the folders that their code generators fill.
    outputs: Vec<(String, String)>,
    /// Paths of all settings files.
    paths: Vec<String>,
}

impl Manifests {
    pub fn read(files: &[SourceFile]) -> Self {
        let settings: Vec<&SourceFile> = files.iter().filter(|file| file.kind == FileKind::Settings).collect();
        Manifests {
            packages: settings.iter().filter_map(|file| package(file)).collect(),
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
            let own = self.outputs.iter().filter(|(schema, _)| schema.ends_with(&file.generated_by));
            own.map(|(_, output)| (output.clone(), file.modules[0].clone()))
        });
        pairs.collect()
    }

    /// Folders in which a platform's own settings file stands, as the data names them.
    pub fn platforms<'c>(&self, catalog: &'c Catalog) -> Vec<Deployment<'c>> {
        let mut found = Vec::new();
        for file in &catalog.files {
            let Some(platform) = file.platform else { continue };
            for glob in file.platform_files.iter().filter_map(|glob| globset::Glob::new(glob).ok()) {
                let matcher = glob.compile_matcher();
                let here =
                    self.paths.iter().filter(|path| matcher.is_match(path.rsplit('/').next().unwrap_or_default()));
                found.extend(here.map(|path| Deployment {
                    folder: parent(path).to_string(),
                    platform,
                    endings: &file.platform_runs,
                }));
            }
        }
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

    /// Whether a settings file of that name (a glob) exists anywhere in the project.
    pub fn has_file(&self, glob: &str) -> bool {
        let Ok(glob) = globset::Glob::new(glob.rsplit('/').next().unwrap_or(glob)) else { return false };
        let matcher = glob.compile_matcher();
        self.paths.iter().any(|path| matcher.is_match(path.rsplit('/').next().unwrap_or_default()))
    }

    /// The package whose folder holds the path, the innermost one.
    pub fn package_of(&self, path: &str) -> Option<&Package> {
        let holds = |package: &&Package| package.folder.is_empty() || path.starts_with(&format!("{}/", package.folder));
        self.packages.iter().filter(holds).max_by_key(|package| package.folder.len())
    }
}

/// Outputs of the generators of a schema file, relative to the project's root.
fn outputs(file: &SourceFile) -> Vec<(String, String)> {
    if !file.text.contains("generator ") {
        return Vec::new();
    }
    let Ok(settings) = crate::frontend::settings::lower_settings(&file.path, &file.text) else { return Vec::new() };
    let outputs =
        settings.entries.iter().filter(|entry| entry.key.starts_with("generator.") && entry.key.ends_with(".output"));
    let paths = outputs.filter_map(|entry| match &entry.value {
        crate::facts::Literal::Str(path) => super::modules::join(parent(&file.path), path),
        _ => None,
    });
    paths.map(|path| (file.path.clone(), path)).collect()
}

/// Major and minor of a version requirement: the first numbers in it.
pub fn version(text: &str) -> (u32, u32) {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let mut numbers =
        text[start..].split('.').map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>());
    let mut next = || numbers.next().and_then(|number| number.parse().ok()).unwrap_or(0);
    (next(), next())
}

fn package(file: &SourceFile) -> Option<Package> {
    let name = file.path.rsplit('/').next()?;
    let folder = parent(&file.path).to_string();
    let mut package = match name {
        "package.json" => npm(&file.text)?,
        "Cargo.toml" => cargo(&file.text)?,
        "pyproject.toml" | "Pipfile" => python_toml(&file.text)?,
        _ if name.starts_with("requirements") || file.path.contains("requirements/") => requirements(&file.text),
        _ => return None,
    };
    package.folder = folder;
    Some(package)
}

fn npm(text: &str) -> Option<Package> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let mut dependencies = BTreeSet::new();
    let mut versions = BTreeMap::new();
    for table in ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"] {
        let names = json.get(table).and_then(serde_json::Value::as_object).into_iter().flatten();
        for (name, version) in names {
            dependencies.insert(name.clone());
            versions.extend(version.as_str().map(|version| (name.clone(), version.to_string())));
        }
    }
    let name = json.get("name").and_then(serde_json::Value::as_str).unwrap_or_default().to_string();
    let mut entries = Vec::new();
    if let Some(exports) = json.get("exports") {
        exported(".", exports, &mut entries);
    }
    for key in ["source", "module", "main", "types"] {
        entries
            .extend(json.get(key).and_then(serde_json::Value::as_str).map(|path| (".".to_string(), path.to_string())));
    }
    Some(Package { ecosystem: "npm", name, dependencies, versions, entries, ..Package::default() })
}

/// All files that an `exports` field names, conditions flattened.
fn exported(subpath: &str, value: &serde_json::Value, entries: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::String(path) => entries.push((subpath.to_string(), path.clone())),
        serde_json::Value::Array(all) => all.iter().for_each(|inner| exported(subpath, inner, entries)),
        serde_json::Value::Object(map) => map.iter().for_each(|(key, inner)| {
            exported(if key.starts_with('.') { key } else { subpath }, inner, entries);
        }),
        _ => {}
    }
}

fn cargo(text: &str) -> Option<Package> {
    let toml: toml::Table = text.parse().ok()?;
    let mut package = Package { ecosystem: "crates", ..Package::default() };
    let name =
        toml.get("lib").and_then(|lib| lib.get("name")).or_else(|| toml.get("package").and_then(|p| p.get("name")));
    package.name = name.and_then(toml::Value::as_str).unwrap_or_default().to_string();
    let workspace = toml.get("workspace").and_then(|w| w.get("dependencies"));
    let tables = [toml.get("dependencies"), toml.get("dev-dependencies"), workspace];
    for (name, value) in tables.into_iter().flatten().filter_map(toml::Value::as_table).flatten() {
        let real = value.get("package").and_then(toml::Value::as_str).unwrap_or(name);
        let written = value.as_str().or_else(|| value.get("version").and_then(toml::Value::as_str));
        if let Some(written) = written {
            package.versions.insert(real.to_string(), written.to_string());
        }
        package.dependencies.insert(real.to_string());
        if real != name {
            package.renamed.insert(name.replace('-', "_"), real.replace('-', "_"));
        }
    }
    Some(package)
}

fn python_toml(text: &str) -> Option<Package> {
    let toml: toml::Table = text.parse().ok()?;
    let mut dependencies = BTreeSet::new();
    python_names(&toml::Value::Table(toml), &mut dependencies);
    Some(Package { ecosystem: "pypi", dependencies, ..Package::default() })
}

/// Every table or list under a key that ends in `dependencies`, `packages` or is a group.
fn python_names(value: &toml::Value, found: &mut BTreeSet<String>) {
    let Some(table) = value.as_table() else { return };
    for (key, inner) in table {
        let lists = key.ends_with("dependencies") || key.ends_with("packages");
        match inner {
            toml::Value::Array(items) if lists || key != "members" => {
                found.extend(items.iter().filter_map(toml::Value::as_str).filter_map(requirement));
            }
            toml::Value::Table(names) if lists => {
                found.extend(names.keys().filter_map(|name| requirement(name)));
                python_names(inner, found);
            }
            _ => python_names(inner, found),
        }
    }
}

fn requirements(text: &str) -> Package {
    let dependencies = text.lines().filter_map(requirement).collect();
    Package { ecosystem: "pypi", dependencies, ..Package::default() }
}

/// The name of a requirement line, normalised.
fn requirement(line: &str) -> Option<String> {
    let name: String = line.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    (!name.is_empty()).then(|| name.to_ascii_lowercase().replace('_', "-"))
}
