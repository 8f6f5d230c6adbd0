//! Cleanups and page-leave handlers that see a state variable as it was at the first render.
//!
//! Such a variable begins empty, is filled later, and is missing from the effect's dependencies: what
//! the cleanup calls on it never happens. Knows no library and no framework.

use super::Effects;
use super::ends::ends;
use super::leave::Registration;
use super::lifespan::returned_by;
use super::model::{Event, Home, Homes, Registered};
use super::unseen::ends_something;
use crate::catalog::schema::ReleaseOn;
use crate::facts::{Call, CallId, Literal, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::sites::last_name;

/// A call of a cleanup or page-leave handler that finds nothing to be called on.
pub struct Stale {
    pub effect: CallRef,
    pub call: CallRef,
    pub variable: String,
    /// In a handler of a page-leave event, not in the cleanup.
    pub leaving: bool,
}

pub(crate) fn stale<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, leaving: &[Registration]) -> Vec<Stale> {
    let mut found = Vec::new();
    for (home, data) in homes {
        let product = data.effects.iter().filter(|one| !super::lifespan::is_aside(effects, one.start));
        found.extend(product.filter_map(|one| of_effect(effects, *home, data, one, leaving)));
    }
    found
}

fn of_effect<'a>(
    effects: &Effects<'_, 'a>,
    home: FnRef,
    data: &Home<'a>,
    one: &Registered<'a>,
    leaving: &[Registration],
) -> Option<Stale> {
    let Some(Value::List(deps)) = one.deps else { return None };
    let handlers = leaving.iter().filter(|other| effects.within(one.start, other.at)).flat_map(|other| &other.handlers);
    let handlers: Vec<FnRef> = handlers.copied().collect();
    let cleanup = ends(effects, &[], &returned_by(effects, one.start)).events;
    let leave = ends(effects, &handlers, &[]).events;
    let marked = cleanup.iter().map(|event| (event, false)).chain(leave.iter().map(|event| (event, true)));
    let mut stale = marked.filter_map(|(event, leaving)| {
        let var = first_state(effects, home, one, event)?;
        let listed = deps.iter().any(|dep| dep.root() == &Value::Var(var));
        let ending = leaving || ends_something(last_name(event.callee));
        let events = if leaving { &leave } else { &cleanup };
        if listed || !ending || ended_as_local(effects, home, one, var, event, events) {
            return None;
        }
        if !leaving && released_elsewhere(effects, data, one, var, event) {
            return None;
        }
        let variable = effects.program.facts(home.file).local(var).name.clone();
        Some(Stale { effect: one.call, call: event.call?, variable, leaving })
    });
    stale.next()
}

/// The state variable at the root of what is called, or of what a release is given, where it begins empty and is filled
/// later.
fn first_state(effects: &Effects, home: FnRef, one: &Registered, event: &Event) -> Option<VarRef> {
    let called = match event.callee {
        Value::Member(base, _) => element_of(effects, event.from, base),
        _ => None,
    };
    let given = || event.args.first().filter(|_| releases_what_it_is_given(effects, event)).map(|arg| arg.value.root());
    let own = |value: &&Value| {
        let Value::Var(var) = value else { return false };
        var.function == home.id && effects.is_filled_later(home.file, *var)
    };
    let inside = event.from.file == home.file && effects.within(one.start, event.from);
    match called.filter(own).or_else(|| given().filter(own)).filter(|_| inside)? {
        Value::Var(var) => Some(*var),
        _ => None,
    }
}

/// What a value is taken from; the parameter of a function that something is run on for each of its elements, from that.
fn element_of<'e>(effects: &'e Effects, f: FnRef, value: &'e Value) -> Option<&'e Value> {
    let root = value.root();
    let Value::Var(var) = root else { return None };
    if var.function != f.id || !effects.is_param(f.file, *var) {
        return Some(root);
    }
    match &effects.program.call(effects.handed_to(f)?).callee {
        Value::Member(all, _) => Some(effects.chain_root_ref(f.file, all)),
        _ => None,
    }
}

/// It is called like what releases the handle that it is given.
fn releases_what_it_is_given(effects: &Effects, event: &Event) -> bool {
    let packages = effects.program.active.iter().map(|id| effects.program.catalog.package(*id));
    let mut releases = packages.flat_map(|package| &package.openers).flat_map(|opener| &opener.releases);
    let name = last_name(event.callee);
    releases.any(|release| {
        let by_handle = release.same.iter().any(|what| what == "handle");
        let methods = release.methods.iter().filter(|_| by_handle && release.on == ReleaseOn::Any);
        let functions = release.functions.iter().filter(|_| by_handle || release.same.is_empty());
        methods.chain(functions).any(|other| other == name)
    })
}

