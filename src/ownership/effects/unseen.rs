//! What may release something without being seen to: calls at the end that are given what was opened, or what
//! it was opened on, and that nothing is known of.
//!
//! Generous, for silence is better than a wrong word. Knows no library.

use super::model::{Event, Handle, Same};
use super::{Effects, Open};
use crate::catalog::schema::{Kind, Opener};
use crate::catalog::words::effects::{ENDING_STEMS, PART_ENDS, PLAIN_GLOBALS};
use crate::facts::{CallKind, Value};
use crate::program::{CallRef, FnRef};

/// Something that the analysis cannot see into, and that has what it takes to release.
pub(crate) fn may_release<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    event: &Event<'a>,
) -> bool {
    if super::again::repeats(effects, open, event) {
        return false;
    }
    let file = event.from.file;
    if handle.is_stored_by(event) || is_shown(effects, event) || undoes_other(effects, open, event) {
        return false;
    }
    let mut args: Vec<(u32, &'a Value)> = event.args.iter().map(|arg| (file, &arg.value)).collect();
    if let Value::Call(id) = event.callee {
        args.extend(effects.program.facts(file).call(*id).args.iter().map(|arg| (file, &arg.value)));
    }
    let is_helpers = |file: u32, value: &'a Value| match effects.program.deref(crate::values::calls::top(file), value) {
        Value::Call(id) => open.path.contains(&CallRef { file, id: *id }),
        _ => false,
    };
    if args.iter().any(|(file, value)| is_helpers(*file, value)) {
        return true;
    }
    let has =
        |(file, value): &(u32, &'a Value)| handle.relates(*file, value) || is_own_part(effects, open, *file, value);
    if args.iter().any(has) && !is_among_parts(open, handle, event) {
        return true;
    }
    // `off(event, handler)` speaks of one listener alone.
    let name = crate::values::sites::last_name(event.callee);
    let ending = event.args.len() < 2
        && ends_something(name)
        && !ends_other(effects, open, name)
        && !speaks_of_another(effects, open, event);
    if is_given_to_helper(effects, open, event) {
        return true;
    }
    match event.callee {
        Value::Member(base, _) if ending => handle.relates(file, base) || is_receiver(effects, open, file, base),
        Value::Var(_) if event.call.is_none() => handle.relates(file, event.callee),
        _ => false,
    }
}

/// An element of the page shows what it is given.
fn is_shown(effects: &Effects, event: &Event) -> bool {
    let element = |call: CallRef| effects.program.call(call).kind == CallKind::Jsx;
    event.call.is_some_and(element) && matches!(event.callee, Value::Global(_))
}

/// `map.removeControl(tools)` undoes `map.addControl(tools)`, and nothing else.
fn undoes_other<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let (Value::Member(base, name), [arg, ..]) = (event.callee, event.args) else { return false };
    let Some(what) = name.find(|c: char| c.is_uppercase()).map(|at| &name[at..]) else { return false };
    let Some(key) = effects.key(event.from.file, &arg.value).filter(|_| ends_something(name)) else { return false };
    let file = open.call.file;
    let calls = effects.program.facts(file).calls.iter().enumerate().filter(|(id, _)| *id as u32 != open.call.id.0);
    let mut calls = calls.map(|(_, call)| call);
    calls.any(|call| match &call.callee {
        Value::Member(other, does) => {
            does.ends_with(what)
                && !ends_something(does)
                && effects.same_object((file, other), (event.from.file, base)) == Same::Yes
                && call.args.first().is_some_and(|arg| effects.key(file, &arg.value).as_ref() == Some(&key))
        }
        _ => false,
    })
}

/// What the language itself has for numbers, texts and bytes.
pub(crate) fn keeps_nothing(callee: &Value) -> bool {
    matches!(callee.root(), Value::Global(name) if PLAIN_GLOBALS.contains(&name.as_str()))
}

