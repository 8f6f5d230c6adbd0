//! Connections that a timer opens anew some time after they were lost: when the owner goes before that, nothing ends
//! the new one.
//!
//! Silent as soon as the end clears the timer, or anything tells the handler or the opening that nobody wants it any
//! more. Knows no library.

use super::called_off::{Looked, is_called_off};
use super::model::{Ends, Event, Fit, Fitting, Handle};
use super::opens::opened;
use super::revived::takes_away;
use super::unseen::may_release;
use super::{Effects, Open};
use crate::catalog::schema::Kind;
use crate::facts::Value;
use crate::program::{CallRef, FnRef};
use crate::values::flow::is_used;
use crate::values::handover::functions_of;

/// The timer that a handler of the connection has run the opening again, and that the end leaves alone.
pub(crate) fn pending<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
) -> Option<CallRef> {
    if open.opener.kind != Kind::Realtime {
        return None;
    }
    let facts = effects.program.facts(open.from.file);
    let inside = facts.function_ids().map(|id| FnRef { file: open.from.file, id });
    let mut handlers =
        inside.filter(|f| *f != open.from && effects.within(open.from, *f) && is_handler(effects, handle, *f));
    let uncalled = |again: &Open<'a>| {
        again.call == open.call && !is_called_off(effects, again, handle, ends, (false, Looked::Anywhere))
    };
    let again = |timer: &Open<'a>| {
        let one_shot = timer.opener.kind == Kind::Timer && timer.opener.pedantic;
        let reopens = |f: &FnRef| opened(effects, *f).opens.iter().any(uncalled);
        one_shot && effects.given_functions(timer.call, &[]).iter().any(reopens)
    };
    let left = |timer: &Open<'a>| {
        let own = Handle::of(effects, timer);
        let fitting = Fitting { effects, open: timer, handle: &own };
        !own.escapes
            && !is_called_off(effects, timer, handle, ends, (false, Looked::Anywhere))
            && !takes_away(effects, open, handle, ends)
            && (!is_used(effects.program, timer.call) || !ends.events.iter().any(|event| may_end(&fitting, event)))
    };
    handlers.find_map(|f| {
        let timers = opened(effects, f).opens;
        timers.iter().find(|timer| again(timer) && left(timer)).map(|timer| timer.call)
    })
}

/// The end says something of a timer that somebody has: one that is let go nothing clears.
fn may_end<'a>(timer: &Fitting<'_, 'a>, event: &Event<'a>) -> bool {
    timer.fit(event) != Fit::Unrelated || may_release(timer.effects, timer.open, timer.handle, event)
}

/// The connection is given it for one of its events.
fn is_handler(effects: &Effects, handle: &Handle, f: FnRef) -> bool {
    let registered = effects.handed_to(f).is_some_and(
        |call| matches!(&effects.program.call(call).callee, Value::Member(base, _) if handle.relates(call.file, base)),
    );
    let members = effects.program.index[f.file as usize].members.iter();
    let mut assigned = members.filter(|(name, _)| name.starts_with("on")).flat_map(|(_, bound)| bound);
    registered
        || assigned.any(|(base, bound)| {
            let mut functions = Vec::new();
            let from = FnRef { file: f.file, id: bound.function };
            functions_of(effects.program, from, bound.value, false, &mut functions);
            functions.contains(&f) && handle.relates(f.file, base)
        })
}
