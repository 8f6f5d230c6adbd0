//! The pool that a connection is taken from, and who takes another one from it.
//!
//! A pool is the place that keeps it, behind whatever names, copies, wrappers and objects that are made around it, and its
//! construction when that is known. What a call takes is worked out from the bottom up, in the terms of each function on
//! the way. Knows no library by name.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use thin_vec::ThinVec;

use super::bodies::parameter;
use super::lent::runs_statements;
use super::model::{Checkout, Fate, Place, Root, Source, World};
use super::names;
use super::origins::happens_once;
use super::overlap::working;
use super::runs::{body_calls, bound, is_awaited, is_received, is_returned, named_functions, plain_calls, run_by};
use crate::catalog::TypeId;
use crate::catalog::schema::{Kind, Role};
use crate::catalog::words::release::{
    AWAITED_STATEMENTS, CONNECTION_NAMES, COROUTINE_RUNNERS, SETTLING, STATEMENT_RUNS,
};
use crate::catalog::words::values::PRESERVING;
use crate::facts::trail::Visited;
use crate::facts::walk::around_call;
use crate::facts::{Call, CallKind, FnId, Language, LocalKind, Node, Value, VarRef};
use crate::graph::arguments::asks_whether_given;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::{How, Target};
use crate::values::eval::Ty;
use crate::values::follow::{At, behind};
use crate::values::passing::passed_for;
use crate::values::sites::last_name;

impl<'a> Source<'a> {
    pub(crate) fn at(world: &World<'_, 'a>, call: CallRef, place: &'a Value) -> Self {
        let at = At { f: around(world, call), value: place };
        Source::of(world, Some(Finder::new(world).place(at)), Finder::new(world).built(at))
    }

    fn of(world: &World<'_, 'a>, place: Option<Place<'a>>, built: Option<CallRef>) -> Self {
        let (program, graph) = (world.program, world.graph);
        let once = built.is_some_and(|built| happens_once(program, graph, built, &mut FxHashSet::default()));
        Source { place, built, once }
    }

    /// A variable of a module keeps it, or it is built once: it is the same wherever it is spoken of.
    pub(crate) fn is_of_module(&self) -> bool {
        let kept = |place: &Place| matches!(place.root, Root::Var(_, var) if var.function == FnId::TOP);
        self.once || self.place.as_ref().is_some_and(kept)
    }

    /// Nobody waits for a connection of it: it opens one for each who asks.
    pub(crate) fn is_unpooled(&self, world: &World) -> bool {
        let Some(built) = self.built else { return false };
        let f = around(world, built);
        let itself = world.program.call_result(built);
        let given = world.program.call(built).args.iter().map(|arg| world.program.eval(f, &arg.value));
        std::iter::once(itself)
            .chain(given)
            .any(|ty| matches!(ty, Ty::Concept(ty) if world.program.catalog.ty(ty).row.unpooled))
    }

    pub(crate) fn is(&self, other: &Source) -> bool {
        self.place.is_some() && self.place == other.place || self.once && self.built == other.built
    }

    /// The same pool as the function sees it that makes the call; nothing where it has no name for it. `receiver`: the
    /// object whose method the call is given by its name and runs.
    fn seen_from(&self, world: &World<'_, 'a>, call: CallRef, receiver: Receiver<'a>) -> Option<Self> {
        let own = |built: &CallRef| run(world, call).any(|g| world.program.is_within(around(world, *built), g));
        let place = self.place.as_ref().and_then(|place| Finder::new(world).outward(call, place, receiver));
        let whole = self.place.as_ref().filter(|place| place.fields.is_empty());
        let given = whole.and_then(|place| Finder::new(world).argument(call, place));
        let built = match given {
            Some(value) => Finder::new(world).built(At { f: around(world, call), value }),
            None => self.built.filter(|built| !own(built)),
        };
        (place.is_some() || built.is_some()).then(|| Source::of(world, place, built))
    }
}

fn around(world: &World, call: CallRef) -> FnRef {
    FnRef { file: call.file, id: world.program.call(call).function }
}

/// The functions of the project that the call runs, constructors among them.
fn run(world: &World, call: CallRef) -> impl Iterator<Item = FnRef> {
    let target = world.graph.target(call);
    let made = target.and_then(|target| world.program.constructor(target.class?)).map(|(_, constructor)| constructor);
    target.map_or_else(ThinVec::new, |target| target.functions.clone()).into_iter().chain(made)
}

