//! One comment as a directive: which rules it names and which lines it covers.
//!
//! Tolerant of spaces and block comments, strict about words: what it does not know, it says.

use super::statement::statement_end;
use crate::facts::{Comment, Span};
use crate::source::{FileKind, LineIndex, Position, SourceFile};

#[derive(Debug)]
pub struct Directive {
    /// Its text, from `connlint-` to the end of the reason.
    pub span: Span,
    /// The comment that it stands in.
    pub comment: Span,
    pub rules: Vec<Named>,
    /// First and last line covered.
    range: (u32, u32),
    pub malformed: Option<String>,
}

/// A rule that a directive names.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    pub span: Span,
    /// Whether it has covered a finding.
    pub used: bool,
}

impl Directive {
    /// Whether the directive covers a finding of the rule on these lines; marks it as used.
    pub fn covers(&mut self, rule: &str, first: u32, last: u32) -> bool {
        let touches = first <= self.range.1 && self.range.0 <= last;
        let named = self.rules.iter_mut().find(|named| touches && named.id == rule);
        let Some(named) = named else { return false };
        named.used = true;
        true
    }
}

/// The directives of one comment: one a line, as block comments have several.
pub fn directives(comment: &Comment, file: &SourceFile, lines: &LineIndex) -> Vec<Directive> {
    let first = lines.line(comment.span.start);
    let last = lines.line(comment.span.end.saturating_sub(1).max(comment.span.start));
    let part = |line: u32| {
        let start = start_of(file, lines, line).max(comment.span.start);
        let end = start_of(file, lines, line + 1).min(comment.span.end);
        (start, file.text.get(start as usize..end as usize).unwrap_or_default())
    };
    let found = (first..=last).map(part).filter_map(|(start, text)| parse(text, start));
    found.map(|found| found.into_directive(comment.span, || target(file, lines, comment.span, last))).collect()
}

/// The offset of a line's first byte.
fn start_of(file: &SourceFile, lines: &LineIndex, line: u32) -> u32 {
    lines.offset(&file.text, Position { line, column: 1 })
}

struct Parsed {
    span: Span,
    what: What,
}

enum What {
    Rules { rules: Vec<Named>, whole_file: bool },
    Malformed(String),
}

impl Parsed {
    fn into_directive(self, comment: Span, target: impl Fn() -> (u32, u32)) -> Directive {
        let empty = Directive { span: self.span, comment, rules: Vec::new(), range: (0, 0), malformed: None };
        match self.what {
            What::Malformed(message) => Directive { malformed: Some(message), ..empty },
            What::Rules { rules, whole_file } => {
                let range = if whole_file { (0, u32::MAX) } else { target() };
                Directive { rules, range, ..empty }
            }
        }
    }
}

/// `line` is a comment or a line of one, which begins at the offset `start`.
fn parse(line: &str, start: u32) -> Option<Parsed> {
    let is_marker = |c: char| c.is_whitespace() || matches!(c, '*' | '/' | '#' | '!' | '<' | '-' | ';');
    let text = line.trim_start_matches(is_marker);
    let at = start as usize + line.len() - text.len();
    let text = text.trim_end().trim_end_matches("*/").trim_end_matches("-->").trim_end();
    let rest = text.strip_prefix("connlint-")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    let (word, arguments) = rest.split_at(end);
    let rules = rules(arguments, at + text.len() - arguments.len());
    let what = match word {
        "ignore" | "ignore-file" if rules.is_empty() => {
            What::Malformed(format!("`connlint-{word}` names no rule; {FORM}"))
        }
        "ignore" | "ignore-file" => What::Rules { rules, whole_file: word == "ignore-file" },
        _ => What::Malformed(format!("unknown comment `connlint-{word}`; {FORM}")),
    };
    Some(Parsed { span: Span::new(at, at + text.len()), what })
}

const FORM: &str = "write `connlint-ignore RULE: reason`";

/// The ids before the reason, which begins at a colon or at the first word that no comma leads to.
fn rules(arguments: &str, start: usize) -> Vec<Named> {
    let list = arguments.trim_start_matches([' ', '\t', ':']);
    let mut at = start + arguments.len() - list.len();
    let mut found = Vec::new();
    for item in list.split(':').next().unwrap_or_default().split(',') {
        let blanks = item.len() - item.trim_start().len();
        if let Some(id) = item.split_whitespace().next().filter(|id| is_id(id)) {
            let span = Span::new(at + blanks, at + blanks + id.len());
            found.push(Named { id: id.to_string(), span, used: false });
        }
        at += item.len() + 1;
    }
    found
}

fn is_id(word: &str) -> bool {
    !word.starts_with('-') && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The lines that a comment speaks of: its own, or the statement below when it stands alone.
fn target(file: &SourceFile, lines: &LineIndex, comment: Span, last: u32) -> (u32, u32) {
    let first = lines.line(comment.start);
    let column = comment.start.saturating_sub(start_of(file, lines, first)) as usize;
    let before = lines.line_text(&file.text, first).get(..column).unwrap_or_default();
    if !before.chars().all(|c| c.is_whitespace() || matches!(c, '{' | '/' | '*' | '#')) {
        return (first, first);
    }
    let mut line = last + 1;
    while line < lines.line_count() && is_passed_over(lines.line_text(&file.text, line)) {
        line += 1;
    }
    // Settings have lines, not statements.
    let end = if file.kind == FileKind::Settings { line } else { statement_end(&file.text, lines, line) };
    (first, end)
}

/// Blank lines and further comments stand between a directive and its statement.
fn is_passed_over(line: &str) -> bool {
    let line = line.trim();
    let is_hash_comment = line.starts_with('#') && !line.starts_with("#[") && !line.starts_with("#!");
    let marks = ["//", "/*", "*/", "* ", "{/*", "<!--"];
    line.is_empty() || is_hash_comment || marks.iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<What> {
        parse(text, 0).map(|parsed| parsed.what)
    }

    fn names(text: &str) -> Vec<String> {
        match found(text) {
            Some(What::Rules { rules, .. }) => {
                let ids: Vec<String> = rules.iter().map(|named| named.id.clone()).collect();
                let spans: Vec<&str> = rules.iter().map(|named| &text[named.span.range()]).collect();
                assert_eq!(ids, spans);
                ids
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn spaces_and_reasons_do_not_matter() {
        assert_eq!(names("// connlint-ignore a-b: because"), ["a-b"]);
        assert_eq!(names("# connlint-ignore a , b-c : why, not d"), ["a", "b-c"]);
        assert_eq!(names("* connlint-ignore: a"), ["a"]);
        assert_eq!(names("/* connlint-ignore a */"), ["a"]);
        assert_eq!(names("<!-- connlint-ignore a-->"), ["a"]);
        assert_eq!(names("connlint-ignore-file a because of that"), ["a"]);
    }

    #[test]
    fn other_words_are_said_to_be_unknown() {
        assert!(matches!(found("connlint-disable a"), Some(What::Malformed(_))));
        assert!(matches!(found("connlint-ignore"), Some(What::Malformed(_))));
        assert!(found("see connlint-ignore a").is_none());
    }
}
