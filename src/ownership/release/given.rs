//! What a call gives to the function that it is given: `pool.getConnection((error, connection) => …)`.
//!
//! The function has it from its beginning on, unless its error is there, and must end it or hand it on. The functions
//! that it gives to the connection's own calls run once, after it. Knows no library by name.

use rustc_hash::FxHashMap;

use super::bodies::inside;
use super::model::{Effect, Given, Handed, Resource, Walk, World};
use super::state::{Hold, Leave, Outcome, State, merge, place_key};
use super::walk::uncaught;
use super::{Leak, Survey, chained, escape, names};
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::{Block, Call, CallId, FnId, Language, LocalKind, Node, ParamKind, Pred, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::callbacks::given_by;

impl Given {
    /// What a framework lends to a function that asks for it.
    pub fn lent(resource: Resource, callback: FnRef, provider: Option<FnRef>, connection: VarRef) -> Self {
        let connection = Some(connection);
        Given { resource, callback, through: provider, error: None, connection, end: None, promised: true }
    }
}

/// A project function that gives a connection to the function that it is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Giver {
    resource: Resource,
    /// The parameter that is the callback.
    param: usize,
    /// Where the callback has the connection; before it stands the error.
    at: usize,
}

pub(super) type Givers = FxHashMap<FnRef, Giver>;

impl Survey<'_, '_, '_, '_> {
    /// What callbacks are given.
    pub(crate) fn given(&mut self) {
        let mut givers = Givers::default();
        loop {
            let within = |call: &CallRef| self.world.program.call(*call).function != FnId::TOP;
            let calls = self.world.program.calls().filter(|call| !self.seen.contains(call) && within(call));
            let known = givers.len();
            let given: Vec<(CallRef, Given)> =
                calls.filter_map(|call| Some((call, self.given_to(call, &mut givers)?))).collect();
            if given.is_empty() && givers.len() == known {
                break;
            }
            given.into_iter().for_each(|(call, given)| self.follow_callback(call, given, &mut givers));
        }
    }

    /// What the call gives to the function among its arguments, or to whoever gave it that function.
    pub(super) fn given_to(&self, call: CallRef, givers: &mut Givers) -> Option<Given> {
        let (program, data) = (self.world.program, self.world.program.call(call));
        if program.language(call.file) != Language::Script {
            return None;
        }
        let target = self.world.graph.target(call)?;
        if let Some((resource, through)) = self.promised_by(data, call.file) {
            let giver = Giver { resource, param: 0, at: 0 };
            let given = self.callback(call, &data.positional(0)?.value, &giver, through, None);
            return given.map(|given| Given { promised: true, ..given });
        }
        if let ([g], false) = (target.functions.as_slice(), target.by_name) {
            let giver = givers.get(g)?;
            return self.callback(call, &data.positional(giver.param)?.value, giver, Some(*g), None);
        }
        let resource = Resource::of_callback(program, call, given_by(program, &target.rows)?, target)?;
        let giver = Giver { resource, param: 0, at: 1 };
        for arg in &data.args {
            if let Some((g, param)) = param_of(self.world, call.file, &arg.value) {
                givers.entry(g).or_insert(Giver { param, ..giver });
            }
        }
        data.args.iter().find_map(|arg| self.callback(call, &arg.value, &giver, None, Some(2)))
    }

    /// The function that the value is, with what the giver gives it.
    fn callback(
        &self,
        call: CallRef,
        value: &Value,
        giver: &Giver,
        through: Option<FnRef>,
        end: Option<usize>,
    ) -> Option<Given> {
        let id = match value {
            Value::Closure(id) => *id,
            Value::Var(var) => match self.world.program.facts(call.file).local(*var).kind {
                LocalKind::Function(id) => id,
                _ => return None,
            },
            _ => return None,
        };
        let callback = FnRef { file: call.file, id };
        let params = &self.world.program.function(callback).params;
        let param = |at: usize| params.get(at).map(|param| VarRef { function: id, local: param.local });
        let connection = param(giver.at);
        // It takes all that it is given under one name.
        if connection.is_none() && params.iter().any(|param| param.kind == ParamKind::Rest) {
            return None;
        }
        Some(Given {
            resource: giver.resource,
            callback,
            through,
            error: if giver.at == 0 { None } else { param(0) },
            connection,
            end: end.and_then(param),
            promised: false,
        })
    }

