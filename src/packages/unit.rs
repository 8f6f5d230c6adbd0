//! One source file of a project with its facts.
//!
//! Knows no other file.

use std::sync::Arc;

use super::kinds::FileClass;
use crate::facts::{FileFacts, FnId};
use crate::source::FileId;

/// One source file with its facts.
#[derive(Clone)]
pub struct Unit {
    /// Index into the session's files.
    pub source: FileId,
    /// Relative to the project's root, with `/`.
    pub path: String,
    pub facts: Arc<FileFacts>,
    /// False where the facts hold imports alone.
    pub parsed: bool,
    /// What its path says of it.
    pub class: FileClass,
    /// Something in it may be a comment for connlint.
    pub remarks: bool,
}

impl Unit {
    /// The file is headed by the directive.
    pub fn has_directive(&self, text: &str) -> bool {
        self.facts.directives.iter().any(|directive| directive.text == text && directive.function == FnId::TOP)
    }
}
