//! A change as a unified diff, in the form that `patch` and `git apply` read.
//!
//! Words only: knows neither fixes nor files.

use similar::TextDiff;

use super::Change;

/// One file's diff, with its header.
pub fn unified(change: &Change) -> String {
    let diff = TextDiff::from_lines(&*change.before, &*change.after);
    let old = format!("a/{}", change.path);
    let new = format!("b/{}", change.path);
    diff.unified_diff().context_radius(3).header(&old, &new).to_string()
}
