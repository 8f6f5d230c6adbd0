//! Which of two calls of a function can run together.
//!
//! Knows no library.

use crate::facts::{CallId, Node, exits};

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

fn holds(block: &[Node], call: CallId) -> bool {
    block.iter().any(|node| match node {
        Node::Call(id) => *id == call,
        other => other.blocks().any(|inner| holds(inner, call)),
    })
}
