//! Where a project begins and how it is to be checked, put together from files and command line.
//!
//! Knows no sources beyond their paths.

use std::path::{Path, PathBuf};

use super::selection::Selection;
use super::{Options, SessionError, workspace};
use crate::config::{self, Choice, Config, ConfigError, Written};
use crate::rules::RULES;
use crate::source::{Excludes, Project, SourceFile, clean, locate, marks_projects, relative};

#[derive(Debug)]
pub(super) struct Settings {
    pub project: Project,
    pub config: Config,
    /// What paths and patterns of the settings count from.
    pub base: PathBuf,
    pub excludes: Excludes,
    pub selection: Selection,
    written: Written,
    choice: Choice,
}

impl Settings {
    pub fn read(options: &Options) -> Result<Self, SessionError> {
        let (project, written) = find(options)?;
        let mut config = config_of(&written)?;
        let base = base(&project, &written, options);
        let excludes = Excludes::new(&base, &config.exclude).map_err(|message| exclude_error(&written, message))?;
        let selection = Selection::new(options, &config, &base).map_err(|message| exclude_error(&written, message))?;
        config.homes_from(|module| relative(&project.root, &clean(&base, Path::new(module))));
        Ok(Self { project, config, base, excludes, selection, written, choice: options.settings.clone() })
    }

    /// What all of it was made of, besides the command line.
    pub fn sources(&self) -> impl std::fmt::Debug {
        (&self.project, &self.base, &self.written, &self.choice)
    }

    /// Whether a change of the file may change the settings or where the project begins.
    pub fn depend_on(&self, file: &Path) -> bool {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        marks_projects(name) || self.written.files.iter().any(|known| known == file)
    }

    /// Settings files below the root, which do not count: one file holds for a whole project. None where a file
    /// was named, for then nobody expects the others to.
    pub fn passed_over_below(&self, own: &[PathBuf], files: &[SourceFile]) -> Vec<PathBuf> {
        if self.choice != Choice::Nearest {
            return Vec::new();
        }
        let has_table = |file: &&SourceFile| {
            config::may_hold(file.absolute.file_name().and_then(|name| name.to_str()).unwrap_or_default())
                && matches!(config::table(&file.text, &file.absolute, &file.path), Ok(Some(_)))
        };
        let manifests = files.iter().filter(has_table).map(|file| &file.absolute);
        let below = |file: &&PathBuf| file.parent() != Some(&self.project.root) && !self.written.files.contains(file);
        let mut found: Vec<PathBuf> = own.iter().chain(manifests).filter(below).cloned().collect();
        found.sort();
        found
    }

    /// The homes of clients that are named must be among the files.
    pub fn check_homes(&self, files: &[SourceFile]) -> Result<(), SessionError> {
        Ok(config::homes(&self.config, &self.written, &self.project.root, files)?)
    }
}

/// The project, and the settings that hold for it. A member of a workspace is a part of the workspace's project, unless
/// it has settings of its own.
pub(super) fn find(options: &Options) -> Result<(Project, Written), SessionError> {
    let buffers: Vec<PathBuf> = options.overlay.keys().cloned().collect();
    let mut project = locate(&options.directory, &options.paths, &buffers)?;
    let written = Written::read(&options.settings, &project.root, &options.directory, &options.overlay)?;
    let own = found_in(&written, options);
    let workspace = workspace::around(&project.root, &options.overlay);
    if let Some(workspace) = workspace.filter(|around| own.is_none_or(|folder| around.starts_with(folder))) {
        project.widen(workspace);
    }
    Ok((project, written))
}

pub(super) fn config_of(written: &Written) -> Result<Config, ConfigError> {
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    Config::of(&written.tree, &rules)
}

/// Where patterns and paths of the settings count from: the folder of the file, or the root where it was named.
fn base(project: &Project, written: &Written, options: &Options) -> PathBuf {
    found_in(written, options).unwrap_or(&project.root).to_path_buf()
}

/// The folder whose settings hold because they are the nearest; none where a file was named.
fn found_in<'a>(written: &'a Written, options: &Options) -> Option<&'a Path> {
    written.folder().filter(|_| options.settings == Choice::Nearest)
}

fn exclude_error(written: &Written, message: String) -> ConfigError {
    let place = written.tree.get("exclude").and_then(|exclude| exclude.place.clone());
    ConfigError::at(&place, "", message)
}
