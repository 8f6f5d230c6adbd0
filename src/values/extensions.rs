//! Methods that a project adds to results: `connection.or_fail(Kind::Store)` over `self.map_err(…)`.
//!
//! What such a method gives is what is in the result. Rust only; knows no library.

use crate::catalog::words::values::PRESERVING;
use crate::catalog::words::values::RECEIVER_KEEPING;
use crate::facts::returned;
use crate::facts::trail::Trail;
use crate::facts::{ClassKind, Value};
use crate::program::FnRef;
use crate::values::Program;

impl Program<'_> {
    /// Each method of the name that the project adds to results gives on what is in them.
    pub(crate) fn is_passed_on(&self, name: &str) -> bool {
        self.of_results.get(name).is_some_and(|added| added.iter().all(|f| self.gives_itself(*f)))
    }

    pub(crate) fn adds_to_results(&self, f: FnRef) -> bool {
        let block = self.function(f).class.map(|class| self.facts(f.file).class(class));
        self.semantics(f.file).wraps
            && block.is_some_and(|block| {
                let of_result = matches!(block.name.as_str(), "Result" | "Option");
                of_result && block.kind == ClassKind::Impl && !block.implements.is_empty()
            })
    }

    fn gives_itself(&self, f: FnRef) -> bool {
        let mut values = Vec::new();
        returned(&self.function(f).body, &mut values);
        values.into_iter().any(|value| self.is_itself(f, value, &Trail::default()))
    }

    fn is_itself(&self, f: FnRef, value: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        let next = |value: &Value| self.is_itself(f, value, &here);
        match value {
            Value::This => true,
            Value::Element(base) => next(base),
            Value::Choice(values, _) => values.iter().any(next),
            Value::Var(var) => matches!(self.bound(f.file, *var), [only] if next(only.value)),
            Value::Call(id) => match &self.facts(f.file).call(*id).callee {
                Value::Member(base, name) => {
                    (PRESERVING.contains(&name.as_str()) || RECEIVER_KEEPING.contains(&name.as_str())) && next(base)
                }
                _ => false,
            },
            _ => false,
        }
    }
}
