//! Loops that go on as long as the process: what makes a service of a script.
//!
//! A loop that asks the user for the next line is none. Knows no library by name.

use super::program::{FnRef, Program};
use crate::facts::{Block, CallId, LoopKind, Node, Value};

/// The loop never ends by itself, and nobody is asked in it.
pub fn serves(program: &Program, f: FnRef, node: &Node) -> bool {
    let Node::Loop { kind: LoopKind::Endless, body, .. } = node else { return false };
    node.exits() && !any(body, &|node| matches!(node, Node::Return { .. }) || asks(program, f, node))
}

/// The call stands in such a loop of the function.
pub fn in_service(program: &Program, f: FnRef, call: CallId) -> bool {
    let is_call = |node: &Node| matches!(node, Node::Call(id) if *id == call);
    any(&program.function(f).body, &|node| serves(program, f, node) && node.blocks().any(|b| any(b, &is_call)))
}

fn asks(program: &Program, f: FnRef, node: &Node) -> bool {
    let Node::Call(id) = node else { return false };
    matches!(&program.facts(f.file).call(*id).callee, Value::Global(name) if matches!(name.as_str(), "input" | "prompt"))
}

fn any(block: &Block, wanted: &dyn Fn(&Node) -> bool) -> bool {
    block.iter().any(|node| wanted(node) || node.blocks().any(|inner| any(inner, wanted)))
}
