//! `await work(connection).catch(report)`: what goes wrong ends in the handler, and the function goes on.
//!
//! Knows no library by name.

use super::model::Walk;
use crate::facts::walk::nodes;
use crate::facts::{Block, CallId, FileFacts, Node, Value};
use crate::values::eval::Ty;

impl<'a> Walk<'_, '_, 'a> {
    /// Whoever awaits the call's promise sees no error of it.
    pub(crate) fn swallows(&self, id: CallId) -> bool {
        let facts = self.world.program.facts(self.f.file);
        let data = facts.call(id);
        let Value::Member(base, name) = &data.callee else { return false };
        match (name.as_str(), data.positional(0), &**base) {
            ("catch", Some(handler), _) => !self.passes_on(&handler.value),
            ("finally", Some(_), Value::Call(inner)) => self.swallows(*inner),
            _ => false,
        }
    }

    /// The handler throws, or does something to the resource itself.
    fn passes_on(&self, handler: &'a Value) -> bool {
        let program = self.world.program;
        let Ty::Fn(g) = program.eval(self.f, handler) else { return false };
        throws(program.facts(g.file), &program.function(g).body) || g.file == self.f.file && self.captures(g.id)
    }
}

fn throws(facts: &FileFacts, block: &Block) -> bool {
    nodes(block).any(|node| match node {
        Node::Throw { .. } => true,
        Node::Return { value: Some(Value::Call(id)), .. } => is_rejection(&facts.call(*id).callee),
        _ => false,
    })
}

fn is_rejection(callee: &Value) -> bool {
    matches!(callee, Value::Member(base, name) if name == "reject" && matches!(&**base, Value::Global(of) if of == "Promise"))
}
