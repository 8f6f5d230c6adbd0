//! Look-ups that come only where an earlier one has found nothing: they ask again because there may be something now,
//! or make what is missing.
//!
//! Knows no library.

use super::walk::Event;
use super::{bound_to, comes_from};
use crate::facts::trail::Trail;
use crate::facts::{Block, CallId, Node, Pred, Value, VarRef, exits};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::gates::{Conditions, empty_value};

/// The second call is made only where the first one has given nothing.
pub(crate) fn is_after_nothing(program: &Program, f: FnRef, first: &Event, again: CallId) -> bool {
    if !gives_what_it_found(program, f, first) {
        return false;
    }
    let body = &program.function(f).body;
    let whole = chained(program, f, first.call);
    bound_to(program, f, whole).is_some_and(|held| is_reached_empty(body, again, held, Conditions::default()))
}

/// What the call gives is what was looked up, not a verdict on it.
fn gives_what_it_found(program: &Program, f: FnRef, first: &Event) -> bool {
    let g = FnRef { file: first.at.file, id: program.call(first.at).function };
    let whole = chained(program, g, first.at.id);
    let found = |value: &Value| comes_from(program, g, value, whole, &Trail::default());
    g == f || program.given_by(g).into_iter().any(found)
}

/// The last call of a chain that refines what is asked before anybody waits for it: `find(q).select(fields).exec()`.
fn chained(program: &Program, f: FnRef, first: CallId) -> CallId {
    let mut whole = CallRef { file: f.file, id: first };
    while !program.call(whole).awaited {
        match program.chained(whole) {
            Some(next) => whole = next,
            None => break,
        }
    }
    whole.id
}

/// The block makes the call, where the variable is empty.
fn is_reached_empty<'a>(block: &'a Block, call: CallId, held: VarRef, mut here: Conditions<'a>) -> bool {
    for node in block {
        let found = match node {
            Node::Call(id) => *id == call && is_empty(&here, held),
            Node::Branch { pred, then, otherwise, .. } => {
                is_reached_empty(then, call, held, here.with(pred, true))
                    || is_reached_empty(otherwise, call, held, here.with(pred, false))
            }
            other => other.blocks().any(|inner| is_reached_empty(inner, call, held, here.clone())),
        };
        if found {
            return true;
        }
        if let Node::Branch { pred, then, otherwise, .. } = node
            && exits(then)
            && otherwise.is_empty()
        {
            here.add(pred, false);
        }
    }
    false
}

fn is_empty(here: &Conditions, held: VarRef) -> bool {
    here.certain().into_iter().any(|(atom, holds)| {
        let plain = matches!(atom, Pred::Truthy(_) | Pred::Null(_) | Pred::Is(..));
        plain && empty_value(atom, holds) == Some(&Value::Var(held))
    })
}
