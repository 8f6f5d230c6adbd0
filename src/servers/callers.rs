//! What the callers of a function give for its parameters.
//!
//! Product code only; calls that are found by a method's name alone say nothing. Knows no library.

use crate::contexts::linked::Linked;
use crate::facts::{Param, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::follow::{At, key};
use crate::values::passing::passed;

/// The values that a parameter, or a member of one, may stand for.
pub fn arguments<'a>(project: &Linked<'a>, at: At<'a>) -> Vec<At<'a>> {
    let Some((owner, index, member)) = parameter(project, at) else { return Vec::new() };
    let program = &project.program;
    let calls = project.callers().of(owner).iter();
    let given = calls.filter_map(|call| {
        let f = FnRef { file: call.file, id: program.call(*call).function };
        passed(program, *call, owner, index).map(|value| At { f, value })
    });
    given.flat_map(|at| member.map_or_else(|| vec![at], |name| key(program, at, name))).collect()
}

/// All callers that are in sight leave a parameter, or what is asked of it, as it is.
pub fn is_left_out(project: &Linked, at: At) -> bool {
    let Some((owner, index, member)) = parameter(project, at) else { return false };
    let program = &project.program;
    let calls = project.callers().of(owner);
    let leaves = |call: &CallRef| match (passed(program, *call, owner, index), member) {
        (None, _) => program.call(*call).args.iter().all(|arg| !arg.spread),
        (Some(Value::Record { entries, spreads, open: false }), Some(name)) => {
            spreads.is_empty() && entries.iter().all(|entry| entry.key != name)
        }
        _ => false,
    };
    !calls.is_empty() && calls.iter().all(leaves)
}

/// The function whose parameter a value is, or is asked of, with the parameter's position and what is asked.
fn parameter<'v>(project: &Linked, at: At<'v>) -> Option<(FnRef, usize, Option<&'v str>)> {
    let (var, member) = input(at.value)?;
    let owner = FnRef { file: at.f.file, id: var.function };
    let own = |p: &Param| p.local == var.local && p.kind != ParamKind::Receiver;
    let index = project.program.function(owner).params.iter().position(own)?;
    Some((owner, index, member))
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
