//! Closures that a project function runs for its caller: `retry(|| …)`, `throttle(lambda: …)`.
//!
//! What the closure opens and returns comes back as the result of the call; what it does to a resource is
//! done during the call; what it is lent, it may give back. Knows no library by name.

use rustc_hash::FxHashMap;

use super::model::{Effect, Fate, Resource, Walk, World};
use super::state::{Hold, State};
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{Call, CallId, FnId, LocalKind, Node, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::handover::{argument_gates, functions_of};
use crate::values::passing::passed;

/// What the call gives: something fresh that a closure among its arguments opens, and the closure.
pub fn given(
    world: &World,
    makes: &FxHashMap<FnRef, Resource>,
    call: CallRef,
    target: &Target,
) -> Option<(Resource, FnRef)> {
    let data = world.program.call(call);
    let promises = world.program.promises(&target.rows) && is_had(world, call, target);
    let gives = |at| promises || only(target).is_some_and(|g| gives_back(world, g, at, &Trail::default()));
    closures(data).find_map(|(at, id)| {
        let made = FnRef { file: call.file, id };
        let resource = makes.get(&made)?;
        gives(at).then_some((*resource, made))
    })
}

/// What the call promises is there: somebody waits for it, here or by the variable that keeps it, or it ran on the spot.
fn is_had(world: &World, call: CallRef, target: &Target) -> bool {
    let (program, data) = (world.program, world.program.call(call));
    let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
    let inline = rows.any(|row| program.catalog.handover(*row).run == Run::Inline);
    let kept = |var: &VarRef| matches!(program.bound(call.file, *var), [only] if *only.value == Value::Call(call.id));
    let later = || {
        nodes(&program.function(FnRef { file: call.file, id: data.function }).body)
            .any(|node| matches!(node, Node::Await { value: Value::Var(var), .. } if kept(var)))
    };
    data.awaited || inline || later()
}

/// The function returns what its parameter gives, to it or to a function that it hands the parameter on to.
fn gives_back(world: &World, g: FnRef, position: usize, trail: &Trail) -> bool {
    let program = world.program;
    let Some((here, param)) = trail.step(g).zip(parameter_at(world, g, position)) else { return false };
    let given = |value: &Value| {
        let Value::Call(id) = value else { return false };
        is_it(&program.facts(g.file).call(*id).callee, param)
            || handed_on(world, CallRef { file: g.file, id: *id }, param)
                .is_some_and(|(inner, at)| gives_back(world, inner, at, &here))
    };
    let values = program.given_by(g);
    values.into_iter().any(|value| match value {
        Value::Var(var) => program.bound(g.file, *var).iter().any(|bound| given(bound.value)),
        other => given(other),
    })
}

/// The function runs its parameter, itself or by a function that it hands it on to.
fn runs(world: &World, g: FnRef, position: usize, trail: &Trail) -> bool {
    let Some((here, param)) = trail.step(g).zip(parameter_at(world, g, position)) else { return false };
    if !argument_gates(world.program, g, position).is_empty() {
        return true;
    }
    let calls = &world.program.facts(g.file).calls;
    let own = (0..calls.len()).filter(|at| calls[*at].function == g.id);
    let mut inner = own.filter_map(|at| handed_on(world, CallRef { file: g.file, id: CallId(at as u32) }, param));
    inner.any(|(inner, at)| runs(world, inner, at, &here))
}

fn parameter_at(world: &World, g: FnRef, position: usize) -> Option<VarRef> {
    let mut plain = world.program.function(g).params.iter().filter(|param| param.kind == ParamKind::Normal);
    plain.nth(position).map(|param| VarRef { function: g.id, local: param.local })
}

fn is_it(value: &Value, param: VarRef) -> bool {
    matches!(value, Value::Var(var) if *var == param)
}

/// The function that the call gives the parameter to, and where.
fn handed_on(world: &World, call: CallRef, param: VarRef) -> Option<(FnRef, usize)> {
    let mut positional = world.program.call(call).args.iter().filter(|arg| arg.name.is_none());
    let at = positional.position(|arg| is_it(&arg.value, param))?;
    Some((only(world.graph.target(call)?)?, at))
}

fn only(target: &Target) -> Option<FnRef> {
    match target.functions.as_slice() {
        [g] if !target.by_name => Some(*g),
        _ => None,
    }
}

fn closures(data: &Call) -> impl Iterator<Item = (usize, FnId)> + '_ {
    let positional = data.args.iter().filter(|arg| arg.name.is_none()).enumerate();
    positional.filter_map(|(at, arg)| match arg.value {
        Value::Closure(id) => Some((at, id)),
        _ => None,
    })
}

/// A function that a caller gave is called and waited for: what it is given is lent to it, whatever it is called.
pub(super) fn is_waited_for(program: &Program, file: u32, data: &Call) -> bool {
    let Value::Var(var) = data.callee else { return false };
    data.awaited && program.facts(file).local(var).kind == LocalKind::Param
}

/// The functions that callers give for a parameter.
fn given_for(world: &World, owner: FnRef, param: VarRef) -> Vec<FnRef> {
    let params = &world.program.function(owner).params;
    let Some(at) = params.iter().position(|known| known.local == param.local) else { return Vec::new() };
    let mut found = Vec::new();
    for call in world.graph.targets.callers(owner) {
        let from = FnRef { file: call.file, id: world.program.call(*call).function };
        let given = passed(world.program, *call, owner, at);
        given.into_iter().for_each(|value| functions_of(world.program, from, value, false, &mut found));
    }
    found
}

impl Walk<'_, '_, '_> {
    /// A parameter is called, and a function that callers give for it releases what it is lent.
    pub(crate) fn is_ended_by_callback(&self, data: &Call, at: usize) -> bool {
        let Value::Var(var) = data.callee else { return false };
        let param = self.world.program.facts(self.f.file).local(var).kind == LocalKind::Param;
        let owner = FnRef { file: self.f.file, id: var.function };
        let ends = |g: &FnRef| self.fate_in(*g, data, at) == Fate::Released;
        param && given_for(self.world, owner, var).iter().any(ends)
    }

    /// A closure that works with the resource is run by who is given it.
    pub(crate) fn effect_of_closures(&self, state: &State, id: CallId, target: Option<&Target>) -> Effect {
        let Some(target) = target.filter(|_| state.hold != Hold::Unopened) else { return Effect::None };
        let data = self.world.program.facts(self.f.file).call(id);
        if let Some(g) = only(target) {
            let works = closures(data).any(|(at, id)| self.captures(id) && runs(self.world, g, at, &Trail::default()));
            return if works { Effect::Use } else { Effect::None };
        }
        let run = self.run_by_library(CallRef { file: self.f.file, id }, target).into_iter();
        let effects = run.filter(|id| self.closure_effect(*id) == Effect::None);
        let mut effects = effects.map(|id| self.effect_of_running(id, data.awaited));
        effects.find(|effect| *effect != Effect::None).unwrap_or(Effect::None)
    }
}
