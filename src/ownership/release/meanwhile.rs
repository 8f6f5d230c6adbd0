//! What a function does while it holds something: it waits for the outside, or takes another one from the same pool.
//!
//! Whoever lends makes the activation of the borrower the time that the thing is held. Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::{Resource, Slow, Source, Trace, What, World};
use super::overlap::Wait;
use super::streamed::{self, Stream};
use super::{Meanwhile, Overlap, Survey, held, names, overlap, parting, passed_on, pools, runs, transactions};
use crate::catalog::TypeId;
use crate::catalog::schema::Kind;
use crate::contexts::development::in_production;
use crate::facts::trail::Trail;
use crate::facts::walk::{Region, around_call};
use crate::facts::{Arg, CallId, Language, Param, Span, Value, VarRef};
use crate::graph::trigger::Trigger;
use crate::graph::{Point, Root};
use crate::program::{CallRef, FnRef};
use crate::servers::statements::stays_with_session;
use crate::values::passing::parameter_of;
use crate::values::sites::last_name;

/// Something that a function holds.
pub(crate) struct Held<'t> {
    pub f: FnRef,
    /// What opens it, or asks a framework for it.
    pub call: CallRef,
    pub resource: Resource,
    /// The function of the project behind the call.
    pub through: Option<FnRef>,
    pub vars: &'t FxHashSet<VarRef>,
    pub lent: Option<Lent>,
}

/// What somebody else gives to the function for as long as it runs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lent {
    /// Something has been asked of it before the function begins.
    pub begun: bool,
    /// Where the function asks for it, when that is not the call.
    pub at: Option<Span>,
    /// Where the function finds it.
    pub within: Within,
}

/// How a function comes by what it is lent.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Within {
    /// It is given it.
    #[default]
    Parameter,
    /// It is given an object that has it.
    Object,
    /// What it calls may find it by another way.
    Elsewhere,
}

impl<'t> Held<'t> {
    /// One that the function takes itself.
    pub fn here(
        f: FnRef,
        call: CallRef,
        resource: Resource,
        through: Option<FnRef>,
        vars: &'t FxHashSet<VarRef>,
    ) -> Self {
        Held { f, call, resource, through, vars, lent: None }
    }
}

