//! What runs a function that a project function decorates: the wrapper inside of the decorator that calls it, which
//! itself may be a route or a job.
//!
//! `@task` and `@task(queue="mail")` alike: the decorator is the function that is named, or one that it gives.
//! Knows no library by name.

use rustc_hash::FxHashMap;

use super::spot::Spot;
use super::{Builder, Point};
use crate::catalog::schema::Run;
use crate::facts::{ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;

/// By file and parameter of a decorator the functions that it decorates.
pub(crate) type Decorated = FxHashMap<(u32, VarRef), Vec<FnRef>>;

/// The parameters that a function comes into by the decorators that stand over it.
pub(crate) fn decorated(program: &Program, f: FnRef) -> Vec<((u32, VarRef), FnRef)> {
    decorators(program, f).into_iter().map(|(_, param)| (param, f)).collect()
}

/// The same, each with the decorator.
pub(crate) fn decorators(program: &Program, f: FnRef) -> Vec<(CallRef, (u32, VarRef))> {
    let decorators = program.function(f).decorators.iter().map(|id| CallRef { file: f.file, id: *id });
    let makers = decorators.flat_map(|call| decorators_of(program, call).into_iter().map(move |maker| (call, maker)));
    makers.filter_map(|(call, maker)| Some((call, decorates(program, maker)?))).collect()
}

/// The project function that a decorator names, and those that it gives.
fn decorators_of(program: &Program, call: CallRef) -> Vec<FnRef> {
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let Ty::Fn(named) = program.eval(from, &data.callee) else { return Vec::new() };
    let given = program.given_by(named).into_iter().filter_map(|value| match program.eval(named, value) {
        Ty::Fn(given) if given.file == named.file => Some(given),
        _ => None,
    });
    let mut found: Vec<FnRef> = std::iter::once(named).chain(given).collect();
    found.dedup();
    found
}

/// The parameter by which a decorator takes what it decorates: its first.
fn decorates(program: &Program, maker: FnRef) -> Option<(u32, VarRef)> {
    let mut params = program.function(maker).params.iter().filter(|param| param.kind != ParamKind::Receiver);
    let param = params.next().filter(|param| param.kind == ParamKind::Normal)?;
    Some((maker.file, VarRef { function: maker.id, local: param.local }))
}

impl<'a> Builder<'_, 'a> {
    /// The wrapper of a decorator calls what was decorated. Of a coroutine that is only handed back nobody can tell
    /// who runs it.
    pub(crate) fn decorated(&mut self, f: FnRef, call: CallRef, run: Run, spot: &Spot<'a>) {
        let data = self.program.call(call);
        let Value::Var(var) = data.callee else { return };
        let runs = data.awaited || run == Run::OwnLoop;
        let common = self.common;
        for function in common.decorated.get(&(f.file, var)).into_iter().flatten() {
            if self.program.function(*function).flags.is_async == runs {
                self.edge(f, Point::Fn(*function), data.span, run, false, spot);
            }
        }
    }
}
