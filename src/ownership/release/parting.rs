//! What a handler says to whoever it serves before it leaves: `await message.answer("Not found"); return`.
//!
//! Such a branch is seldom taken, and has nothing more to do with the resource. Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::World;
use crate::facts::walk::{Region, around_call, calls};
use crate::facts::{Block, Call, CallId, Node, Value, VarRef};
use crate::program::CallRef;

/// The call stands in a branch or handler of errors that leaves the function and does not touch the variables.
pub fn is_before_leaving(world: &World, call: CallRef, vars: &FxHashSet<VarRef>) -> bool {
    let facts = world.program.facts(call.file);
    let is = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let touches = |call: &Call| is(&call.callee) || call.args.iter().any(|arg| is(&arg.value));
    let Some(arm) = arm_of(&facts.function(facts.call(call.id).function).body, call.id) else { return false };
    let leaves = matches!(arm.last(), Some(Node::Return { .. } | Node::Throw { .. }));
    leaves && !calls(arm).any(|id| touches(facts.call(id)))
}

/// The innermost one around the call.
fn arm_of(block: &Block, call: CallId) -> Option<&Block> {
    let is_arm = |region: &&Region| match region.node {
        Node::Branch { .. } | Node::Match { .. } => true,
        Node::Try { handlers, .. } => handlers.iter().any(|handler| std::ptr::eq(&handler.body, region.block)),
        _ => false,
    };
    around_call(block, call).iter().rev().find(is_arm).map(|region| region.block)
}
