//! Constructions of which a process makes only one: they stand in different arms of one condition.
//!
//! Looks at one function's regions alone. Knows no library.

use crate::facts::{Block, CallId, Node};
use crate::program::CallRef;
use crate::values::Program;
use crate::values::sites::Site;

/// A node of a block, and which of its inner blocks leads on.
type Step = (usize, usize);

/// Whether at most one of two constructions happens each time that their function runs.
pub fn exclusive(program: &Program, one: &Site, other: &Site) -> bool {
    if one.function != other.function || one.call == other.call {
        return false;
    }
    let body = &program.function(one.function).body;
    let (Some(left), Some(right)) = (trail(body, one.call.id), trail(body, other.call.id)) else { return false };
    part(body, &left, &right)
}

/// Whether at most one of two calls of a function happens each time that it runs.
pub fn either(program: &Program, one: CallRef, other: CallRef) -> bool {
    let function = program.call(one).function;
    if one.file != other.file || function != program.call(other).function {
        return false;
    }
    let body = &program.facts(one.file).function(function).body;
    let (Some(left), Some(right)) = (trail(body, one.id), trail(body, other.id)) else { return false };
    part(body, &left, &right)
}

/// The way through the regions to a call.
fn trail(block: &Block, call: CallId) -> Option<Vec<Step>> {
    block.iter().enumerate().find_map(|(at, node)| {
        if matches!(node, Node::Call(id) if *id == call) {
            return Some(vec![(at, 0)]);
        }
        node.blocks().enumerate().find_map(|(arm, inner)| {
            let mut rest = trail(inner, call)?;
            rest.insert(0, (at, arm));
            Some(rest)
        })
    })
}

/// The ways part in the arms of a condition, or one of them leaves the block that the other goes on in.
fn part(block: &Block, left: &[Step], right: &[Step]) -> bool {
    let ([(at, arm), left @ ..], [(other, other_arm), right @ ..]) = (left, right) else { return false };
    if at != other {
        let (first, way, arm) = if at < other { (*at, left, *arm) } else { (*other, right, *other_arm) };
        return !way.is_empty() && leaves(&block[first], arm);
    }
    if arm == other_arm {
        return block[*at].blocks().nth(*arm).is_some_and(|inner| part(inner, left, right));
    }
    match &block[*at] {
        Node::Branch { .. } | Node::Match { .. } => true,
        // A handler runs instead of the rest of the body; what stands last comes in any case.
        Node::Try { handlers, .. } => arm.max(other_arm) <= &handlers.len(),
        _ => false,
    }
}

/// Whoever goes through the arm does not come to what follows the node.
fn leaves(node: &Node, arm: usize) -> bool {
    let decides = matches!(node, Node::Branch { .. } | Node::Match { .. });
    decides && node.blocks().nth(arm).is_some_and(crate::facts::exits)
}
