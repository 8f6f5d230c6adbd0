//! What is done with something behind its end.
//!
//! Some things open again when they are used: then nobody ends them a second time. Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::{Resource, Trace, World};
use super::streamed::Holding;
use super::{names, streamed};
use crate::catalog::RowKind;
use crate::catalog::words::release::{ASKING, OPENING, PROMISE_STEPS, TRANSACTION_ENDS};
use crate::facts::walk::around_call;
use crate::facts::{Arg, Call, CallId, FileFacts, Node, Span, Value, VarRef};
use crate::graph::handed::runs_later;
use crate::program::{CallRef, FnRef};
use crate::values::flow::Flow;

/// The uses at which it has ended on every way, and after which nobody ends it again where it can be opened again.
pub fn uses(
    world: &World,
    f: FnRef,
    resource: Resource,
    trace: &Trace,
    vars: &FxHashSet<VarRef>,
) -> Vec<(CallId, Span)> {
    let reusable = resource.is_reusable(world.program);
    let counts = |id: &CallId| match reusable {
        true => takes_anew(world, f, resource, *id, vars),
        false => !opens_again(world, f, *id),
    };
    let mut uses: Vec<(CallId, Span)> = trace.used_after.iter().filter(|(id, _)| counts(id)).copied().collect();
    // Of a chain of calls the first one is told.
    uses.dedup_by_key(|(_, span)| span.start);
    uses
}

/// A session takes a connection with its next statement, which its owner has given back already.
fn takes_anew(world: &World, f: FnRef, resource: Resource, id: CallId, vars: &FxHashSet<VarRef>) -> bool {
    let facts = world.program.facts(f.file);
    let name = |call: &Call| call.callee_name(facts).unwrap_or_default().to_string();
    let is = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let ends =
        |call: &Call| names::releases(&name(call)) && (is(&call.callee) || call.args.iter().any(|arg| is(&arg.value)));
    let behind = facts.call(id).span.end;
    let ended = || world.program.calls_within(f).any(|call| call.span.start >= behind && ends(call));
    // The session of whoever asks is everybody's, with or without a block.
    resource.acquired
        && !resource.is_registry(world.program)
        && resource.keeps_transaction(world.program)
        && !TRANSACTION_ENDS.contains(&name(facts.call(id)).as_str())
        && !is_entered_again(world, f, id, vars)
        && !ended()
}

/// The call stands in a `with` over one of the variables, which ends it once more.
fn is_entered_again(world: &World, f: FnRef, id: CallId, vars: &FxHashSet<VarRef>) -> bool {
    let body = &world.program.function(f).body;
    let is = |value: &Value| matches!(value, Value::Var(var) if vars.contains(var));
    let regions = around_call(body, id);
    regions.iter().any(|region| matches!(region.node, Node::Scope { resource, .. } if is(resource)))
}

/// The call whose promise nobody waits for before the resource is given back, and which leaves the function with it:
/// `try { return client.query(sql) } finally { client.release() }`.
pub fn left_running(world: &World, taken: CallRef, f: FnRef, vars: &FxHashSet<VarRef>) -> Option<CallRef> {
    let (program, facts) = (world.program, world.program.facts(f.file));
    if program.semantics(f.file).lazy || !program.function(f).flags.is_async {
        return None;
    }
    let given = program.given_by(f);
    let leaves = |id: CallId| {
        given.iter().any(|value| match value {
            Value::Var(var) => {
                matches!(program.bound(f.file, *var), [only] if continued(facts, only.value) == Some(id))
            }
            value => continued(facts, value) == Some(id),
        })
    };
    let calls = program.ids_within(f).into_iter().filter(|id| facts.call(*id).function == f.id);
    let running = calls.map(|id| CallRef { file: f.file, id }).filter(|call| begins(world, *call, vars));
    running
        .filter(|call| leaves(call.id))
        .find(|call| streamed::ends_around(world, taken, f, *call, vars) || is_ended_behind(world, f, *call, vars))
}

