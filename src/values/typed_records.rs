//! Records that are written for an interface: what a function that says it gives one returns, or what a variable of it holds.
//!
//! Their functions are what the interface's methods may run, as the methods of classes below one are. Knows no library.

use rustc_hash::FxHashMap;

use super::conditions::record_key;
use super::eval::Ty;
use super::generics::bare;
use crate::facts::{ClassKind, FnId, TypeRef, Value, VarRef};
use crate::packages::kinds::FileClass;
use crate::program::{ClassRef, FnRef};
use crate::values::Program;

/// By interface the records that are written for it, each with the function where it stands.
pub(crate) type TypedRecords<'a> = FxHashMap<ClassRef, Vec<(FnRef, &'a Value)>>;

impl<'a> Program<'a> {
    /// The functions that records for the interface have under the name.
    pub(crate) fn written_for(&self, class: ClassRef, name: &str) -> Vec<FnRef> {
        if self.class(class).kind != ClassKind::Interface {
            return Vec::new();
        }
        let records = self.typed_records.get_or_init(|| self.all_typed_records());
        let own = records.get(&class).into_iter().flatten();
        let functions = own.filter_map(|(f, record)| match self.eval(*f, record_key(record, name)?) {
            Ty::Fn(g) => Some(g),
            _ => None,
        });
        functions.collect()
    }

    fn all_typed_records(&self) -> TypedRecords<'a> {
        let mut found = TypedRecords::default();
        let files = (0..self.units.len() as u32).filter(|file| self.class_of(*file) != FileClass::Test);
        let functions = files.flat_map(|file| self.facts(file).function_ids().map(move |id| FnRef { file, id }));
        for f in functions {
            let function = self.function(f);
            let mut add = |from: FnRef, ty: &TypeRef, record: &'a Value| {
                if let Ty::Instance(class) = self.eval_type(from, bare(ty)) {
                    found.entry(class).or_default().push((from, record));
                }
            };
            for (local, data) in function.locals.iter().enumerate() {
                let var = VarRef { function: f.id, local: local as u32 };
                let (Some(ty), [only]) = (&data.ty, self.bound(f.file, var)) else { continue };
                if matches!(only.value, Value::Record { .. }) {
                    add(FnRef { file: f.file, id: only.function }, ty, only.value);
                }
            }
            let Some(ty) = function.returns.as_ref().filter(|_| f.id != FnId::TOP) else { continue };
            for value in self.given_by(f) {
                if let record @ Value::Record { .. } = self.deref(f, value) {
                    add(f, ty, record);
                }
            }
        }
        found
    }
}
