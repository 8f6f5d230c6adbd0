//! What a provider of parameters returns: whoever asks for it is given it, and the framework closes nothing.
//!
//! Pairs the functions that return something fresh with the parameters that receive it. Knows no library by
//! name and no rule.

use rustc_hash::FxHashSet;

use super::summary::Fate;
use super::walk::World;
use crate::catalog::RowKind;
use crate::catalog::schema::ResultTo;
use crate::facts::{CallId, Value, VarRef};
use crate::project::handover::functions_of;
use crate::project::program::{CallRef, FnRef, Program};

/// A call that asks for what a provider gives.
pub struct Asked {
    call: CallRef,
    provider: FnRef,
}

/// All calls that ask a framework for what a function of the project gives.
pub fn asked(world: &World) -> Vec<Asked> {
    world.program.calls().filter_map(|call| asks(world, call)).collect()
}

fn asks(world: &World, call: CallRef) -> Option<Asked> {
    let catalog = world.program.catalog;
    let mut rows = world.graph.target(call)?.rows.iter().filter(|row| row.kind == RowKind::Handover);
    if !rows.any(|row| catalog.handover(*row).result == ResultTo::Parameter) {
        return None;
    }
    let data = world.program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let mut functions = Vec::new();
    data.args.iter().for_each(|arg| functions_of(world.program, from, &arg.value, false, 0, &mut functions));
    match functions.as_slice() {
        [provider] => Some(Asked { call, provider: *provider }),
        _ => None,
    }
}

/// A parameter that receives what the provider returns, although nobody closes it there.
///
/// Nothing when no such parameter is in sight, or when some of them close it.
pub fn unclosed(world: &World, provider: FnRef, asked: &[Asked]) -> Option<CallRef> {
    let program = world.program;
    let calls: Vec<CallRef> = asked.iter().filter(|asked| asked.provider == provider).map(|asked| asked.call).collect();
    if calls.is_empty() {
        return None;
    }
    let received = program.functions().flat_map(|f| received(program, f, &calls));
    let fates: Vec<(CallRef, Fate)> = received.map(|(call, f, local)| (call, fate(world, f, local))).collect();
    if fates.iter().any(|(_, fate)| *fate == Fate::Released) {
        return None;
    }
    fates.iter().find(|(_, fate)| *fate == Fate::Used).map(|(call, _)| *call)
}

/// The parameters of `f` that one of the calls stands for: as a default, or in the written type.
fn received(program: &Program, f: FnRef, asked: &[CallRef]) -> Vec<(CallRef, FnRef, u32)> {
    let is_asked = |id: &CallId| asked.iter().find(|call| call.file == f.file && call.id == *id).copied();
    let function = program.function(f);
    let found = function.params.iter().filter_map(|param| {
        let default = match &param.default {
            Some(Value::Call(id)) => is_asked(id),
            _ => None,
        };
        let call = default.or_else(|| param.decorators.iter().find_map(is_asked))?;
        Some((call, f, param.local))
    });
    found.collect()
}

fn fate(world: &World, f: FnRef, local: u32) -> Fate {
    let mut vars = FxHashSet::default();
    vars.insert(VarRef { function: f.id, local });
    world.summaries.body(f, &vars, 0)
}
