//! The pool that a connection is taken from, and who takes another one from it.
//!
//! A pool is the place that keeps it, under whatever name, and its construction when that is known. Knows no
//! library by name.

use crate::catalog::words::release::{AWAITED_STATEMENTS, COROUTINE_RUNNERS, STATEMENT_RUNS};
use rustc_hash::FxHashSet;

use super::overlap::{MAX_DEPTH, is_awaited, run_by};
use super::summary::parameter;
use super::walk::World;
use crate::catalog::TypeId;
use crate::catalog::schema::{Kind, Role};
use crate::catalog::words::values::PRESERVING;
use crate::facts::{Call, CallKind, FnId, Language, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::calls::{How, Target};
use crate::values::eval::Ty;
use crate::values::follow::{At, behind, returned_by};

/// A pool: where it is kept, and where it is built when that is known.
pub struct Source<'a> {
    file: u32,
    place: &'a Value,
    built: Option<CallRef>,
}

impl<'a> Source<'a> {
    pub(crate) fn at(world: &World<'_, 'a>, call: CallRef, place: &'a Value) -> Self {
        let f = FnRef { file: call.file, id: world.program.call(call).function };
        let home = home(world, At { f, value: first_name(world, f, place) });
        Source { file: home.f.file, place: home.value, built: built(world, home, 0) }
    }

    /// The function builds it: each of its calls has one of its own.
    fn is_local_to(&self, world: &World, f: FnRef) -> bool {
        let around = |call: CallRef| FnRef { file: call.file, id: world.program.call(call).function };
        self.built.is_some_and(|built| around(built) == f)
    }

    /// Nobody waits for a connection of it: it opens one for each who asks.
    pub(crate) fn is_unpooled(&self, world: &World) -> bool {
        let Some(built) = self.built else { return false };
        let data = world.program.call(built);
        let f = FnRef { file: built.file, id: data.function };
        let itself = world.program.call_result(built);
        let given = data.args.iter().map(|arg| world.program.eval(f, &arg.value));
        std::iter::once(itself)
            .chain(given)
            .any(|ty| matches!(ty, Ty::Concept(ty) if world.program.catalog.ty(ty).row.unpooled))
    }

    pub(crate) fn is(&self, other: &Source) -> bool {
        self.file == other.file && self.place == other.place || self.built.is_some() && self.built == other.built
    }
}

/// The place that a checkout is taken from.
pub fn pool_of<'a>(world: &World<'_, 'a>, call: CallRef) -> Option<Source<'a>> {
    match &world.program.call(call).callee {
        _ if let Some(pool) = told_pool(world, call) => Some(Source::at(world, call, pool)),
        factory if is_place(factory) && is_factory(world, call, factory) => Some(Source::at(world, call, factory)),
        Value::Member(base, _) if (is_place(base) || is_given(world, call, base)) && !is_shared(world, call, base) => {
            Some(Source::at(world, call, base)).filter(|_| !is_library(world, call, base))
        }
        _ => None,
    }
}

/// The pool that a method of something else is given to take out of: `query.fetch(&pool)`.
fn told_pool<'a>(world: &World<'_, 'a>, call: CallRef) -> Option<&'a Value> {
    let target = world.graph.target(call).filter(|target| target.receiver.is_none() && target.functions.is_empty())?;
    target.gives.filter(|given| given.how == How::Acquired)?;
    let data = world.program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let kind = |ty: TypeId| world.program.catalog.ty(ty).row.kind;
    let pools = |value: &'a Value| matches!(world.program.eval(f, value), Ty::Concept(ty) if matches!(kind(ty), Kind::Pool | Kind::OrmClient));
    let places = data.args.iter().map(|arg| &arg.value).filter(|value| is_place(value));
    places.into_iter().find(|value| pools(value))
}

/// A library gives it by itself: which pool that takes from, and whether it takes another one, is not in sight.
fn is_library<'a>(world: &World<'_, 'a>, call: CallRef, base: &'a Value) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    matches!(world.program.eval(f, base), Ty::External(_))
}

/// Each call of it gives one more of the same pool: a maker of sessions.
fn is_factory<'a>(world: &World<'_, 'a>, call: CallRef, callee: &'a Value) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    matches!(world.program.eval(f, callee), Ty::Factory(_))
}

/// The pool that the call takes from, itself or by a function of the project that is given it.
pub fn pool_behind<'a>(world: &World<'_, 'a>, call: CallRef, through: Option<FnRef>) -> Option<Source<'a>> {
    match through {
        None => pool_of(world, call),
        Some(taker) => pool_given(world, call, taker),
    }
}

