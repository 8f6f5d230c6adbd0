//! GitLab's code quality report: one list of issues, known again by fingerprint.
//!
//! GitLab shows description, severity and place, and nothing else. Paths must start from the
//! repository's root, where its jobs run.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::place::Places;
use super::{Report, Reported};
use crate::finding::{Finding, Severity};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let issues: Vec<Value> = report.findings.iter().map(|reported| issue(reported, &places)).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn issue(reported: &Reported, places: &Places) -> Value {
    let finding = reported.finding;
    let (start, end) = (places.start(finding.place), places.end(finding.place));
    json!({
        "description": description(finding, places),
        "check_name": finding.rule,
        "fingerprint": reported.id,
        "severity": severity(finding.severity),
        "location": {
            "path": places.path(finding.place.file),
            "lines": { "begin": start.line, "end": end.line },
        },
    })
}

/// The message, with where the way to it begins.
fn description(finding: &Finding, places: &Places) -> String {
    let message = places.words(&finding.message).replace('\n', " ");
    let steps = places.chain(finding);
    match steps.first().filter(|step| !step.primary) {
        Some(entry) => {
            let at = format!("{}:{}", places.name(entry.place.file), places.start(entry.place).line);
            format!("{message} (from {at})")
        }
        None => message,
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Note => "info",
    }
}
