//! From byte offsets to lines and columns, and back.
//!
//! Lines end with `\n`; columns count Unicode scalars, or UTF-16 units for editors. Knows only text.

use serde::{Deserialize, Serialize};

/// A place in a text, both numbers 1-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    Scalars,
    Bytes,
    /// As most editors count.
    Utf16,
}

impl Units {
    fn of(self, c: char) -> usize {
        match self {
            Units::Scalars => 1,
            Units::Bytes => c.len_utf8(),
            Units::Utf16 => c.len_utf16(),
        }
    }
}

/// The line starts of one text. Every method takes the text that the index was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    /// Offset of each line's first byte; the first is 0.
    starts: Vec<u32>,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let after_newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        Self { starts: std::iter::once(0).chain(after_newlines).collect() }
    }

    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The 1-based line of an offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// Line and column in Unicode scalars. An offset beyond the text counts as its end.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        self.position_in(text, offset, Units::Scalars)
    }

    /// Line and column in other units.
    pub fn position_in(&self, text: &str, offset: u32, units: Units) -> Position {
        let (line, before) = self.before(text, offset);
        let column: usize = before.chars().map(|c| units.of(c)).sum();
        Position { line, column: column as u32 + 1 }
    }

    /// The offset of a position in Unicode scalars; a column beyond the line counts as its end.
    pub fn offset(&self, text: &str, position: Position) -> u32 {
        self.offset_in(text, position, Units::Scalars)
    }

    /// The offset of a position in other units; one inside of a character counts as before it.
    pub fn offset_in(&self, text: &str, position: Position, units: Units) -> u32 {
        let start = self.start(position.line, text);
        let line = self.line_text(text, position.line);
        let wanted = position.column.saturating_sub(1) as usize;
        let mut passed = 0;
        let within = line.char_indices().find(|(_, c)| {
            passed += units.of(*c);
            passed > wanted
        });
        start + within.map_or(line.len(), |(at, _)| at) as u32
    }

    /// A line without its end.
    pub fn line_text<'a>(&self, text: &'a str, line: u32) -> &'a str {
        let range = self.start(line, text) as usize..self.start(line.saturating_add(1), text) as usize;
        let full = text.get(range).unwrap_or_default();
        let full = full.strip_suffix('\n').unwrap_or(full);
        full.strip_suffix('\r').unwrap_or(full)
    }

    fn start(&self, line: u32, text: &str) -> u32 {
        let index = line.saturating_sub(1) as usize;
        self.starts.get(index).copied().unwrap_or(text.len() as u32)
    }

    /// The line of an offset and that line's text before it.
    fn before<'a>(&self, text: &'a str, offset: u32) -> (u32, &'a str) {
        let offset = text.floor_char_boundary(offset as usize);
        let line = self.line(offset as u32);
        let start = self.start(line, text) as usize;
        (line, text.get(start..offset).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: u32) -> (u32, u32) {
        let position = LineIndex::new(text).position(text, offset);
        (position.line, position.column)
    }

    #[test]
    fn lines_and_columns_start_at_one() {
        assert_eq!(at("ab\ncd\n", 0), (1, 1));
        assert_eq!(at("ab\ncd\n", 2), (1, 3));
        assert_eq!(at("ab\ncd\n", 3), (2, 1));
        assert_eq!(at("ab\ncd\n", 6), (3, 1));
        assert_eq!(at("", 0), (1, 1));
    }

    #[test]
    fn columns_count_scalars_or_utf16_units() {
        let text = "a\u{1F600}b";
        assert_eq!(at(text, 5), (1, 3));
        assert_eq!(LineIndex::new(text).position_in(text, 5, Units::Utf16), Position { line: 1, column: 4 });
        assert_eq!(LineIndex::new(text).position_in(text, 5, Units::Bytes), Position { line: 1, column: 6 });
    }

    #[test]
    fn columns_lead_back_in_all_units() {
        let text = "x\na\u{1F600}b";
        let index = LineIndex::new(text);
        for (units, inside) in [(Units::Utf16, 3), (Units::Bytes, 4)] {
            for offset in [2, 3, 7, 8] {
                assert_eq!(index.offset_in(text, index.position_in(text, offset, units), units), offset);
            }
            assert_eq!(index.offset_in(text, Position { line: 2, column: inside }, units), 3);
        }
        assert_eq!(index.offset_in(text, Position { line: 2, column: u32::MAX }, Units::Utf16), 8);
        assert_eq!(index.offset_in(text, Position { line: 9, column: 3 }, Units::Utf16), 8);
    }

    #[test]
    fn odd_offsets_are_clamped() {
        assert_eq!(at("é", 1), (1, 1));
        assert_eq!(at("ab", 99), (1, 3));
    }

    #[test]
    fn positions_lead_back_to_offsets() {
        let text = "one\r\ntwo é x\nthree";
        let index = LineIndex::new(text);
        for (offset, _) in text.char_indices().filter(|(_, c)| !matches!(c, '\n' | '\r')) {
            let position = index.position(text, offset as u32);
            assert_eq!(index.offset(text, position), offset as u32);
        }
        assert_eq!(index.line_text(text, 1), "one");
        assert_eq!(index.line_text(text, 3), "three");
        assert_eq!(index.line_text(text, 9), "");
    }
}