/// The pool that the function takes from which the call has take one: an argument.
fn pool_given<'a>(world: &World<'_, 'a>, call: CallRef, taker: FnRef) -> Option<Source<'a>> {
    let data = world.program.call(call);
    let pools = |at: usize| is_place(&data.args[at].value) && parameter_is_pool(world, taker, data, at, 0);
    (0..data.args.len()).find(|at| pools(*at)).map(|at| Source::at(world, call, &data.args[at].value))
}

/// The place that a variable is another name of: `let shared = pool.clone()`.
fn first_name<'a>(world: &World<'_, 'a>, f: FnRef, place: &'a Value) -> &'a Value {
    let mut place = place;
    for _ in 0..8 {
        let Value::Var(var) = place else { break };
        let next = match world.program.bound(f.file, *var) {
            [only] => same_place(world, f, only.value),
            _ => None,
        };
        match next {
            Some(next) => place = next,
            None => break,
        }
    }
    place
}

/// The variable of a module that a function of the project gives instead: `const pool = getPool()`.
fn home<'a>(world: &World<'_, 'a>, at: At<'a>) -> At<'a> {
    let behind = behind(world.program, at);
    let value = match behind.as_slice() {
        [only] if matches!(at.value, Value::Var(_)) => *only,
        _ => at,
    };
    kept_by(world, value).unwrap_or(at)
}

/// The base of a call is what such a function gives: `getPool().query(…)`.
fn is_given<'a>(world: &World<'_, 'a>, call: CallRef, base: &'a Value) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    kept_by(world, At { f, value: base }).is_some()
}

/// The module's variable that the function which the value is a call of returns, whatever it is told.
fn kept_by<'a>(world: &World<'_, 'a>, at: At<'a>) -> Option<At<'a>> {
    let Value::Call(id) = at.value else { return None };
    let callee = &world.program.facts(at.f.file).call(*id).callee;
    let returned = returned_by(world.program, At { f: at.f, value: callee });
    let (first, rest) = returned.split_first()?;
    let kept = matches!(first.value, Value::Var(var) if var.function == FnId::TOP);
    (kept && rest.iter().all(|other| other.value == first.value)).then_some(*first)
}

fn same_place<'a>(world: &World<'_, 'a>, f: FnRef, value: &'a Value) -> Option<&'a Value> {
    match value {
        Value::Call(id) => match &world.program.facts(f.file).call(*id).callee {
            Value::Member(base, name) if PRESERVING.contains(&name.as_str()) && is_place(base) => Some(base),
            _ => None,
        },
        _ => is_place(value).then_some(value),
    }
}

/// One connection carries what is taken from it: there is nothing to wait for.
fn is_shared<'a>(world: &World<'_, 'a>, call: CallRef, base: &'a Value) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    let kind = |ty: TypeId| world.program.catalog.ty(ty).row.kind;
    matches!(world.program.eval(f, base), Ty::Concept(ty) if matches!(kind(ty), Kind::Broker | Kind::Connection))
}

/// The one construction behind a value: of a pool, or of a maker of sessions.
fn built<'a>(world: &World<'_, 'a>, at: At<'a>, depth: u32) -> Option<CallRef> {
    if let Value::Call(id) = at.value {
        let call = CallRef { file: at.f.file, id: *id };
        if let Some(value) = world.program.wrapped_by(call).filter(|_| depth < 6) {
            return built(world, At { f: at.f, value }, depth + 1);
        }
        let given = world.graph.target(call)?.gives;
        let factory = || matches!(world.program.call_result(call), Ty::Factory(_));
        return (given.is_some_and(|given| given.how == How::Built) || factory()).then_some(call);
    }
    let values = behind(world.program, at).into_iter().filter(|at| !at.value.is_null()).collect::<Vec<_>>();
    match values.as_slice() {
        [only] if depth < 6 => built(world, *only, depth + 1),
        _ => None,
    }
}

fn is_place(value: &Value) -> bool {
    match value {
        Value::Var(_) | Value::This => true,
        Value::Member(base, _) => is_place(base),
        _ => false,
    }
}

/// The call takes another one out of the pool, or has a function do so that is not lent one of the variables.
pub fn takes_from<'a>(world: &World<'_, 'a>, call: CallRef, pool: &Source<'a>, vars: &FxHashSet<VarRef>) -> bool {
    takes_at(world, call, pool, vars, 0)
}

fn takes_at<'a>(world: &World<'_, 'a>, call: CallRef, pool: &Source<'a>, vars: &FxHashSet<VarRef>, depth: u32) -> bool {
    let lent = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let runs_own = world.graph.target(call).is_some_and(|target| !target.functions.is_empty());
    if is_for_later(world, call) || runs_own && world.program.call(call).args.iter().any(|arg| lent(&arg.value)) {
        return false;
    }
    let further = || runs_in(world, call, pool).into_iter().any(|inner| takes_at(world, inner, pool, vars, depth + 1));
    takes(world, call, pool) || depth < MAX_DEPTH && further()
}

