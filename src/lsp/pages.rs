//! The rules' pages as an editor can open them: on the web where they have an address, else as files.
//!
//! The program carries them along; links need a place. They are written once a version into the user's
//! cache directory; where there is none, there are no links.

use std::io::Write;
use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

use super::uri::of_path;
use crate::rules::{RULES, address};

pub struct Pages {
    directory: PathBuf,
}

impl Pages {
    /// Writes the pages, unless they are there.
    pub fn prepare() -> Option<Self> {
        let directory = cache_directory()?.join("connlint").join(env!("CARGO_PKG_VERSION"));
        std::fs::create_dir_all(&directory).ok()?;
        let written = RULES.iter().all(|rule| write(&directory, rule.id, rule.text()).is_ok());
        written.then_some(Self { directory })
    }

    pub fn uri(&self, rule: &str) -> Option<Uri> {
        let known = RULES.iter().any(|known| known.id == rule);
        let file = || of_path(&self.directory.join(format!("{rule}.md")));
        known.then(|| address(rule).map_or_else(file, Uri))
    }
}

/// Whole or not at all: another server may do the same.
fn write(directory: &Path, id: &str, page: &str) -> std::io::Result<()> {
    let path = directory.join(format!("{id}.md"));
    if std::fs::read(&path).is_ok_and(|old| old == page.as_bytes()) {
        return Ok(());
    }
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(page.as_bytes())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn cache_directory() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return variable("LOCALAPPDATA");
    }
    let home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|path| path.join(home)))
}
