//! Places of findings as the editor shows them.
//!
//! What was judged may be an earlier text than what is shown: places move with what has been typed
//! since. Knows findings and texts, no rule.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use gen_lsp_types::{Location, Range};
use rustc_hash::FxHashMap;

use super::documents::{Documents, position, uri_of};
use super::shift::Shift;
use crate::facts::Span;
use crate::finding::Place;
use crate::session::Outcome;
use crate::source::{FileId, LineIndex, SourceFile, Units};

pub struct View<'a> {
    pub outcome: &'a Outcome,
    documents: &'a Documents,
    units: Units,
    files: RefCell<FxHashMap<FileId, Rc<Shown<'a>>>>,
}

/// One file as the editor shows it.
pub struct Shown<'a> {
    pub file: &'a SourceFile,
    pub text: &'a str,
    pub lines: LineIndex,
    pub shift: Shift,
    pub version: Option<i32>,
}

impl<'a> View<'a> {
    pub fn new(outcome: &'a Outcome, documents: &'a Documents, units: Units) -> Self {
        Self { outcome, documents, units, files: RefCell::default() }
    }

    pub fn shown(&self, id: FileId) -> Option<Rc<Shown<'a>>> {
        if let Some(known) = self.files.borrow().get(&id) {
            return Some(Rc::clone(known));
        }
        let file = self.outcome.files.get(id.index())?;
        let document = self.documents.get(&file.absolute);
        let text: &'a str = document.map_or(&file.text, |document| &document.text);
        let (lines, shift) = (LineIndex::new(text), Shift::between(&file.text, text));
        let shown = Rc::new(Shown { file, text, lines, shift, version: document.map(|document| document.version) });
        self.files.borrow_mut().insert(id, Rc::clone(&shown));
        Some(shown)
    }

    pub fn file(&self, path: &Path) -> Option<FileId> {
        let at = self.outcome.files.binary_search_by(|file| file.absolute.as_path().cmp(path)).ok()?;
        Some(FileId(at as u32))
    }

    /// The folder that the paths of files count from.
    pub fn root(&self) -> Option<&Path> {
        self.outcome.files.first()?.root()
    }

    pub fn range(&self, place: Place) -> Range {
        self.shown(place.file).map_or_else(Range::default, |shown| shown.range(place.span, self.units))
    }

    /// The first line of a place: an effect of fifty lines is not underlined as a whole.
    pub fn head(&self, place: Place) -> Range {
        self.shown(place.file).map_or_else(Range::default, |shown| shown.head(place.span, self.units))
    }

    pub fn location(&self, place: Place) -> Option<Location> {
        let shown = self.shown(place.file)?;
        let uri = uri_of(self.documents, &shown.file.absolute);
        Some(Location { uri, range: shown.range(place.span, self.units) })
    }
}

impl Shown<'_> {
    pub fn range(&self, span: Span, units: Units) -> Range {
        let at = |offset: u32| position(&self.lines, self.text, self.shift.shown(offset as usize), units);
        Range { start: at(span.start), end: at(span.end.max(span.start)) }
    }

    fn head(&self, span: Span, units: Units) -> Range {
        let [start, end] = [span.start, span.end.max(span.start)].map(|offset| self.shift.shown(offset as usize));
        let text = self.text.get(start..end).unwrap_or_default();
        let first = text.split_once('\n').map_or(text, |(first, _)| first.trim_end());
        let at = |offset: usize| position(&self.lines, self.text, offset, units);
        Range { start: at(start), end: at(start + first.len()) }
    }
}