    fn follow_callback(&mut self, call: CallRef, given: Given, givers: &mut Givers) {
        self.seen.insert(call);
        let taken = chained::taken_by(self.world.program.call(call)).filter(|_| given.promised);
        let place = taken.map_or(call, |id| CallRef { id, ..call });
        let Given { resource, callback, through, .. } = given;
        let mut walk = Walk::of_callback(self.world, call, given);
        let outcome = walk.run();
        let (trace, vars) = (walk.trace, walk.ever);
        if !trace.gave_up && !given.promised {
            self.used_late(callback, call, resource, (&trace, &vars));
        }
        if let Some((g, param, at)) = trace.handed.and_then(|handed| self.giver_of(callback, handed)) {
            givers.entry(g).or_insert(Giver { resource, param, at });
        }
        let Some(path) = escape(&outcome, &trace).filter(|_| !trace.gave_up) else { return };
        let Some(reached) = self.judged(callback, call, resource.acquired) else { return };
        if reached || self.matters_unreached(call, resource, path) {
            let deferred = trace.deferred;
            self.found.leaks.push(Leak {
                call: place,
                resource,
                through,
                whole: true,
                path,
                reached,
                minor: false,
                deferred,
                ends: Vec::new(),
            });
        }
    }

    /// The function around the callback whose parameter is given the connection.
    fn giver_of(&self, callback: FnRef, handed: Handed) -> Option<(FnRef, usize, usize)> {
        let (g, param) = param_of(self.world, callback.file, &Value::Var(handed.to))?;
        (!inside(self.world.program, callback, g.id)).then_some((g, param, handed.at))
    }
}

/// The function whose parameter the value is, and which one.
fn param_of(world: &World, file: u32, value: &Value) -> Option<(FnRef, usize)> {
    let Value::Var(var) = value else { return None };
    let g = FnRef { file, id: var.function };
    let at = world.program.function(g).params.iter().position(|param| param.local == var.local)?;
    Some((g, at))
}

