//! Whether a value is the very result of an opener, and nothing else.
//!
//! [`Handle`](super::model::Handle) counts each place that may hold the result; here all that a place ever holds must
//! be it. Knows no library.

use super::model::Event;
use super::{Effects, Open};
use crate::catalog::schema::Gives;
use crate::catalog::words::effects::LIST_STORES;
use crate::facts::trail::Trail;
use crate::facts::walk::around_call;
use crate::facts::{Block, CallId, Node, Pred, Value};
use crate::program::CallRef;
use crate::program::index::Bound;
use crate::values::conditions::record_key;

pub(crate) fn is_result<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, file: u32, value: &Value) -> bool {
    Results { effects, open }.holds(file, value, &Trail::default())
}

/// It stands under a test of what the opener gives, which is nothing.
pub(crate) fn never_runs<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let nothing = open.opener.gives == Gives::Nothing;
    let Some(call) = event.call.filter(|_| nothing) else { return false };
    let results = Results { effects, open };
    let body = &effects.program.function(event.from).body;
    is_under(body, call.id, &|pred| results.is_tested(event.from.file, pred))
}

struct Results<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    open: &'e Open<'a>,
}

impl<'a> Results<'_, 'a> {
    fn holds(&self, file: u32, value: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        match value {
            Value::Call(id) => CallRef { file, id: *id } == self.open.call,
            Value::Var(var) if !self.effects.is_param(file, *var) => {
                self.all(file, self.effects.program.bound(file, *var).iter().map(|bound| bound.value), &here)
            }
            Value::Member(base, name) if **base == Value::This => {
                let bounds = self.effects.program.index[file as usize].fields.get(name.as_str());
                self.all(file, bounds.into_iter().flatten().map(|bound| bound.value), &here)
            }
            Value::Member(base, name) => {
                let cell = self.effects.key(file, base);
                let same = |other: &Value| cell.is_some() && self.effects.key(file, other) == cell;
                let members = self.effects.program.index[file as usize].members.get(name.as_str());
                let bounds = members.into_iter().flatten().filter(|(other, _)| same(other));
                self.all(file, bounds.map(|(_, bound)| bound.value), &here)
                    || self.is_element(file, base, Some(name), &here)
            }
            other => self.is_element(file, other, None, &here),
        }
    }

    /// There are values, and all but those that empty the place are the result.
    fn all<'v>(&self, file: u32, values: impl Iterator<Item = &'v Value>, trail: &Trail) -> bool {
        let mut values = values.filter(|value| !value.is_null()).peekable();
        values.peek().is_some() && values.all(|value| self.holds(file, value, trail))
    }

    /// An element of a list, or a member of each, into which nothing else is ever put.
    fn is_element(&self, file: u32, value: &Value, member: Option<&str>, trail: &Trail) -> bool {
        let Some(list) = self.list_of(file, value).and_then(|list| self.effects.key(file, list)) else { return false };
        let facts = self.effects.program.facts(file);
        let stored = facts.calls.iter().filter_map(|data| match &data.callee {
            Value::Member(base, name) if LIST_STORES.contains(&name.as_str()) => {
                Some(data).filter(|_| self.effects.key(file, base).as_ref() == Some(&list))
            }
            _ => None,
        });
        let mut parts = stored.flat_map(|data| &data.args).map(|arg| match member {
            Some(name) => record_key(&arg.value, name),
            None => Some(&arg.value),
        });
        let mut parts = parts.by_ref().peekable();
        parts.peek().is_some() && parts.all(|part| part.is_some_and(|part| self.holds(file, part, trail)))
    }

    /// The list that a value is any element of.
    fn list_of<'v>(&'v self, file: u32, value: &'v Value) -> Option<&'v Value> {
        match value {
            Value::Element(list) => Some(list),
            Value::Var(var) if self.effects.is_param(file, *var) => self.effects.given_each(file, *var),
            Value::Var(var) => match self.effects.program.bound(file, *var) {
                [Bound { value: Value::Element(list), .. }] => Some(list),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_tested(&self, file: u32, pred: &Pred) -> bool {
        match pred {
            Pred::Truthy(value) => self.holds(file, value, &Trail::default()),
            Pred::And(all) => all.iter().any(|pred| self.is_tested(file, pred)),
            _ => false,
        }
    }
}

/// The call stands where a condition has held.
fn is_under(block: &Block, call: CallId, holds: &dyn Fn(&Pred) -> bool) -> bool {
    around_call(block, call).iter().any(|region| match region.node {
        Node::Branch { pred, then, .. } => std::ptr::eq(then, region.block) && holds(pred),
        _ => false,
    })
}
