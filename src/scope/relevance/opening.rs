//! Files whose only sign is that effects come to them: helpers that listen to something, and what hooks hand out.
//!
//! Knows no library.

use rustc_hash::FxHashSet;

use super::Climb;
use crate::facts::{FnId, Value, returned};

impl Climb<'_> {
    /// Files of helpers that listen to something for effects, with the objects that they listen to and those who call
    /// them; and files that take functions out of hooks.
    pub(super) fn opening(&self) -> FxHashSet<usize> {
        let openers = self.mark(&self.seeds.openers);
        let emits = |at: usize| self.seeds.emits_in(&self.contents[at].scan);
        let effects: Vec<usize> = (0..self.contents.len()).filter(|at| self.has_mounts[*at]).collect();
        let ends = self.mark(&self.seeds.ends);
        let listens = |at: usize| openers[at] && (ends[at] || emits(at) || self.sources_of(at).any(emits));
        let helpers: FxHashSet<usize> = effects
            .iter()
            .flat_map(|at| self.sources_of(*at))
            .filter(|at| listens(*at) && !self.is_test(*at))
            .collect();
        let calls = |at: &usize| openers[*at] || self.sources_of(*at).any(|source| helpers.contains(&source));
        let listening: Vec<usize> = effects.into_iter().filter(calls).chain(helpers.iter().copied()).collect();
        let sources = listening.iter().flat_map(|at| self.sources_of(*at)).filter(|at| emits(*at));
        let handing = (0..self.contents.len()).filter(|at| openers[*at] && self.hands_out(*at));
        let homes = handing.flat_map(|at| self.neighbours.homes(at));
        let taking = homes.flat_map(|home| self.neighbours.importing(home));
        listening.iter().copied().chain(sources).chain(taking).collect()
    }

    /// A lowered file has a hook that gives functions or what holds some.
    fn hands_out(&self, at: usize) -> bool {
        let Some(facts) = &self.lowered[at] else { return false };
        let gives = |id: FnId| {
            let mut values = Vec::new();
            returned(&facts.function(id).body, &mut values);
            values.into_iter().any(|value| matches!(value, Value::Record { .. } | Value::List(_) | Value::Closure(_)))
        };
        let hook = |id: &FnId| {
            let rest = facts.function(*id).name.as_deref().and_then(|name| name.strip_prefix("use"));
            rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        };
        facts.function_ids().filter(hook).any(gives)
    }
}
