//! Links from rules' ids, in comments and settings, to their pages.
//!
//! Looks at lines that speak of connlint only.

use gen_lsp_types::{DocumentLink, Range};

use super::documents::position;
use super::pages::Pages;
use crate::rules::RULES;
use crate::source::{LineIndex, Units};

/// `settings`: the whole text is connlint's own.
pub fn links(text: &str, settings: bool, pages: &Pages, units: Units) -> Vec<DocumentLink> {
    let lines = LineIndex::new(text);
    let mut found = Vec::new();
    for rule in RULES {
        let words = text.match_indices(rule.id).filter(|(at, _)| is_word(text, *at, rule.id.len()));
        let told = words
            .filter(|(at, _)| settings || lines.line_text(text, lines.line(*at as u32)).contains("connlint-ignore"));
        found.extend(told.map(|(at, id)| DocumentLink {
            range: Range {
                start: position(&lines, text, at, units),
                end: position(&lines, text, at + id.len(), units),
            },
            target: pages.uri(rule.id),
            tooltip: Some(rule.summary.into()),
            data: None,
        }));
    }
    found.sort_by_key(|link| link.range.start);
    found
}

fn is_word(text: &str, at: usize, length: usize) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let before = text[..at].chars().next_back();
    let after = text[at + length..].chars().next();
    !before.is_some_and(is_part) && !after.is_some_and(is_part)
}
