//! The ways of a function from a look at an empty cell over a wait to where the cell is filled.
//!
//! Goes along the control-flow graph, and into functions of the project that lead to where the cell is filled. A way ends
//! where somebody else is told before the wait (the cell or another shared place is filled), where a lock is taken, and where
//! the cell is looked at again.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Race;
use super::opening::{Opened, Openings, above};
use crate::body::cfg::{Cfg, Edge, Event, NodeId, Test};
use crate::catalog::words::checks::{CONTINUATIONS, GATHERING, LOCKING, LOCKS, READY, REFERENCES};
use crate::catalog::words::values::ELEMENT_WRITES;
use crate::checks::Project;
use crate::facts::walk::{around_call, nodes};
use crate::facts::{Block, Call, CallId, CallKind, FnId, Literal, LocalKind, Node, Pattern, Pred, Span, Value, VarRef};
use crate::graph::Point;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::gates::is_nothing;
use crate::values::handover::functions_of;
use crate::values::places::{Cell, Owner};
use crate::values::sites::last_name;

/// What is looked at.
#[derive(Clone, PartialEq)]
enum Key<'a> {
    /// A place that several callers share. A field is one of the objects of a class.
    Cell(Cell, Option<ClassRef>),
    /// Whether what such a place holds is ready: for as long as it is not, the next one looks in vain.
    Ready(Cell, Option<ClassRef>),
    /// Whether an object is open that is there already.
    Asked(&'a Value),
}

/// What has happened since the look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct State {
    gap: Option<(FnRef, Span)>,
    opened: Option<Opened>,
    /// What is opened is kept, and not yet ready.
    kept: Option<Span>,
}

/// The first race of each look of a function.
pub fn races<'a>(project: &Project<'a>, openings: &Openings<'_, 'a>, f: FnRef) -> Vec<Race> {
    let cfg = project.program.cfg(f);
    let looks = looks(project, openings, f, &cfg);
    looks.into_iter().filter_map(|(key, check, at)| Walk::new(project, openings, f, check, key).race(at)).collect()
}

type Look<'a> = (Key<'a>, Span, NodeId);

/// Where the function may find a shared cell empty without holding a lock, with the node that comes next.
fn looks<'a>(project: &Project<'a>, openings: &Openings<'_, 'a>, f: FnRef, cfg: &Cfg<'a>) -> Vec<Look<'a>> {
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let mut open = vec![Cfg::ENTRY];
    while let Some(at) = open.pop() {
        let node = cfg.node(at);
        if !seen.insert(at) || takes_lock(project, FnRef { id: node.function, ..f }, node.event) {
            continue;
        }
        for (to, edge) in cfg.next(at).iter().filter(|(_, edge)| is_normal(edge)) {
            open.push(*to);
            let Edge::Branch(Test::Pred(pred), holds) = edge else { continue };
            let mut values = Vec::new();
            empty_cells(pred, *holds, &mut values);
            let keys =
                values.into_iter().flat_map(|value| keys(project, openings, FnRef { id: node.function, ..f }, value));
            found.extend(keys.map(|key| (key, node.span, *to)));
            let mut states = Vec::new();
            unequal(pred, *holds, &mut states);
            let own = FnRef { id: node.function, ..f };
            let asked =
                states.into_iter().filter_map(|(value, state)| asked(project, openings, own, value, Some(state)));
            found.extend(asked.map(|key| (key, node.span, *to)));
        }
    }
    found
}

fn is_normal(edge: &Edge) -> bool {
    !matches!(edge, Edge::Throw | Edge::Suspend)
}

/// The shared places behind a value that was found empty, and what it asks of.
fn keys<'a>(project: &Project<'a>, openings: &Openings<'_, 'a>, f: FnRef, value: &'a Value) -> Vec<Key<'a>> {
    let of_object = asked(project, openings, f, value, None);
    let base = match value {
        Value::Member(base, name) if !matches!(**base, Value::This) => {
            match (shared(project, f, base), READY.contains(&name.as_str())) {
                (Some(Key::Cell(cell, class)), true) => Some(Key::Ready(cell, class)),
                (other, _) => other,
            }
        }
        _ => None,
    };
    of_object.into_iter().chain(shared(project, f, value)).chain(base).collect()
}

