//! Coroutines that run in an event loop of their own, which ends with them.
//!
//! The row of a call says so (`asyncio.run(work())`), or a function of the project passes what it is given
//! on to such a call (`def wait_for(coroutine): return asyncio.run(coroutine)`). Knows no library by name.

use rustc_hash::FxHashSet;

use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::{Arg, Value};
use crate::project::calls::Target;
use crate::project::program::{CallRef, FnRef, Program};
use crate::project::targets::Targets;

/// The calls whose coroutine is run so.
pub(super) fn own_loops(program: &Program, targets: &Targets) -> FxHashSet<CallRef> {
    let mut found = FxHashSet::default();
    let mut lenders = FxHashSet::default();
    for (call, _) in targets.iter().filter(|(_, target)| runs_a_loop(program, target)) {
        for arg in &program.call(call).args {
            found.extend(called(call, arg));
            lenders.extend(parameter(program, call.file, arg));
        }
    }
    if lenders.is_empty() {
        return found;
    }
    for (call, target) in targets.iter().filter(|(_, target)| !target.by_name) {
        for (at, arg) in program.call(call).args.iter().enumerate() {
            if target.functions.iter().any(|f| lenders.contains(&(*f, at))) {
                found.extend(called(call, arg));
            }
        }
    }
    found
}

fn runs_a_loop(program: &Program, target: &Target) -> bool {
    let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
    rows.any(|row| program.catalog.handover(*row).run == Run::OwnLoop)
}

fn called(call: CallRef, arg: &Arg) -> Option<CallRef> {
    match arg.value {
        Value::Call(id) => Some(CallRef { file: call.file, id }),
        _ => None,
    }
}

/// The function around, and which of its parameters the argument is.
fn parameter(program: &Program, file: u32, arg: &Arg) -> Option<(FnRef, usize)> {
    let Value::Var(var) = arg.value else { return None };
    let f = FnRef { file, id: var.function };
    program.function(f).params.iter().position(|param| param.local == var.local).map(|at| (f, at))
}
