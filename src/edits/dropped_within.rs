//! The fix of what is held too long where only one branch goes on without it: it is dropped there.
//!
//! Only in Rust, where a value that is dropped in a branch must not be used below. Names no library.

use super::before_wait::Hold;
use super::statements::innermost;
use crate::facts::Span;
use crate::finding::lines;

pub(super) fn dropped_within(hold: &Hold) -> Option<(String, Vec<(Span, String)>)> {
    let text = hold.below.text;
    if !hold.is_rust() || hold.is_block || !hold.may_drop() || hold.lends_on() {
        return None;
    }
    let own = statement(hold)?;
    let (before, rest) = (Span { end: own.start, ..hold.wait }, Span { start: own.end, end: hold.below.span.end });
    let repeats = |line: &str| ["for ", "while ", "loop "].iter().any(|word| line.trim_start().starts_with(word));
    let anew = hold.names_anew(text.get(own.range())?);
    let ended = Span { start: own.end, end: hold.wait.end };
    let unused = match anew {
        true => !hold.mentions(Span { start: hold.wait.end, ..rest }) && !names_outer(hold, ended),
        false => !hold.mentions(Span { start: own.start, ..rest }),
    };
    if !unused || own.start == hold.wait.start || hold.below.written(before).lines().any(repeats) {
        return None;
    }
    let indent = lines::indent(text.get(own.range())?);
    let at = Span { start: own.start, end: own.start };
    Some(("Drop it before the second one is taken".into(), vec![(at, format!("{indent}drop({});\n", hold.name))]))
}

/// The statement of the innermost block that holds the place.
pub(super) fn statement(hold: &Hold) -> Option<Span> {
    innermost(hold.below.text, hold.wait.start, hold.project.program.call(hold.overlap.at).span)
}

/// Below the block in which the name stands for another one, it is the first one's again.
fn names_outer(hold: &Hold, rest: Span) -> bool {
    let written = hold.below.written(rest);
    let Some(deep) = written.lines().find(|line| !line.trim().is_empty()).map(lines::indent) else { return false };
    let outside = written.lines().skip_while(|line| line.trim().is_empty() || lines::indent(line).len() >= deep.len());
    outside.into_iter().any(|line| lines::mentions(line, hold.name))
}
