//! Fixes as a unified diff that `patch` and `git apply` take.
//!
//! What may not be shown is not part of it: lines of context end before it, and a fix of lines that hold it is told
//! by [`shows`] beforehand.

use similar::{Change, ChangeTag, TextDiff};

use super::Style;
use super::masks::Masks;
use super::paint::Paint;
use crate::finding::{Edit, Fix};
use crate::fix::NOWHERE;
use crate::source::{LineIndex, SourceFile};

/// Unchanged lines on either side of a change.
const CONTEXT: usize = 3;

/// Whether a diff of the fix can be applied though it tells no secret: neither the lines that it changes nor the one
/// after them, which `git apply` needs, hold one.
pub fn shows(fix: &Fix, files: &[SourceFile]) -> bool {
    fix.edits.iter().all(|edit| files.get(edit.file.index()).is_some_and(|file| shows_edit(edit, file)))
        && !fix.creates.iter().any(|new| Masks::of(&new.path, &new.text).hides(&new.text))
}

fn shows_edit(edit: &Edit, file: &SourceFile) -> bool {
    let lines = LineIndex::new(&file.text);
    let (first, last) = (lines.line(edit.span.start) as usize, lines.line(edit.span.end) as usize);
    // Whole lines that are taken out or written leave the line that they end at as it is.
    let begins = file.text[..edit.span.range().end].ends_with('\n');
    let whole = begins && (edit.text.is_empty() || edit.text.ends_with('\n'));
    let next = if whole { last } else { last + 1 };
    let masks = Masks::of(&file.path, &file.text);
    !masks.hide(first - 1..next) && !Masks::of(&file.path, &edit.text).hides(&edit.text)
}

/// One file's diff, with its header.
pub fn diff(change: &crate::fix::Change, style: Style) -> String {
    let paint = Paint(style);
    let path = quoted(&change.path);
    let old = change.before.as_ref().map_or(NOWHERE.to_string(), |_| format!("a/{path}"));
    let head = paint.code("1", &format!("--- {old}\n+++ b/{path}"));
    let whole = TextDiff::from_lines(change.old(), &*change.after);
    let masks = [change.old(), &*change.after].map(|text| Masks::of(&change.path, text));
    let mut out = format!("{head}\n");
    for group in whole.grouped_ops(CONTEXT) {
        let mut next = group.first().map_or([0, 0], |op| [op.old_range().start, op.new_range().start]);
        let changes = group.iter().flat_map(|op| whole.iter_changes(op));
        let lines: Vec<Line> = changes.map(|it| Line::new(&it, &mut next, &masks)).collect();
        // A line of context that may not be shown parts the hunk.
        for part in lines.split(|line| line.tag == ChangeTag::Equal && line.hides) {
            if part.iter().any(|line| line.tag != ChangeTag::Equal) {
                hunk(part, paint, &mut out);
            }
        }
    }
    out
}

/// As git writes names: one with a blank ends with a tab.
fn quoted(path: &str) -> String {
    let tab = if path.contains(' ') { "\t" } else { "" };
    format!("{}{tab}", super::plain_name(path))
}

struct Line {
    tag: ChangeTag,
    /// From 0, in the old and the new text; in one that it does not stand in, those of the line after it.
    numbers: [usize; 2],
    text: String,
    hides: bool,
    ends: bool,
}

impl Line {
    /// `next` are the numbers of the next line.
    fn new(change: &Change<&str>, next: &mut [usize; 2], masks: &[Masks; 2]) -> Self {
        let value = change.value();
        let bare = value.trim_end_matches(['\n', '\r']);
        let new = usize::from(change.tag() == ChangeTag::Insert);
        let shown = masks[new].line(next[new], bare);
        let text = format!("{}{}", shown.text, &value[bare.len()..]);
        let (hides, ends) = (shown.hides(), !change.missing_newline());
        let line = Line { tag: change.tag(), numbers: *next, text, hides, ends };
        next.iter_mut().enumerate().for_each(|(side, next)| *next += usize::from(line.stands(side)));
        line
    }

    /// Whether it is a line of the old text (0), of the new one (1).
    fn stands(&self, side: usize) -> bool {
        self.tag != [ChangeTag::Insert, ChangeTag::Delete][side]
    }
}

fn hunk(lines: &[Line], paint: Paint, out: &mut String) {
    let range = |side: usize| {
        let count = lines.iter().filter(|line| line.stands(side)).count();
        let start = lines.first().map_or(0, |line| line.numbers[side]) + usize::from(count > 0);
        if count == 1 { start.to_string() } else { format!("{start},{count}") }
    };
    out.push_str(&paint.code("36", &format!("@@ -{} +{} @@", range(0), range(1))));
    out.push('\n');
    for line in lines {
        let code = match line.tag {
            ChangeTag::Delete => "31",
            ChangeTag::Insert => "32",
            ChangeTag::Equal => "",
        };
        let bare = line.text.trim_end_matches(['\n', '\r']);
        let painted = format!("{}{bare}", line.tag);
        out.push_str(&if code.is_empty() { painted } else { paint.code(code, &painted) });
        out.push_str(&line.text[bare.len()..]);
        if !line.ends {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}