/// What the function is a method of that a call runs.
#[derive(Clone, Copy)]
enum Receiver<'a> {
    /// The one on which it is called, or that of the function around a closure.
    Called,
    /// The function is handed over by its name: what it is taken from or bound to, if that is in sight.
    Of(Option<&'a Value>),
}

impl<'a> Receiver<'a> {
    /// Of the function in which `inner` stands, which the call runs.
    fn of(world: &World<'_, 'a>, call: CallRef, inner: CallRef) -> Self {
        let program = world.program;
        let (own, from) = (around(world, inner), around(world, call));
        if program.is_within(own, from) || run(world, call).any(|g| program.is_within(own, g)) {
            return Receiver::Called;
        }
        let is_given =
            |value: &'a Value| named_functions(program, from, value).iter().any(|g| program.is_within(own, *g));
        let mut args = program.call(call).args.iter().map(|arg| &arg.value);
        Receiver::Of(args.find(|value| is_given(value)).and_then(|value| method_of(program, call.file, value)))
    }
}

/// `users` of `users.save`, and of `users.save.bind(users)`.
fn method_of<'a>(program: &Program<'a>, file: u32, value: &'a Value) -> Option<&'a Value> {
    match value {
        Value::Member(base, _) => Some(base),
        value => bound(program, file, value).map(|(_, object)| object),
    }
}

/// Resolves names; what leads back to itself stands for itself.
struct Finder<'w, 'p, 'a> {
    world: &'w World<'p, 'a>,
    /// The values on the way.
    seen: FxHashSet<*const Value>,
}

impl<'w, 'p, 'a> Finder<'w, 'p, 'a> {
    fn new(world: &'w World<'p, 'a>) -> Self {
        Finder { world, seen: FxHashSet::default() }
    }

    fn place(&mut self, at: At<'a>) -> Place<'a> {
        if let Some(next) = self.next(at) {
            let place = self.place(next);
            self.seen.remove(&std::ptr::from_ref(next.value));
            return place;
        }
        let file = at.f.file;
        let root = match at.value {
            Value::Var(var) => Root::Var(file, *var),
            Value::This => Root::Receiver(file, self.world.program.class_around(at.f)),
            Value::Member(base, name) => {
                let whole = self.place(At { f: at.f, value: base });
                return self.part(whole, name);
            }
            Value::Call(id) => {
                let call = CallRef { file, id: *id };
                return self.given(call).unwrap_or(Place { root: Root::Result(call), fields: Vec::new() });
            }
            other => Root::Other(file, other),
        };
        Place { root, fields: Vec::new() }
    }

    /// What the value is another name for: a variable's one value, what a copy is of, what a wrapper is around.
    fn next(&mut self, at: At<'a>) -> Option<At<'a>> {
        let next = match at.value {
            Value::Var(var) => self.bound(at.f.file, *var),
            Value::Call(id) => self.copied(CallRef { file: at.f.file, id: *id }),
            Value::Element(base) => Some(At { f: at.f, value: base }).filter(|whole| self.is_pool(*whole)),
            _ => None,
        };
        next.filter(|next| self.seen.insert(std::ptr::from_ref(next.value)))
    }

    fn bound(&mut self, file: u32, var: VarRef) -> Option<At<'a>> {
        let program = self.world.program;
        let [only] = program.bound(file, var) else { return None };
        let at = At { f: FnRef { file, id: only.function }, value: only.value };
        let leads = match at.value {
            Value::Call(id) => {
                let call = CallRef { file, id: *id };
                var.function != FnId::TOP || self.copied(call).is_some() || self.given(call).is_some()
            }
            Value::Element(base) => self.is_pool(At { f: at.f, value: base }),
            value => is_place(value),
        };
        (leads && program.facts(file).local(var).kind != LocalKind::Param).then_some(at)
    }

    /// An option or a wrapper of one, and no collection: its payload is the same thing.
    fn is_pool(&self, at: At<'a>) -> bool {
        let kind = |ty: TypeId| self.world.program.catalog.ty(ty).row.kind;
        matches!(self.world.program.eval(at.f, at.value), Ty::Concept(ty) if matches!(kind(ty), Kind::Pool | Kind::OrmClient))
    }

    fn copied(&self, call: CallRef) -> Option<At<'a>> {
        let (program, f) = (self.world.program, around(self.world, call));
        let data = program.call(call);
        let target = self.world.graph.target(call);
        let own = target.is_some_and(|target| !target.functions.is_empty());
        let receiver = match &data.callee {
            Value::Member(base, name) if !own && PRESERVING.contains(&name.as_str()) => Some(&**base),
            _ => None,
        };
        let given_back = program.given_back(data, &program.target(call).rows);
        let value = given_back.or(receiver).or_else(|| program.wrapped_by(call))?;
        Some(At { f, value })
    }

