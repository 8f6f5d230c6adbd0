//! The report for a terminal: headline, frames with the numbered chain, why, help, fix; a summary.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::place::{Places, chain};
use super::{Report, Style, frame, mask, severity_name};
use crate::finding::{Also, Applicability, Finding, Fix, Severity};

pub(super) fn render(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    findings(report, style, out)?;
    writeln!(out, "{}", Paint(style).bold(&summary(report)))?;
    let gravest = report.findings.iter().map(|reported| reported.finding).min_by_key(|it| Reverse(it.severity));
    gravest.map_or(Ok(()), |it| writeln!(out, "More of a rule, with examples: `connlint explain {}`", it.rule))
}

pub(super) fn findings(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let paint = Paint(style);
    for reported in report.findings {
        let uri = report.uri(reported.finding.rule).filter(|_| style.links);
        out.write_all(finding(reported.finding, uri, &places, paint).as_bytes())?;
    }
    Ok(())
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint(Style);

impl Paint {
    fn code(self, code: &str, text: &str) -> String {
        if self.0.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        self.code(code, text)
    }
}

fn finding(finding: &Finding, uri: Option<&str>, places: &Places, paint: Paint) -> String {
    let head = format!("{}[{}]", severity_name(finding.severity), link(uri, finding.rule));
    let message = mask::words(&finding.message);
    let mut text = format!("{}: {}\n", paint.severity(finding.severity, &head), paint.bold(&message));
    text.push_str(&frame::draw(&chain(finding), places, paint.0));
    text.push_str(&note(paint, "also", &also(finding, places)));
    text.push_str(&note(paint, "why", &finding.why));
    text.push_str(&note(paint, "help", &finding.help));
    if let Some(fix) = &finding.fix {
        text.push_str(&note(paint, "fix", &fix_line(fix)));
    }
    text.push('\n');
    text
}

/// `called from a.ts:5, b.ts:7 and 3 more`.
fn also(finding: &Finding, places: &Places) -> String {
    const SHOWN: usize = 4;
    let Also { lead, places: all } = &finding.also;
    let shown = all.iter().take(SHOWN);
    let lines: Vec<String> =
        shown.map(|also| format!("{}:{}", places.name(also.place.file), places.start(also.place).line)).collect();
    match all.len() {
        0 => String::new(),
        all if all > SHOWN => format!("{lead} {} and {} more", lines.join(", "), all - SHOWN),
        _ => format!("{lead} {}", lines.join(", ")),
    }
}

/// A hyperlink as terminals understand it (OSC 8).
fn link(uri: Option<&str>, text: &str) -> String {
    uri.map_or_else(|| text.to_string(), |uri| format!("\u{1b}]8;;{uri}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"))
}

/// `  why: …`, its further lines indented alike; nothing for an empty text.
fn note(paint: Paint, name: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let indent = format!("\n{}", " ".repeat(name.len() + 4));
    let text = mask::words(text).replace('\n', &indent);
    format!("  {} {text}\n", paint.code("36", &format!("{name}:")))
}

fn fix_line(fix: &Fix) -> String {
    let how = match fix.applicability {
        Applicability::Safe => "`--fix` applies it",
        Applicability::Unsafe => "`--unsafe-fixes` applies it; check the result, it may change what the program does",
        Applicability::Manual => "to be done by hand",
    };
    format!("{} ({how})", fix.title)
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
        (0, other) => Some(format!("{other} can be fixed with --unsafe-fixes")),
        (safe, other) => Some(format!("{safe} can be fixed with --fix, {other} with --unsafe-fixes")),
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
    let number = report.problems.len();
    (number > 0).then(|| format!("{} could not be analysed in full", count(number, "file")))
}

/// `1 file`, `2 files`.
fn count(number: usize, name: &str) -> String {
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}
