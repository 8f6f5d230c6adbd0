//! Releases under a test that only what has got all the way passes: what is still on its way is left.
//!
//! The opener's row says what such a test looks like. Knows no library.

use super::model::{Event, Handle};
use super::{Effects, Open};
use crate::facts::walk::{Region, around_call};
use crate::facts::{Literal, Pred, Value};

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
    let conditions = around_call(&effects.program.function(event.from).body, call.id);
    let held_there = conditions.iter().filter_map(Region::condition).filter(|(_, holds)| *holds);
    held_there.for_each(|(pred, _)| each(pred, &mut held));
    held.into_iter().any(|pred| match pred {
        Pred::Truthy(value) => ready.name.is_empty() && is_state(value),
        Pred::Eq(value, Literal::Num(number)) => *number == ready.number && is_state(value),
        Pred::Same(left, right) => is_state(left) && is_name(right) || is_state(right) && is_name(left),
        _ => false,
    })
}

fn each<'a>(pred: &'a Pred, found: &mut Vec<&'a Pred>) {
    match pred {
        Pred::And(all) => all.iter().for_each(|inner| each(inner, found)),
        one => found.push(one),
    }
}