/// A coroutine that is given to somebody who runs it beside this function: `arbiter.spawn(work(pool))`.
fn is_for_later(world: &World, call: CallRef) -> bool {
    let program = world.program;
    let facts = program.facts(call.file);
    if program.language(call.file) == Language::Script || facts.call(call.id).awaited {
        return false;
    }
    let coroutine = world.graph.target(call).is_some_and(|target| {
        !target.functions.is_empty() && target.functions.iter().all(|g| program.function(*g).flags.is_async)
    });
    let given = |outer: &&Call| outer.args.iter().any(|arg| matches!(arg.value, Value::Call(id) if id == call.id));
    let later = |outer: &Call| {
        outer.kind == CallKind::Call
            && !outer.awaited
            && !COROUTINE_RUNNERS.contains(&outer.callee_name(facts).unwrap_or_default())
    };
    coroutine && facts.calls.iter().filter(given).any(later)
}

fn takes<'a>(world: &World<'_, 'a>, call: CallRef, pool: &Source<'a>) -> bool {
    let Some(target) = world.graph.target(call) else { return false };
    let data = world.program.call(call);
    let name = data.callee_name(world.program.facts(call.file)).unwrap_or_default();
    if acquires(world, target, name) && pool_of(world, call).is_some_and(|other| pool.is(&other)) {
        return true;
    }
    let f = FnRef { file: call.file, id: data.function };
    let is_pool = |value: &'a Value| call.file == pool.file && first_name(world, f, value) == pool.place;
    let given = data.args.iter().enumerate().filter(|(_, arg)| is_pool(&arg.value));
    given.into_iter().any(|(at, _)| {
        runs_on(target, data, name)
            || !target.by_name && target.functions.iter().any(|g| parameter_is_pool(world, *g, data, at, 0))
    })
}

/// The method gives a connection, or takes one for the time that it runs.
fn acquires(world: &World, target: &Target, name: &str) -> bool {
    let method = || world.program.catalog.method(target.receiver?, name);
    target.gives.is_some_and(|given| given.how == How::Acquired)
        || method().is_some_and(|method| method.role == Role::Borrow)
}

/// A statement of a library that is given what it runs on.
fn runs_on(target: &Target, data: &Call, name: &str) -> bool {
    let statement = target.functions.is_empty() && matches!(data.callee, Value::Member(..));
    statement && (STATEMENT_RUNS.contains(&name) || data.awaited && AWAITED_STATEMENTS.contains(&name))
}

/// What is run by a function of the project that may know the same pool, or by closures, which see the same places.
fn runs_in(world: &World, call: CallRef, pool: &Source) -> Vec<CallRef> {
    let Some(target) = world.graph.target(call) else { return Vec::new() };
    let knows = match target.functions.as_slice() {
        [] => is_awaited(world, call),
        [g] => (pool.built.is_some() || is_own_method(world, call, pool)) && !pool.is_local_to(world, *g),
        _ => false,
    };
    if knows { run_by(world, call) } else { Vec::new() }
}

/// A method of the same object, which keeps the pool.
fn is_own_method(world: &World, call: CallRef, pool: &Source) -> bool {
    let on_itself = matches!(&world.program.call(call).callee, Value::Member(base, _) if matches!(**base, Value::This));
    on_itself && call.file == pool.file && matches!(pool.place.root(), Value::This)
}

/// The function takes a checkout out of its parameter.
fn parameter_is_pool(world: &World, g: FnRef, call: &Call, at: usize, depth: u32) -> bool {
    let Some(local) = parameter(world.program.function(g), call, at).filter(|_| depth < MAX_DEPTH) else {
        return false;
    };
    let own = Value::Var(VarRef { function: g.id, local });
    let facts = world.program.facts(g.file);
    world.program.ids_within(g).into_iter().any(|id| {
        let (data, inner) = (facts.call(id), CallRef { file: g.file, id });
        let Some(target) = world.graph.target(inner) else { return false };
        let name = data.callee_name(facts).unwrap_or_default();
        if matches!(&data.callee, Value::Member(base, _) if **base == own) && acquires(world, target, name) {
            return true;
        }
        data.args.iter().enumerate().filter(|(_, arg)| arg.value == own).any(|(at, _)| {
            runs_on(target, data, name)
                || target.functions.iter().any(|next| parameter_is_pool(world, *next, data, at, depth + 1))
        })
    })
}
