//! Format strings: `"redis://{host}:{}/0"` as text and values.
//!
//! Knows the notation of `format!`; lowers nothing itself. Text beside a secret is redacted.

use crate::facts::{Arg, Literal, Part, Value, redact};

pub(super) enum Piece {
    Text(String),
    /// `{}`, by its order among its like.
    Next,
    At(usize),
    Name(String),
}

pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut open) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        open.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            open.push_str(brace);
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}').filter(|_| brace == "{") else { continue };
        pieces.push(Piece::Text(std::mem::take(&mut open)));
        pieces.push(placeholder(&rest[..end]));
        rest = &rest[end + 1..];
    }
    open.push_str(rest);
    pieces.push(Piece::Text(open));
    pieces
}

fn placeholder(inner: &str) -> Piece {
    let name = inner.split(':').next().unwrap_or_default().trim();
    match name.parse() {
        _ if name.is_empty() => Piece::Next,
        Ok(index) => Piece::At(index),
        Err(_) => Piece::Name(name.to_string()),
    }
}

/// Variables that the string names itself.
pub(super) fn names(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Name(name) => Some(name.as_str()),
        _ => None,
    })
}

/// The string as a template over its arguments.
pub(super) fn value(pieces: &[Piece], args: &[Arg], variable: &dyn Fn(&str) -> Value) -> Value {
    let unnamed: Vec<&Value> = args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
    let at = |index: usize| unnamed.get(index).map_or(Value::Unknown, |value| (*value).clone());
    let (mut next, mut parts) = (0, Vec::with_capacity(pieces.len()));
    for piece in pieces {
        parts.push(match piece {
            Piece::Text(text) if text.is_empty() => continue,
            Piece::Text(text) => Part::Text(text.clone()),
            Piece::Next => {
                next += 1;
                Part::Value(at(next - 1))
            }
            Piece::At(index) => Part::Value(at(*index)),
            Piece::Name(name) => {
                let given = args.iter().find(|arg| arg.name.as_deref() == Some(name));
                Part::Value(given.map_or_else(|| variable(name), |arg| arg.value.clone()))
            }
        });
    }
    finished(parts)
}

/// The values one after the other, adjacent texts as one.
pub(super) fn concat(values: impl Iterator<Item = Value>) -> Value {
    let mut parts: Vec<Part> = Vec::new();
    for value in values {
        match (parts.last_mut(), value) {
            (Some(Part::Text(before)), Value::Literal(Literal::Str(text))) => before.push_str(&text),
            (_, Value::Literal(Literal::Str(text))) => parts.push(Part::Text(text)),
            (_, other) => parts.push(Part::Value(other)),
        }
    }
    finished(parts)
}

fn finished(mut parts: Vec<Part>) -> Value {
    if let [Part::Text(text)] = parts.as_slice() {
        return Value::str(text);
    }
    let mut url = false;
    for part in &mut parts {
        if let Part::Text(text) = part {
            let scheme = text.contains("://");
            *text = redacted(text, url);
            url |= scheme;
        }
    }
    Value::Template(parts)
}

/// A password may stand in any text up to the `@` of a URL's authority.
fn redacted(text: &str, in_url: bool) -> String {
    match text.rfind('@') {
        Some(at) if in_url && text[..at].chars().any(char::is_alphanumeric) => {
            format!("{}{}", redact::MARK, &text[at..])
        }
        _ => redact::text(text),
    }
}
