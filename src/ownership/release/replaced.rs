//! A place of an object that one function fills twice: `this.connection = await pool.connect()`. What it took first is lost
//! with the second, where nothing has been done with the place but work.
//!
//! Variables are followed by the walks. Knows no library by name and no rule.

use rustc_hash::FxHashSet;

use super::bodies::captures;
use super::refilled::along;
use super::{Leak, Path, Survey, names, unended};
use crate::body::cfg::{Edge, Event, Node, NodeId};
use crate::facts::walk::binds;
use crate::facts::{CallId, Value};
use crate::program::{CallRef, FnRef};

impl<'a> Survey<'_, '_, '_, 'a> {
    /// What is put into a place and replaced there by the same function.
    pub(crate) fn replaced(&mut self) {
        let program = self.world.program;
        // Where values are dropped, what is put there ends the one before.
        let kept = program.calls().filter(|call| !program.semantics(call.file).drops);
        let lost: Vec<Leak> = kept.filter_map(|call| self.lost_within(call)).collect();
        self.found.leaks.extend(lost);
    }

    fn lost_within(&self, call: CallRef) -> Option<Leak> {
        let program = self.world.program;
        let f = FnRef { file: call.file, id: program.call(call).function };
        let taken = self.opened_by(call)?;
        let filled =
            |place: &Value| matches!(place, Value::Member(..)) && matches!(place.root(), Value::This | Value::Var(_));
        let itself = Value::Call(call.id);
        let put = binds(&program.function(f).body).find(|bind| *bind.value == itself && filled(bind.target))?;
        let others: Vec<&Value> = binds(&program.function(f).body)
            .filter(|bind| bind.target == put.target && *bind.value != itself)
            .map(|bind| bind.value)
            .collect();
        let opens = |value: &Value| match value {
            Value::Call(id) => self.opened_by(CallRef { file: f.file, id: *id }).is_some(),
            _ => false,
        };
        if taken.private || !others.into_iter().any(opens) || !taken.must_end(program, program.language(call.file)) {
            return None;
        }
        let reached = self.judged(f, call, taken.acquired)?;
        let again = |value: &Value| *value != itself && opens(value);
        let lost = self.is_replaced(f, put.target, &itself, &again);
        lost.then(|| Leak { whole: false, ..Leak::of_whole(call, taken, Path::Turn, reached) })
    }

    /// Some way without errors leads from where the value is put into the place to where another one is, and nothing on
    /// it may let go of it.
    fn is_replaced(&self, f: FnRef, place: &Value, value: &Value, again: &dyn Fn(&Value) -> bool) -> bool {
        let cfg = self.world.program.cfg(f);
        let fills = |id: &NodeId| matches!(cfg.node(*id).event, Event::Bind { target, value: put } if target == place && put == value);
        let on = |id: NodeId| {
            let edges = cfg.node(id).next.iter().filter(|(_, edge)| !matches!(edge, Edge::Throw | Edge::Suspend));
            edges.map(|(next, _)| *next).collect::<Vec<_>>()
        };
        let mut open: Vec<NodeId> = cfg.ids().filter(fills).flat_map(on).collect();
        let mut seen = FxHashSet::default();
        while let Some(id) = open.pop() {
            let node = cfg.node(id);
            match node.event {
                Event::Bind { target, value } if target == place && again(value) => return true,
                Event::Bind { target, .. } if target == place => {}
                _ if !self.lets_go(f, node, place) && seen.insert(id) => open.extend(on(id)),
                _ => {}
            }
        }
        false
    }

    /// More is done with the place, or with what has it, than to work with it.
    fn lets_go(&self, f: FnRef, node: &Node<'a>, place: &Value) -> bool {
        let has = |value: &Value| value.holds(&|part| part == place.root() || along(part, &|at| at == place));
        match node.event {
            Event::Call(id) => self.call_lets_go(f, id, place),
            Event::Bind { target, value } => has(value) || target == place.root(),
            Event::Return(value) | Event::Yield(value) => value.is_some_and(has),
            Event::Enter { resource, .. } => has(resource),
            Event::Test(pred) => unended::mentions(pred, &has),
            Event::Match(value) => has(value),
            Event::Closure(id) => {
                captures(self.world.program, FnRef { file: f.file, id }, &|value| value == place.root())
            }
            Event::Throw | Event::Returned | Event::Thrown | Event::Abandoned => true,
            _ => false,
        }
    }

    fn call_lets_go(&self, f: FnRef, id: CallId, place: &Value) -> bool {
        let data = self.world.program.facts(f.file).call(id);
        let has = |value: &Value| value.holds(&|part| part == place.root() || along(part, &|at| at == place));
        let called = match &data.callee {
            Value::Member(base, name) if **base == *place => names::releases(name),
            // A method of what has the place may do anything with it.
            Value::Member(base, _) => **base == *place.root(),
            _ => false,
        };
        called || data.args.iter().any(|arg| has(&arg.value))
    }
}
