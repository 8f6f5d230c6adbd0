//! What is closed or sent over although an error has said that the other side has closed it.
//!
//! A dataflow analysis over the graph of a function: handlers of such errors, and what runs behind them, there or in
//! functions that are given it. A question that is asked on the way is taken to be right. Knows no library by name.

use super::Survey;
use super::model::World;
use crate::body::cfg::{Cfg, Edge, Event, Flow, Node, Test};
use crate::body::solve::{Analysis, forward};
use crate::catalog::TypeId;
use crate::facts::trail::Trail;
use crate::facts::walk::{around_call, nodes};
use crate::facts::{self, CallId, Handler, Span, TypeRef, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::passing::parameter_of;

/// A call that fails because the other side has closed what it is made on.
#[derive(Debug, Clone)]
pub struct ClosedByPeer {
    pub call: CallRef,
    /// The function that handles the error which says so, and its handler.
    pub caught: (FnRef, Span),
    /// Where the function behind the handler is called that makes the call, and the functions between.
    pub way: Vec<CallRef>,
    pub ty: TypeId,
}

/// A call that fails, with the calls that lead to it.
type Failing = (CallRef, Vec<CallRef>);

impl Survey<'_, '_, '_, '_> {
    /// Closes behind the handlers of errors that tell of an end.
    pub(crate) fn closed_by_peer(&mut self) {
        let program = self.world.program;
        for f in program.functions() {
            let body = &program.function(f).body;
            let handles =
                |node: &facts::Node| matches!(node, facts::Node::Try { handlers, .. } if !handlers.is_empty());
            if !nodes(body).any(handles) {
                continue;
            }
            for call in program.ids_within(f) {
                let found = Ended::by(self.world, f, call).and_then(|ended| ended.find());
                let found = found.filter(|found| {
                    let told = self.found.closed_twice.iter().any(|other| other.call == found.call);
                    !told && self.judged(found.function(program), found.call, true).is_some()
                });
                self.found.closed_twice.extend(found);
            }
        }
    }
}

impl ClosedByPeer {
    /// The function that makes the call.
    fn function(&self, program: &Program) -> FnRef {
        FnRef { file: self.call.file, id: program.call(self.call).function }
    }
}

/// The ends of what one call works with.
struct Ended<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    f: FnRef,
    at: CallId,
    failing: Failing,
    ty: TypeId,
}

impl<'s, 'w, 'a> Ended<'s, 'w, 'a> {
    fn by(world: &'s World<'w, 'a>, f: FnRef, at: CallId) -> Option<Self> {
        let ended = |value: &'a Value| {
            let ty = world.program.eval(f, value).concept()?;
            (!world.program.catalog.ty(ty).row.ended_by.is_empty()).then_some(ty)
        };
        let data = world.program.facts(f.file).call(at);
        let call = CallRef { file: f.file, id: at };
        let on = |value: &'a Value| ended(value).filter(|ty| fails(world.program, *ty, &data.callee));
        let direct = if let Value::Member(base, _) = &data.callee { on(base) } else { None };
        let (ty, failing) = match direct {
            Some(ty) => (ty, (call, Vec::new())),
            None => data.args.iter().enumerate().find_map(|(arg, given)| {
                let ty = ended(&given.value)?;
                Some((ty, fails_below(world, call, arg, ty, &Trail::default())?))
            })?,
        };
        (!is_tried(world, f, at)).then_some(Ended { world, f, at, failing, ty })
    }

    fn find(mut self) -> Option<ClosedByPeer> {
        let cfg = self.world.program.cfg(self.f);
        let solution = forward(&cfg, &mut self, None);
        let caught = cfg.of_call(self.at).iter().find_map(|node| solution.at(*node).copied().flatten())?;
        let (call, way) = self.failing;
        Some(ClosedByPeer { call, caught: (self.f, caught), way, ty: self.ty })
    }

    fn tells(&self, handler: &Handler) -> bool {
        tells_end(self.world.program, self.ty, handler)
    }
}

/// The call is one that fails on what the other side has closed.
fn fails(program: &Program, ty: TypeId, callee: &Value) -> bool {
    let Value::Member(_, name) = callee else { return false };
    program.catalog.ty(ty).row.fails_when_ended.contains(name)
}

/// What the function that is given it as an argument does with it on all of its ways, where that fails.
fn fails_below(world: &World, call: CallRef, arg: usize, ty: TypeId, trail: &Trail) -> Option<Failing> {
    let program = world.program;
    let target = world.graph.target(call).filter(|target| !target.by_name)?;
    let [g] = *target.functions else { return None };
    let here = trail.step(g)?;
    let given =
        Value::Var(VarRef { function: g.id, local: parameter_of(program, call.file, program.call(call), g, arg)? });
    let cfg = program.cfg(g);
    let always = |id: &CallId| {
        program.facts(g.file).call(*id).function == g.id
            && cfg.of_call(*id).iter().any(|node| cfg.post_dominates(*node, Cfg::ENTRY, Flow::Normal))
            && !is_tried(world, g, *id)
    };
    let below = |id: CallId| {
        let (data, inner) = (program.facts(g.file).call(id), CallRef { file: g.file, id });
        match &data.callee {
            Value::Member(base, _) if **base == given => fails(program, ty, &data.callee).then(|| (inner, Vec::new())),
            _ => {
                let at = data.args.iter().position(|arg| arg.value == given)?;
                fails_below(world, inner, at, ty, &here)
            }
        }
    };
    let (failing, mut way) = program.ids_within(g).into_iter().filter(always).find_map(below)?;
    way.insert(0, call);
    Some((failing, way))
}

/// The handler takes errors that say that the other side has ended such a connection, and no others.
pub(crate) fn tells_end(program: &Program, ty: TypeId, handler: &Handler) -> bool {
    let ended_by = &program.catalog.ty(ty).row.ended_by;
    let is = |ty: &TypeRef| ty.name.rsplit('.').next().is_some_and(|name| ended_by.iter().any(|own| own == name));
    handler.caught.as_ref().is_some_and(|ty| is(ty) || !ty.args.is_empty() && ty.args.iter().all(is))
}

/// An error of the call is caught or swallowed where it stands.
fn is_tried(world: &World, f: FnRef, call: CallId) -> bool {
    let facts = world.program.facts(f.file);
    let suppresses = |resource: &Value| match resource {
        Value::Call(id) => facts.call(*id).callee_name(facts) == Some("suppress"),
        _ => false,
    };
    around_call(&world.program.function(f).body, call).iter().any(|region| match region.node {
        facts::Node::Try { body, handlers, .. } => std::ptr::eq(body, region.block) && !handlers.is_empty(),
        facts::Node::Scope { resource, .. } => suppresses(resource),
        _ => false,
    })
}

/// The handler whose error has told of the end, on some way.
impl<'a> Analysis<'a> for Ended<'_, '_, 'a> {
    type State = Option<Span>;

    fn join(&self, state: &mut Option<Span>, other: &Option<Span>) -> bool {
        let joined = (*state).or(*other);
        joined != std::mem::replace(state, joined)
    }

    fn along(&mut self, node: &Node<'a>, edge: &Edge<'a>, state: &Option<Span>) -> Option<Option<Span>> {
        match edge {
            Edge::Suspend => None,
            Edge::Branch(Test::Caught(handler), true) if self.tells(handler) => Some(Some(node.span)),
            Edge::Branch(Test::Caught(_), true) | Edge::Branch(Test::Pred(_), _) | Edge::Back => Some(None),
            _ if matches!(node.event, Event::Loop(..)) => Some(None),
            _ => Some(*state),
        }
    }
}
