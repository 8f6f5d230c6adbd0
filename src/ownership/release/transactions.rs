//! Whether a transaction may be open at a call: until it is used, or used again after its transaction ended, a session
//! has no connection.
//!
//! A dataflow analysis over the graph of a function, and those of the closures that it makes. Errors are taken for rare:
//! what handlers do counts in them alone. Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::World;
use super::resource::is_scoped;
use crate::body::cfg::{Cfg, Edge, Event, Node, Test};
use crate::body::solve::{Analysis, Solution, forward};
use crate::catalog::TypeId;
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{self, Arg, Call, CallId, FnId, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::passing::parameter_of;

/// On no way to the call something has been done with one of the variables since the last transaction ended; `begun`
/// says that one was open as the function began.
pub fn is_between_transactions(world: &World, f: FnRef, at: CallId, vars: &FxHashSet<VarRef>, begun: bool) -> bool {
    let session = Bound { world, f, vars };
    !Transactions { program: world.program, session: &session, f }.is_open_within(f.id, begun, &|id| id == at)
}

/// The same of a session of that type which an object has that one of the variables stands for.
pub(crate) fn is_between_those_of(
    world: &World,
    f: FnRef,
    at: CallId,
    objects: &FxHashSet<VarRef>,
    ty: TypeId,
) -> bool {
    let session = Carried { world, ty, objects: Some(objects), trail: &Trail::default() };
    !Transactions { program: world.program, session: &session, f }.is_open_within(f.id, false, &|id| id == at)
}

/// The function may leave a transaction open that it began over one of the variables.
pub fn is_left_open(world: &World, f: FnRef, vars: &FxHashSet<VarRef>) -> bool {
    is_open_behind(world.program, &Bound { world, f, vars }, f, false)
}

/// On some way to one of the calls the session has a transaction open.
pub fn is_open_at<'a>(program: &Program<'a>, session: &dyn Session<'a>, f: FnRef, at: &dyn Fn(CallId) -> bool) -> bool {
    Transactions { program, session, f }.is_open_within(f.id, false, at)
}

/// Whether the session may have a transaction open where the function is left, when it has one as it begins or not.
pub fn is_open_behind<'a>(program: &Program<'a>, session: &dyn Session<'a>, f: FnRef, open: bool) -> bool {
    Transactions { program, session, f }.is_open_behind(f.id, open)
}

/// Some way leads from a call that goes well to one of the others.
pub fn leads_to<'a>(program: &Program<'a>, f: FnRef, from: CallId, at: &dyn Fn(CallId) -> bool) -> bool {
    let cfg = program.cfg(f);
    let goes_well = |id: CallId| cfg.goes_well(id) || !cfg.goes_well(from);
    is_open_at(program, &Behind(CallRef { file: f.file, id: from }), f, &|id| at(id) && goes_well(id))
}

/// A session as functions see it.
pub trait Session<'a> {
    /// The value stands for it in the function.
    fn is(&self, f: FnRef, value: &'a Value) -> bool;

    /// Whether a transaction may be open behind the call; nothing where the call does nothing to it.
    fn behind(&self, call: CallRef) -> Option<bool>;

    /// A function that is only made may work with it all the same.
    fn is_captured(&self) -> bool;
}

/// Begins with a call and never ends: open is what a way from there leads to.
struct Behind(CallRef);

impl<'a> Session<'a> for Behind {
    fn is(&self, _: FnRef, _: &'a Value) -> bool {
        false
    }

    fn behind(&self, call: CallRef) -> Option<bool> {
        (call == self.0).then_some(true)
    }

    fn is_captured(&self) -> bool {
        false
    }
}

/// A session that variables of a function hold.
struct Bound<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    f: FnRef,
    vars: &'s FxHashSet<VarRef>,
}

impl<'a> Session<'a> for Bound<'_, '_, 'a> {
    fn is(&self, _: FnRef, value: &'a Value) -> bool {
        matches!(value.root(), Value::Var(var) if self.vars.contains(var))
    }

    fn behind(&self, call: CallRef) -> Option<bool> {
        let data = self.world.program.call(call);
        let uses = self.is(self.f, &data.callee) || data.args.iter().any(|arg| self.is_lent(arg));
        uses.then(|| !self.ends(call, data))
    }

    fn is_captured(&self) -> bool {
        true
    }
}

