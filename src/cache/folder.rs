//! The cache's folder: reading its one file, and replacing it whole.
//!
//! A reader sees the old file or the new one, never half of one, however many runs write. Nothing
//! that fails here is worth a word: a run without a cache gives the same findings.

use std::io::Write;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::Cache;

/// The folder in a project.
pub const NAME: &str = ".connlint-cache";
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is made by connlint and may be deleted.\n";

/// Where a project's cache lies.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    file: String,
}

impl Folder {
    /// In the project itself, or in a folder that many projects may share.
    pub fn new(root: &Path, shared: Option<&Path>) -> Self {
        match shared {
            None => Self { path: root.join(NAME), file: "facts".into() },
            Some(shared) => {
                let project = xxh3_64(root.as_os_str().as_encoded_bytes());
                Self { path: shared.to_path_buf(), file: format!("facts-{project:016x}") }
            }
        }
    }

    pub fn read(&self) -> Cache {
        std::fs::read(self.path.join(&self.file)).map(Cache::decode).unwrap_or_default()
    }

    /// Replaces the file. Fails where the project may not be written to.
    pub fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.path)?;
        self.mark(".gitignore", "*\n")?;
        self.mark("CACHEDIR.TAG", TAG)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
        file.write_all(bytes)?;
        file.persist(self.path.join(&self.file))?;
        Ok(())
    }

    fn mark(&self, name: &str, text: &str) -> std::io::Result<()> {
        let path = self.path.join(name);
        // One that a full disk left empty marks nothing.
        let is_marked = std::fs::metadata(&path).is_ok_and(|file| file.len() > 0);
        if is_marked { Ok(()) } else { std::fs::write(path, text) }
    }
}
