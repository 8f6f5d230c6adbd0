//! What decides how often something that matters runs: imported callees that are given functions, decorators, bases.
//!
//! A wrapper is worth reading for what it is given. Looks at one file at a time, before linking; knows no library.

use rustc_hash::{FxHashMap, FxHashSet};

use super::carrier::Keeper;
use super::carriers::{decorated, keeper};
use crate::facts::{Call, CallId, CallKind, ClassId, FileFacts, FnId, LocalKind, Value};

/// The imported callees that are given, decorate or are the base of something that matters.
///
/// `matters` tells of which calls a function with one of them does, `carries` of which names.
pub fn keepers(
    facts: &FileFacts,
    matters: impl Fn(CallId, &Call) -> bool,
    carries: impl Fn(&str) -> bool,
) -> FxHashSet<Keeper> {
    let mut functions = FxHashSet::default();
    for (id, call) in (0..).map(CallId).zip(&facts.calls) {
        if !functions.contains(&call.function) && matters(id, call) {
            functions.extend(facts.enclosing(call.function));
        }
    }
    let file = Mattering { facts, functions, carries, decorated: decorated(facts) };
    let calls = (0..).map(CallId).zip(&facts.calls).filter(|(id, call)| file.keeps(*id, call));
    let calls = calls.map(|(_, call)| &call.callee);
    let classes = facts.class_ids().filter(|id| file.is_class(*id)).map(|id| facts.class(id));
    let bases = classes.flat_map(|class| class.bases.iter().chain(&class.metaclass));
    calls.chain(bases).filter_map(|value| keeper(facts, value)).collect()
}

struct Mattering<'f, C> {
    facts: &'f FileFacts,
    /// Functions that hold a call that matters, or a function that does.
    functions: FxHashSet<FnId>,
    carries: C,
    decorated: FxHashMap<CallId, FnId>,
}

impl<C: Fn(&str) -> bool> Mattering<'_, C> {
    /// The call decorates something that matters, or is given it, or a table with it.
    fn keeps(&self, id: CallId, call: &Call) -> bool {
        match (call.kind, self.decorated.get(&id)) {
            (CallKind::Decorator, Some(below)) => self.is_function(*below),
            (CallKind::Decorator, None) => {
                let mut below =
                    self.facts.class_ids().filter(|class| self.facts.class(*class).decorators.contains(&id));
                below.any(|class| self.is_class(class))
            }
            _ => call.args.iter().any(|arg| arg.value.holds(&|part| self.is(part))),
        }
    }

    fn is(&self, value: &Value) -> bool {
        match value {
            Value::Closure(id) => self.is_function(*id),
            Value::Class(id) => self.is_class(*id),
            Value::Var(var) => {
                let local = self.facts.local(*var);
                match local.kind {
                    LocalKind::Function(id) => self.is_function(id),
                    LocalKind::Param => false,
                    _ => var.function == FnId::TOP && (self.carries)(&local.name),
                }
            }
            _ => false,
        }
    }

    fn is_function(&self, id: FnId) -> bool {
        self.functions.contains(&id) || self.facts.function(id).name.as_deref().is_some_and(&self.carries)
    }

    fn is_class(&self, id: ClassId) -> bool {
        let class = self.facts.class(id);
        (self.carries)(&class.name) || class.methods.iter().any(|method| self.is_function(*method))
    }
}
