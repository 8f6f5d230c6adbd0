//! A project's files, copied so that measuring may change them.
//!
//! Leaves out what no tool looks at; knows no ignore rules, which the copy has as its original.

use std::path::{Path, PathBuf};

use crate::failed;

/// Folders that every tool passes over.
const FOREIGN: &[&str] = &[".git", "node_modules", "target", ".venv", ".connlint-cache"];

/// Endings of the languages that are read.
const SOURCES: &[&str] =
    &["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "vue", "svelte", "astro", "py", "pyi", "rs"];

pub struct Tree {
    pub root: PathBuf,
    pub sources: Vec<PathBuf>,
}

impl Tree {
    /// How much of the sources has one of the endings.
    pub fn share(&self, endings: &[&str]) -> f64 {
        let fitting = self.sources.iter().filter(|path| has_ending(path, endings)).count();
        fitting as f64 / self.sources.len().max(1) as f64
    }
}

/// The project in a folder.
pub fn listed(root: PathBuf) -> Result<Tree, String> {
    let mut sources = Vec::new();
    below(&root, &mut |path| {
        if has_ending(path, SOURCES) {
            sources.push(path.to_path_buf());
        }
        Ok(())
    })?;
    sources.sort();
    Ok(Tree { root, sources })
}

/// Copies the files of a folder, in place of what was there.
pub fn copy(from: &Path, to: &Path) -> Result<Tree, String> {
    if to.exists() {
        std::fs::remove_dir_all(to).map_err(failed(to))?;
    }
    below(from, &mut |path| {
        let target = to.join(path.strip_prefix(from).unwrap_or(path));
        let folder = target.parent().unwrap_or(to);
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        std::fs::copy(path, &target).map(drop).map_err(failed(path))
    })?;
    listed(to.to_path_buf())
}

/// Visits the files that tools look at.
fn below(folder: &Path, visit: &mut dyn FnMut(&Path) -> Result<(), String>) -> Result<(), String> {
    for entry in std::fs::read_dir(folder).map_err(failed(folder))?.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !FOREIGN.iter().any(|name| entry.file_name() == *name) {
            below(&entry.path(), visit)?;
        } else if kind.is_file() {
            visit(&entry.path())?;
        }
    }
    Ok(())
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending))
}