impl<'a> Survey<'_, '_, '_, 'a> {
    /// What happens while the function holds what a walk has followed.
    pub(crate) fn meanwhile(&mut self, held: &Held, trace: &Trace, reached: bool) {
        let Held { f, call, resource, through, vars, .. } = *held;
        if resource.kind(self.world.program) == Some(Kind::Subscription) || self.goes_on_alone(f) {
            return;
        }
        if resource.acquired && through.is_none() && held::is_of_own_pool(self.world, call) {
            return;
        }
        let mut during: Vec<(FnRef, CallId)> = trace.during.iter().map(|id| (f, *id)).collect();
        during.extend(overlap::carried_off(self.world, f, vars));
        during.sort();
        self.happens(held, &during, reached);
    }

    /// Start-up still holds it when the program begins to answer requests: it is missing in the pool for good.
    pub(crate) fn while_serving(&mut self, held: &Held, trace: &Trace) {
        let Held { f, call, resource, .. } = *held;
        let limited =
            resource.acquired && !resource.private && resource.kind(self.world.program) != Some(Kind::Session);
        if !limited || self.world.program.language(f.file) == Language::Script || !self.begins(f) {
            return;
        }
        if self.keeps_session(f.file, trace) {
            return;
        }
        let during = trace.during.iter().map(|id| CallRef { file: f.file, id: *id });
        let serving = during.filter(|at| overlap::is_serving(self.world, *at)).min().map(|at| (at, Slow::Serve));
        let lifespan = trace.yields.filter(|_| self.is_lifespan(f)).map(|span| (call, Slow::Lifespan(span)));
        self.found.overlaps.extend(serving.or(lifespan).map(|(at, slow)| Overlap {
            call,
            resource,
            at,
            by: at,
            way: Vec::new(),
            what: Meanwhile::Waits(slow),
            reached: true,
            lent: false,
            asked: None,
        }));
    }

    /// A framework runs the generator around the program: what follows its `yield` is the shutdown.
    fn is_lifespan(&self, f: FnRef) -> bool {
        let started = |root: &&Root| root.to == Point::Fn(f) && root.trigger == Trigger::Startup;
        self.world.program.function(f).flags.generator && self.world.graph.roots.iter().any(|root| started(&root))
    }

    /// A lock of the session, or what it listens to, is to last as long as the program.
    pub(crate) fn keeps_session(&self, file: u32, trace: &Trace) -> bool {
        let asks = |id: &CallId| &self.world.program.call(CallRef { file, id: *id }).args;
        trace.during.iter().flat_map(asks).any(|arg| stays_with_session(&arg.value))
    }

    /// Which of the calls waits, and which takes another one.
    pub(crate) fn happens(&mut self, held: &Held, during: &[(FnRef, CallId)], reached: bool) {
        let Held { f, call, resource, .. } = *held;
        self.note_runners(held, during);
        let pool = self.limited_pool(held).filter(|_| !held.lent.is_some_and(|lent| lent.within == Within::Elsewhere));
        // What nobody runs beside itself waits for no other one that holds a connection.
        let alone = self.runs_once(f);
        let (mut nested, mut waits) = (None, None);
        for (holder, id) in during.iter().copied() {
            let at = CallRef { file: f.file, id };
            let takes = pool.as_ref().and_then(|pool| self.takes_another(held, at, pool.as_ref()));
            let past = held.lent.is_none() && holder == f && runs::outlasts(self.world, at);
            let here = || !self.is_for_development(at);
            if nested.is_none() && !alone && !past && !self.pauses(held, id) && here() {
                nested = takes.map(|by| (at, by, Meanwhile::Nested));
            }
            if waits.is_none() && (resource.acquired || !alone) && self.lasts(held, (holder, id)) {
                waits = self.waits(held, at).filter(|_| here()).map(|wait| (at, wait.by, Meanwhile::Waits(wait.slow)));
            }
        }
        let asked = held.lent.and_then(|lent| lent.at).map(|at| (f, at));
        let found = nested.into_iter().chain(waits);
        self.found.overlaps.extend(found.map(|(at, by, what)| Overlap {
            call,
            resource,
            at,
            by,
            way: Vec::new(),
            what,
            reached,
            lent: false,
            asked,
        }));
    }

    /// The pool in which it is missing, as far as that is in sight; nothing where nobody waits for one.
    pub(crate) fn limited_pool(&self, held: &Held) -> Option<Option<Source<'a>>> {
        // For what is started for whoever asks, nobody waits.
        let asked = held.resource.acquired && !held.resource.private;
        let behind = || pools::pool_behind(self.world, held.call, held.through);
        let pool = behind().or_else(|| self.pool_of_maker(held.through?)).filter(|_| asked);
        let limited = asked && !pool.as_ref().is_some_and(|pool| pool.is_unpooled(self.world));
        limited.then_some(pool)
    }

    /// The pool of a module that the maker or lender takes from.
    fn pool_of_maker(&self, maker: FnRef) -> Option<Source<'a>> {
        let mut seen = vec![maker];
        loop {
            let (call, through) = *self.taken.get(seen.last()?)?;
            if let Some(pool) = pools::pool_behind(self.world, call, through) {
                return Some(pool).filter(|pool| pool.is_of_module());
            }
            let further = through.filter(|further| !seen.contains(further))?;
            seen.push(further);
        }
    }

    /// The call that takes another one, itself or by what it runs.
    fn takes_another(&self, held: &Held, at: CallRef, pool: Option<&Source<'a>>) -> Option<CallRef> {
        let Held { call, resource, through, vars, .. } = *held;
        pool.and_then(|pool| pools::takes_from(self.world, at, pool, vars))
            .or_else(|| self.makes_again(at, call, through?, vars))
            .or_else(|| self.world.records.ask_beside(self.world, at, resource, vars))
    }

    /// The call has the function make another one that made what `call` opened.
    fn makes_again(&self, at: CallRef, call: CallRef, maker: FnRef, vars: &FxHashSet<VarRef>) -> Option<CallRef> {
        let again = || held::takes_again(self.world, at, call, maker, vars);
        let directly = || self.world.graph.target(at).is_some_and(|target| target.functions == [maker]);
        match self.lenders.contains_key(&maker) {
            true => again(),
            false if directly() => Some(at),
            false => self.is_of_shared(maker).then(again)?,
        }
    }

    /// What the maker gives comes out of a pool that all of its calls share.
    fn is_of_shared(&self, maker: FnRef) -> bool {
        let mut fresh = self.fresh.iter().filter(|(f, ..)| *f == maker);
        fresh.all(|(_, call, _)| !held::is_of_own_pool(self.world, *call))
    }

    /// It has no connection there, as its transaction has ended.
    fn pauses(&self, held: &Held, id: CallId) -> bool {
        let Lent { begun, within, .. } = held.lent.unwrap_or_default();
        let ty = match (held.resource.what, within) {
            (What::Catalog(ty), Within::Object) => Some(ty),
            _ => None,
        };
        held.resource.kind(self.world.program) == Some(Kind::Session)
            && match ty {
                Some(ty) => transactions::is_between_those_of(self.world, held.f, id, held.vars, ty),
                None => transactions::is_between_transactions(self.world, held.f, id, held.vars, begun),
            }
    }

    /// It is still held behind the call: by whoever took or lends it, or for a use that is yet to come.
    fn lasts(&self, held: &Held, (holder, id): (FnRef, CallId)) -> bool {
        let Held { f, call, resource, vars, .. } = *held;
        // A transaction may be over before its end is written; all else is the holder's until it is given back.
        let connection = || held::is_scope(self.world, call) || self.is_checkout(call, resource);
        let until_the_end = self.world.program.language(call.file) == Language::Rust
            || resource.is_of_server(self.world.program) && connection();
        let at = CallRef { file: f.file, id };
        held.lent.is_some()
            || until_the_end && resource.acquired && self.repeats(f)
            || overlap::is_listening(self.world, at)
            || overlap::has_rest_done(self.world, at)
            || overlap::used_later(self.world, holder, id, vars)
    }

    /// A connection itself, not what is begun on one and may end before it is given back.
    fn is_checkout(&self, call: CallRef, resource: Resource) -> bool {
        let program = self.world.program;
        let What::Catalog(ty) = resource.what else { return false };
        let row = &program.catalog.ty(ty).row;
        let receiver = self.world.graph.target(call).and_then(|target| target.receiver);
        let pools = |ty: TypeId| matches!(program.catalog.ty(ty).row.kind, Kind::Pool | Kind::OrmClient);
        row.kind != Kind::Handle || row.undo.is_empty() && row.prepares.is_empty() && receiver.is_some_and(pools)
    }

    /// The call is made only where somebody develops or tests.
    fn is_for_development(&self, at: CallRef) -> bool {
        let (program, facts) = (self.world.program, self.world.program.facts(at.file));
        let f = FnRef { file: at.file, id: program.call(at).function };
        let regions = around_call(&program.function(f).body, at.id);
        let mut conditions = regions.iter().filter_map(Region::condition);
        conditions.any(|(pred, holds)| in_production(facts, pred) == Some(!holds))
    }

    fn waits(&self, held: &Held, at: CallRef) -> Option<Wait> {
        let Held { resource, vars, .. } = *held;
        let has = |value: &Value| value.holds(&|part| matches!(part, Value::Var(var) if vars.contains(var)));
        let with_it = || self.world.program.call(at).args.iter().any(|arg| has(&arg.value));
        if pools::is_for_later(self.world, at) && !with_it() {
            return None;
        }
        let session = resource.kind(self.world.program) == Some(Kind::Session);
        // What an object does with it that is handed on, only its methods say.
        let whole = held.lent.is_none_or(|lent| lent.within != Within::Object);
        let asked = || {
            !self.pauses(held, at.id) || whole && overlap::works_before_waiting(self.world, at, vars, &Trail::default())
        };
        overlap::wait(self.world, at, &overlap::Search::default())
            .or_else(|| self.is_streamed(held, at).then_some(Wait { slow: Slow::Stream, by: at }))
            .filter(|wait| resource.minds(self.world.program, wait.slow, session && asked()))
            .filter(|_| !self.is_ended_before(at, vars))
            .filter(|wait| wait.slow != Slow::Answer || !parting::is_before_leaving(self.world, at, vars))
            .filter(|wait| wait.slow != Slow::Handler || !session || !passed_on::is_passed_on(self.world, held.f, vars))
    }

    /// The function that the call gives it away to ends it before it waits for anything: `tx.commit().await?`.
    fn is_ended_before(&self, at: CallRef, vars: &FxHashSet<VarRef>) -> bool {
        let (world, program) = (self.world, self.world.program);
        let Some((g, own)) = given_away(world, at, vars) else { return false };
        let own = FxHashSet::from_iter([own]);
        let calls = runs::plain_calls(world, at, g);
        let ends = |call: &&CallRef| consumes(world, **call, &own) || given_away(world, **call, &own).is_some();
        let search = overlap::Search::within(at);
        let mut waiting = calls.iter().filter(|inner| overlap::wait(world, **inner, &search).is_some()).peekable();
        let behind = |inner: &CallRef| {
            let leads = |call: &CallRef| transactions::leads_to(program, g, call.id, &|id| id == inner.id);
            calls.iter().filter(ends).any(leads)
        };
        waiting.peek().is_some() && waiting.all(behind)
    }

    /// The call makes an answer that is sent while it is still held.
    fn is_streamed(&self, held: &Held, at: CallRef) -> bool {
        let streams = streamed::streams(self.world, at);
        let holds = |stream: &Stream| stream.is_given(self.world, held.vars) || stream.waits(self.world);
        held.lent.is_some() && streams.iter().any(holds) && streamed::is_lent_until_sent(self.world, held.call)
    }
}

