//! Findings in the protocol's form.
//!
//! Every text goes through the reports' mask, so that no secret is shown. Knows no rule.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Message, Position, Range,
};

use super::pages::Pages;
use super::view::View;
use crate::finding::{Finding, Severity};
use crate::report::masked;
use crate::session::{Identified, SessionError};

/// Longest chain that is shown, as in other reports.
const CHAIN: usize = 20;

/// By path, for every file that has any.
pub type ByFile = BTreeMap<PathBuf, Vec<Diagnostic>>;

pub fn of_outcome(view: &View, pages: Option<&Pages>) -> ByFile {
    let mut found = ByFile::new();
    for identified in &view.outcome.findings {
        let Some(file) = view.outcome.files.get(identified.finding.place.file.index()) else { continue };
        found.entry(file.absolute.clone()).or_default().push(diagnostic(identified, view, pages));
    }
    found
}

pub fn diagnostic(identified: &Identified, view: &View, pages: Option<&Pages>) -> Diagnostic {
    let finding = &identified.finding;
    Diagnostic {
        range: view.head(finding.place),
        severity: Some(severity(finding.severity)),
        code: Some(Code::String(finding.rule.into())),
        code_description: pages.and_then(|pages| pages.uri(finding.rule)).map(|href| CodeDescription { href }),
        source: Some("connlint".into()),
        message: Message::String(message(finding)),
        related_information: Some(related(finding, view)).filter(|related| !related.is_empty()),
        data: Some(serde_json::json!({ "id": identified.id })),
        ..Diagnostic::default()
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Note => DiagnosticSeverity::Information,
    }
}

fn message(finding: &Finding) -> String {
    let parts = [("why: ", &finding.why), ("help: ", &finding.help)];
    let parts = parts.iter().filter(|(_, text)| !text.is_empty()).map(|(head, text)| format!("\n{head}{text}"));
    masked(&(finding.message.clone() + &parts.collect::<String>()))
}

/// The numbered chain in the order in which things happen, and the places beside it.
fn related(finding: &Finding, view: &View) -> Vec<DiagnosticRelatedInformation> {
    let steps = finding.chain();
    let last = steps.len();
    let shown = |at: usize| at == 0 || at + CHAIN > last;
    let numbered = steps.into_iter().enumerate().filter(|(at, (.., primary))| last > 1 && (*primary || shown(*at)));
    let inform = |(at, (place, message, _)): (usize, (_, &str, _))| {
        let message = masked(&format!("{}: {message}", at + 1));
        Some(DiagnosticRelatedInformation { location: view.location(place)?, message })
    };
    let beside = finding.also.places.iter().take(CHAIN).filter_map(|also| {
        Some(DiagnosticRelatedInformation { location: view.location(also.place)?, message: masked(&also.message) })
    });
    numbered.filter_map(inform).chain(beside).collect()
}

/// Settings that cannot be used, told where they stand.
pub fn of_fault(fault: &SessionError, directory: &Path) -> Option<(PathBuf, Diagnostic)> {
    let SessionError::Config(error) = fault else { return None };
    let at = error.position.map_or(Position::default(), |at| Position { line: at.line - 1, character: at.column - 1 });
    let diagnostic = Diagnostic {
        // The line: what is wrong is mostly all of it.
        range: Range { start: at, end: Position { line: at.line + 1, character: 0 } },
        severity: Some(DiagnosticSeverity::Error),
        source: Some("connlint".into()),
        message: Message::String(error.message.clone()),
        ..Diagnostic::default()
    };
    Some((crate::source::clean(directory, Path::new(&error.file)), diagnostic))
}
