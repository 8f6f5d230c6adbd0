//! An end that does what the start has done: the same function listens to the same object twice from then on.
//!
//! Knows no library.

use super::model::{Event, Same};
use super::{Effects, Open};
use crate::facts::{Arg, Value};

/// The same method of the same object is given the same event and handler once more.
pub(crate) fn repeats<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let data = effects.program.call(open.call);
    let (Value::Member(own, added), Value::Member(base, method)) = (&data.callee, event.callee) else { return false };
    let sides = |at: Option<usize>| {
        let value = |file: u32, args: &'a [Arg]| Some((file, &args.get(at?)?.value));
        value(open.call.file, &data.args).zip(value(event.from.file, event.args))
    };
    added == method
        && event.call != Some(open.call)
        && effects.same_object((open.call.file, own), (event.from.file, base)) == Same::Yes
        && sides(open.opener.event).is_some_and(|(a, b)| effects.same_event(a, b) == Same::Yes)
        && sides(open.opener.handler).is_some_and(|(a, b)| effects.same_handler(a, b) == Same::Yes)
}
