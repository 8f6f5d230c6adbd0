//! The fix of what is held too long where only one branch goes on without it: it is dropped there.
//!
//! Only in Rust, where a value that is dropped in a branch must not be used below. Names no library.

use super::hold::Hold;
use super::statements::{around, innermost};
use crate::catalog::words::lookups::CHANGES;
use crate::facts::{Call, Span};
use crate::finding::lines;

pub(super) fn dropped_within(hold: &Hold) -> Option<(String, Vec<(Span, String)>)> {
    let text = hold.below.text;
    if !hold.is_rust() || hold.is_block {
        return None;
    }
    let own = statement(hold)?;
    // Where the branch leaves, it would end there all the same.
    let leaves = leaves_unused(hold, own);
    if !leaves && (!hold.may_drop() || hold.lends_on()) {
        return None;
    }
    let (before, rest) = (Span { end: own.start, ..hold.wait }, Span { start: own.end, end: hold.below.span.end });
    let repeats = |line: &str| ["for ", "while ", "loop "].iter().any(|word| line.trim_start().starts_with(word));
    let anew = hold.names_anew(text.get(own.range())?);
    let ended = Span { start: own.end, end: hold.wait.end };
    let unused = match anew {
        true => !hold.mentions(Span { start: hold.wait.end, ..rest }) && !names_outer(hold, ended),
        false => leaves || !hold.mentions(Span { start: own.start, ..rest }),
    };
    if !unused || own.start == hold.wait.start || hold.below.written(before).lines().any(repeats) {
        return None;
    }
    let indent = lines::indent(text.get(own.range())?);
    let at = Span { start: own.start, end: own.start };
    Some(("Drop it before the second one is taken".into(), vec![(at, format!("{indent}drop({});\n", hold.name))]))
}

/// The block leaves the function below the statement, nothing up to there uses what is held or holds a part of it, and
/// nothing above has written over it: who leaves without a word would have lost that.
fn leaves_unused(hold: &Hold, own: Span) -> bool {
    let (program, text) = (&hold.project.program, hold.below.text);
    let Some(block) = around(text, hold.wait.start, own) else { return false };
    let last = block.statements().and_then(|statements| statements.last().copied());
    let leaves = last.is_some_and(|last| text[last.range()].trim_start().starts_with("return "));
    let above = Span { start: block.span.start, end: own.start };
    let facts = program.facts(hold.f.file);
    let writes = |call: &Call| {
        let name = call.callee_name(facts).unwrap_or_default();
        let given = hold.text(call.span);
        lines::mentions(given, hold.name) && name.split('_').any(|word| CHANGES.contains(&word))
    };
    let wrote = facts.calls.iter().any(|call| above.contains(call.span) && writes(call));
    let rest = Span { start: own.start, end: block.span.end };
    leaves && !wrote && own.start != hold.wait.start && !hold.mentions(rest)
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
