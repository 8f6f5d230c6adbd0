//! SARIF 2.1.0: one run, the rules with their pages, results with their chains as code flows.
//!
//! Locations are relative to `%SRCROOT%`, columns count code points. What code scanning would refuse a whole
//! report for is left out of it, and said to be.

use std::cmp::Reverse;
use std::io::{self, Write};
use std::path::Path;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use super::place::{Places, Point, Step, beside};
use super::{Report, Reported, RulePage, mask, severity_name, shown_creates, shown_edits};
use crate::finding::{Edit, Finding, Fix, NewFile, Place, Severity};
use crate::source::Problem;

/// Results of a run: code scanning refuses a report with more.
pub(super) const MOST: usize = 25_000;

const ROOT: &str = "%SRCROOT%";
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run(report)] });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn run(report: &Report) -> Value {
    let places = Places::new(report);
    let index: FxHashMap<&str, usize> = report.rules.iter().enumerate().map(|(at, rule)| (rule.id, at)).collect();
    let results: Vec<Value> = most_severe(report.findings).map(|reported| result(reported, &places, &index)).collect();
    json!({
        "tool": { "driver": {
            "name": "connlint",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": report.rules.iter().map(rule).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { ROOT: root(report.base) },
        "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications(report) }],
        "results": results,
    })
}

/// As many as there may be, in their order.
fn most_severe<'a>(findings: &'a [Reported<'a>]) -> impl Iterator<Item = &'a Reported<'a>> {
    let mut kept: Vec<usize> = (0..findings.len()).collect();
    kept.sort_by_key(|at| Reverse(findings[*at].finding.severity));
    kept.truncate(MOST);
    kept.sort_unstable();
    kept.into_iter().map(|at| &findings[at])
}

fn root(base: &Path) -> Value {
    if !base.is_absolute() {
        return json!({ "description": { "text": "The project's root directory" } });
    }
    let path = base.to_string_lossy().replace('\\', "/");
    json!({ "uri": format!("file:///{}/", encode(path.trim_matches('/'))) })
}

fn notifications(report: &Report) -> Vec<Value> {
    let one = |problem: &Problem| {
        let mut place = json!({ "artifactLocation": artifact(&problem.path) });
        if let (Some(at), Some(fields)) = (problem.at, place.as_object_mut()) {
            fields.insert(String::from("region"), json!({ "startLine": at.line, "startColumn": at.column }));
        }
        json!({
            "level": "warning",
            "message": { "text": mask::words(&problem.message) },
            "locations": [{ "physicalLocation": place }],
        })
    };
    report.problems.iter().map(one).chain(left_out(report.findings.len())).collect()
}

fn left_out(findings: usize) -> Option<Value> {
    let number = findings.checked_sub(MOST).filter(|number| *number > 0)?;
    let text =
        format!("{number} of {findings} findings, the least grave ones, are left out: a run holds {MOST} at most");
    Some(json!({ "level": "warning", "message": { "text": text } }))
}

fn rule(rule: &RulePage) -> Value {
    let mut value = json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": full(rule) },
        "help": { "text": rule.markdown, "markdown": rule.markdown },
        "defaultConfiguration": { "level": severity_name(rule.severity) },
        "properties": { "tags": ["connections"], "precision": "high", "problem.severity": problem(rule.severity) },
    });
    if let (Some(uri), Some(fields)) = (rule.uri, value.as_object_mut()) {
        fields.insert(String::from("helpUri"), json!(uri));
    }
    value
}

/// As code scanning names severities.
fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "recommendation",
        other => severity_name(other),
    }
}

/// The first paragraph of the rule's page.
fn full<'a>(rule: &RulePage<'a>) -> &'a str {
    let mut paragraphs = rule.markdown.split("\n\n").map(str::trim);
    paragraphs.find(|text| !text.is_empty() && !text.starts_with(['#', '`', '-', '|'])).unwrap_or(rule.summary)
}

