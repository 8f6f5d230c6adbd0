//! Which of two calls of a function one run of it reaches.
//!
//! Knows no library.

use super::ends::Event;
use super::{Effects, Open};
use crate::facts::walk::{around_call, has_call};
use crate::facts::{CallId, Node, exits};
use crate::program::{CallRef, FnRef};

/// One run of the block reaches one of the calls only: they stand in different arms of a branch, or the first in
/// an arm that leaves.
pub(crate) fn apart(block: &[Node], first: CallId, second: CallId) -> bool {
    around_call(block, first).iter().any(|region| {
        let Node::Branch { then, otherwise, .. } = region.node else { return false };
        let beside = if std::ptr::eq(then, region.block) { otherwise } else { then };
        has_call(beside, second) || exits(region.block) && !has_call(region.block, second)
    })
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
