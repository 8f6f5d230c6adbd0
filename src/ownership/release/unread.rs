//! What goes back by itself when it has been gone through to its end: the answer of a server. It stays open where
//! nobody looks at it.
//!
//! Whoever works with it is taken to read all of it. Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::{Resource, What, World};
use crate::facts::walk::nodes;
use crate::facts::{Node, Part, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

impl Resource {
    pub fn ends_when_read(self, program: &Program) -> bool {
        matches!(self.what, What::Catalog(ty) if program.catalog.ty(ty).row.ends_when_read)
    }

    /// Somebody takes something out of what the call gives, or hands it on.
    pub(crate) fn is_read(self, world: &World, f: FnRef, call: CallRef, vars: &FxHashSet<VarRef>) -> bool {
        let program = world.program;
        if !self.ends_when_read(program) {
            return false;
        }
        let is = |value: &Value| match value {
            Value::Var(var) => vars.contains(var),
            Value::Call(id) => *id == call.id,
            _ => false,
        };
        let takes = |value: &Value| is(value) || touches(value, &is);
        let facts = program.facts(f.file);
        let in_body = |id| {
            nodes(&facts.function(id).body).any(|node| match node {
                Node::Bind { value, .. } => touches(value, &is),
                Node::Return { value: Some(value), .. } | Node::Yield { value: Some(value), .. } => takes(value),
                Node::Loop { each: Some(each), .. } => takes(each),
                Node::Scope { resource, .. } => takes(resource),
                _ => false,
            })
        };
        let mut calls = program.calls_within(f);
        calls.any(|call| touches(&call.callee, &is) || call.args.iter().any(|arg| takes(&arg.value)))
            || program.nested(f).into_iter().any(in_body)
    }
}

/// The value is made of a part of such a thing, or of the thing beside others.
fn touches(value: &Value, is: &dyn Fn(&Value) -> bool) -> bool {
    let takes = |part: &Value| is(part) || touches(part, is);
    match value {
        Value::Member(base, _) | Value::Element(base) => takes(base),
        Value::Index(base, key) => takes(base) || takes(key),
        Value::Binary(_, left, right) => takes(left) || takes(right),
        Value::List(parts) | Value::Choice(parts, _) => parts.iter().any(takes),
        Value::Record { entries, spreads, .. } => {
            entries.iter().map(|entry| &entry.value).chain(spreads.iter()).any(takes)
        }
        Value::Template(parts) => parts.iter().any(|part| matches!(part, Part::Value(inner) if takes(inner))),
        _ => false,
    }
}
