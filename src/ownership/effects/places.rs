//! Places of modules, by whatever name a file comes to them: an import, or a function that hands out what is in one.
//!
//! Silent where a function may give several things. Knows no library.

use super::Effects;
use crate::facts::trail::Trail;
use crate::facts::{FnId, ImportId, LocalKind, Value, VarRef, returned};
use crate::program::{CallRef, FnRef};

/// A variable at the top of a file.
pub(crate) type Place = (u32, VarRef);

impl<'a> Effects<'_, 'a> {
    /// The variable of another file that an import stands for.
    pub(crate) fn imported_place(&self, file: u32, import: ImportId) -> Option<Place> {
        if let Some(known) = self.imported.borrow().get(&(file, import)) {
            return *known;
        }
        let place = self.program.imported_variable(file, import);
        self.imported.borrow_mut().insert((file, import), place);
        place
    }

    /// The variable, in its file, that holds what a call gives: `socket` of `getSocket()`.
    pub(crate) fn handed_out(&self, call: CallRef) -> Option<(u32, &'a Value)> {
        let target = self.project.graph.target(call).filter(|target| !target.by_name)?;
        let [f] = target.functions.as_slice() else { return None };
        if let Some(known) = self.given.borrow().get(f) {
            return *known;
        }
        let place = self.only_place(*f);
        self.given.borrow_mut().insert(*f, place);
        place
    }

    /// The variable of its module that is all that the function ever returns.
    fn only_place(&self, f: FnRef) -> Option<(u32, &'a Value)> {
        let mut values = Vec::new();
        returned(&self.program.function(f).body, &mut values);
        values.retain(|value| !value.is_null());
        let first = *values.first()?;
        let own = matches!(first, Value::Var(var) if var.function == FnId::TOP);
        let variable = |var: VarRef| matches!(self.program.facts(f.file).local(var).kind, LocalKind::Let { .. });
        let kept = own && matches!(first, Value::Var(var) if variable(*var));
        (kept && values.iter().all(|value| *value == first)).then_some((f.file, first))
    }

    /// The variable of a module that a value stands for.
    pub(crate) fn place_of(&self, file: u32, value: &Value) -> Option<Place> {
        self.place_at(file, value, &Trail::default())
    }

    fn place_at(&self, file: u32, value: &Value, trail: &Trail) -> Option<Place> {
        let here = trail.step(value)?;
        match value {
            Value::Var(var) => match self.program.facts(file).local(*var).kind {
                LocalKind::Import(import) => self.imported_place(file, import),
                _ if var.function == FnId::TOP => Some((file, *var)),
                _ => match self.program.bound(file, *var) {
                    [only] => self.place_at(file, only.value, &here),
                    _ => None,
                },
            },
            Value::Global(name) => {
                let (home, export) = self.program.auto_import(file, name)?;
                self.program.exported_variable(home, export, &here)
            }
            Value::Call(id) => {
                let (home, given) = self.handed_out(CallRef { file, id: *id })?;
                self.place_at(home, given, &here)
            }
            _ => None,
        }
    }

    /// A call that gives what a place holds.
    pub(crate) fn is_handed_out(&self, file: u32, value: &Value) -> bool {
        matches!(value, Value::Call(id) if self.handed_out(CallRef { file, id: *id }).is_some())
    }
}
