//! Releases that only the first of several runs comes to: it sets a variable of the module that keeps all others from
//! theirs.
//!
//! `if (unlocked) return; unlocked = true; …; document.removeEventListener("click", unlock)`. Knows no library.

use super::arms::is_truthy;
use super::assigned::binds_of;
use super::model::Event;
use super::tested::tested;
use super::{Effects, Open};
use crate::facts::{FnId, LocalKind, Node, Pred, Value, VarRef, exits};
use crate::program::FnRef;

/// What was opened runs the release itself, and another run's has kept it from that for good.
pub(crate) fn is_latched<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, release: &Event<'a>) -> bool {
    if release.from.file != open.from.file || super::repeats::is_same_again(effects, open, true) {
        return false;
    }
    let Some(call) = release.call else { return false };
    let before = effects.program.call(call).span.start;
    let facts = effects.program.facts(release.from.file);
    let around = std::iter::successors(Some(release.from.id), |id| facts.function(*id).parent);
    let inside: Vec<FnId> = around.take_while(|id| *id != FnId::TOP && *id != open.from.id).collect();
    inside.into_iter().any(|id| {
        let f = FnRef { file: release.from.file, id };
        let own = release.preds.iter().filter(|_| f == release.from).map(|(_, pred)| *pred);
        barring(effects, f, before).into_iter().chain(own).any(|pred| is_latch(effects, f, pred))
    })
}

/// Conditions under which a function leaves before it comes to a place.
fn barring<'a>(effects: &Effects<'_, 'a>, f: FnRef, before: u32) -> Vec<&'a Pred> {
    let body: &'a [Node] = &effects.program.function(f).body;
    let leaves = |node: &'a Node| match node {
        Node::Branch { pred, then, otherwise, span } if span.start < before && exits(then) != exits(otherwise) => {
            Some(&**pred)
        }
        _ => None,
    };
    body.iter().filter_map(leaves).collect()
}

/// The condition asks for a variable of the module that the function sets, and that nothing empties again.
fn is_latch(effects: &Effects, f: FnRef, pred: &Pred) -> bool {
    let mut asked = Vec::new();
    tested(pred, &mut asked);
    asked.into_iter().any(|value| match value {
        Value::Var(var) => {
            is_of_module(effects, f, *var) && sets(effects, f, value) && stays_set(effects, f.file, *var)
        }
        _ => false,
    })
}

fn is_of_module(effects: &Effects, f: FnRef, var: VarRef) -> bool {
    let kind = effects.program.facts(f.file).local(var).kind;
    var.function == FnId::TOP && kind == LocalKind::Let { constant: false }
}

fn sets(effects: &Effects, f: FnRef, place: &Value) -> bool {
    binds_of(effects, f).into_iter().any(|(target, value)| target == place && holds(value))
}

/// Nothing but the module itself, which begins with it empty, gives it anything else.
fn stays_set(effects: &Effects, file: u32, var: VarRef) -> bool {
    effects.program.bound(file, var).iter().all(|bound| holds(bound.value) != (bound.function == FnId::TOP))
}

fn holds(value: &Value) -> bool {
    matches!(value, Value::Literal(literal) if is_truthy(literal))
}
