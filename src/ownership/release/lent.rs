//! Transactions that are lent to a callback: which connection is held while it runs, and what in it works
//! over the client itself, on a second one.
//!
//! Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::{Resource, Source, Start, What, World};
use super::owned::run_in;
use super::pools::{has_taken, pool_of, viewed};
use super::records::is_kept;
use super::runs::plain_calls;
use super::{Meanwhile, Overlap, Survey, overlap};
use crate::catalog::schema::{Kind, Role};
use crate::facts::trail::Visited;
use crate::facts::walk::{calls, nodes};
use crate::facts::{Block, CallId, Language, LocalKind, Node, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::eval::Ty;
use crate::values::handover::functions_of;
use crate::values::passing::{parameter_of, passed_for};
use crate::values::sites::last_name;

impl<'a> Survey<'_, '_, '_, 'a> {
    /// What callbacks do while they have a transaction.
    pub(crate) fn lent(&mut self) {
        let mut lent: Vec<Lent> = self.world.program.calls().flat_map(|call| Lent::of(self.world, call)).collect();
        let mut seen = FxHashSet::default();
        let mut at = 0;
        while let Some(next) = lent.get(at).cloned() {
            if seen.insert((next.call, next.callback)) {
                self.while_lent(&next);
                let further = next.lent_on(self.world);
                lent.extend(further);
            }
            at += 1;
        }
    }

    fn while_lent(&mut self, lent: &Lent<'a>) {
        let Lent { call, resource, .. } = *lent;
        let f = FnRef { file: call.file, id: self.world.program.call(call).function };
        let Some(reached) = self.judged(f, call, true) else { return };
        let calls = calls_of(self.world, lent.callback);
        let bypasses = |at: &CallRef| lent.is_known.then(|| lent.bypasses(self.world, *at))?;
        let nested = calls.iter().find_map(|at| bypasses(at).map(|by| (*at, by, Meanwhile::Nested)));
        // What the callback returns, the transaction waits for.
        let wait = |at: &CallRef| overlap::wait(self.world, *at, &overlap::Search::within(lent.callback));
        let wait = |at: &CallRef| wait(at).filter(|wait| resource.minds(self.world.program, wait.slow, false));
        let waits = calls.iter().find_map(|at| wait(at).map(|wait| (*at, wait.by, Meanwhile::Waits(wait.slow))));
        let found = nested.into_iter().chain(waits);
        self.found.overlaps.extend(found.map(|(at, by, what)| Overlap {
            call,
            resource,
            at,
            by,
            way: Vec::new(),
            what,
            reached,
            lent: true,
            asked: None,
        }));
    }
}

/// A connection that a callback has for as long as it runs.
#[derive(Clone)]
pub struct Lent<'a> {
    /// The call that is given the callback.
    call: CallRef,
    pub resource: Resource,
    pub callback: FnRef,
    pool: Source<'a>,
    /// The callback has the connection itself, or nobody else keeps it for what it runs.
    is_known: bool,
}

impl<'a> Lent<'a> {
    /// What the call lends, when it is one of a client with a pool that is given a function for it; where that came in
    /// a parameter, to the functions that callers give for it.
    pub fn of(world: &World<'_, 'a>, call: CallRef) -> Vec<Self> {
        let Some((resource, pool)) = scoped_by(world, call) else { return Vec::new() };
        let data = world.program.call(call);
        let from = FnRef { file: call.file, id: data.function };
        let own = data.args.iter().find_map(|arg| match world.program.eval(from, &arg.value) {
            Ty::Fn(g) => Some(g),
            _ => None,
        });
        let lent = |(call, callback)| Lent { call, resource, callback, pool: pool.clone(), is_known: true };
        match own {
            Some(callback) => vec![lent((call, callback))],
            None => data.args.iter().flat_map(|arg| given_for(world, call, &arg.value)).map(lent).collect(),
        }
    }

    /// The functions that the callback runs for whoever gave them to the function around it.
    fn lent_on(&self, world: &World<'_, 'a>) -> Vec<Self> {
        let data = |at: &CallRef| world.program.call(*at);
        let calls = calls_of(world, self.callback);
        let has = |at: &CallRef| data(at).args.iter().any(|arg| self.mentions(world, at.file, &arg.value));
        let mut found = Vec::new();
        for at in &calls {
            let others = calls.iter().any(|other| other != at && has(other) && !self.is_statement(world, *other));
            let given = given_for(world, *at, &data(at).callee).into_iter();
            let is_known = self.is_known && (has(at) || !others);
            found.extend(given.map(|(call, callback)| Lent { call, callback, is_known, ..self.clone() }));
        }
        found
    }

    /// A call over what the callback was given.
    fn is_statement(&self, world: &World<'_, 'a>, call: CallRef) -> bool {
        self.mentions(world, call.file, world.program.call(call).callee.root())
    }