fn result(reported: &Reported, places: &Places, index: &FxHashMap<&str, usize>) -> Value {
    let finding = reported.finding;
    let mut value = json!({
        "ruleId": finding.rule,
        "level": severity_name(finding.severity),
        "message": { "text": message(finding, places) },
        "locations": [location(finding.place, places, &finding.label)],
        // The second is what code scanning knows a finding by, from commit to commit.
        "partialFingerprints": { "connlint/v1": reported.id, "primaryLocationLineHash": reported.id },
    });
    if let Some(fields) = value.as_object_mut() {
        if let Some(at) = index.get(finding.rule) {
            fields.insert(String::from("ruleIndex"), json!(at));
        }
        flow(finding, places, fields);
        fixes(finding, places, fields);
    }
    value
}

fn message(finding: &Finding, places: &Places) -> String {
    let mut text = places.words(&finding.message);
    for (name, part) in [("Why", &finding.why), ("Help", &finding.help)] {
        if !part.is_empty() {
            text.push_str(&format!("\n{name}: {}", places.words(part)));
        }
    }
    text
}

/// The chain, as related locations and as the one code flow; the places beside it are related only.
fn flow(finding: &Finding, places: &Places, fields: &mut Map<String, Value>) {
    let steps = places.chain(finding);
    let beside: Vec<Step> = beside(finding, places).collect();
    if steps.len() + beside.len() < 2 {
        return;
    }
    let related = steps.iter().filter(|step| !step.primary).chain(&beside).map(|step| related(step, places));
    fields.insert(String::from("relatedLocations"), related.collect());
    if steps.len() < 2 {
        return;
    }
    let at = |step: &Step| json!({ "location": location(step.place, places, &step.message) });
    let locations: Vec<Value> = steps.iter().map(at).collect();
    fields.insert(String::from("codeFlows"), json!([{ "threadFlows": [{ "locations": locations }] }]));
}

fn related(step: &Step, places: &Places) -> Value {
    let mut value = location(step.place, places, &step.message);
    if let (Some(number), Some(fields)) = (step.number, value.as_object_mut()) {
        fields.insert(String::from("id"), json!(number));
    }
    value
}

fn fixes(finding: &Finding, places: &Places, fields: &mut Map<String, Value>) {
    let Some(fix) = &finding.fix else { return };
    let changes = changes(fix, places);
    if changes.is_empty() {
        return;
    }
    let fix = json!([{ "description": { "text": places.words(&fix.title) }, "artifactChanges": changes }]);
    fields.insert(String::from("fixes"), fix);
}

/// One change a file, in the order of the files' first edits; then the files that are made.
fn changes(fix: &Fix, places: &Places) -> Vec<Value> {
    let mut files: Vec<(crate::source::FileId, Vec<Value>)> = Vec::new();
    for edit in shown_edits(fix, places) {
        match files.iter_mut().find(|(file, _)| *file == edit.file) {
            Some((_, replacements)) => replacements.push(replacement(edit, places)),
            None => files.push((edit.file, vec![replacement(edit, places)])),
        }
    }
    let change = |path: &str, replacements: Vec<Value>| json!({ "artifactLocation": artifact(path), "replacements": replacements });
    let edited = files.into_iter().map(|(file, replacements)| change(&places.path(file), replacements));
    let new = |new: &NewFile| change(&places.new_path(&new.path), vec![whole(&new.text)]);
    edited.chain(shown_creates(fix, places).iter().map(new)).collect()
}

/// What an empty file is filled with.
fn whole(text: &str) -> Value {
    let start = json!({ "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1 });
    json!({ "deletedRegion": start, "insertedContent": { "text": text } })
}

fn replacement(edit: &Edit, places: &Places) -> Value {
    let (start, end) = places.span(edit.file, edit.span);
    json!({ "deletedRegion": region(start, end), "insertedContent": { "text": edit.text } })
}

fn location(place: Place, places: &Places, message: &str) -> Value {
    let region = region(places.start(place), places.end(place));
    let artifact = artifact(&places.path(place.file));
    let mut value = json!({ "physicalLocation": { "artifactLocation": artifact, "region": region } });
    if let (false, Some(fields)) = (message.is_empty(), value.as_object_mut()) {
        fields.insert(String::from("message"), json!({ "text": places.words(message) }));
    }
    value
}

fn artifact(path: &str) -> Value {
    json!({ "uri": encode(path), "uriBaseId": ROOT })
}

fn region(start: Point, end: Point) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// Percent-encodes what a URI's path may not hold.
fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'@' => uri.push(byte as char),
            byte if byte.is_ascii_alphanumeric() => uri.push(byte as char),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
