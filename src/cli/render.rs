//! From an outcome to a report in a format.
//!
//! The one place where the command line meets the renderers.

use std::io::{self, Write};
use std::path::Path;

use crate::report::{Counts, Format, Report, Reported, RulePage, Style, render as write_report, write_findings};
use crate::rules::{RULES, RuleInfo, address};
use crate::session::Outcome;

/// Writes the report; paths are shown relative to `base`.
pub fn render(outcome: &Outcome, format: Format, base: &Path, style: Style, writer: &mut dyn Write) -> io::Result<()> {
    with_report(outcome, base, |report| write_report(format, report, style, writer))
}

/// Writes the findings alone, each in full.
pub fn one(outcome: &Outcome, base: &Path, style: Style, writer: &mut dyn Write) -> io::Result<()> {
    with_report(outcome, base, |report| write_findings(report, style, writer))
}

fn with_report<R>(outcome: &Outcome, base: &Path, write: impl FnOnce(&Report) -> R) -> R {
    let findings: Vec<Reported> =
        outcome.findings.iter().map(|found| Reported { finding: &found.finding, id: &found.id }).collect();
    let problems: Vec<(String, String)> =
        outcome.problems.iter().map(|problem| (problem.path.clone(), problem.message.clone())).collect();
    let uris: Vec<Option<String>> = RULES.iter().map(|rule| address(rule.id)).collect();
    let page = |(rule, uri): (&'static RuleInfo, _)| RulePage {
        id: rule.id,
        summary: rule.summary,
        markdown: rule.text(),
        severity: rule.severity,
        uri,
    };
    let rules: Vec<RulePage> = RULES.iter().zip(uris.iter().map(Option::as_deref)).map(page).collect();
    write(&Report {
        findings: &findings,
        problems: &problems,
        files: &outcome.files,
        rules: &rules,
        counts: counts(outcome),
        base,
    })
}

fn counts(outcome: &Outcome) -> Counts {
    let summary = outcome.summary;
    Counts {
        files: summary.files,
        suppressed: summary.suppressed,
        baselined: summary.baselined,
        stale: summary.stale,
        unchanged: summary.unchanged,
    }
}
