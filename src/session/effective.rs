//! Which settings are in force for some paths, without reading the project.
//!
//! Finds the root and the files; knows no key and no format.

use std::path::{Path, PathBuf};

use super::settings::read_config;
use super::{Options, SessionError};
use crate::config::{Config, Row, rows};
use crate::source::{locate, relative};

/// The settings of a project, and whence they are.
#[derive(Debug)]
pub struct Effective {
    /// Paths are relative to the working directory.
    pub root: String,
    /// The file that holds, then those that it extends.
    pub files: Vec<String>,
    /// Files beside it whose settings are not read.
    pub passed_over: Vec<String>,
    pub rows: Vec<Row>,
}

pub fn effective(options: &Options) -> Result<Effective, SessionError> {
    let buffers: Vec<PathBuf> = options.overlay.keys().cloned().collect();
    let project = locate(&options.directory, &options.paths, &buffers)?;
    let (_, written) = read_config(&project, options)?;
    let shown = |path: &Path| relative(&options.directory, path);
    Ok(Effective {
        root: shown(&project.root),
        files: written.files.iter().map(|file| shown(file)).collect(),
        passed_over: written.passed_over.iter().map(|file| shown(file)).collect(),
        rows: rows(&written.tree.over(Config::defaults())),
    })
}