    /// A field of what a place holds. An object that is made on the spot has what its maker is given.
    fn part(&mut self, whole: Place<'a>, name: &'a str) -> Place<'a> {
        if let (Root::Receiver(_, Some(class)), []) = (&whole.root, whole.fields.as_slice())
            && let Some(given) = self.world.origins.provided(self.world.program, *class, name)
        {
            return Place { root: Root::Provided(given), fields: Vec::new() };
        }
        let made = match whole.root {
            Root::Result(call) if whole.fields.is_empty() => self.made_of(call, name),
            Root::Var(file, var) if whole.fields.is_empty() => self.part_of_kept(file, var, name),
            _ => None,
        };
        made.unwrap_or_else(|| Place { fields: [whole.fields, vec![name]].concat(), ..whole })
    }

    /// A field of the one object that a variable of a module keeps: `const users = new Users(db)`.
    fn part_of_kept(&mut self, file: u32, var: VarRef, name: &'a str) -> Option<Place<'a>> {
        let [only] = self.world.program.bound(file, var) else { return None };
        let Value::Call(id) = only.value else { return None };
        let way = std::ptr::from_ref(only.value);
        let made = self.seen.insert(way).then(|| self.made_of(CallRef { file, id: *id }, name));
        made.inspect(|_| _ = self.seen.remove(&way)).flatten().filter(|_| var.function == FnId::TOP)
    }

    fn made_of(&mut self, call: CallRef, name: &'a str) -> Option<Place<'a>> {
        let (program, data) = (self.world.program, self.world.program.call(call));
        if data.kind == CallKind::Struct {
            return Some(self.place(At { f: around(self.world, call), value: &data.named(name)?.value }));
        }
        let target = self.world.graph.target(call).filter(|target| !target.by_name)?;
        let inner = match (target.class, target.functions.as_slice()) {
            (Some(class), _) => {
                let (_, constructor) = program.constructor(class)?;
                let filled = program.field_values(class, name);
                let [(f, value)] = filled.as_slice() else { return None };
                Some(At { f: *f, value }).filter(|_| *f == constructor).map(|at| self.place(at))?
            }
            (None, [_]) => {
                let whole = self.returned(call)?;
                self.part(whole, name)
            }
            _ => return None,
        };
        self.outward(call, &inner, Receiver::Called)
    }

    /// What a function of the project gives that is no new thing: `getPool()`, `self.pool()`.
    fn given(&mut self, call: CallRef) -> Option<Place<'a>> {
        let inner = self.returned(call).filter(|inner| !matches!(inner.root, Root::Result(_) | Root::Other(..)))?;
        self.outward(call, &inner, Receiver::Called)
    }

    /// What the one function behind the call gives, in its own terms.
    fn returned(&mut self, call: CallRef) -> Option<Place<'a>> {
        let target = self.world.graph.target(call).filter(|target| !target.by_name)?;
        let [g] = target.functions[..] else { return None };
        let values = self.world.program.given_by(g);
        let (first, rest) = values.split_first()?;
        let way = std::ptr::from_ref(*first);
        if rest.iter().any(|other| other != first) || !self.seen.insert(way) {
            return None;
        }
        let place = self.place(At { f: g, value: first });
        self.seen.remove(&way);
        Some(place)
    }

    /// A place of the function behind the call, as the function sees it that makes the call.
    fn outward(&mut self, call: CallRef, inner: &Place<'a>, receiver: Receiver<'a>) -> Option<Place<'a>> {
        let program = self.world.program;
        let f = around(self.world, call);
        let sees = |owner: FnRef| program.is_within(f, owner);
        let runs = run(self.world, call).next().is_some();
        let value = match inner.root {
            _ if let Some(given) = self.argument(call, inner) => given,
            Root::Var(file, var) => {
                let shared = var.function == FnId::TOP || program.facts(file).local(var).kind == LocalKind::Static;
                let owner = FnRef { file, id: var.function };
                return (shared || sees(owner)).then(|| inner.clone());
            }
            Root::Provided(_) => return Some(inner.clone()),
            Root::Receiver(..) if let Receiver::Of(object) = receiver => object?,
            Root::Receiver(..) if !runs => return Some(inner.clone()),
            Root::Receiver(..) => match &program.call(call).callee {
                Value::Member(base, _) => base,
                _ => return None,
            },
            Root::Result(made) => return sees(around(self.world, made)).then(|| inner.clone()),
            Root::Other(..) => return None,
        };
        let whole = self.place(At { f, value });
        Some(inner.fields.iter().fold(whole, |whole, name| self.part(whole, name)))
    }

    /// What the call gives for the parameter with which the place begins.
    fn argument(&self, call: CallRef, inner: &Place<'a>) -> Option<&'a Value> {
        let Root::Var(file, var) = inner.root else { return None };
        let owner = FnRef { file, id: var.function };
        let runs = run(self.world, call).any(|g| g == owner);
        passed_for(self.world.program, call, owner, var).filter(|_| runs)
    }

    /// The one construction behind a value: of a pool, or of a maker of sessions.
    fn built(&mut self, at: At<'a>) -> Option<CallRef> {
        let program = self.world.program;
        if let Some(next) = self.next(at) {
            // `request.app_data::<Data<Pool>>().clone()`: what it leads to is no pool any more.
            return self.built(next).or_else(|| self.sole(at).filter(|_| !self.is_pool(next)));
        }
        if let Value::Call(id) = at.value {
            let call = CallRef { file: at.f.file, id: *id };
            let given = self.world.graph.target(call)?.gives;
            let factory = || is_maker(program, &program.call_result(call));
            let made = given.is_some_and(|given| given.how == How::Built) || factory();
            // `Pool::from_ref(state)`: somebody else has it from where the program put it.
            return if made { Some(call) } else { self.sole(at) };
        }
        // `slot.pool ??= new Pool()`: what the slot has is what was built there.
        if let Value::Choice(values, _) = at.value {
            let built: Vec<CallRef> = values.iter().filter_map(|value| self.built(At { f: at.f, value })).collect();
            return if let [only] = built[..] { Some(only) } else { None };
        }
        let values = behind(program, at).into_iter().filter(|at| !at.value.is_null()).collect::<Vec<_>>();
        match (values.as_slice(), at.value) {
            ([], Value::Var(var)) => self.one(&self.world.origins.handed(program, at.f.file, *var)),
            (values, _) => self.one(values),
        }
        .or_else(|| self.sole(at).filter(|_| values.is_empty()))
    }

    /// The only construction of a pool of its type.
    fn sole(&self, at: At<'a>) -> Option<CallRef> {
        self.world.origins.sole(self.world.program, at)
    }

    /// The one construction behind all of the values.
    fn one(&self, values: &[At<'a>]) -> Option<CallRef> {
        let (first, rest) = values.split_first()?;
        let built = |at: &At<'a>| {
            let mut beside = Finder { world: self.world, seen: self.seen.clone() };
            beside.seen.insert(std::ptr::from_ref(at.value)).then(|| beside.built(*at)).flatten()
        };
        let found = built(first)?;
        rest.iter().all(|other| built(other) == Some(found)).then_some(found)
    }
}

