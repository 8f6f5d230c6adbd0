//! Workflow commands: annotations on the lines of a pull request, made by GitHub Actions.
//!
//! An annotation has one place, so the chain and what to do stand in its message.

use std::io::{self, Write};

use super::Report;
use super::place::Places;
use crate::finding::{Finding, Severity};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    for reported in report.findings {
        writeln!(out, "{}", command(reported.finding, &places))?;
    }
    Ok(())
}

fn command(finding: &Finding, places: &Places) -> String {
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (start, end) = (places.start(finding.place), places.end(finding.place));
    let path = property(&places.path(finding.place.file));
    // GitHub ignores columns of annotations that span lines.
    let columns = match start.line == end.line {
        true => format!("col={},endColumn={}", start.column, end.column),
        false => format!("col={}", start.column),
    };
    let lines = format!("line={},endLine={}", start.line, end.line);
    let title = property(&format!("connlint {}", finding.rule));
    format!("::{name} file={path},{lines},{columns},title={title}::{}", data(&message(finding, places)))
}

fn message(finding: &Finding, places: &Places) -> String {
    let mut lines = vec![places.words(&finding.message)];
    for step in places.chain(finding).iter().filter(|step| step.number.is_some()) {
        let at = format!("{}:{}", places.name(step.place.file), places.start(step.place).line);
        lines.push(format!("{} ({at})", step.text()));
    }
    let notes = [("why", &finding.why), ("help", &finding.help)];
    lines.extend(
        notes.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name}: {}", places.words(text))),
    );
    lines.join("\n")
}

/// Escapes the part after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a value between the commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
