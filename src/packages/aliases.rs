//! Path aliases of `tsconfig.json` files that the resolver refuses as a whole, mostly since something that they
//! extend is missing; and what is wrong with them.
//!
//! Reads what can be read: the file's own `paths`, or those of the first readable file that it extends. A
//! missing package says nothing: packages are often not installed where a project is checked, and a shared
//! base holds no project's aliases.

use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::disk::Disk;
use super::manifests::unreadable;
use super::paths::{join, parent};
use crate::facts::Literal;
use crate::facts::settings::Settings;
use crate::frontend::settings::lower_settings;
use crate::source::{FileKind, Problem, SourceFile};

#[derive(Debug, Default)]
pub struct Aliases {
    configs: Vec<Config>,
    /// Folders whose `tsconfig.json` the resolver can use.
    usable: Vec<String>,
    pub problems: Vec<Problem>,
}

/// Why a configuration cannot be loaded.
#[derive(Debug)]
pub struct Fault {
    /// The file at fault, which may be one that is extended.
    pub path: Option<PathBuf>,
    pub message: String,
}

impl Fault {
    fn problem(&self, root: &Path, file: &SourceFile) -> Problem {
        let at = self.path.as_ref().and_then(|path| path.strip_prefix(root).ok());
        let path = at.map_or_else(|| file.path.clone(), |path| path.to_string_lossy().replace('\\', "/"));
        let message = self.message.replace(&format!("{}/", root.display()), "");
        Problem::new(path, format!("{message}; path aliases from there are not followed"))
    }
}

/// The path is one of the folder or below it.
fn holds(folder: &str, path: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_found(file: &SourceFile) -> bool {
    file.path.rsplit('/').next() == Some("tsconfig.json")
}

/// The project's settings files by path.
pub type Files<'f> = FxHashMap<&'f str, &'f SourceFile>;

/// One `tsconfig.json`.
#[derive(Debug)]
struct Config {
    folder: String,
    /// The resolver looks for it: it is no `jsconfig.json`.
    found: bool,
    /// Pattern and targets; the targets are relative to the project's root.
    paths: Vec<(String, Vec<String>)>,
}

impl Aliases {
    /// Reads the configurations that `load` fails to load, given by absolute path.
    pub fn of_unusable(disk: &Disk, files: &[SourceFile], load: impl Fn(&Path) -> Result<(), Fault>) -> Self {
        let mut aliases = Self::default();
        let settings = settings_of(files);
        let is_config =
            |file: &&SourceFile| matches!(file.path.rsplit('/').next(), Some("tsconfig.json" | "jsconfig.json"));
        for file in files.iter().filter(is_config) {
            match load(&disk.root().join(&file.path)) {
                Ok(()) if is_found(file) => aliases.usable.push(parent(&file.path).to_string()),
                Ok(()) => {}
                Err(fault) => aliases.add(disk, &settings, file, &fault),
            }
        }
        aliases
    }

    fn add(&mut self, disk: &Disk, files: &Files, file: &SourceFile, fault: &Fault) {
        let known = self.problems.len();
        let mut paths = Vec::new();
        let mut open = vec![file];
        let mut missing_package = false;
        let mut read = FxHashSet::default();
        while let Some(file) = open.pop() {
            if !read.insert(&file.path) {
                continue;
            }
            let settings = match lower_settings(&file.path, &file.text) {
                Ok(settings) => settings,
                Err(message) => {
                    self.problems.push(unreadable(&file.path, &message));
                    continue;
                }
            };
            if paths.is_empty() {
                paths = own_paths(&settings, parent(&file.path));
            }
            for target in extended(&settings) {
                match base(disk, files, file, target) {
                    Base::Package => missing_package = true,
                    Base::File(base) => open.push(base),
                    Base::Elsewhere => {}
                    Base::Missing => self.problems.push(missing(file, target)),
                }
            }
        }
        if self.problems.len() == known && !missing_package {
            self.problems.push(fault.problem(disk.root(), file));
        }
        self.configs.push(Config { folder: parent(&file.path).to_string(), found: is_found(file), paths });
    }

    /// The resolver finds a configuration for files of the folder, and cannot use it. It would load it again for
    /// each module path.
    pub fn block(&self, folder: &str) -> bool {
        let depth = |config: &str| holds(config, folder).then_some(config.len());
        let blocking =
            self.configs.iter().filter(|config| config.found).filter_map(|config| depth(&config.folder)).max();
        blocking > self.usable.iter().filter_map(|usable| depth(usable)).max()
    }

    /// The paths that a specifier stands for, by the configuration nearest to the importing file's folder.
    pub fn targets(&self, folder: &str, specifier: &str) -> Vec<String> {
        let nearest = self.configs.iter().filter(|config| holds(&config.folder, folder));
        let nearest = nearest.max_by_key(|config| config.folder.len());
        let all = nearest.into_iter().flat_map(|config| &config.paths);
        let fitting = all.filter_map(|(pattern, targets)| Some((pattern.len(), matched(pattern, specifier)?, targets)));
        let best = fitting.max_by_key(|(length, ..)| *length);
        best.map_or_else(Vec::new, |(_, rest, targets)| {
            targets.iter().map(|target| target.replacen('*', rest, 1)).collect()
        })
    }
}

pub fn settings_of(files: &[SourceFile]) -> Files<'_> {
    let settings = files.iter().filter(|file| file.kind == FileKind::Settings);
    settings.map(|file| (file.path.as_str(), file)).collect()
}

