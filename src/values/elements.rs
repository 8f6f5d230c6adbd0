//! What comes out of a collection that is gone through step by step.
//!
//! Knows no library by name.

use super::eval::Ty;
use crate::catalog::words::values::{ELEMENT_STEPS, PICKING_STEPS};
use crate::facts::{Call, Literal, Value};
use crate::program::FnRef;
use crate::values::Program;

impl<'a> Program<'a> {
    /// `items.iter().rev()`, `items.iter().find(|item| …)`: what a step over a collection gives.
    pub(crate) fn gone_through(&self, from: FnRef, data: &'a Call) -> Option<Ty<'a>> {
        let Value::Member(items, step) = &data.callee else { return None };
        let passes = ELEMENT_STEPS.contains(&step.as_str());
        if !passes && !PICKING_STEPS.contains(&step.as_str()) {
            return None;
        }
        let items = self.eval(from, items);
        matches!(items, Ty::List(_)).then(|| if passes { items } else { self.element(items) })
    }

    /// The second part of what a counter gives beside its number: `for (at, item) in items.iter().enumerate()`.
    pub(crate) fn numbered_element(&self, from: FnRef, pair: &'a Value, key: &'a Value) -> Option<Ty<'a>> {
        let Value::Element(counted) = pair else { return None };
        let (Value::Call(id), Value::Literal(Literal::Num(part))) = (&**counted, key) else { return None };
        let data = self.facts(from.file).call(*id);
        let counts = *part == 1.0 && data.callee_name(self.facts(from.file)) == Some("enumerate");
        let items = match (&data.callee, data.args.as_slice()) {
            (Value::Member(items, _), []) => &**items,
            (Value::Global(_), [items, ..]) => &items.value,
            _ => return None,
        };
        counts.then(|| self.element(self.eval(from, items)))
    }

    /// A part of each row of a table that is written down: `for name, run in (("add", add), ("list", list))`.
    pub(crate) fn part_of_rows(&self, from: FnRef, row: &'a Value, key: &'a Value) -> Option<Ty<'a>> {
        let (Value::Element(rows), Value::Literal(Literal::Num(at))) = (row, key) else { return None };
        let Value::List(rows) = self.deref(from, rows) else { return None };
        let part = |row: &'a Value| match row {
            Value::List(parts) => parts.get(*at as usize),
            _ => None,
        };
        let parts: Option<Vec<&'a Value>> = rows.iter().map(part).collect();
        let parts = parts.filter(|parts| !parts.is_empty())?;
        Some(self.one_of(parts.into_iter().map(|part| (from, part))))
    }
}
