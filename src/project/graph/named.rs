//! Tables of functions of which each element of a loop names one: `for (const name of names) makers[name]()`.
//!
//! As often as the loop goes round, each of them runs once. Knows no library by name.

use super::{Builder, Spot};
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::{Value, VarRef};
use crate::project::program::FnRef;

impl<'a> Builder<'_, 'a> {
    /// Where such a call stands, as far as each of its targets is concerned.
    pub(super) fn named_by_element(&self, f: FnRef, callee: &'a Value, spot: &Spot<'a>) -> Option<Spot<'a>> {
        let Value::Index(_, key) = callee else { return None };
        match &**key {
            Value::Element(_) => Some(spot.once_a_loop()),
            Value::Var(var) => match self.program.bound(f.file, *var) {
                [] if self.is_each_element(f, *var) => Some(spot.of_one()),
                [only] if matches!(only.value, Value::Element(_)) => Some(spot.once_a_loop()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The parameter of a function that runs for each element.
    fn is_each_element(&self, f: FnRef, var: VarRef) -> bool {
        let first = self.program.function(f).params.first().map(|param| param.local);
        let own = var.function == f.id && first == Some(var.local);
        let handed = self.program.handed_to(f).filter(|_| own);
        let target = handed.and_then(|call| self.common.targets.get(call));
        target.is_some_and(|target| {
            let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
            rows.any(|row| self.program.catalog.handover(*row).run == Run::Iteration)
        })
    }
}
