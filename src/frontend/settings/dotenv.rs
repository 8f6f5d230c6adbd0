//! Environment files: `KEY=value` lines with `export`, quotes, comments, values of several lines.
//!
//! Never fails: a line that is no assignment is left out.

use super::tree::text_entry;
use crate::facts::Span;
use crate::facts::settings::Entry;

pub(super) fn lower(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let line = text[at..].split('\n').next().unwrap_or("");
        let mut end = at + line.len();
        if let Some((key, value_start)) = assignment(line) {
            let (value, length) = value(&text[at + value_start..]);
            let span = Span::new(at + value_start, at + value_start + length);
            entries.push(text_entry(&line[key.clone()], &value, span, Span::new(at + key.start, at + key.end)));
            // The rest of the last line is a comment.
            let rest = span.end as usize;
            end = end.max(rest + text[rest..].find('\n').unwrap_or(text.len() - rest));
        }
        at = end + 1;
    }
    entries
}

/// The key's range and where the value starts.
fn assignment(line: &str) -> Option<(std::ops::Range<usize>, usize)> {
    let equals = line.find('=')?;
    let head = line[..equals].trim_end();
    let key = head.trim_start();
    let key = key.strip_prefix("export ").map_or(key, str::trim_start);
    let named = |c: char| c.is_alphanumeric() || "_.-".contains(c);
    if key.is_empty() || !key.chars().all(named) {
        return None;
    }
    let blanks = line[equals + 1..].len() - line[equals + 1..].trim_start_matches([' ', '\t']).len();
    Some((head.len() - key.len()..head.len(), equals + 1 + blanks))
}

/// The value and the length of what is written for it.
fn value(rest: &str) -> (String, usize) {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    if let Some(quote) = quote
        && let Some(length) = closing(&rest[1..], quote)
    {
        let inner = &rest[1..1 + length];
        let value = if quote == '"' { inner.replace("\\n", "\n").replace("\\\"", "\"") } else { inner.to_string() };
        return (value, length + 2);
    }
    let line = rest.split('\n').next().unwrap_or("");
    let comment = line.match_indices('#').map(|(at, _)| at).find(|at| line[..*at].ends_with([' ', '\t']) || *at == 0);
    let value = line[..comment.unwrap_or(line.len())].trim_end();
    (value.to_string(), value.len())
}

/// Where the quote ends; an escaped one does not.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}
