//! Which files a project has: git's ignore rules, hidden names, foreign directories, exclusions.
//!
//! Lists paths and reads none of them. The result is sorted and does not depend on where the
//! search was started from.

use std::collections::BTreeSet;
use std::fs::FileType;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::path::relative;
use super::read::cause;
use super::root::{Project, is_own_settings};
use super::skip::{is_bundle, is_foreign_name, marks_foreign};
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
    discover_telling(project, excludes, buffers, &|_, _| {})
}

/// The same; `entered` is told of each directory, and how many files are known by then.
pub fn discover_telling<'b>(
    project: &Project,
    excludes: &Excludes,
    buffers: impl IntoIterator<Item = &'b PathBuf>,
    entered: &(dyn Fn(usize, &Path) + Sync),
) -> Discovered {
    let walk = Walk { project, excludes, entered };
    let mut seen = Seen::default();
    if !project.bare {
        walk.directory(&project.root, true, &mut seen);
    }
    for path in &project.given {
        walk.given(path, &mut seen);
    }
    for path in buffers {
        walk.buffer(path, &mut seen);
    }
    let Seen { mut files, visited, mut settings, problems } = seen;
    settings.sort();
    settings.dedup();
    files.sort_by_cached_key(|file| parts(&file.absolute));
    files.dedup_by(|again, first| {
        let same = again.absolute == first.absolute;
        first.explicit |= same && again.explicit;
        same
    });
    Discovered { files, problems, settings, directories: visited }
}

/// Bytes in whose order paths stand as [`Path`] has it, where separators come before all else.
fn parts(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.map(|byte| if std::path::is_separator(char::from(*byte)) { 0 } else { *byte }).collect()
}

struct Walk<'a> {
    project: &'a Project,
    excludes: &'a Excludes,
    entered: &'a (dyn Fn(usize, &Path) + Sync),
}

/// What a walk comes by.
#[derive(Default)]
struct Seen {
    /// Some may be there several times.
    files: Vec<Found>,
    visited: BTreeSet<PathBuf>,
    settings: Vec<PathBuf>,
    problems: Vec<Problem>,
}

impl Seen {
    fn add(&mut self, path: &Path, kind: FileKind, explicit: bool) {
        self.files.push(Found { absolute: path.to_path_buf(), kind, explicit });
    }
}

impl Walk<'_> {
    fn given(&self, path: &Path, seen: &mut Seen) {
        if path.is_dir() {
            if !seen.visited.contains(path) {
                self.directory(path, self.project.bare, seen);
            }
            return;
        }
        match kind_of(path) {
            Some(kind) => seen.add(path, kind, true),
            None => seen.problems.push(self.problem(path, "is not a kind of file that connlint reads".into())),
        }
    }

    fn buffer(&self, path: &Path, seen: &mut Seen) {
        let inside = path.parent().is_some_and(|directory| seen.visited.contains(directory));
        if inside && !self.excludes.holds(path, false) && !path.exists() {
            file(path, seen);
        }
    }

    /// `parents`: whether ignore files above the directory count; they do not for one that was
    /// given although they ignore it.
    fn directory(&self, directory: &Path, parents: bool, seen: &mut Seen) {
        let excludes = self.excludes.clone();
        let walk = WalkBuilder::new(directory)
            .hidden(false)
            .require_git(false)
            .git_global(false)
            .parents(parents)
            .filter_entry(move |entry| is_wanted(entry, &excludes))
            .threads(rayon::current_num_threads())
            .build_parallel();
        let seen = Mutex::new(seen);
        walk.run(|| {
            Box::new(|entry| {
                // Directories are looked into before the others have to wait.
                let beside = entry.as_ref().map_or_else(|_| Some(Seen::default()), |entry| self.settings_at(entry));
                let Some(beside) = beside else { return WalkState::Skip };
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.files.extend(beside.files);
                seen.settings.extend(beside.settings);
                match entry {
                    Ok(entry) => self.entry(&entry, &mut seen),
                    Err(error) => seen.problems.extend(self.failure(directory, &error)),
                }
                WalkState::Continue
            })
        });
    }

    fn entry(&self, entry: &DirEntry, seen: &mut Seen) {
        let Some(file_type) = entry.file_type() else { return };
        let path = entry.path();
        if is_directory(entry) {
            seen.visited.insert(path.to_path_buf());
            (self.entered)(seen.files.len(), path);
        } else if file_type.is_file() || (file_type.is_symlink() && self.leads_outside(path)) {
            file(path, seen);
        }
    }

    /// Settings are read although git ignores them: `.env` files nearly always are. `None` for a directory below the
    /// first that marks itself as foreign.
    fn settings_at(&self, entry: &DirEntry) -> Option<Seen> {
        let mut seen = Seen::default();
        let is_below = entry.depth() > 0;
        let entries = is_directory(entry).then(|| std::fs::read_dir(entry.path()).ok()).flatten();
        for entry in entries.into_iter().flatten().flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            if is_below && marks_foreign(&name) && path.is_file() {
                return None;
            }
            let is_settings = kind_of(&path) == Some(FileKind::Settings);
            if is_settings && path.is_file() && !self.excludes.holds(&path, false) {
                seen.add(&path, FileKind::Settings, false);
            }
            if is_own_settings(&name) && !self.excludes.holds(&path, false) {
                seen.settings.push(path);
            }
        }
        Some(seen)
    }

    /// A link to a file of the project itself would only show that file twice.
    fn leads_outside(&self, link: &Path) -> bool {
        let (Ok(target), Ok(root)) = (link.canonicalize(), self.project.root.canonicalize()) else { return false };
        target.is_file() && !target.starts_with(root)
    }

    fn problem(&self, path: &Path, message: String) -> Problem {
        Problem::new(relative(&self.project.root, path), message)
    }

    fn failure(&self, directory: &Path, error: &ignore::Error) -> Option<Problem> {
        if is_dangling(error) {
            return None;
        }
        let path = failed_path(error).unwrap_or(directory);
        let message = error.io_error().map_or_else(|| error.to_string(), |io| format!("cannot be read: {}", cause(io)));
        Some(self.problem(path, message))
    }
}

fn is_directory(entry: &DirEntry) -> bool {
    let is = |kind: FileType| kind.is_dir() || (entry.depth() == 0 && entry.path().is_dir());
    entry.file_type().is_some_and(is)
}

fn file(path: &Path, seen: &mut Seen) {
    let Some(kind) = kind_of(path) else { return };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !is_bundle(name) {
        seen.add(path, kind, false);
    }
}

fn is_wanted(entry: &DirEntry, excludes: &Excludes) -> bool {
    let path = entry.path();
    let name = entry.file_name().to_str().unwrap_or_default();
    let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
    if excludes.holds(path, is_directory) {
        return false;
    }
    if is_directory { !is_foreign_name(path, name) } else { !name.starts_with('.') || name.starts_with(".env") }
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
