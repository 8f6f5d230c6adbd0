//! Prisma schemas: the settings of `datasource` and `generator` blocks; models are left out.
//!
//! Never fails: a line that is no setting is left out.

use super::tree::text_entry;
use crate::facts::Span;
use crate::facts::settings::Entry;

pub(super) fn lower(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut block: Option<String> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = without_comment(line);
        if let Some(name) = opened(code) {
            block = Some(name);
        } else if code.trim_start().starts_with('}') {
            block = None;
        } else if let Some(block) = &block {
            setting(block, code, start, &mut entries);
        }
        start += line.len();
    }
    entries
}

/// `datasource db {` is `datasource.db`; other blocks are not of interest.
fn opened(code: &str) -> Option<String> {
    let mut words = code.trim().strip_suffix('{')?.split_whitespace();
    let (kind, name) = (words.next()?, words.next()?);
    matches!(kind, "datasource" | "generator").then(|| format!("{kind}.{name}"))
}

fn setting(block: &str, code: &str, start: usize, entries: &mut Vec<Entry>) {
    let Some(equals) = code.find('=') else { return };
    let (key, value) = (code[..equals].trim(), code[equals + 1..].trim());
    if key.is_empty() || value.is_empty() {
        return;
    }
    let key_start = start + code.len() - code.trim_start().len();
    let value_start = start + equals + 1 + (code.len() - equals - 1 - code[equals + 1..].trim_start().len());
    let key_span = Span::new(key_start, key_start + key.len());
    let span = Span::new(value_start, value_start + value.len());
    let path = format!("{block}.{key}");
    match value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(items) => {
            let items = items.split(',').map(str::trim).filter(|item| !item.is_empty()).enumerate();
            entries.extend(items.map(|(at, item)| text_entry(format!("{path}.{at}"), &plain(item), span, key_span)));
        }
        None => entries.push(text_entry(path, &plain(value), span, key_span)),
    }
}

/// A text without its quotes; `env("X")` as `env(X)`.
fn plain(value: &str) -> String {
    match value.strip_prefix("env(").and_then(|rest| rest.strip_suffix(')')) {
        Some(name) => format!("env({})", name.trim().trim_matches(['"', '\''])),
        None => value.trim_matches('"').to_string(),
    }
}

/// The line up to `//`, unless that stands inside a text.
fn without_comment(line: &str) -> &str {
    let mut inside = false;
    let mut slash = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => inside = !inside,
            '/' if slash && !inside => return &line[..at - 1],
            _ => {}
        }
        slash = c == '/';
    }
    line
}
