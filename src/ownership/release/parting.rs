//! What a handler says to whoever it serves before it leaves: `await message.answer("Not found"); return`.
//!
//! Such a branch is seldom taken, and has nothing more to do with the resource. Knows no library by name.

use rustc_hash::FxHashSet;

use super::walk::World;
use crate::facts::{Block, Call, CallId, Node, Value, VarRef};
use crate::program::CallRef;

/// The call stands in a branch or handler of errors that leaves the function and does not touch the variables.
pub fn is_before_leaving(world: &World, call: CallRef, vars: &FxHashSet<VarRef>) -> bool {
    let facts = world.program.facts(call.file);
    let is = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let touches = |call: &Call| is(&call.callee) || call.args.iter().any(|arg| is(&arg.value));
    let Some(arm) = arm_of(&facts.function(facts.call(call.id).function).body, call.id, 0) else { return false };
    let leaves = matches!(arm.last(), Some(Node::Return { .. } | Node::Throw { .. }));
    leaves && !has(arm, 0, &|id| touches(facts.call(id)))
}

/// The innermost one around the call.
fn arm_of(block: &Block, call: CallId, depth: u32) -> Option<&Block> {
    let around = |inner: &&Block| has(inner, depth, &|id| id == call);
    block.iter().find_map(|node| {
        let inner = node.blocks().find(around)?;
        let is_arm = match node {
            Node::Branch { .. } | Node::Match { .. } => true,
            Node::Try { handlers, .. } => handlers.iter().any(|handler| std::ptr::eq(&handler.body, inner)),
            _ => false,
        };
        arm_of(inner, call, depth + 1).or(is_arm.then_some(inner))
    })
}

fn has(block: &Block, depth: u32, is: &dyn Fn(CallId) -> bool) -> bool {
    depth < 100
        && block.iter().any(|node| match node {
            Node::Call(id) => is(*id),
            other => other.blocks().any(|inner| has(inner, depth + 1, is)),
        })
}
