//! Which rules are reported where, and how gravely: settings, overrides by path, the command line.
//!
//! The command line stands over the files, an override over what holds for all. Knows no rule's meaning.

use std::path::Path;

use super::Options;
use crate::config::{Config, Level, Lint, Override};
use crate::source::Excludes;

#[derive(Debug)]
pub struct Selection {
    /// Of the command line.
    select: Vec<String>,
    ignore: Vec<String>,
    lint: Lint,
    /// In the order of the settings.
    overrides: Vec<(Excludes, Override)>,
}

impl Selection {
    /// `base` is where the patterns of overrides count from.
    pub fn new(options: &Options, config: &Config, base: &Path) -> Result<Self, String> {
        let compiled = |one: &Override| Ok((Excludes::new(base, &one.paths)?, one.clone()));
        Ok(Self {
            select: options.select.clone(),
            ignore: options.ignore.clone(),
            lint: config.lint.clone(),
            overrides: config.overrides.iter().map(compiled).collect::<Result<_, String>>()?,
        })
    }

    /// Whether a rule is reported in any file at all.
    pub fn is_active(&self, rule: &str) -> bool {
        let somewhere = self.overrides.iter().any(|(_, one)| names(&one.select, rule));
        self.is_selected(rule, &self.lint.select, somewhere) && !self.is_ignored(rule)
    }

    /// Whether a rule is reported in a file.
    pub fn holds(&self, rule: &str, file: &Path) -> bool {
        let here: Vec<&Override> = self.of(file).collect();
        let narrowed = here.iter().rev().find(|one| !one.select.is_empty());
        let select = narrowed.map_or(&self.lint.select, |one| &one.select);
        let ignored = here.iter().any(|one| names(&one.ignore, rule));
        self.is_selected(rule, select, false) && !self.is_ignored(rule) && !ignored
    }

    /// The severity that the settings give a rule in a file.
    pub fn severity(&self, rule: &str, file: &Path) -> Option<Level> {
        let own = self.of(file).filter_map(|one| one.severity.get(rule)).last();
        own.or_else(|| self.lint.severity.get(rule)).copied()
    }

    fn is_selected(&self, rule: &str, written: &[String], otherwise: bool) -> bool {
        let select = if self.select.is_empty() { written } else { &self.select };
        select.is_empty() || names(select, rule) || self.select.is_empty() && otherwise
    }

    fn is_ignored(&self, rule: &str) -> bool {
        names(&self.ignore, rule) || names(&self.lint.ignore, rule)
    }

    fn of(&self, file: &Path) -> impl Iterator<Item = &Override> {
        let fits = move |(paths, _): &&(Excludes, Override)| paths.covers(file);
        self.overrides.iter().filter(fits).map(|(_, one)| one)
    }
}

fn names(list: &[String], rule: &str) -> bool {
    list.iter().any(|id| id == rule)
}
