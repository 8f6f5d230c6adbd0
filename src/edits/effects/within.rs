//! What an effect opens in a function that it declares and runs once: the handle moves to a variable of the effect,
//! whose cleanup releases it.
//!
//! Only for what is opened before anything has been awaited, so that the cleanup finds it. Knows no library.

use super::naming::{Reach, Writer, is_typed};
use super::{Mend, in_returned, opens_on_lasting};
use crate::facts::walk::around_call;
use crate::facts::{Node, Span};
use crate::finding::lines;
use crate::ownership::effects::model::{Ending, Owner};
use crate::ownership::effects::{Effects, Open};
use crate::program::FnRef;

pub(super) fn released<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    opens: &[Open<'a>],
) -> Option<Mend> {
    let own = matches!(owner.ending, Ending::Returned) && open.object.is_none() && opens_on_lasting(effects, open);
    let once = !open.late && !open.repeats && !open.endless && is_once(effects, open);
    if !own || !once || !is_step(effects, owner.start, open) {
        return None;
    }
    let mut writer = Writer::among(effects, open, opens)?;
    let (at, indent) = declared(effects, owner.start, open, writer.text)?;
    // A closure that uses the variable no longer knows that it is filled.
    writer.untyped |= is_typed(effects, open.call.file, writer.text);
    in_returned(effects, owner, open, writer, &Reach::Beside { at, indent })
}

/// Nothing but conditions and attempts stand around it: a loop opens several.
fn is_once(effects: &Effects, open: &Open) -> bool {
    let around = around_call(&effects.program.function(open.from).body, open.call.id);
    around.iter().all(|region| matches!(region.node, Node::Branch { .. } | Node::Try { .. }))
}

/// The function stands in the start, which calls it in a statement of its own, or where it stands.
fn is_step(effects: &Effects, start: FnRef, open: &Open) -> bool {
    let mut body = effects.program.function(start).body.iter();
    let stands = match open.path.as_slice() {
        [] => body.any(|node| matches!(node, Node::Closure { function, inline: true } if *function == open.from.id)),
        [call] => {
            let runs = effects.project.graph.target(*call).map_or(&[][..], |target| target.functions.as_slice());
            effects.at(*call) == start
                && runs == [open.from]
                && body.any(|node| matches!(node, Node::Call(id) if *id == call.id))
        }
        _ => false,
    };
    stands && open.from != start && effects.within(start, open.from)
}

/// Where the statement begins that declares the function, or that holds it and calls it at once, with its indentation.
fn declared(effects: &Effects, start: FnRef, open: &Open, text: &str) -> Option<(u32, String)> {
    let function = effects.program.function(open.from);
    let at = function.span.start;
    let line = lines::around(text, Span { start: at, end: at })?.start;
    let written = text.get(line as usize..at as usize)?;
    let (head, indent) = (written.trim(), lines::indent(written));
    let whole = match (function.name.as_deref(), open.path.first()) {
        (Some(name), Some(call)) => {
            let binds = [format!("const {name} ="), String::new(), "async".into()].iter().any(|known| known == head);
            let scope = text.get(effects.program.function(start).span.range())?;
            // Declared and called, and given to nothing else.
            binds && lines::count(scope, name) == 2 && function.span.end <= effects.program.call(*call).span.start
        }
        (None, _) => matches!(head, "(" | ";(" | "void ("),
        _ => false,
    };
    whole.then(|| (line + indent.len() as u32, indent.to_string()))
}
