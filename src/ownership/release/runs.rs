//! The calls that run as part of a call: of the function that it runs, and of the closures that it is given.

use super::bodies::parameter;
use super::futures;
use super::model::World;
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::walk::nodes;
use crate::facts::{Arg, Block, Call, CallId, Language, LoopKind, Node, Pred, Value, VarRef};
use crate::graph::arguments;
use crate::program::{CallRef, FnRef};
use crate::values::calls::Target;
use crate::values::handover::may_stop;

/// The calls that are made by the one function of the project behind the call, and by the closures that it is given
/// and runs: `retry(() => fetch(url))`, `names.map((name) => fetch(name))`.
pub(crate) fn run_by(world: &World, call: CallRef) -> Vec<CallRef> {
    let Some(target) = world.graph.target(call).filter(|target| !target.by_name) else { return Vec::new() };
    let data = world.program.call(call);
    match target.functions.as_slice() {
        [] if takes_elements(world, target) => in_closures(world, call, &|_| true),
        [g] => {
            let mut calls = body_calls(world, call, *g);
            calls.extend(in_closures(world, call, &|at| runs_parameter(world, *g, data, at)));
            calls
        }
        _ => Vec::new(),
    }
}

/// What it is given runs for each element.
pub(crate) fn takes_elements(world: &World, target: &Target) -> bool {
    let catalog = &world.program.catalog;
    let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
    rows.any(|row| catalog.handover(*row).run == Run::Iteration)
}

pub(crate) fn in_closures(world: &World, call: CallRef, is_run: &dyn Fn(usize) -> bool) -> Vec<CallRef> {
    let facts = world.program.facts(call.file);
    let mut calls = Vec::new();
    for (at, arg) in facts.call(call.id).args.iter().enumerate() {
        if let Value::Closure(id) = arg.value
            && is_run(at)
        {
            collect(&facts.function(id).body, &|_| None, &mut calls);
        }
    }
    calls.into_iter().map(|id| CallRef { file: call.file, id }).collect()
}

/// Somebody waits for the call: for itself, or for all of a list in which it stands (`await Promise.all([a(), b()])`,
/// `await wait_for(a(), 5)`).
pub(crate) fn is_awaited(world: &World, call: CallRef) -> bool {
    let facts = world.program.facts(call.file);
    let data = facts.call(call.id);
    let itself = Value::Call(call.id);
    let given = |arg: &Arg| match &arg.value {
        Value::List(items) => items.contains(&itself),
        value => *value == itself,
    };
    let joins = |outer: &Call| {
        outer.awaited
            && outer.function == data.function
            && (facts.language == Language::Python
                || matches!(outer.callee.root(), Value::Global(name) if name == "Promise"))
    };
    let later = facts.calls.iter().skip(call.id.index() + 1).take(MAX_BESIDE);
    data.awaited || later.into_iter().any(|outer| joins(outer) && outer.args.iter().any(given))
}

/// The promise of the call is what its function gives: who waits for that waits for it.
pub(crate) fn is_returned(world: &World, call: CallRef) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    world.program.given_by(f).into_iter().any(|value| *value == Value::Call(call.id))
}

pub(crate) fn runs_parameter(world: &World, g: FnRef, call: &Call, at: usize) -> bool {
    let Some(local) = parameter(world.program.function(g), call, at) else { return false };
    let own = Value::Var(VarRef { function: g.id, local });
    world.program.calls_within(g).any(|inner| inner.callee == own)
}

/// The plain calls of the function, and of the block whose future it gives.
pub(crate) fn body_calls(world: &World, call: CallRef, g: FnRef) -> Vec<CallRef> {
    let mut calls = plain_calls(world, call, g);
    if let Some(block) = futures::block_of(world, g) {
        calls.extend(plain_calls(world, call, block));
    }
    calls
}

/// The calls of a function that stand in no handler and no loop that may stop, since those are made for retries, and
/// in no branch that the function does not come to when it is called so.
pub(crate) fn plain_calls(world: &World, call: CallRef, g: FnRef) -> Vec<CallRef> {
    let decided = |pred: &Pred| arguments::decided(world.program, world.graph, call, g, pred);
    let mut calls = Vec::new();
    collect(&world.program.function(g).body, &decided, &mut calls);
    calls.into_iter().map(|id| CallRef { file: g.file, id }).collect()
}

/// Whether the function has left for sure at the end of the block, by giving something back.
pub(crate) fn collect(block: &Block, decided: &dyn Fn(&Pred) -> Option<bool>, calls: &mut Vec<CallId>) -> bool {
    for node in block {
        let left = match node {
            Node::Call(id) => {
                calls.push(*id);
                false
            }
            Node::Try { body, .. } => collect(body, decided, calls),
            Node::Loop { kind: LoopKind::Each, body, .. } if !may_stop(body) => {
                collect(body, decided, calls);
                false
            }
            Node::Loop { .. } => false,
            Node::Branch { pred, then, otherwise, .. } => {
                let taken = decided(pred).map(|holds| if holds { then } else { otherwise });
                let arms = taken.map_or_else(|| vec![then, otherwise], |arm| vec![arm]);
                let mut left = true;
                for arm in arms {
                    left &= collect(arm, decided, calls);
                }
                if taken.is_some_and(|arm| matches!(arm.last(), Some(Node::Throw { .. }))) {
                    return false;
                }
                taken.is_some() && left
            }
            Node::Return { .. } => true,
            other => {
                other.blocks().for_each(|inner| _ = collect(inner, decided, calls));
                false
            }
        };
        if left {
            return true;
        }
    }
    false
}

pub(crate) fn scope_calls(block: &Block) -> impl Iterator<Item = CallId> {
    nodes(block).filter_map(|node| match node {
        Node::Scope { resource: Value::Call(id), .. } => Some(*id),
        _ => None,
    })
}

/// More calls than sensibly stand in one list of promises.
pub(crate) const MAX_BESIDE: usize = 64;
