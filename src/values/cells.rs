//! What the functions of a file put into members of a variable: `line.current = new Line()`.
//!
//! Flow-insensitive, and only where nothing else says what the member is. Knows no library by name.

use super::eval::Ty;
use crate::facts::Value;
use crate::program::FnRef;
use crate::values::Program;
use crate::values::memo::Question;

impl<'a> Program<'a> {
    /// A member by what the base is, else by what is put into it.
    pub(crate) fn member_or_put(&self, from: FnRef, base: &'a Value, name: &'a str) -> Ty<'a> {
        let own = self.member(from, self.eval(from, base), name);
        match self.registered_member(from, base, name, &own).unwrap_or(own) {
            Ty::Unknown if *base == Value::This => {
                self.host(from).map_or(Ty::Unknown, |(owner, object, _)| self.put_into(owner, object, name))
            }
            Ty::Unknown => self.put_into(from, base, name),
            known => known,
        }
    }

    /// What is put under a name into a record that is there already: `db.client = client` after `const db = {}`. Whoever has
    /// the record has it too.
    pub(crate) fn put_under(&self, owner: FnRef, record: &'a Value, name: &str) -> Vec<(FnRef, &'a Value)> {
        let put = self.index[owner.file as usize].members.get(name).filter(|_| self.semantics(owner.file).open_objects);
        let into = |base: &'a Value, from: FnRef| {
            matches!(base, Value::Var(_))
                && matches!(self.eval(from, base), Ty::Record(_, inner) if std::ptr::eq(inner, record))
        };
        let put = put.into_iter().flatten().map(|(base, bound)| (*base, FnRef { id: bound.function, ..owner }, bound));
        put.filter(|(base, from, _)| into(base, *from)).map(|(_, from, bound)| (from, bound.value)).collect()
    }

    fn put_into(&self, from: FnRef, base: &'a Value, name: &'a str) -> Ty<'a> {
        let Value::Var(var) = base else { return Ty::Unknown };
        let Some(put) = self.index[from.file as usize].members.get(name) else { return Ty::Unknown };
        if !self.semantics(from.file).open_objects {
            return Ty::Unknown;
        }
        self.memo.one(Question::Member(from.file, *var, name), || {
            let own = put.iter().filter(|(other, _)| *other == base).map(|(_, bound)| bound);
            self.first_known(own.map(|bound| (FnRef { file: from.file, id: bound.function }, bound.value)))
        })
    }
}
