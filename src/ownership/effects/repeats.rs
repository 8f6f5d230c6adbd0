//! What is opened again and again, without an owner whose end would release it: whether that adds up.
//!
//! Knows no library.

use super::ends::events_in;
use super::model::{Event, Fit, Fitting, Handle};
use super::tested::all_tested;
use super::{Effects, End, Fault, Leak, Open, Whose};
use crate::catalog::schema::Kind;
use crate::facts::{FnId, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};

/// What nothing ends, of all that is opened.
pub(crate) fn left_open<'a>(effects: &Effects<'_, 'a>, f: FnRef, opens: Vec<Open<'a>>, whose: Whose) -> Vec<Leak<'a>> {
    if opens.is_empty() {
        return Vec::new();
    }
    let mut files: Vec<u32> = opens.iter().map(|open| open.call.file).chain([f.file]).collect();
    files.sort_unstable();
    files.dedup();
    let of_file = |file: u32| effects.program.facts(file).function_ids().map(move |id| FnRef { file, id });
    let mut events = events_in(effects, &files.into_iter().flat_map(of_file).collect::<Vec<_>>());
    events.retain(|event| whose != Whose::Visit || !is_at_shutdown(effects, event.from));
    let open = opens.into_iter().filter(|open| !open.optional && !is_ended(effects, open, &events));
    open.map(|open| leak(f, open, whose)).collect()
}

pub(crate) fn leak<'a>(start: FnRef, open: Open<'a>, whose: Whose) -> Leak<'a> {
    Leak {
        effect: None,
        start,
        open,
        fault: Fault::Missing,
        proof: None,
        loose: false,
        whose,
        owned: None,
        end: End::Unknown,
    }
}

/// Each event opens another one beside those that are open.
pub(crate) fn adds_up<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>) -> bool {
    super::objects::lasts(effects, open) && is_unconditional(effects, f, open, true)
}

/// Nothing but what the function itself, and those that it calls for that, have decides whether it opens.
pub(crate) fn is_unconditional<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>, page: bool) -> bool {
    let way: Vec<FnRef> = open.path.iter().map(|call| effects.at(*call)).chain([f, open.from]).collect();
    let is_own = |(file, value)| way.iter().any(|f| is_own(effects, *f, file, value));
    all_tested(&open.preds).into_iter().all(is_own) && !is_same_again(effects, open, page)
}

/// The function itself has it, and no one around.
pub(crate) fn is_own(effects: &Effects, f: FnRef, file: u32, value: &Value) -> bool {
    match value.root() {
        Value::Var(var) => var.function != FnId::TOP && effects.within(f, FnRef { file, id: var.function }),
        _ => false,
    }
}

/// A listener that is a function of the module is added once, however often; so is one that the object keeps, as long
/// as there is but one such object, and what takes the place of the last one. What a helper is given counts as its
/// caller has it.
pub(crate) fn is_same_again<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, page: bool) -> bool {
    let handler = open.opener.handler.and_then(|at| effects.program.call(open.call).positional(at));
    let handler = handler.map(|arg| effects.given_along(&open.path, open.call.file, &arg.value));
    let is_same = |(file, handler): (u32, &'a Value)| match handler {
        Value::Var(var) if var.function == FnId::TOP || effects.is_param(file, *var) => true,
        Value::Var(var) => {
            let within = FnRef { file, id: var.function };
            page && !matches!(effects.program.deref(within, handler), Value::Closure(_))
        }
        Value::Closure(_) => false,
        _ => page,
    };
    open.opener.replaces || open.opener.kind == Kind::Listener && handler.is_none_or(is_same)
}

/// It runs when the process stops: long after those who came have gone.
pub(crate) fn is_at_shutdown(effects: &Effects, f: FnRef) -> bool {
    let contexts = effects.project.contexts.of(Point::Fn(f));
    !contexts.is_empty() && contexts.iter().all(|context| context.trigger == Trigger::Shutdown)
}

/// Something else has it, or some call of the file ends it.
pub(crate) fn is_ended<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, events: &[Event<'a>]) -> bool {
    let handle = Handle::of(effects, open);
    let fitting = Fitting { effects, open, handle: &handle };
    // The first step of a loop that arms itself again is given its function, and ends nothing.
    let begins =
        |call: CallRef| effects.any_opener(call).is_some() && effects.given_functions(call, &[]).contains(&open.from);
    let opens = |call: CallRef| call == open.call || open.repeats && begins(call);
    handle.escapes
        || super::once::is_gated(effects, open)
        || open.object.is_some() && super::objects::is_kept(effects, open, events, &[])
        || events.iter().filter(|event| !event.call.is_some_and(opens) && !handle.is_in_disposer(event.from)).any(
            |event| fitting.fit(event) != Fit::Unrelated || super::unseen::may_release(effects, open, &handle, event),
        )
}
