//! Listeners whose object is closed at the owner's end, and stays: it is opened anew at the next start, or others use
//! it too.
//!
//! An object that can be used again keeps its listeners: each life of the owner adds one more. Which types are such,
//! the rows say. Knows no library.

use super::model::{Ends, Event, Owner, Same};
use super::{Effects, Open};
use crate::catalog::schema::{Kind, ReleaseOn};
use crate::catalog::words::effects::REOPENING;
use crate::facts::Value;
use crate::program::{CallRef, FnRef};

/// The release ends the object and not the listener, and the start opens that very object, or other files have it.
pub(crate) fn is_reopened<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    release: &Event<'a>,
    (body, ends): (&[Event<'a>], &Ends<'a>),
) -> bool {
    let Some(own) = effects.receiver_of(open).filter(|_| open.opener.kind == Kind::Listener) else { return false };
    let opens = |event: &Event<'a>| {
        let at_start = effects.within(owner.start, event.from);
        at_start && called_on(event, REOPENING).is_some_and(|base| is_same(effects, own, event, base))
    };
    closes(open, release)
        && is_reusable(effects, open)
        && super::shared::is_shared(effects, own.0, own.1)
        && (body.iter().any(opens) || !owner.page && is_others_too(effects, owner, own, ends))
}

/// Other files take it from where it is, and the end leaves it there.
fn is_others_too<'a>(effects: &Effects<'_, 'a>, owner: &Owner, (file, own): (u32, &'a Value), ends: &Ends) -> bool {
    let Some(place) = effects.place_of(file, own) else { return false };
    let name = effects.key(place.0, &Value::Var(place.1));
    let emptied = |f: &FnRef| super::assigned::places_set(effects, *f).into_iter().any(|set| Some(set) == name);
    let others = |call: &CallRef| call.file != place.0 && call.file != owner.start.file;
    let taken = |call: CallRef| match &effects.program.call(call).callee {
        Value::Member(base, _) => effects.place_of(call.file, base) == Some(place),
        _ => false,
    };
    !ends.functions.iter().any(emptied) && effects.program.calls().filter(others).any(taken)
}

/// It says nothing of listeners.
fn closes(open: &Open, release: &Event) -> bool {
    let Value::Member(_, method) = release.callee else { return false };
    let mut rows = open.opener.releases.iter().filter(|row| row.methods.contains(method));
    rows.all(|row| row.on == ReleaseOn::Receiver && row.same.is_empty())
}

fn is_reusable(effects: &Effects, open: &Open) -> bool {
    let receiver = effects.project.graph.target(open.call).and_then(|target| target.receiver);
    receiver.is_some_and(|ty| effects.program.catalog.ty(ty).row.reusable)
}

fn called_on<'a>(event: &Event<'a>, names: &[&str]) -> Option<&'a Value> {
    match event.callee {
        Value::Member(base, method) if names.contains(&method.as_str()) => Some(base),
        _ => None,
    }
}

fn is_same<'a>(effects: &Effects<'_, 'a>, own: (u32, &'a Value), event: &Event<'a>, base: &'a Value) -> bool {
    effects.same_object(own, (event.from.file, base)) == Same::Yes
}
