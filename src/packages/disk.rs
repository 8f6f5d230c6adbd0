//! The disk as the resolver of module paths sees it: files as they were read stand for those on disk.
//!
//! So an editor's unsaved `tsconfig.json` counts, and so does a module that is not saved yet. What is asked of the disk
//! about anything else is noted, as what a run says depends on it. Knows no module path.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oxc_resolver::{FileMetadata, FileSystem, FileSystemOs, ResolveError};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::source::{SourceFile, Text};

/// Something that was asked of the disk about what is none of the project's files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Question {
    Text(PathBuf),
    /// Whether it is a file or a folder, links followed.
    Kind(PathBuf),
    /// The same, and whether it is a link.
    Link(PathBuf),
    /// Where a link leads to.
    Target(PathBuf),
    Canonical(PathBuf),
}

/// A hash of what the disk said; `None` when that was an error.
pub type Answer = Option<u64>;

impl Question {
    /// Asks again.
    pub fn ask(&self) -> Answer {
        match self {
            Self::Text(path) => std::fs::read(path).ok().map(|bytes| xxh3_64(&bytes)),
            Self::Kind(path) => FileSystemOs::metadata(path).ok().map(bits),
            Self::Link(path) => FileSystemOs::symlink_metadata(path).ok().map(bits),
            Self::Target(path) => FileSystemOs::read_link(path).ok().map(|path| hash(&path)),
            Self::Canonical(path) => FileSystemOs::canonicalize(path).ok().map(|path| hash(&path)),
        }
    }
}

fn hash(path: &Path) -> u64 {
    xxh3_64(path.as_os_str().as_encoded_bytes())
}

fn bits(found: FileMetadata) -> u64 {
    [found.is_file(), found.is_dir(), found.is_symlink()].iter().fold(0, |bits, bit| bits << 1 | u64::from(*bit))
}

/// Clones share what is known.
#[derive(Clone)]
pub struct Disk(Arc<Known>);

#[derive(Default)]
struct Known {
    root: PathBuf,
    files: FxHashMap<PathBuf, Text>,
    folders: FxHashSet<PathBuf>,
    asked: Mutex<BTreeMap<Question, Answer>>,
}

impl Disk {
    /// `root` is the folder below which all files lie.
    pub fn of(root: &Path, files: &[SourceFile]) -> Self {
        let mut known = Known { root: root.to_path_buf(), ..Known::default() };
        for file in files {
            let above = file.absolute.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
            for folder in above {
                if !known.folders.insert(folder.to_path_buf()) {
                    break;
                }
            }
            known.files.insert(file.absolute.clone(), file.text.clone());
        }
        Self(Arc::new(known))
    }

    /// The folder below which all files lie.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Whether there is such a file; the path is relative to the root.
    pub fn is_file(&self, path: &str) -> bool {
        self.metadata(&self.0.root.join(path)).is_ok_and(FileMetadata::is_file)
    }

    /// All that was asked so far about other files, with what the disk said.
    pub fn asked(&self) -> Vec<(Question, Answer)> {
        locked(&self.0.asked).iter().map(|(question, answer)| (question.clone(), *answer)).collect()
    }

    fn note<T, E>(&self, question: Question, found: Result<T, E>, answer: impl Fn(&T) -> u64) -> Result<T, E> {
        let answer = found.as_ref().ok().map(answer);
        locked(&self.0.asked).insert(question, answer);
        found
    }

    fn kind(&self, path: &Path) -> Option<FileMetadata> {
        let (file, folder) = (self.0.files.contains_key(path), self.0.folders.contains(path));
        (file || folder).then(|| FileMetadata::new(file, folder, false))
    }
}

impl FileSystem for Disk {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.0.files.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.note(Question::Text(path.into()), std::fs::read(path), |bytes| xxh3_64(bytes)),
        }
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        match self.0.files.get(path) {
            Some(text) => Ok(text.to_string()),
            None => self.read(path).and_then(FileSystemOs::validate_string),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        let other = || self.note(Question::Kind(path.into()), FileSystemOs::metadata(path), |found| bits(*found));
        self.kind(path).map_or_else(other, Ok)
    }

    /// Of what is on disk, the disk knows whether it is a link. What was found to be a file or folder of the project is
    /// none.
    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        let found = FileSystemOs::symlink_metadata(path);
        match (self.kind(path), found) {
            (Some(_), Ok(found)) if !found.is_symlink() => Ok(found),
            (Some(kind), Err(_)) => Ok(kind),
            (_, found) => self.note(Question::Link(path.into()), found, |found| bits(*found)),
        }
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        self.note(Question::Target(path.into()), FileSystemOs::read_link(path), |path| hash(path))
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let found = self.note(Question::Canonical(path.into()), FileSystemOs::canonicalize(path), |path| hash(path));
        found.or_else(|error| self.kind(path).map(|_| path.to_path_buf()).ok_or(error))
    }
}

/// A value is never left half written, so that a panic elsewhere does no harm.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
