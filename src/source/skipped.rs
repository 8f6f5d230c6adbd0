//! What lies below the root and is not read, and why.
//!
//! For those who miss a finding; lists names and reads no file.

use std::collections::BTreeSet;
use std::fs::FileType;
use std::path::Path;

use serde::Serialize;

use super::discover::{Discovered, Excludes};
use super::path::relative;
use super::root::Project;
use super::skip::{is_bundle, is_foreign_directory};
use super::{Problem, SourceFile, kind_of};

/// A file or a whole directory, relative to the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    pub why: SkipReason,
    pub path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// A pattern of `exclude`.
    Excluded,
    /// Git's ignore rules.
    Ignored,
    /// Code of others, caches, build output.
    Foreign,
    /// A name that begins with a dot.
    Hidden,
    /// Written by a bundler.
    Bundle,
    /// A symbolic link to a directory, to a file of the project or to nothing; a pipe or a device.
    Special,
}

/// All that was left out, each directory once, but for what the problems tell of. `files` are those that were read.
pub fn skipped(
    project: &Project,
    excludes: &Excludes,
    found: &Discovered,
    files: &[SourceFile],
    problems: &[Problem],
) -> Vec<Skipped> {
    let read: BTreeSet<&Path> = files.iter().map(|file| file.absolute.as_path()).collect();
    let told: BTreeSet<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    let mut search = Search { project, excludes, found, read, told, skipped: Vec::new() };
    search.directory(&project.root);
    search.skipped.sort();
    search.skipped
}

struct Search<'a> {
    project: &'a Project,
    excludes: &'a Excludes,
    found: &'a Discovered,
    read: BTreeSet<&'a Path>,
    told: BTreeSet<&'a str>,
    skipped: Vec<Skipped>,
}

impl Search<'_> {
    fn directory(&mut self, directory: &Path) {
        let Ok(entries) = std::fs::read_dir(directory) else { return };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let why = if kind.is_dir() { self.of_directory(&path, &name) } else { self.of_file(&path, &name, kind) };
            match why {
                Some(why) => self.skipped.push(Skipped { why, path: relative(&self.project.root, &path) }),
                None if kind.is_dir() => self.directory(&path),
                None => {}
            }
        }
    }

    fn of_directory(&self, path: &Path, name: &str) -> Option<SkipReason> {
        if self.found.directories.contains(path) {
            return None;
        }
        Some(match name {
            _ if self.excludes.holds(path, true) => SkipReason::Excluded,
            _ if name.starts_with('.') => SkipReason::Hidden,
            _ if is_foreign_directory(path, name) => SkipReason::Foreign,
            _ => SkipReason::Ignored,
        })
    }

    /// Nothing for files that connlint has no use for, and for those whose problem is told.
    fn of_file(&self, path: &Path, name: &str, kind: FileType) -> Option<SkipReason> {
        let is_of_use = kind_of(path).is_some() || (kind.is_symlink() && path.is_dir());
        if !is_of_use || self.read.contains(path) || self.told.contains(relative(&self.project.root, path).as_str()) {
            return None;
        }
        Some(match name {
            _ if self.excludes.holds(path, false) => SkipReason::Excluded,
            _ if name.starts_with('.') => SkipReason::Hidden,
            _ if !kind.is_file() => SkipReason::Special,
            _ if is_bundle(name) || self.found.files.iter().any(|file| file.absolute == path) => SkipReason::Bundle,
            _ => SkipReason::Ignored,
        })
    }
}
