//! Coroutines that run in an event loop of their own, which ends with them.
//!
//! The row of a call says so (`asyncio.run(work())`), or a function of the project passes what it is given
//! on to such a call (`def wait_for(coroutine): return asyncio.run(coroutine)`). Knows no library by name.

use rustc_hash::FxHashSet;

use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::Value;
use crate::project::calls::Target;
use crate::project::passing::passed;
use crate::project::program::{CallRef, FnRef, Program};
use crate::project::targets::Targets;

/// The calls whose coroutine is run so.
pub(super) fn own_loops(program: &Program, targets: &Targets) -> FxHashSet<CallRef> {
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
    found
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
