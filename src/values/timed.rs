//! Guards of time: what is done when the last time is long enough ago, which is then noted.
//!
//! `if (Date.now() - last > ttl) { client = connect(); last = Date.now(); }` runs once in a while, however
//! often it is asked. Knows no library by name.

use super::flow::mentions;
use crate::catalog::words::values::CLOCKS;
use crate::facts::{CallId, FnId, Pred, Value};
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::passing::passed;

impl<'a> Program<'a> {
    /// The places that a comparison with the clock reads.
    pub(crate) fn timed_places(&self, f: FnRef, atom: &'a Pred) -> Vec<&'a Value> {
        let mut places = Vec::new();
        match atom {
            Pred::Opaque(values) if values.iter().any(|value| self.asks_time(f, value)) => {
                values.iter().for_each(|value| self.operands(f, value, &mut places));
            }
            Pred::Truthy(Value::Call(id)) => self.answered_places(f, *id, &mut places),
            _ => {}
        }
        places
    }

    fn asks_time(&self, f: FnRef, value: &'a Value) -> bool {
        mentions(self, f.file, value, &mut |inner| self.is_time(f, inner))
    }

    /// `if self.is_old():` a method of the same object compares; `if (isFresh(kept))`: a function does, with what it is
    /// given or with what its module keeps.
    fn answered_places(&self, f: FnRef, id: CallId, places: &mut Vec<&'a Value>) {
        let callee = &self.facts(f.file).call(id).callee;
        let own = match callee {
            Value::Member(base, name) if **base == Value::This => {
                self.class_around(f).and_then(|class| self.find_method(class, name))
            }
            _ => None,
        };
        let Some(answering) = own.or_else(|| self.function_behind(f, callee)) else { return };
        let mut compared = Vec::new();
        let answers = self.given_by(answering);
        for answer in answers.into_iter().filter(|answer| self.asks_time(answering, answer)) {
            self.operands(answering, answer, &mut compared);
        }
        let call = CallRef { file: f.file, id };
        places.extend(
            compared.into_iter().filter_map(|place| self.seen_by_caller(call, answering, own.is_some(), place)),
        );
    }

    fn function_behind(&self, f: FnRef, callee: &'a Value) -> Option<FnRef> {
        match self.eval(f, callee) {
            Ty::Fn(function) => Some(function),
            _ => None,
        }
    }

    /// What a place of a function is where it is called: the argument of a parameter, a variable of the same module, a
    /// field of the same object.
    fn seen_by_caller(&self, call: CallRef, function: FnRef, same_object: bool, place: &'a Value) -> Option<&'a Value> {
        match place.root() {
            Value::This => {
                (same_object && matches!(place, Value::Member(base, _) if **base == Value::This)).then_some(place)
            }
            Value::Var(var) if var.function == FnId::TOP => (function.file == call.file).then_some(place),
            Value::Var(var) if var.function == function.id => {
                let index = self.function(function).params.iter().position(|param| param.local == var.local)?;
                passed(self, call, function, index)
            }
            _ => None,
        }
    }

    /// The clock's answer, or a variable that holds one.
    fn is_time(&self, f: FnRef, value: &Value) -> bool {
        match value {
            Value::Call(id) => self.reads_clock(f, *id),
            Value::Var(var) => {
                let read = |value: &Value| matches!(value, Value::Call(id) if self.reads_clock(f, *id));
                match self.bound(f.file, *var) {
                    [only] => mentions(self, f.file, only.value, &mut |inner| read(inner)),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn reads_clock(&self, f: FnRef, id: CallId) -> bool {
        let facts = self.facts(f.file);
        facts.call(id).callee_name(facts).is_some_and(|name| CLOCKS.contains(&name))
    }

    /// The places in a sum or difference; `last.elapsed()` asks what was noted.
    fn operands(&self, f: FnRef, value: &'a Value, found: &mut Vec<&'a Value>) {
        match value {
            Value::Binary(_, left, right) => {
                self.operands(f, left, found);
                self.operands(f, right, found);
            }
            Value::Choice(values, _) => values.iter().for_each(|value| self.operands(f, value, found)),
            Value::Call(id) => {
                if let Value::Member(base, _) = &self.facts(f.file).call(*id).callee {
                    found.push(base);
                }
            }
            // `age = now() - noted`
            Value::Var(var) => match self.bound(f.file, *var) {
                [Bound { value: Value::Binary(_, left, right), .. }] => found.extend([&**left, &**right]),
                _ => found.push(value),
            },
            other => found.push(other),
        }
    }
}
