//! What a function does that another one runs while it holds something: `withTransaction(async (client) => …)`,
//! `@with_session`.
//!
//! Who holds runs a parameter of its own, or of a function around it. Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Survey;
use super::lent::{calls_of, given_for};
use super::meanwhile::{Held, Lent, Within};
use super::model::{Resource, World};
use crate::facts::{CallId, LocalKind, Value, VarRef};
use crate::graph::decorated::decorators;
use crate::program::{CallRef, FnRef};
use crate::values::passing::parameter_from;

/// A function that holds something and runs a parameter meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Runner {
    holder: FnRef,
    /// The call of the parameter.
    at: CallRef,
    param: VarRef,
    resource: Resource,
    /// The argument of it that is what is held.
    given: Option<usize>,
}

impl Survey<'_, '_, '_, '_> {
    /// Notes which of the calls run a parameter.
    pub(crate) fn note_runners(&mut self, held: &Held, during: &[(FnRef, CallId)]) {
        let program = self.world.program;
        for (_, id) in during.iter().filter(|_| held.resource.acquired) {
            let at = CallRef { file: held.f.file, id: *id };
            let data = program.call(at);
            let Value::Var(param) = data.callee else { continue };
            let owner = FnRef { file: at.file, id: param.function };
            if program.facts(at.file).local(param).kind == LocalKind::Param && program.is_within(held.f, owner) {
                let is = |value: &Value| matches!(value.root(), Value::Var(var) if held.vars.contains(var));
                let given = data.args.iter().position(|arg| is(&arg.value));
                self.runners.push(Runner { holder: held.f, at, param, resource: held.resource, given });
            }
        }
    }

    /// What those do that are run so, for whoever gave them.
    pub(crate) fn run_meanwhile(&mut self) {
        let (mut seen, mut next) = (FxHashSet::default(), 0);
        let decorated = if self.runners.is_empty() { Decorated::default() } else { decorated(self.world) };
        while let Some(runner) = self.runners.get(next).copied() {
            let given = given_for(self.world, runner.at, &Value::Var(runner.param));
            let below = decorated.get(&(runner.at.file, runner.param)).into_iter().flatten().copied();
            for (call, callback) in given.into_iter().chain(below) {
                if seen.insert((runner.at, call, callback)) {
                    self.borrows(&runner, call, callback);
                }
            }
            next += 1;
        }
    }

    fn borrows(&mut self, runner: &Runner, call: CallRef, callback: FnRef) {
        let Some(reached) = self.judged(callback, call, true).filter(|_| !self.goes_on_alone(callback)) else { return };
        let vars = self.borrowed_as(runner, callback);
        let during: Vec<(FnRef, CallId)> =
            calls_of(self.world, callback).into_iter().map(|at| (callback, at.id)).collect();
        let within = if vars.is_empty() { Within::Elsewhere } else { Within::Parameter };
        let lent = Some(Lent { begun: false, at: None, within });
        let (resource, through) = (runner.resource, Some(runner.holder));
        self.happens(&Held { f: callback, call, resource, through, vars: &vars, lent }, &during, reached);
    }

    /// The parameter of the callback that is what is held.
    fn borrowed_as(&self, runner: &Runner, callback: FnRef) -> FxHashSet<VarRef> {
        let (program, data) = (self.world.program, self.world.program.call(runner.at));
        let local = runner.given.and_then(|at| parameter_from(program.function(callback), data, 0, at));
        local.into_iter().map(|local| VarRef { function: callback.id, local }).collect()
    }
}

/// By file and parameter of a decorator what it decorates, with the calls of it.
type Decorated = FxHashMap<(u32, VarRef), Vec<(CallRef, FnRef)>>;

fn decorated(world: &World) -> Decorated {
    let program = world.program;
    let mut found = Decorated::default();
    for f in program.functions().filter(|f| !program.function(*f).decorators.is_empty()) {
        for (call, param) in decorators(program, f) {
            found.entry(param).or_default().push((call, f));
        }
    }
    found
}
