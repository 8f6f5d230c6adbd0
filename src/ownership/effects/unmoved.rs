//! Conditions that the end of a life leaves as they were: a handler that runs after it finds them as before.
//!
//! Of what a closure has kept since it was made, of numbers that only count, of marks that the end does not set. Knows
//! no library.

use super::Effects;
use super::assigned::{binds_of, places_set};
use super::called_off::{is_mark, is_own_cell};
use super::lifespan::home_of;
use super::model::Ends;
use crate::catalog::words::effects::LIVENESS_MARKS;
use crate::facts::{FnKind, LocalKind, Value, VarRef};
use crate::program::FnRef;

/// What a handler of the connection looks at when the end has run.
pub(crate) struct After<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    handler: FnRef,
    /// The places that the end assigns to.
    set: Vec<String>,
}

impl<'e, 'a> After<'e, 'a> {
    pub(crate) fn new(effects: &'e Effects<'e, 'a>, handler: FnRef, ends: &Ends<'a>) -> Self {
        let set = ends.functions.iter().flat_map(|f| places_set(effects, *f)).collect();
        After { effects, handler, set }
    }

    /// The value is the same as before the end.
    pub(crate) fn finds_unmoved(&self, file: u32, value: &'a Value) -> bool {
        if self.effects.key(file, value).is_none_or(|key| self.set.contains(&key)) {
            return false;
        }
        match value {
            Value::Literal(_) => true,
            Value::Var(var) => self.is_kept(file, *var) || is_mark(self.effects, file, value),
            Value::Member(cell, name) if matches!(name.as_str(), "current" | "value") => {
                is_own_cell(self.effects, file, cell) && is_mark(self.effects, file, value)
            }
            Value::Member(object, _) if **object == Value::This => self.is_settled_field(file, value),
            Value::Member(object, name) => self.is_property(file, object) && !LIVENESS_MARKS.contains(&name.as_str()),
            _ => false,
        }
    }

    /// The closure has it as it was when it was made: nothing but the function around it ever fills it.
    fn is_kept(&self, file: u32, var: VarRef) -> bool {
        let around = FnRef { file, id: var.function };
        let import = matches!(self.effects.program.facts(file).local(var).kind, LocalKind::Import(_));
        let own = self.effects.program.bound(file, var).iter().all(|bound| bound.function == var.function);
        around != self.handler && self.effects.within(around, self.handler) && own && !import
    }

    /// Set where the object is made, and otherwise to what is written there.
    fn is_settled_field(&self, file: u32, field: &'a Value) -> bool {
        let filled = self.effects.bound_to(file, field);
        let at_once = |f: FnRef| self.effects.program.function(f).kind == FnKind::Constructor;
        !filled.is_empty() && filled.iter().all(|(f, _)| at_once(*f)) || is_mark(self.effects, file, field)
    }

    /// What the component was handed for its properties or options.
    fn is_property(&self, file: u32, object: &Value) -> bool {
        match object {
            Value::Var(var) => {
                self.effects.is_param(file, *var)
                    && FnRef { file, id: var.function } == home_of(self.effects, self.handler)
                    && self.is_kept(file, *var)
            }
            _ => false,
        }
    }
}

/// The number is one more or less than it was.
pub(crate) fn counts(place: &Value, value: &Value) -> bool {
    match value {
        Value::Binary(_, left, right) => {
            let sides = [left, right];
            sides.iter().any(|side| ***side == *place)
                && sides.iter().all(|side| ***side == *place || matches!(***side, Value::Literal(_)))
        }
        _ => false,
    }
}

/// A variable has the number as it was at some time, to be compared with what it is then.
pub(crate) fn is_noted(effects: &Effects, file: u32, place: &Value) -> bool {
    let functions = effects.program.facts(file).function_ids().map(|id| FnRef { file, id });
    functions.flat_map(|f| binds_of(effects, f)).any(|(_, value)| value == place)
}
