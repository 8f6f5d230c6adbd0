//! Which of two calls of a function one run of it reaches.
//!
//! Knows no library.

use super::ends::Event;
use super::{Effects, Open};
use crate::facts::{CallId, Node, exits};
use crate::program::{CallRef, FnRef};

/// One run of the block reaches one of the calls only: they stand in different arms of a branch, or the first in
/// an arm that leaves.
pub(crate) fn apart(block: &[Node], first: CallId, second: CallId) -> bool {
    for node in block {
        if let Node::Branch { then, otherwise, .. } = node {
            let (one, other) = (holds(then, first), holds(otherwise, first));
            let beside = if one { holds(otherwise, second) } else { other && holds(then, second) };
            let within = if one { holds(then, second) } else { other && holds(otherwise, second) };
            let leaves = one && exits(then) || other && exits(otherwise);
            if beside || leaves && !within {
                return true;
            }
        }
        if node.blocks().any(|inner| holds(inner, first) && apart(inner, first, second)) {
            return true;
        }
    }
    false
}

/// A run of the start that comes to the release has opened nothing: it may end what an earlier run has opened, and at
/// the end of the owner's life none comes.
pub(crate) fn is_of_other_runs<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let mut ways = open.path.iter().copied().chain([open.call]);
    ways.any(|call| {
        let f = effects.at(call);
        let body = &effects.program.function(f).body;
        let beside = |other: CallId| apart(body, other, call.id) || other > call.id && apart(body, call.id, other);
        leads(effects, f, event).is_some_and(beside)
    })
}

/// The call of a function that is the event, or runs the function that it stands in.
fn leads<'a>(effects: &Effects<'_, 'a>, f: FnRef, event: &Event<'a>) -> Option<CallId> {
    if event.from == f {
        return event.call.map(|call| call.id);
    }
    let calls = effects.program.facts(f.file).calls.iter().enumerate();
    let mut own = calls.filter(|(_, data)| data.function == f.id).map(|(id, _)| CallId(id as u32));
    own.find(|id| {
        let run = effects.run_by(CallRef { file: f.file, id: *id });
        run.into_iter().any(|inner| effects.within(inner, event.from))
    })
}

fn holds(block: &[Node], call: CallId) -> bool {
    block.iter().any(|node| match node {
        Node::Call(id) => *id == call,
        other => other.blocks().any(|inner| holds(inner, call)),
    })
}
