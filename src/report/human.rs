//! The report for a terminal: headline, frames with the numbered chain, why, help, fix; a summary.

use std::cmp::Reverse;
use std::io::{self, Write};

use textwrap::{Options, WordSeparator, WordSplitter, wrap};

use super::fold::{Group, groups};
use super::paint::Paint;
use super::place::Places;
use super::{Detail, Report, Style, count, frame, severity_name};
use crate::finding::{Also, Applicability, Fix, Place, Severity};

pub(super) fn render(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    findings(report, style, out)?;
    if style.detail == Detail::Quiet {
        return Ok(());
    }
    writeln!(out, "{}", Paint(style).bold(&summary(report)))?;
    let most_severe = report.findings.iter().map(|reported| reported.finding).min_by_key(|it| Reverse(it.severity));
    most_severe.map_or(Ok(()), |it| writeln!(out, "More of a rule, with examples: `connlint explain {}`", it.rule))
}

pub(super) fn findings(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    for group in groups(report.findings, style.detail == Detail::Verbose) {
        let uri = report.uri(group.first.rule).filter(|_| style.links);
        out.write_all(Sheet { places: &places, style }.finding(&group, uri).as_bytes())?;
    }
    Ok(())
}

/// What findings are written on.
#[derive(Clone, Copy)]
struct Sheet<'r> {
    places: &'r Places<'r>,
    style: Style,
}

impl Sheet<'_> {
    fn finding(self, group: &Group, uri: Option<&str>) -> String {
        let (finding, paint) = (group.first, Paint(self.style));
        let head = format!("{}[{}]", severity_name(finding.severity), link(uri, finding.rule));
        let message = self.places.words(&finding.message);
        let mut text = format!("{}: {}\n", paint.severity(finding.severity, &head), paint.bold(&message));
        text.push_str(&frame::draw(&self.places.chain(finding), self.places, self.style));
        text.push_str(&self.note("also", &self.repeats(group)));
        text.push_str(&self.note("also", &self.also(&finding.also)));
        text.push_str(&self.note("why", &finding.why));
        text.push_str(&self.note("help", &finding.help));
        if let Some(fix) = &finding.fix {
            text.push_str(&self.note("fix", &format!("{} {}", fix.title, how(fix))));
        }
        text.push('\n');
        text
    }

    /// `the same at a.ts:5, b.ts:7 and 3 more`.
    fn repeats(self, group: &Group) -> String {
        self.listed("the same at", group.rest.iter().map(|finding| finding.place))
    }

    /// `called from a.ts:5, b.ts:7 and 3 more`.
    fn also(self, also: &Also) -> String {
        self.listed(also.lead, also.places.iter().map(|also| also.place))
    }

    fn listed(self, lead: &str, all: impl ExactSizeIterator<Item = Place>) -> String {
        const SHOWN: usize = 4;
        let total = all.len();
        // One more takes no more room than its number does.
        let most = if self.style.detail == Detail::Verbose || total == SHOWN + 1 { total } else { SHOWN };
        let line = |place: Place| format!("{}:{}", self.places.name(place.file), self.places.start(place).line);
        let lines: Vec<String> = all.take(most).map(line).collect();
        match total - lines.len() {
            _ if total == 0 => String::new(),
            0 => format!("{lead} {}", lines.join(", ")),
            more => format!("{lead} {} and {more} more (`--verbose` lists them)", lines.join(", ")),
        }
    }

    /// `  why: …`, wrapped where the terminal ends and indented alike; nothing for an empty text.
    fn note(self, name: &str, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let indent = name.len() + 4;
        let text = self.places.words(text);
        let lines: Vec<String> = text.lines().flat_map(|line| self.wrapped(line, indent)).collect();
        let name = Paint(self.style).code("36", &format!("{name}:"));
        format!("  {name} {}\n", lines.join(&format!("\n{}", " ".repeat(indent))))
    }

    fn wrapped(self, line: &str, indent: usize) -> Vec<String> {
        let width = self.style.columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent).max(NARROWEST));
        wrapped(line, width)
    }
}

/// Columns; narrower lines are hard to read.
const NARROWEST: usize = 30;

/// Lines of whole words.
pub(super) fn wrapped(line: &str, width: usize) -> Vec<String> {
    let options = Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    wrap(line, options).into_iter().map(|line| line.into_owned()).collect()
}

/// A hyperlink as terminals understand it (OSC 8).
fn link(uri: Option<&str>, text: &str) -> String {
    uri.map_or_else(|| text.to_string(), |uri| format!("\u{1b}]8;;{uri}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"))
}

/// What applies a fix.
fn how(fix: &Fix) -> &'static str {
    match fix.applicability {
        Applicability::Safe => "[--fix]",
        Applicability::Unsafe => "[--unsafe-fixes]",
        Applicability::Manual => "[by hand]",
    }
}

fn summary(report: &Report) -> String {
    let files = count(report.counts.files, "file");
    let found = match report.findings.len() {
        0 => format!("Found no problems in {files}"),
        total => format!("Found {} ({}) in {files}", count(total, "problem"), severities(report)),
    };
    let rest =
        [fixable(report), suppressed(report), unchanged(report), baselined(report), stale(report), unread(report)];
    let parts: Vec<String> = std::iter::once(found).chain(rest.into_iter().flatten()).collect();
    parts.join("; ")
}

fn severities(report: &Report) -> String {
    let of = |severity, name| match report.findings.iter().filter(|it| it.finding.severity == severity).count() {
        0 => None,
        number => Some(count(number, name)),
    };
    let parts = [of(Severity::Error, "error"), of(Severity::Warning, "warning"), of(Severity::Note, "note")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn fixable(report: &Report) -> Option<String> {
    let of = |applicability| {
        let fixes = report.findings.iter().filter_map(|it| it.finding.fix.as_ref());
        fixes.filter(|fix| fix.applicability == applicability).count()
    };
    match (of(Applicability::Safe), of(Applicability::Unsafe)) {
        (0, 0) => None,
        (safe, 0) => Some(format!("{safe} can be fixed with --fix")),
        (0, other) => Some(format!("{other} can be fixed with --unsafe-fixes, which may change what the program does")),
        (safe, other) => Some(format!(
            "{safe} can be fixed with --fix, {other} with --unsafe-fixes, which may change what the program does"
        )),
    }
}

fn suppressed(report: &Report) -> Option<String> {
    let number = report.counts.suppressed;
    (number > 0).then(|| format!("{number} suppressed"))
}

fn unchanged(report: &Report) -> Option<String> {
    let number = report.counts.unchanged;
    (number > 0).then(|| format!("{number} outside the changed lines"))
}

fn baselined(report: &Report) -> Option<String> {
    let number = report.counts.baselined;
    (number > 0).then(|| format!("{number} accepted by the baseline"))
}

fn stale(report: &Report) -> Option<String> {
    match report.counts.stale {
        0 => None,
        1 => Some("1 entry of the baseline is out of date (`connlint baseline prune` takes it out)".into()),
        many => {
            Some(format!("{many} entries of the baseline are out of date (`connlint baseline prune` takes them out)"))
        }
    }
}

fn unread(report: &Report) -> Option<String> {
    let mut paths: Vec<&str> = report.problems.iter().map(|problem| problem.path.as_str()).collect();
    paths.dedup();
    (!paths.is_empty()).then(|| format!("{} could not be analysed in full", count(paths.len(), "file")))
}