/// `source.connect(context.destination)`: parts of a medium are given to each other, and to what counts. What an object
/// keeps, others may end.
fn is_among_parts<'a>(open: &Open<'a>, handle: &Handle<'_, 'a>, event: &Event<'a>) -> bool {
    let among = |base: &'a Value, name: &str| {
        let by_local = matches!(base.root(), Value::Var(_));
        by_local && !ends_something(name) && handle.relates(event.from.file, base)
    };
    let part = || matches!(event.callee, Value::Member(base, name) if among(base, name));
    open.opener.kind == Kind::Media && (keeps_nothing(event.callee) || part())
}

/// `off("left")`, where it is opened for `"joined"`.
fn speaks_of_another(effects: &Effects, open: &Open, event: &Event) -> bool {
    let opened = open.opener.event.and_then(|at| effects.program.call(open.call).positional(at));
    let texts = opened.zip(event.args.first()).and_then(|(own, other)| own.value.as_str().zip(other.value.as_str()));
    open.opener.kind == Kind::Listener && texts.is_some_and(|(own, other)| own != other)
}

/// By the rows of its package, the method ends what hangs on the handle, and not the handle itself: `off` of a socket. So
/// it does by its name, where it is one of a connection whose own ends the rows have.
fn ends_other(effects: &Effects, open: &Open, method: &str) -> bool {
    let names = |opener: &Opener| opener.releases.iter().any(|row| row.methods.iter().any(|name| name == method));
    let openers = &effects.program.catalog.package(open.row.package).openers;
    let hung =
        |opener: &&Opener| opener.kind == Kind::Listener && opener.calls.iter().all(|call| call.starts_with('#'));
    let of_connection = || open.opener.kind == Kind::Realtime && PART_ENDS.contains(&method);
    open.opener.kind != Kind::Listener
        && !names(open.opener)
        && (of_connection() || openers.iter().filter(hung).any(names))
}

/// The way to the opener is given an object made for it (a signal, an abort handle), which may
/// cancel it from anywhere.
pub(crate) fn is_cancellable(effects: &Effects, start: FnRef, open: &Open) -> bool {
    let mut given = open
        .path
        .iter()
        .flat_map(|call| effects.program.call(*call).args.iter().map(move |arg| (call.file, &arg.value)));
    given.any(|(file, value)| match (value.root(), value) {
        (Value::Var(var), Value::Var(_) | Value::Member(..)) => {
            let made = |value: &Value| matches!(value, Value::Call(id) if effects.is_new(CallRef { file, id: *id }));
            var.function == start.id && matches!(effects.program.bound(file, *var), [only] if made(only.value))
        }
        _ => false,
    })
}

/// The end speaks to an object that the way to the opener was given: a signal, a queue.
fn is_given_to_helper<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let Value::Member(base, _) = event.callee else { return false };
    let Some(key) = effects.key(event.from.file, base).filter(|key| !key.starts_with("page")) else {
        return false;
    };
    let receiver = effects.receiver_of(open).and_then(|(file, value)| effects.key(file, value));
    let given =
        open.path.iter().flat_map(|call| effects.program.call(*call).args.iter().map(|arg| (call.file, &arg.value)));
    receiver.as_ref() != Some(&key)
        && given.into_iter().any(|(file, value)| effects.key(file, value).as_ref() == Some(&key))
}

fn is_own_part<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, file: u32, value: &'a Value) -> bool {
    let handler = open.opener.handler.and_then(|at| effects.program.call(open.call).positional(at));
    let is_handler =
        handler.is_some_and(|arg| effects.same_handler((open.call.file, &arg.value), (file, value)) == Same::Yes);
    is_handler || is_receiver(effects, open, file, value)
}

fn is_receiver<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, file: u32, value: &'a Value) -> bool {
    let Some((own_file, own)) = effects.receiver_of(open) else { return false };
    let own = effects.key(own_file, own).filter(|key| !key.starts_with("page"));
    own.is_some_and(|own| effects.key(file, value).is_some_and(|key| key == own))
}

/// A method name that by all conventions ends what it is called on.
pub(crate) fn ends_something(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ENDING_STEMS.iter().any(|stem| name.starts_with(stem))
}
