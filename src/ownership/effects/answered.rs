//! Releases that only an answer brings: an interval that ends itself when a server says so goes on until then, and so
//! does a connection that is closed by a handler of its own events.
//!
//! Knows no library.

use super::assigned::places_set;
use super::endless::is_endless;
use super::gone::events_of;
use super::model::{Ends, Event, Handle};
use super::tested::all_tested;
use super::waits::comes_after_wait;
use super::{Effects, Open};
use crate::catalog::schema::Kind;
use crate::catalog::words::effects::{CANCELLING, OPENING_EVENTS};
use crate::facts::Node;
use crate::facts::walk::around_call;
use crate::graph::requests;
use crate::program::{CallRef, FnRef};
use crate::values::sites::last_name;

/// It runs when something has come in, and that is not the end of the owner's life.
pub(crate) fn is_brought<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
    event: &Event<'a>,
) -> bool {
    let Some(call) = event.call else { return false };
    is_brought_by_tick(effects, open, event.from, call)
        || is_brought_by_poll(effects, open, event.from, call)
        || is_brought_by_event(effects, open, handle, event.from, call) && !is_told_of_end(effects, ends, event)
}

/// It stands in what the timer itself runs, after a wait and under a condition.
fn is_brought_by_tick(effects: &Effects, open: &Open, from: FnRef, call: CallRef) -> bool {
    let interval = open.opener.kind == Kind::Timer && !open.opener.pedantic;
    let own = || effects.given_functions(open.call, &[]).into_iter().any(|f| effects.within(f, from));
    interval && own() && is_tested(effects, from, call) && comes_after_wait(effects, call)
}

/// It stands in what a stream is given that never ends by itself, under a condition on what a server answers again and
/// again.
fn is_brought_by_poll(effects: &Effects, open: &Open, from: FnRef, call: CallRef) -> bool {
    let program = effects.program;
    let given = |call: CallRef| effects.given_functions(call, &[]).into_iter();
    let takes = |f: FnRef| {
        let mut calls = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
        calls.any(|call| requests::takes_time(program, &effects.project.graph, call))
    };
    open.opener.kind == Kind::Subscription
        && given(open.call).any(|f| effects.within(f, from))
        && is_tested(effects, from, call)
        && is_endless(effects, open.call, open.row)
        && effects.chain_calls(open.call).into_iter().any(|call| given(call).any(takes))
}

/// It stands in a handler of the connection's own events, which have come before or will come after: under a condition,
/// or beside a handler of other events. Closed with the first thing that it gives, it was a question with an answer.
fn is_brought_by_event(effects: &Effects, open: &Open, handle: &Handle, from: FnRef, call: CallRef) -> bool {
    if open.opener.kind != Kind::Realtime {
        return false;
    }
    let facts = effects.program.facts(from.file);
    let around = std::iter::successors(Some(from.id), |id| facts.function(*id).parent);
    let inside = around.map(|id| FnRef { file: from.file, id }).filter(|f| !effects.within(*f, open.from));
    let handlers: Vec<(FnRef, Vec<String>)> = inside.map(|f| (f, events_of(effects, handle, f))).collect();
    let own: Vec<&String> = handlers.iter().flat_map(|(_, events)| events).collect();
    let gives = |event: &String| !open.opener.gone.contains(event) && !OPENING_EVENTS.contains(&event.as_str());
    let other = |event: &String| gives(event) && !own.contains(&event);
    let others = || {
        let functions = |file: &u32| {
            let file = *file;
            effects.program.facts(file).function_ids().map(move |id| FnRef { file, id })
        };
        let mut all = handle.files.iter().flat_map(functions);
        all.any(|f| events_of(effects, handle, f).iter().any(other))
    };
    let comes = !own.is_empty() && !own.iter().any(|event| open.opener.gone.contains(event));
    comes && (is_tested(effects, from, call) || others())
}

/// The end changes what its condition asks for, or calls something off.
fn is_told_of_end<'a>(effects: &Effects<'_, 'a>, ends: &Ends<'a>, event: &Event<'a>) -> bool {
    let set: Vec<String> = ends.functions.iter().flat_map(|f| places_set(effects, *f)).collect();
    let mut tested = all_tested(&event.preds).into_iter();
    tested.any(|(file, value)| effects.key(file, value).is_some_and(|key| set.contains(&key)))
        || ends.events.iter().any(|end| CANCELLING.contains(&last_name(end.callee)))
}

fn is_tested(effects: &Effects, from: FnRef, call: CallRef) -> bool {
    let around = around_call(&effects.program.function(from).body, call.id);
    around.iter().any(|region| matches!(region.node, Node::Branch { .. } | Node::Match { .. }))
}
