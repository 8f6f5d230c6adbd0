//! The calls that run as part of a call: of the function that it runs, and of the closures that it is given.

use super::bodies::parameter;
use super::futures;
use super::model::World;
use crate::catalog::RowKind;
use crate::catalog::schema::{Run, TypeRow};
use crate::catalog::words::graph::COLLECTING;
use crate::contexts::development::in_production;
use crate::facts::walk::nodes;
use crate::facts::{Arg, Block, Call, CallId, Language, LoopKind, Node, Pred, Value, VarRef};
use crate::graph::arguments;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::flow::Flow;
use crate::values::handover::{functions_of, may_stop};

/// The calls that are made by the one function of the project behind the call, and by the functions that it is given
/// and runs: `retry(() => fetch(url))`, `names.map((name) => fetch(name))`.
pub(crate) fn run_by(world: &World, call: CallRef) -> Vec<CallRef> {
    let Some(target) = world.graph.target(call).filter(|target| !target.by_name) else { return Vec::new() };
    let data = world.program.call(call);
    match target.functions.as_slice() {
        [] if runs_given(world, target) => in_given(world, call, &|_| true),
        [g] => {
            let mut calls = body_calls(world, call, *g);
            calls.extend(in_given(world, call, &|at| runs_parameter(world, *g, data, at)));
            calls
        }
        _ => Vec::new(),
    }
}

/// What it is given runs before it comes back, once or for each element.
fn runs_given(world: &World, target: &Target) -> bool {
    let catalog = &world.program.catalog;
    let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
    rows.any(|row| matches!(catalog.handover(*row).run, Run::Inline | Run::Iteration))
}

/// The calls of the functions that the call is given and runs.
pub(crate) fn in_given(world: &World, call: CallRef, is_run: &dyn Fn(usize) -> bool) -> Vec<CallRef> {
    let program = world.program;
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let mut found = Vec::new();
    for (_, arg) in data.args.iter().enumerate().filter(|(at, _)| is_run(*at)) {
        for g in named_functions(program, from, &arg.value) {
            let mut calls = Vec::new();
            collect(&program.function(g).body, &|_| None, &mut calls);
            found.extend(calls.into_iter().map(|id| CallRef { file: g.file, id }));
        }
    }
    found
}

/// The functions of the project that a value stands for: a closure, one that goes by a name or is bound to an object
/// (`this.mail.send.bind(this.mail)`), and the one that a class makes of what an interface only declares.
pub(super) fn named_functions<'a>(program: &Program<'a>, from: FnRef, value: &'a Value) -> Vec<FnRef> {
    let mut given = Vec::new();
    match value {
        Value::Closure(id) => given.push(FnRef { file: from.file, id: *id }),
        Value::Var(_) | Value::Member(..) | Value::Call(_) => functions_of(program, from, value, false, &mut given),
        _ => {}
    }
    if given.is_empty() {
        let method = bound(program, from.file, value).map_or(value, |(method, _)| method);
        given = program.implemented(from, method);
        // Which of several is not known.
        if given.len() > 1 {
            given.clear();
        }
    }
    given
}

/// `users.save` and `users` of `users.save.bind(users)`.
pub(super) fn bound<'a>(program: &Program<'a>, file: u32, value: &'a Value) -> Option<(&'a Value, &'a Value)> {
    let Value::Call(id) = value else { return None };
    let call = program.facts(file).call(*id);
    match &call.callee {
        Value::Member(method, name) if name == "bind" => Some((method, &call.positional(0)?.value)),
        _ => None,
    }
}

/// Somebody waits for the call: for itself, or for all of a list in which it stands (`await Promise.all([a(), b()])`,
/// `await wait_for(a(), 5)`).
pub(crate) fn is_awaited(world: &World, call: CallRef) -> bool {
    waits_for(world, call, &|call| world.program.call(call).awaited) || is_received(world, call)
}

/// The promise of the call is what its function gives, or a part of that: who waits for that waits for it.
pub(crate) fn is_handed_back(world: &World, call: CallRef) -> bool {
    waits_for(world, call, &|call| is_returned(world, call))
}

/// It holds for the call, or for one that waits for all that it is given and is given this one.
fn waits_for(world: &World, call: CallRef, holds: &dyn Fn(CallRef) -> bool) -> bool {
    let facts = world.program.facts(call.file);
    let data = facts.call(call.id);
    let itself = Value::Call(call.id);
    let given = |arg: &Arg| match &arg.value {
        Value::List(items) => items.contains(&itself),
        value => *value == itself,
    };
    let joins = |outer: &Call| {
        outer.function == data.function
            && (facts.language == Language::Python
                || matches!(outer.callee.root(), Value::Global(name) if name == "Promise"))
            && outer.args.iter().any(given)
    };
    let mut outer = world.program.takers(call).filter(|outer| joins(world.program.call(*outer)));
    holds(call) || outer.any(holds)
}

/// A loop waits at each turn for what the call gives next.
pub(crate) fn is_received(world: &World, call: CallRef) -> bool {
    is_gone_through(world, call, |kind| kind == LoopKind::Receive)
}

/// A loop of one of the kinds goes through what the call gives.
fn is_gone_through(world: &World, call: CallRef, is_kind: fn(LoopKind) -> bool) -> bool {
    let function = world.program.facts(call.file).function(world.program.call(call).function);
    nodes(&function.body).any(|node| match node {
        Node::Loop { kind, each: Some(each), .. } => is_kind(*kind) && *each == Value::Call(call.id),
        _ => false,
    })
}

/// The promise of the call is what its function gives: who waits for that waits for it.
pub(crate) fn is_returned(world: &World, call: CallRef) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    world.program.given_by(f).into_iter().any(|value| *value == Value::Call(call.id))
}

