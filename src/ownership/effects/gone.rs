//! Handlers of the events that say that a connection is gone or fails. What they close was not in use any more:
//! as long as all is well, they never run.
//!
//! Which events those are is data. Knows no library.

use super::model::{Event, Handle};
use super::objects::is_part;
use super::{Effects, Open};
use crate::facts::{FnId, Value};
use crate::program::FnRef;
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
    let own = || f.file == open.call.file || open.object.is_some_and(|object| is_part(effects, object, f));
    is_registered(effects, handle, f, event) || is_assigned(effects, handle, f, event) && own()
}

/// `socket.addEventListener("close", handler)`
fn is_registered(effects: &Effects, handle: &Handle, f: FnRef, event: &str) -> bool {
    let Some(call) = effects.handed_to(f) else { return false };
    let data = effects.program.call(call);
    let told = data.positional(0).and_then(|arg| literal_text(&arg.value));
    told.is_some_and(|told| told == event)
        && matches!(&data.callee, Value::Member(base, _) if handle.relates(call.file, base))
}

/// `socket.onclose = handler`
fn is_assigned(effects: &Effects, handle: &Handle, f: FnRef, event: &str) -> bool {
    let members = &effects.program.index[f.file as usize].members;
    let bound = members.get(format!("on{event}").as_str()).into_iter().flatten();
    let mut own = bound.filter(|(base, _)| handle.relates(f.file, base));
    own.any(|(_, bound)| {
        let mut functions = Vec::new();
        let from = FnRef { file: f.file, id: bound.function };
        functions_of(effects.program, from, bound.value, false, &mut functions);
        functions.contains(&f)
    })
}
