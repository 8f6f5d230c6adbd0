//! One comment as a directive: which rules it names and which lines it covers.
//!
//! Tolerant of spaces and block comments, strict about words: what it does not know, it says.

use super::statement::statement_end;
use crate::facts::Comment;
use crate::source::{LineIndex, SourceFile};

#[derive(Debug)]
pub struct Directive {
    /// Where the comment stands.
    pub line: u32,
    /// Each rule with whether it has covered a finding.
    pub rules: Vec<(String, bool)>,
    /// First and last line covered.
    range: (u32, u32),
    pub malformed: Option<String>,
}

impl Directive {
    /// Whether the directive covers a finding of the rule on these lines; marks it as used.
    pub fn covers(&mut self, rule: &str, first: u32, last: u32) -> bool {
        let touches = first <= self.range.1 && self.range.0 <= last;
        let named = self.rules.iter_mut().find(|(name, _)| touches && name == rule);
        let Some((_, used)) = named else { return false };
        *used = true;
        true
    }
}

/// The directives of one comment: one a line, as block comments have several.
pub fn directives(comment: &Comment, file: &SourceFile, lines: &LineIndex) -> Vec<Directive> {
    let first = lines.line(comment.span.start);
    let last = lines.line(comment.span.end.saturating_sub(1).max(comment.span.start));
    let numbered = comment.text.lines().zip(first..);
    let parsed = numbered.filter_map(|(text, line)| parse(text).map(|parsed| (line, parsed)));
    parsed.map(|(line, parsed)| parsed.into_directive(line, || target(file, lines, comment, last))).collect()
}

enum Parsed {
    Rules { rules: Vec<String>, whole_file: bool },
    Malformed(String),
}

impl Parsed {
    fn into_directive(self, line: u32, target: impl Fn() -> (u32, u32)) -> Directive {
        match self {
            Parsed::Malformed(message) => {
                Directive { line, rules: Vec::new(), range: (0, 0), malformed: Some(message) }
            }
            Parsed::Rules { rules, whole_file } => {
                let range = if whole_file { (0, u32::MAX) } else { target() };
                let rules = rules.into_iter().map(|rule| (rule, false)).collect();
                Directive { line, rules, range, malformed: None }
            }
        }
    }
}

fn parse(text: &str) -> Option<Parsed> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '/' | '#' | '!'));
    let rest = text.strip_prefix("connlint-")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    let (word, arguments) = rest.split_at(end);
    let whole_file = match word {
        "ignore" => false,
        "ignore-file" => true,
        _ => return Some(Parsed::Malformed(format!("unknown comment `connlint-{word}`; {FORM}"))),
    };
    let rules = rules(arguments);
    Some(if rules.is_empty() {
        Parsed::Malformed(format!("`connlint-{word}` names no rule; {FORM}"))
    } else {
        Parsed::Rules { rules, whole_file }
    })
}

const FORM: &str = "write `connlint-ignore RULE: reason`";

/// The ids before the reason, which begins at a colon or at the first word that no comma leads to.
fn rules(arguments: &str) -> Vec<String> {
    let arguments = arguments.trim_start_matches([' ', '\t', ':']);
    let list = arguments.split(':').next().unwrap_or_default();
    let ids = list.split(',').filter_map(|item| item.split_whitespace().next());
    ids.filter(|id| is_id(id)).map(str::to_string).collect()
}

fn is_id(word: &str) -> bool {
    !word.starts_with('-') && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The lines that a comment speaks of: its own, or the statement below when it stands alone.
fn target(file: &SourceFile, lines: &LineIndex, comment: &Comment, last: u32) -> (u32, u32) {
    let first = lines.line(comment.span.start);
    let before = lines.line_text(&file.text, first).get(..column(file, lines, comment)).unwrap_or_default();
    if !before.chars().all(|c| c.is_whitespace() || matches!(c, '{' | '/' | '*' | '#')) {
        return (first, first);
    }
    let mut line = last + 1;
    while line < lines.line_count() && is_passed_over(lines.line_text(&file.text, line)) {
        line += 1;
    }
    (first, statement_end(&file.text, lines, line))
}

/// Bytes of the comment's line before it.
fn column(file: &SourceFile, lines: &LineIndex, comment: &Comment) -> usize {
    let line = lines.line(comment.span.start);
    let start = lines.offset(&file.text, crate::source::Position { line, column: 1 });
    comment.span.start.saturating_sub(start) as usize
}

/// Blank lines and further comments stand between a directive and its statement.
fn is_passed_over(line: &str) -> bool {
    let line = line.trim();
    let is_hash_comment = line.starts_with('#') && !line.starts_with("#[") && !line.starts_with("#!");
    line.is_empty() || is_hash_comment || ["//", "/*", "*/", "* "].iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        match parse(text) {
            Some(Parsed::Rules { rules, .. }) => rules,
            _ => Vec::new(),
        }
    }

    #[test]
    fn spaces_and_reasons_do_not_matter() {
        assert_eq!(names(" connlint-ignore a-b: because"), ["a-b"]);
        assert_eq!(names("connlint-ignore a , b-c : why, not d"), ["a", "b-c"]);
        assert_eq!(names("* connlint-ignore: a"), ["a"]);
        assert_eq!(names("connlint-ignore-file a because of that"), ["a"]);
    }

    #[test]
    fn other_words_are_said_to_be_unknown() {
        assert!(matches!(parse("connlint-disable a"), Some(Parsed::Malformed(_))));
        assert!(matches!(parse("connlint-ignore"), Some(Parsed::Malformed(_))));
        assert!(parse("see connlint-ignore a").is_none());
    }
}