/// The place that a checkout is taken from.
pub fn pool_of<'a>(world: &World<'_, 'a>, call: CallRef) -> Option<Source<'a>> {
    match taker(world, call) {
        _ if let Some(pool) = told_pool(world, call) => Some(Source::at(world, call, pool)),
        factory if is_place(factory) && is_factory(world, call, factory) => Some(Source::at(world, call, factory)),
        Value::Member(base, _) if (is_place(base) || is_given(world, call, base)) && !is_shared(world, call, base) => {
            Some(Source::at(world, call, base)).filter(|_| !is_library(world, call, base))
        }
        Value::Member(base, _) => {
            let pool = viewed(world, call, base).or_else(|| is_asked_for(world, call, base).then_some(&**base));
            pool.map(|pool| Source::at(world, call, pool))
        }
        _ => None,
    }
}

/// The pool comes from where the program has put it, and nothing is made for the call: `Pool::from_ref(state).get()`.
fn is_asked_for<'a>(world: &World<'_, 'a>, call: CallRef, base: &'a Value) -> bool {
    let Value::Call(id) = base else { return false };
    let target = world.graph.target(CallRef { file: call.file, id: *id });
    let made = target.is_some_and(|target| !target.functions.is_empty() || target.gives.is_some());
    !made && Finder::new(world).is_pool(At { f: around(world, call), value: base })
}

/// What the call calls: itself, or as the function that it is given to run, `to_thread(pool.getconn)`.
fn taker<'a>(world: &World<'_, 'a>, call: CallRef) -> &'a Value {
    let data = world.program.call(call);
    let given = world.graph.target(call).and_then(|target| world.program.called_argument(data, target));
    given.unwrap_or(&data.callee)
}

