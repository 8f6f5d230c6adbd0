//! What a function is handed, where no type is written: what all who call it, or make an object by it, hand it.
//!
//! Knows no library by name.

use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::eval::Ty;
use super::passing::passed;
use crate::facts::{CallKind, DEFAULT_EXPORT, FnKind, ImportId, LocalKind, Value};
use crate::packages::kinds::FileClass;
use crate::program::index::Bound;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

/// Calls by what they call, as far as it is written at the call.
#[derive(Clone, Default)]
pub struct Memo<'a> {
    calls: Arc<OnceLock<FxHashMap<Callee<'a>, Vec<CallRef>>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Callee<'a> {
    /// The last name of it.
    Named(&'a str),
    /// What a module gives as a whole, by whatever name.
    Module(u32),
}

impl<'a> Program<'a> {
    /// The client, its maker, the library, record or object that every call hands the parameter; any of several objects
    /// where they differ. Calls of which nothing is known do not count for a constructor; any other function may as well
    /// be handed something else.
    pub(crate) fn handed_by_callers(&self, owner: FnRef, param: usize) -> Ty<'a> {
        if self.function(owner).kind == FnKind::Macro {
            return self.given_to_macro(owner, param);
        }
        let constructs = self.function(owner).kind == FnKind::Constructor;
        // An object calls what it was made with; what runs the functions that another function is handed, the graph says.
        let tells = |ty: &Ty| is_told(ty) || constructs && matches!(ty, Ty::Fn(_));
        let Some((meant, calls)) = self.named_calls(owner) else { return Ty::Unknown };
        let mut found: Vec<Ty<'a>> = Vec::new();
        for call in calls.into_iter().filter(|call| self.runs(*call, &meant)) {
            let from = FnRef { file: call.file, id: self.call(call).function };
            match passed(self, call, owner, param).map(|value| self.callable(self.eval(from, value))) {
                Some(ty) if tells(&ty) => found.extend((!found.contains(&ty)).then_some(ty)),
                _ if !constructs => return Ty::Unknown,
                _ => {}
            }
        }
        match found.len() {
            0 | 1 => found.pop().unwrap_or(Ty::Unknown),
            _ if found.iter().all(|ty| matches!(ty, Ty::Instance(_))) => Ty::OneOf(found.into()),
            _ => Ty::Unknown,
        }
    }

    /// The one type of what all calls of the arm give for the metavariable.
    fn given_to_macro(&self, arm: FnRef, param: usize) -> Ty<'a> {
        let mut found = Ty::Unknown;
        let calls = self.calls().filter(|call| self.call(*call).kind == CallKind::Macro);
        for call in calls.filter(|call| self.macros.run_by(self.units, call.file, self.call(*call)).contains(&arm)) {
            let from = FnRef { file: call.file, id: self.call(call).function };
            let given = passed(self, call, arm, param).map_or(Ty::Unknown, |value| self.eval(from, value));
            match given {
                Ty::Concept(_) | Ty::Instance(_) if !found.is_known() || found == given => found = given,
                _ => return Ty::Unknown,
            }
        }
        found
    }

    /// The calls of product code that run a function, or make an object by it; `None` where they cannot be told.
    pub(crate) fn product_calls(&self, owner: FnRef) -> Option<Vec<CallRef>> {
        let (meant, mut calls) = self.named_calls(owner)?;
        calls.retain(|call| self.runs(*call, &meant));
        Some(calls)
    }

    /// What objects of the class are given for a field by its name where they are made, with the functions that make
    /// them. Objects of the classes below have the field too.
    pub fn made_with(&self, class: ClassRef, field: &str) -> Vec<(FnRef, &'a Value)> {
        let calls = self.memo.callers.calls.get_or_init(|| self.calls_by_callee());
        let classes = std::iter::once(class).chain(self.descendants(class));
        let made = classes.filter(|class| self.constructor(*class).is_none()).flat_map(|class| {
            let named = calls.get(&Callee::Named(&self.class(class).name)).into_iter().flatten();
            named.filter(move |call| self.runs(**call, &Ty::Class(class)))
        });
        let given = |call: &CallRef| {
            let maker = FnRef { file: call.file, id: self.call(*call).function };
            Some((maker, self.field_given(*call, field)?))
        };
        made.filter_map(given).collect()
    }

    /// What a construction gives for a field by its name, no constructor between: `Kept { line }`, `Settings(line=…)`,
    /// `Settings(**found)`.
    pub fn field_given(&self, call: CallRef, field: &str) -> Option<&'a Value> {
        let data = self.call(call);
        let given = data.named(field).or_else(|| data.args.iter().find(|arg| arg.spread));
        given.map(|arg| &arg.value)
    }

    /// What the calls have to mean that run the function, and those that may by what is written; `None` when they
    /// cannot be told.
    fn named_calls(&self, owner: FnRef) -> Option<(Ty<'a>, Vec<CallRef>)> {
        let function = self.function(owner);
        let (meant, name) = match function.kind {
            _ if self.semantics(owner.file).receivers && function.class.is_some() => return None,
            FnKind::Constructor => {
                let class = self.class_around(owner)?;
                (Ty::Class(class), self.class(class).name.as_str())
            }
            FnKind::Function | FnKind::Closure if self.handed_to(owner).is_none() => {
                (Ty::Fn(owner), function.name.as_deref()?)
            }
            _ => return None,
        };
        let calls = self.memo.callers.calls.get_or_init(|| self.calls_by_callee());
        let whole = self.index[owner.file as usize].exports.contains_key(DEFAULT_EXPORT);
        let written = [Some(Callee::Named(name)), whole.then_some(Callee::Module(owner.file))];
        let named: Vec<CallRef> =
            written.iter().flatten().filter_map(|callee| calls.get(callee)).flatten().copied().collect();
        Some((meant, named))
    }

    /// Whether product code calls there what is meant.
    fn runs(&self, call: CallRef, meant: &Ty<'a>) -> bool {
        let from = FnRef { file: call.file, id: self.call(call).function };
        self.class_of(call.file) != FileClass::Test && self.callable(self.eval(from, &self.call(call).callee)) == *meant
    }

    fn calls_by_callee(&self) -> FxHashMap<Callee<'a>, Vec<CallRef>> {
        let mut found: FxHashMap<Callee<'a>, Vec<CallRef>> = FxHashMap::default();
        let names = self.names_of_own();
        let is_own = |callee: &Callee<'a>| match callee {
            Callee::Named(name) => names.contains(name),
            Callee::Module(_) => true,
        };
        for call in self.calls() {
            let data = self.call(call);
            let makes = matches!(data.kind, CallKind::New | CallKind::Call | CallKind::Struct);
            let plain = makes && !data.args.is_empty();
            let callee = self.written_callee(call.file, &data.callee).filter(|callee| plain && is_own(callee));
            if let Some(callee) = callee {
                found.entry(callee).or_default().push(call);
            }
        }
        found
    }

    /// What functions and classes of the project are called.
    fn names_of_own(&self) -> FxHashSet<&'a str> {
        let functions = self.functions().filter_map(|f| self.function(f).name.as_deref());
        functions.chain(self.classes().map(|class| self.class(class).name.as_str())).collect()
    }

    /// Methods of objects are left out: only what classes and modules hold is a function of its own.
    fn written_callee(&self, file: u32, callee: &'a Value) -> Option<Callee<'a>> {
        match callee {
            Value::Module(_) | Value::Var(_) => match (self.import_of(file, callee), callee) {
                (Some(import), _) => self.imported_callee(file, import),
                (None, Value::Var(var)) => Some(Callee::Named(&self.facts(file).local(*var).name)),
                _ => None,
            },
            Value::Member(base, name) => {
                (names_class(name) || self.import_of(file, base).is_some()).then_some(Callee::Named(name))
            }
            Value::Global(name) => Some(Callee::Named(name)),
            Value::Class(id) => Some(Callee::Named(&self.class(ClassRef { file, id: *id }).name)),
            _ => None,
        }
    }

    fn import_of(&self, file: u32, value: &Value) -> Option<ImportId> {
        match value {
            Value::Module(import) => Some(*import),
            Value::Var(var) => match (self.facts(file).local(*var).kind, self.bound(file, *var)) {
                (LocalKind::Import(import), _) => Some(import),
                (_, [Bound { value: Value::Module(import), .. }]) => Some(*import),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a package gives as a whole is none of the project's own.
    fn imported_callee(&self, file: u32, id: ImportId) -> Option<Callee<'a>> {
        let import = self.facts(file).import(id);
        let whole = import.name == DEFAULT_EXPORT || import.name == "*";
        if whole { self.modules.imported(file, id).map(Callee::Module) } else { Some(Callee::Named(&import.name)) }
    }
}

fn is_told(ty: &Ty) -> bool {
    matches!(ty, Ty::Concept(_) | Ty::Factory(_) | Ty::External(_) | Ty::Record(..) | Ty::Instance(_))
}

fn names_class(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|c: char| c.is_uppercase())
}
