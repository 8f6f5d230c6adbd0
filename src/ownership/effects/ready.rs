//! Releases under a test that only what has got all the way passes: what is still on its way is left.
//!
//! The opener's row says what such a test looks like. Knows no library.

use super::ends::Event;
use super::handles::Handle;
use super::{Effects, Open};
use crate::facts::{CallId, Literal, Node, Pred, Value};

/// The release stands where the handle is known to be ready.
pub(crate) fn waits_till_ready<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    event: &Event<'a>,
) -> bool {
    let (Some(ready), Some(call)) = (&open.opener.ready, event.call) else { return false };
    let file = event.from.file;
    let is_state = |value: &Value| match value {
        Value::Member(base, name) => *name == ready.field && handle.relates(file, base),
        _ => false,
    };
    let is_name = |value: &Value| matches!(value, Value::Member(_, name) if *name == ready.name);
    let mut held = Vec::new();
    holding(&effects.program.function(event.from).body, call.id, &mut held);
    held.into_iter().any(|pred| match pred {
        Pred::Truthy(value) => ready.name.is_empty() && is_state(value),
        Pred::Eq(value, Literal::Num(number)) => *number == ready.number && is_state(value),
        Pred::Same(left, right) => is_state(left) && is_name(right) || is_state(right) && is_name(left),
        _ => false,
    })
}

/// The conditions, one by one, that must hold for a call to be reached.
fn holding<'a>(block: &'a [Node], call: CallId, found: &mut Vec<&'a Pred>) -> bool {
    block.iter().any(|node| match node {
        Node::Call(id) => *id == call,
        Node::Branch { pred, then, otherwise, .. } => {
            let under = holding(then, call, found);
            if under {
                each(pred, found);
            }
            under || holding(otherwise, call, found)
        }
        other => other.blocks().any(|inner| holding(inner, call, found)),
    })
}

fn each<'a>(pred: &'a Pred, found: &mut Vec<&'a Pred>) {
    match pred {
        Pred::And(all) => all.iter().for_each(|inner| each(inner, found)),
        one => found.push(one),
    }
}
