//! What is done with something behind its end.
//!
//! Some things open again when they are used: then nobody ends them a second time. Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::{Resource, Trace, World};
use super::names;
use crate::catalog::RowKind;
use crate::catalog::words::release::{OPENING, TRANSACTION_ENDS};
use crate::facts::walk::around_call;
use crate::facts::{Call, CallId, Node, Span, Value, VarRef};
use crate::program::{CallRef, FnRef};

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
    resource.acquired
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

/// What is used is opened by that: `client.connect()`.
fn opens_again(world: &World, f: FnRef, id: CallId) -> bool {
    let rows = world.graph.target(CallRef { file: f.file, id }).map_or(&[][..], |target| &target.rows);
    let facts = world.program.facts(f.file);
    let name = facts.call(id).callee_name(facts).unwrap_or_default().to_ascii_lowercase();
    rows.iter().any(|row| row.kind == RowKind::Opener) || OPENING.iter().any(|word| name.starts_with(word))
}
