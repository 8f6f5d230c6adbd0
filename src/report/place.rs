//! Where findings are: paths as shown, lines, columns, and the numbered chain of places.
//!
//! Columns count code points, from 1, as lines do. Places that lie outside of their file are
//! moved inside it: a report never fails. Knows no format.

use std::cell::OnceCell;
use std::path::{Component, Path};

use super::{Report, mask};
use crate::facts::Span;
use crate::finding::{Finding, Place, Related};
use crate::source::{FileId, SourceFile};

/// Longest chain that is shown; of a longer one the first place and the last ones are.
pub(super) const CHAIN: usize = 20;

/// A position in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub line: usize,
    pub column: usize,
    pub offset: usize,
}

/// One place of a finding: its evidence in order, the primary place last.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// From 1; `None` when the finding has one place only.
    pub number: Option<usize>,
    pub place: Place,
    pub message: String,
    pub primary: bool,
}

impl Step {
    pub fn text(&self) -> String {
        match self.number {
            Some(number) if self.message.is_empty() => number.to_string(),
            Some(number) => format!("{number}: {}", self.message),
            None => self.message.clone(),
        }
    }
}

/// The numbered chain of a finding, capped at [`CHAIN`].
pub(super) fn chain(finding: &Finding) -> Vec<Step> {
    let last = finding.related.len() + 1;
    let primary = (finding.place, finding.label.as_str(), true);
    let related = finding.related.iter().map(|related| (related.place, related.message.as_str(), false));
    related
        .chain([primary])
        .enumerate()
        .filter(|(index, _)| *index == 0 || index + CHAIN > last)
        .map(|(index, (place, message, primary))| Step {
            number: (last > 1).then_some(index + 1),
            place,
            message: mask::words(message),
            primary,
        })
        .collect()
}

/// The places beside the chain, capped at [`CHAIN`].
pub(super) fn beside(finding: &Finding) -> impl Iterator<Item = Step> {
    let step =
        |also: &Related| Step { number: None, place: also.place, message: mask::words(&also.message), primary: false };
    finding.also.places.iter().take(CHAIN).map(step)
}

/// Lines and paths of a report's files; line starts are found once a file.
pub(super) struct Places<'a> {
    files: &'a [SourceFile],
    base: &'a Path,
    starts: Vec<OnceCell<Vec<usize>>>,
}

impl<'a> Places<'a> {
    pub fn new(report: &Report<'a>) -> Self {
        Self::of(report.files, report.base)
    }

    pub fn of(files: &'a [SourceFile], base: &'a Path) -> Self {
        Self { files, base, starts: files.iter().map(|_| OnceCell::new()).collect() }
    }

    pub fn text(&self, file: FileId) -> &'a str {
        self.files.get(file.index()).map_or("", |file| &file.text)
    }

    pub fn path(&self, file: FileId) -> String {
        let Some(file) = self.files.get(file.index()) else { return String::from("unknown") };
        relative(&file.absolute, self.base).unwrap_or_else(|| file.path.clone())
    }

    /// The path as a line of text shows it; formats for programs tell it as it is.
    pub fn name(&self, file: FileId) -> String {
        mask::name(&self.path(file))
    }

    pub fn start(&self, place: Place) -> Point {
        self.point(place.file, place.span.start)
    }

    pub fn end(&self, place: Place) -> Point {
        self.point(place.file, place.span.end.max(place.span.start))
    }

    pub fn span(&self, file: FileId, span: Span) -> (Point, Point) {
        let place = Place { file, span };
        (self.start(place), self.end(place))
    }

    /// Byte offset at which a line (from 1) starts; the text's end beyond the last one.
    pub fn line_start(&self, file: FileId, line: usize) -> usize {
        self.starts(file).get(line.saturating_sub(1)).copied().unwrap_or(self.text(file).len())
    }

    fn point(&self, file: FileId, offset: u32) -> Point {
        let text = self.text(file);
        let offset = text.floor_char_boundary(offset as usize);
        let starts = self.starts(file);
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Point { line, column, offset }
    }

    fn starts(&self, file: FileId) -> &[usize] {
        let Some(cell) = self.starts.get(file.index()) else { return &[0] };
        cell.get_or_init(|| {
            let breaks = self.text(file).match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(breaks).collect()
        })
    }
}

/// `path` seen from `base`, with `/`; nothing when either is not absolute or they share no root.
fn relative(path: &Path, base: &Path) -> Option<String> {
    if !path.is_absolute() || !base.is_absolute() {
        return None;
    }
    let (path, base): (Vec<_>, Vec<_>) = (path.components().collect(), base.components().collect());
    let shared = path.iter().zip(&base).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return None;
    }
    let up = base.iter().skip(shared).map(|_| String::from(".."));
    let down = path.iter().skip(shared).map(|part: &Component| part.as_os_str().to_string_lossy().into_owned());
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}
