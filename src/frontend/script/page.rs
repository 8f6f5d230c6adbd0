//! Handlers that a component's template puts on the page: `<svelte:window on:pagehide={leave} />`.
//!
//! They are written into the blanked source as assignments at their own place, `onpagehide=(leave)`, so
//! that offsets stay those of the file. Knows no event and no rule.

use std::ops::Range;

use super::template;

const TAGS: [&str; 3] = ["<svelte:window", "<svelte:document", "<svelte:body"];

pub(super) struct Handler {
    /// Where the attribute begins.
    start: usize,
    event: Range<usize>,
    /// With its braces.
    expression: Range<usize>,
}

impl Handler {
    /// The attribute, and a byte on either side.
    pub(super) fn all(&self) -> Range<usize> {
        self.start - 1..self.expression.end + 1
    }
}

pub(super) fn handlers(text: &str) -> Vec<Handler> {
    let starts = TAGS.iter().flat_map(|tag| text.match_indices(tag).map(|(at, _)| at + tag.len()));
    let mut found = Vec::new();
    for start in starts {
        let Some(end) = template::tag_end(text, start) else { continue };
        let mut at = start;
        while let Some(handler) = next(text, at, end) {
            at = handler.expression.end;
            found.push(handler);
        }
    }
    found.sort_by_key(|handler| handler.start);
    found
}

/// The next `on:event={…}` or `onevent={…}` of a tag.
fn next(text: &str, from: usize, end: usize) -> Option<Handler> {
    let mut at = from;
    loop {
        let start = at + text.get(at..end)?.find(|c: char| !c.is_whitespace())?;
        let word = text.get(start..end)?;
        let ends = |c: char| c.is_whitespace() || matches!(c, '{' | '"' | '\'' | '/');
        let open = start + word.find(ends).unwrap_or(word.len());
        if text.as_bytes().get(open) != Some(&b'{') {
            at = open.max(start + 1);
            continue;
        }
        at = template::brace_end(text, open);
        let handler = named(text, start, open..at);
        if handler.is_some() {
            return handler;
        }
    }
}

fn named(text: &str, start: usize, expression: Range<usize>) -> Option<Handler> {
    let apart = text.as_bytes().get(start.checked_sub(1)?)?.is_ascii_whitespace();
    let name = text.get(start..expression.start).filter(|_| apart)?.strip_suffix('=')?;
    let rest = name.strip_prefix("on")?;
    let event = rest.strip_prefix(':').unwrap_or(rest);
    let first = start + name.len() - event.len();
    let event =
        event.split('|').next().filter(|event| !event.is_empty() && event.bytes().all(|b| b.is_ascii_lowercase()))?;
    Some(Handler { start, event: first..first + event.len(), expression })
}

/// Writes the assignments over the blanks. Each takes no more room than its attribute and a byte on
/// either side: a line break, so that it joins no statement before it, and a semicolon.
pub(super) fn write(text: &str, handlers: &[Handler], source: &mut [u8]) {
    for handler in handlers {
        let body = handler.expression.start + 1..handler.expression.end - 1;
        let (Some(event), Some(inner)) = (text.get(handler.event.clone()), text.get(body.clone())) else { continue };
        let head = format!("\non{event}=(");
        let pieces = [(handler.start - 1, head.as_str()), (body.start, inner), (body.end, ");")];
        for (at, piece) in pieces {
            if let Some(to) = source.get_mut(at..at + piece.len()) {
                to.copy_from_slice(piece.as_bytes());
            }
        }
    }
}
