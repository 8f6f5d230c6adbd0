//! The statements of a block, by the indentation of their first lines.
//!
//! Text only; gives up on a text whose strings do not end.

use crate::facts::Span;
use crate::finding::lines;

/// The rest of a block below one of its lines.
pub(super) struct Below<'t> {
    pub text: &'t str,
    /// Whole lines, without blank ones at their end.
    pub span: Span,
    /// Of the statements of the block.
    pub indent: &'t str,
}

/// What a statement goes on with, where a line at its own depth begins so.
const GOES_ON: [&str; 12] = [")", "]", "}", ".", "?", "&&", "||", "else", "elif", "except", "finally", "where "];

impl<'t> Below<'t> {
    /// What follows `head`, at the depth of its first line.
    pub fn of(text: &'t str, head: Span) -> Option<Self> {
        let indent = lines::indent(text.get(head.range())?);
        if indent.is_empty() { None } else { Self::at(text, head.end, indent) }
    }

    /// What begins at `start`, a line's beginning, and is as deep as `indent`.
    pub fn at(text: &'t str, start: u32, indent: &'t str) -> Option<Self> {
        let length = lines::block_length(text.get(start as usize..)?, indent)?;
        Some(Self { text, span: Span { start, end: start + length as u32 }, indent })
    }

    pub fn written(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Each with the comments above it, to the end of its last line.
    pub fn statements(&self) -> Option<Vec<Span>> {
        let mut found: Vec<Span> = Vec::new();
        let (mut at, mut comments): (u32, Option<u32>) = (self.span.start, None);
        for (line, inner) in lines::with_strings(self.written(self.span))? {
            let (start, code) = (at, line.trim());
            at += line.len() as u32;
            let flush = !inner && lines::indent(line) == self.indent;
            match () {
                () if code.is_empty() && !inner => {}
                () if flush && (code.starts_with("//") || code.starts_with("# ")) => {
                    comments.get_or_insert(start);
                }
                () if flush && !GOES_ON.iter().any(|word| code.starts_with(word)) => {
                    found.push(Span { start: comments.take().unwrap_or(start), end: at });
                }
                () => {
                    comments = None;
                    found.last_mut()?.end = at;
                }
            }
        }
        Some(found)
    }
}

/// The statement of the innermost block that holds the place; the block begins behind `from`, a line's beginning.
pub(super) fn innermost(text: &str, from: u32, place: Span) -> Option<Span> {
    let block = around(text, from, place)?;
    block.statements()?.into_iter().find(|own| own.start <= place.start && place.end <= own.end)
}

/// The innermost block that holds the place.
pub(super) fn around(text: &str, from: u32, place: Span) -> Option<Below<'_>> {
    let line = lines::around(text, Span { start: place.start, end: place.start })?;
    let mut indent = lines::indent(text.get(line.range())?);
    let mut start = line.start as usize;
    for above in text.get(from as usize..start)?.split_inclusive('\n').rev() {
        if !above.trim().is_empty() && lines::indent(above).len() < indent.len() {
            if above.trim_end().ends_with(['{', ':']) {
                break;
            }
            // The statement began above.
            indent = lines::indent(above);
        }
        start -= above.len();
    }
    Below::at(text, start as u32, indent)
}

#[cfg(test)]
mod tests {
    use super::Below;

    #[test]
    fn a_statement_goes_on_to_its_last_line() {
        let text = "  a();\n  // b\n  if (b) {\n    c();\n  } else {\n    d(`\ne\n`);\n  }\n\n  return f;\n}\n";
        let below = Below::at(text, 0, "  ").unwrap();
        let written: Vec<&str> = below.statements().unwrap().into_iter().map(|span| below.written(span)).collect();
        assert_eq!(written.len(), 3);
        assert!(written[1].starts_with("  // b\n  if") && written[1].ends_with("`);\n  }\n"));
        assert_eq!(written[2], "  return f;\n");
    }
}
