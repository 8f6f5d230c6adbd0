//! Openings that may happen after the owner's life has ended, so that the cleanup comes too early.
//!
//! After an await, or where a promise brings the handle: silent as soon as something tells the two apart (a flag
//! that the cleanup sets, an abort, waiting for the promise). Knows no library.

use super::assigned::{binds_of, places_set};
use super::called_off::{Looked, is_told};
use super::model::{Ends, Event, Fitting, Handle, Owner};
use super::tested::all_tested;
use super::waits::in_callback;
use super::{Effects, Open};
use crate::catalog::words::effects::DISPOSER_STORES;
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{Call, Node, Value};
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::sites::last_name;

/// The release fits, and runs before the opening when the owner ends early. What hangs on a stream of the owner itself
/// goes away with it, whenever it is opened.
pub fn is_late<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    fitting: &Fitting<'_, 'a>,
    ends: &Ends<'a>,
    event: &Event<'a>,
) -> bool {
    let (open, handle) = (fitting.open, fitting.handle);
    let promised = open.opener.gives.is_promise();
    // A loop that waits for nothing is always at its timer, which the end clears.
    let mut way = open.path.iter().map(|call| effects.at(*call)).chain([open.from]);
    let late = if open.repeats { open.awaited || way.any(|f| in_callback(effects, f)) } else { open.late };
    let filled = promised && is_filled_later(effects, handle, event);
    let late = late || is_kept_by_own_handler(effects, open, handle, event);
    let looked = if filled { Looked::Afterwards } else { Looked::Anywhere };
    (late || filled)
        && !waits(effects, event)
        && !is_told(effects, open, handle, ends, looked)
        && !super::receivers::is_of_own_stream(effects, owner, open)
}

/// The place that the release reads is filled by a callback of the promise, or after an await.
fn is_filled_later<'a>(effects: &Effects<'_, 'a>, handle: &Handle<'_, 'a>, event: &Event<'a>) -> bool {
    let file = event.from.file;
    let Some(read) = read_by(effects, handle, event) else { return false };
    let bounds = filled(effects, file, read);
    !bounds.is_empty() && bounds.iter().all(|(f, value)| in_callback(effects, *f) || is_awaited(effects, *f, value))
}

/// What is opened comes into the place that the release reads when it calls its handler for the first time, and no
/// sooner: `const stop = watch((news) => stops.push(stop))`.
fn is_kept_by_own_handler<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    event: &Event<'a>,
) -> bool {
    let file = event.from.file;
    let mut handlers = effects.given_functions(open.call, &[]);
    // A loop's own turn opens the next one.
    handlers.retain(|handler| !effects.within(*handler, open.from));
    let place = (!handlers.is_empty() && file == open.call.file).then(|| read_by(effects, handle, event)).flatten();
    let Some((place, key)) = place.and_then(|place| Some((place, effects.key(file, place)?))) else { return false };
    let stores = |call: &&'a Call| match &call.callee {
        Value::Member(base, name) => {
            DISPOSER_STORES.contains(&name.as_str()) && effects.key(file, base).as_ref() == Some(&key)
        }
        _ => false,
    };
    let calls = effects.program.facts(file).calls.iter().filter(stores);
    let stored = calls.flat_map(|call| call.args.iter().map(|arg| (FnRef { file, id: call.function }, &arg.value)));
    let filled = effects.bound_to(file, place).into_iter().chain(stored);
    let mut keeping = filled.filter(|(_, value)| handle.relates(file, value)).map(|(f, _)| f).peekable();
    let in_handler = |f: FnRef| handlers.iter().any(|handler| effects.within(*handler, f));
    keeping.peek().is_some() && keeping.all(in_handler)
}

