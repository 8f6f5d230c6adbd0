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

/// Where the line begins behind the first one that ends so.
pub fn behind(text: &str, ending: &str) -> Option<usize> {
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').map(|line| {
        at += line.len();
        (line, at)
    });
    lines.find(|(line, _)| line.trim_end().ends_with(ending) && line.ends_with('\n')).map(|(_, at)| at)
}

pub fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// One level of indentation, as the text uses it: by how much lines are mostly deeper than the ones before them.
pub fn step(text: &str) -> &'static str {
    let (mut tabs, mut two, mut four, mut before) = (0, 0, 0, 0);
    // What begins with a star goes on in a comment.
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('*')) {
        let indent = indent(line);
        match indent.len().saturating_sub(before) {
            0 => {}
            _ if indent.starts_with('\t') => tabs += 1,
            2 => two += 1,
            4 => four += 1,
            _ => {}
        }
        before = indent.len();
    }
    match () {
        () if tabs > two + four => "\t",
        () if two > four => "  ",
        () if four > 0 => "    ",
        () => first_step(text),
    }
}

fn first_step(text: &str) -> &'static str {
    match text.lines().map(indent).find(|indent| !indent.is_empty()) {
        Some(indent) if indent.starts_with('\t') => "\t",
        Some(indent) if indent.len() < 4 => "  ",
        _ => "    ",
    }
}

/// All lines one level deeper; blank ones and the inside of long strings stay. `None` where a string does not end.
pub fn deeper(lines: &str, step: &str) -> Option<String> {
    let shift = |(line, inner): (&str, bool)| {
        if inner || line.trim().is_empty() { line.to_string() } else { format!("{step}{line}") }
    };
    Some(with_strings(lines)?.map(shift).collect())
}

/// All lines without one level, when each has it; the inside of long strings stays.
pub fn shallower(lines: &str, step: &str) -> Option<String> {
    let shift = |(line, inner): (&str, bool)| match inner || line.trim().is_empty() {
        true => Some(line.to_string()),
        false => line.strip_prefix(step).map(str::to_string),
    };
    with_strings(lines)?.map(shift).collect()
}

/// No line of code is less deep.
pub fn are_within(lines: &str, indent: &str) -> bool {
    let fits = |(line, inner): (&str, bool)| inner || line.trim().is_empty() || line.starts_with(indent);
    with_strings(lines).is_some_and(|mut lines| lines.all(fits))
}

/// How many bytes of whole lines follow that belong to a block of this indentation, without blank ones at their end.
/// `None` where a string does not end.
pub fn block_length(text: &str, indent: &str) -> Option<usize> {
    let (mut own, mut open) = (0, None);
    for line in text.split_inclusive('\n') {
        if open.is_none() && !line.trim().is_empty() && !line.starts_with(indent) {
            break;
        }
        own += line.len();
        open = after_line(line, open);
    }
    if open.is_some() {
        return None;
    }
    let block = text.get(..own)?;
    let end = block.trim_end().len();
    Some(end + block.get(end..)?.split_inclusive('\n').next().map_or(0, str::len))
}

/// The lines, each with whether it begins inside of a string; `None` where one does not end.
pub fn with_strings(lines: &str) -> Option<impl Iterator<Item = (&str, bool)>> {
    let mut inner = Vec::new();
    let mut open: Option<&str> = None;
    for line in lines.split_inclusive('\n') {
        inner.push(open.is_some());
        open = after_line(line, open);
    }
    open.is_none().then(|| lines.split_inclusive('\n').zip(inner))
}

/// The marks of strings that may go over several lines.
const LONG: [&str; 3] = ["\"\"\"", "'''", "`"];

/// The mark of the string that is open when the line ends.
fn after_line<'m>(line: &str, mut open: Option<&'m str>) -> Option<&'m str> {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let skipped = match open {
            _ if c == '\\' => c.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8),
            Some(mark) if rest.starts_with(mark) => {
                open = None;
                mark.len()
            }
            Some(_) => c.len_utf8(),
            None => match LONG.into_iter().find(|mark| rest.starts_with(mark)) {
                Some(mark) => {
                    open = Some(mark);
                    mark.len()
                }
                None if is_comment(line, rest) => return None,
                None if matches!(c, '"' | '\'') => short_string(rest),
                None => c.len_utf8(),
            },
        };
        rest = rest.get(skipped..).unwrap_or_default();
    }
    open
}

