//! Follows one resource through the region tree of the function that opens it.
//!
//! Every region maps the states before it to the states after it and to the ways out of it; what
//! each call does is decided in `effect`. Too many states or steps end in silence.

use rustc_hash::{FxHashMap, FxHashSet};

use super::bodies::{captures, inside};
use super::bundles::is_nothing;
use super::compared::comparison;
use super::model::{Bundled, Effect, Given, Resource, Start, Trace, Walk, What, World};
use super::names;
use super::slots;
use super::state::{Hold, Leave, Outcome, State, key, merge, place_key, without_idle_facts};
use crate::catalog::schema::{Kind, Role};
use crate::catalog::{Row, RowKind};
use crate::facts::walk::nodes;
use crate::facts::{Block, CallId, FnId, Language, Literal, LocalKind, Node, Pred, Span, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::eval::Ty;

const MAX_STATES: usize = 40;
const MAX_STEPS: u32 = 40_000;
pub(crate) const MAX_NESTING: u32 = 120;

impl<'w, 'p, 'a> Walk<'w, 'p, 'a> {
    pub fn new(world: &'w World<'p, 'a>, call: CallRef, resource: Resource) -> Self {
        let f = FnRef { file: call.file, id: world.program.call(call).function };
        Walk::over(world, f, call, resource, None)
    }

    /// The walk through a function that a call gives the resource to.
    pub fn of_callback(world: &'w World<'p, 'a>, call: CallRef, given: Given) -> Self {
        Walk::over(world, given.callback, call, given.resource, Some(given))
    }

    fn over(world: &'w World<'p, 'a>, f: FnRef, call: CallRef, resource: Resource, given: Option<Given>) -> Self {
        let mut walk = Walk {
            world,
            f,
            acquisition: call,
            alike: Vec::new(),
            resource,
            language: world.program.language(call.file),
            keys: FxHashMap::default(),
            inline: Vec::new(),
            ever: given.iter().filter_map(|given| given.connection).collect(),
            handles: FxHashSet::default(),
            slot: slots::slot(world.program, call).filter(|_| given.is_none()),
            given,
            following: Vec::new(),
            bundled: Bundled::default(),
            loops: 0,
            trace: Trace::default(),
            steps: 0,
            nesting: 0,
        };
        walk.count_keys(&world.program.function(f).body);
        walk.find_variables();
        walk
    }

    /// All ways through the function.
    pub fn run(&mut self) -> Outcome {
        let function = self.world.program.function(self.f);
        self.trace.gave_up = !self.is_followed();
        let outcome = self.block(&function.body, self.begin());
        let plain = self.given.is_some_and(|given| !given.promised);
        if plain && !function.flags.is_async { uncaught(outcome) } else { outcome }
    }

    fn count_keys(&mut self, block: &Block) {
        for node in nodes(block) {
            match node {
                Node::Branch { pred, .. } => self.count_pred(pred),
                Node::Bind { value, .. } => {
                    if let Some(pred) = comparison(value) {
                        self.count_pred(&pred);
                    }
                }
                Node::Closure { function, inline: true } => self.inline.push(*function),
                _ => {}
            }
        }
    }

    fn count_pred(&mut self, pred: &Pred) {
        match pred {
            Pred::Not(inner) => self.count_pred(inner),
            Pred::And(all) | Pred::Or(all) => all.iter().for_each(|inner| self.count_pred(inner)),
            atom => {
                if let Some((key, _)) = key(atom) {
                    *self.keys.entry(key).or_default() += 1;
                }
            }
        }
    }

    pub(crate) fn find_variables(&mut self) {
        let binds: Vec<(VarRef, &Value)> = {
            let own = self.world.program.vars_within(self.f);
            own.flat_map(|(var, bounds)| bounds.iter().map(move |bound| (var, bound.value))).collect()
        };
        loop {
            let count = |walk: &Self| walk.ever.len() + walk.handles.len() + walk.bundled.enders.len();
            let before = count(self);
            for (var, value) in &binds {
                if self.is_ending_part(value) {
                    self.bundled.enders.insert(*var);
                } else if self.find_whole(*var, value) || self.is_ever(value) {
                    self.ever.insert(*var);
                } else if self.is_handle(value) {
                    self.handles.insert(*var);
                }
            }
            if before == count(self) {
                return;
            }
        }
    }

    pub(crate) fn block(&mut self, block: &Block, states: Vec<State>) -> Outcome {
        self.nesting += 1;
        let mut outcome = Outcome::flowing(states.clone());
        if self.nesting > MAX_NESTING {
            self.trace.gave_up = true;
        }
        for node in block {
            if outcome.normal.is_empty() || self.trace.gave_up {
                break;
            }
            let next = self.node(node, std::mem::take(&mut outcome.normal));
            outcome.absorb(next);
            if outcome.normal.len() > MAX_STATES {
                outcome.normal = without_idle_facts(outcome.normal);
                self.trace.gave_up |= outcome.normal.len() > MAX_STATES;
            }
        }
        self.nesting -= 1;
        if self.language == Language::Rust {
            self.drop_locals(block, &mut outcome);
        }
        outcome
    }

    fn node(&mut self, node: &Node, states: Vec<State>) -> Outcome {
        self.steps += states.len() as u32;
        if self.steps > MAX_STEPS {
            self.trace.gave_up = true;
            return Outcome::default();
        }
        match node {
            Node::Call(id) => self.call(*id, states),
            Node::Bind { target, value, .. } => {
                let bound = self.each(states, |walk, state| walk.bind(target, value, state));
                self.compared(target, value, bound)
            }
            Node::Await { value, span } => self.awaited(value, *span, states),
            Node::Yield { value, span } => self.yielded(value.as_ref(), *span, states),
            Node::Return { value, span } => self.returned(value.as_ref(), *span, states),
            Node::Throw { span } => leave_all(states, Leave::Throw, *span),
            Node::Break { .. } => leave_all(states, Leave::Break, Span::default()),
            Node::Continue { .. } => leave_all(states, Leave::Continue, Span::default()),
            Node::Branch { pred, then, otherwise, .. } => self.branch(pred, then, otherwise, states),
            Node::Match { subject, arms, .. } => self.arms(subject, arms, states),
            Node::Loop { kind, each, body, .. } => {
                let states = self.given_to_loop(each.as_ref(), states);
                let (left, through) = self.turns(*kind, body, states);
                self.gone_through(each.as_ref(), left, through)
            }
            Node::Try { body, handlers, finally, .. } => self.attempt(body, handlers, finally, states),
            Node::Scope { resource, bound, body, .. } => self.scope(resource, bound.as_ref(), body, states),
            Node::Closure { function, inline } => self.closure(*function, *inline, states),
            Node::Group(body) => self.block(body, states),
        }
    }

    pub(crate) fn each(&mut self, states: Vec<State>, mut step: impl FnMut(&mut Self, State) -> State) -> Outcome {
        let mut after = Vec::new();
        for state in states {
            let next = step(self, state);
            merge(&mut after, vec![next]);
        }
        Outcome::flowing(after)
    }

    fn call(&mut self, id: CallId, states: Vec<State>) -> Outcome {
        let span = self.world.program.facts(self.f.file).call(id).span;
        if self.opens(id) {
            return self.each(states, |walk, state| walk.acquire(state));
        }
        if self.given.is_none() {
            self.note_use_after(id, span, &states);
        }
        let mut outcome = Outcome::default();
        for state in states {
            let effect = self.effect(&state, id);
            // What an error left open is a leak, and no second one taken while the first is needed.
            let held = state.hold == Hold::Open || effect == Effect::Use && self.begins_lazily(&state);
            if held && state.caught.is_none() && self.is_owned(&state) {
                self.trace.during.insert(id);
                if matches!(effect, Effect::Release | Effect::HandBack) {
                    self.trace.ends.insert(id);
                }
                self.note_callbacks(&state, id);
            }
            if effect == Effect::Escape {
                self.note_handed(&state, self.world.program.facts(self.f.file).call(id));
                let live = matches!(state.hold, Hold::Idle | Hold::Open);
                self.trace.unknown = self.trace.unknown.or((live && self.is_unknown(id)).then_some(id));
            }
            if let Some(thrown) = self.thrown(&state, &effect, id).filter(|_| !self.swallows(id)) {
                outcome.leave(Leave::Throw, thrown, span);
            }
            let next = self.apply(state, &effect);
            merge(&mut outcome.normal, vec![next]);
        }
        outcome
    }

    /// A session gets its connection in the call that works with it first.
    fn begins_lazily(&self, state: &State) -> bool {
        state.hold == Hold::Idle && self.resource.kind(self.world.program) == Some(Kind::Session)
    }

    fn acquire(&mut self, mut state: State) -> State {
        if state.hold == Hold::Open && !state.aliases.is_empty() {
            self.trace.reopened = true;
        }
        let hold = if self.resource.start == Start::Now { Hold::Open } else { Hold::Idle };
        state.aliases.clear();
        state.placed = false;
        state.with(hold)
    }

    pub(crate) fn note_use_after(&mut self, id: CallId, span: Span, states: &[State]) {
        let used = |state: &State| state.hold == Hold::Released && matches!(self.effect(state, id), Effect::Use);
        let sure = !states.is_empty() && !self.is_rebound(id);
        if sure && states.iter().all(used) && !self.trace.used_after.iter().any(|(known, _)| *known == id) {
            self.trace.used_after.push((id, span));
        }
    }

    /// What the call works with is a handle that is taken anew somewhere, or is made over a variable that is, or a closure
    /// over one: it may belong to another one.
    fn is_rebound(&self, id: CallId) -> bool {
        let data = self.world.program.facts(self.f.file).call(id);
        let mut values = data.args.iter().map(|arg| &arg.value).chain([data.callee.root()]);
        let bounds = |var: &VarRef| self.world.program.bound(self.f.file, *var);
        let over_another = |value: &Value| {
            let Value::Call(id) = value else { return false };
            let made = self.world.program.facts(self.f.file).call(*id);
            let mut over = made.args.iter().map(|arg| &arg.value).chain([made.callee.root()]);
            over.any(|value| matches!(value, Value::Var(var) if self.ever.contains(var) && bounds(var).len() > 1))
        };
        let again = |var: &VarRef| bounds(var).len() > 1 || bounds(var).iter().any(|bound| over_another(bound.value));
        let ever = |value: &Value| matches!(value, Value::Var(var) if self.ever.contains(var) && bounds(var).len() > 1);
        values.any(|value| match value {
            Value::Var(var) => self.handles.contains(var) && again(var),
            // A closure has what its variable stands for by then.
            Value::Closure(id) => captures(self.world.program, FnRef { file: self.f.file, id: *id }, &ever),
            _ => false,
        })
    }

    pub(crate) fn apply(&mut self, state: State, effect: &Effect) -> State {
        let live = matches!(state.hold, Hold::Idle | Hold::Open);
        match effect {
            Effect::Use if state.hold == Hold::Idle => {
                self.trace.used = true;
                state.with(Hold::Open).used()
            }
            Effect::Use => {
                self.trace.used |= live;
                state.used()
            }
            Effect::Release if live => {
                self.trace.released = true;
                state.with(Hold::Released)
            }
            Effect::HandBack if live => {
                self.trace.released = true;
                state.with(Hold::Gone)
            }
            Effect::Escape if live => {
                self.trace.kept = true;
                state.with(Hold::Gone)
            }
            _ => state,
        }
    }

    /// The state in which an error leaves the call; none when it does not throw as far as this
    /// resource is concerned.
    fn thrown(&self, state: &State, effect: &Effect, id: CallId) -> Option<State> {
        let awaited = self.world.program.facts(self.f.file).call(id).awaited;
        let waits = self.language == Language::Script && !awaited;
        match (state.hold, effect) {
            (Hold::Unopened | Hold::Released | Hold::Gone, _) => Some(state.clone()),
            (_, Effect::Throws) => Some(state.clone().used()),
            (Hold::Idle, Effect::Use) if !waits => {
                let first = self.resource.start == Start::FirstTry && !self.is_dedicated(id) && !self.is_opening(id);
                let tried = first || self.is_operation(id) || self.works(state, id);
                let hold = if tried { Hold::Open } else { Hold::Idle };
                Some(state.with(hold).used())
            }
            (_, Effect::Use) if !waits && self.prepares(state, id) => Some(state.with(Hold::Idle).used()),
            (_, Effect::Use) if !waits => Some(state.clone().used()),
            _ => None,
        }
    }

    /// The call is the last part of opening the resource.
    fn prepares(&self, state: &State, id: CallId) -> bool {
        match &self.world.program.facts(self.f.file).call(id).callee {
            Value::Member(base, name) => self.resource.prepares(self.world.program, name) && self.is_alias(state, base),
            _ => false,
        }
    }

    /// The row says what opens it, and the call is something else: a method of it, or a callback that it is given to.
    fn works(&self, state: &State, id: CallId) -> bool {
        let What::Catalog(ty) = self.resource.what else { return false };
        let facts = self.world.program.facts(self.f.file);
        let opens = &self.world.program.catalog.ty(ty).row.prepares;
        !opens.is_empty()
            && match &facts.call(id).callee {
                Value::Member(base, name) => self.is_alias(state, base) && !opens.contains(name),
                Value::Var(var) => facts.local(*var).kind == LocalKind::Param,
                _ => false,
            }
    }

    /// A method of the project that opens the object: where it fails, nothing is open.
    fn is_opening(&self, id: CallId) -> bool {
        let facts = self.world.program.facts(self.f.file);
        let name = facts.call(id).callee_name(facts).unwrap_or_default();
        matches!(self.resource.what, What::Object(_)) && names::opens(name)
    }

    /// The operation is one that the resource is kept for: it goes on trying.
    fn is_dedicated(&self, id: CallId) -> bool {
        let What::Catalog(ty) = self.resource.what else { return false };
        let facts = self.world.program.facts(self.f.file);
        let name = facts.call(id).callee_name(facts).unwrap_or_default();
        let dedicated = &self.world.program.catalog.ty(ty).row.dedicated;
        dedicated.iter().any(|operation| operation.split('(').next() == Some(name))
    }

    /// What a pool runs on a connection that it opens by itself may also fail once that is open.
    fn is_operation(&self, id: CallId) -> bool {
        let What::Catalog(ty) = self.resource.what else { return false };
        let facts = self.world.program.facts(self.f.file);
        let method = facts.call(id).callee_name(facts).and_then(|name| self.world.program.catalog.method(ty, name));
        method.is_some_and(|method| method.role == Role::Borrow)
    }

    fn awaited(&mut self, value: &Value, span: Span, states: Vec<State>) -> Outcome {
        let mut outcome = Outcome::default();
        for state in states {
            let quiet = match value {
                Value::Call(id) if self.opens(*id) => true,
                Value::Call(id) if self.swallows(*id) => true,
                Value::Call(id) => !matches!(self.effect(&state, *id), Effect::None) || self.never_throws(*id),
                _ => false,
            };
            if !quiet && !self.is_rust() {
                outcome.leave(Leave::Throw, state.clone(), span);
            }
            merge(&mut outcome.normal, vec![state]);
        }
        outcome
    }

    pub fn is_rust(&self) -> bool {
        self.language == Language::Rust
    }

    fn bind(&mut self, target: &Value, value: &Value, mut state: State) -> State {
        state.forget(target);
        let live = matches!(state.hold, Hold::Idle | Hold::Open);
        if live && self.is_apart(value) {
            self.trace.kept = true;
            return state.with(Hold::Gone);
        }
        let alias = self.is_alias(&state, value);
        if let Value::Var(var) = target
            && self.is_own(*var)
        {
            self.bind_own(*var, target, value, alias, &mut state);
            return state;
        }
        if self.slot == Some(target) {
            state.placed = alias;
            return state;
        }
        if live && (alias || self.holds(&state, value) || self.is_view(&state, value)) {
            self.trace.kept = true;
            return state.with(Hold::Gone);
        }
        state
    }

    fn bind_own(&mut self, var: VarRef, target: &Value, value: &Value, alias: bool, state: &mut State) {
        let live = matches!(state.hold, Hold::Idle | Hold::Open);
        if alias {
            return state.bind(var);
        }
        if self.is_whole(value) {
            return;
        }
        let held = state.aliases.contains(&var);
        // Shadowing and rebinding do not drop in Rust.
        if !self.is_rust() {
            state.aliases.retain(|known| *known != var);
        }
        let emptied = held && state.aliases.is_empty() && value.is_null();
        if live && (self.holds(state, value) || self.is_its_release(state, value) || emptied) {
            self.trace.kept = true;
            state.hold = Hold::Gone;
        }
        let truth = match value {
            Value::Literal(Literal::Bool(flag)) => *flag,
            Value::Literal(Literal::Null) => false,
            Value::Call(id) if self.makes_object(*id) => true,
            _ => return,
        };
        if self.keys.contains_key(&place_key(target)) {
            state.learn(place_key(target), truth);
        }
    }

    /// The call's result is surely there.
    fn makes_object(&self, id: CallId) -> bool {
        let target = self.world.graph.target(CallRef { file: self.f.file, id });
        target.is_some_and(|target| target.class.is_some() || target.gives.is_some_and(|given| given.how == How::Built))
    }

    /// `done ? work.commit : work.rollback`: whoever has it may call it.
    fn is_its_release(&self, state: &State, value: &Value) -> bool {
        match value {
            Value::Member(..) => self.is_releasing_function(state, value),
            Value::Choice(values, _) => values.iter().any(|value| self.is_its_release(state, value)),
            _ => false,
        }
    }

    /// A variable of this activation.
    fn is_own(&self, var: VarRef) -> bool {
        let local = self.world.program.facts(self.f.file).local(var);
        (var.function != FnId::TOP || self.f.id == FnId::TOP)
            && local.kind != LocalKind::Static
            && inside(self.world.program, self.f, var.function)
    }

    fn returned(&mut self, value: Option<&Value>, span: Span, states: Vec<State>) -> Outcome {
        let mut outcome = Outcome::default();
        for state in states {
            let live = matches!(state.hold, Hold::Idle | Hold::Open);
            let itself = value.is_some_and(|value| self.is_alias(&state, value));
            let leaves = value.is_some_and(|value| itself || self.holds(&state, value) || self.is_view(&state, value));
            if live && leaves {
                self.trace.returned |= itself;
                match value.filter(|_| !itself).and_then(|value| self.bundle_of(&state, value)) {
                    Some(bundle) => self.trace.note_bundle(bundle),
                    None => self.trace.kept |= !itself,
                }
                outcome.leave(Leave::Return, state.with(Hold::Gone), span);
            } else {
                self.trace.returned_other |= value.is_some_and(|value| !itself && !is_nothing(value));
                outcome.leave(Leave::Return, state, span);
            }
        }
        outcome
    }

    /// What is yielded is lent; the consumer's error comes back here. Whoever goes through a generator that has had it
    /// from its beginning may stop at any piece.
    fn yielded(&mut self, value: Option<&Value>, span: Span, states: Vec<State>) -> Outcome {
        let mut outcome = Outcome::default();
        for state in states {
            let lent = value.is_some_and(|value| self.holds(&state, value) || self.is_made_of(&state, value));
            if (lent || self.given.is_some()) && self.language == Language::Python && self.hears_of_errors() {
                // By then the consumer has used it.
                let hold = if state.hold == Hold::Idle { Hold::Open } else { state.hold };
                outcome.leave(Leave::Throw, state.with(hold), span);
            }
            self.trace.used |= lent;
            if !lent && state.hold == Hold::Open {
                self.trace.yields.get_or_insert(span);
            }
            self.trace.lent |= lent && matches!(state.hold, Hold::Idle | Hold::Open);
            let hold = match (lent, state.hold) {
                (true, Hold::Idle | Hold::Open) if self.language == Language::Script => Hold::Gone,
                (true, Hold::Idle) => Hold::Open,
                (_, hold) => hold,
            };
            merge(&mut outcome.normal, vec![state.with(hold)]);
        }
        outcome
    }

    /// Whoever runs the generator throws the consumer's error into it. Of a decorator of an unknown library nobody
    /// knows.
    fn hears_of_errors(&self) -> bool {
        let program = self.world.program;
        let facts = program.facts(self.f.file);
        let resumes = |row: &Row| row.kind == RowKind::Decorator && program.catalog.decorator(*row).resumes;
        let unknown = |id: &CallId| {
            let callee = &facts.call(*id).callee;
            let Value::Var(var) = callee.root() else { return false };
            let LocalKind::Import(import) = facts.local(*var).kind else { return false };
            let own = matches!(program.eval(self.f, callee), Ty::Fn(_) | Ty::Class(_) | Ty::Instance(_));
            !own && program.catalog.packages(facts.language, &facts.import(import).module).next().is_none()
        };
        let goes_on = |id: &CallId| {
            let target = self.world.graph.target(CallRef { file: self.f.file, id: *id });
            target.is_some_and(|target| target.rows.iter().any(resumes)) || unknown(id)
        };
        !program.function(self.f).decorators.iter().any(goes_on)
    }
}

/// An error that leaves a callback ends the process.
pub(crate) fn uncaught(mut outcome: Outcome) -> Outcome {
    outcome.take(Leave::Throw);
    outcome
}

fn leave_all(states: Vec<State>, leave: Leave, span: Span) -> Outcome {
    let mut outcome = Outcome::default();
    states.into_iter().for_each(|state| outcome.leave(leave, state, span));
    outcome
}
