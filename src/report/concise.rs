//! One line a finding, for editors, `grep` and people who know the rules.

use std::io::{self, Write};

use super::place::{Places, Step};
use super::{Report, severity_name};
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
    let message = places.words(&finding.message).replace('\n', " ");
    let chain = route(&places.chain(finding), places);
    format!("{path}:{}:{}: {severity}[{}] {message}{chain}", at.line, at.column, finding.rule)
}

/// ` (entry → … → caller → here → … → end)`; nothing for a finding of one place.
fn route(chain: &[Step], places: &Places) -> String {
    let name = |step: &Step| format!("{}:{}", places.name(step.place.file), places.start(step.place).line);
    let here = chain.iter().position(|step| step.primary).unwrap_or_default();
    let before = match &chain[..here] {
        [] => String::new(),
        [entry] => format!("{} → ", name(entry)),
        [entry, caller] => format!("{} → {} → ", name(entry), name(caller)),
        [entry, .., caller] => format!("{} → … → {} → ", name(entry), name(caller)),
    };
    let after = match &chain[here + 1..] {
        [] => String::new(),
        [end] => format!(" → {}", name(end)),
        [.., end] => format!(" → … → {}", name(end)),
    };
    if chain.len() < 2 { String::new() } else { format!(" ({before}here{after})") }
}
