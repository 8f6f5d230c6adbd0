//! Waits for the clock: a promise that a timer fulfils, here or in a helper that is told how long.
//!
//! Which calls are timers is said by rows that have a unit of time. Knows no library by name.

use super::Program;
use super::follow::At;
use super::passing::passed;
use super::periods::{length, period};
use super::targets::Targets;
use crate::catalog::RowKind;
use crate::catalog::schema::{ResultTo, Run, TimeUnit};
use crate::facts::{CallId, CallKind, FnId, Value};
use crate::program::{CallRef, FnRef};

/// A timer that fulfils a promise.
struct Timer {
    call: CallRef,
    /// Of the bare number that it is told.
    unit: TimeUnit,
}

/// Seconds that the call waits for a timer, if it does; `Some(None)` where they cannot be told.
pub fn pause(program: &Program, targets: &Targets, call: CallRef) -> Option<Option<f64>> {
    if let Some(timer) = timer(program, targets, call) {
        return Some(period(program, timer.call, Some(timer.unit.seconds())));
    }
    if let Some(unit) = promised(program, targets, call) {
        return Some(period(program, call, Some(unit.seconds())));
    }
    let target = targets.get(call).filter(|target| !target.by_name)?;
    let [helper] = target.functions.as_slice() else { return None };
    let timers = program.given_by(*helper).into_iter().filter_map(|value| match value {
        Value::Call(id) => timer(program, targets, CallRef { file: helper.file, id: *id }),
        _ => None,
    });
    timers.into_iter().next().map(|timer| told(program, call, *helper, &timer))
}

/// The call is a timer that gives a promise of its own: `setTimeout(5000)` of Node's `timers/promises`.
fn promised(program: &Program, targets: &Targets, call: CallRef) -> Option<TimeUnit> {
    let rows = targets.get(call)?.rows.iter().filter(|row| row.kind == RowKind::Handover);
    let mut rows = rows.map(|row| program.catalog.handover(*row));
    rows.find(|row| row.run == Run::Deferred && row.result == ResultTo::Promise)?.unit
}

/// How long a helper waits that one call asks.
fn told(program: &Program, call: CallRef, helper: FnRef, timer: &Timer) -> Option<f64> {
    let unit = Some(timer.unit.seconds());
    let function = program.function(helper);
    let mut times = program.call(timer.call).args.iter().map(|arg| &arg.value);
    let param = times.find_map(|value| match value {
        Value::Var(var) if var.function == helper.id => function.params.iter().position(|it| it.local == var.local),
        _ => None,
    });
    let Some(param) = param else { return period(program, timer.call, unit) };
    let f = FnRef { file: call.file, id: program.call(call).function };
    length(program, At { f, value: passed(program, call, helper, param)? }, unit)
}

/// The timer of `new Promise((done) => setTimeout(done, 5000))`.
fn timer(program: &Program, targets: &Targets, promise: CallRef) -> Option<Timer> {
    let facts = program.facts(promise.file);
    let data = facts.call(promise.id);
    let Value::Closure(body) = data.args.first().filter(|_| data.kind == CallKind::New)?.value else { return None };
    let done = facts.function(body).params.first()?.local;
    let is_done = |value: &Value| matches!(value, Value::Var(var) if var.function == body && var.local == done);
    let calls_done = |id: FnId| facts.calls.iter().any(|call| call.function == id && is_done(&call.callee));
    let fulfils = |value: &Value| match value {
        Value::Closure(id) => calls_done(*id),
        value => is_done(value),
    };
    let within = (0..).map(CallId).zip(&facts.calls).filter(|(_, call)| call.function == body);
    let mut timers = within.filter(|(_, call)| call.args.first().is_some_and(|arg| fulfils(&arg.value)));
    timers.find_map(|(id, _)| {
        let call = CallRef { file: promise.file, id };
        let rows = targets.get(call)?.rows.iter().filter(|row| row.kind == RowKind::Handover);
        let mut rows = rows.map(|row| program.catalog.handover(*row));
        rows.find_map(|row| Some(Timer { call, unit: row.unit.filter(|_| row.run == Run::Deferred)? }))
    })
}