    /// The call works over the client itself, or has a function do so that it does not give the connection to: the call
    /// that does.
    fn bypasses(&self, world: &World<'_, 'a>, call: CallRef) -> Option<CallRef> {
        let data = world.program.call(call);
        let is_lent = |value: &Value| self.mentions(world, call.file, value);
        let package = self.resource.package(world.program);
        if data.args.iter().any(|arg| is_lent(&arg.value)) {
            return None;
        }
        let names = Names::default();
        self.itself_or_within(world, call, &names, &Visited::default())
            .or_else(|| has_taken(world, call, &self.pool))
            .or_else(|| world.records.ask_alone(world, call, package?, &is_lent))
    }

    fn itself_or_within(
        &self,
        world: &World<'_, 'a>,
        call: CallRef,
        names: &Names,
        visited: &Visited,
    ) -> Option<CallRef> {
        if self.over_pool(world, call, names) {
            return Some(call);
        }
        let target = world.graph.target(call).filter(|target| !target.by_name && target.functions.len() == 1)?;
        let g = *target.functions.first().filter(|_| visited.enter(call))?;
        let waits = super::runs::is_awaited(world, call) || super::runs::is_returned(world, call);
        let own = waits.then(|| self.names_in(world, call, g, names))?;
        let mut inner = plain_calls(world, call, g).into_iter();
        inner.find_map(|inner| self.itself_or_within(world, inner, &own, visited))
    }

    /// What the client is called in the function that the call runs.
    fn names_in(&self, world: &World<'_, 'a>, call: CallRef, g: FnRef, names: &Names) -> Names {
        let data = world.program.call(call);
        let mut own = Names::default();
        for (at, arg) in data.args.iter().enumerate() {
            let Some(local) = parameter_of(world.program, call.file, data, g, at) else { continue };
            let var = VarRef { function: g.id, local };
            if self.is_client(world, call, &arg.value, names) {
                own.whole.insert(var);
            }
            if let Value::Record { entries, .. } = &arg.value {
                let having = entries.iter().filter(|entry| self.is_client(world, call, &entry.value, names));
                own.parts.extend(having.map(|entry| (var, entry.key.clone())));
            }
        }
        own
    }

    fn is_client(&self, world: &World<'_, 'a>, call: CallRef, value: &'a Value, names: &Names) -> bool {
        let f = FnRef { file: call.file, id: world.program.call(call).function };
        names.hold(value) || names.hold(world.program.deref(f, value)) || self.pool.is(&Source::at(world, call, value))
    }

    /// A statement that is waited for, over the client that the transaction was begun on.
    fn over_pool(&self, world: &World<'_, 'a>, call: CallRef, names: &Names) -> bool {
        let program = world.program;
        let data = program.call(call);
        let function = FnRef { file: call.file, id: data.function };
        let awaited = data.awaited || returns(&program.function(function).body, call.id);
        awaited && self.chain_begins_at_pool(world, call, names, None)
    }

    /// `pool.table.create()`, `pool("table").insert()`: each call of the chain, down to where it begins.
    fn chain_begins_at_pool(
        &self,
        world: &World<'_, 'a>,
        call: CallRef,
        names: &Names,
        after: Option<CallRef>,
    ) -> bool {
        let data = world.program.call(call);
        if data.args.iter().any(|arg| self.mentions(world, call.file, &arg.value)) {
            return false;
        }
        let mut at = &data.callee;
        let mut below = None;
        loop {
            if self.is_client(world, call, at, names) {
                return below.is_none_or(|name| runs_statements(world, call, name, after.is_some()));
            }
            match at {
                Value::Member(base, name) => {
                    below = Some(name.as_str());
                    at = base;
                }
                Value::Call(id) => {
                    let inner = CallRef { file: call.file, id: *id };
                    return self.chain_begins_at_pool(world, inner, names, Some(call));
                }
                _ => return false,
            }
        }
    }

    /// The value holds what the callback was given.
    fn mentions(&self, world: &World, file: u32, value: &Value) -> bool {
        if file != self.callback.file {
            return false;
        }
        let inner = |value: &Value| self.mentions(world, file, value);
        match value {
            Value::Var(var) => {
                let function = world.program.function(self.callback);
                var.function == self.callback.id && function.params.iter().any(|param| param.local == var.local)
            }
            Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => inner(base),
            Value::List(values) | Value::Choice(values, _) => values.iter().any(inner),
            Value::Record { entries, spreads, .. } => {
                entries.iter().any(|entry| inner(&entry.value)) || spreads.iter().any(inner)
            }
            Value::Call(id) => world.program.facts(file).call(*id).args.iter().any(|arg| inner(&arg.value)),
            _ => false,
        }
    }
}