/// The pool that a chain of views begins with: `db` of `db.transaction().setIsolationLevel(…)`.
pub(super) fn viewed<'a>(world: &World<'_, 'a>, call: CallRef, base: &'a Value) -> Option<&'a Value> {
    let program = world.program;
    let Value::Call(id) = base else { return None };
    let view = CallRef { file: call.file, id: *id };
    let receiver = world.graph.target(view)?.receiver?;
    let data = program.call(view);
    let Value::Member(inner, _) = &data.callee else { return None };
    let method = program.catalog.method(receiver, last_name(&data.callee))?;
    let pools = matches!(program.catalog.ty(receiver).row.kind, Kind::Pool | Kind::OrmClient);
    match method.role {
        Role::View | Role::Same if pools && is_place(inner) && !is_shared(world, view, inner) => Some(inner),
        Role::View | Role::Same => viewed(world, view, inner),
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
    is_maker(world.program, &world.program.eval(f, callee))
}

fn is_maker(program: &Program, ty: &Ty) -> bool {
    match ty {
        Ty::Factory(_) => true,
        Ty::Concept(ty) => program.catalog.ty(*ty).row.kind == Kind::Factory,
        _ => false,
    }
}

/// The pool that the call takes from, itself or by the function that it has run.
pub fn pool_behind<'a>(world: &World<'_, 'a>, call: CallRef, through: Option<FnRef>) -> Option<Source<'a>> {
    let Some(taker) = through else { return pool_of(world, call) };
    let inner = plain_calls(world, call, taker);
    let mut found: Vec<Source> = Vec::new();
    for checkout in inner.into_iter().flat_map(|inner| taken(world, inner).to_vec()) {
        let seen = checkout
            .pool
            .seen_from(world, call, Receiver::Called)
            .filter(|seen| !found.iter().any(|known| known.is(seen)));
        found.extend(seen);
    }
    found.pop().filter(|_| found.is_empty())
}

/// The base of a call is what a function gives that has it from elsewhere: `getPool().query(…)`.
fn is_given<'a>(world: &World<'_, 'a>, call: CallRef, base: &'a Value) -> bool {
    let place = || Finder::new(world).place(At { f: around(world, call), value: base });
    matches!(base, Value::Call(_)) && matches!(place().root, Root::Var(..) | Root::Receiver(..) | Root::Provided(_))
}

/// One connection carries what is taken from it: there is nothing to wait for.
fn is_shared<'a>(world: &World<'_, 'a>, call: CallRef, base: &'a Value) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    let kind = |ty: TypeId| world.program.catalog.ty(ty).row.kind;
    matches!(world.program.eval(f, base), Ty::Concept(ty) if matches!(kind(ty), Kind::Broker | Kind::Connection))
}

fn is_place(value: &Value) -> bool {
    match value {
        Value::Var(_) | Value::This => true,
        Value::Member(base, _) => is_place(base),
        _ => false,
    }
}

/// The call takes another one out of the pool, or has a function do so while it may not give back the one that the
/// variables stand for: the call that takes it.
pub fn takes_from<'a>(
    world: &World<'_, 'a>,
    call: CallRef,
    pool: &Source<'a>,
    vars: &FxHashSet<VarRef>,
) -> Option<CallRef> {
    let taken = match is_given_up(world, call, vars) {
        true => taken_before(world, call, end_of_given(world, call, vars)?),
        false => taken(world, call),
    };
    taken.iter().find(|checkout| pool.is(&checkout.pool)).map(|checkout| checkout.by)
}

/// Where the one function that is given one of the variables for good ends it: a byte offset in its file. What its type
/// ends goes with the function.
fn end_of_given(world: &World, call: CallRef, vars: &FxHashSet<VarRef>) -> Option<u32> {
    let (program, data) = (world.program, world.program.call(call));
    let [g] = world.graph.target(call).filter(|target| !target.by_name)?.functions[..] else { return None };
    let at = data.args.iter().position(|arg| matches!(&arg.value, Value::Var(var) if vars.contains(var)))?;
    let var = VarRef { function: g.id, local: parameter(program.function(g), data, at)? };
    // It is given back there only where the function has taken it, as nobody gave one.
    if !program.bound(g.file, var).is_empty() {
        return None;
    }
    let param = Value::Var(var);
    let ends = |inner: &&Call| {
        let on_it = matches!(&inner.callee, Value::Member(base, name) if **base == param && ends_it(name));
        on_it || inner.args.iter().any(|arg| arg.value == param) && names::releases(last_name(&inner.callee))
    };
    let end = program.calls_within(g).filter(ends).map(|inner| inner.span.start).min();
    end.or(program.semantics(g.file).drops.then(|| program.function(g).span.end))
}

