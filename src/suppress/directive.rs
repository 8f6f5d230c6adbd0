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
    /// Whether nothing else stands in its comment, or in its line of one.
    pub alone: bool,
    /// `connlint-ignore` or `connlint-ignore-file`, or what was written in the place of one of them.
    pub word: Span,
    pub rules: Vec<Named>,
    /// First and last line covered.
    range: (u32, u32),
    /// What is wrong with one that covers nothing.
    pub malformed: Option<String>,
}

/// A rule that a directive names.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    pub span: Span,
    /// Whether it has covered a finding, or would have if the directive were well written.
    pub used: bool,
}

impl Directive {
    /// Whether the directive covers a finding of the rule on these lines; marks it as used.
    pub fn covers(&mut self, rule: &str, first: u32, last: u32) -> bool {
        let touches = first <= self.range.1 && self.range.0 <= last;
        let named = self.rules.iter_mut().find(|named| touches && named.id == rule);
        let Some(named) = named else { return false };
        named.used = true;
        self.malformed.is_none()
    }

    /// Whether the word, well written or not, speaks of the whole file.
    pub fn is_of_file(word: &str) -> bool {
        word.ends_with("file")
    }
}

/// The directives of one comment: one a line, as block comments have several. `known` are the rules' ids.
pub fn directives(comment: &Comment, file: &SourceFile, lines: &LineIndex, known: &[&str]) -> Vec<Directive> {
    let first = lines.line(comment.span.start);
    let last = lines.line(comment.span.end.saturating_sub(1).max(comment.span.start));
    let part = |line: u32| {
        let start = start_of(file, lines, line).max(comment.span.start);
        let end = start_of(file, lines, line + 1).min(comment.span.end);
        (start, file.text.get(start as usize..end as usize).unwrap_or_default())
    };
    let found = (first..=last).map(part).filter_map(|(start, text)| parse(text, start, known));
    found.map(|found| found.into_directive(comment.span, || target(file, lines, comment.span, last))).collect()
}

/// The offset of a line's first byte.
fn start_of(file: &SourceFile, lines: &LineIndex, line: u32) -> u32 {
    lines.offset(&file.text, Position { line, column: 1 })
}

struct Parsed {
    span: Span,
    word: Span,
    alone: bool,
    rules: Vec<Named>,
    whole_file: bool,
    malformed: Option<String>,
}

impl Parsed {
    fn into_directive(self, comment: Span, target: impl Fn() -> (u32, u32)) -> Directive {
        let Self { span, word, alone, rules, whole_file, malformed } = self;
        let range = if whole_file { (0, u32::MAX) } else { target() };
        Directive { span, comment, alone, word, rules, range, malformed }
    }
}

const NAME: &str = "connlint";
/// What other linters call it, behind a colon. There, other words make a sentence.
const ELSEWHERE: &[&str] =
    &["ignore", "ignore-file", "ignore-next-line", "disable", "disable-next-line", "noqa", "allow", "skip", "off"];

/// `line` is a comment or a line of one, which begins at the offset `start`.
fn parse(line: &str, start: u32, known: &[&str]) -> Option<Parsed> {
    let (at, alone) = beginning(line)?;
    let text = line[at..].trim_end().trim_end_matches("*/").trim_end_matches("-->").trim_end();
    let at = start as usize + at;
    let (word, arguments) = text.split_at(word_end(text)?);
    let rules = rules(arguments, at + text.len() - arguments.len(), known);
    let malformed = match word {
        "connlint-ignore" | "connlint-ignore-file" if rules.is_empty() => {
            Some(format!("`{word}` names no rule; {FORM}"))
        }
        "connlint-ignore" | "connlint-ignore-file" => None,
        _ => Some(format!("unknown comment `{word}`; {FORM}")),
    };
    Some(Parsed {
        span: Span::new(at, at + text.len()),
        word: Span::new(at, at + word.len()),
        alone,
        rules,
        whole_file: Directive::is_of_file(word),
        malformed,
    })
}

