//! Connections that are opened again by a handler of their own close: the cleanup's close sets it off.
//!
//! Silent as soon as anything may tell the handler that nobody wants the connection any more: a condition on what the
//! end may change, a timer that is cleared, a handler that is taken away. Knows no library: which event says that it is gone, the rows say.

use super::assigned::binds_of;
use super::called_off::{Looked, is_called_off};
use super::gone::handles_end;
use super::model::{Ends, Event, Fit, Fitting, Handle};
use super::opens::opened;
use super::tested::all_tested;
use super::unmoved::After;
use super::unseen::ends_something;
use super::{Effects, Open};
use crate::catalog::schema::Kind;
use crate::facts::{Pred, Value};
use crate::program::FnRef;
use crate::values::sites::last_name;

/// The release closes what its own handler then opens again, under no condition that the end changes.
pub(crate) fn is_revived<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
    release: &Event<'a>,
) -> bool {
    let [closed, ..] = open.opener.gone.as_slice() else { return false };
    let facts = effects.program.facts(open.from.file);
    let inside = facts.function_ids().map(|id| FnRef { file: open.from.file, id });
    let mut handlers = inside.filter(|f| *f != open.from && effects.within(open.from, *f));
    let reopens = |f: FnRef| {
        let mut opens = opened(effects, f).opens.into_iter();
        opens.any(|again| is_again(effects, open, handle, ends, &again) && is_let(effects, open, f, ends, &again))
    };
    open.opener.kind == Kind::Realtime
        && last_name(release.callee).starts_with(closed.as_str())
        && !takes_away(effects, open, handle, ends)
        && handlers.any(|f| handles_end(effects, open, handle, f, closed) && reopens(f))
}

/// The handler comes to the same opening, whatever has happened.
fn is_again<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
    again: &Open<'a>,
) -> bool {
    // The handler runs when the end has run: no timer that it starts is cleared by that.
    again.call == open.call && !is_called_off(effects, again, handle, ends, (false, Looked::Anywhere))
}

/// What the handler asks, beside what was asked at first, is as it was before the end.
fn is_let<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, handler: FnRef, ends: &Ends<'a>, again: &Open<'a>) -> bool {
    let asked = |pred: &Pred| open.preds.iter().any(|(_, own)| std::ptr::eq(*own, pred));
    let more: Vec<(u32, &'a Pred)> = again.preds.iter().copied().filter(|(_, pred)| !asked(pred)).collect();
    let after = After::new(effects, handler, ends);
    all_tested(&more).into_iter().all(|(file, value)| after.finds_unmoved(file, value))
}

/// The end takes handlers from the connection first, or gives it other ones.
pub(crate) fn takes_away<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
) -> bool {
    let fitting = Fitting { effects, open, handle };
    let removes = |event: &Event<'a>| {
        let on_it = matches!(event.callee, Value::Member(base, _) if handle.relates(event.from.file, base));
        on_it && ends_something(last_name(event.callee)) && fitting.fit(event) != Fit::Releases
    };
    let sets = |f: &FnRef| {
        let member = |target: &Value| matches!(target, Value::Member(base, _) if handle.relates(f.file, base));
        binds_of(effects, *f).into_iter().any(|(target, _)| member(target))
    };
    ends.events.iter().any(removes) || ends.functions.iter().any(sets)
}