fn ends_it(name: &str) -> bool {
    names::releases(name) || SETTLING.contains(&name)
}

/// The pools that the function takes out of which the call runs, in calls before the byte offset.
fn taken_before<'a>(world: &World<'_, 'a>, call: CallRef, end: u32) -> Arc<[Checkout<'a>]> {
    let before = |inner: &CallRef| world.program.call(*inner).span.start < end;
    runs_in(world, call).into_iter().filter(before).flat_map(|inner| taken_within(world, call, inner)).collect()
}

/// What a call takes that another one runs, as that one sees it.
fn taken_within<'a>(world: &World<'_, 'a>, call: CallRef, inner: CallRef) -> Vec<Checkout<'a>> {
    let receiver = Receiver::of(world, call, inner);
    let taken = taken(world, inner);
    let seen = taken.iter().map(|known| (known.by, known.pool.seen_from(world, call, receiver)));
    seen.filter_map(|(by, pool)| Some(Checkout { pool: pool?, by })).collect()
}

/// The call has a function of the project take another one out of the pool, over whatever object that has it from.
pub(super) fn has_taken<'a>(world: &World<'_, 'a>, call: CallRef, pool: &Source<'a>) -> Option<CallRef> {
    let own = world.graph.target(call).is_some_and(|target| !target.by_name && !target.functions.is_empty());
    let waits = is_awaited(world, call) || is_returned(world, call);
    let taken = (own && waits).then(|| taken(world, call))?;
    taken.iter().find(|checkout| pool.is(&checkout.pool)).map(|checkout| checkout.by)
}

/// A function of the project is given one of the variables for good, or to give back.
fn is_given_up(world: &World, call: CallRef, vars: &FxHashSet<VarRef>) -> bool {
    let data = world.program.call(call);
    let lent = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let given = |at: &usize| lent(&data.args[*at].value);
    let ends = |g: FnRef, at: usize| {
        let function = world.program.function(g);
        let local = parameter(function, data, at);
        let param = function.params.iter().find(|param| Some(param.local) == local);
        let moved = world.program.language(g.file) == Language::Rust && param.is_some_and(|param| param.by_value);
        let fate = || world.summaries.argument(g, call.file, data, at, Vec::new());
        moved || param.is_none() || fate() != Fate::Used
    };
    let Some(target) = world.graph.target(call) else { return false };
    (0..data.args.len()).filter(given).any(|at| target.functions.iter().any(|g| ends(*g, at)))
}

/// The pools that the call takes out of, in the order of the text.
fn taken<'a>(world: &World<'_, 'a>, call: CallRef) -> Arc<[Checkout<'a>]> {
    let none = Arc::default();
    world.taken.get(&call, &none, &none, || match is_for_later(world, call) {
        true => Arc::default(),
        false => taken_when_run(world, call, &Visited::default()),
    })
}

/// The same, of a call that is run, whoever does so.
fn taken_when_run<'a>(world: &World<'_, 'a>, call: CallRef, visited: &Visited) -> Arc<[Checkout<'a>]> {
    if !visited.enter(call) {
        return Arc::default();
    }
    let itself = |pool| Checkout { pool, by: call };
    let mut found: Vec<Checkout> = takes(world, call).into_iter().map(itself).collect();
    let mut add = |inner: CallRef, checkouts: &mut dyn Iterator<Item = &Checkout<'a>>| {
        let receiver = Receiver::of(world, call, inner);
        for Checkout { pool, by } in checkouts {
            let new =
                pool.seen_from(world, call, receiver).filter(|pool| found.iter().all(|known| known.pool != *pool));
            found.extend(new.map(|pool| Checkout { pool, by: *by }));
        }
    };
    for inner in runs_in(world, call) {
        let given = begun_for(world, call, inner).map(|pool| Checkout { pool, by: inner });
        add(inner, &mut taken(world, inner).iter().chain(&given));
    }
    for inner in joined(world, call) {
        add(inner, &mut taken_when_run(world, inner, visited).iter());
    }
    found.extend(mostly_taken(world, call));
    found.into()
}

