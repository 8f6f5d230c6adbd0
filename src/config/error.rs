//! What is wrong with settings: the place, the reason, and what was probably meant.
//!
//! Words only; knows no setting's meaning.

use super::de::Fault;
use super::tree::Place;
use crate::frontend::settings::Syntax;
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

    /// A document that does not parse.
    pub(super) fn syntax(text: &str, file: &str, name: &str, error: &Syntax) -> Self {
        // TOML's own parser tells the column and what it expected.
        let detail = toml::from_str::<toml::Table>(text).err().filter(|_| !name.ends_with(".json"));
        match detail {
            Some(detail) => {
                let position = detail.span().map(|span| LineIndex::new(text).position(text, span.start as u32));
                Self { file: file.into(), position, message: detail.message().trim_end().replace('\n', ", ") }
            }
            None => {
                let position = Position { line: error.line as u32, column: 1 };
                Self { file: file.into(), position: Some(position), message: error.message.clone() }
            }
        }
    }

    pub(super) fn fault(fault: &Fault, file: &str) -> Self {
        Self::at(&fault.place, file, plainly(&without_values(&with_hint(&fault.message))))
    }

    /// At a place, or in a file as a whole.
    pub fn at(place: &Option<Place>, file: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        match place {
            Some(place) => Self { file: place.file.to_string(), position: Some(place.position), message },
            None => Self { file: file.into(), position: None, message },
        }
    }

    /// A name that is not among the known ones.
    pub(super) fn unknown<'n>(
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'n str>,
        place: &Option<Place>,
    ) -> Self {
        Self::at(place, "", format!("unknown {what} `{name}`{}", hint(name, known)))
    }

    pub fn new(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.into(), position: None, message: message.into() }
    }
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

/// serde's "invalid type: integer `3`, expected struct Lint", in the words of who writes settings.
fn plainly(message: &str) -> String {
    let told = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    let Some((found, expected)) = told.and_then(|told| told.split_once(", expected ")) else { return message.into() };
    let expected = match expected {
        "a sequence" => "a list",
        "a map" => "a table",
        "a boolean" => "`true` or `false`",
        "u32" => "a whole number",
        "a nonzero u32" => "a whole number from 1 on",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    let found = match found.split_once(' ').unwrap_or((found, "")) {
        ("string", _) => "a string".into(),
        ("sequence", _) => "a list".into(),
        ("map", _) => "a table".into(),
        ("unit", _) => "nothing".into(),
        ("boolean" | "integer", value) => value.to_string(),
        ("floating", value) => value.trim_start_matches("point ").to_string(),
        _ => found.to_string(),
    };
    format!("expected {expected}, found {found}")
}

/// serde's "unknown field `x`, expected one of `a`, `b`", with the nearest name first.
fn with_hint(message: &str) -> String {
    let message = message.trim_end();
    let mut names = message.split('`').skip(1).step_by(2);
    let is_unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    match (is_unknown, names.next()) {
        (true, Some(key @ ("select" | "ignore" | "severity"))) if names.clone().any(|name| name == "lint") => {
            format!("{message}; `{key}` belongs into `[lint]`")
        }
        (true, Some("off")) => format!("{message}; rules that `ignore` lists are off"),
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