/// The object of which the value says whether it is open: by itself, or where it is that state.
fn asked<'a>(
    project: &Project<'a>,
    openings: &Openings<'_, 'a>,
    f: FnRef,
    value: &'a Value,
    state: Option<&str>,
) -> Option<Key<'a>> {
    let program = &project.program;
    let member = match program.deref(f, value) {
        Value::Call(id) if program.facts(f.file).call(*id).args.is_empty() => &program.facts(f.file).call(*id).callee,
        other => other,
    };
    let Value::Member(base, name) = member else { return None };
    let row = program.eval(f, base).concept().and_then(|ty| openings.reopened(ty, f.file))?;
    let says = |ask: &String| match state {
        Some(state) => ask.split_once(':') == Some((name, state)),
        None => ask == name,
    };
    row.asks.iter().any(says).then_some(Key::Asked(base))
}

/// The cell outlives the call and is the same for all callers.
fn shared<'a>(project: &Project<'a>, f: FnRef, value: &'a Value) -> Option<Key<'a>> {
    let program = &project.program;
    let held = matches!(value, Value::Var(var) if program.bound(f.file, *var).iter().any(|bound| program.is_lock(f, bound.value)));
    let (cell, owner) = place(project, f, value).filter(|_| !held)?;
    let repeats = |point| project.contexts.of(point).iter().any(|context| context.trigger.repeats());
    let class = program.class_around(f).filter(|_| matches!(cell, Cell::Field(_)));
    let fits = match owner {
        Owner::Process => !matches!(cell, Cell::Exists),
        Owner::Object(class) => !repeats(Point::Alloc(class)),
        Owner::Activation(outer) => !project.contexts.of(Point::Fn(outer)).is_empty() && !repeats(Point::Fn(outer)),
        Owner::Unknown => is_of_module(value),
    };
    fits.then_some(Key::Cell(cell, class))
}

/// What a chain of members and calls begins with: `map` of `map.get_mut(&key)`.
fn chain_root<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> &'a Value {
    match value {
        Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => chain_root(program, f, base),
        Value::Call(id) => match &program.facts(f.file).call(*id).callee {
            Value::Member(base, _) => chain_root(program, f, base),
            _ => value,
        },
        other => other,
    }
}

/// The cell that a value stands for. What a hook gives to keep something in is one cell, and the same in each rendering.
fn place<'a>(project: &Project<'a>, f: FnRef, value: &'a Value) -> Option<(Cell, Owner)> {
    let program = &project.program;
    let held = match value {
        Value::Member(base, name) if REFERENCES.contains(&name.as_str()) => match **base {
            Value::Var(var) if var.function != f.id => Some(var),
            _ => None,
        },
        _ => None,
    };
    let kept = held.filter(|var| program.is_given(FnRef { file: f.file, id: var.function }, *var));
    let kept = kept.map(|var| (Cell::Var(f.file, var), Owner::Process));
    kept.or_else(|| of_component(project, f, value)).or_else(|| program.cell(f, value))
}

/// A variable of a component whose body runs once for each of its lives.
fn of_component(project: &Project, f: FnRef, value: &Value) -> Option<(Cell, Owner)> {
    let Value::Var(var) = value else { return None };
    let (program, facts) = (&project.program, project.program.facts(f.file));
    let renders = || facts.function(var.function).flags.renders && program.renders_once(f.file);
    let component = var.function != f.id && (facts.component == Some(var.function) || renders());
    component.then_some((Cell::Var(f.file, *var), Owner::Activation(FnRef { file: f.file, id: var.function })))
}

/// A member of what the module has, its own or of another one.
fn is_of_module(value: &Value) -> bool {
    match value {
        Value::Member(base, _) => matches!(**base, Value::Var(var) if var.function == FnId::TOP) || is_of_module(base),
        _ => false,
    }
}

