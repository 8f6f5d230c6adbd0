//! The fix of `connection-held-across-io`: what is held ends before the wait, or is taken after it.
//!
//! Only where nothing uses it on the other side of the wait. Moves whole statements, and gives up on anything that is
//! not plain. Names no library.

use super::before_lent;
use super::dropped_within::dropped_within;
use super::ended_early::ended_early;
use super::hold::Hold;
use super::over_both::over_both;
use super::over_held::over_held;
use super::released_within::released_within;
use super::statements::Below;
use super::taken_again::taken_again;
use super::wait_behind::wait_behind;
use crate::checks::Project;
use crate::facts::Span;
use crate::finding::{Applicability, Edit, Fix, lines};
use crate::ownership::release::{Meanwhile, Overlap};

pub fn fix(project: &Project, overlap: &Overlap) -> Option<Fix> {
    if let Some(fix) = before_lent::fix(project, overlap) {
        return Some(fix);
    }
    let hold = Hold::of(project, overlap)?;
    let used_before = hold.mentions(hold.before());
    let (title, edits) = match used_before || hold.mentions(hold.wait) {
        true => hold
            .in_try(used_before)
            .or_else(|| hold.ended_before(used_before))
            .or_else(|| released_within(&hold))
            .or_else(|| ended_early(&hold))
            .or_else(|| wait_behind(&hold))
            .or_else(|| taken_again(&hold, used_before))?,
        false => hold.taken_after()?,
    };
    let file = project.program.units[overlap.call.file as usize].source;
    let edits = edits.into_iter().map(|(span, text)| Edit { file, span, text }).collect();
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// The fix of `nested-acquire`: the work goes on over what is held, or that is taken when it is first used or ends
/// before.
pub fn apart(project: &Project, overlap: &Overlap) -> Option<Fix> {
    let hold = Hold::of(project, overlap)?;
    let others = || project.releases().overlaps.iter().filter(|other| other.call == overlap.call);
    let place = project.program.call(overlap.at).span;
    let ends = |fix: &Fix| !fix.edits.iter().any(|edit| edit.span.start == hold.head.start);
    let mut waits = others().filter(|other| matches!(other.what, Meanwhile::Waits(_)));
    let over = || over_held(&hold).or_else(|| over_both(&hold));
    if let Some(fix) = waits.find_map(|other| fix(project, other).filter(ends)) {
        // Two mends of one hold would undo each other, but for one that lends it.
        let before = fix.edits.iter().any(|edit| edit.span.start <= place.start);
        let lent = || over().map(|(title, edits)| Fix::new(title, Applicability::Unsafe, edits));
        return if before { Some(fix) } else { lent() };
    }
    let ended = || hold.ended_before(hold.mentions(hold.before())).filter(|_| others().count() == 1);
    let file = project.program.units[overlap.call.file as usize].source;
    let here = |(title, edits): (String, Vec<(Span, String)>)| {
        (title, edits.into_iter().map(|(span, text)| Edit { file, span, text }).collect())
    };
    let found = hold.gone_on().or_else(|| hold.taken_when_used()).map(here).or_else(over);
    let (title, edits) = found.or_else(|| ended().or_else(|| dropped_within(&hold)).map(here))?;
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

impl Hold<'_, '_> {
    /// The same line takes it once more, under the same name: that one goes.
    fn gone_on(&self) -> Option<(String, Vec<(Span, String)>)> {
        let at = self.project.program.call(self.overlap.at).span;
        let line = lines::around(self.below.text, at)?;
        let again = self.below.written(line) == self.below.text.get(self.head.range())?;
        let whole = self.wait.end == line.end && !self.is_block;
        let gone = lines::with_blank(self.below.text, line);
        (again && whole).then(|| ("Go on with the one that is held".into(), vec![(gone, String::new())]))
    }

    /// What does not use it goes in front of the lines that take it.
    fn taken_when_used(&self) -> Option<(String, Vec<(Span, String)>)> {
        let statements = self.below.statements()?;
        let unused = statements.into_iter().take_while(|own| !self.mentions(*own)).last()?;
        if unused.end < self.wait.end {
            return None;
        }
        Some(("Take the first one where it is used".into(), self.taken_below(unused.end, true)?))
    }

    /// The wait, or what comes before it, goes in front of the lines that take it.
    fn taken_after(&self) -> Option<(String, Vec<(Span, String)>)> {
        Some(("Take it after the wait".into(), self.taken_below(self.wait.end, false)?))
    }

    /// The lines that take it go below what stands there until `end`; `parted`: with the blank line that stood below
    /// them.
    fn taken_below(&self, end: u32, parted: bool) -> Option<Vec<(Span, String)>> {
        let head = self.below.text.get(self.head.range())?;
        let moved = Span { start: self.head.end, end };
        let written = self.below.written(moved);
        let written = match self.is_block {
            true => lines::shallower(written, self.step()?)?,
            false => lines::unpadded(written).to_string(),
        };
        let rest = self.below.written(Span { start: moved.end, end: self.below.span.end });
        // Below a return it is not there to be ended; what Rust drops need not be.
        let leaves = written.contains("return") && !self.is_rust();
        if rest.trim().is_empty() || leaves {
            return None;
        }
        let whole = Span { start: self.head.start, end: moved.end };
        let blank = if parted && lines::starts_with_end(self.below.text.get(end as usize..)?) { "\n" } else { "" };
        Some(vec![(whole, format!("{written}{blank}{head}"))])
    }

    fn ended_before(&self, used: bool) -> Option<(String, Vec<(Span, String)>)> {
        let after = Span { start: self.wait.start, end: self.hidden()?.start.max(self.wait.start) };
        if !used || self.lends_on() {
            return None;
        }
        if self.is_block {
            return self.block_ended(after);
        }
        let releases = self.releases();
        match releases.as_slice() {
            [(line, method)] => {
                let rest = self.below.written(after).replacen(self.below.written(*line), "", 1);
                let written = self.below.written(*line);
                // What a Rust block ends with is its value.
                let statement = !self.is_rust() || written.trim_end().ends_with(';');
                let own = line.start >= self.wait.end && !lines::mentions(&rest, self.name) && statement;
                let at = Span { start: self.wait.start, end: self.wait.start };
                let gone = self.with_divider(*line)?;
                let title = format!("Call `{method}` before the wait");
                own.then(|| (title, vec![(at, format!("{written}\n")), (gone, String::new())]))
            }
            [] if (self.may_drop() || self.is_taken_again()) && self.is_rust() && !self.mentions(after) => {
                // Where another one takes its name before the wait, it ends before that one is taken.
                let hidden = self.hidden().filter(|it| it.start >= self.wait.end || it.end <= self.wait.start)?;
                let start = hidden.start.min(self.wait.start);
                let at = Span { start, end: start };
                let dropped = format!("{}drop({});\n\n", self.below.indent, self.name);
                Some(("Drop it before the wait".into(), vec![(at, dropped)]))
            }
            _ => None,
        }
    }

    /// The line, with the blank one that divides nothing any more.
    fn with_divider(&self, line: Span) -> Option<Span> {
        let text = self.below.text;
        let gone = lines::with_blank(text, line);
        let last = text.get(gone.end as usize..)?.trim_start().starts_with('}');
        let parted = lines::ends_with_blank(text.get(..gone.start as usize)?);
        Some(Span { start: gone.start - u32::from(last && parted), ..gone })
    }

    /// The statement that waits is a `try` whose `finally` gives it back: what comes before its first use goes in front of
    /// the lines that take it, what follows its last one behind the `finally`.
    fn in_try(&self, used: bool) -> Option<(String, Vec<(Span, String)>)> {
        let (text, head) = (self.below.text, self.below.text.get(self.head.range())?);
        let mut at = self.wait.start;
        let mut lines = self.below.written(self.wait).split_inclusive('\n');
        let opens = |line: &&str| {
            at += line.len() as u32;
            matches!(line.trim(), "try {" | "try:")
        };
        lines.find(opens).filter(|_| !self.is_block)?;
        let deep = lines::indent(text.get(at as usize..)?.lines().find(|line| !line.trim().is_empty())?);
        let step = deep.strip_prefix(self.below.indent).filter(|step| !step.is_empty())?;
        let body = Below::at(text, at, deep)?;
        let rest = self.below.written(Span { start: body.span.end, end: self.wait.end });
        let clauses = rest.lines().filter(|line| lines::indent(line) == self.below.indent && line.len() > deep.len());
        let only = clauses.map(str::trim).eq([if rest.contains("} finally {") { "} finally {" } else { "finally:" }]);
        let place = self.project.program.call(self.overlap.at).span;
        let wait = body.statements()?.into_iter().find(|own| own.start <= place.start && place.end <= own.end)?;
        let (before, upto) = (Span { end: wait.start, ..body.span }, Span { end: wait.end, ..body.span });
        let tail = Span { start: wait.start, end: body.span.end };
        if !only || self.mentions(tail) && self.mentions(upto) {
            return None;
        }
        if !used && !self.mentions(upto) {
            let between = text.get(self.head.end as usize..at as usize)?;
            let moved = lines::shallower(body.written(upto), step)?;
            let whole = Span { start: self.head.start, end: wait.end };
            return Some(("Take it after the wait".into(), vec![(whole, format!("{moved}{head}{between}"))]));
        }
        let declared = body.written(before).lines().filter_map(|line| {
            let rest = ["const ", "let "].iter().find_map(|word| line.trim().strip_prefix(word))?;
            Some(rest.split('=').next()?.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$'))
        });
        let mut names = declared.flatten().filter(|name| !name.is_empty());
        let seen = names.any(|name| lines::mentions(body.written(tail), name));
        let moved = lines::shallower(body.written(tail), step).filter(|_| !seen && !self.mentions(tail))?;
        let end = Span { start: self.wait.end, end: self.wait.end };
        let title = "Give it back before the wait".into();
        (before.start < before.end).then(|| (title, vec![(tail, String::new()), (end, moved)]))
    }

    /// What waits, and what follows it, leaves the block.
    fn block_ended(&self, after: Span) -> Option<(String, Vec<(Span, String)>)> {
        let step = self.step()?;
        let written = self.below.written(after);
        let gone_on = !self.mentions(after) && !step.is_empty();
        let moved = lines::shallower(written, step).filter(|_| gone_on)?;
        Some(("End the block before the wait".into(), vec![(after, moved)]))
    }
}
