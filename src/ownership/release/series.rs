//! What gives one thing after the other and is over with the last: a stream of rows.
//!
//! Says after which loops, branches and arms nothing is held any more. Knows no library by name.

use super::model::Walk;
use super::state::{Hold, Outcome, State, merge, presence};
use crate::catalog::schema::Role;
use crate::catalog::words::values::PRESERVING;
use crate::facts::walk::nodes;
use crate::facts::{Arm, Block, Call, CallId, LoopKind, Node, Pattern, Pred, Value};

impl Walk<'_, '_, '_> {
    /// The element of the value is one of the things, and not the resource: of a variable that holds it.
    pub(crate) fn gives_one(&self, value: &Value) -> bool {
        matches!(value, Value::Var(_)) && self.resource.is_series(self.world.program)
    }

    /// The states after a loop: of one over the resource, its last turn is the end of it.
    pub(crate) fn gone_through(&mut self, each: Option<&Value>, mut outcome: Outcome, after: Vec<State>) -> Outcome {
        for mut state in after {
            if each.is_some_and(|each| self.is_alias(&state, each)) && self.resource.is_series(self.world.program) {
                state.hold = Hold::Released;
            }
            merge(&mut outcome.normal, vec![state]);
        }
        outcome
    }

    /// On this side of the condition the next thing was asked for, and there was none.
    pub(crate) fn says_over(&self, state: &State, pred: &Pred, side: bool) -> bool {
        match pred {
            Pred::Not(inner) => self.says_over(state, inner, !side),
            atom => presence(atom).is_some_and(|(value, there)| there != side && self.is_next(state, value)),
        }
    }

    /// The states in an arm: that for no next thing is the end.
    pub(crate) fn chosen(&self, subject: &Value, pattern: &Pattern, mut states: Vec<State>) -> Vec<State> {
        let none = matches!(pattern, Pattern::Name(name) if name.rsplit('.').next() == Some("None"));
        for state in states.iter_mut().filter(|state| none && self.is_next(state, subject)) {
            state.hold = Hold::Released;
        }
        states
    }

    /// Whenever the function asks for the next thing, it is in sight whether there was one.
    pub(crate) fn is_followed(&self) -> bool {
        if !self.resource.is_series(self.world.program) {
            return true;
        }
        let mut asked = Vec::new();
        self.asked_in(&self.world.program.function(self.f).body, &mut asked);
        let calls = self.world.program.facts(self.f.file).calls.iter().enumerate();
        let nexts = calls.filter(|(_, call)| self.next_of(call).is_some_and(|base| self.is_ever(base)));
        nexts.into_iter().all(|(id, _)| asked.contains(&CallId(id as u32)))
    }

    /// The calls of which a condition, a match or the head of a loop says whether they gave something.
    fn asked_in(&self, block: &Block, asked: &mut Vec<CallId>) {
        for node in nodes(block) {
            match node {
                Node::Branch { pred, .. } => asked.extend(self.asked_by(pred)),
                Node::Match { subject, arms, .. } if arms.iter().all(tells) => asked.extend(self.call_behind(subject)),
                Node::Loop { kind: LoopKind::Receive, each: Some(each), body, .. } => {
                    let heads = |node: &Node| match node {
                        Node::Call(id) => self.next_of(self.world.program.facts(self.f.file).call(*id)) == Some(each),
                        _ => false,
                    };
                    asked.extend(body.iter().find(|node| heads(node)).and_then(called));
                }
                _ => {}
            }
        }
    }

    fn asked_by(&self, pred: &Pred) -> Option<CallId> {
        match pred {
            Pred::Not(inner) => self.asked_by(inner),
            atom => presence(atom).and_then(|(value, _)| self.call_behind(value)),
        }
    }

    /// The value is what the resource gave next.
    fn is_next(&self, state: &State, value: &Value) -> bool {
        let call = self.call_behind(value).map(|id| self.world.program.facts(self.f.file).call(id));
        call.and_then(|call| self.next_of(call)).is_some_and(|base| self.is_alias(state, base))
    }

    /// What the call asks for its next thing.
    fn next_of<'c>(&self, call: &'c Call) -> Option<&'c Value> {
        match &call.callee {
            Value::Member(base, name) if self.resource.has_role(self.world.program, name, Role::Next) => Some(base),
            _ => None,
        }
    }

    /// The one call that the value, or the variable, is of, or of whose answer the value takes the content.
    fn call_behind(&self, value: &Value) -> Option<CallId> {
        let bound = match value {
            Value::Var(var) => self.world.program.bound(self.f.file, *var),
            _ => &[],
        };
        let mut id = match (value, bound) {
            (Value::Call(id), _) => *id,
            (_, [only]) if let Value::Call(id) = only.value => *id,
            _ => return None,
        };
        while let Value::Member(base, name) = &self.world.program.facts(self.f.file).call(id).callee
            && let Value::Call(inner) = **base
            && PRESERVING.contains(&name.as_str())
        {
            id = inner;
        }
        Some(id)
    }
}

/// The arm is for something, for nothing or for both.
fn tells(arm: &Arm) -> bool {
    match &arm.pattern {
        Pattern::Name(name) => matches!(name.rsplit('.').next(), Some("Some" | "None")),
        pattern => *pattern == Pattern::Any,
    }
}

fn called(node: &Node) -> Option<CallId> {
    match node {
        Node::Call(id) => Some(*id),
        _ => None,
    }
}