/// What at least half of the functions take of which the call runs one: `steps[name](order)`.
fn mostly_taken<'a>(world: &World<'_, 'a>, call: CallRef) -> Vec<Checkout<'a>> {
    let target = world.graph.target(call).filter(|target| !target.by_name && target.functions.len() > 1);
    let several = target.map(|target| working(world, &target.functions)).unwrap_or_default();
    // Each pool once, with the number of functions that take out of it.
    let mut takers: Vec<(Checkout, usize)> = Vec::new();
    for g in several.iter().filter(|g| !asks_whether_given(world.program, world.graph, call, **g)) {
        let mut own: Vec<Checkout> = Vec::new();
        let taken = body_calls(world, call, *g).into_iter().flat_map(|inner| taken_within(world, call, inner));
        taken.for_each(|checkout| {
            own.extend(own.iter().all(|known| !known.pool.is(&checkout.pool)).then_some(checkout))
        });
        for checkout in own {
            match takers.iter_mut().find(|(known, _)| known.pool.is(&checkout.pool)) {
                Some((_, count)) => *count += 1,
                None => takers.push((checkout, 1)),
            }
        }
    }
    takers.into_iter().filter(|(_, count)| count * 2 >= several.len()).map(|(checkout, _)| checkout).collect()
}

/// A coroutine that is given to somebody who runs it beside this function: `arbiter.spawn(work(pool))`.
pub(super) fn is_for_later(world: &World, call: CallRef) -> bool {
    let program = world.program;
    let facts = program.facts(call.file);
    if program.language(call.file) == Language::Script || facts.call(call.id).awaited {
        return false;
    }
    let coroutine = world.graph.target(call).is_some_and(|target| {
        !target.functions.is_empty() && target.functions.iter().all(|g| program.function(*g).flags.is_async)
    });
    let given = |outer: CallRef| {
        let outer = program.call(outer);
        outer.args.iter().any(|arg| arg.value == Value::Call(call.id)).then_some(outer)
    };
    let later = |outer: &Call| {
        outer.kind == CallKind::Call
            && !outer.awaited
            && !is_ended_by_block(world, call, outer)
            && !COROUTINE_RUNNERS.contains(&outer.callee_name(facts).unwrap_or_default())
    };
    coroutine && program.takers(call).filter_map(given).any(later)
}

/// A block waits at its end for what it is given: `async with TaskGroup() as group: group.create_task(work())`.
fn is_ended_by_block(world: &World, call: CallRef, outer: &Call) -> bool {
    let Value::Member(group, _) = &outer.callee else { return false };
    let regions = around_call(&world.program.function(FnRef { file: call.file, id: outer.function }).body, call.id);
    // What is taken in a block between the two goes back before the end.
    let mut blocks = regions.iter().rev().filter(|region| matches!(region.node, Node::Scope { .. } | Node::Try { .. }));
    blocks.next().is_some_and(|block| matches!(block.node, Node::Scope { bound: Some(bound), .. } if bound == &**group))
}

