//! Reporting only what touches changed lines.
//!
//! Knows which lines have changed, and how that moves when fixes are made. Asks git nothing itself.

use super::Session;
use crate::contexts::changed::Changed;
use crate::finding::{Edit, Finding};
use crate::source::{Changes, LineIndex, Lines, Overlay};

impl Session {
    /// Of each finding, whether its place, or one of its chain or beside it, touches a changed line. All do when no
    /// comparison was asked for.
    pub(super) fn is_changed(&self) -> impl Fn(&Finding) -> bool {
        let changed = self.changes.as_ref().map(|changes| Changed::of(&self.files, Some(changes)));
        move |finding| {
            let beside = finding.related.iter().chain(&finding.also.places).map(|related| related.place);
            let mut places = std::iter::once(finding.place).chain(beside);
            changed.as_ref().is_none_or(|changed| places.any(|place| changed.touches(place)))
        }
    }

    /// Whether the file was read as it is staged though it holds something else.
    pub fn is_staged_otherwise(&self, path: &std::path::Path) -> bool {
        self.changes.as_ref().is_some_and(|changes| changes.staged.contains_key(path))
    }
}

/// Texts as they are staged stand for those of the working tree; what an editor holds wins.
pub(super) fn overlay_staged(overlay: &mut Overlay, changes: Option<&Changes>) {
    for (path, text) in changes.into_iter().flat_map(|changes| &changes.staged) {
        overlay.entry(path.clone()).or_insert_with(|| text.clone());
    }
}

/// The changed lines of a text after sorted edits.
pub(super) fn follow(changed: &mut Lines, text: &str, edits: &[Edit]) {
    let lines = LineIndex::new(text);
    // From the end, so that the lines of edits to come still count.
    for edit in edits.iter().rev() {
        let (first, last) = (lines.line(edit.span.start), lines.line(edit.span.end));
        let breaks = edit.text.matches('\n').count() as u32;
        changed.follow(first, last, 1 + breaks);
    }
}
