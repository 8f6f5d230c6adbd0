//! How many of some calls a body makes at most on one way through it.
//!
//! Branches stand for each other, and one that leaves stands for what comes after it.

use crate::facts::{Block, CallId, Node};

/// The number for the block.
pub fn most(block: &Block, counts: &dyn Fn(CallId) -> bool) -> usize {
    ways(block, counts, 0).longest()
}

/// The longest way that goes on behind a block, if any does, and the longest that leaves in it.
struct Ways {
    on: Option<usize>,
    left: usize,
}

impl Ways {
    fn longest(&self) -> usize {
        self.on.unwrap_or(0).max(self.left)
    }
}

fn ways(block: &Block, counts: &dyn Fn(CallId) -> bool, depth: u32) -> Ways {
    let (mut on, mut left) = (0, 0);
    for node in block {
        let next = match node {
            Node::Call(id) => Ways { on: Some(usize::from(counts(*id))), left: 0 },
            Node::Return { .. } | Node::Throw { .. } | Node::Break { .. } | Node::Continue { .. } => {
                Ways { on: None, left: 0 }
            }
            _ if depth > 100 => continue,
            Node::Branch { .. } | Node::Match { .. } => either(node, counts, depth),
            other => in_turn(other, counts, depth),
        };
        left = left.max(on + next.left);
        match next.on {
            Some(more) => on += more,
            None => return Ways { on: None, left: left.max(on) },
        }
    }
    Ways { on: Some(on), left }
}

fn either(node: &Node, counts: &dyn Fn(CallId) -> bool, depth: u32) -> Ways {
    let arms: Vec<Ways> = node.blocks().map(|arm| ways(arm, counts, depth + 1)).collect();
    let left = arms.iter().map(|arm| arm.left).max().unwrap_or(0);
    Ways { on: arms.iter().filter_map(|arm| arm.on).max(), left }
}

/// An error leads from the body of a `try` to a handler, and a loop may end at once: none of them surely leaves.
fn in_turn(node: &Node, counts: &dyn Fn(CallId) -> bool, depth: u32) -> Ways {
    let inner = node.blocks().map(|inner| ways(inner, counts, depth + 1).longest());
    Ways { on: Some(inner.sum()), left: 0 }
}
