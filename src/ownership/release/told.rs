//! What a condition tells of the resource of a walk: whether it speaks of it, and whether it says that it is closed.
//!
//! Knows no library by name, and not what follows from it.

use super::model::Walk;
use super::names;
use super::state::State;
use crate::facts::{Pred, Value};

impl Walk<'_, '_, '_> {
    /// The condition says something about whether the resource itself is still open.
    pub fn tells_of_state(&self, state: &State, pred: &Pred) -> bool {
        match pred {
            Pred::Not(inner) => self.tells_of_state(state, inner),
            Pred::And(all) | Pred::Or(all) => all.iter().any(|inner| self.tells_of_state(state, inner)),
            Pred::Truthy(value) | Pred::Null(value) | Pred::Eq(value, _) | Pred::Same(value, _) => {
                let own =
                    || self.path_from(state, value).is_some_and(|(_, own)| own || matches!(value, Value::Call(_)));
                !self.is_from_server(value) && own()
            }
            Pred::Opaque(values) => {
                values.iter().any(|value| !self.is_from_server(value) && self.path_from(state, value).is_some())
            }
            _ => false,
        }
    }

    /// The server is asked, and not the resource: `await client.is_user_authorized()`.
    fn is_from_server(&self, value: &Value) -> bool {
        let Value::Call(id) = value else { return false };
        let facts = self.world.program.facts(self.f.file);
        let data = facts.call(*id);
        data.awaited && data.callee_name(facts).and_then(names::tells_open).is_none()
    }

    /// Under the condition the resource has been closed by someone else.
    pub fn says_closed(&self, state: &State, pred: &Pred, truth: bool) -> bool {
        match pred {
            Pred::Not(inner) => self.says_closed(state, inner, !truth),
            Pred::And(all) if truth => all.iter().any(|inner| self.says_closed(state, inner, true)),
            Pred::Or(all) if !truth => all.iter().any(|inner| self.says_closed(state, inner, false)),
            Pred::Truthy(value) => {
                let name = self
                    .path_from(state, value)
                    .filter(|(_, own)| *own || matches!(value, Value::Call(_)))
                    .map(|(path, _)| path);
                let told = name.and_then(|name| names::tells_open(&name)).is_some_and(|open| open != truth);
                told || !truth && self.is_from_opening(state, value)
            }
            _ => false,
        }
    }

    /// What opening the resource gave: `opened = await kept.connect()`.
    fn is_from_opening(&self, state: &State, value: &Value) -> bool {
        let bound = match value {
            Value::Var(var) => match self.world.program.bound(self.f.file, *var) {
                [only] => only.value,
                _ => return false,
            },
            other => other,
        };
        let Value::Call(id) = bound else { return false };
        match &self.world.program.facts(self.f.file).call(*id).callee {
            Value::Member(base, name) => names::opens(name) && self.is_alias(state, base),
            _ => false,
        }
    }

    /// What gives the resource out under its own name has one, as long as it is held.
    pub fn is_there(&self, state: &State, pred: &Pred) -> Option<bool> {
        let its = |value| self.path_from(state, value).is_some_and(|(path, own)| !own && self.is_its_name(&path));
        match pred {
            Pred::Not(inner) => self.is_there(state, inner).map(|there| !there),
            Pred::Truthy(value) if its(value) => Some(true),
            Pred::Null(value) if its(value) => Some(false),
            _ => None,
        }
    }
}
