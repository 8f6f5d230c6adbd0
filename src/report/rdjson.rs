//! Reviewdog's diagnostic format, as one JSON document.
//!
//! Columns count bytes here, from 1; ends are exclusive.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::place::{CHAIN, Places, Point};
use super::{Report, Reported, shown_edits};
use crate::finding::{Finding, Fix, Place, Severity};
use crate::source::FileId;

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let one = |reported: &Reported| diagnostic(reported.finding, report.uri(reported.finding.rule), &places);
    let diagnostics: Vec<Value> = report.findings.iter().map(one).collect();
    let result = json!({ "source": { "name": "connlint" }, "diagnostics": diagnostics });
    serde_json::to_writer_pretty(&mut *out, &result)?;
    writeln!(out)
}

fn diagnostic(finding: &Finding, uri: Option<&str>, places: &Places) -> Value {
    let mut fields = Map::new();
    let mut field = |name: &str, value: Value| fields.insert(name.to_string(), value);
    field("message", json!(message(finding, places)));
    field("location", location(finding.place, places));
    field("severity", json!(severity(finding.severity)));
    field(
        "code",
        uri.map_or_else(|| json!({ "value": finding.rule }), |uri| json!({ "value": finding.rule, "url": uri })),
    );
    let related = finding.related.iter().chain(finding.also.places.iter().take(CHAIN));
    let related =
        related.map(|it| json!({ "message": places.words(&it.message), "location": location(it.place, places) }));
    field("related_locations", related.collect());
    field("suggestions", finding.fix.iter().filter_map(|fix| suggestion(fix, finding.place.file, places)).collect());
    Value::Object(fields)
}

fn message(finding: &Finding, places: &Places) -> String {
    let notes = [("why", &finding.why), ("help", &finding.help)];
    let notes = notes.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("\n{name}: {text}"));
    places.words(&format!("{}{}", finding.message, notes.collect::<String>()))
}

/// A suggestion is one replacement in the diagnostic's own file.
fn suggestion(fix: &Fix, file: FileId, places: &Places) -> Option<Value> {
    match shown_edits(fix, places) {
        [edit] if edit.file == file && fix.creates.is_empty() => {
            Some(json!({ "range": range(Place { file, span: edit.span }, places), "text": edit.text }))
        }
        _ => None,
    }
}

fn location(place: Place, places: &Places) -> Value {
    json!({ "path": places.path(place.file), "range": range(place, places) })
}

fn range(place: Place, places: &Places) -> Value {
    let position = |point: Point| {
        let column = point.offset - places.line_start(place.file, point.line) + 1;
        json!({ "line": point.line, "column": column })
    };
    json!({ "start": position(places.start(place)), "end": position(places.end(place)) })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Note => "INFO",
    }
}
