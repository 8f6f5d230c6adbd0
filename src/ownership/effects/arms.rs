//! Which of two calls of a function one run of it reaches.
//!
//! Knows no library.

use super::model::{Case, Event};
use super::{Effects, Open};
use crate::facts::walk::{around_call, has_call};
use crate::facts::{CallId, Literal, Node, Pred, Value, exits};
use crate::program::{CallRef, FnRef};

/// One run of the block reaches one of the calls only: they stand in different arms of a branch, or the first in
/// an arm that leaves.
pub(crate) fn apart(block: &[Node], first: CallId, second: CallId) -> bool {
    around_call(block, first).iter().any(|region| {
        let Node::Branch { then, otherwise, .. } = region.node else { return false };
        let beside = if std::ptr::eq(then, region.block) { otherwise } else { then };
        has_call(beside, second) || exits(region.block) && !has_call(region.block, second)
    })
}

/// The call stands where what is known of values does not lead.
pub(crate) fn is_cut_off<'v>(block: &[Node], call: CallId, known: &dyn Fn(&Value) -> Option<&'v Literal>) -> bool {
    for node in block {
        if let Node::Branch { pred, then, otherwise, .. } = node {
            let (taken, left) = match truth(pred, known) {
                Some(true) => (then, otherwise),
                Some(false) => (otherwise, then),
                None => continue,
            };
            if has_call(left, call) || exits(taken) && !has_call(taken, call) {
                return true;
            }
        }
        if let Some(inner) = node.blocks().find(|inner| has_call(inner, call)) {
            return is_cut_off(inner, call, known);
        }
    }
    false
}

/// The call stands where a flag does not lead that the call before it gives to the function: `toggle(false)`.
pub(crate) fn is_switched_off(effects: &Effects, outer: CallRef, call: CallRef) -> bool {
    if flags(effects, outer).is_empty() {
        return false;
    }
    let known = |value: &Value| match effects.given_for(outer, call.file, value) {
        Some(Value::Literal(flag)) if is_flag(flag) => Some(flag),
        _ => None,
    };
    is_cut_off(&effects.program.function(effects.at(call)).body, call.id, &known)
}

/// What a call switches on and off, by the place of the argument, 0-based.
pub(crate) type Flags = Vec<(usize, bool)>;

pub(crate) fn flags(effects: &Effects, call: CallRef) -> Flags {
    let args = effects.program.call(call).args.iter().enumerate();
    let flags = args.filter_map(|(at, arg)| match &arg.value {
        Value::Literal(flag) if is_flag(flag) => Some((at, is_truthy(flag))),
        _ => None,
    });
    flags.collect()
}

fn is_flag(literal: &Literal) -> bool {
    matches!(literal, Literal::Bool(_) | Literal::Null)
}

/// Whether a condition holds, by what is known of the values that it asks about.
fn truth<'v>(pred: &Pred, known: &dyn Fn(&Value) -> Option<&'v Literal>) -> Option<bool> {
    match pred {
        Pred::Truthy(value) => known(value).map(is_truthy),
        Pred::Null(value) => known(value).map(|literal| *literal == Literal::Null),
        Pred::Eq(value, other) => known(value).map(|literal| literal == other),
        Pred::Not(inner) => truth(inner, known).map(|held| !held),
        Pred::And(all) => {
            let told: Vec<Option<bool>> = all.iter().map(|inner| truth(inner, known)).collect();
            if told.contains(&Some(false)) {
                Some(false)
            } else {
                told.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
            }
        }
        _ => None,
    }
}

pub(crate) fn is_truthy(literal: &Literal) -> bool {
    match literal {
        Literal::Null => false,
        Literal::Bool(held) => *held,
        Literal::Num(number) => *number != 0.0,
        Literal::Str(text) => !text.is_empty(),
        _ => true,
    }
}

/// A run of the start that comes to the release has opened nothing: it may end what an earlier run has opened, and at
/// the end of the owner's life none comes.
pub(crate) fn is_of_other_runs<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let mut ways = open.path.iter().copied().chain([open.call]);
    ways.any(|call| {
        let f = effects.at(call);
        let body = &effects.program.function(f).body;
        let beside = |other: CallId| apart(body, other, call.id) || other > call.id && apart(body, call.id, other);
        leads(effects, f, event).is_some_and(beside)
    })
}

/// The call of a function that is the event, or runs the function that it stands in.
fn leads<'a>(effects: &Effects<'_, 'a>, f: FnRef, event: &Event<'a>) -> Option<CallId> {
    if event.from == f {
        return event.call.map(|call| call.id);
    }
    let calls = effects.program.facts(f.file).calls.iter().enumerate();
    let mut own = calls.filter(|(_, data)| data.function == f.id).map(|(id, _)| CallId(id as u32));
    own.find(|id| {
        let run = effects.run_by(CallRef { file: f.file, id: *id });
        run.into_iter().any(|inner| effects.within(inner, event.from))
    })
}

impl<'a> Case<'_, 'a> {
    /// It stands where the states of the first rendering do not lead.
    pub(crate) fn is_never_reached(&self, event: &Event<'a>, deps: &[Value]) -> bool {
        let Some(call) = event.call else { return false };
        let (effects, home) = (self.effects, self.owner.home);
        let first = |value: &Value| match value {
            Value::Var(var) if var.function == home.id && event.from.file == home.file => {
                let listed = deps.iter().any(|dep| dep.root() == value);
                effects.first_state(home.file, *var).filter(|_| !listed)
            }
            _ => None,
        };
        is_cut_off(&effects.program.function(event.from).body, call.id, &first)
    }
}