/// The call that starts a task on it which nobody waits for: `create_task(send(session))`, `tasks.add_task(send, session)`.
/// The tasks of the framework that lends it until the answer is sent end before.
pub fn started(world: &World, held: &Holding, until_sent: bool) -> Option<CallRef> {
    let (program, file) = (world.program, held.f.file);
    if program.semantics(file).drops {
        return None;
    }
    let is = |value: &Value| matches!(value, Value::Var(var) if held.vars.contains(var));
    let lent = |value: &Value| match value {
        Value::Call(id) => program.facts(file).call(*id).args.iter().any(|arg| is(&arg.value)),
        other => is(other),
    };
    let rows = |call: CallRef| world.graph.target(call).map_or(&[][..], |target| &target.rows);
    let own = |call: CallRef| rows(held.taken).iter().any(|row| rows(call).iter().any(|at| at.package == row.package));
    let starts = |call: &CallRef| {
        program.call(*call).args.iter().any(|arg| lent(&arg.value))
            && runs_later(program, &world.graph.targets, *call)
            && held.is_held(world, *call)
            && !(until_sent && own(*call))
            && Flow::of(program, *call).is_dropped()
    };
    held.own_calls(world).find(starts)
}

/// The call whose promise the value is, or goes on with, where nobody awaits that: `query(sql).then(rows)`.
fn continued(facts: &FileFacts, value: &Value) -> Option<CallId> {
    let Value::Call(id) = value else { return None };
    let data = facts.call(*id);
    match &data.callee {
        _ if data.awaited => None,
        Value::Member(inner, name) if PROMISE_STEPS.contains(&name.as_str()) => continued(facts, inner),
        _ => Some(*id),
    }
}

/// A statement on one of the variables, or a function of the project that is lent one, which goes on by itself.
fn begins(world: &World, call: CallRef, vars: &FxHashSet<VarRef>) -> bool {
    let data = world.program.call(call);
    let is = |value: &Value| matches!(value, Value::Var(var) if vars.contains(var));
    let asks = || matches!(&data.callee, Value::Member(base, name) if is(base) && ASKING.contains(&name.as_str()));
    let lent = || {
        let functions = world.graph.target(call).filter(|target| !target.by_name).map(|target| &target.functions);
        let goes_on = |g: &FnRef| world.program.function(*g).flags.is_async;
        data.args.iter().any(|arg| is(&arg.value)) && functions.is_some_and(|all| all.iter().any(goes_on))
    };
    let told = |arg: &Arg| matches!(arg.value, Value::Closure(_));
    !data.awaited && !data.args.iter().any(told) && (asks() || lent())
}

/// The statements behind the call give back what it works with before anything waits for its promise.
fn is_ended_behind(world: &World, f: FnRef, call: CallRef, vars: &FxHashSet<VarRef>) -> bool {
    let facts = world.program.facts(f.file);
    let around = around_call(&world.program.function(f).body, call.id);
    let block = around.last().map_or(&world.program.function(f).body, |region| region.block);
    let own = |node: &&Node| !matches!(node, Node::Call(id) if *id == call.id);
    let behind = block.iter().skip_while(own).skip(1);
    let waits = |node: &&Node| matches!(node, Node::Await { .. } | Node::Return { .. });
    let releases = |node: &Node| matches!(node, Node::Call(id) if streamed::gives_back(facts.call(*id), vars));
    behind.take_while(|node| !waits(node)).any(releases)
}

/// What is used is opened by that: `client.connect()`.
fn opens_again(world: &World, f: FnRef, id: CallId) -> bool {
    let rows = world.graph.target(CallRef { file: f.file, id }).map_or(&[][..], |target| &target.rows);
    let facts = world.program.facts(f.file);
    let name = facts.call(id).callee_name(facts).unwrap_or_default().to_ascii_lowercase();
    rows.iter().any(|row| row.kind == RowKind::Opener) || OPENING.iter().any(|word| name.starts_with(word))
}
