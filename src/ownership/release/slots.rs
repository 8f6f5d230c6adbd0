//! Places outside of a function that it fills with the resource and empties again: `request.state.db`.
//!
//! What a function puts into the thing that it is given, and closes there itself, is still its own to close.
//! Knows no library by name.

use super::model::Walk;
use super::names;
use super::state::State;
use crate::facts::walk::binds;
use crate::facts::{Block, Call, CallId, FileFacts, LocalKind, Value};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

impl Walk<'_, '_, '_> {
    /// What the resource was placed in: whoever is given that works with the resource.
    pub(crate) fn is_around(&self, state: &State, value: &Value) -> bool {
        state.placed && self.slot.is_some_and(|slot| slot.root() == value)
    }
}

/// The place that the acquisition is put into, if this function alone releases it there.
pub(crate) fn slot<'a>(program: &Program<'a>, call: CallRef) -> Option<&'a Value> {
    let f = FnRef { file: call.file, id: program.call(call).function };
    let facts = program.facts(call.file);
    let place = filled(&program.function(f).body, call.id)?;
    let Value::Member(_, name) = place else { return None };
    let given =
        matches!(place.root(), Value::Var(var) if var.function == f.id && facts.local(*var).kind == LocalKind::Param);
    let mut releases = facts.calls.iter().filter(|other| released(other).is_some_and(|at| ends(at, name))).peekable();
    let own = |other: &Call| other.function == f.id && released(other) == Some(place);
    (given && releases.peek().is_some() && releases.all(own) && !is_lent(facts, f, place)).then_some(place)
}

fn filled(block: &Block, call: CallId) -> Option<&Value> {
    binds(block).find(|bind| *bind.value == Value::Call(call)).map(|bind| bind.target)
}

/// What the call releases by its name.
fn released(call: &Call) -> Option<&Value> {
    match &call.callee {
        Value::Member(base, name) if names::releases(name) => Some(base),
        _ => None,
    }
}

fn ends(place: &Value, name: &str) -> bool {
    matches!(place, Value::Member(_, last) if last == name)
}

/// A function inside reads the place: it may release it later.
fn is_lent(facts: &FileFacts, f: FnRef, place: &Value) -> bool {
    let begins = |mut value: &Value| loop {
        match value {
            other if other == place => return true,
            Value::Member(base, _) => value = base,
            _ => return false,
        }
    };
    facts
        .calls
        .iter()
        .any(|call| call.function != f.id && (begins(&call.callee) || call.args.iter().any(|arg| begins(&arg.value))))
}
