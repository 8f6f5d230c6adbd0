//! Functions that stand among the arguments of a call, and what the call gives them.
//!
//! Knows no library by name.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::eval::Ty;
use crate::catalog::{Row, RowKind, TypeId};
use crate::facts::{LocalKind, Value};
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
        self.memo.callbacks.handed.get_or_init(|| self.all_handed()).get(&g).copied()
    }

    /// The type of a callback's parameter: `connection` of `(error, connection)`.
    pub(crate) fn given_to_callback(&self, owner: FnRef, param: usize) -> Ty<'a> {
        if param != 1 || !self.semantics(owner.file).error_first {
            return Ty::Unknown;
        }
        let Some(call) = self.handed_to(owner) else { return Ty::Unknown };
        self.guarded(|| given_by(self, &self.target(call).rows).map_or(Ty::Unknown, Ty::Concept))
    }

    fn all_handed(&self) -> FxHashMap<FnRef, CallRef> {
        let mut found = FxHashMap::default();
        for call in self.calls().filter(|call| self.semantics(call.file).error_first) {
            for arg in &self.call(call).args {
                let id = match &arg.value {
                    Value::Closure(id) => *id,
                    Value::Var(var) => match self.facts(call.file).local(*var).kind {
                        LocalKind::Function(id) => id,
                        _ => continue,
                    },
                    _ => continue,
                };
                found.entry(FnRef { file: call.file, id }).or_insert(call);
            }
        }
        found
    }
}
