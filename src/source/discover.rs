//! Which files a project has: git's ignore rules, hidden names, foreign directories, exclusions.
//!
//! Lists paths and reads none of them. The result is sorted and does not depend on where the
//! search was started from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder};

use super::path::relative;
use super::read::cause;
use super::root::{Project, is_own_settings};
use super::skip::{is_bundle, is_foreign_directory};
use super::{FileKind, Problem, kind_of};

/// A file to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub absolute: PathBuf,
    pub kind: FileKind,
    /// Named on the command line: read whatever it looks like.
    pub explicit: bool,
}

#[derive(Debug, Default)]
pub struct Discovered {
    /// Sorted by path, each once.
    pub files: Vec<Found>,
    /// The directories that were entered.
    pub directories: BTreeSet<PathBuf>,
    /// Files of connlint's own settings in them.
    pub settings: Vec<PathBuf>,
    pub problems: Vec<Problem>,
}

impl Discovered {
    pub fn find(&self, path: &Path) -> Option<&Found> {
        let at = self.files.binary_search_by(|found| found.absolute.as_path().cmp(path)).ok()?;
        self.files.get(at)
    }
}

/// The patterns of `exclude` or of an override, with the meaning of lines in a `.gitignore` in the base directory.
#[derive(Debug, Clone)]
pub struct Excludes(Gitignore);

impl Excludes {
    pub fn new(base: &Path, patterns: &[String]) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new(base);
        for pattern in patterns {
            builder.add_line(None, pattern).map_err(|error| format!("`{pattern}`: {error}"))?;
        }
        builder.build().map(Self).map_err(|error| error.to_string())
    }

    /// Whether a file or a directory around it fits.
    pub fn covers(&self, file: &Path) -> bool {
        let inside = !self.0.is_empty() && file.starts_with(self.0.path());
        inside && self.0.matched_path_or_any_parents(file, false).is_ignore()
    }

    pub(super) fn holds(&self, path: &Path, is_directory: bool) -> bool {
        !self.0.is_empty() && path.starts_with(self.0.path()) && self.0.matched(path, is_directory).is_ignore()
    }
}

/// Lists the files below the root, and those that were given though they are ignored. Of the buffers, those
/// belong to it that are not on disk yet and lie in a directory that does.
pub fn discover<'b>(
    project: &Project,
    excludes: &Excludes,
    buffers: impl IntoIterator<Item = &'b PathBuf>,
) -> Discovered {
    let mut walk = Walk {
        project,
        excludes,
        files: Vec::new(),
        visited: BTreeSet::new(),
        settings: Vec::new(),
        problems: Vec::new(),
    };
    if !project.bare {
        walk.directory(&project.root, true);
    }
    for path in &project.given {
        walk.given(path);
    }
    for path in buffers {
        walk.buffer(path);
    }
    let Walk { mut files, visited, mut settings, problems, .. } = walk;
    settings.sort();
    settings.dedup();
    files.sort_by(|left, right| left.absolute.cmp(&right.absolute));
    files.dedup_by(|again, first| {
        let same = again.absolute == first.absolute;
        first.explicit |= same && again.explicit;
        same
    });
    Discovered { files, problems, settings, directories: visited }
}

struct Walk<'a> {
    project: &'a Project,
    excludes: &'a Excludes,
    /// Some may be there several times.
    files: Vec<Found>,
    visited: BTreeSet<PathBuf>,
    settings: Vec<PathBuf>,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn given(&mut self, path: &Path) {
        if path.is_dir() {
            if !self.visited.contains(path) {
                self.directory(path, self.project.bare);
            }
            return;
        }
        match kind_of(path) {
            Some(kind) => self.add(path, kind, true),
            None => self.problem(path, "is not a kind of file that connlint reads".into()),
        }
    }

    fn buffer(&mut self, path: &Path) {
        let inside = path.parent().is_some_and(|directory| self.visited.contains(directory));
        if inside && !self.excludes.holds(path, false) && !path.exists() {
            self.file(path);
        }
    }

    /// `parents`: whether ignore files above the directory count; they do not for one that was
    /// given although they ignore it.
    fn directory(&mut self, directory: &Path, parents: bool) {
        let excludes = self.excludes.clone();
        let entries = WalkBuilder::new(directory)
            .hidden(false)
            .require_git(false)
            .git_global(false)
            .parents(parents)
            // All but in order then, which makes the sorting cheap.
            .sort_by_file_name(Ord::cmp)
            .filter_entry(move |entry| is_wanted(entry, &excludes))
            .build();
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(&entry),
                Err(error) => self.failure(directory, &error),
            }
        }
    }

    fn entry(&mut self, entry: &DirEntry) {
        let Some(file_type) = entry.file_type() else { return };
        let path = entry.path();
        if file_type.is_dir() || (entry.depth() == 0 && path.is_dir()) {
            self.visited.insert(path.to_path_buf());
            self.settings_in(path);
        } else if file_type.is_file() || (file_type.is_symlink() && self.leads_outside(path)) {
            self.file(path);
        }
    }

    /// Settings are read although git ignores them: `.env` files nearly always are.
    fn settings_in(&mut self, directory: &Path) {
        let Ok(entries) = std::fs::read_dir(directory) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_settings = kind_of(&path) == Some(FileKind::Settings);
            if is_settings && path.is_file() && !self.excludes.holds(&path, false) {
                self.add(&path, FileKind::Settings, false);
            }
            if is_own_settings(&entry.file_name()) && !self.excludes.holds(&path, false) {
                self.settings.push(path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let Some(kind) = kind_of(path) else { return };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !is_bundle(name) {
            self.add(path, kind, false);
        }
    }

    /// A link to a file of the project itself would only show that file twice.
    fn leads_outside(&self, link: &Path) -> bool {
        let (Ok(target), Ok(root)) = (link.canonicalize(), self.project.root.canonicalize()) else { return false };
        target.is_file() && !target.starts_with(root)
    }

    fn add(&mut self, path: &Path, kind: FileKind, explicit: bool) {
        self.files.push(Found { absolute: path.to_path_buf(), kind, explicit });
    }

    fn problem(&mut self, path: &Path, message: String) {
        self.problems.push(Problem::new(relative(&self.project.root, path), message));
    }

    fn failure(&mut self, directory: &Path, error: &ignore::Error) {
        if is_dangling(error) {
            return;
        }
        let path = failed_path(error).unwrap_or(directory).to_path_buf();
        let message = error.io_error().map_or_else(|| error.to_string(), |io| format!("cannot be read: {}", cause(io)));
        self.problem(&path, message);
    }
}

fn is_wanted(entry: &DirEntry, excludes: &Excludes) -> bool {
    let path = entry.path();
    let name = entry.file_name().to_str().unwrap_or_default();
    let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
    if excludes.holds(path, is_directory) {
        return false;
    }
    if is_directory { !is_foreign_directory(path, name) } else { !name.starts_with('.') || name.starts_with(".env") }
}

/// A file that went away or a link to nothing: no loss.
fn is_dangling(error: &ignore::Error) -> bool {
    error.io_error().is_some_and(|io| io.kind() == std::io::ErrorKind::NotFound)
}

fn failed_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => failed_path(err),
        _ => None,
    }
}
