//! `next(get_session())`: the first thing that a generator of the project lends, where nobody goes on with the
//! generator.
//!
//! What follows its `yield` runs at once or never, so that the taker has to give it back. Knows no library by name.

use super::Survey;
use super::held::Lenders;
use super::model::{Resource, World};
use crate::facts::walk::nodes;
use crate::facts::{Call, CallId, FnId, Language, Node, Value, VarRef};
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::Program;

impl Survey<'_, '_, '_, '_> {
    /// What is taken out of a generator that nobody goes on with.
    pub(crate) fn stepped(&mut self) {
        for (call, resource, lender) in steps(self.world, &self.lenders) {
            if self.seen.insert(call) {
                self.follow(call, resource, Some(lender));
            }
        }
    }
}

/// The calls that take the first thing out of a lender and drop it, with what they get and the lender.
fn steps(world: &World, lenders: &Lenders) -> Vec<(CallRef, Resource, FnRef)> {
    let program = world.program;
    let python = program.calls().filter(|call| program.language(call.file) == Language::Python);
    let taken = python.filter_map(|call| {
        let data = program.call(call);
        let made = CallRef { file: call.file, id: generator(program, call, stepped(data)?)? };
        let target = world.graph.target(made).filter(|target| !target.by_name)?;
        let [g] = target.functions[..] else { return None };
        (data.function != FnId::TOP).then_some((call, *lenders.get(&g)?, g))
    });
    taken.collect()
}

/// The generator: of `next(g)` and of `g.__next__()`.
fn stepped(data: &Call) -> Option<&Value> {
    match &data.callee {
        Value::Global(name) if matches!(name.as_str(), "next" | "anext") => Some(&data.positional(0)?.value),
        Value::Member(base, name) if matches!(name.as_str(), "__next__" | "__anext__") => Some(base),
        _ => None,
    }
}

/// The call that makes it; also where a variable holds it for this one step.
fn generator(program: &Program, step: CallRef, value: &Value) -> Option<CallId> {
    match value {
        Value::Call(id) => Some(*id),
        Value::Var(var) => match program.bound(step.file, *var) {
            [Bound { value: Value::Call(id), .. }] if is_for_one_step(program, step, *var) => Some(*id),
            _ => None,
        },
        _ => None,
    }
}

/// Nothing else in the function does anything with the variable.
fn is_for_one_step(program: &Program, step: CallRef, var: VarRef) -> bool {
    let f = FnRef { file: step.file, id: var.function };
    let is = |value: &Value| value.holds(&|part| *part.root() == Value::Var(var));
    let facts = program.facts(step.file);
    let used = |id: CallId| {
        let call = facts.call(id);
        id != step.id && (is(&call.callee) || call.args.iter().any(|arg| is(&arg.value)))
    };
    let named = |node: &Node| match node {
        Node::Bind { value, .. } => is(value),
        Node::Return { value, .. } | Node::Yield { value, .. } => value.as_ref().is_some_and(is),
        Node::Scope { resource, .. } => is(resource),
        Node::Loop { each, .. } => each.as_ref().is_some_and(is),
        _ => false,
    };
    program.ids_within(f).into_iter().all(|id| !used(id)) && !nodes(&program.function(f).body).any(named)
}
