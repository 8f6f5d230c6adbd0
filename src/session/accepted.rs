//! The baseline of a run: where it stands, what it accepts, what of it is out of date.
//!
//! Reads the file and never writes it: only `connlint baseline` does.

use std::path::{Path, PathBuf};

use super::{Identified, Options, Session, SessionError};
use crate::config::Config;
use crate::finding::{Finding, fingerprint};
use crate::source::{Problem, Project, clean, relative};
use crate::suppress::baseline::{self, Comparison, Entry};

/// The file's name unless the settings or the command line say another one.
pub const BASELINE: &str = "connlint-baseline.jsonl";

/// Where accepted findings are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BaselineFile {
    /// What the settings say, or [`BASELINE`] in the anchor directory when it is there.
    #[default]
    Settings,
    /// This file, relative to the working directory.
    Given(PathBuf),
    /// No finding counts as accepted.
    Off,
}

#[derive(Debug)]
pub(super) struct Baseline {
    entries: Vec<Entry>,
}

/// Where the baseline is, or would be written to; and whether somebody said so. `base` is what paths
/// of the settings count from.
fn place(project: &Project, config: &Config, options: &Options, base: &Path) -> (PathBuf, bool) {
    if let BaselineFile::Given(path) = &options.baseline {
        return (clean(&options.directory, path), true);
    }
    match &config.baseline {
        Some(path) => (clean(base, Path::new(path)), true),
        None => (project.anchor.join(BASELINE), false),
    }
}

/// One that was named must be there.
fn read((path, named): (PathBuf, bool), options: &Options) -> Result<Option<Baseline>, SessionError> {
    if options.baseline == BaselineFile::Off || !(named || path.is_file()) {
        return Ok(None);
    }
    let failed = |message| SessionError::Baseline { file: relative(&options.directory, &path), message };
    let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => failed("no such baseline; `connlint baseline create` writes one".into()),
        _ => failed(format!("cannot be read: {error}")),
    })?;
    let entries = baseline::read(&text).map_err(|error| failed(error.to_string()))?;
    Ok(Some(Baseline { entries }))
}

impl Session {
    /// The same session, reporting on all of the project whatever paths were given.
    pub fn whole(mut self) -> Self {
        self.settings.project.given = vec![self.settings.project.root.clone()];
        self
    }

    /// Where the baseline is, or would be written to.
    pub fn baseline_path(&self) -> PathBuf {
        self.baseline_place().0
    }

    fn baseline_place(&self) -> (PathBuf, bool) {
        place(&self.settings.project, &self.settings.config, &self.options, &self.settings.base)
    }

    /// The baseline that holds, as it is on disk now.
    pub(super) fn accepted(&self) -> Result<Option<Baseline>, SessionError> {
        read(self.baseline_place(), &self.options)
    }

    /// The baseline, with which of its files are there.
    pub(super) fn accepted_as_found(&self) -> Option<Vec<(&Entry, bool)>> {
        let entries = &self.baseline.as_ref()?.entries;
        let is_there = |entry: &Entry| clean(&self.settings.project.anchor, Path::new(&entry.path)).exists();
        Some(entries.iter().map(|entry| (entry, is_there(entry))).collect())
    }

    /// Whether a path of a baseline belongs to what this session reads.
    pub fn reads(&self, path: &str) -> bool {
        let prefix = self.prefix();
        prefix.is_empty() || path.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with('/'))
    }

    pub(super) fn identified(&self, findings: Vec<Finding>) -> Vec<Identified> {
        let prefix = self.prefix();
        let names = fingerprint::identify(&findings, &self.files, &prefix);
        let one = |(finding, name): (Finding, fingerprint::Identity)| Identified {
            id: name.id.clone(),
            entry: Entry {
                path: fingerprint::path(&finding, &self.files, &prefix),
                rule: finding.rule.into(),
                symbol: finding.scope.clone(),
                client: finding.client.clone(),
                id: name.id,
                content: name.content,
            },
            finding,
        };
        findings.into_iter().zip(names).map(one).collect()
    }

    /// Holds all findings that no comment covers against the baseline.
    pub(super) fn compare(
        &self,
        found: &[Identified],
        covered: &[bool],
        problems: &[Problem],
        failure: &Option<String>,
    ) -> Option<Comparison> {
        let baseline = self.baseline.as_ref()?;
        let open: Vec<Entry> =
            found.iter().zip(covered).filter(|(_, covered)| !**covered).map(|(found, _)| found.entry.clone()).collect();
        let broken: Vec<PathBuf> =
            problems.iter().map(|problem| self.settings.project.root.join(&problem.path)).collect();
        let place = |path: &str| clean(&self.settings.project.anchor, Path::new(path));
        let is_gone = |path: &str| !place(path).exists();
        let is_known = |path: &str| failure.is_none() && self.reads(path) && !broken.contains(&place(path));
        let mut comparison = baseline::compare(&baseline.entries, &open, is_gone, is_known);
        let mut accepted = comparison.accepted.into_iter();
        comparison.accepted = covered.iter().map(|covered| !covered && accepted.next().unwrap_or(false)).collect();
        Some(comparison)
    }
}
