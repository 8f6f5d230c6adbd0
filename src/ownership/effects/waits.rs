//! What runs after something that was waited for.

use super::Effects;
use crate::facts::walk::nodes;
use crate::facts::{CallId, Node, Value};
use crate::program::{CallRef, FnRef};
use crate::values::sites::last_name;

pub(crate) fn in_callback(effects: &Effects, f: FnRef) -> bool {
    let then = |call: CallRef| last_name(&effects.program.call(call).callee) == "then";
    effects.handed_to(f).is_some_and(then)
}

/// What runs when the promise that the call is made on has come: `promise.then(f)`, `promise.finally(f)`.
pub(crate) fn continued_by(effects: &Effects, call: CallRef) -> Vec<FnRef> {
    let data = effects.program.call(call);
    let goes_on = matches!(&data.callee, Value::Member(_, name) if name == "then" || name == "finally");
    let first = data.positional(0).filter(|_| goes_on);
    let mut found = Vec::new();
    if let Some(arg) = first {
        crate::values::handover::functions_of(effects.program, effects.at(call), &arg.value, false, &mut found);
    }
    found
}

/// The promise whose value the function is given: `promise.then(f)`.
pub(crate) fn promise_of<'a>(effects: &Effects<'_, 'a>, f: FnRef) -> Option<&'a Value> {
    let call = effects.handed_to(f)?;
    let data = effects.program.call(call);
    match (&data.callee, data.positional(0)) {
        (Value::Member(promise, name), Some(first)) if name == "then" && first.value == Value::Closure(f.id) => {
            Some(promise)
        }
        _ => None,
    }
}

/// When it is called something has been awaited: it stands in a callback of a promise, or after an await. The set-up
/// code of a file of its own goes on where it was.
pub(crate) fn comes_after_wait(effects: &Effects, call: CallRef) -> bool {
    let f = effects.at(call);
    let component = effects.program.facts(f.file).component == Some(f.id);
    in_callback(effects, f) || !component && is_after_await(&effects.program.function(f).body, call.id) == Some(true)
}

/// `None` where the call is not in the block.
pub(crate) fn is_after_await(block: &[Node], call: CallId) -> Option<bool> {
    let at = block.iter().position(|node| match node {
        Node::Call(id) => *id == call,
        other => other.blocks().any(|inner| is_after_await(inner, call).is_some()),
    })?;
    let within = block[at].blocks().find_map(|inner| is_after_await(inner, call));
    let waits = |node: &Node| matches!(node, Node::Await { .. });
    Some(within == Some(true) || nodes(&block[..at]).any(waits))
}
