//! Functions that stand among the arguments of a call, and what the call gives them.
//!
//! Knows no library by name.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::passing::parameter_of;
use crate::catalog::{Row, RowKind, TypeId};
use crate::facts::trail::Trail;
use crate::facts::{FnId, LocalKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// By function the call that it is handed to.
#[derive(Clone, Default)]
pub struct Memo {
    handed: Arc<OnceLock<FxHashMap<FnRef, CallRef>>>,
}

/// What a call of these rows gives to the function that it is given.
pub fn given_by(program: &Program, rows: &[Row]) -> Option<TypeId> {
    let mut handed = rows.iter().filter(|row| row.kind == RowKind::Handover);
    handed.find_map(|row| program.catalog.type_named(row.package, &program.catalog.handover(*row).gives))
}

impl<'a> Program<'a> {
    /// The call of a script that the function is handed to, where it is written or by its name.
    pub(crate) fn handed_to(&self, g: FnRef) -> Option<CallRef> {
        self.semantics(g.file).error_first.then(|| self.taken_by(g)).flatten()
    }

    /// The call that the function is handed to, in any language.
    fn taken_by(&self, g: FnRef) -> Option<CallRef> {
        self.memo.callbacks.handed.get_or_init(|| self.all_handed()).get(&g).copied()
    }

    /// The call that is given what a call gives, or that is made on it.
    pub(crate) fn around(&self, call: CallRef) -> Option<CallRef> {
        self.memo.around.get_or_init(|| self.all_around()).get(&call).copied()
    }

    fn all_around(&self) -> FxHashMap<CallRef, CallRef> {
        let mut found = FxHashMap::default();
        for outer in self.calls() {
            let data = self.call(outer);
            let on = if let Value::Member(base, _) = &data.callee { Some(&**base) } else { None };
            for value in on.into_iter().chain(data.args.iter().map(|arg| &arg.value)) {
                if let Value::Call(id) = value {
                    found.entry(CallRef { file: outer.file, id: *id }).or_insert(outer);
                }
            }
        }
        found
    }

    /// The type of a callback's parameter: `connection` of `(error, connection)`.
    pub(crate) fn given_to_callback(&self, owner: FnRef, param: usize) -> Ty<'a> {
        let Some(call) = self.taken_by(owner) else { return Ty::Unknown };
        let itself = |value: &Value| function(self, call.file, value) == Some(owner.id);
        self.guarded(|| self.given_in(call, &itself, param, &Trail::default()).unwrap_or(Ty::Unknown))
    }

    /// What the call gives to one of the functions that it is given: by its row, or as a function of the project does
    /// that hands it on or calls it.
    fn given_in(&self, call: CallRef, is_it: &dyn Fn(&Value) -> bool, param: usize, trail: &Trail) -> Option<Ty<'a>> {
        let (data, target) = (self.call(call), self.target(call));
        if let Some(ty) = given_by(self, &target.rows) {
            let given = usize::from(self.semantics(call.file).error_first);
            return (param == given).then_some(Ty::Concept(ty));
        }
        let ([g], false) = (target.functions.as_slice(), target.by_name) else { return None };
        let at = data.args.iter().position(|arg| is_it(&arg.value))?;
        let (here, local) = (trail.step(*g)?, parameter_of(self, call.file, data, *g, at)?);
        let own = Value::Var(VarRef { function: g.id, local });
        let mut inner = self.ids_within(*g).into_iter().map(|id| CallRef { file: g.file, id });
        inner.find_map(|inner| {
            let data = self.call(inner);
            if data.callee == own {
                let from = FnRef { file: inner.file, id: data.function };
                let given = data.args.get(param).map(|arg| self.eval(from, &arg.value));
                return given.filter(|ty| matches!(ty, Ty::Concept(_)));
            }
            let handed = data.args.iter().any(|arg| arg.value == own);
            handed.then(|| self.given_in(inner, &|value| *value == own, param, &here)).flatten()
        })
    }

    fn all_handed(&self) -> FxHashMap<FnRef, CallRef> {
        let mut found = FxHashMap::default();
        for call in self.calls() {
            for arg in &self.call(call).args {
                if let Some(id) = function(self, call.file, &arg.value) {
                    found.entry(FnRef { file: call.file, id }).or_insert(call);
                }
            }
        }
        found
    }
}

/// A function that is written where it is handed over, or one of the file by its name.
fn function(program: &Program, file: u32, value: &Value) -> Option<FnId> {
    match value {
        Value::Closure(id) => Some(*id),
        Value::Var(var) => match program.facts(file).local(*var).kind {
            LocalKind::Function(id) => Some(id),
            _ => None,
        },
        _ => None,
    }
}
