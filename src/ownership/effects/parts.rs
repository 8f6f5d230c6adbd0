//! Handles that are told of several things: the release of one leaves the others.
//!
//! Knows no library.

use super::Effects;
use super::model::{Ends, Event, Fitting, Same};
use crate::facts::Value;

/// The release is for one of what the handle was told of, and there is one that no release is for.
pub(super) fn leaves_some<'a>(
    effects: &Effects<'_, 'a>,
    fitting: &Fitting<'_, 'a>,
    event: &Event<'a>,
    ends: &Ends<'a>,
) -> bool {
    let Some(begins) = fitting.begun_by(event) else { return false };
    let ending = ends.events.iter().filter(|other| fitting.begun_by(other).is_some());
    let ended: Vec<_> = ending.map(|other| (other.from.file, other.args.first().map(|arg| &arg.value))).collect();
    let other = |begun, (file, value): &(u32, Option<&'a Value>)| {
        value.is_some_and(|value| effects.same_object(begun, (*file, value)) == Same::No)
    };
    begun(effects, fitting, begins).into_iter().any(|begun| ended.iter().all(|ended| other(begun, ended)))
}

/// What the handle was told of in the file that opens it.
fn begun<'a>(effects: &Effects<'_, 'a>, fitting: &Fitting<'_, 'a>, begins: &str) -> Vec<(u32, &'a Value)> {
    let file = fitting.open.call.file;
    let told = effects.program.facts(file).calls.iter().filter(|call| match &call.callee {
        Value::Member(base, name) => name == begins && fitting.handle.relates(file, base),
        _ => false,
    });
    told.filter_map(|call| Some((file, &call.positional(0)?.value))).collect()
}