impl Walk<'_, '_, '_> {
    /// How the function begins: with nothing, or with what it is given or an error in its place.
    pub(crate) fn begin(&self) -> Vec<State> {
        let Some(given) = self.given else { return vec![State::start()] };
        let (mut failed, mut opened) = (State::start(), State::start().with(Hold::Open));
        given.connection.into_iter().for_each(|connection| opened.bind(connection));
        let Some(error) = given.error else { return vec![opened] };
        let error = place_key(&Value::Var(error));
        failed.learn(error.clone(), true);
        opened.learn(error, false);
        vec![failed, opened]
    }

    /// The call runs the function that gives the connection back, or is given it.
    pub(crate) fn gives_back(&self, data: &Call) -> bool {
        let end = self.given.and_then(|given| given.end).map(Value::Var);
        let is = |value: &Value| end.as_ref() == Some(value) || self.is_ending_part(value);
        is(&data.callee) || data.args.iter().any(|arg| is(&arg.value))
    }

    /// Something in the function runs what gives the connection back, or hands it on.
    pub(crate) fn mentions_end(&self, g: FnRef) -> bool {
        self.world.program.calls_within(g).any(|call| self.gives_back(call))
    }

    /// The function is the callback of a call that runs it once.
    pub(crate) fn follows(&self, id: FnId) -> bool {
        self.given.is_some() && self.loops == 0 && (self.link(id).is_some() || self.is_callback(id))
    }

    fn is_callback(&self, id: FnId) -> bool {
        let program = self.world.program;
        let once = |call: CallRef| {
            let rows = self.world.graph.target(call).map_or(&[][..], |target| &target.rows);
            let mut handed = rows.iter().filter(|row| row.kind == RowKind::Handover);
            handed.any(|row| program.catalog.handover(*row).run == Run::Deferred)
        };
        program.handed_to(FnRef { file: self.f.file, id }).is_some_and(once)
    }

    /// What the callback does; what follows the call runs before it, so that its end is not the function's.
    pub(crate) fn follow(&mut self, id: FnId, states: Vec<State>) -> Outcome {
        match self.link(id) {
            Some(link) => self.settle(id, link, states),
            None => self.follow_callback(id, states),
        }
    }

    fn follow_callback(&mut self, id: FnId, states: Vec<State>) -> Outcome {
        let facts = self.world.program.facts(self.f.file);
        let function = facts.function(id);
        // The call that takes the callback comes before it, and has been reached with what was there before.
        if let Some(taker) = self.world.program.handed_to(FnRef { file: self.f.file, id })
            && self.is_ended_before(taker)
        {
            self.note_use_after(taker.id, facts.call(taker.id).span, &states);
        }
        self.following.push(id);
        let mut outcome = self.block(&function.body, states);
        self.following.pop();
        let ended = outcome.take(Leave::Return).into_iter().map(|exit| exit.state).collect();
        merge(&mut outcome.normal, ended);
        if function.flags.is_async {
            let rejected = outcome.take(Leave::Throw).into_iter().map(|exit| exit.state.caught_at(exit.span));
            merge(&mut outcome.normal, rejected.collect());
        }
        uncaught(outcome)
    }

    /// A function around the call ends it above the call: what another callback ends may still be to come.
    fn is_ended_before(&self, call: CallRef) -> bool {
        let program = self.world.program;
        let (facts, data) = (program.facts(call.file), program.call(call));
        let is_it = |value: &Value| matches!(value.root(), Value::Var(var) if self.ever.contains(var));
        let ends = |id: &CallId| {
            let other = facts.call(*id);
            other.span.end <= data.span.start
                && other.callee_name(facts).is_some_and(names::releases)
                && (is_it(&other.callee) || other.args.iter().any(|arg| is_it(&arg.value)))
        };
        let mut around = facts.enclosing(data.function).take_while(|id| *id != FnId::TOP);
        around.any(|id| program.ids_of(FnRef { file: call.file, id }).iter().any(ends))
    }

    /// Notes that the connection is given to a parameter of a function around.
    pub(crate) fn note_handed(&mut self, state: &State, data: &Call) {
        let Value::Var(to) = &data.callee else { return };
        if self.given.is_some() && state.hold == Hold::Open {
            let at = data.args.iter().position(|arg| self.is_alias(state, &arg.value));
            self.trace.handed = self.trace.handed.or(at.map(|at| Handed { to: *to, at }));
        }
    }

    /// `if (next) next(connection)`: whoever gives no function wants no connection.
    pub(crate) fn hands_to_asked(&self, state: &State, pred: &Pred, then: &Block) -> bool {
        let Pred::Truthy(Value::Var(asked)) = pred else { return false };
        let facts = self.world.program.facts(self.f.file);
        let hands = |node: &Node| matches!(node, Node::Call(id) if facts.call(*id).callee == Value::Var(*asked) && self.effect(state, *id) == Effect::Escape);
        self.given.is_some() && then.iter().any(hands)
    }

    /// A callback asks what it was not given: a count of those that are done, which is taken to be right.
    pub(crate) fn asks_outside(&self, pred: &Pred) -> bool {
        let Some(inner) = self.following.last() else { return false };
        let own = |value: &Value| matches!(value.root(), Value::Var(var) if var.function == *inner);
        !asks(pred, &own)
    }
}

fn asks(pred: &Pred, own: &dyn Fn(&Value) -> bool) -> bool {
    match pred {
        Pred::Truthy(value) | Pred::Null(value) | Pred::Eq(value, _) | Pred::Is(value, _) => own(value),
        Pred::Same(left, right) | Pred::Has(left, right) => own(left) || own(right),
        Pred::Not(inner) => asks(inner, own),
        Pred::And(all) | Pred::Or(all) => all.iter().any(|inner| asks(inner, own)),
        Pred::Opaque(values) => values.iter().any(own),
        Pred::Main => false,
    }
}
