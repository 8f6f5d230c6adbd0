//! Handlers of the events that say that a connection is gone or fails. What they close was not in use any more:
//! as long as all is well, they never run.
//!
//! Which events those are is data. Knows no library.

use super::model::{Event, Handle};
use super::objects::is_part;
use super::{Effects, Open};
use crate::facts::{FnId, Value};
use crate::program::FnRef;
use crate::program::index::Bound;
use crate::values::conditions::literal_text;
use crate::values::handover::functions_of;

/// The release stands in such a handler of the very thing that is open.
pub(crate) fn is_told<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    release: &Event<'a>,
) -> bool {
    let facts = effects.program.facts(release.from.file);
    let around = std::iter::successors(Some(release.from.id), |id| facts.function(*id).parent);
    let inside = around.take_while(|id| *id != FnId::TOP && *id != open.from.id);
    let mut handlers = inside.map(|id| FnRef { file: release.from.file, id });
    handlers.any(|f| open.opener.gone.iter().any(|event| handles_end(effects, open, handle, f, event)))
}

/// The function handles that event of the connection.
pub(crate) fn handles_end(effects: &Effects, open: &Open, handle: &Handle, f: FnRef, event: &str) -> bool {
    let on_way = || open.path.iter().chain([&open.call]).any(|call| call.file == f.file);
    let own = || on_way() || open.object.is_some_and(|object| is_part(effects, object, f));
    registered_for(effects, handle, f).as_deref() == Some(event)
        || own() && assigned_to(effects, handle, f).contains(&event)
}

/// The events of the connection that the function handles.
pub(crate) fn events_of(effects: &Effects, handle: &Handle, f: FnRef) -> Vec<String> {
    let assigned = assigned_to(effects, handle, f).into_iter().map(str::to_string);
    registered_for(effects, handle, f).into_iter().chain(assigned).collect()
}

/// `socket.addEventListener("close", handler)`
fn registered_for(effects: &Effects, handle: &Handle, f: FnRef) -> Option<String> {
    let call = effects.handed_to(f)?;
    let data = effects.program.call(call);
    let listens = || matches!(&data.callee, Value::Member(base, _) if handle.relates(call.file, base));
    data.positional(0).and_then(|arg| literal_text(&arg.value)).filter(|_| listens())
}

/// `socket.onclose = handler`
fn assigned_to<'a>(effects: &Effects<'_, 'a>, handle: &Handle, f: FnRef) -> Vec<&'a str> {
    let members = &effects.program.index[f.file as usize].members;
    let is = |bound: &Bound<'a>| {
        let mut functions = Vec::new();
        let from = FnRef { file: f.file, id: bound.function };
        functions_of(effects.program, from, bound.value, false, &mut functions);
        functions.contains(&f)
    };
    let own = |bounds: &[(&'a Value, Bound<'a>)]| {
        bounds.iter().any(|(base, bound)| handle.relates(f.file, base) && is(bound))
    };
    let events = members.iter().filter_map(|(name, bounds)| Some((name.strip_prefix("on")?, bounds)));
    events.filter(|(_, bounds)| own(bounds)).map(|(event, _)| event).collect()
}
