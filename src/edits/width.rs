//! How wide a line may be: as the formatter of its language has it, unless the project says otherwise.
//!
//! Knows no library and no rule.

use super::nearest::nearest;
use crate::facts::{Language, Literal};
use crate::source::SourceFile;

/// Where formatters of Python are told.
const PYTHON: [&str; 2] = ["tool.ruff.line-length", "tool.black.line-length"];

/// Lines of a file of this language should not be wider.
pub(super) fn of(language: Language, files: &[SourceFile], path: &str) -> usize {
    match language {
        Language::Rust => RUST,
        Language::Python => told(files, path).unwrap_or(88),
        _ => SCRIPT,
    }
}

pub(super) const RUST: usize = 100;
pub(super) const SCRIPT: usize = 80;

fn told(files: &[SourceFile], path: &str) -> Option<usize> {
    nearest(files, path, "pyproject.toml").into_iter().find_map(|(key, value)| match value {
        Literal::Num(width) if PYTHON.contains(&key.as_str()) => Some(width as usize),
        _ => None,
    })
}
