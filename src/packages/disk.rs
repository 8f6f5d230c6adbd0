//! The disk as the resolver of module paths sees it: files as they were read stand for those on disk.
//!
//! So an editor's unsaved `tsconfig.json` counts, and so does a module that is not saved yet. Knows no module path.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{FileMetadata, FileSystem, FileSystemOs, ResolveError};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::{SourceFile, Text};

/// Clones share what is known.
#[derive(Clone)]
pub struct Disk(Arc<Known>);

#[derive(Default)]
struct Known {
    files: FxHashMap<PathBuf, Text>,
    folders: FxHashSet<PathBuf>,
}

impl Disk {
    /// `root` is the folder below which all files lie.
    pub fn of(root: &Path, files: &[SourceFile]) -> Self {
        let mut known = Known::default();
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
            None => std::fs::read(path),
        }
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        match self.0.files.get(path) {
            Some(text) => Ok(text.to_string()),
            None => FileSystemOs::read_to_string(path),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.kind(path).map_or_else(|| FileSystemOs::metadata(path), Ok)
    }

    /// Of what is on disk, the disk knows whether it is a link.
    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        FileSystemOs::symlink_metadata(path).or_else(|error| self.kind(path).ok_or(error))
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        FileSystemOs::read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        FileSystemOs::canonicalize(path).or_else(|error| self.kind(path).map(|_| path.to_path_buf()).ok_or(error))
    }
}