/// The places that are empty when the condition has the truth value: one of them, or all.
fn empty_cells<'v>(pred: &'v Pred, holds: bool, found: &mut Vec<&'v Value>) {
    match (pred, holds) {
        (Pred::Not(inner), _) => empty_cells(inner, !holds, found),
        (Pred::Truthy(value), false) | (Pred::Null(value), true) | (Pred::Has(value, _), false) => found.push(value),
        (Pred::Is(value, name), true) if name == "None" => found.push(value),
        (Pred::Is(value, name), false) if name == "Some" => found.push(value),
        (Pred::And(all), false) | (Pred::Or(all), true) => all.iter().for_each(|one| empty_cells(one, holds, found)),
        _ => {}
    }
}

/// The places that are not in a state when the condition has the truth value, each with the state.
fn unequal<'v>(pred: &'v Pred, holds: bool, found: &mut Vec<(&'v Value, &'v str)>) {
    match (pred, holds) {
        (Pred::Not(inner), _) => unequal(inner, !holds, found),
        (Pred::Eq(value, Literal::Str(state)), false) => found.push((value, state)),
        (Pred::Same(value, state), false) => found.push((value, last_name(state))),
        (Pred::And(all), false) | (Pred::Or(all), true) => all.iter().for_each(|one| unequal(one, holds, found)),
        _ => {}
    }
}

/// Nobody else comes by from here on, as far as it is known.
fn takes_lock<'a>(project: &Project<'a>, f: FnRef, event: Event<'a>) -> bool {
    let program = &project.program;
    match event {
        Event::Enter { resource, .. } => program.eval(f, resource).concept().is_none(),
        Event::Call(id) => {
            let data = program.facts(f.file).call(id);
            let name = last_name(&data.callee);
            let holder = || match &data.callee {
                Value::Member(base, _) => program.value_name(f.file, base).unwrap_or_default().to_ascii_lowercase(),
                _ => String::new(),
            };
            LOCKING.contains(&name) && LOCKS.iter().any(|lock| holder().contains(lock))
        }
        _ => false,
    }
}

struct Walk<'s, 'p, 'a> {
    project: &'p Project<'a>,
    openings: &'s Openings<'p, 'a>,
    f: FnRef,
    check: Span,
    key: Key<'a>,
    /// Functions that fill the cell, or lead to one that does.
    leading: FxHashSet<FnRef>,
    /// What ways into functions come to at their ends.
    ends: FxHashMap<(FnRef, State), Vec<State>>,
    /// Functions that wait for something.
    waiting: FxHashSet<FnRef>,
    /// Functions that are given what was opened.
    given: FxHashSet<FnRef>,
    race: Option<Race>,
}

impl<'s, 'p, 'a> Walk<'s, 'p, 'a> {
    fn new(project: &'p Project<'a>, openings: &'s Openings<'p, 'a>, f: FnRef, check: Span, key: Key<'a>) -> Self {
        let leading = leading(project, f, &key);
        let (ends, waiting, given) = (FxHashMap::default(), FxHashSet::default(), FxHashSet::default());
        Walk { project, openings, f, check, key, leading, ends, waiting, given, race: None }
    }

    fn race(mut self, from: NodeId) -> Option<Race> {
        self.go(self.f, from, State::default());
        self.race
    }

    /// All ways of the function from a node on; the states in which it returns.
    fn go(&mut self, f: FnRef, from: NodeId, state: State) -> Vec<State> {
        let cfg = self.project.program.cfg(f);
        let mut seen = FxHashSet::default();
        let (mut open, mut ends) = (vec![(from, state)], Vec::new());
        while let Some((at, state)) = open.pop() {
            if self.race.is_some() || !seen.insert((at, state)) {
                continue;
            }
            if at == cfg.returned {
                ends.push(state);
            }
            for state in self.after(f, &cfg, at, state) {
                let next =
                    cfg.next(at).iter().filter(|(_, edge)| is_normal(edge) && self.may_take(f, &cfg, at, edge, state));
                open.extend(next.map(|(to, _)| (*to, state)));
            }
        }
        ends
    }

