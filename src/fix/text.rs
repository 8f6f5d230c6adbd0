//! Edits on a text.
//!
//! Keeps the text's own line endings; refuses what does not fit instead of guessing.

use crate::finding::Edit;
use crate::finding::lines::ended_as;

/// The text with the edits made, which must be sorted and free of overlaps; `None` when one does
/// not fit.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(text.get(done..edit.span.range().start)?);
        out.push_str(&ended_as(&edit.text, text));
        done = edit.span.range().end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// Whether an edit's span lies in the text, on character boundaries.
pub fn fits(text: &str, edit: &Edit) -> bool {
    text.get(edit.span.range()).is_some()
}
