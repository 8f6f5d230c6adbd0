//! Which settings are in force for some paths, without reading the project.
//!
//! Finds the root and the files; knows no key and no format.

use std::path::Path;

use super::settings::{config_of, find};
use super::{Options, SessionError};
use crate::config::{Config, Row, rows};
use crate::source::relative;

/// The settings of a project, and where they are from.
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
    let (project, written) = find(options)?;
    config_of(&written)?;
    let shown = |path: &Path| relative(&options.directory, path);
    Ok(Effective {
        root: shown(&project.root),
        files: written.files.iter().map(|file| shown(file)).collect(),
        passed_over: written.passed_over.iter().map(|file| shown(file)).collect(),
        rows: rows(&written.tree.over(Config::defaults())),
    })
}