    /// The states after the node's event; none where the way ends.
    fn after(&mut self, f: FnRef, cfg: &Cfg<'a>, at: NodeId, state: State) -> Vec<State> {
        let node = cfg.node(at);
        let own = FnRef { id: node.function, ..f };
        if takes_lock(self.project, own, node.event) {
            return Vec::new();
        }
        match node.event {
            Event::Call(id) => self.called(own, cfg, at, CallRef { file: f.file, id }, state),
            Event::Await(_) if own != f && runs_by_itself(self.project, own) => Vec::new(),
            Event::Await(value) if suspends(self.project, own, value, &mut FxHashSet::default()) => {
                if let (Some(fill), Some(opened)) = (state.kept, state.opened) {
                    self.found(opened, (own, node.span), fill);
                    return Vec::new();
                }
                self.waiting.insert(f);
                vec![State { gap: state.gap.or(Some((own, node.span))), ..state }]
            }
            Event::Bind { target, value } => self.bound(own, target, value, node.span, state),
            _ => vec![state],
        }
    }

    fn bound(&mut self, f: FnRef, target: &'a Value, value: &'a Value, span: Span, state: State) -> Vec<State> {
        // From here on it is another object.
        if matches!(self.key, Key::Asked(object) if object == target) {
            return Vec::new();
        }
        if self.fills(f, target, value) {
            let fresh = state.opened.filter(|opened| self.holds(f, value, *opened, &mut Vec::new()));
            if matches!(self.key, Key::Ready(..)) && state.gap.is_none() && fresh.is_some() {
                return vec![State { kept: Some(span), ..state }];
            }
            self.filled(f, target, &[value], span, state);
            return Vec::new();
        }
        let told = state.gap.is_none() && self.is_told(f, target, value);
        if told { Vec::new() } else { vec![state] }
    }

    fn fills(&self, f: FnRef, target: &'a Value, value: &'a Value) -> bool {
        match &self.key {
            Key::Cell(cell, class) | Key::Ready(cell, class) => {
                let own = class.is_none() || self.project.program.class_around(f) == *class;
                own && self.project.program.bind_fills(f, target, value, cell)
            }
            Key::Asked(_) => false,
        }
    }

    /// Others may look at what is written: a flag, or a promise.
    fn is_told(&self, f: FnRef, target: &'a Value, value: &Value) -> bool {
        let local = matches!(target, Value::Var(var) if var.function != FnId::TOP);
        !local && !is_nothing(value) && shared(self.project, f, target).is_some()
    }

    /// A variable of the environment: a text, of which `replace` makes another one.
    fn is_environment(&self, f: FnRef, value: &'a Value) -> bool {
        match self.project.program.deref(f, value) {
            Value::Member(all, _) | Value::Index(all, _) => self.project.program.is_environment(f.file, all),
            _ => false,
        }
    }

    /// The call writes what others may look at, or tells a component, which may show nothing more to press.
    fn tells(&self, f: FnRef, data: &'a Call) -> bool {
        let program = &self.project.program;
        match &data.callee {
            Value::Member(base, name) => {
                ELEMENT_WRITES.contains(&name.as_str())
                    && !self.is_environment(f, base)
                    && shared(self.project, f, base).is_some()
            }
            Value::Var(var) => {
                let owner = FnRef { file: f.file, id: var.function };
                var.function != FnId::TOP && program.is_given(owner, *var)
            }
            _ => false,
        }
    }

