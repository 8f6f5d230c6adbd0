//! How the states pass through branches, loops, handlers, scopes and closures.
//!
//! The region half of a walk; single nodes stand in `walk`. Knows no call's meaning and no library.

use super::model::{Effect, Walk};
use super::state::{Exit, Hold, Leave, Outcome, State, merge};
use crate::catalog::schema::Kind;
use crate::catalog::words::release::SCOPE_NAMES;
use crate::catalog::{Row, RowKind};
use crate::facts::{
    Arm, BinaryOp, Block, Call, CallId, FnId, Handler, LocalKind, LoopKind, Node, Pattern, Pred, Value, VarRef,
};
use crate::program::CallRef;

/// `task.cancel()`, and then `try: await task` with a handler for just that: nothing else comes out of the task.
fn is_end_of_task(body: &Block, handlers: &[Handler]) -> bool {
    let name =
        |handler: &Handler| handler.caught.as_ref().and_then(|ty| ty.name.rsplit('.').next().map(str::to_string));
    matches!(body.as_slice(), [Node::Await { value: Value::Var(_) | Value::Member(..), .. }])
        && handlers.iter().any(|handler| name(handler).as_deref() == Some("CancelledError"))
}

impl Walk<'_, '_, '_> {
    /// Some call in the block releases the resource.
    fn block_releases(&self, state: &State, block: &Block) -> bool {
        block.iter().any(|node| match node {
            Node::Call(id) => matches!(self.effect(state, *id), Effect::Release | Effect::HandBack),
            other => other.blocks().any(|inner| self.block_releases(state, inner)),
        })
    }

    pub(crate) fn branch(&mut self, pred: &Pred, then: &Block, otherwise: &Block, states: Vec<State>) -> Outcome {
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        for state in states {
            let there = self.is_there(&state, pred);
            let truth = there.or_else(|| {
                state.truth(pred, &|state, atom| {
                    self.named_in_locals(state, atom).or_else(|| self.answered(state, atom))
                })
            });
            let keys = &self.keys;
            let wanted = |key: &str| keys.get(key).is_some_and(|count| *count > 1);
            let truth = truth.or_else(|| self.guarded_release(&state, pred, then, otherwise));
            for (branch, side) in [(&mut yes, true), (&mut no, false)] {
                if truth != Some(!side) {
                    let live = matches!(state.hold, Hold::Idle | Hold::Open);
                    let mut state = state.clone();
                    if live && self.says_closed(&state, pred, side) {
                        state.hold = Hold::Gone;
                    }
                    if self.says_over(&state, pred, side) {
                        state.hold = Hold::Released;
                    }
                    state.assume(pred, side, &wanted);
                    merge(branch, vec![state]);
                }
            }
        }
        let mut outcome = if yes.is_empty() { Outcome::default() } else { self.block(then, yes) };
        if !no.is_empty() {
            let other = self.block(otherwise, no);
            outcome.absorb(other);
        }
        outcome
    }

    /// `if (c && !c.isReleased) c.release()`: a question to the resource itself is taken to be right.
    fn guarded_release(&self, state: &State, pred: &Pred, then: &Block, otherwise: &Block) -> Option<bool> {
        let tells = self.tells_of_state(state, pred) || self.tells_whose(state, pred) || self.asks_outside(pred);
        if self.hands_to_asked(state, pred, then) {
            return Some(true);
        }
        if !matches!(state.hold, Hold::Idle | Hold::Open) || !tells {
            return None;
        }
        match (self.block_releases(state, then), self.block_releases(state, otherwise)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// A flag that something was worked out or compared for, beside a variable that holds what was given or else the
    /// resource.
    fn tells_whose(&self, state: &State, pred: &Pred) -> bool {
        let Pred::Truthy(Value::Var(flag)) = pred else { return false };
        let bound = |var| self.world.program.bound(self.f.file, var);
        let is_asked = |value: &Value| match value {
            Value::Unknown => true,
            Value::Binary(op, ..) => {
                matches!(op, BinaryOp::Same | BinaryOp::Differs | BinaryOp::In | BinaryOp::Other)
            }
            _ => false,
        };
        let worked_out = matches!(bound(*flag), [only] if is_asked(only.value));
        let either = |value: &Value| matches!(value, Value::Choice(values, _) if values.len() > 1);
        let given = |var| self.world.program.facts(self.f.file).local(var).kind == LocalKind::Param;
        let may_be_given = |alias: VarRef| given(alias) || bound(alias).iter().any(|one| either(one.value));
        worked_out && state.aliases.iter().any(|alias| may_be_given(*alias))
    }

    /// `"conn" in locals()`: the variable has been bound on this path.
    fn named_in_locals(&self, state: &State, atom: &Pred) -> Option<bool> {
        let Pred::Has(Value::Call(id), name) = atom else { return None };
        let facts = self.world.program.facts(self.f.file);
        let callee = facts.call(*id).callee_name(facts)?;
        if !SCOPE_NAMES.contains(&callee) {
            return None;
        }
        let name = name.as_str()?;
        let ours = self.ever.iter().any(|var| facts.local(*var).name == name);
        ours.then_some(state.hold != Hold::Unopened)
    }

    pub(crate) fn arms(&mut self, subject: &Value, arms: &[Arm], states: Vec<State>) -> Outcome {
        let mut outcome = Outcome::default();
        let total = arms.iter().any(|arm| matches!(arm.pattern, Pattern::Any));
        if !total {
            outcome.normal = states.clone();
        }
        for arm in arms {
            let states = self.chosen(subject, &arm.pattern, states.clone());
            let other = self.block(&arm.body, states);
            outcome.absorb(other);
        }
        outcome
    }

    /// `async for connection in connect(…)`: what is iterated where it is made opens and closes one for each iteration.
    pub(crate) fn given_to_loop(&mut self, each: Option<&Value>, states: Vec<State>) -> Vec<State> {
        let iterated = matches!(each, Some(Value::Call(id)) if self.is_acquisition(*id))
            || each.is_some_and(|each| self.is_whole(each));
        if !iterated || self.is_rust() {
            return states;
        }
        states.into_iter().map(|state| self.apply(state, &Effect::HandBack)).collect()
    }

    /// How the loop is left from within, and the states after its last turn.
    pub(crate) fn turns(&mut self, kind: LoopKind, body: &Block, states: Vec<State>) -> (Outcome, Vec<State>) {
        let mut heads = states;
        let mut outcome = Outcome::default();
        loop {
            let before = heads.len();
            self.loops += 1;
            let mut turn = self.block(body, heads.clone());
            self.loops -= 1;
            let again = turn.take(Leave::Continue).into_iter().map(|exit| exit.state).collect();
            merge(&mut heads, std::mem::take(&mut turn.normal));
            merge(&mut heads, again);
            let left = turn.take(Leave::Break).into_iter().map(|exit| exit.state).collect();
            merge(&mut outcome.normal, left);
            outcome.absorb_exits(turn.exits);
            if heads.len() == before || self.trace.gave_up {
                break;
            }
        }
        (outcome, if kind == LoopKind::Endless { Vec::new() } else { heads })
    }

    pub(crate) fn attempt(
        &mut self,
        body: &Block,
        handlers: &[Handler],
        finally: &Block,
        states: Vec<State>,
    ) -> Outcome {
        let mut tried = self.block(body, states);
        let thrown = tried.take(Leave::Throw);
        let mut outcome = tried;
        if !handlers.is_empty() && !thrown.is_empty() {
            let mut caught = Vec::new();
            thrown.iter().for_each(|exit| merge(&mut caught, vec![exit.state.caught_at(exit.span)]));
            for handler in handlers {
                let handled = self.block(&handler.body, caught.clone());
                outcome.absorb(handled);
            }
        }
        if !handlers.iter().any(Handler::catches_all) && !is_end_of_task(body, handlers) {
            outcome.absorb_exits(thrown);
        }
        if finally.is_empty() { outcome } else { self.finish(finally, outcome) }
    }

    /// Runs the closing block on every way out.
    fn finish(&mut self, finally: &Block, before: Outcome) -> Outcome {
        let mut outcome = Outcome::default();
        if !before.normal.is_empty() {
            outcome = self.block(finally, before.normal);
        }
        for Exit { leave, state, span } in before.exits {
            let after = self.block(finally, vec![state]);
            for state in after.normal {
                outcome.leave(leave, state, span);
            }
            outcome.absorb_exits(after.exits);
        }
        outcome
    }

    pub(crate) fn scope(
        &mut self,
        resource: &Value,
        bound: Option<&Value>,
        body: &Block,
        states: Vec<State>,
    ) -> Outcome {
        let (mut owned, mut other) = (Vec::new(), Vec::new());
        for mut state in states {
            let ours = self.is_alias(&state, resource);
            match bound {
                Some(Value::Var(var)) if ours => state.bind(*var),
                Some(Value::Var(var)) => state.aliases.retain(|known| known != var),
                _ => {}
            }
            let live = matches!(state.hold, Hold::Idle | Hold::Open);
            let direct = self.resource.acquired && matches!(resource, Value::Call(id) if self.is_acquisition(*id));
            let ends = ours && !self.is_kept_by_with() && (direct || self.ends_with_scope());
            let released = live && (ends || self.is_closing(&state, resource));
            if released { owned.push(state) } else { other.push(state) }
        }
        let mut outcome = if other.is_empty() { Outcome::default() } else { self.block(body, other) };
        if !owned.is_empty() {
            self.trace.released = true;
            let inner = self.block(body, owned);
            outcome.absorb(released(inner));
        }
        self.swallow(resource, &mut outcome);
        outcome
    }

    /// `with suppress(…)`: an error ends the block and nothing else.
    fn swallow(&self, resource: &Value, outcome: &mut Outcome) {
        let Value::Call(id) = resource else { return };
        let facts = self.world.program.facts(self.f.file);
        if facts.call(*id).callee_name(facts) == Some("suppress") {
            let swallowed =
                outcome.exits.iter().filter(|exit| exit.leave == Leave::Throw).map(|exit| exit.state.clone()).collect();
            merge(&mut outcome.normal, swallowed);
        }
    }

    /// The closure is given to a timer.
    fn is_timed(&self, function: FnId) -> bool {
        let facts = self.world.program.facts(self.f.file);
        let given = |call: &Call| call.args.iter().any(|arg| arg.value == Value::Closure(function));
        let timer =
            |row: &Row| row.kind == RowKind::Opener && self.world.program.catalog.opener(*row).kind == Kind::Timer;
        let mut takers = facts.calls.iter().enumerate().filter(|(_, call)| given(call));
        takers.any(|(id, _)| {
            let call = CallRef { file: self.f.file, id: CallId(id as u32) };
            self.world.graph.target(call).is_some_and(|target| target.rows.iter().any(timer))
        })
    }

    pub(crate) fn closure(&mut self, function: FnId, inline: bool, states: Vec<State>) -> Outcome {
        if inline {
            let body = &self.world.program.facts(self.f.file).function(function).body;
            // What it returns otherwise is no result of the function around it.
            let other = self.trace.returned_other;
            let mut outcome = self.block(body, states);
            self.trace.returned_other = other;
            let ended = outcome.take(Leave::Return).into_iter().map(|exit| exit.state).collect();
            merge(&mut outcome.normal, ended);
            return outcome;
        }
        if self.follows(function) {
            return self.follow(function, states);
        }
        let effect = match self.moves_in(function) {
            true => Effect::HandBack,
            false if self.awaits_failure(function) || self.is_given_beside(function) => Effect::None,
            false => self.closure_effect(function),
        };
        self.trace.deferred |= effect == Effect::HandBack && self.is_timed(function);
        self.each(states, |walk, state| walk.apply(state, &effect))
    }
}

fn released(mut outcome: Outcome) -> Outcome {
    let exits = outcome.exits.iter_mut().map(|exit| &mut exit.state);
    for state in outcome.normal.iter_mut().chain(exits) {
        if matches!(state.hold, Hold::Idle | Hold::Open) {
            state.hold = Hold::Released;
        }
    }
    outcome
}
