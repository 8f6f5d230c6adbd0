//! Guards of time: what is done when the last time is long enough ago, which is then noted.
//!
//! `if (Date.now() - last > ttl) { client = connect(); last = Date.now(); }` runs once in a while, however
//! often it is asked. Knows no library by name.

use super::flow::mentions;
use super::program::{FnRef, Program};
use crate::facts::{CallId, Pred, Value};

/// Last names of calls that read a clock, and of those that say how long ago something was.
const CLOCKS: &[&str] =
    &["now", "time", "monotonic", "perf_counter", "utcnow", "getTime", "uptime", "elapsed", "duration_since"];

impl<'a> Program<'a> {
    /// The places that a comparison with the clock reads.
    pub(super) fn timed_places(&self, f: FnRef, atom: &'a Pred) -> Vec<&'a Value> {
        let mut places = Vec::new();
        if let Pred::Opaque(values) = atom
            && values.iter().any(|value| mentions(self, f.file, value, 0, &mut |inner| self.is_time(f, inner)))
        {
            values.iter().for_each(|value| self.operands(f, value, &mut places));
        }
        places
    }

    /// The clock's answer, or a variable that holds one.
    fn is_time(&self, f: FnRef, value: &Value) -> bool {
        match value {
            Value::Call(id) => self.reads_clock(f, *id),
            Value::Var(var) => {
                matches!(self.bound(f.file, *var), [only] if matches!(only.value, Value::Call(id) if self.reads_clock(f, *id)))
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
            Value::Call(id) => {
                if let Value::Member(base, _) = &self.facts(f.file).call(*id).callee {
                    found.push(base);
                }
            }
            other => found.push(other),
        }
    }
}
