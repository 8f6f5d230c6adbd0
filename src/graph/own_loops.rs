//! Coroutines that run in an event loop of their own, which ends with them.
//!
//! The row of a call says so (`asyncio.run(work())`), or a function of the project passes what it is given
//! on to such a call (`def wait_for(coroutine): return asyncio.run(coroutine)`). Knows no library by name.

use rustc_hash::FxHashSet;

use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::{FnId, Value};
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::passing::passed;
use crate::values::targets::Targets;

/// The calls whose coroutine is run so.
pub(crate) fn own_loops(program: &Program, targets: &Targets) -> FxHashSet<CallRef> {
    let mut found = FxHashSet::default();
    let mut lenders = FxHashSet::default();
    let mut fresh = Vec::new();
    for (call, _) in targets.iter().filter(|(_, target)| runs_a_loop(program, target)) {
        let args = &program.call(call).args;
        fresh.extend(args.iter().filter_map(|arg| run_so(program, call.file, &arg.value, &mut found)));
    }
    while let Some((lender, param)) = fresh.pop() {
        if !lenders.insert((lender, param)) {
            continue;
        }
        for call in targets.callers(lender) {
            let given = passed(program, *call, lender, param);
            fresh.extend(given.and_then(|value| run_so(program, call.file, value, &mut found)));
        }
    }
    add_objects(program, targets, &mut found);
    found
}

/// The objects of the project that such a coroutine works with, and those that they are made of, where the function
/// around makes them for it: what they hold is used in that loop alone.
fn add_objects(program: &Program, targets: &Targets, found: &mut FxHashSet<CallRef>) {
    let is_object = |call: &CallRef| targets.get(*call).is_some_and(|target| target.class.is_some());
    let mut fresh: Vec<CallRef> = found.iter().copied().collect();
    while let Some(call) = fresh.pop() {
        let data = program.call(call);
        let receiver = match &data.callee {
            Value::Member(base, _) => Some(&**base),
            _ => None,
        };
        let given = receiver.into_iter().chain(data.args.iter().map(|arg| &arg.value));
        let made = given.filter_map(|value| made_here(program, call, value)).filter(is_object);
        fresh.extend(made.filter(|call| found.insert(*call)).collect::<Vec<_>>());
    }
}

/// The call that the value is, or that the variable of the same function stands for.
fn made_here(program: &Program, call: CallRef, value: &Value) -> Option<CallRef> {
    let here = |id| Some(CallRef { file: call.file, id });
    match value {
        Value::Call(id) => here(*id),
        Value::Var(var) if var.function == program.call(call).function && var.function != FnId::TOP => {
            match program.bound(call.file, *var) {
                [Bound { value: Value::Call(id), .. }] => here(*id),
                _ => None,
            }
        }
        _ => None,
    }
}

fn runs_a_loop(program: &Program, target: &Target) -> bool {
    let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
    rows.any(|row| program.catalog.handover(*row).run == Run::OwnLoop)
}

/// A call that is run so is found; of a parameter, the function around that passes it on, and which one it is.
fn run_so(program: &Program, file: u32, value: &Value, found: &mut FxHashSet<CallRef>) -> Option<(FnRef, usize)> {
    match value {
        Value::Call(id) => {
            found.insert(CallRef { file, id: *id });
            None
        }
        Value::Var(var) => {
            let f = FnRef { file, id: var.function };
            program.function(f).params.iter().position(|param| param.local == var.local).map(|at| (f, at))
        }
        _ => None,
    }
}
