//! Lowers literals: numbers, strings, f-strings.
//!
//! Texts are redacted before they enter a value. Must not know what a text says.

use super::tree::Syntax;
use super::{Lowering, tree};
use crate::facts::{Part, Value, redact};

/// The private-use characters that stand for interpolations while a text is redacted as a whole.
const FIRST_MARK: u32 = 0xE000;
const MARKS: usize = 6400;

enum Piece<'t> {
    Text(String),
    Code(Syntax<'t>),
}

impl<'t> Lowering<'t> {
    pub(super) fn string(&mut self, node: Syntax<'t>) -> Value {
        let pieces = self.pieces(node);
        if pieces.iter().any(|piece| matches!(piece, Piece::Code(_))) {
            return self.template(pieces);
        }
        Value::str(&joined(&pieces))
    }

    /// The text of a string without interpolations, as written: not yet redacted.
    pub(super) fn plain_string(&self, node: Syntax<'t>) -> Option<String> {
        let pieces = self.pieces(node);
        let plain = !pieces.iter().any(|piece| matches!(piece, Piece::Code(_)));
        plain.then(|| joined(&pieces))
    }

    fn pieces(&self, node: Syntax<'t>) -> Vec<Piece<'t>> {
        if node.kind() != "concatenated_string" {
            return self.string_pieces(node);
        }
        let strings = tree::named(node).into_iter().filter(|child| child.kind() == "string");
        strings.flat_map(|string| self.string_pieces(string)).collect()
    }

    fn string_pieces(&self, node: Syntax<'t>) -> Vec<Piece<'t>> {
        let mut pieces = Vec::new();
        let prefix = tree::child_of_kind(node, "string_start").map_or("", |start| self.text_of(start));
        let is = |letter: char| prefix.contains([letter, letter.to_ascii_uppercase()]);
        let (raw, format) = (is('r'), is('f') || is('t'));
        for child in tree::named(node) {
            match child.kind() {
                "string_content" => pieces.push(Piece::Text(unescape(self.text_of(child), raw, format))),
                "interpolation" => pieces.push(Piece::Code(child)),
                _ => {}
            }
        }
        pieces
    }

    fn template(&mut self, pieces: Vec<Piece<'t>>) -> Value {
        let mut values = Vec::new();
        let mut parts = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text)),
                Piece::Code(node) => {
                    parts.push(Part::Value(Value::Unknown));
                    let code = tree::field(node, "expression");
                    values.push(code.map_or(Value::Unknown, |code| self.expr(code)));
                }
            }
        }
        Value::Template(redacted(parts, values))
    }
}

fn joined(pieces: &[Piece]) -> String {
    let texts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::Code(_) => "",
    });
    texts.collect()
}

fn mark(index: usize) -> Option<char> {
    char::from_u32(FIRST_MARK + index as u32).filter(|_| index < MARKS)
}

/// A URL can only be redacted as a whole, so the interpolations take part in it as marks. Those
/// that vanish with the user information stay in the template: they are values, not texts.
fn redacted(parts: Vec<Part>, values: Vec<Value>) -> Vec<Part> {
    let mut whole = String::new();
    let mut seen = 0;
    for part in &parts {
        match part {
            Part::Text(text) => whole.push_str(text),
            Part::Value(_) => {
                whole.extend(mark(seen));
                seen += 1;
            }
        }
    }
    if whole.contains("://") {
        return unmark(&redact::text(&whole), values);
    }
    let mut values = values.into_iter();
    let fill = |part| match part {
        Part::Text(text) => Part::Text(redact::text(&text)),
        Part::Value(_) => Part::Value(values.next().unwrap_or(Value::Unknown)),
    };
    parts.into_iter().map(fill).collect()
}

fn unmark(text: &str, values: Vec<Value>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut values = values.into_iter().enumerate().peekable();
    let mut plain = String::new();
    for c in text.chars() {
        let index = (c as u32).wrapping_sub(FIRST_MARK) as usize;
        if index >= MARKS {
            plain.push(c);
            continue;
        }
        flush(&mut plain, &mut parts);
        while let Some((_, value)) = values.next_if(|(at, _)| *at <= index) {
            parts.push(Part::Value(value));
        }
    }
    flush(&mut plain, &mut parts);
    parts.extend(values.map(|(_, value)| Part::Value(value)));
    parts
}

fn flush(plain: &mut String, parts: &mut Vec<Part>) {
    if !plain.is_empty() {
        parts.push(Part::Text(std::mem::take(plain)));
    }
}

fn unescape(text: &str, raw: bool, format: bool) -> String {
    let text = if format { text.replace("{{", "{").replace("}}", "}") } else { text.to_string() };
    if raw || !text.contains('\\') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { escape(chars.next(), &mut out) } else { out.push(c) }
    }
    out
}

/// Numeric escapes stay as written: no address or setting has them.
fn escape(c: Option<char>, out: &mut String) {
    match c {
        Some('n') => out.push('\n'),
        Some('t') => out.push('\t'),
        Some('r') => out.push('\r'),
        Some('\n') | None => {}
        Some(c @ ('\\' | '\'' | '"')) => out.push(c),
        Some(c) => out.extend(['\\', c]),
    }
}

/// An integer or float in any of Python's forms; imaginary numbers are unknown.
pub(super) fn number(text: &str) -> Value {
    let text = text.replace('_', "").to_ascii_lowercase();
    let digits = text.trim_end_matches('l');
    let radix = match digits.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => return digits.parse().map_or(Value::Unknown, Value::num),
    };
    let parsed = u64::from_str_radix(digits.get(2..).unwrap_or_default(), radix);
    parsed.map_or(Value::Unknown, |number| Value::num(number as f64))
}
