//! What the callers of a function give for its parameters.
//!
//! Product code only; calls that are found by a method's name alone say nothing. Knows no library.

use rustc_hash::FxHashMap;

use super::follow::{At, key};
use crate::facts::{ParamKind, Value, VarRef};
use crate::project::Project;
use crate::project::passing::passed;
use crate::project::program::{CallRef, FnRef};

/// The calls of each function of the project, in the order of files.
pub struct Callers(FxHashMap<FnRef, Vec<CallRef>>);

impl Callers {
    pub fn new(project: &Project) -> Self {
        let program = &project.program;
        let product = |call: CallRef| {
            let f = FnRef { file: call.file, id: program.call(call).function };
            !program.is_test(f)
        };
        let mut found: FxHashMap<FnRef, Vec<CallRef>> = FxHashMap::default();
        for (call, target) in project.graph.targets.iter().filter(|(call, target)| !target.by_name && product(*call)) {
            let constructor = target.class.and_then(|class| program.constructor(class)).map(|(_, f)| f);
            target.functions.iter().copied().chain(constructor).for_each(|f| found.entry(f).or_default().push(call));
        }
        found.values_mut().for_each(|calls| calls.sort_unstable());
        Callers(found)
    }
}

/// The values that a parameter, or a member of one, may stand for.
pub fn arguments<'a>(project: &Project<'a>, at: At<'a>) -> Vec<At<'a>> {
    let Some((var, member)) = input(at.value) else { return Vec::new() };
    let program = &project.program;
    let owner = FnRef { file: at.f.file, id: var.function };
    let own = |p: &crate::facts::Param| p.local == var.local && p.kind != ParamKind::Receiver;
    let Some(index) = program.function(owner).params.iter().position(own) else { return Vec::new() };
    let calls = project.callers().0.get(&owner).into_iter().flatten();
    let given = calls.filter_map(|call| {
        let f = FnRef { file: call.file, id: program.call(*call).function };
        passed(program, *call, owner, index).map(|value| At { f, value })
    });
    given.flat_map(|at| member.map_or_else(|| vec![at], |name| key(program, at, name))).collect()
}

fn input(value: &Value) -> Option<(VarRef, Option<&str>)> {
    match value {
        Value::Var(var) => Some((*var, None)),
        Value::Member(base, name) => match **base {
            Value::Var(var) => Some((var, Some(name))),
            _ => None,
        },
        _ => None,
    }
}
