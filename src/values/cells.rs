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
