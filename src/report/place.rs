//! Where findings are: paths as shown, lines, columns, and the numbered chain of places.
//!
//! Columns count code points, from 1, as lines do. Places that lie outside of their file are
//! moved inside it: a report never fails. Knows no format.

use std::cell::OnceCell;
use std::path::{Component, Path};

use rustc_hash::FxHashMap;

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

/// One place of a finding.
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

/// The places beside the chain, capped at [`CHAIN`].
pub(super) fn beside<'f>(finding: &'f Finding, places: &'f Places) -> impl Iterator<Item = Step> + 'f {
    let step =
        |also: &Related| Step { number: None, place: also.place, message: places.words(&also.message), primary: false };
    finding.also.places.iter().take(CHAIN).map(step)
}

/// Lines and paths of a report's files; line starts are found once a file.
pub(super) struct Places<'a> {
    files: &'a [SourceFile],
    base: &'a Path,
    starts: Vec<OnceCell<Vec<usize>>>,
    /// Files whose paths from the project's root are not those from the base, by the former.
    elsewhere: FxHashMap<&'a str, FileId>,
}

impl<'a> Places<'a> {
    pub fn new(report: &Report<'a>) -> Self {
        Self::of(report.files, report.base)
    }

    pub fn of(files: &'a [SourceFile], base: &'a Path) -> Self {
        let starts = files.iter().map(|_| OnceCell::new()).collect();
        let mut places = Self { files, base, starts, elsewhere: FxHashMap::default() };
        let ids = (0..).map(FileId).zip(files);
        places.elsewhere =
            ids.filter(|(id, file)| places.path(*id) != file.path).map(|(id, file)| (&*file.path, id)).collect();
        places
    }

    /// The chain of a finding in the order in which things happen, numbered and capped at [`CHAIN`]: the first place
    /// and the last ones.
    pub fn chain(&self, finding: &Finding) -> Vec<Step> {
        let all = finding.chain();
        let last = all.len();
        let step = |(index, (place, message, primary))| Step {
            number: (last > 1).then_some(index + 1),
            place,
            message: self.words(message),
            primary,
        };
        let shown = |(index, (.., primary)): &(usize, (_, _, bool))| *index == 0 || index + CHAIN > last || *primary;
        all.into_iter().enumerate().filter(shown).map(step).collect()
    }

    /// Prose as the report shows it: without secrets, and with paths that count from its base as all others do.
    pub fn words(&self, text: &str) -> String {
        let text = mask::words(text);
        if self.elsewhere.is_empty() {
            return text;
        }
        let ends = |c: char| c.is_whitespace() || "`'\"(),;".contains(c);
        let mut shown = String::with_capacity(text.len());
        for word in text.split_inclusive(ends) {
            let bare = word.trim_end_matches(ends);
            let path = bare.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(':');
            match self.elsewhere.get(path) {
                Some(file) => shown.push_str(&format!("{}{}", self.name(*file), &word[path.len()..])),
                None => shown.push_str(word),
            }
        }
        shown
    }

    pub fn text(&self, file: FileId) -> &'a str {
        self.files.get(file.index()).map_or("", |file| &file.text)
    }

    pub fn path(&self, file: FileId) -> String {
        let Some(file) = self.files.get(file.index()) else { return String::from("unknown") };
        relative(&file.absolute, self.base).unwrap_or_else(|| file.path.clone())
    }

    /// The path of a file that is not there yet, from the project's root as it is given.
    pub fn new_path(&self, path: &str) -> String {
        let root = self.files.first().and_then(SourceFile::root);
        root.and_then(|root| relative(&root.join(path), self.base)).unwrap_or_else(|| path.to_string())
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
