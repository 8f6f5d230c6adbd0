//! What a session understood of its project, for those who wonder why something is not found.
//!
//! Collects; knows no format.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::{Options, Session, SessionError, effective};
use crate::cache;
use crate::checks::ask;
use crate::checks::understood::{Understood, understood};
use crate::rules::RULES;
use crate::source::{FileKind, Problem, Skipped, discover, skipped};

/// Paths of the settings are relative to the working directory, all others to the root.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    pub root: String,
    /// No manifest marks a root: only what was given is read.
    pub bare: bool,
    /// Manifests above the root, inside the repository: what is checked is a part of more.
    pub above: Vec<String>,
    pub settings: Vec<String>,
    pub passed_over: Vec<String>,
    /// Rules that the settings switch off everywhere.
    pub off: Vec<&'static str>,
    /// Patterns of files for which overrides hold.
    pub overrides: Vec<String>,
    /// Files read, by kind.
    pub read: BTreeMap<&'static str, usize>,
    pub understood: Understood,
    pub skipped: Vec<Skipped>,
    pub problems: Vec<Told>,
    /// Findings by rule.
    pub findings: BTreeMap<&'static str, usize>,
    pub suppressed: usize,
}

/// Something that could not be read or understood.
#[derive(Debug, Serialize)]
pub struct Told {
    pub path: String,
    pub message: String,
}

impl Session {
    pub fn diagnose(&self) -> Result<Diagnosis, SessionError> {
        let found = effective(&self.settings_only())?;
        let outcome = self.check();
        let failed = |error: crate::catalog::DataError| crate::config::ConfigError::new(&error.path, error.message);
        let understood = ask(&self.inputs(), understood).map_err(failed)?;
        let mut skipped = skipped(
            &self.settings.project,
            &self.settings.excludes,
            &discover(&self.settings.project, &self.settings.excludes, self.options.overlay.keys()),
            &self.files,
            &outcome.problems,
        );
        skipped.retain(|one| !one.path.ends_with(cache::NAME));
        let mut findings = BTreeMap::new();
        outcome.findings.iter().for_each(|found| *findings.entry(found.finding.rule).or_default() += 1);
        let told = |Problem { path, at, message }: &Problem| Told {
            path: path.clone(),
            message: at.map_or_else(|| message.clone(), |at| format!("line {}: {message}", at.line)),
        };
        Ok(Diagnosis {
            root: found.root,
            bare: self.settings.project.bare,
            above: self.above(),
            settings: found.files,
            passed_over: [found.passed_over, outcome.passed_over].concat(),
            off: RULES.iter().map(|rule| rule.id).filter(|id| !self.settings.selection.is_active(id)).collect(),
            overrides: self.settings.config.overrides.iter().flat_map(|one| one.paths.clone()).collect(),
            read: self.read_by_kind(),
            understood,
            skipped,
            problems: outcome.problems.iter().map(told).collect(),
            findings,
            suppressed: outcome.summary.suppressed,
        })
    }

    fn settings_only(&self) -> Options {
        let Options { directory, paths, settings, .. } = self.options.clone();
        Options { directory, paths, settings, ..Options::default() }
    }

    fn above(&self) -> Vec<String> {
        let root = &self.settings.project.root;
        let repository = root.ancestors().find(|folder| folder.join(".git").exists());
        let Some(repository) = repository else { return Vec::new() };
        let folders = root.ancestors().skip(1).take_while(|folder| folder.starts_with(repository));
        let manifests = |folder: &Path| {
            let files = ["package.json", "pyproject.toml", "Cargo.toml"].map(|name| folder.join(name));
            files.into_iter().filter(|file| file.is_file())
        };
        let shown = |file: std::path::PathBuf| crate::source::relative(&self.options.directory, &file);
        folders.flat_map(manifests).map(shown).collect()
    }

    fn read_by_kind(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        self.files.iter().for_each(|file| *counts.entry(kind_name(file.kind)).or_default() += 1);
        counts
    }
}

fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::TypeScript | FileKind::Tsx => "TypeScript and JavaScript",
        FileKind::Vue => "Vue",
        FileKind::Svelte => "Svelte",
        FileKind::Astro => "Astro",
        FileKind::Template => "Angular templates",
        FileKind::Python => "Python",
        FileKind::Rust => "Rust",
        FileKind::Settings => "manifests and settings",
    }
}
