//! What a run has found, ready to be reported.
//!
//! Plain values; knows no format and no rule.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Severity};
use crate::source::{Problem, SourceFile};
use crate::suppress::baseline::Entry;

/// A finding with its fingerprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identified {
    pub finding: Finding,
    pub id: String,
    /// What a baseline writes down of it.
    pub entry: Entry,
}

#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Sorted by path and position.
    pub findings: Vec<Identified>,
    /// Paths relative to the working directory.
    pub problems: Vec<Problem>,
    /// The project's root relative to the working directory, where it is none of the given paths.
    pub root: Option<String>,
    /// Settings files below the root, which do not count. Paths relative to the working directory.
    pub passed_over: Vec<String>,
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
    /// Taken from what an earlier run has left: nothing was analysed.
    pub recalled: bool,
    /// Why the analysis could not do all of its work; what it did find is there.
    pub failure: Option<String>,
    /// The baseline's entries, when there is one.
    pub baseline: Option<Accepted>,
}

/// How a baseline stands to a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub standing: Vec<Entry>,
    pub stale: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub files: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    /// Findings that a comment covers.
    pub suppressed: usize,
    /// Findings that the baseline accepts.
    pub baselined: usize,
    /// Entries of the baseline whose finding is gone.
    pub stale: usize,
    /// Findings that touch no changed line, when only changes are looked at.
    pub unchanged: usize,
    /// Findings with a fix that can be applied.
    pub fixable: usize,
}

/// How many findings were left out, and why.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LeftOut {
    pub suppressed: usize,
    pub baselined: usize,
    pub unchanged: usize,
}

impl Summary {
    pub(super) fn new(findings: &[Identified], files: usize, left_out: LeftOut) -> Self {
        let count = |severity: Severity| findings.iter().filter(|found| found.finding.severity == severity).count();
        Self {
            files,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            suppressed: left_out.suppressed,
            baselined: left_out.baselined,
            stale: 0,
            unchanged: left_out.unchanged,
            fixable: findings.iter().filter(|found| found.finding.is_fixable()).count(),
        }
    }
}

impl Outcome {
    /// The most severe finding, for the exit code.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|found| found.finding.severity).max()
    }

    pub fn path(&self, file: crate::source::FileId) -> &str {
        self.paths.get(file.index()).map_or("", String::as_str)
    }
}
