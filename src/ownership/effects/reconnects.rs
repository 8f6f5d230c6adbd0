//! What a client that connects again by itself is made to open each time: the handler of its connection adds one more
//! interval, or one more listener of the same client, to those of the connections before.
//!
//! Strict: whatever may end it, anywhere in the file, makes it silent, and so does a setting that keeps the client from
//! connecting again. Knows no library.

use super::ends::events_in;
use super::fits::ends_the_receiver;
use super::lifespan::is_aside;
use super::model::Event;
use super::opens::opened;
use super::repeats::{is_ended, is_own, is_same_again, leak};
use super::tested::all_tested;
use super::{Effects, Leak, Open, Whose, objects};
use crate::catalog::schema::Kind;
use crate::catalog::{Row, RowKind};
use crate::facts::{Language, Literal, Value};
use crate::program::{CallRef, FnRef};
use crate::values::conditions::record_key;
use crate::values::handover::{chosen, functions_of};

pub(crate) fn reconnects<'a>(effects: &Effects<'_, 'a>) -> Vec<Leak<'a>> {
    let program = effects.program;
    let calls = program.calls().filter(|call| program.language(call.file) == Language::Script);
    calls.flat_map(|call| registered(effects, call)).collect()
}

/// The functions that the call registers for each connection of its receiver; the first thing of each that is too much.
fn registered<'a>(effects: &Effects<'_, 'a>, call: CallRef) -> Vec<Leak<'a>> {
    let (program, data) = (effects.program, effects.program.call(call));
    let rows = effects.project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
    let again = |row: &&Row| row.kind == RowKind::Handover && !program.catalog.handover(**row).again.is_empty();
    let (Some(row), Value::Member(client, _)) = (rows.iter().find(again), &data.callee) else { return Vec::new() };
    let handover = program.catalog.handover(*row);
    if is_switched_off(effects, call.file, &handover.again) {
        return Vec::new();
    }
    let mut functions = Vec::new();
    for arg in chosen(data, &handover.args) {
        functions_of(program, effects.at(call), &arg.value, handover.records, &mut functions);
    }
    functions.retain(|f| f.file == call.file && !is_aside(effects, *f));
    functions.into_iter().filter_map(|f| first_of(effects, f, client, *row)).collect()
}

/// Something in the file says that it connects once.
fn is_switched_off(effects: &Effects, file: u32, settings: &[String]) -> bool {
    let off = |value: &Value| matches!(value, Value::Literal(Literal::Bool(false)) | Value::Literal(Literal::Num(0.0)));
    let mut args = effects.program.facts(file).calls.iter().flat_map(|call| &call.args);
    args.any(|arg| settings.iter().any(|key| record_key(&arg.value, key).is_some_and(off)))
}

fn first_of<'a>(effects: &Effects<'_, 'a>, f: FnRef, client: &Value, row: Row) -> Option<Leak<'a>> {
    let adds_up = |open: &Open<'a>| match open.opener.kind {
        Kind::Timer => objects::outlasts(effects, open.call, open.opener),
        Kind::Listener => open.from == f && is_on(effects, open, client) && !is_same_again(effects, open, true),
        _ => false,
    };
    let opens = opened(effects, f).opens.into_iter();
    let mut opens = opens.filter(|open| adds_up(open) && is_unconditional(effects, f, open, client, row)).peekable();
    opens.peek()?;
    let events = events_in(
        effects,
        &effects.program.facts(f.file).function_ids().map(|id| FnRef { file: f.file, id }).collect::<Vec<_>>(),
    );
    let open = opens.find(|open| !is_ended(effects, open, &ending(effects, f, open, &events)))?;
    Some(leak(f, open, Whose::Reconnect))
}

/// What may end it. Who ends the client ends its listeners with it, and none while it goes on.
fn ending<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>, events: &[Event<'a>]) -> Vec<Event<'a>> {
    let whole = |event: &&Event<'a>| open.opener.kind == Kind::Listener && ends_the_receiver(open.opener, event);
    events.iter().filter(|event| effects.within(f, event.from) || !whole(event)).cloned().collect()
}

fn is_on(effects: &Effects, open: &Open, client: &Value) -> bool {
    matches!(&effects.program.call(open.call).callee, Value::Member(base, _) if **base == *client)
}

/// Nothing decides whether it opens but what the function itself has, and that the client is connected.
fn is_unconditional<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>, client: &Value, row: Row) -> bool {
    let openers = &effects.program.catalog.package(row.package).openers;
    let mut ready = openers.iter().filter_map(|opener| opener.ready.as_ref());
    let mut is_ready = |value: &Value| match value {
        Value::Member(base, name) => **base == *client && ready.any(|ready| ready.field == *name),
        _ => false,
    };
    all_tested(&open.preds).into_iter().all(|(file, value)| is_own(effects, f, file, value) || is_ready(value))
}