/// What the call does goes on behind the end of its function: an async function returns its promise and waits for
/// nothing of it before.
pub(crate) fn outlasts(world: &World, call: CallRef) -> bool {
    let program = world.program;
    let is_async = |f: FnRef| program.function(f).flags.is_async;
    let begins_later = || {
        let target = world.graph.target(call);
        target.is_some_and(|target| !target.functions.is_empty() && target.functions.iter().all(|g| is_async(*g)))
    };
    is_async(FnRef { file: call.file, id: program.call(call).function })
        && !program.call(call).awaited
        && is_returned(world, call)
        && (!program.semantics(call.file).lazy || begins_later())
}

/// The call does nothing, if what it gives is a coroutine: nobody waits for that, or has it.
pub fn is_unstarted(program: &Program, call: CallRef, gives_coroutine: impl Fn() -> bool) -> bool {
    program.semantics(call.file).lazy
        && !program.call(call).awaited
        && gives_coroutine()
        && Flow::of(program, call).is_dropped()
}

/// The release of that name is known to be a coroutine, as the first of its type's releases.
pub fn gives_coroutine(row: &TypeRow, release: &str) -> bool {
    row.release_awaited == Some(true) && row.release.first().is_some_and(|first| first == release)
}

/// Calling the function runs nothing of it where calls of coroutines are lazy.
pub fn is_coroutine(program: &Program, f: FnRef) -> bool {
    let flags = &program.function(f).flags;
    flags.is_async && !flags.generator
}

pub(crate) fn runs_parameter(world: &World, g: FnRef, call: &Call, at: usize) -> bool {
    let Some(local) = parameter(world.program.function(g), call, at) else { return false };
    let own = Value::Var(VarRef { function: g.id, local });
    world.program.calls_within(g).any(|inner| inner.callee == own)
}

/// Something goes through what the call gives, which does nothing by itself: a loop, a call that collects it, or the
/// generator around it.
pub(crate) fn is_consumed(world: &World, call: CallRef) -> bool {
    let data = world.program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let made = Value::Call(call.id);
    let function = world.program.function(f);
    let hands_on = |node: &Node| match node {
        Node::Yield { value: Some(Value::Element(inner)), .. } => **inner == made,
        _ => false,
    };
    data.awaited
        || is_gone_through(world, call, |_| true)
        || scope_calls(&function.body).any(|id| id == call.id)
        || function.flags.generator && nodes(&function.body).any(hands_on)
        || world.program.calls_within(f).any(|outer| outer.function == f.id && collects(world, f, outer, &made))
}

/// The call goes through the elements of the value.
fn collects(world: &World, f: FnRef, call: &Call, value: &Value) -> bool {
    let name = call.callee_name(world.program.facts(f.file));
    name.is_some_and(|name| COLLECTING.contains(&name)) && call.args.iter().any(|arg| arg.value == *value)
}

/// The plain calls of the function, and of the block whose future it gives.
pub(crate) fn body_calls(world: &World, call: CallRef, g: FnRef) -> Vec<CallRef> {
    if world.program.function(g).flags.generator && !is_consumed(world, call) {
        return Vec::new();
    }
    let mut calls = plain_calls(world, call, g);
    if let Some(block) = futures::block_of(world, g) {
        calls.extend(plain_calls(world, call, block));
    }
    calls
}

/// The calls of a function that stand in no handler, of a loop that may stop those of the first try alone, and
/// in no branch that the function does not come to when it is called so, or where nobody develops or tests.
pub(crate) fn plain_calls(world: &World, call: CallRef, g: FnRef) -> Vec<CallRef> {
    let facts = world.program.facts(g.file);
    let decided = |pred: &Pred| {
        arguments::decided(world.program, world.graph, call, g, pred).or_else(|| in_production(facts, pred))
    };
    let mut calls = Vec::new();
    collect(&world.program.function(g).body, &decided, &mut calls);
    calls.into_iter().map(|id| CallRef { file: g.file, id }).collect()
}

/// The loop is made for more than a retry: it comes to the end of its elements, or gives them out itself.
fn goes_on(kind: LoopKind, body: &Block) -> bool {
    let gives = || nodes(body).any(|node| matches!(node, Node::Yield { .. }));
    matches!(kind, LoopKind::Each | LoopKind::Receive) && !may_stop(body) || gives()
}

/// Whether the function has left for sure at the end of the block, by giving something back.
pub(crate) fn collect(block: &[Node], decided: &dyn Fn(&Pred) -> Option<bool>, calls: &mut Vec<CallId>) -> bool {
    for node in block {
        let left = match node {
            Node::Call(id) => {
                calls.push(*id);
                false
            }
            Node::Try { body, .. } => collect(body, decided, calls),
            Node::Loop { kind, body, .. } if goes_on(*kind, body) => {
                collect(body, decided, calls);
                false
            }
            Node::Loop { kind: LoopKind::Each | LoopKind::Endless, body, .. } => {
                collect_first(body, decided, calls);
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

/// What the first iteration of a loop that may stop does for sure: the first try of several. Whether the way may have
/// ended at the end of the block.
fn collect_first(block: &[Node], decided: &dyn Fn(&Pred) -> Option<bool>, calls: &mut Vec<CallId>) -> bool {
    for node in block {
        let ended = match node {
            Node::Try { body, .. } => collect_first(body, decided, calls),
            Node::Branch { .. } | Node::Loop { .. } if node.blocks().any(|inner| may_stop(inner)) => true,
            other => collect(std::slice::from_ref(other), decided, calls),
        };
        if ended {
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
