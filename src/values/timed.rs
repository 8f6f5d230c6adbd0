//! Guards of time: what is done when the last time is long enough ago, which is then noted.
//!
//! `if (Date.now() - last > ttl) { client = connect(); last = Date.now(); }` runs once in a while, however
//! often it is asked. Knows no library by name.

use super::flow::mentions;
use crate::catalog::words::values::CLOCKS;
use crate::facts::{CallId, Pred, Value};
use crate::program::FnRef;
use crate::program::index::Bound;
use crate::values::Program;

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

    /// `if self.is_old():` a method of the same object compares.
    fn answered_places(&self, f: FnRef, id: CallId, places: &mut Vec<&'a Value>) {
        let Value::Member(base, name) = &self.facts(f.file).call(id).callee else { return };
        let class = self.class_around(f).filter(|_| matches!(**base, Value::This));
        let Some(method) = class.and_then(|class| self.find_method(class, name)) else { return };
        let answers = self.given_by(method);
        for answer in answers.into_iter().filter(|answer| self.asks_time(method, answer)) {
            self.operands(method, answer, places);
        }
        places.retain(|place| matches!(place, Value::Member(base, _) if matches!(**base, Value::This)));
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
            Value::Choice(values) => values.iter().for_each(|value| self.operands(f, value, found)),
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
