//! Promises: what `pool.connect().then((client) => …)` gives to its function, and the functions that are given to the
//! promises of the resource's own calls.
//!
//! Each of these runs where the promise before it went well or failed. Knows no library by name.

use super::Survey;
use super::model::{After, Link, Resource, Walk};
use super::state::{Leave, Outcome, State, merge};
use crate::facts::{Call, CallId, FnId, Value};
use crate::program::{CallRef, FnRef};

/// The call whose promise a `then` waits for.
pub fn taken_by(data: &Call) -> Option<CallId> {
    match &data.callee {
        Value::Member(base, name) if name == "then" => match **base {
            Value::Call(id) => Some(id),
            _ => None,
        },
        _ => None,
    }
}

/// The promise that a call of `then`, `catch` or `finally` goes on with.
fn goes_on(data: &Call) -> Option<(CallId, &str)> {
    match &data.callee {
        Value::Member(base, name) if matches!(name.as_str(), "then" | "catch" | "finally") => match **base {
            Value::Call(id) => Some((id, name)),
            _ => None,
        },
        _ => None,
    }
}

impl Survey<'_, '_, '_, '_> {
    /// What a `then` gives to its function: what the call before it takes out.
    pub(crate) fn promised_by(&self, data: &Call, file: u32) -> Option<(Resource, Option<FnRef>)> {
        let taken = CallRef { file, id: taken_by(data)? };
        let target = self.world.graph.target(taken)?;
        if let ([g], false) = (target.functions.as_slice(), target.by_name) {
            return self.makes.get(g).map(|resource| (*resource, Some(*g)));
        }
        let resource = Resource::of(self.world.program, self.world.classes, taken, target)?;
        Some((Resource { start: super::model::Start::Now, ..resource }, None))
    }
}

impl Walk<'_, '_, '_> {
    /// Where the function stands in the chain of a call over the resource.
    pub(crate) fn link(&self, id: FnId) -> Option<Link> {
        let handed = self.world.program.handed_to(FnRef { file: self.f.file, id })?;
        let facts = self.world.program.facts(self.f.file);
        let data = self.world.program.call(handed);
        let (mut root, name) = goes_on(data)?;
        while let Some((before, _)) = goes_on(facts.call(root)) {
            root = before;
        }
        let second = data.positional(1).is_some_and(|arg| arg.value == Value::Closure(id));
        let after = match name {
            "finally" => After::Either,
            "then" if !second => After::Success,
            _ => After::Failure,
        };
        self.is_ever(facts.call(root).callee.root()).then_some(Link { root, after })
    }

    /// What the function does where it runs; where it does not, all is as before.
    pub(crate) fn settle(&mut self, id: FnId, link: Link, states: Vec<State>) -> Outcome {
        let failed = format!("call {:?} failed", link.root);
        let span = self.world.program.facts(self.f.file).call(link.root).span;
        let mut outcome = Outcome::default();
        let mut runs = Vec::new();
        for state in states {
            for failure in
                [false, true].into_iter().filter(|failure| state.knows(&failed).is_none_or(|known| known == *failure))
            {
                let mut state = if failure { state.caught_at(span) } else { state.clone() };
                state.learn(failed.clone(), failure);
                let here = link.after == After::Either || (link.after == After::Failure) == failure;
                merge(if here { &mut runs } else { &mut outcome.normal }, vec![state]);
            }
        }
        let mut inner = self.block_of(id, runs);
        let thrown = inner.take(Leave::Throw).into_iter().map(|exit| (exit.state.caught_at(exit.span), true));
        let ended = inner.take(Leave::Return).into_iter().map(|exit| exit.state).chain(inner.normal);
        let ended = ended.map(|state| {
            let failure = link.after == After::Either && state.knows(&failed) == Some(true);
            (state, failure)
        });
        for (mut state, failure) in thrown.chain(ended) {
            state.learn(failed.clone(), failure);
            merge(&mut outcome.normal, vec![state]);
        }
        outcome
    }

    fn block_of(&mut self, id: FnId, states: Vec<State>) -> Outcome {
        let body = &self.world.program.facts(self.f.file).function(id).body;
        self.following.push(id);
        let outcome = self.block(body, states);
        self.following.pop();
        outcome
    }
}