/// What `*` stands for when the pattern fits.
fn matched<'s>(pattern: &str, specifier: &'s str) -> Option<&'s str> {
    match pattern.split_once('*') {
        Some((before, after)) => specifier.strip_prefix(before)?.strip_suffix(after),
        None => (pattern == specifier).then_some(""),
    }
}

/// What an `extends` leads to.
pub enum Base<'f> {
    File(&'f SourceFile),
    /// A file that is there but is none of the project's settings.
    Elsewhere,
    Package,
    Missing,
}

pub fn base<'f>(disk: &Disk, files: &Files<'f>, from: &SourceFile, target: &str) -> Base<'f> {
    if !target.starts_with(['.', '/']) || target.contains("node_modules/") {
        return Base::Package;
    }
    let Some(path) = join(parent(&from.path), target) else { return Base::Elsewhere };
    let candidates = [path.clone(), format!("{path}.json"), format!("{path}/tsconfig.json")];
    let found = candidates.iter().find_map(|path| files.get(path.as_str()));
    match found {
        Some(file) => Base::File(file),
        None if candidates.iter().any(|path| disk.is_file(path)) => Base::Elsewhere,
        // What a tool generates into a hidden folder is there once the project was built.
        None if path.split('/').any(|part| part.starts_with('.')) => Base::Package,
        None => Base::Missing,
    }
}

fn missing(file: &SourceFile, target: &str) -> Problem {
    Problem::new(
        &file.path,
        format!("extends `{target}`, which does not exist; path aliases from there are not followed"),
    )
}

/// What a configuration extends, as written.
pub fn extended(settings: &Settings) -> Vec<&str> {
    let is_extends = |key: &str| key == "extends" || key.strip_prefix("extends.").is_some_and(is_index);
    let entries = settings.entries.iter().filter(|entry| is_extends(&entry.key));
    entries.filter_map(|entry| as_text(&entry.value)).collect()
}

/// `compilerOptions.paths`, from `baseUrl` or the folder on; with a `baseUrl`, any path is one.
pub fn own_paths(settings: &Settings, folder: &str) -> Vec<(String, Vec<String>)> {
    let written = settings.text("compilerOptions.baseUrl");
    let base = join(folder, written.unwrap_or(".")).unwrap_or_default();
    let mut paths: Vec<(String, Vec<String>)> = Vec::new();
    for entry in &settings.entries {
        let key = entry.key.strip_prefix("compilerOptions.paths.").and_then(|key| key.rsplit_once('.'));
        let Some((pattern, _)) = key.filter(|(_, index)| is_index(index)) else { continue };
        let Some(target) = as_text(&entry.value).and_then(|target| join(&base, target)) else { continue };
        match paths.last_mut().filter(|(known, _)| known == pattern) {
            Some((_, targets)) => targets.push(target),
            None => paths.push((pattern.to_string(), vec![target])),
        }
    }
    if written.is_some() {
        let any = if base.is_empty() { "*".to_string() } else { format!("{base}/*") };
        paths.push(("*".into(), vec![any]));
    }
    paths
}

fn is_index(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn as_text(value: &Literal) -> Option<&str> {
    match value {
        Literal::Str(text) => Some(text),
        _ => None,
    }
}
