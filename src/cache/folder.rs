//! The cache's folder: reading its files, and replacing each whole.
//!
//! A reader sees the old file or the new one, never half of one, however many runs write. Nothing
//! that fails here is worth a word: a run without a cache gives the same findings.

use std::io::Write;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::index::Index;

/// The folder in a project.
pub const NAME: &str = ".connlint-cache";
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is made by connlint and may be deleted.\n";

/// Where a project's cache lies.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    /// What the names of its files end in.
    project: String,
}

impl Folder {
    /// In the project itself, or in a folder that many projects may share.
    pub fn new(root: &Path, shared: Option<&Path>) -> Self {
        match shared {
            None => Self { path: root.join(NAME), project: String::new() },
            Some(shared) => {
                let project = xxh3_64(root.as_os_str().as_encoded_bytes());
                Self { path: shared.to_path_buf(), project: format!("-{project:016x}") }
            }
        }
    }

    /// Nothing where it cannot be read.
    pub fn index(&self) -> Index {
        std::fs::read(self.file("index")).map(|bytes| Index::decode(&bytes)).unwrap_or_default()
    }

    /// The bytes of the file that holds scans and facts.
    pub fn facts(&self) -> Option<Vec<u8>> {
        std::fs::read(self.file("facts")).ok()
    }

    /// Replaces the index. Fails where the project may not be written to.
    pub fn write_index(&self, bytes: &[u8]) -> std::io::Result<()> {
        self.write("index", bytes)
    }

    /// Replaces the scans and facts. Fails where the project may not be written to.
    pub fn write_facts(&self, bytes: &[u8]) -> std::io::Result<()> {
        self.write("facts", bytes)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}{}", self.project))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.path)?;
        self.mark(".gitignore", "*\n")?;
        self.mark("CACHEDIR.TAG", TAG)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
        file.write_all(bytes)?;
        file.persist(self.file(name))?;
        Ok(())
    }

    fn mark(&self, name: &str, text: &str) -> std::io::Result<()> {
        let path = self.path.join(name);
        // One that a full disk left empty marks nothing.
        let is_marked = std::fs::metadata(&path).is_ok_and(|file| file.len() > 0);
        if is_marked { Ok(()) } else { std::fs::write(path, text) }
    }
}
