//! What a template runs where something happens: `@click="start"`, `on:click={start}`, `(click)="start()"`.
//!
//! Reads event attributes and the functions that they name or call; [`super::handlers`] lowers what stands in them.
//! Never fails: what is not understood names nothing.

use std::ops::Range;

use super::template::brace_end;

/// An attribute that says what an event runs.
pub(super) struct Event<'t> {
    /// As it is written: `@click.once`, `on:click|once`, `(click)`.
    pub(super) name: &'t str,
    /// Without quotes and braces.
    pub(super) expression: &'t str,
    /// Where the expression stands in the text of the attributes.
    pub(super) range: Range<usize>,
}

/// Words that stand before a parenthesis and call nothing.
const KEYWORDS: &[&str] = &[
    "if", "for", "while", "switch", "catch", "function", "async", "await", "return", "typeof", "void", "new", "in",
    "of",
];

/// The functions of all event attributes of a whole template.
pub(super) fn in_template(text: &str) -> impl Iterator<Item = &str> {
    let tags = text.split('<').skip(1).filter_map(|tag| tag.split_once(char::is_whitespace));
    tags.flat_map(|(_, attributes)| in_attributes(attributes)).flat_map(|event| functions(event.expression))
}

/// The ids that the elements of a whole template have.
pub(super) fn ids(text: &str) -> impl Iterator<Item = &str> {
    let tags = text.split('<').skip(1).filter_map(|tag| tag.split_once(char::is_whitespace));
    tags.filter_map(|(_, attributes)| id(attributes))
}

/// The id of the element with these attributes, as far as it is written out.
fn id(attributes: &str) -> Option<&str> {
    let mut rest = attributes.trim_start();
    while let Some((name, value, after)) = next(rest) {
        let text = &value[inner(value)];
        if name == "id" && !value.starts_with('{') && !text.contains('{') {
            return Some(text).filter(|text| !text.is_empty());
        }
        rest = after.trim_start();
    }
    None
}

/// The event attributes of one tag.
pub(super) fn in_attributes(attributes: &str) -> Vec<Event<'_>> {
    let mut found = Vec::new();
    let mut rest = attributes.trim_start();
    while let Some((name, value, after)) = next(rest) {
        if is_event(name) {
            let start = attributes.len() - after.len() - value.len();
            let inner = inner(value);
            let range = start + inner.start..start + inner.end;
            found.push(Event { name, expression: &attributes[range.clone()], range });
        }
        rest = after.trim_start();
    }
    found
}

/// The names, and nothing else, that an element is handed as its properties: `:follow="follow"`, `follow={follow}`,
/// `{follow}`, `[follow]="follow"`.
pub(super) fn handed(attributes: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = attributes.trim_start();
    while let Some((name, value, after)) = next(rest) {
        let bound = name.starts_with([':', '[']) || name.starts_with("v-bind:") || value.starts_with('{');
        let expression = name.strip_suffix('}').or(bound.then(|| &value[inner(value)]));
        found.extend(expression.filter(|text| !is_event(name) && is_name(text)).map(str::trim));
        rest = after.trim_start();
    }
    found
}

/// The properties that an element binds both ways, each with what it is bound to: `v-model:call="call"`,
/// `bind:call={call}`, `bind:call`, `[(call)]="call"`.
pub(super) fn bound(attributes: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = attributes.trim_start();
    while let Some((name, value, after)) = next(rest) {
        let whole = name.split('.').next().unwrap_or(name);
        let property = match whole.strip_prefix("v-model") {
            Some("") => Some(""),
            Some(named) => named.strip_prefix(':'),
            None => name.strip_prefix("bind:").or_else(|| name.strip_prefix("[(")?.strip_suffix(")]")),
        };
        if let Some(property) = property {
            let place = value[inner(value)].trim();
            found.push((property, if place.is_empty() { property } else { place }));
        }
        rest = after.trim_start();
    }
    found
}

/// The event whose handler stands behind this text: the element is written up to there.
pub(super) fn opened_by(text: &str) -> Option<&str> {
    let text = text.strip_suffix(['"', '\'']).unwrap_or(text).strip_suffix('=')?;
    let name = &text[text.rfind(char::is_whitespace)? + 1..];
    let capital = |rest: &str| rest.starts_with(|c: char| c.is_ascii_uppercase());
    (is_event(name) || name.strip_prefix("on").is_some_and(capital)).then_some(name)
}

/// Where an attribute's value is without its quotes and braces.
fn inner(value: &str) -> Range<usize> {
    let start = value.len() - value.trim_start_matches(['"', '\'']).len();
    let end = value.trim_end_matches(['"', '\'']).len().max(start);
    let text = &value[start..end];
    let braced = text.len() > 1 && text.starts_with('{') && text.ends_with('}');
    if braced { start + 1..end - 1 } else { start..end }
}

/// The first attribute: its name, its value, and what comes after.
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
    Some((name, value, after))
}

fn is_event(name: &str) -> bool {
    let lower = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
    name.starts_with('@')
        || name.starts_with("v-on:")
        || name.starts_with('(') && name.ends_with(')')
        || name.strip_prefix("on").is_some_and(|rest| rest.starts_with(':') || lower(rest))
}

/// The expression is the name of a function and nothing else.
pub(super) fn is_name(expression: &str) -> bool {
    let whole = own(expression.trim().trim_end_matches(';'));
    !whole.is_empty() && whole.chars().all(is_part)
}

/// What an expression is the name of, or else what it calls.
pub(super) fn functions(expression: &str) -> Vec<&str> {
    if is_name(expression) {
        return vec![own(expression.trim().trim_end_matches(';'))];
    }
    let mut found = Vec::new();
    for (at, _) in expression.match_indices('(') {
        let before = expression[..at].trim_end();
        let path = &before[before.rfind(|c: char| !is_part(c) && c != '.').map_or(0, |last| last + 1)..];
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

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}
