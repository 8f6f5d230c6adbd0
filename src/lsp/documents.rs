//! The texts that the editor has open.
//!
//! Takes edits as the protocol gives them; positions that do not exist are moved to the nearest that do.
//! Knows no analysis.

use std::path::{Path, PathBuf};

use gen_lsp_types::{Position, Range, TextDocumentContentChangeEvent, Uri};
use rustc_hash::FxHashMap;

use crate::source::{LineIndex, Units};

pub struct Document {
    /// As the client spells it.
    pub uri: Uri,
    pub version: i32,
    pub text: String,
}

/// By path; what has no path is not kept.
pub type Documents = FxHashMap<PathBuf, Document>;

impl Document {
    pub fn change(&mut self, version: i32, changes: &[TextDocumentContentChangeEvent], units: Units) {
        use TextDocumentContentChangeEvent::*;
        self.version = version;
        for change in changes {
            match change {
                TextDocumentContentChangePartial(part) => {
                    let (start, end) = span(&self.text, part.range, units);
                    self.text.replace_range(start..end, &part.text);
                }
                TextDocumentContentChangeWholeDocument(whole) => self.text.clone_from(&whole.text),
            }
        }
    }
}

/// Byte offsets of a range; an inverted one is turned round.
pub fn span(text: &str, range: Range, units: Units) -> (usize, usize) {
    let lines = LineIndex::new(text);
    let (start, end) = (offset(&lines, text, range.start, units), offset(&lines, text, range.end, units));
    (start.min(end), start.max(end))
}

fn offset(lines: &LineIndex, text: &str, position: Position, units: Units) -> usize {
    let one_based =
        crate::source::Position { line: position.line.saturating_add(1), column: position.character.saturating_add(1) };
    lines.offset_in(text, one_based, units) as usize
}

/// The protocol's form of a place: both numbers count from 0.
pub fn position(lines: &LineIndex, text: &str, offset: usize, units: Units) -> Position {
    let crate::source::Position { line, column } = lines.position_in(text, offset as u32, units);
    Position { line: line - 1, character: column - 1 }
}

/// The URI of a path, as the client spells it where it has told.
pub fn uri_of(documents: &Documents, path: &Path) -> Uri {
    documents.get(path).map_or_else(|| super::uri::of_path(path), |document| document.uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, range: [u32; 4], new: &str, units: Units) -> String {
        let [line, character, end_line, end] = range;
        let range = Range { start: Position { line, character }, end: Position { line: end_line, character: end } };
        let json = serde_json::json!([{ "range": range, "text": new }]);
        let changes: Vec<TextDocumentContentChangeEvent> = serde_json::from_value(json).unwrap();
        let mut document = Document { uri: Uri("file:///x".into()), version: 1, text: text.into() };
        document.change(2, &changes, units);
        document.text
    }

    #[test]
    fn edits_count_in_the_agreed_units() {
        assert_eq!(edited("a\u{1F600}b", [0, 3, 0, 4], "X", Units::Utf16), "a\u{1F600}X");
        assert_eq!(edited("a\u{1F600}b", [0, 5, 0, 6], "X", Units::Bytes), "a\u{1F600}X");
        assert_eq!(edited("one\r\ntwo", [0, 99, 1, 0], " ", Units::Utf16), "one two");
    }

    #[test]
    fn impossible_ranges_do_no_harm() {
        assert_eq!(edited("ab", [9, 9, 9, 9], "c", Units::Utf16), "abc");
        assert_eq!(edited("ab", [0, 2, 0, 0], "", Units::Utf16), "");
        assert_eq!(edited("\u{1F600}", [0, 1, 0, 1], "x", Units::Utf16), "x\u{1F600}");
        assert_eq!(edited("ab", [u32::MAX, u32::MAX, u32::MAX, u32::MAX], "c", Units::Bytes), "abc");
    }
}
