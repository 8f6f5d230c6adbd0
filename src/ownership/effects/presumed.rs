//! Listeners of objects that nothing is known of, in effects which show by themselves that the object outlasts them.
//!
//! The cleanup removes other listeners from it, or the effect runs again on the same object: each run adds one more.
//! Knows no library.

use super::model::{Ends, Event, Fit, Fitting, Handle, Owner, Same};
use super::{Effects, Fault, Open};
use crate::catalog::words::effects::LAST_EVENTS;
use crate::facts::trail::Visited;
use crate::facts::{LocalKind, Value};
use crate::program::{CallRef, FnRef};
use crate::values::flow::mentions;

/// What is wrong with such a listener of an effect.
pub fn fault<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    ends: &Ends<'a>,
    body: &[Event<'a>],
) -> Option<(Fault, Option<CallRef>)> {
    let (file, receiver) = effects.receiver_of(open)?;
    let root = receiver.root();
    let Value::Var(var) = taken_from(effects, file, root) else { return None };
    let made_here = file == owner.start.file && effects.within(owner.start, FnRef { file, id: var.function });
    let handle = Handle::of(effects, open);
    if owner.effect.is_none() || owner.page || made_here || handle.escapes {
        return None;
    }
    if let Some(event) = ends.events.iter().find(|event| super::again::repeats(effects, open, event)) {
        return Some((Fault::AddsAgain, event.call));
    }
    let fitting = Fitting { effects, open, handle: &handle };
    let fits: Vec<(&Event, Fit)> = ends.events.iter().chain(body).map(|event| (event, fitting.fit(event))).collect();
    let given = || ends.events.iter().any(|event| is_given(effects, event, file, root));
    if fits.iter().any(|(_, fit)| *fit == Fit::Releases) || given() {
        return None;
    }
    let in_vain = |event: &Event<'a>| {
        let fresh = event.args.iter().any(|arg| effects.is_fresh((event.from.file, &arg.value)));
        fresh && is_on(effects, event, (file, receiver))
    };
    let other = |(event, fit): &(&Event<'a>, Fit)| {
        let fails = *fit == Fit::Fails(Fault::OtherHandler) && in_vain(event);
        fails.then_some((Fault::OtherHandler, event.call))
    };
    let shown = || runs_again(effects, owner, (file, root)).then_some((Fault::Missing, None));
    let removed = removal_of_other(effects, open, ends, (file, receiver)).filter(|_| !is_of_end(effects, open));
    let told = || removed.map(|removal| (Fault::Missing, Some(removal)));
    fits.iter().find_map(other).or_else(told).or_else(shown)
}

/// `const { rooms } = store`: the place that a variable's object was there in before.
fn taken_from<'a>(effects: &Effects<'_, 'a>, file: u32, root: &'a Value) -> &'a Value {
    let visited = Visited::default();
    let mut place = root;
    while visited.enter(place) {
        let Value::Var(var) = place else { break };
        match effects.program.bound(file, *var) {
            // What a call gave was in no other place before.
            [only] if matches!(only.value, Value::Var(_) | Value::Member(..)) => match only.value.root() {
                Value::Call(_) => break,
                root => place = root,
            },
            _ => break,
        }
    }
    place
}

/// Something is given the object: it may release all.
fn is_given<'a>(effects: &Effects<'_, 'a>, event: &Event<'a>, file: u32, root: &Value) -> bool {
    let key = effects.key(file, root);
    event.args.iter().any(|arg| matches!(arg.value, Value::Var(_)) && effects.key(event.from.file, &arg.value) == key)
}

/// It waits for the end of the object itself, with which it goes.
fn is_of_end(effects: &Effects, open: &Open) -> bool {
    let event = open.opener.event.and_then(|at| effects.program.call(open.call).positional(at));
    event.and_then(|arg| arg.value.as_str()).is_some_and(|name| LAST_EVENTS.contains(&name))
}

/// Where the end removes another listener from the very object.
pub(crate) fn removal_of_other<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    ends: &Ends<'a>,
    own: (u32, &'a Value),
) -> Option<CallRef> {
    let removes = |name: &String| open.opener.releases.iter().any(|row| row.methods.contains(name));
    let other = |event: &&Event<'a>| match event.callee {
        Value::Member(_, method) => removes(method) && event.args.len() > 1 && is_on(effects, event, own),
        _ => false,
    };
    ends.events.iter().find(other)?.call
}

/// It is a method of the very object.
fn is_on<'a>(effects: &Effects<'_, 'a>, event: &Event<'a>, own: (u32, &'a Value)) -> bool {
    matches!(event.callee, Value::Member(base, _) if effects.same_object(own, (event.from.file, base)) == Same::Yes)
}

/// The object is among the dependencies, and so is something that the component is given anew while the object stays.
fn runs_again<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, (file, root): (u32, &'a Value)) -> bool {
    let Some(Value::List(deps)) = owner.deps else { return false };
    let own = |value: &Value| value.root() == root;
    let changes = |value: &Value| !own(value) && is_given_anew(effects, owner, file, value);
    file == owner.home.file && deps.iter().any(own) && deps.iter().any(changes)
}

/// A property of the component, or something that is made of one; functions that set or keep something stay the same.
pub(crate) fn is_given_anew(effects: &Effects, owner: &Owner, file: u32, value: &Value) -> bool {
    let program = effects.program;
    let Value::Var(var) = value.root() else { return false };
    let name = &program.facts(file).local(*var).name;
    let steady = name.starts_with("set") || name.ends_with("Ref") || name.ends_with("ispatch");
    let param = |inner: &Value| {
        matches!(inner, Value::Var(var)
            if program.facts(file).local(*var).kind == LocalKind::Param && var.function == owner.home.id)
    };
    let part = |inner: &Value| {
        matches!(inner, Value::Var(var)
            if matches!(program.bound(file, *var), [only] if param(only.value.root())))
    };
    let made = |value: &Value| mentions(program, file, value, &mut |inner| param(inner) || part(inner));
    let behind = program.bound(file, *var);
    !steady && (param(value.root()) || matches!(behind, [only] if made(only.value)))
}
