//! From an outcome to a report in a format.
//!
//! The one place where the command line meets the renderers.

use std::io::{self, Write};
use std::path::Path;

use crate::report::{Counts, Format, Report, Reported, RulePage, Style, render as write_report, write_findings};
use crate::rules::{RULES, RuleInfo, address};
use crate::session::Outcome;
use crate::source::{Problem, clean, relative};

/// Directories that paths count from.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Those of the outcome.
    pub here: &'a Path,
    /// Those of the report.
    pub base: &'a Path,
}

/// Writes the report.
pub fn render(outcome: &Outcome, format: Format, shown: Shown, style: Style, writer: &mut dyn Write) -> io::Result<()> {
    with_report(outcome, shown, |report| write_report(format, report, style, writer))
}

/// Writes the findings alone, each in full.
pub fn one(outcome: &Outcome, here: &Path, style: Style, writer: &mut dyn Write) -> io::Result<()> {
    with_report(outcome, Shown { here, base: here }, |report| write_findings(report, style, writer))
}

fn with_report<R>(outcome: &Outcome, Shown { here, base }: Shown, write: impl FnOnce(&Report) -> R) -> R {
    let findings: Vec<Reported> =
        outcome.findings.iter().map(|found| Reported { finding: &found.finding, id: &found.id }).collect();
    let path = |path: &str| if here == base { path.to_string() } else { relative(base, &clean(here, Path::new(path))) };
    let problems: Vec<Problem> =
        outcome.problems.iter().map(|problem| Problem { path: path(&problem.path), ..problem.clone() }).collect();
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
