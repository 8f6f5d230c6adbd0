//! What the callers of a function give for its parameters.
//!
//! Product code only; calls that are found by a method's name alone say nothing. Knows no library.

use crate::contexts::linked::Linked;
use crate::facts::{ParamKind, Value, VarRef};
use crate::program::FnRef;
use crate::values::follow::{At, key};
use crate::values::passing::passed;

/// The values that a parameter, or a member of one, may stand for.
pub fn arguments<'a>(project: &Linked<'a>, at: At<'a>) -> Vec<At<'a>> {
    let Some((var, member)) = input(at.value) else { return Vec::new() };
    let program = &project.program;
    let owner = FnRef { file: at.f.file, id: var.function };
    let own = |p: &crate::facts::Param| p.local == var.local && p.kind != ParamKind::Receiver;
    let Some(index) = program.function(owner).params.iter().position(own) else { return Vec::new() };
    let calls = project.callers().of(owner).iter();
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
