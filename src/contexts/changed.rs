//! Which places stand on lines that a comparison found changed.
//!
//! Line starts are found once a file that has changed. Knows neither git nor findings.

use rustc_hash::FxHashMap;

use crate::finding::Place;
use crate::source::{Changes, FileId, LineIndex, Lines, SourceFile};

/// Empty where nothing is compared.
#[derive(Default)]
pub struct Changed<'a>(FxHashMap<FileId, (LineIndex, &'a Lines)>);

impl<'a> Changed<'a> {
    pub fn of(files: &[SourceFile], changes: Option<&'a Changes>) -> Self {
        let Some(changes) = changes else { return Self::default() };
        let lines = |(at, file): (usize, &SourceFile)| {
            let changed = changes.lines(&file.absolute)?;
            Some((FileId(at as u32), (LineIndex::new(&file.text), changed)))
        };
        Self(files.iter().enumerate().filter_map(lines).collect())
    }

    /// Whether a line of the place has changed.
    pub fn touches(&self, place: Place) -> bool {
        let Some((lines, changed)) = self.0.get(&place.file) else { return false };
        let last = place.span.end.saturating_sub(1).max(place.span.start);
        changed.touch(lines.line(place.span.start), lines.line(last))
    }
}