/// The coroutines that a call waits for which made none of them: `join_all(ids.map(|id| load(id)))`, `gather(*tasks)`.
fn joined(world: &World, call: CallRef) -> Vec<CallRef> {
    let program = world.program;
    let data = program.call(call);
    let own = |call: CallRef| world.graph.target(call).is_some_and(|target| !target.functions.is_empty());
    if !data.awaited || !program.semantics(call.file).lazy || own(call) {
        return Vec::new();
    }
    let (mut found, mut seen) = (Vec::new(), FxHashSet::default());
    let mut open: Vec<&Value> = data.args.iter().map(|arg| &arg.value).collect();
    while let Some(value) = open.pop() {
        if !seen.insert(std::ptr::from_ref(value)) {
            continue;
        }
        match value {
            Value::Var(var) if var.function != FnId::TOP => {
                open.extend(program.bound(call.file, *var).iter().map(|bound| bound.value));
                let put = program.writes_into(call.file, *var);
                open.extend(put.flat_map(|call| call.args.iter().map(|arg| &arg.value)));
            }
            Value::List(items) => open.extend(items),
            Value::Element(list) => open.push(list),
            Value::Closure(id) => {
                let g = FnRef { file: call.file, id: *id };
                found.extend(plain_calls(world, call, g).into_iter().filter(|_| program.function(g).flags.is_async));
                open.extend(program.given_by(g));
            }
            Value::Call(id) => {
                let inner = CallRef { file: call.file, id: *id };
                let data = program.call(inner);
                match own(inner) {
                    _ if data.awaited || is_received(world, inner) => {}
                    true => found.push(inner),
                    false => {
                        open.extend(data.args.iter().map(|arg| &arg.value));
                        open.extend(if let Value::Member(base, _) = &data.callee { Some(&**base) } else { None });
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// What the call itself takes out of: the pool that it is a method of, or those that a statement is given.
fn takes<'a>(world: &World<'_, 'a>, call: CallRef) -> Vec<Source<'a>> {
    let Some(target) = world.graph.target(call) else { return Vec::new() };
    let data = world.program.call(call);
    let name = data.callee_name(world.program.facts(call.file)).unwrap_or_default();
    let acquired = acquires(world, target, name).then(|| pool_of(world, call)).flatten();
    let given =
        data.args.iter().map(|arg| &arg.value).filter(|value| is_place(value) || is_no_new_one(world, call, value));
    let statement = given.filter(|_| runs_on(target, data, name)).map(|value| Source::at(world, call, value));
    acquired.into_iter().chain(statement).chain(begun_at(world, call)).collect()
}

/// The client with a pool that a statement begins at which is waited for: `await db("visits").insert(row)`.
fn begun_at<'a>(world: &World<'_, 'a>, call: CallRef) -> Option<Source<'a>> {
    world.program.call(call).awaited.then(|| begins_at(world, call)).flatten()
}

/// The same, of a statement that the function behind a call gives to whoever waits for that call.
fn begun_for<'a>(world: &World<'_, 'a>, call: CallRef, inner: CallRef) -> Option<Source<'a>> {
    let waits = is_awaited(world, call) || is_returned(world, call);
    (waits && !world.program.call(inner).awaited && is_returned(world, inner))
        .then(|| begins_at(world, inner))
        .flatten()
}

/// The client with a pool that a chain of calls begins at. Not where something on the way is given a connection to run on.
fn begins_at<'a>(world: &World<'_, 'a>, call: CallRef) -> Option<Source<'a>> {
    let program = world.program;
    let f = around(world, call);
    let concept = |value: &'a Value| match program.eval(f, value) {
        Ty::Concept(ty) => Some(ty),
        _ => None,
    };
    let kind = |ty: TypeId| program.catalog.ty(ty).row.kind;
    let (mut at, mut below, mut further) = (&program.call(call).callee, None, false);
    let mut step = call;
    loop {
        if program.call(step).args.iter().any(|arg| gives_connection(world, f, &arg.value)) {
            return None;
        }
        loop {
            if concept(at).is_some_and(|ty| kind(ty) == Kind::OrmClient) {
                let runs = below.is_none_or(|name| runs_statements(world, step, name, further));
                return runs.then(|| Source::at(world, call, at));
            }
            match at {
                Value::Member(base, name) => (at, below) = (&**base, Some(name.as_str())),
                Value::Call(id) => {
                    (step, further) = (CallRef { file: call.file, id: *id }, true);
                    at = &program.call(step).callee;
                    break;
                }
                _ => return None,
            }
        }
    }
}

/// A connection is in it, or what may be one by its name: `{ transaction: trx }`.
fn gives_connection<'a>(world: &World<'_, 'a>, f: FnRef, value: &'a Value) -> bool {
    let program = world.program;
    let kind = |ty: TypeId| program.catalog.ty(ty).row.kind;
    let named = || program.value_name(f.file, value).is_some_and(|name| CONNECTION_NAMES.contains(&name.as_str()));
    let typed =
        || matches!(program.eval(f, value), Ty::Concept(ty) if matches!(kind(ty), Kind::Handle | Kind::Connection));
    match value {
        Value::Var(_) | Value::Member(..) => named() || typed(),
        Value::Record { entries, spreads, .. } => {
            entries.iter().map(|entry| &entry.value).chain(spreads).any(|part| gives_connection(world, f, part))
        }
        Value::List(parts) | Value::Choice(parts, _) => parts.iter().any(|part| gives_connection(world, f, part)),
        _ => false,
    }
}

/// `pool.clone()`, `self.pool()`
fn is_no_new_one<'a>(world: &World<'_, 'a>, call: CallRef, value: &'a Value) -> bool {
    let Value::Call(id) = value else { return false };
    let (inner, mut finder) = (CallRef { file: call.file, id: *id }, Finder::new(world));
    finder.copied(inner).is_some_and(|at| is_place(at.value)) || finder.given(inner).is_some()
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

/// What is run by the one function of the project behind the call, or by closures that it is given. Whether a function
/// takes one that may have been given one is not known.
fn runs_in(world: &World, call: CallRef) -> Vec<CallRef> {
    let Some(target) = world.graph.target(call) else { return Vec::new() };
    match target.functions.as_slice() {
        [] if is_awaited(world, call) => run_by(world, call),
        [g] if !asks_whether_given(world.program, world.graph, call, *g) => run_by(world, call),
        _ => Vec::new(),
    }
}
