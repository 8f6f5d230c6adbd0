//! From an outcome to a report in a format.
//!
//! The one place where the command line meets the renderers.

use std::io::{self, Write};
use std::path::Path;

use crate::report::{Format, Report, Reported, RulePage, render as write_report, write_findings};
use crate::rules::RULES;
use crate::session::Outcome;

/// Writes the report; paths are shown relative to `base`.
pub fn render(outcome: &Outcome, format: Format, base: &Path, color: bool, writer: &mut dyn Write) -> io::Result<()> {
    with_report(outcome, base, |report| write_report(format, report, color, writer))
}

/// Writes the findings alone, each in full.
pub fn one(outcome: &Outcome, base: &Path, color: bool, writer: &mut dyn Write) -> io::Result<()> {
    with_report(outcome, base, |report| write_findings(report, color, writer))
}

fn with_report<R>(outcome: &Outcome, base: &Path, write: impl FnOnce(&Report) -> R) -> R {
    let findings: Vec<Reported> =
        outcome.findings.iter().map(|found| Reported { finding: &found.finding, id: &found.id }).collect();
    let problems: Vec<(String, String)> =
        outcome.problems.iter().map(|problem| (problem.path.clone(), problem.message.clone())).collect();
    let rules: Vec<RulePage> = RULES
        .iter()
        .map(|rule| RulePage {
            id: rule.id,
            summary: rule.summary,
            markdown: rule.page,
            severity: rule.severity,
            uri: None,
        })
        .collect();
    write(&Report {
        findings: &findings,
        problems: &problems,
        files: &outcome.files,
        rules: &rules,
        checked_files: outcome.summary.files,
        suppressed: outcome.summary.suppressed,
        base,
    })
}
