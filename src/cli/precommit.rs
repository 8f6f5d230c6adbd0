//! What pre-commit asks a hook with `--staged` for: it checks commits, ranges of them, and all files alike.
//!
//! Knows the variables that pre-commit sets and the files that it gives; what is found is not its business.

use std::path::{Path, PathBuf};

use super::output::Failure;
use crate::session::SessionError;
use crate::source::{Since, clean, kind_of, staged_files};

/// What is to be reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub since: Option<Since>,
    pub paths: Vec<PathBuf>,
    /// Files were given, and none that connlint reads.
    pub nothing: bool,
}

/// What `--staged` means with these paths: outside of pre-commit, what it says.
pub fn asked(directory: &Path, paths: &[PathBuf]) -> Result<Asked, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if variable("PRE_COMMIT").is_none() {
        return Ok(Asked { since: Some(Since::Staged), paths: paths.to_vec(), nothing: false });
    }
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.iter().cloned().partition(|path| clean(directory, path).is_dir());
    let in_folders = |since| Asked { since, paths: folders.clone(), nothing: false };
    if let (Some(from), Some(_)) = (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF")) {
        return Ok(in_folders(Some(Since::Commit(from))));
    }
    let staged = staged_files(directory).map_err(SessionError::from)?;
    if !staged.is_empty() && files.iter().all(|file| staged.contains(&clean(directory, file))) {
        return Ok(in_folders(Some(Since::Staged)));
    }
    if files.is_empty() {
        return Ok(in_folders(None));
    }
    let is_within = |file: &Path| {
        let file = clean(directory, file);
        folders.is_empty() || folders.iter().any(|folder| file.starts_with(clean(directory, folder)))
    };
    let paths: Vec<PathBuf> = files.into_iter().filter(|file| kind_of(file).is_some() && is_within(file)).collect();
    Ok(Asked { since: None, nothing: paths.is_empty(), paths })
}
