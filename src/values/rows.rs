//! What the methods of a table give: objects of the class whose rows it has.
//!
//! `Order.objects.get(pk=id)`, `await User.findByPk(id)`, `session.query(User).filter(…).first()`. Knows no library: bases
//! of the catalogue say which classes have rows, words what gives them.

use super::eval::Ty;
use crate::catalog::words::values::{ROW_PAIRS, ROW_STEPS, SINGLE_ROWS};
use crate::facts::{Call, Value};
use crate::program::{ClassRef, FnRef};
use crate::values::Program;

impl<'a> Program<'a> {
    /// The row or rows that a method of a table gives.
    pub(crate) fn rows_given(&self, from: FnRef, data: &'a Call) -> Option<Ty<'a>> {
        let Value::Member(_, method) = &data.callee else { return None };
        let gives = |words: &[&str]| words.contains(&method.as_str());
        let row = || self.class_with_rows(from, data).map(Ty::Instance);
        if gives(SINGLE_ROWS) {
            row()
        } else if gives(ROW_STEPS) {
            row().map(|row| Ty::List(row.into()))
        } else if gives(ROW_PAIRS) {
            row().map(|row| Ty::Tuple([row, Ty::Unknown].into()))
        } else {
            None
        }
    }

    /// The class that a chain of calls begins with, or that one of them is given: `Order.objects`,
    /// `session.query(User)`, `session.scalars(select(User))`.
    fn class_with_rows(&self, from: FnRef, data: &'a Call) -> Option<ClassRef> {
        let given = data.args.first().filter(|arg| arg.name.is_none()).map(|arg| &arg.value);
        let of = |value: &'a Value| match value {
            Value::Call(id) => self.class_with_rows(from, self.facts(from.file).call(*id)),
            other => self.record_named(from, other),
        };
        given.and_then(of).or_else(|| {
            let mut table = &data.callee;
            while let Value::Member(inner, _) = table {
                table = inner;
            }
            of(table)
        })
    }

    fn record_named(&self, from: FnRef, value: &'a Value) -> Option<ClassRef> {
        let class = match value {
            Value::This => self.own_class(from, value),
            Value::Var(_) | Value::Member(..) | Value::Module(_) => match self.eval(from, value) {
                Ty::Class(class) => Some(class),
                _ => None,
            },
            _ => None,
        };
        class.filter(|class| self.is_record(*class))
    }
}
