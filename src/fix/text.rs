//! Edits on a text.
//!
//! Keeps the text's own line endings; refuses what does not fit instead of guessing.

use crate::finding::Edit;

/// The text with the edits made, which must be sorted and free of overlaps; `None` when one does
/// not fit.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let windows = text.contains("\r\n");
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(text.get(done..edit.span.range().start)?);
        push(&mut out, &edit.text, windows);
        done = edit.span.range().end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

fn push(out: &mut String, text: &str, windows: bool) {
    if windows {
        out.push_str(&text.replace("\r\n", "\n").replace('\n', "\r\n"));
    } else {
        out.push_str(text);
    }
}

/// Whether an edit's span lies in the text, on character boundaries.
pub fn fits(text: &str, edit: &Edit) -> bool {
    text.get(edit.span.range()).is_some()
}