/// What stands for the client in a function that was given it: parameters, and keys of such.
#[derive(Default)]
struct Names {
    whole: FxHashSet<VarRef>,
    parts: FxHashSet<(VarRef, String)>,
}

impl Names {
    fn hold(&self, value: &Value) -> bool {
        match value {
            Value::Var(var) => self.whole.contains(var),
            Value::Member(base, key) => {
                matches!(**base, Value::Var(var) if self.parts.contains(&(var, key.clone())))
            }
            _ => false,
        }
    }
}

/// What the call gives to a function for as long as that runs, and the pool that it comes out of.
fn scoped_by<'a>(world: &World<'_, 'a>, call: CallRef) -> Option<(Resource, Source<'a>)> {
    let program = world.program;
    let target = world.graph.target(call).filter(|_| program.language(call.file) != Language::Python)?;
    let given = target.gives.filter(|given| given.how == How::Acquired)?;
    let data = program.call(call);
    let (lends, taken) = match target.receiver {
        Some(receiver) => {
            let scoped = program.catalog.method(receiver, last_name(&data.callee)).is_some_and(|method| method.scoped);
            let (lends, taken) = match program.catalog.ty(receiver).row.kind {
                Kind::Pool | Kind::OrmClient => (true, call),
                Kind::Session => (true, session_of(world, call)?),
                Kind::Wrapper => (is_kept(&data.callee) || is_viewed(world, call, &data.callee), call),
                _ => (false, call),
            };
            (scoped && lends, taken)
        }
        None => (world.records.are_of(program.catalog.ty(given.ty).package), call),
    };
    let held = matches!(program.catalog.ty(given.ty).row.kind, Kind::Handle | Kind::Connection);
    let what = What::Catalog(given.ty);
    let resource = Resource { what, start: Start::Now, acquired: true, private: false };
    Some((resource, pool_of(world, taken)?)).filter(|_| lends && held)
}

/// Where the session was taken that the call is made on: its transactions come out of the same pool.
fn session_of(world: &World, call: CallRef) -> Option<CallRef> {
    let Value::Member(base, _) = &world.program.call(call).callee else { return None };
    let Value::Var(var) = &**base else { return None };
    match world.program.bound(call.file, *var) {
        [taken] => match taken.value {
            Value::Call(id) => Some(CallRef { file: call.file, id: *id }),
            _ => None,
        },
        _ => None,
    }
}

/// It is called on a view of a pool.
fn is_viewed<'a>(world: &World<'_, 'a>, call: CallRef, callee: &'a Value) -> bool {
    matches!(callee, Value::Member(base, _) if viewed(world, call, base).is_some())
}

/// The calls of a callback, in the order of the text.
pub(super) fn calls_of(world: &World, callback: FnRef) -> Vec<CallRef> {
    let calls = match world.program.language(callback.file) {
        Language::Rust => run_in(world, callback),
        _ => calls(&world.program.function(callback).body).collect(),
    };
    calls.into_iter().map(|id| CallRef { file: callback.file, id }).collect()
}

/// The functions that callers give for the parameter of a function around the call that the value is, with the calls
/// that give them.
pub(super) fn given_for(world: &World, call: CallRef, value: &Value) -> Vec<(CallRef, FnRef)> {
    let Value::Var(var) = value else { return Vec::new() };
    let g = FnRef { file: call.file, id: var.function };
    if world.program.facts(call.file).local(*var).kind != LocalKind::Param {
        return Vec::new();
    }
    let mut found = Vec::new();
    for caller in world.graph.targets.callers(g) {
        let from = FnRef { file: caller.file, id: world.program.call(*caller).function };
        let mut functions = Vec::new();
        if let Some(value) = passed_for(world.program, *caller, g, *var) {
            functions_of(world.program, from, value, false, &mut functions);
        }
        found.extend(functions.into_iter().map(|callback| (*caller, callback)));
    }
    found
}

/// The member is no switch or end of the client, and no view of it that is not called `further`.
pub(super) fn runs_statements(world: &World, call: CallRef, name: &str, further: bool) -> bool {
    let receiver = world.graph.target(call).and_then(|target| target.receiver);
    let Some(receiver) = receiver.filter(|_| last_name(&world.program.call(call).callee) == name) else { return true };
    let other = world.program.catalog.method(receiver, name).is_some_and(|method| match method.role {
        Role::View => !further,
        role => matches!(role, Role::Same | Role::Release | Role::Make),
    });
    !other && !world.program.catalog.ty(receiver).row.release.iter().any(|release| release == name)
}

fn returns(block: &Block, id: CallId) -> bool {
    nodes(block).any(|node| matches!(node, Node::Return { value: Some(value), .. } if *value == Value::Call(id)))
}
