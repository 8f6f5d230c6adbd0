//! Transactions that are lent to a callback: which connection is held while it runs, and what in it works
//! over the client itself, on a second one; and sessions that a framework lends to those who ask for one.
//!
//! Knows no library by name.

use super::given::Given;
use super::overlap;
use super::overlap::{MAX_DEPTH, plain_calls};
use super::owned::run_in;
use super::pools::{Source, pool_of};
use super::provided;
use super::provided::Asked;
use super::records::is_kept;
use super::resource::{Resource, Start, What};
use super::walk::{Walk, World};
use super::{Meanwhile, Overlap, Survey};
use crate::catalog::schema::{Kind, Role};
use crate::facts::walk::{calls, nodes};
use crate::facts::{Block, CallId, Language, Node, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::eval::Ty;
use crate::values::sites::last_name;

impl Survey<'_, '_, '_, '_> {
    /// What callbacks do while they have a transaction.
    pub(crate) fn lent(&mut self) {
        for call in self.world.program.calls() {
            let Some(lent) = Lent::of(self.world, call) else { continue };
            let f = FnRef { file: call.file, id: self.world.program.call(call).function };
            let Some(reached) = self.judged(f, call, true) else { continue };
            let calls = lent.calls(self.world);
            let nested = calls.iter().find(|at| lent.bypasses(self.world, **at)).map(|at| (*at, Meanwhile::Nested));
            let slow = |at: &CallRef| overlap::slow(self.world, *at, 0);
            let slow = |at: &CallRef| slow(at).filter(|slow| lent.resource.minds(self.world.program, *slow, false));
            let waits = calls.iter().find_map(|at| Some((*at, Meanwhile::Waits(slow(at)?))));
            let resource = lent.resource;
            let found = nested.into_iter().chain(waits);
            self.found.overlaps.extend(found.map(|(at, what)| Overlap {
                call,
                resource,
                at,
                what,
                reached,
                lent: true,
            }));
        }
    }
}

impl Survey<'_, '_, '_, '_> {
    /// What functions do with a parameter that a framework lends them: `session=Depends(lend_session)`.
    pub(crate) fn asked_for(&mut self) {
        let asked: Vec<Asked> = provided::asked(self.world)
            .into_iter()
            .filter(|asked| self.lenders.contains_key(&asked.provider))
            .collect();
        let asked: Vec<&Asked> = asked.iter().filter(|asked| asked.alias.is_none()).collect();
        for f in self.world.program.functions() {
            for (call, f, local) in provided::received(self.world.program, f, &asked) {
                let Some(provider) = asked.iter().find(|asked| asked.call == call).map(|asked| asked.provider) else {
                    continue;
                };
                self.follow_lent(f, call, provider, VarRef { function: f.id, local });
            }
        }
    }

    fn follow_lent(&mut self, f: FnRef, call: CallRef, provider: FnRef, parameter: VarRef) {
        let Some(resource) = self.lenders.get(&provider).copied() else { return };
        let Some(reached) = self.judged(f, call, true) else { return };
        let mut walk = Walk::of_callback(self.world, call, Given::lent(resource, f, provider, parameter));
        walk.run();
        let (trace, vars) = (walk.trace, walk.ever);
        if !trace.gave_up {
            self.meanwhile(f, call, resource, Some(provider), (&trace, &vars), reached);
        }
    }
}

/// A connection that a callback has for as long as it runs.
pub struct Lent<'a> {
    pub resource: Resource,
    pub callback: FnRef,
    pool: Source<'a>,
}

impl<'a> Lent<'a> {
    /// What the call lends, when it is one of a client with a pool that is given a function for it.
    pub fn of(world: &World<'_, 'a>, call: CallRef) -> Option<Self> {
        let program = world.program;
        let target = world.graph.target(call)?;
        let given = target.gives.filter(|given| given.how == How::Acquired)?;
        let receiver = target.receiver.filter(|_| program.language(call.file) != Language::Python)?;
        let data = program.call(call);
        let scoped = program.catalog.method(receiver, last_name(&data.callee)).is_some_and(|method| method.scoped);
        let pools = match program.catalog.ty(receiver).row.kind {
            Kind::Pool | Kind::OrmClient => true,
            Kind::Wrapper => is_kept(&data.callee),
            _ => false,
        };
        let held = matches!(program.catalog.ty(given.ty).row.kind, Kind::Handle | Kind::Connection);
        if !(scoped && pools && held) {
            return None;
        }
        let from = FnRef { file: call.file, id: data.function };
        let callback = data.args.iter().find_map(|arg| match program.eval(from, &arg.value) {
            Ty::Fn(g) => Some(g),
            _ => None,
        })?;
        let what = What::Catalog(given.ty);
        let resource = Resource { what, start: Start::Now, acquired: true, private: false };
        Some(Lent { resource, callback, pool: pool_of(world, call)? })
    }