    fn filled(&mut self, f: FnRef, target: &'a Value, values: &[&'a Value], span: Span, state: State) {
        let Some(gap) = state.gap.filter(|_| !self.is_behind_guard(f, target)) else { return };
        let Some(opened) = state.opened else {
            if let Some(opened) = self.openings.begun_in(f, target, span) {
                self.found(opened, gap, span);
            }
            return;
        };
        let kept = values.iter().any(|value| self.holds(f, value, opened, &mut Vec::new()))
            || values.contains(&&Value::Literal(Literal::Bool(true))) && self.is_of_all(opened);
        let sounds = opened.ty.is_some() || self.openings.sounds_kept(f.file, target);
        if kept && sounds {
            self.found(opened, gap, span);
        }
    }

    /// What was opened again is the same object for all callers: a flag says that it is open.
    fn is_of_all(&self, opened: Opened) -> bool {
        let data = self.project.program.call(opened.call);
        let f = FnRef { file: opened.call.file, id: data.function };
        opened.again && matches!(&data.callee, Value::Member(object, _) if shared(self.project, f, object).is_some())
    }

    /// What is filled is asked of a guard that was taken before the look, and holds others off.
    fn is_behind_guard(&self, f: FnRef, target: &'a Value) -> bool {
        let program = &self.project.program;
        let Value::Var(guard) = chain_root(program, f, target) else { return false };
        let before = |value: &Value| match value {
            Value::Call(id) => program.facts(f.file).call(*id).span.start <= self.check.start,
            _ => false,
        };
        let mut bounds = program.bound(f.file, *guard).iter();
        f == self.f && bounds.any(|bound| program.is_lock(f, bound.value) && before(bound.value))
    }

    fn found(&mut self, opened: Opened, gap: (FnRef, Span), fill: Span) {
        let Opened { call, ty, again } = opened;
        self.race = Some(Race { f: self.f, call, ty, again, check: self.check, gap, fill });
    }

    /// The value is what was opened, a view of it, or what holds it.
    fn holds(&self, f: FnRef, value: &'a Value, opened: Opened, seen: &mut Vec<&'a Value>) -> bool {
        let program = &self.project.program;
        if seen.contains(&value) {
            return false;
        }
        seen.push(value);
        let owning = |ty| program.catalog.ty(ty).owns;
        if !opened.again && program.eval(f, value).concept().is_some_and(owning) {
            return true;
        }
        if self.openings.is_keeper(opened, f.file, value) {
            return true;
        }
        let mut inner = |value: &'a Value| self.holds(f, value, opened, seen);
        match value {
            Value::Call(id) => {
                let call = CallRef { file: f.file, id: *id };
                let data = program.call(call);
                let base = match &data.callee {
                    Value::Member(base, _) => Some(&**base),
                    _ => None,
                };
                let view = !data.awaited || program.call_result(call).is_known();
                let wraps = data.kind == CallKind::New || base.is_none();
                let runs = self.runs(call);
                call == opened.call
                    || base.is_some_and(|base| view && (self.is_object(f, base, opened) || inner(base)))
                    || wraps && runs.is_empty() && data.args.iter().any(|arg| inner(&arg.value))
                    || runs.iter().copied().chain(given_to(program, f, data)).any(|g| self.gives(g, opened, seen))
            }
            Value::Var(var) => {
                let local = program.facts(f.file).local(*var);
                let owner = FnRef { file: f.file, id: var.function };
                local.kind == LocalKind::Param
                    && (self.given.contains(&owner) || self.is_passed(owner, *var, opened, seen))
                    || program.bound(f.file, *var).iter().any(|bound| self.holds(f, bound.value, opened, seen))
            }
            Value::Choice(all, _) | Value::List(all) => all.iter().any(inner),
            Value::Element(base) | Value::Member(base, _) => inner(base),
            Value::Record { entries, .. } => entries.iter().any(|entry| inner(&entry.value)),
            _ => false,
        }
    }

    /// The functions of the project that a call is known to run, whose results can be read.
    fn runs(&self, call: CallRef) -> &'p [FnRef] {
        let target = self.project.graph.target(call).filter(|target| !target.by_name && target.class.is_none());
        target.map(|target| target.functions.as_slice()).unwrap_or_default()
    }

    /// Some caller passes what was opened.
    fn is_passed(&self, g: FnRef, var: VarRef, opened: Opened, seen: &mut Vec<&'a Value>) -> bool {
        let program = &self.project.program;
        let Some(at) = program.function(g).params.iter().position(|param| param.local == var.local) else {
            return false;
        };
        self.project.graph.targets.callers(g).iter().any(|call| {
            let data = program.call(*call);
            let from = FnRef { file: call.file, id: data.function };
            data.positional(at).is_some_and(|arg| self.holds(from, &arg.value, opened, seen))
        })
    }

    /// It is the object that was opened again.
    fn is_object(&self, f: FnRef, value: &Value, opened: Opened) -> bool {
        let object = match &self.project.program.call(opened.call).callee {
            Value::Member(base, _) => base,
            _ => return false,
        };
        opened.again && opened.call.file == f.file && **object == *value
    }

    fn called(&mut self, f: FnRef, cfg: &Cfg<'a>, at: NodeId, call: CallRef, state: State) -> Vec<State> {
        let program = &self.project.program;
        let data = program.call(call);
        if let Key::Cell(cell, _) | Key::Ready(cell, _) = &self.key
            && !GATHERING.contains(&last_name(&data.callee))
            && program.call_fills(f, call, cell)
        {
            let values: Vec<&Value> = data.args.iter().map(|arg| &arg.value).collect();
            self.filled(f, &data.callee, &values, data.span, state);
            return Vec::new();
        }
        if state.gap.is_none() && self.tells(f, data) {
            return Vec::new();
        }
        let opened = self.openings.of(call).or_else(|| self.opened_for(f, data));
        if let Some(opened) = opened.filter(|opened| self.is_asked(f, *opened)) {
            self.found(opened, (f, data.span), data.span);
            return Vec::new();
        }
        let state = State { opened: state.opened.or(opened), ..state };
        self.continued(f, cfg, at, data, opened.is_some(), state);
        // What nobody awaits here is kept, and others await that.
        let kept = !data.awaited && self.starts(call) && self.tells_next(f, cfg, at);
        if kept { vec![state] } else { self.entered(call, data, state) }
    }

    /// The call starts a coroutine of the project.
    fn starts(&self, call: CallRef) -> bool {
        let target = self.project.graph.target(call);
        target.is_some_and(|target| target.functions.iter().any(|g| self.project.program.function(*g).flags.is_async))
    }

    /// A function that the call is given, to be run by it, gives what it opens.
    fn opened_for(&self, f: FnRef, data: &'a Call) -> Option<Opened> {
        let program = &self.project.program;
        given_to(program, f, data).into_iter().find_map(|g| {
            let calls = program.facts(g.file).calls.iter().enumerate().filter(|(_, call)| call.function == g.id);
            let calls = calls.map(|(at, _)| CallRef { file: g.file, id: CallId(at as u32) });
            let mut opened = calls.filter_map(|call| self.openings.of(call));
            opened.find(|opened| self.gives(g, *opened, &mut Vec::new()))
        })
    }

    fn gives(&self, g: FnRef, opened: Opened, seen: &mut Vec<&'a Value>) -> bool {
        self.project.program.given_by(g).into_iter().any(|value| self.holds(g, value, opened, seen))
    }

    /// The object that was asked whether it is open is opened; where it refuses whoever comes second, that reaches somebody.
    fn is_asked(&self, f: FnRef, opened: Opened) -> bool {
        let refuses = || opened.ty.and_then(|ty| self.openings.reopened(ty, f.file)).is_some_and(|row| row.refuses);
        let asked = matches!(self.key, Key::Asked(object) if self.is_object(f, object, opened));
        asked && !(refuses() && self.drops_errors(f, opened.call))
    }

    /// What handles the errors of the call does nothing about them: `catch {}`, `.catch(() => {})`.
    fn drops_errors(&self, f: FnRef, call: CallRef) -> bool {
        let program = &self.project.program;
        let acts = |block: &Block| nodes(block).any(|node| matches!(node, Node::Call(_) | Node::Throw { .. }));
        let around = around_call(&program.function(f).body, call.id);
        let mut around = around.iter().filter_map(|region| match region.node {
            Node::Try { body, handlers, .. } if std::ptr::eq(body, region.block) => Some(handlers),
            _ => None,
        });
        let caught =
            program.around(call).map(|outer| program.call(outer)).filter(|data| last_name(&data.callee) == "catch");
        let idle = |handler: &'a Value| match program.eval(f, handler) {
            Ty::Fn(g) => !acts(&program.function(g).body),
            _ => false,
        };
        around.any(|handlers| !handlers.is_empty() && !handlers.iter().any(|handler| acts(&handler.body)))
            || caught.and_then(|data| data.positional(0)).is_some_and(|handler| idle(&handler.value))
    }

    /// What the call runs of the project, where that leads to a fill.
    fn entered(&mut self, call: CallRef, data: &'a Call, state: State) -> Vec<State> {
        let program = &self.project.program;
        let target = self.project.graph.target(call).filter(|target| !target.by_name);
        let Some([g]) = target.map(|target| target.functions.as_slice()) else { return vec![state] };
        let g = *g;
        let own = match &self.key {
            Key::Cell(Cell::Field(_), _) | Key::Ready(Cell::Field(_), _) => {
                matches!(&data.callee, Value::Member(base, _) if matches!(**base, Value::This | Value::Super))
            }
            _ => true,
        };
        let function = program.function(g);
        let runs = data.awaited || !function.flags.is_async || !program.semantics(g.file).lazy;
        if !own || !runs || g == self.f || !self.leading.contains(&g) {
            return vec![state];
        }
        if super::guarded(&function.anchor) || super::is_begun(self.project, g, self.f) {
            return Vec::new();
        }
        let ends = self.into(g, state);
        // Whoever does not wait for it goes on at its first wait.
        let goes_on = function.flags.is_async && !data.awaited && (self.waiting.contains(&g) || !ends.is_empty());
        if goes_on { vec![state] } else { ends }
    }

    fn into(&mut self, g: FnRef, state: State) -> Vec<State> {
        if let Some(known) = self.ends.get(&(g, state)) {
            return known.clone();
        }
        self.ends.insert((g, state), Vec::new());
        let ends = self.go(g, Cfg::ENTRY, state);
        self.ends.insert((g, state), ends.clone());
        ends
    }

    /// What a promise runs once it is there, or a callback of what opens: nobody waits for it, unless somebody is told.
    fn continued(&mut self, f: FnRef, cfg: &Cfg<'a>, at: NodeId, data: &'a Call, opens: bool, state: State) {
        if !opens && !CONTINUATIONS.contains(&last_name(&data.callee)) {
            return;
        }
        let program = &self.project.program;
        let mut functions = given_to(program, f, data);
        functions.retain(|g| self.leading.contains(g));
        if functions.is_empty() || self.tells_next(f, cfg, at) {
            return;
        }
        let follows = |opened| match &data.callee {
            Value::Member(base, _) => self.holds(f, base, opened, &mut Vec::new()),
            _ => false,
        };
        if opens || state.opened.is_some_and(follows) {
            self.given.extend(functions.iter().copied());
        }
        let state = State { gap: state.gap.or(Some((f, data.span))), ..state };
        functions.into_iter().for_each(|g| drop(self.into(g, state)));
    }

    /// Some way on from the node tells others before it waits.
    fn tells_next(&self, f: FnRef, cfg: &Cfg<'a>, at: NodeId) -> bool {
        let mut seen = FxHashSet::default();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            for (to, _) in cfg.next(at).iter().filter(|(_, edge)| is_normal(edge)) {
                let node = cfg.node(*to);
                let own = FnRef { id: node.function, ..f };
                match node.event {
                    Event::Await(_) => continue,
                    Event::Bind { target, value }
                        if self.fills(own, target, value) || self.is_told(own, target, value) =>
                    {
                        return true;
                    }
                    Event::Call(id) if self.tells(own, self.project.program.facts(f.file).call(id)) => return true,
                    _ => {}
                }
                open.extend(seen.insert(*to).then_some(*to));
            }
        }
        false
    }

    /// The cell has not been found full, and not empty once more after a wait.
    fn may_take(&self, f: FnRef, cfg: &Cfg<'a>, at: NodeId, edge: &Edge<'a>, state: State) -> bool {
        let (Key::Cell(cell, _) | Key::Ready(cell, _)) = &self.key else { return true };
        let f = FnRef { id: cfg.node(at).function, ..f };
        let is_cell = |value: &'a Value| {
            let own = !matches!(value, Value::Var(var) if var.function == f.id && state.opened.is_some());
            own && place(self.project, f, value).is_some_and(|(found, _)| found == *cell)
        };
        match edge {
            Edge::Branch(Test::Pred(pred), holds) => {
                let mut empty = Vec::new();
                empty_cells(pred, *holds, &mut empty);
                let mut full = Vec::new();
                empty_cells(pred, !*holds, &mut full);
                let again = state.gap.is_some() && empty.iter().any(|value| is_cell(value));
                let several = matches!(pred, Pred::And(_) | Pred::Or(_));
                !again && (several || !full.into_iter().any(is_cell))
            }
            Edge::Branch(Test::Case(value, Pattern::Name(name)), true) => {
                !matches!(name.as_str(), "Some" | "Ok") || !is_cell(value)
            }
            _ => true,
        }
    }
}

