//! Source frames: the excerpt around the places of a finding, drawn by miette.
//!
//! An excerpt is made here (lines, masking, cutting of long lines) and only drawn there, so the
//! drawing sees short single-line labels inside a small text whatever the file holds. Knows
//! nothing of rules and messages.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

use super::Style;
use super::human::wrapped;
use super::masks::Masks;
use super::place::{Places, Point, Step};
use crate::source::FileId;

/// Places of one file that are no more lines apart stand in one frame.
const NEAR: usize = 4;
/// Longer lines are cut around their labels, at any width of a terminal.
const WIDTH: usize = 180;
/// Columns of line numbers and frame.
const GUTTER: usize = 8;
/// In bytes; less of a line tells nothing.
const NARROWEST: usize = 40;

/// The frames of a chain: the primary place's first, the others in the order of their first places.
pub(super) fn draw(chain: &[Step], places: &Places, style: Style) -> String {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(400).without_syntax_highlighting();
    let width = style.columns.map_or(WIDTH, |columns| columns.saturating_sub(GUTTER).clamp(NARROWEST, WIDTH));
    let mut text = String::new();
    let mut groups = groups(chain, places);
    groups.sort_by_key(|group| !group.steps.iter().any(|step| step.primary));
    for group in groups {
        let mut drawn = String::new();
        let excerpt = Excerpt::new(&group, places, width);
        if handler.render_report(&mut drawn, &excerpt).is_ok() {
            // The first line is the report's own headline, which is empty.
            text.push_str(drawn.split_once('\n').map_or("", |(_, frame)| frame));
        }
    }
    text
}

/// Places of one file that share a frame.
struct Group<'a> {
    file: FileId,
    first: usize,
    last: usize,
    steps: Vec<&'a Step>,
}

impl Group<'_> {
    fn near(&self, other: &Self) -> bool {
        self.file == other.file && self.first <= other.last + NEAR && other.first <= self.last + NEAR
    }

    fn absorb(&mut self, mut other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.steps.append(&mut other.steps);
    }
}

fn groups<'a>(chain: &'a [Step], places: &Places) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    for step in chain {
        let line = places.start(step.place).line;
        let mut group = Group { file: step.place.file, first: line, last: line, steps: vec![step] };
        let at = groups.iter().position(|other| other.near(&group));
        for near in groups.extract_if(.., |other| other.near(&group)).collect::<Vec<_>>() {
            group.absorb(near);
        }
        groups.insert(at.unwrap_or(groups.len()).min(groups.len()), group);
    }
    groups
}

/// A label inside an excerpt.
#[derive(Debug)]
struct Label {
    start: usize,
    end: usize,
    text: String,
    primary: bool,
    at: Point,
}

/// Some lines of a file as they are shown.
#[derive(Debug)]
struct Excerpt {
    name: String,
    /// Line number of the first line, from 1.
    first: usize,
    text: String,
    labels: Vec<Label>,
}

impl Excerpt {
    fn new(group: &Group, places: &Places, width: usize) -> Self {
        let before = group.first.saturating_sub(1);
        let context = before > 0 && !raw_line(places, group.file, before).trim().is_empty();
        let first = if context { before } else { group.first };
        let name = places.name(group.file);
        let masks = Masks::of(&name, places.text(group.file));
        let mut excerpt = Self { name: name.clone(), first, text: String::new(), labels: Vec::new() };
        for number in first..=group.last {
            excerpt.push(number, group, places, &masks, width);
        }
        excerpt.labels.sort_by_key(|label| (label.start, label.end));
        excerpt
    }