    /// The calls of the callback, in the order of the text.
    pub fn calls(&self, world: &World<'_, 'a>) -> Vec<CallRef> {
        let calls = match world.program.language(self.callback.file) {
            Language::Rust => run_in(world, self.callback),
            _ => calls(&world.program.function(self.callback).body).collect(),
        };
        calls.into_iter().map(|id| CallRef { file: self.callback.file, id }).collect()
    }

    /// The call works over the client itself, or has a function do so that it does not give the connection to.
    pub fn bypasses(&self, world: &World<'_, 'a>, call: CallRef) -> bool {
        let data = world.program.call(call);
        let is_lent = |value: &Value| self.mentions(world, call.file, value, 0);
        let package = self.resource.package(world.program);
        let asks = || package.is_some_and(|own| world.records.ask_alone(world, call, own, &is_lent));
        !data.args.iter().any(|arg| is_lent(&arg.value))
            && (self.over_pool(world, call) || self.in_functions(world, call, 0) || asks())
    }

    fn in_functions(&self, world: &World<'_, 'a>, call: CallRef, depth: u32) -> bool {
        let target = world.graph.target(call).filter(|target| !target.by_name && target.functions.len() == 1);
        let g = target.and_then(|target| target.functions.first()).filter(|_| depth < MAX_DEPTH);
        let Some(g) = g.filter(|_| world.program.call(call).awaited) else { return false };
        let inner = plain_calls(world, call, *g);
        inner.into_iter().any(|inner| self.over_pool(world, inner) || self.in_functions(world, inner, depth + 1))
    }

    /// A statement that is waited for, over the client that the transaction was begun on.
    fn over_pool(&self, world: &World<'_, 'a>, call: CallRef) -> bool {
        let program = world.program;
        let data = program.call(call);
        let function = FnRef { file: call.file, id: data.function };
        let awaited = data.awaited || returns(&program.function(function).body, call.id);
        awaited && self.chain_begins_at_pool(world, call, 0)
    }

    /// `pool.table.create()`, `pool("table").insert()`: each call of the chain, down to where it begins.
    fn chain_begins_at_pool(&self, world: &World<'_, 'a>, call: CallRef, depth: u32) -> bool {
        let data = world.program.call(call);
        if depth > 12 || data.args.iter().any(|arg| self.mentions(world, call.file, &arg.value, 0)) {
            return false;
        }
        let mut at = &data.callee;
        let mut below = None;
        loop {
            if self.pool.is(&Source::at(world, call, at)) {
                return below.is_none_or(|name| runs_statements(world, call, name, depth > 0));
            }
            match at {
                Value::Member(base, name) => {
                    below = Some(name.as_str());
                    at = base;
                }
                Value::Call(id) => {
                    return self.chain_begins_at_pool(world, CallRef { file: call.file, id: *id }, depth + 1);
                }
                _ => return false,
            }
        }
    }

    /// The value holds what the callback was given.
    fn mentions(&self, world: &World, file: u32, value: &Value, depth: u32) -> bool {
        if depth > 6 || file != self.callback.file {
            return false;
        }
        let inner = |value: &Value| self.mentions(world, file, value, depth + 1);
        match value {
            Value::Var(var) => {
                let function = world.program.function(self.callback);
                var.function == self.callback.id && function.params.iter().any(|param| param.local == var.local)
            }
            Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => inner(base),
            Value::List(values) | Value::Choice(values) => values.iter().any(inner),
            Value::Record { entries, spreads, .. } => {
                entries.iter().any(|entry| inner(&entry.value)) || spreads.iter().any(inner)
            }
            Value::Call(id) => world.program.facts(file).call(*id).args.iter().any(|arg| inner(&arg.value)),
            _ => false,
        }
    }
}

/// The member is no switch or end of the client, and no view of it that is not called `further`.
fn runs_statements(world: &World, call: CallRef, name: &str, further: bool) -> bool {
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