/// The place that what a release is called on, or given, comes from.
fn read_by<'a>(effects: &Effects<'_, 'a>, handle: &Handle<'_, 'a>, event: &Event<'a>) -> Option<&'a Value> {
    let file = event.from.file;
    let base = match event.callee {
        Value::Member(base, _) if !handle.relates(file, event.callee) || handle.relates(file, base) => &**base,
        other => other,
    };
    let args = event.args.iter().map(|arg| &arg.value);
    // What is called itself releases what came with it.
    let called = matches!(event.callee, Value::Var(_)).then_some(event.callee);
    let read = [base].into_iter().chain(args).find(|value| handle.relates(file, value)).or(called)?;
    Some(source(effects, file, read, &Trail::default()))
}

/// What is assigned to a place, or given to a state of the component.
fn filled<'a>(effects: &Effects<'_, 'a>, file: u32, place: &'a Value) -> Vec<(FnRef, &'a Value)> {
    let mut given = match place {
        Value::Var(var) => effects.given_to_state(file, *var),
        _ => Vec::new(),
    };
    if given.is_empty() {
        given = effects.bound_to(file, place);
    }
    given.retain(|(_, value)| !value.is_null());
    given
}

/// The place behind a chain of calls, or behind one of its parts: what a closure or the body of a loop is given.
fn source<'a>(effects: &Effects<'_, 'a>, file: u32, value: &'a Value, trail: &Trail) -> &'a Value {
    let Some(here) = trail.step(value) else { return value };
    if let Value::Var(var) = value
        && let [Bound { value: Value::Element(whole), .. }] = effects.program.bound(file, *var)
    {
        return source(effects, file, whole, &here);
    }
    let call = match value {
        Value::Call(id) => Some(*id),
        Value::Var(var) if effects.is_param(file, *var) => {
            effects.handed_to(FnRef { file, id: var.function }).map(|call| call.id)
        }
        _ => None,
    };
    let callee = call.map(|id| &effects.program.facts(file).call(id).callee);
    match callee {
        Some(Value::Member(base, _)) => source(effects, file, base, &here),
        _ => value,
    }
}

fn is_awaited(effects: &Effects, f: FnRef, value: &Value) -> bool {
    let awaited = |value: &Value| matches!(value, Value::Call(id) if effects.program.facts(f.file).call(*id).awaited);
    match value {
        Value::Var(var) => matches!(effects.program.bound(f.file, *var), [only] if awaited(only.value)),
        other => awaited(other),
    }
}

/// The release itself waits: it stands in a callback of the promise, or after an await.
fn waits(effects: &Effects, event: &Event) -> bool {
    let function = effects.program.function(event.from);
    let called_back = |call: CallRef| {
        matches!(last_name(&effects.program.call(call).callee), "then" | "finally" | "catch" | "allSettled")
    };
    effects.handed_to(event.from).is_some_and(called_back)
        || nodes(&function.body).any(|node| matches!(node, Node::Await { .. }))
}

/// The end sets a place that what runs until then looks at, or that holds what was opened.
pub fn is_flagged(effects: &Effects, open: &Open, ends: &Ends, running: &[FnRef]) -> bool {
    let set: Vec<String> = ends.functions.iter().flat_map(|f| places_set(effects, *f)).collect();
    let is_set = |file: u32, value: &Value| effects.key(file, value).is_some_and(|key| set.contains(&key));
    let made = |value: &Value| {
        let calls = [Some(open.call), open.object];
        calls.into_iter().flatten().any(|call| *value == Value::Call(call.id))
    };
    let mut preds = Vec::new();
    for f in running {
        preds.extend(nodes(&effects.program.function(*f).body).filter_map(|node| match node {
            Node::Branch { pred, .. } => Some((f.file, &**pred)),
            _ => None,
        }));
    }
    let mut binds = running.iter().flat_map(|f| binds_of(effects, *f).into_iter().map(|bind| (f.file, bind)));
    all_tested(&preds).into_iter().any(|(file, value)| is_set(file, value))
        || binds.any(|(file, (target, value))| made(value) && is_set(file, target))
}