    /// Adds a line and the labels that start on it.
    fn push(&mut self, number: usize, group: &Group, places: &Places, masks: &Masks, width: usize) {
        let raw = raw_line(places, group.file, number);
        let start = places.line_start(group.file, number);
        let mut labels: Vec<Label> =
            group.steps.iter().filter_map(|step| label(step, places, number, start, raw)).collect();
        let shown = masks.line(number - 1, raw);
        labels.iter_mut().for_each(|label| (label.start, label.end) = (shown.at(label.start), shown.at(label.end)));
        let (line, skipped) = cut(&shown.text, &labels, width);
        for label in &mut labels {
            let inside = |at: usize| self.text.len() + line.floor_char_boundary(skipped.apply(at).min(line.len()));
            (label.start, label.end) = (inside(label.start), inside(label.end));
        }
        let before = self.text.len();
        self.text.push_str(&line);
        self.text.push('\n');
        side_by_side(&mut labels, &self.text);
        for label in &mut labels {
            let column = self.text.get(before..label.start.midpoint(label.end)).map_or(0, |text| text.chars().count());
            label.text = wrapped(&label.text, width.saturating_sub(column + 4).max(NARROWEST)).join("\n");
        }
        self.labels.append(&mut labels);
    }
}

/// A label that holds others ends where the first of them begins: drawn over each other, their marks would point astray.
fn side_by_side(labels: &mut [Label], text: &str) {
    labels.sort_by_key(|label| (label.start, label.end));
    for at in 1..labels.len() {
        let next = labels[at].start;
        let label = &mut labels[at - 1];
        if label.start < next && next < label.end {
            let own = text.get(label.start..next).unwrap_or_default().trim_end();
            label.end = label.start + own.len().max(1);
        }
    }
}

/// The label of a step that starts on the line, clipped to it.
fn label(step: &Step, places: &Places, number: usize, line_start: usize, raw: &str) -> Option<Label> {
    let at = places.start(step.place);
    if at.line != number {
        return None;
    }
    let start = at.offset.saturating_sub(line_start).min(raw.len());
    let end = places.end(step.place).offset.saturating_sub(line_start).clamp(start, raw.trim_end().len().max(start));
    Some(Label { start, end, text: step.text(), primary: step.primary, at })
}

fn raw_line<'a>(places: &Places<'a>, file: FileId, number: usize) -> &'a str {
    let range = places.line_start(file, number)..places.line_start(file, number + 1);
    places.text(file).get(range).unwrap_or("").trim_end_matches(['\n', '\r'])
}

/// Where offsets of a line went when its start was cut off.
struct Skipped {
    bytes: usize,
    mark: usize,
}

impl Skipped {
    fn apply(&self, at: usize) -> usize {
        at.saturating_sub(self.bytes) + self.mark
    }
}

/// A long line is cut to a window that shows the start of its labels, of the primary one in any case.
fn cut(line: &str, labels: &[Label], width: usize) -> (String, Skipped) {
    if line.len() <= width {
        return (line.to_string(), Skipped { bytes: 0, mark: 0 });
    }
    let first = labels.iter().map(|label| label.start).min().unwrap_or(0);
    let meant = labels.iter().find(|label| label.primary).map_or(first, |label| label.start);
    let wanted = if meant.saturating_sub(first) < width / 2 { first } else { meant };
    let start = line.floor_char_boundary(if wanted < width / 2 { 0 } else { wanted - width / 4 });
    let end = line.floor_char_boundary((start + width).min(line.len()));
    let dots = |there: bool| if there { "…" } else { "" };
    let (head, tail) = (dots(start > 0), dots(end < line.len()));
    let shown = format!("{head}{}{tail}", &line[start..end]);
    (shown, Skipped { bytes: start, mark: head.len() })
}

impl SourceCode for Excerpt {
    /// All of the excerpt, so that it is drawn as one frame. Without context lines only the
    /// position is asked for, which is the one in the file.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let label =
            self.labels.iter().find(|label| label.start == span.offset() && label.end - label.start == span.len());
        let (line, column) = match label {
            Some(label) if before == 0 => (label.at.line - 1, label.at.column - 1),
            _ => (self.first - 1, 0),
        };
        let all = SourceSpan::from((0, self.text.len()));
        let count = self.text.lines().count();
        let data = self.text.as_bytes();
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, all, line, column, count)))
    }
}

impl Diagnostic for Excerpt {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().map(|label| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            let span = (label.start, label.end - label.start);
            if label.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}

impl std::error::Error for Excerpt {}

impl fmt::Display for Excerpt {
    fn fmt(&self, _: &mut fmt::Formatter) -> fmt::Result {
        Ok(())
    }
}
