//! Which of two calls of a function one run of it reaches.
//!
//! Knows no library.

use super::ends::Event;
use super::{Effects, Open};
use crate::catalog::schema::Kind;
use crate::facts::{CallId, Node, Value, exits};

/// One run of the block reaches one of the calls only: they stand in different arms of a branch, or the first in
/// an arm that leaves.
pub(super) fn apart(block: &[Node], first: CallId, second: CallId) -> bool {
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

/// A run that comes to the release has not added the listener, and what other runs have added is a function of theirs.
pub(super) fn is_of_other_runs<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let Some(call) = event.call.filter(|_| event.from == open.from) else { return false };
    let handler = open.opener.handler.and_then(|at| effects.program.call(open.call).positional(at));
    let made = |value: &Value| match value {
        Value::Var(var) => {
            let bound = effects.program.bound(open.call.file, *var);
            var.function == open.from.id && matches!(bound, [only] if matches!(only.value, Value::Closure(_)))
        }
        _ => false,
    };
    let body = &effects.program.function(open.from).body;
    open.opener.kind == Kind::Listener
        && handler.is_some_and(|arg| made(&arg.value))
        && apart(body, call.id, open.call.id)
}

fn holds(block: &[Node], call: CallId) -> bool {
    block.iter().any(|node| match node {
        Node::Call(id) => *id == call,
        other => other.blocks().any(|inner| holds(inner, call)),
    })
}
