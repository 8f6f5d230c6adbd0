//! How comments look in a file, by its name.

use std::path::Path;

use crate::source::{FileKind, kind_of};

/// What begins a comment to the end of the line; `None` where suppressions have no effect.
pub fn comment_start(path: &Path) -> Option<&'static str> {
    match kind_of(path)? {
        FileKind::Python => Some("#"),
        FileKind::Settings => None,
        _ => Some("//"),
    }
}