/// The functions that a call is given.
fn given_to<'a>(program: &Program<'a>, f: FnRef, data: &'a Call) -> Vec<FnRef> {
    let mut functions = Vec::new();
    data.args.iter().for_each(|arg| functions_of(program, f, &arg.value, false, &mut functions));
    functions
}

/// Functions of the file that fill the cell, and those that lead to one: callers, and functions around closures.
fn leading(project: &Project, f: FnRef, key: &Key) -> FxHashSet<FnRef> {
    let (Key::Cell(cell, class) | Key::Ready(cell, class)) = key else { return FxHashSet::default() };
    let program = &project.program;
    let home = match cell {
        Cell::Var(file, _) => *file,
        _ => f.file,
    };
    let functions =
        program.functions_of(home..home + 1).filter(|g| class.is_none() || program.class_around(*g) == *class);
    above(project, functions.filter(|g| program.fills(*g, cell)))
}

/// A closure that is called where it stands goes on at its first wait, and what it is is kept: nobody awaits it here.
fn runs_by_itself(project: &Project, closure: FnRef) -> bool {
    let calls = &project.program.facts(closure.file).calls;
    let is_async = project.program.function(closure).flags.is_async;
    is_async && calls.iter().any(|call| call.callee == Value::Closure(closure.id) && !call.awaited)
}

/// Somebody else may run while the value is awaited. Where a coroutine runs on at once, it must wait for
/// something itself.
fn suspends(project: &Project, f: FnRef, awaited: &Value, seen: &mut FxHashSet<FnRef>) -> bool {
    let Value::Call(id) = awaited else { return true };
    let program = &project.program;
    let target = project.graph.target(CallRef { file: f.file, id: *id });
    let known = target.filter(|target| !target.by_name && target.class.is_none() && !target.functions.is_empty());
    let Some(target) = known.filter(|_| !program.semantics(f.file).awaits_yield) else { return true };
    target.functions.iter().any(|g| waits(project, *g, seen))
}

fn waits(project: &Project, f: FnRef, seen: &mut FxHashSet<FnRef>) -> bool {
    let function = project.program.function(f);
    if !seen.insert(f) {
        return false;
    }
    !function.flags.is_async
        || function.body.is_empty()
        // What a `with` enters may be waited for.
        || nodes(&function.body).any(|node| match node {
            Node::Await { value, .. } => suspends(project, f, value, seen),
            Node::Scope { .. } | Node::Loop { .. } | Node::Yield { .. } => true,
            _ => false,
        })
}
