//! What a run has found, ready to be reported.
//!
//! Plain values; knows no format and no rule.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::finding::{Finding, Severity};
use crate::source::{Problem, SourceFile};

/// A finding with its fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Identified {
    pub finding: Finding,
    pub id: String,
}

#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Sorted by path and position.
    pub findings: Vec<Identified>,
    /// Paths relative to the working directory.
    pub problems: Vec<Problem>,
    pub summary: Summary,
    pub files: Vec<SourceFile>,
    /// For each file, its path relative to the working directory.
    pub paths: Vec<String>,
    /// How long each stage took.
    pub timing: BTreeMap<&'static str, Duration>,
    /// How many files the analysis looked into.
    pub relevant: usize,
    /// How many files the session has parsed; those are known that it did not need to.
    pub parsed: usize,
    /// Ended early because nobody waits for it: what is here is not all.
    pub stopped: bool,
    /// The analysis failed by a fault of connlint's own; a problem says so.
    pub broken: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub files: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    /// Findings that a comment covers.
    pub suppressed: usize,
    /// Findings with a fix that can be applied.
    pub fixable: usize,
}

impl Summary {
    pub(super) fn new(findings: &[Identified], files: usize, suppressed: usize) -> Self {
        let count = |severity: Severity| findings.iter().filter(|found| found.finding.severity == severity).count();
        Self {
            files,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            suppressed,
            fixable: findings.iter().filter(|found| found.finding.is_fixable()).count(),
        }
    }
}

impl Outcome {
    /// The gravest finding, for the exit code.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|found| found.finding.severity).max()
    }

    pub fn path(&self, file: crate::source::FileId) -> &str {
        self.paths.get(file.index()).map_or("", String::as_str)
    }
}
