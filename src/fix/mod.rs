//! Applying fixes: which ones go together, what the texts become, and writing them down.
//!
//! A fix is applied whole or not at all, over all its files. Knows no language and no rule.

mod diff;
mod plan;
mod text;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

pub use diff::{NOWHERE, replacements, unified};
pub use plan::{Plan, plan};
pub use text::apply;
pub use write::{WriteError, write_all};

/// A file's text before and after fixing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it is shown to users.
    pub path: String,
    pub absolute: PathBuf,
    /// `None` for a file that is made.
    pub before: Option<Arc<str>>,
    pub after: Arc<str>,
}

impl Change {
    /// The text before it; nothing where there was no file.
    pub fn old(&self) -> &str {
        self.before.as_deref().unwrap_or_default()
    }
}
