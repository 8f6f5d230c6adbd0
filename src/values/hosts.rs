//! The object that `this` is where no class is around: a record's method sees the record, a function that a CommonJS
//! module or a record is given as a member sees that.
//!
//! Knows no library by name.

use super::Program;
use super::eval::Ty;
use crate::facts::Value;
use crate::program::FnRef;

impl<'a> Program<'a> {
    /// What `this` is in a function.
    pub(crate) fn this_in(&self, f: FnRef) -> Ty<'a> {
        match self.class_around(f) {
            Some(class) => Ty::Instance(class),
            None => self.host(f).map_or(Ty::Unknown, |(_, _, ty)| ty),
        }
    }

    /// The record or module that a function, or the one around it, is a member of, and where that is written.
    pub(crate) fn host(&self, f: FnRef) -> Option<(FnRef, &'a Value, Ty<'a>)> {
        let hosts = &self.index[f.file as usize].hosts.of;
        if hosts.is_empty() || !self.semantics(f.file).open_objects {
            return None;
        }
        let around = std::iter::successors(Some(f.id), |id| self.facts(f.file).function(*id).parent);
        let bound = around.filter_map(|id| hosts.get(&id)).next()?;
        let owner = FnRef { file: f.file, id: bound.function };
        let is_exports = matches!(bound.value, Value::Global(name) if name == "exports");
        let ty = if is_exports { Ty::Module(f.file) } else { self.eval(owner, bound.value) };
        matches!(ty, Ty::Record(..) | Ty::Module(_)).then_some((owner, bound.value, ty))
    }
}
