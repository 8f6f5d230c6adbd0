//! JUnit's XML, for CI servers that show test results: a suite a file, a case a finding.
//!
//! Notes are cases that pass, as they fail no run. A run without findings is one case that passes, since some
//! servers take an empty report for a mistake.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::place::Places;
use super::{Report, severity_name};
use crate::finding::{Finding, Severity};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let mut suites: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for reported in report.findings {
        suites.entry(places.path(reported.finding.place.file)).or_default().push(reported.finding);
    }
    let failures: usize = suites.values().map(|findings| failing(findings)).sum();
    let tests = report.findings.len().max(1);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"connlint\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">")?;
    if suites.is_empty() {
        writeln!(out, "  <testsuite name=\"connlint\" tests=\"1\" failures=\"0\" errors=\"0\">")?;
        writeln!(out, "    <testcase name=\"no findings\" classname=\"connlint\"/>\n  </testsuite>")?;
    }
    for (path, findings) in &suites {
        suite(path, findings, &places, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn failing(findings: &[&Finding]) -> usize {
    findings.iter().filter(|finding| finding.severity > Severity::Note).count()
}

fn suite(path: &str, findings: &[&Finding], places: &Places, out: &mut dyn Write) -> io::Result<()> {
    let (name, tests, failures) = (attribute(path), findings.len(), failing(findings));
    writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">")?;
    for finding in findings {
        case(path, finding, places, out)?;
    }
    writeln!(out, "  </testsuite>")
}

fn case(path: &str, finding: &Finding, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    let at = places.start(finding.place);
    let name = attribute(&format!("{} at {}:{}", finding.rule, at.line, at.column)).into_owned();
    let (class, line) = (attribute(path), at.line);
    writeln!(out, "    <testcase name=\"{name}\" classname=\"{class}\" file=\"{class}\" line=\"{line}\">")?;
    let details = details(finding, places);
    match finding.severity {
        Severity::Note => writeln!(out, "      <system-out>{}</system-out>", text(&details))?,
        severity => {
            let message = places.words(&finding.message);
            let (message, kind) = (attribute(&message), severity_name(severity));
            writeln!(out, "      <failure message=\"{message}\" type=\"{kind}\">{}</failure>", text(&details))?;
        }
    }
    writeln!(out, "    </testcase>")
}

/// The chain, then why and help, a line each.
fn details(finding: &Finding, places: &Places) -> String {
    let mut lines = vec![places.words(&finding.message)];
    for step in places.chain(finding) {
        let at = places.start(step.place);
        lines.push(format!("{}:{}:{} {}", places.name(step.place.file), at.line, at.column, step.text()));
    }
    let notes = [("why", &finding.why), ("help", &finding.help)];
    let notes = notes.iter().filter(|(_, text)| !text.is_empty());
    lines.extend(notes.map(|(name, text)| format!("{name}: {}", places.words(text))));
    lines.join("\n")
}

fn attribute(text: &str) -> Cow<'_, str> {
    escape(text, |c| matches!(c, '&' | '<' | '>' | '"' | '\n' | '\r' | '\t'))
}

fn text(text: &str) -> Cow<'_, str> {
    escape(text, |c| matches!(c, '&' | '<' | '>' | '\r'))
}

/// Characters that XML cannot hold at all become the replacement character.
fn escape(text: &str, is_special: fn(char) -> bool) -> Cow<'_, str> {
    let is_forbidden =
        |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t') || matches!(c, '\u{fffe}' | '\u{ffff}');
    if !text.contains(|c| is_special(c) || is_forbidden(c)) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if is_forbidden(c) => out.push(char::REPLACEMENT_CHARACTER),
            c if is_special(c) => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out.into()
}
