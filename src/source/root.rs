//! Where a project begins: its root, and the directory that its stable paths are told from.
//!
//! Looks at names of files only; reads none of them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::path::clean;

/// What the paths of a command line belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Everything below it is analysed together.
    pub root: PathBuf,
    /// The nearest directory, at or above the root, that holds `connlint.toml`, `.connlint.toml` or `.git`; the root
    /// when there is none. Fingerprints tell paths from here, so that checking a part of a
    /// repository gives the ids that checking all of it gives.
    pub anchor: PathBuf,
    /// The paths that were given, absolute. Findings outside them are not reported.
    pub given: Vec<PathBuf>,
    /// No marker was found: only the given paths are read, not all that stands beside them.
    pub bare: bool,
}

impl Project {
    /// Takes a directory around the root for the root.
    pub fn widen(&mut self, root: PathBuf) {
        self.anchor = anchor(&root);
        self.root = root;
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RootError {
    #[error("{0}: no such file or directory")]
    Missing(String),
    #[error("{0}: cannot be read: {1}")]
    Unreadable(String, String),
}

/// Files that a project or workspace may begin with.
pub const MANIFESTS: &[&str] = &[
    "package.json",
    "pnpm-workspace.yaml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "Pipfile",
    "Cargo.toml",
    "deno.json",
];

/// Finds the project of the given paths. `new_files` (editor buffers) need not exist on disk.
pub fn locate(directory: &Path, paths: &[PathBuf], new_files: &[PathBuf]) -> Result<Project, RootError> {
    let mut given = Vec::new();
    for path in paths {
        let absolute = clean(directory, path);
        if !absolute.exists() && !new_files.contains(&absolute) {
            return Err(RootError::Missing(path.display().to_string()));
        }
        if let Some(error) = unreadable(&absolute) {
            return Err(RootError::Unreadable(path.display().to_string(), error.to_string()));
        }
        given.push(absolute);
    }
    if given.is_empty() {
        given.push(clean(directory, Path::new(".")));
    }
    let start = common_directory(&given);
    let marked = start.ancestors().find(|dir| is_anchor(dir) || is_manifested(dir) && !is_common(dir));
    let root = marked.unwrap_or(&start).to_path_buf();
    let anchor = anchor(&root);
    Ok(Project { bare: marked.is_none(), anchor, given, root })
}

/// What was asked for by name must be readable; other files that are not are problems and no more.
fn unreadable(path: &Path) -> Option<std::io::Error> {
    if path.is_dir() {
        return std::fs::read_dir(path).err();
    }
    if path.is_file() { std::fs::File::open(path).err() } else { None }
}

fn is_manifested(directory: &Path) -> bool {
    MANIFESTS.iter().any(|name| directory.join(name).is_file())
}

/// Whether a directory holds what has nothing to do with each other, whatever manifest somebody left there: the
/// user's home, a temporary folder, and all around them.
pub fn is_common(directory: &Path) -> bool {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let folders = [home, Some(std::env::temp_dir()), Some("/tmp".into()), Some("/var/tmp".into())];
    directory.parent().is_none() || folders.iter().flatten().any(|folder| folder.starts_with(directory))
}

fn is_anchor(directory: &Path) -> bool {
    CONFIGS.iter().any(|name| directory.join(name).is_file()) || directory.join(".git").exists()
}

/// Whether a file of that name decides where projects begin or what their settings are.
pub fn marks_projects(name: &str) -> bool {
    CONFIGS.contains(&name) || name == ".git" || MANIFESTS.contains(&name)
}

/// Whether a file of that name holds connlint's settings and nothing else.
pub(super) fn is_own_settings(name: &OsStr) -> bool {
    CONFIGS.iter().any(|own| name == *own)
}

const CONFIGS: &[&str] = &["connlint.toml", ".connlint.toml"];

fn anchor(root: &Path) -> PathBuf {
    root.ancestors().find(|dir| is_anchor(dir)).unwrap_or(root).to_path_buf()
}

/// The deepest directory that holds all the paths.
fn common_directory(paths: &[PathBuf]) -> PathBuf {
    let directories = paths.iter().map(|path| directory_of(path));
    directories.reduce(shared).map_or_else(PathBuf::new, Path::to_path_buf)
}

fn directory_of(path: &Path) -> &Path {
    if path.is_dir() { path } else { path.parent().unwrap_or(path) }
}

fn shared<'a>(left: &'a Path, right: &Path) -> &'a Path {
    left.ancestors().find(|ancestor| right.starts_with(ancestor)).unwrap_or(left)
}