/// The function that the call gives one of the variables away to, and its parameter, which that takes over.
fn given_away(world: &World, at: CallRef, vars: &FxHashSet<VarRef>) -> Option<(FnRef, VarRef)> {
    let (program, data) = (world.program, world.program.call(at));
    let [g] = *world.graph.target(at)?.functions else { return None };
    let given = |arg: &Arg| matches!(&arg.value, Value::Var(var) if vars.contains(var));
    let local = parameter_of(program, at.file, data, g, data.args.iter().position(given)?)?;
    let moved = |param: &Param| param.local == local && param.by_value;
    let taken = program.semantics(g.file).drops && program.function(g).params.iter().any(moved);
    taken.then_some((g, VarRef { function: g.id, local }))
}

/// A method takes one of the variables by value, or it is dropped.
fn consumes(world: &World, at: CallRef, vars: &FxHashSet<VarRef>) -> bool {
    let data = world.program.call(at);
    let is = |value: &Value| matches!(value, Value::Var(var) if vars.contains(var));
    let functions = world.graph.target(at).map_or(&[][..], |target| target.functions.as_slice());
    match &data.callee {
        Value::Member(base, _) if is(base) => {
            let own = functions.first().and_then(|method| world.program.function(*method).params.first());
            own.is_some_and(|param| param.by_value)
        }
        callee => {
            functions.is_empty() && names::releases(last_name(callee)) && data.args.iter().any(|arg| is(&arg.value))
        }
    }
}
