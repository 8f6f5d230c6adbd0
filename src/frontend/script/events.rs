//! The functions that a template names or calls where something happens: `@click="start"`, `on:click={start}`,
//! `(click)="start()"`.
//!
//! Reads event attributes; the functions are known by their names alone. Never fails: what is not understood names
//! nothing.

use super::template::brace_end;

/// Words that stand before a parenthesis and call nothing.
const KEYWORDS: &[&str] = &[
    "if", "for", "while", "switch", "catch", "function", "async", "await", "return", "typeof", "void", "new", "in",
    "of",
];

/// The functions of all event attributes of a whole template.
pub(super) fn in_template(text: &str) -> impl Iterator<Item = &str> {
    let tags = text.split('<').skip(1).filter_map(|tag| tag.split_once(char::is_whitespace));
    tags.flat_map(|(_, attributes)| in_attributes(attributes))
}

/// The functions of the event attributes of one tag.
pub(super) fn in_attributes(attributes: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = attributes.trim_start();
    while let Some((name, value, after)) = next(rest) {
        if is_event(name) {
            found.extend(functions(value));
        }
        rest = after.trim_start();
    }
    found
}

/// The first attribute: its name, its value without quotes or braces, and what comes after.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '{')).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let Some(value) = after.strip_prefix('=') else {
        let skipped = after.chars().next().map_or(0, |c| if name.is_empty() { c.len_utf8() } else { 0 });
        return (!text.is_empty() && !after.starts_with('>')).then(|| (name, "", &after[skipped..]));
    };
    let length = match value.as_bytes().first()? {
        quote @ (b'"' | b'\'') => value[1..].find(char::from(*quote))? + 2,
        b'{' => brace_end(value, 0),
        _ => value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len()),
    };
    let (value, after) = value.split_at(length);
    let value = value.trim_matches(['"', '\'']);
    Some((name, value.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(value), after))
}

fn is_event(name: &str) -> bool {
    let lower = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
    name.starts_with('@')
        || name.starts_with("v-on:")
        || name.starts_with('(') && name.ends_with(')')
        || name.strip_prefix("on").is_some_and(|rest| rest.starts_with(':') || lower(rest))
}

/// What an expression is the name of, or else what it calls.
fn functions(expression: &str) -> Vec<&str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let whole = own(expression.trim().trim_end_matches(';'));
    if !whole.is_empty() && whole.chars().all(part) {
        return vec![whole];
    }
    let mut found = Vec::new();
    for (at, _) in expression.match_indices('(') {
        let before = expression[..at].trim_end();
        let path = &before[before.rfind(|c: char| !part(c) && c != '.').map_or(0, |last| last + 1)..];
        let name = own(path);
        if !name.is_empty() && !name.contains('.') && !KEYWORDS.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn own(path: &str) -> &str {
    path.strip_prefix("this.").unwrap_or(path)
}
