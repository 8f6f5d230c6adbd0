//! One line a finding, for editors, `grep` and people who know the rules.

use std::io::{self, Write};

use super::place::{Places, Step, chain};
use super::{Report, mask, severity_name};
use crate::finding::Finding;

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    for reported in report.findings {
        writeln!(out, "{}", line(reported.finding, &places))?;
    }
    Ok(())
}

fn line(finding: &Finding, places: &Places) -> String {
    let at = places.start(finding.place);
    let path = places.name(finding.place.file);
    let severity = severity_name(finding.severity);
    let message = mask::words(&finding.message).replace('\n', " ");
    let chain = route(&chain(finding), places);
    format!("{path}:{}:{}: {severity}[{}] {message}{chain}", at.line, at.column, finding.rule)
}

/// ` (entry → … → caller → here)`; nothing for a finding of one place.
fn route(chain: &[Step], places: &Places) -> String {
    let Some((_, related)) = chain.split_last() else { return String::new() };
    let name = |step: &Step| format!("{}:{}", places.name(step.place.file), places.start(step.place).line);
    match related {
        [] => String::new(),
        [entry] => format!(" ({} → here)", name(entry)),
        [entry, caller] => format!(" ({} → {} → here)", name(entry), name(caller)),
        [entry, .., caller] => format!(" ({} → … → {} → here)", name(entry), name(caller)),
    }
}
