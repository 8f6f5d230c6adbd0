//! What the functions of a file put into members of a variable: `line.current = new Line()`.
//!
//! Flow-insensitive, and only where nothing else says what the member is. Knows no library by name.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::program::{FnRef, Program};
use crate::facts::{Language, Value, VarRef};

/// By file, variable and name of the member; nothing while it is asked for.
pub(super) type Memo<'a> = RefCell<FxHashMap<(u32, VarRef, &'a str), Option<Ty<'a>>>>;

impl<'a> Program<'a> {
    /// A member by what the base is, else by what is put into it.
    pub(super) fn member_or_put(&self, from: FnRef, base: &'a Value, name: &'a str) -> Ty<'a> {
        match self.member(from, self.eval(from, base), name) {
            Ty::Unknown => self.put_into(from, base, name),
            known => known,
        }
    }

    fn put_into(&self, from: FnRef, base: &'a Value, name: &'a str) -> Ty<'a> {
        let Value::Var(var) = base else { return Ty::Unknown };
        let Some(put) = self.index[from.file as usize].members.get(name) else { return Ty::Unknown };
        if self.language(from.file) != Language::Script {
            return Ty::Unknown;
        }
        let key = (from.file, *var, name);
        if let Some(known) = self.memo.cells.borrow().get(&key) {
            return known.clone().unwrap_or(Ty::Unknown);
        }
        self.memo.cells.borrow_mut().insert(key, None);
        let own = put.iter().filter(|(other, _)| *other == base);
        let ty = self.first_known(own.map(|(_, bound)| (FnRef { file: from.file, id: bound.function }, bound.value)));
        self.memo.cells.borrow_mut().insert(key, Some(ty.clone()));
        ty
    }
}