fn is_comment(line: &str, rest: &str) -> bool {
    let apart = line[..line.len() - rest.len()].chars().next_back().is_none_or(char::is_whitespace);
    apart && (rest.starts_with("//") || rest.starts_with("# ") || rest.strip_prefix('#').is_some_and(starts_with_end))
}

/// The length of a string on one line; of its first mark alone where none follows, as in a comment.
fn short_string(rest: &str) -> usize {
    let (mark, mut escaped) = (&rest[..1], false);
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => break,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if rest[at..].starts_with(mark) => return at + 1,
            _ => {}
        }
    }
    1
}

/// A string goes over several of the lines: what stands in it cannot be moved.
pub fn holds_long_text(lines: &str) -> bool {
    with_strings(lines).is_none_or(|mut lines| lines.any(|(_, inner)| inner))
}

/// The line that holds nothing but the function's last brace, with its indentation.
pub fn closing_line(text: &str, function: Span) -> Option<(u32, String)> {
    let whole = text.get(function.range())?;
    let close = function.start as usize + whole.trim_end().strip_suffix('}')?.len();
    let line = text.get(..close)?.rfind('\n').map_or(0, |at| at + 1);
    let outer = text.get(line..close)?;
    outer.trim().is_empty().then(|| (line as u32, outer.to_string()))
}

/// The lines without blank ones at their start and end.
pub fn unpadded(lines: &str) -> &str {
    let blank = |line: &&str| line.trim().is_empty();
    let lead: usize = lines.split_inclusive('\n').take_while(blank).map(str::len).sum();
    let lines = &lines[lead..];
    let trail: usize = lines.split_inclusive('\n').rev().take_while(blank).map(str::len).sum();
    &lines[..lines.len() - trail]
}

/// Lines that are to be taken out, with the blank one after them that would divide nothing any more.
pub fn with_blank(text: &str, span: Span) -> Span {
    let before = text.get(..span.start as usize).unwrap_or_default().trim_end_matches([' ', '\t']);
    let parted = before.is_empty() || ends_with_blank(before);
    let opens = parted || before.trim_end().ends_with(['{', ':', '(']);
    let next = around(text, Span { start: span.end, end: span.end }).filter(|next| next.start == span.end);
    let blank = |next: &Span| text.get(next.range()).is_some_and(|line| line.trim().is_empty());
    match next.filter(blank).filter(|_| opens) {
        Some(next) => Span { start: span.start, end: next.end },
        None => span,
    }
}

/// The last line of the text is an empty one.
pub fn ends_with_blank(text: &str) -> bool {
    text.ends_with("\n\n") || text.ends_with("\n\r\n")
}

/// The end of a line comes first.
pub fn starts_with_end(text: &str) -> bool {
    text.starts_with('\n') || text.starts_with("\r\n")
}

/// The text with the line ends of another one.
pub fn ended_as(text: &str, other: &str) -> String {
    let plain = text.replace("\r\n", "\n");
    if other.contains("\r\n") { plain.replace('\n', "\r\n") } else { plain }
}

/// A name stands in the text as a word.
pub fn mentions(text: &str, name: &str) -> bool {
    count(text, name) > 0
}

/// How often a name stands in the text as a word.
pub fn count(text: &str, name: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let alone = |at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(word) && !after.is_some_and(word)
    };
    text.match_indices(name).filter(|(at, _)| alone(*at)).count()
}

#[cfg(test)]
mod tests {
    use super::{block_length, deeper, holds_long_text, shallower};

    #[test]
    fn the_inside_of_strings_stays_where_it_is() {
        let query = "  run(\"\"\"\n  SELECT 'it'\n  \"\"\")\n  # don't\n";
        let moved = "    run(\"\"\"\n  SELECT 'it'\n  \"\"\")\n    # don't\n";
        assert_eq!(deeper(query, "  ").as_deref(), Some(moved));
        assert_eq!(shallower(moved, "  ").as_deref(), Some(query));
        assert_eq!(deeper("f(`a\n", "  "), None);
        assert!(holds_long_text(query) && !holds_long_text("f(`a`)\ng('`')\n"));
    }

    #[test]
    fn a_block_ends_before_a_shallower_line() {
        assert_eq!(block_length("  a\n\n  b(`\nc\n`)\n\n}\n", "  "), Some("  a\n\n  b(`\nc\n`)\n".len()));
        assert_eq!(block_length("  a\r\n\r\n}\r\n", "  "), Some("  a\r\n".len()));
    }
}
