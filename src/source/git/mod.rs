//! What git says has changed: lines of files, and texts that are staged but not in the working tree.
//!
//! Asks the `git` program, which alone knows worktrees, filters and odd names. Knows no finding.

mod command;
mod lines;
mod patch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Overlay;
use command::Git;

pub use command::GitError;
pub use lines::Lines;

/// Against what a project is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// The working tree against where the branch left this commit's history.
    Commit(String),
    /// What is staged against the last commit.
    Staged,
}

/// The changed lines below a directory.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    files: BTreeMap<PathBuf, Lines>,
    /// Staged texts of files that hold others in the working tree, by absolute path.
    pub staged: Overlay,
}

impl Changes {
    /// The changed lines of a file; `None` when it has not changed.
    pub fn lines(&self, file: &Path) -> Option<&Lines> {
        self.files.get(file)
    }

    pub fn lines_mut(&mut self, file: &Path) -> Option<&mut Lines> {
        self.files.get_mut(file)
    }
}

/// What has changed below `root`.
pub fn changes(root: &Path, since: &Since) -> Result<Changes, GitError> {
    let git = Git::at(root)?;
    match since {
        Since::Staged => staged(&git, root),
        Since::Commit(name) => since_commit(&git, root, name),
    }
}

/// The files below a directory that the next commit changes or adds.
pub fn staged_files(directory: &Path) -> Result<BTreeSet<PathBuf>, GitError> {
    let git = Git::at(directory)?;
    let output = git.run(&["diff", "--cached", "--name-only", "--diff-filter=d", "--relative", "-z"])?;
    Ok(names(&output).map(|name| directory.join(name)).collect())
}

fn since_commit(git: &Git, root: &Path, name: &str) -> Result<Changes, GitError> {
    let base = git.base_of(name)?;
    let mut files = absolute(root, patch::parse(&git.diff(&[&base])?));
    let untracked = git.run(&["ls-files", "--others", "--exclude-standard", "-z"])?;
    files.extend(names(&untracked).map(|name| (root.join(name), Lines::all())));
    Ok(Changes { files, staged: Overlay::default() })
}

fn staged(git: &Git, root: &Path) -> Result<Changes, GitError> {
    let files = absolute(root, patch::parse(&git.diff(&["--cached"])?));
    let raw = git.run(&["diff-files", "--raw", "-z", "--no-abbrev", "--relative", "--ignore-submodules"])?;
    let blobs = patch::parse_raw(&raw);
    let texts = git.texts(blobs.iter().map(|(_, blob)| blob.as_str()))?;
    let pairs = blobs.iter().zip(texts).filter_map(|((name, _), text)| Some((root.join(name), text?.as_ref().into())));
    Ok(Changes { files, staged: pairs.collect() })
}

fn absolute(root: &Path, files: Vec<(String, Lines)>) -> BTreeMap<PathBuf, Lines> {
    files.into_iter().map(|(name, lines)| (root.join(name), lines)).collect()
}

fn names(output: &[u8]) -> impl Iterator<Item = String> {
    let parts = output.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    parts.map(|part| String::from_utf8_lossy(part).into_owned())
}