impl<'a> Bound<'_, '_, 'a> {
    fn is_lent(&self, arg: &'a Arg) -> bool {
        self.is(self.f, &arg.value)
    }

    /// The call ends the transaction, or has one for a function alone, or the function that it hands it to ends it,
    /// however that returns.
    fn ends(&self, at: CallRef, call: &'a Call) -> bool {
        let program = self.world.program;
        let target = self.world.graph.target(at);
        if call.callee_name(program.facts(at.file)).is_some_and(ends_transaction)
            || target.is_some_and(|target| is_scoped(program, call, target))
        {
            return true;
        }
        let Some([g]) = target.map(|target| target.functions.as_slice()) else { return false };
        let given = call.args.iter().position(|arg| self.is_lent(arg));
        let local = given.and_then(|given| parameter_of(program, at.file, call, *g, given));
        local.is_some_and(|local| ends_for(self.world, *g, local))
    }
}

/// The function ends the transaction of the parameter, however it returns.
fn ends_for(world: &World, g: FnRef, local: u32) -> bool {
    let vars = FxHashSet::from_iter([VarRef { function: g.id, local }]);
    let ends = || !is_open_behind(world.program, &Bound { world, f: g, vars: &vars }, g, true);
    world.ending.get(&(g, local), &false, &false, ends)
}

fn ends_transaction(method: &str) -> bool {
    matches!(method, "commit" | "rollback")
}

/// A session that an object has: one that variables of the function hold, or, in its methods, the object itself.
struct Carried<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    ty: TypeId,
    objects: Option<&'s FxHashSet<VarRef>>,
    /// The methods that were entered.
    trail: &'s Trail<'s>,
}

impl<'a> Session<'a> for Carried<'_, '_, 'a> {
    fn is(&self, f: FnRef, value: &'a Value) -> bool {
        let typed = |value| matches!(self.world.program.eval(f, value), Ty::Concept(ty) if ty == self.ty);
        self.is_of_object(value) && typed(value)
    }

    fn behind(&self, call: CallRef) -> Option<bool> {
        let data = self.world.program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        if data.args.iter().any(|arg| self.is(f, &arg.value)) {
            return Some(true);
        }
        let Value::Member(base, name) = &data.callee else { return None };
        if self.is(f, base) {
            return Some(!ends_transaction(name));
        }
        let own = self.world.graph.target(call).filter(|_| self.is_of_object(base))?;
        let [g] = own.functions.as_slice() else { return None };
        let here = self.trail.step(*g)?;
        let inner = Carried { objects: None, trail: &here, ..*self };
        // A unit of work that the object has ends it with its block.
        let of_block = |resource: &'a Value| inner.is_of_object(resource) && !inner.is(*g, resource);
        if nodes(&self.world.program.function(*g).body)
            .any(|node| matches!(node, facts::Node::Scope { resource, .. } if of_block(resource)))
        {
            return Some(false);
        }
        let works = |id: CallId| inner.behind(CallRef { file: g.file, id }).is_some();
        let works = self.world.program.ids_within(*g).into_iter().any(works);
        works.then(|| is_open_behind(self.world.program, &inner, *g, true))
    }

    fn is_captured(&self) -> bool {
        false
    }
}

impl Carried<'_, '_, '_> {
    fn is_of_object(&self, value: &Value) -> bool {
        match (value.root(), self.objects) {
            (Value::This, None) => true,
            (Value::Var(var), Some(objects)) => objects.contains(var),
            _ => false,
        }
    }
}

/// How a way came to a point; of several that meet there, the last of these counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// An error goes up.
    Fails,
    /// A handler has taken one.
    Handled,
    Well,
}

/// Whether a transaction may be open, on the ways that count.
type Open = (Way, bool);

/// What is known before an event. At the head of a loop the ways that come round are kept apart: a loop is thought to
/// turn at least once.
#[derive(Clone, Copy)]
struct State {
    first: Option<Open>,
    again: Option<Open>,
}

impl State {
    fn any(self) -> Option<Open> {
        self.first.max(self.again)
    }
}