/// Where the directive's word ends at whose beginning the text stands; `None` when it is none.
fn word_end(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(NAME)?;
    let (begin, of_others) = match rest.strip_prefix('-') {
        Some(_) => (1, false),
        None => (rest.len() - rest.strip_prefix(':')?.trim_start().len(), true),
    };
    let word = &rest[begin..];
    let word = &word[..word.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(word.len())];
    (!of_others || ELSEWHERE.contains(&word)).then_some(NAME.len() + begin + word.len())
}

/// Where the directive of a line begins, and whether only marks of comments stand before it. It may follow another
/// comment's text behind a mark of its own: `# noqa: E501  # connlint-ignore …`.
fn beginning(line: &str) -> Option<(usize, bool)> {
    let is_marker = |c: char| c.is_whitespace() || matches!(c, '*' | '/' | '#' | '!' | '<' | '-' | ';');
    line.match_indices(NAME).filter(|(at, _)| word_end(&line[*at..]).is_some()).find_map(|(at, _)| {
        let before = &line[..at];
        let alone = before.chars().all(is_marker);
        let marked = [" #", "\t#", " //", "\t//"].iter().any(|mark| before.trim_end().ends_with(mark));
        (alone || marked).then_some((at, alone))
    })
}

const FORM: &str = "write `connlint-ignore RULE: reason`";

/// The ids before the reason, which begins at a colon or at the first word that neither follows a comma nor is known.
/// They may stand in brackets.
fn rules(arguments: &str, start: usize, known: &[&str]) -> Vec<Named> {
    let list = arguments.trim_start_matches([' ', '\t', ':', '[', '(', '=']);
    let mut at = start + arguments.len() - list.len();
    let mut found = Vec::new();
    for item in list.split([':', ']', ')']).next().unwrap_or_default().split(',') {
        let mut from = 0;
        for (index, id) in item.split_whitespace().enumerate() {
            if !is_id(id) || (index > 0 && !known.contains(&id)) {
                break;
            }
            from += item[from..].find(id).unwrap_or_default();
            let span = Span::new(at + from, at + from + id.len());
            found.push(Named { id: id.to_string(), span, used: false });
            from += id.len();
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

    fn found(text: &str) -> Option<Parsed> {
        parse(text, 0, &["a-b", "b-c"])
    }

    fn names(text: &str) -> Vec<String> {
        let Some(Parsed { rules, malformed: None, .. }) = found(text) else { return Vec::new() };
        let ids: Vec<String> = rules.iter().map(|named| named.id.clone()).collect();
        let spans: Vec<&str> = rules.iter().map(|named| &text[named.span.range()]).collect();
        assert_eq!(ids, spans);
        ids
    }

    #[test]
    fn spaces_and_reasons_do_not_matter() {
        assert_eq!(names("// connlint-ignore a-b: because"), ["a-b"]);
        assert_eq!(names("# connlint-ignore a , b-c : why, not d"), ["a", "b-c"]);
        assert_eq!(names("* connlint-ignore: a"), ["a"]);
        assert_eq!(names("/* connlint-ignore a */"), ["a"]);
        assert_eq!(names("<!-- connlint-ignore a-->"), ["a"]);
        assert_eq!(names("connlint-ignore-file a because of that"), ["a"]);
        assert_eq!(names("# connlint-ignore a-b b-c: a-b"), ["a-b", "b-c"]);
        assert_eq!(names("# connlint-ignore a-b because of b-c"), ["a-b"]);
        assert_eq!(names("# connlint-ignore[a-b, b-c]: because"), ["a-b", "b-c"]);
    }

    #[test]
    fn other_comments_may_stand_before() {
        assert_eq!(names("# noqa: E501  # connlint-ignore a-b: x"), ["a-b"]);
        assert_eq!(names("// eslint-disable-line no-new //connlint-ignore a-b"), ["a-b"]);
        assert!(found("// write `// connlint-ignore a-b: reason`").is_none());
    }

    #[test]
    fn other_words_are_said_to_be_unknown() {
        let malformed = |text: &str| found(text).and_then(|found| found.malformed);
        assert!(malformed("connlint-disable a").is_some());
        assert!(malformed("connlint-ignore").is_some());
        assert!(malformed("connlint: ignore[a-b]").is_some());
        assert!(malformed("connlint:disable=a-b").is_some());
        assert!(found("see connlint-ignore a").is_none());
        assert!(found("connlint: see the pool's page").is_none());
    }
}
