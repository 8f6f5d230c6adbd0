//! The JSON report, version 1: a contract with every program that reads it.
//!
//! Fields are only ever added. Offsets are bytes; lines and columns count from 1, columns in code
//! points; ends are exclusive.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::place::{CHAIN, Places, Point};
use super::{Counts, Report, Reported, applicability_name, severity_name, shown_creates, shown_edits};
use crate::finding::{Confidence, Edit, Finding, Fix, NewFile, Place, Related, Severity};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<Entry<'a>>,
    summary: Summary<'a>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    rule: &'a str,
    severity: &'static str,
    confidence: &'static str,
    message: String,
    #[serde(flatten)]
    range: Range,
    label: String,
    client: Option<String>,
    related: Vec<Evidence>,
    why: String,
    help: String,
    fix: Option<FixEntry>,
}

#[derive(Serialize)]
struct Range {
    path: String,
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
    offset: usize,
}

#[derive(Serialize)]
struct Evidence {
    #[serde(flatten)]
    range: Range,
    message: String,
}

#[derive(Serialize)]
struct FixEntry {
    title: String,
    applicability: &'static str,
    edits: Vec<EditEntry>,
    /// Left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    creates: Vec<NewEntry>,
}

#[derive(Serialize)]
struct NewEntry {
    path: String,
    text: String,
}

#[derive(Serialize)]
struct EditEntry {
    #[serde(flatten)]
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Summary<'a> {
    files: usize,
    findings: usize,
    suppressed: usize,
    baselined: usize,
    stale: usize,
    unchanged: usize,
    severity: Severities,
    rule: BTreeMap<&'a str, usize>,
}

#[derive(Serialize, Default)]
struct Severities {
    error: usize,
    warning: usize,
    note: usize,
}

#[derive(Serialize)]
struct Problem {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    message: String,
}

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let problem = |it: &crate::source::Problem| Problem {
        path: it.path.clone(),
        line: it.at.map(|at| at.line),
        column: it.at.map(|at| at.column),
        message: places.words(&it.message),
    };
    let document = Document {
        version: 1,
        findings: report.findings.iter().map(|reported| entry(reported, &places)).collect(),
        summary: summary(report),
        problems: report.problems.iter().map(problem).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn entry<'a>(reported: &Reported<'a>, places: &Places) -> Entry<'a> {
    let finding = reported.finding;
    Entry {
        id: reported.id,
        rule: finding.rule,
        severity: severity_name(finding.severity),
        confidence: confidence_name(finding.confidence),
        message: places.words(&finding.message),
        range: range(finding.place, places),
        label: places.words(&finding.label),
        client: finding.client.clone(),
        related: evidence(finding, places),
        why: places.words(&finding.why),
        help: places.words(&finding.help),
        fix: finding.fix.as_ref().map(|fix| fix_entry(fix, places)),
    }
}

/// The chain, then the places beside it.
fn evidence(finding: &Finding, places: &Places) -> Vec<Evidence> {
    let one = |it: &Related| Evidence { range: range(it.place, places), message: places.words(&it.message) };
    finding.related.iter().chain(finding.also.places.iter().take(CHAIN)).map(one).collect()
}

fn range(place: Place, places: &Places) -> Range {
    let (start, end) = (position(places.start(place)), position(places.end(place)));
    Range { path: places.path(place.file), start, end }
}

fn position(point: Point) -> Position {
    Position { line: point.line, column: point.column, offset: point.offset }
}

fn fix_entry(fix: &Fix, places: &Places) -> FixEntry {
    let edit = |edit: &Edit| EditEntry {
        range: range(Place { file: edit.file, span: edit.span }, places),
        text: edit.text.clone(),
    };
    let new = |new: &NewFile| NewEntry { path: places.new_path(&new.path), text: new.text.clone() };
    FixEntry {
        title: places.words(&fix.title),
        applicability: applicability_name(fix.applicability),
        edits: shown_edits(fix, places).iter().map(edit).collect(),
        creates: shown_creates(fix, places).iter().map(new).collect(),
    }
}

fn summary<'a>(report: &Report<'a>) -> Summary<'a> {
    let mut severity = Severities::default();
    let mut rule = BTreeMap::new();
    for reported in report.findings {
        *rule.entry(reported.finding.rule).or_default() += 1;
        match reported.finding.severity {
            Severity::Error => severity.error += 1,
            Severity::Warning => severity.warning += 1,
            Severity::Note => severity.note += 1,
        }
    }
    let Counts { files, suppressed, baselined, stale, unchanged } = report.counts;
    Summary { files, findings: report.findings.len(), suppressed, baselined, stale, unchanged, severity, rule }
}

fn confidence_name(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}
