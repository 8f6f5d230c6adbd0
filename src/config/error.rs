//! What is wrong with a `connlint.toml`: the place, the reason, and what was probably meant.
//!
//! Words only; knows no setting's meaning.

use crate::source::{LineIndex, Position};

/// Displays as `file:line:column: message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub file: String,
    pub position: Option<Position>,
    pub message: String,
}

impl std::error::Error for ConfigError {}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.position {
            Some(Position { line, column }) => write!(out, "{}:{line}:{column}: {}", self.file, self.message),
            None => write!(out, "{}: {}", self.file, self.message),
        }
    }
}

impl ConfigError {
    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Self {
        Self { file: file.into(), position: None, message: format!("cannot be read: {error}") }
    }

    pub(super) fn syntax(text: &str, file: &str, error: &toml::de::Error) -> Self {
        let position = error.span().map(|span| position(text, span.start));
        let message = without_values(&with_hint(error.message()));
        Self { file: file.into(), position, message }
    }

    pub(super) fn unknown_rule(text: &str, file: &str, id: &str, rules: &[&str]) -> Self {
        Self {
            file: file.into(),
            position: find_word(text, id).map(|offset| position(text, offset)),
            message: format!("unknown rule `{id}`{}", hint(id, rules.iter().copied())),
        }
    }

    pub fn new(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.into(), position: None, message: message.into() }
    }
}

fn position(text: &str, offset: usize) -> Position {
    LineIndex::new(text).position(text, offset as u32)
}

/// `invalid type: string "…"`: a value may be a secret that stands in the wrong place.
fn without_values(message: &str) -> String {
    let mut parts = message.split('"');
    let mut shown = parts.next().unwrap_or_default().to_string();
    for (at, part) in parts.enumerate() {
        shown.push('"');
        shown.push_str(if at % 2 == 0 { "…" } else { part });
    }
    shown
}

/// Where a rule's id stands as a whole word.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut matches = text.match_indices(word).map(|(at, _)| at);
    matches.find(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// serde's "unknown field `x`, expected one of `a`, `b`", with the nearest name first.
fn with_hint(message: &str) -> String {
    let message = message.trim_end();
    let mut names = message.split('`').skip(1).step_by(2);
    let is_unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    match (is_unknown, names.next()) {
        (true, Some(written)) => format!("{message}{}", hint(written, names)),
        _ => message.replace('\n', ", "),
    }
}

fn hint<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> String {
    nearest(written, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The known name that a misspelt one is closest to, when it is close at all.
pub fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.map(|name| (strsim::jaro_winkler(written, name), name));
    let best = scored.max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.cmp(left.1)))?;
    (best.0 >= 0.8).then_some(best.1)
}
