//! Whole lines of a source text: what fixes move, indent and take out.
//!
//! Text only; knows no language, no facts and no rule.

use crate::facts::Span;

/// The lines that a span touches, with the last one's end.
pub fn around(text: &str, span: Span) -> Option<Span> {
    let start = text.get(..span.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(span.end as usize..)?;
    let end = span.end as usize + rest.find('\n').map_or(rest.len(), |at| at + 1);
    Some(Span::new(start, end))
}

/// Where the comments begin that stand directly above a line at the margin, given by its start.
pub fn above_comments(text: &str, line: u32) -> u32 {
    let before = text.get(..line as usize).unwrap_or_default().split_inclusive('\n').rev();
    let comment = |line: &&str| ["//", "/*", " *", "# "].iter().any(|mark| line.starts_with(mark));
    line - before.take_while(comment).map(str::len).sum::<usize>() as u32
}

/// Where the line comments begin that stand directly above a line: they may be about that line, as what tells a
/// linter to pass over it is.
pub fn above_remarks(text: &str, line: u32) -> u32 {
    let before = text.get(..line as usize).unwrap_or_default().split_inclusive('\n').rev();
    line - before.take_while(|line| line.trim_start().starts_with("//")).map(str::len).sum::<usize>() as u32
}

pub fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// One level of indentation, as the text uses it.
pub fn step(text: &str) -> &'static str {
    let first = text.lines().map(indent).find(|indent| !indent.is_empty());
    match first {
        Some(indent) if indent.starts_with('\t') => "\t",
        Some(indent) if indent.len() < 4 => "  ",
        _ => "    ",
    }
}

/// All lines one level deeper; blank ones stay.
pub fn deeper(lines: &str, step: &str) -> String {
    let shift = |line: &str| if line.trim().is_empty() { line.to_string() } else { format!("{step}{line}") };
    lines.split_inclusive('\n').map(shift).collect()
}

/// All lines without one level, when each has it.
pub fn shallower(lines: &str, step: &str) -> Option<String> {
    let shift = |line: &str| {
        if line.trim().is_empty() { Some(line.to_string()) } else { line.strip_prefix(step).map(str::to_string) }
    };
    lines.split_inclusive('\n').map(shift).collect()
}

/// Moving the lines would change a text that goes over several of them.
pub fn holds_long_text(lines: &str) -> bool {
    lines.matches('`').count() % 2 == 1
        || lines.lines().any(|line| line.matches('`').count() % 2 == 1)
        || lines.contains("\"\"\"")
        || lines.contains("'''")
}

/// The line that holds nothing but the function's last brace, with its indentation.
pub fn closing_line(text: &str, function: Span) -> Option<(u32, String)> {
    let whole = text.get(function.range())?;
    let close = function.start as usize + whole.trim_end().strip_suffix('}')?.len();
    let line = text.get(..close)?.rfind('\n').map_or(0, |at| at + 1);
    let outer = text.get(line..close)?;
    outer.trim().is_empty().then(|| (line as u32, outer.to_string()))
}

/// A name stands in the text as a word.
pub fn mentions(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}