/// All that the variable ever gets is kept in variables of the effect too, and ended by those names.
fn ended_as_local<'a>(
    effects: &Effects<'_, 'a>,
    home: FnRef,
    one: &Registered<'a>,
    var: VarRef,
    event: &Event,
    events: &[Event],
) -> bool {
    let ended = |local: &Value| {
        let same = |other: &Event| {
            last_name(other.callee) == last_name(event.callee)
                && matches!(other.callee, Value::Member(base, _) if **base == *local)
        };
        events.iter().any(same)
    };
    let given = effects.given_to_state(home.file, var);
    let mut filled = given.iter().filter(|(_, value)| !value.is_null()).peekable();
    filled.peek().is_some()
        && filled
            .all(|(from, value)| effects.within(one.start, *from) && matches!(value, Value::Var(_)) && ended(value))
}

/// Another effect of the component, which does depend on the variable, calls the same at its end.
fn released_elsewhere(effects: &Effects, data: &Home, own: &Registered, var: VarRef, event: &Event) -> bool {
    let others = data.effects.iter().filter(|other| other.call != own.call);
    others.into_iter().any(|other| {
        let Some(Value::List(deps)) = other.deps else { return false };
        let depends = deps.iter().any(|dep| dep.root() == &Value::Var(var));
        let events = if depends { ends(effects, &[], &returned_by(effects, other.start)).events } else { Vec::new() };
        events.iter().any(|later| last_name(later.callee) == last_name(event.callee))
    })
}

impl<'a> Effects<'_, 'a> {
    /// The first of a pair that a call gave for an empty value, whose second is used to fill it.
    pub(crate) fn is_filled_later(&self, file: u32, var: VarRef) -> bool {
        let [only] = self.program.bound(file, var) else { return false };
        let Some(call) = part(only.value, 0.0) else { return false };
        let facts = self.program.facts(file);
        let begins_empty = match facts.call(call).positional(0) {
            None => facts.call(call).args.is_empty(),
            Some(arg) => matches!(&arg.value, Value::Literal(_)),
        };
        begins_empty && self.setter_of(file, call).is_some_and(|setter| self.is_used(file, setter))
    }

    /// What a state holds at the first rendering, where something sets it later.
    pub(crate) fn first_state(&self, file: u32, var: VarRef) -> Option<&'a Literal> {
        let [only] = self.program.bound(file, var) else { return None };
        let call = part(only.value, 0.0).filter(|_| self.is_filled_later(file, var))?;
        match self.program.facts(file).call(call).positional(0).map(|arg| &arg.value) {
            Some(Value::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    /// The variable that is the second of a pair.
    fn setter_of(&self, file: u32, pair: CallId) -> Option<VarRef> {
        let second = |(var, bounds): (&VarRef, &Vec<crate::program::index::Bound>)| {
            bounds.iter().any(|bound| part(bound.value, 1.0) == Some(pair)).then_some(*var)
        };
        self.program.index[file as usize].vars.iter().find_map(second)
    }

    /// What the second of a pair is called with, for the first, and by which functions.
    pub(crate) fn given_to_state(&self, file: u32, var: VarRef) -> Vec<(FnRef, &'a Value)> {
        let [only] = self.program.bound(file, var) else { return Vec::new() };
        let Some(setter) = part(only.value, 0.0).and_then(|call| self.setter_of(file, call)) else {
            return Vec::new();
        };
        let calls = self.program.facts(file).calls.iter();
        let calls = calls.filter(|call| matches!(&call.callee, Value::Var(other) if *other == setter));
        let given = |call: &'a Call| Some((FnRef { file, id: call.function }, &call.positional(0)?.value));
        calls.filter_map(given).collect()
    }

    /// The second of a pair that a call gave.
    pub(crate) fn is_setter(&self, file: u32, value: &Value) -> bool {
        let Value::Var(var) = value else { return false };
        matches!(self.program.bound(file, *var), [only] if part(only.value, 1.0).is_some())
    }

    /// Called, or handed to something.
    fn is_used(&self, file: u32, var: VarRef) -> bool {
        let is_it = |value: &Value| matches!(value, Value::Var(other) if *other == var);
        let calls = &self.program.facts(file).calls;
        calls.iter().any(|call| is_it(&call.callee) || call.args.iter().any(|arg| is_it(&arg.value)))
    }
}

/// The call of which the value is the part at `index`.
pub(crate) fn part(value: &Value, index: f64) -> Option<CallId> {
    let Value::Index(base, key) = value else { return None };
    match (&**base, &**key) {
        (Value::Call(id), Value::Literal(Literal::Num(n))) if *n == index => Some(*id),
        _ => None,
    }
}
