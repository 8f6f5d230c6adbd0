//! `await work(connection).catch(report)`: what goes wrong ends in the handler, and the function goes on.
//!
//! Knows no library by name.

use super::walk::Walk;
use crate::facts::{Block, CallId, FileFacts, FnId, Language, LocalKind, Node, Value};

impl Walk<'_, '_, '_> {
    /// Whoever awaits the call's promise sees no error of it.
    pub(super) fn swallows(&self, id: CallId) -> bool {
        let facts = self.world.program.facts(self.f.file);
        let data = facts.call(id);
        let Value::Member(base, name) = &data.callee else { return false };
        match (name.as_str(), data.positional(0), &**base) {
            _ if self.language != Language::Script => false,
            ("catch", Some(handler), _) => !self.passes_on(facts, &handler.value),
            ("finally", Some(_), Value::Call(inner)) => self.swallows(*inner),
            _ => false,
        }
    }

    /// The handler throws, or does something to the resource itself.
    fn passes_on(&self, facts: &FileFacts, handler: &Value) -> bool {
        let function = match handler {
            Value::Closure(id) => Some(*id),
            Value::Var(var) => match facts.local(*var).kind {
                LocalKind::Function(id) => Some(id),
                _ => None,
            },
            _ => None,
        };
        function.is_some_and(|id: FnId| throws(facts, &facts.function(id).body) || self.captures(id))
    }
}

fn throws(facts: &FileFacts, block: &Block) -> bool {
    block.iter().any(|node| match node {
        Node::Throw { .. } => true,
        Node::Return { value: Some(Value::Call(id)), .. } => is_rejection(&facts.call(*id).callee),
        other => other.blocks().any(|inner| throws(facts, inner)),
    })
}

fn is_rejection(callee: &Value) -> bool {
    matches!(callee, Value::Member(base, name) if name == "reject" && matches!(&**base, Value::Global(of) if of == "Promise"))
}
