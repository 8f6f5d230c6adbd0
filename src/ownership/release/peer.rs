//! What is closed although an error has said that the other side did so.
//!
//! A dataflow analysis over the graph of a function: handlers of such errors, and what runs behind them. A question that is
//! asked on the way is taken to be right. Knows no library by name.

use super::Survey;
use super::model::World;
use crate::body::cfg::{Edge, Event, Node, Test};
use crate::body::solve::{Analysis, forward};
use crate::catalog::TypeId;
use crate::facts::walk::{around_call, nodes};
use crate::facts::{self, CallId, Handler, Span, TypeRef, Value};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// A close of what the other side has closed.
#[derive(Debug, Clone)]
pub struct ClosedByPeer {
    pub call: CallRef,
    /// The handler of the error that says so.
    pub caught: Span,
    pub ty: TypeId,
}

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
                let at = CallRef { file: f.file, id: call };
                self.found.closed_twice.extend(found.filter(|_| self.judged(f, at, true).is_some()));
            }
        }
    }
}

/// The ends of what one call closes.
struct Ended<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    f: FnRef,
    close: CallId,
    ty: TypeId,
}

impl<'s, 'w, 'a> Ended<'s, 'w, 'a> {
    fn by(world: &'s World<'w, 'a>, f: FnRef, close: CallId) -> Option<Self> {
        let Value::Member(base, name) = &world.program.facts(f.file).call(close).callee else { return None };
        let ty = world.program.eval(f, base).concept()?;
        let row = &world.program.catalog.ty(ty).row;
        let closes = !row.ended_by.is_empty() && row.release.contains(name);
        (closes && !is_tried(world, f, close)).then_some(Ended { world, f, close, ty })
    }

    fn find(mut self) -> Option<ClosedByPeer> {
        let cfg = self.world.program.cfg(self.f);
        let solution = forward(&cfg, &mut self, None);
        let at = cfg.of_call(self.close).iter().find_map(|node| solution.at(*node).copied().flatten());
        let call = CallRef { file: self.f.file, id: self.close };
        at.map(|caught| ClosedByPeer { call, caught, ty: self.ty })
    }

    fn tells(&self, handler: &Handler) -> bool {
        tells_end(self.world.program, self.ty, handler)
    }
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