struct Transactions<'s, 'a> {
    program: &'s Program<'a>,
    session: &'s dyn Session<'a>,
    f: FnRef,
}

impl<'a> Analysis<'a> for Transactions<'_, 'a> {
    type State = State;

    fn join(&self, state: &mut State, other: &State) -> bool {
        let before = (state.first, state.again);
        *state = State { first: state.first.max(other.first), again: state.again.max(other.again) };
        before != (state.first, state.again)
    }

    fn along(&mut self, node: &Node<'a>, edge: &Edge<'a>, state: &State) -> Option<State> {
        let done = matches!((node.event, edge), (Event::Loop(..), Edge::Branch(Test::More(_), false)));
        let (way, open) = if done { state.again.or(state.first) } else { state.any() }?;
        let behind = self.behind(node, open);
        let next = match edge {
            Edge::Suspend => return None,
            Edge::Throw => (Way::Fails, open || behind),
            Edge::Branch(Test::Caught(_), _) => (Way::Handled, open),
            Edge::Next | Edge::Branch(..) | Edge::Back => (way, behind),
        };
        let again = *edge == Edge::Back;
        Some(State { first: (!again).then_some(next), again: again.then_some(next) })
    }
}

impl<'a> Transactions<'_, 'a> {
    /// Whether one may be open behind the event, when one may be before it.
    fn behind(&self, node: &Node<'a>, open: bool) -> bool {
        let is = |value: &'a Value| self.session.is(self.f, value);
        let fresh = |bound: Option<&'a Value>| bound.is_some_and(|bound| matches!(bound, Value::Var(_)) && is(bound));
        match node.event {
            Event::Call(id) => self.session.behind(CallRef { file: self.f.file, id }).unwrap_or(open),
            Event::Bind { target: target @ Value::Var(_), .. } => open && !is(target),
            // `with session.begin()` ends the transaction, `with Session() as session` begins with none.
            Event::Enter { bound, .. } => open && !fresh(bound),
            Event::Leave { resource, bound } => open && !fresh(bound) && !is(resource) && !self.begins(resource),
            Event::Closure(id) if self.session.is_captured() => open || self.is_open_behind(id, open),
            _ => open,
        }
    }

    fn begins(&self, resource: &'a Value) -> bool {
        let Value::Call(id) = resource else { return false };
        let call = self.program.facts(self.f.file).call(*id);
        matches!(&call.callee, Value::Member(base, name) if name == "begin" && self.session.is(self.f, base))
    }

    fn cfg(&self, id: FnId) -> std::sync::Arc<Cfg<'a>> {
        self.program.cfg(FnRef { file: self.f.file, id })
    }

    fn solve(&self, cfg: &Cfg<'a>, open: bool) -> Solution<State> {
        let mut analysis = Transactions { ..*self };
        forward(cfg, &mut analysis, State { first: Some((Way::Well, open)), again: None })
    }

    /// One may be open at one of the calls of the function, or of a closure that it makes.
    fn is_open_within(&self, id: FnId, open: bool, at: &dyn Fn(CallId) -> bool) -> bool {
        let cfg = self.cfg(id);
        let solution = self.solve(&cfg, open);
        cfg.ids().any(|node| {
            let state = solution.at(node).and_then(|state| state.any()).filter(|(way, _)| *way != Way::Fails);
            state.is_some_and(|(_, open)| match cfg.node(node).event {
                Event::Call(call) => open && at(call),
                Event::Closure(inner) => self.session.is_captured() && self.is_open_within(inner, open, at),
                _ => false,
            })
        })
    }

    /// One may be open where the function is left: at its end, or by some `return`.
    fn is_open_behind(&self, id: FnId, open: bool) -> bool {
        let cfg = self.cfg(id);
        let solution = self.solve(&cfg, open);
        let own = |node: &Node| node.function == id && matches!(node.event, Event::Return(_));
        let returns = cfg.ids().filter(|node| own(cfg.node(*node)));
        let is_open = |state: &State| state.any().is_some_and(|(_, open)| open);
        returns.chain([cfg.returned]).any(|node| solution.at(node).is_some_and(is_open))
    }
}
