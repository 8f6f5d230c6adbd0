//! What a run prints: findings as text for people and as data for other programs.
//!
//! One function, [`render`], and one module a format. Knows findings and files' texts, and
//! nothing of how a finding came about. Every text that leaves here has gone through [`mask`].

mod concise;
mod diff;
mod fold;
mod frame;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
pub mod map;
mod mask;
mod masks;
mod paint;
mod place;
mod rdjson;
mod sarif;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use crate::finding::{Applicability, Edit, Finding, Fix, NewFile, Severity};
use crate::source::{Problem, SourceFile};
use masks::Masks;

pub use diff::{diff, shows};
pub use mask::name as plain_name;

/// A finding and its fingerprint.
#[derive(Debug, Clone, Copy)]
pub struct Reported<'a> {
    pub finding: &'a Finding,
    pub id: &'a str,
}

/// The page of one rule, as far as reports show it.
#[derive(Debug, Clone, Copy)]
pub struct RulePage<'a> {
    pub id: &'a str,
    /// One line.
    pub summary: &'a str,
    pub markdown: &'a str,
    /// The default severity.
    pub severity: Severity,
    /// Where the page stands on the web.
    pub uri: Option<&'a str>,
}

/// All that a run has to say.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    pub findings: &'a [Reported<'a>],
    /// What could not be read or understood, with paths from the base.
    pub problems: &'a [Problem],
    /// Indexed by `FileId`.
    pub files: &'a [SourceFile],
    pub rules: &'a [RulePage<'a>],
    pub counts: Counts,
    /// The absolute directory that paths are shown relative to; empty for the project's root.
    pub base: &'a Path,
}

/// How much was looked at, and how much of what was found is not shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub files: usize,
    /// Findings that a comment covers.
    pub suppressed: usize,
    /// Findings that the baseline accepts.
    pub baselined: usize,
    /// Entries of the baseline whose finding is gone.
    pub stale: usize,
    /// Findings that touch no changed line.
    pub unchanged: usize,
}

/// How much is said. Concerns the human format only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Findings, and nothing about the run.
    Quiet,
    #[default]
    Usual,
    /// Repeats in full.
    Verbose,
}

/// What the reader's terminal can show, and wants to see. Concerns the human format only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    pub color: bool,
    /// Rule ids lead to their pages.
    pub links: bool,
    /// Of the terminal, where there is one.
    pub columns: Option<usize>,
    pub detail: Detail,
}

impl<'a> Report<'a> {
    /// Where the page of a rule stands on the web.
    fn uri(&self, rule: &str) -> Option<&'a str> {
        self.rules.iter().find(|page| page.id == rule)?.uri
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Human,
    Concise,
    Json,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Rdjson,
}

impl Format {
    pub const ALL: [Format; 8] = [
        Format::Human,
        Format::Concise,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Rdjson,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Rdjson => "rdjson",
        }
    }

    /// Whether who reads it takes paths to count from where the repository begins.
    pub fn is_of_repository(self) -> bool {
        matches!(self, Format::Sarif | Format::Github | Format::Gitlab)
    }

    /// How many findings a report may hold, if there is a limit; the most severe are kept.
    pub fn most(self) -> Option<usize> {
        (self == Format::Sarif).then_some(sarif::MOST)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Format::name).join(", ");
            format!("unknown format `{name}`: use one of {names}")
        })
    }
}

/// Writes the report.
pub fn render(format: Format, report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::render(report, style, out),
        Format::Concise => concise::render(report, out),
        Format::Json => json::render(report, out),
        Format::Sarif => sarif::render(report, out),
        Format::Github => github::render(report, out),
        Format::Gitlab => gitlab::render(report, out),
        Format::Junit => junit::render(report, out),
        Format::Rdjson => rdjson::render(report, out),
    }
}

/// Writes the findings for people, without the summary.
pub fn write_findings(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    human::findings(report, style, out)
}

/// Prose as it may leave the program: without the secrets that it quotes.
pub fn masked(text: &str) -> String {
    mask::words(text)
}

/// Whether a text of the finding, or what its fix writes, holds something that no report may show.
pub fn quotes_secret(finding: &Finding, files: &[SourceFile]) -> bool {
    let Finding { message, label, client, related, also, why, help, fix, scope, .. } = finding;
    let beside = related.iter().chain(&also.places).map(|related| &related.message);
    let texts = [message, label, why, help, scope].into_iter().chain(client).chain(beside);
    let edits = fix.iter().flat_map(|fix| &fix.edits);
    let path = |edit: &Edit| files.get(edit.file.index()).map_or("", |file| &file.path);
    texts.chain(fix.as_ref().map(|fix| &fix.title)).any(|text| mask::words(text) != text.trim_end_matches('\n'))
        || edits.into_iter().any(|edit| Masks::of(path(edit), &edit.text).hides(&edit.text))
        || fix.iter().flat_map(|fix| &fix.creates).any(|new| Masks::of(&new.path, &new.text).hides(&new.text))
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// `src/a.ts:3:5: syntax error`, as one line.
pub fn problem_line(problem: &Problem) -> String {
    let at = problem.at.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
    format!("{}{at}: {}", plain_name(&problem.path), mask::name(&mask::words(&problem.message)))
}

/// `1 entry`, `2 entries`, `2 fixes`.
pub fn count(number: usize, name: &str) -> String {
    match (number, name.strip_suffix('y'), name.strip_suffix('x')) {
        (1, _, _) => format!("1 {name}"),
        (_, Some(stem), _) => format!("{number} {stem}ies"),
        (_, _, Some(_)) => format!("{number} {name}es"),
        _ => format!("{number} {name}s"),
    }
}

/// A fix whose text holds a secret of the source cannot be shown: neither as it is nor masked.
fn is_shown(fix: &Fix, places: &place::Places) -> bool {
    let hides = |edit: &Edit| Masks::of(&places.path(edit.file), &edit.text).hides(&edit.text);
    !fix.edits.iter().any(hides) && !fix.creates.iter().any(|new| Masks::of(&new.path, &new.text).hides(&new.text))
}

fn shown_edits<'f>(fix: &'f Fix, places: &place::Places) -> &'f [Edit] {
    if is_shown(fix, places) { &fix.edits } else { &[] }
}

/// The files that a fix makes, as far as they may be shown.
fn shown_creates<'f>(fix: &'f Fix, places: &place::Places) -> &'f [NewFile] {
    if is_shown(fix, places) { &fix.creates } else { &[] }
}

fn applicability_name(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
        Applicability::Manual => "manual",
    }
}
