//! Functions of which each element of a loop names one: `for (const name of names) makers[name]()`, or
//! `for source in sources: source.open()` where each kind of source has its own.
//!
//! As often as the loop goes round, each of them runs once. Knows no library by name.

use super::{Builder, Spot};
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::trail::Trail;
use crate::facts::{Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::calls::Target;
use crate::values::eval::Ty;

impl<'a> Builder<'_, 'a> {
    /// Where such a call stands, as far as each of its targets is concerned.
    pub(crate) fn named_by_element(&self, call: CallRef, target: &Target, spot: &Spot<'a>) -> Option<Spot<'a>> {
        let data = self.program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let several = target.functions.len() + target.class.iter().len() + target.others.len() > 1
            || self.is_declared_only(f, &data.callee, target);
        match &data.callee {
            Value::Index(_, key) => self.element(f, key, spot),
            callee if several => self.of_element(f, callee, spot, &Trail::default()),
            _ => None,
        }
    }

    /// The class declares the method: those that have it stand below, and each object is of one of them.
    fn is_declared_only(&self, f: FnRef, callee: &'a Value, target: &Target) -> bool {
        let (Value::Member(base, _), [only]) = (callee, target.functions.as_slice()) else { return false };
        let (Ty::Instance(class), Some(around)) = (self.program.eval(f, base), self.program.class_around(*only)) else {
            return false;
        };
        !target.by_name && !self.program.ancestry(class).contains(&around)
    }

    /// The value is an element of a loop, or a part of one, or what one makes.
    fn of_element(&self, f: FnRef, value: &'a Value, spot: &Spot<'a>, trail: &Trail) -> Option<Spot<'a>> {
        let from = match value {
            Value::Var(var) => match self.program.bound(f.file, *var) {
                [only] => only.value,
                _ => return self.element(f, value, spot),
            },
            Value::Member(base, _) => base,
            Value::Call(id) => &self.program.facts(f.file).call(*id).callee,
            _ => return self.element(f, value, spot),
        };
        self.of_element(f, from, spot, &trail.step(value)?)
    }

    /// The value is an element of a loop, or the variable of one.
    fn element(&self, f: FnRef, value: &'a Value, spot: &Spot<'a>) -> Option<Spot<'a>> {
        match value {
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
