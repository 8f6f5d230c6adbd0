//! Listeners whose object is closed at the owner's end and opened anew at its next start.
//!
//! An object that can be used again keeps its listeners: each life of the owner adds one more. Which types are such,
//! the rows say. Knows no library.

use super::ends::Event;
use super::owners::Owner;
use super::same::Same;
use super::{Effects, Open};
use crate::catalog::schema::{Kind, ReleaseOn};
use crate::facts::Value;

/// By these an object is opened again.
const OPENS: &[&str] = &["connect", "open"];

/// The release ends the object and not the listener, and the start opens that very object.
pub(super) fn is_reopened<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    release: &Event<'a>,
    body: &[Event<'a>],
) -> bool {
    let Some(own) = effects.receiver_of(open).filter(|_| open.opener.kind == Kind::Listener) else { return false };
    let opens = |event: &Event<'a>| {
        let at_start = effects.within(owner.start, event.from);
        at_start && called_on(event, OPENS).is_some_and(|base| is_same(effects, own, event, base))
    };
    closes(open, release)
        && is_reusable(effects, open)
        && super::shared::is_shared(effects, own.0, own.1)
        && body.iter().any(opens)
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
