//! What functions of a file call in other files, and what those call that they call in their own.
//!
//! Looks at names of one file at a time, before linking. Knows no library.

use rustc_hash::{FxHashMap, FxHashSet};

use super::carrier::Keeper;
use super::carriers::keeper;
use super::objects::Objects;
use crate::facts::walk::{Bind, binds};
use crate::facts::{Call, CallId, ClassId, Exported, FileFacts, FnId, LocalKind, Value, VarRef};

/// What some functions of a file call that the file does not declare.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// Imported functions, and methods of what is imported.
    pub to: FxHashSet<Keeper>,
    /// Methods of objects of which nothing more is known.
    pub methods: FxHashSet<String>,
}

/// What the functions call that the names stand for: of a class, all of its methods.
pub fn called_by_names<'n>(facts: &FileFacts, names: impl Iterator<Item = &'n str>) -> Called {
    let mut walk = Walk::new(facts);
    names.for_each(|name| walk.add_name(name));
    walk.run()
}

/// What the functions call that hold some of the calls, and those of the file that call these.
pub fn called_around(facts: &FileFacts, calls: impl Iterator<Item = CallId>) -> Called {
    let mut walk = Walk::new(facts);
    let mut callers: FxHashMap<&str, Vec<FnId>> = FxHashMap::default();
    for call in &facts.calls {
        callers.entry(call.callee_name(facts).unwrap_or_default()).or_default().push(call.function);
    }
    let mut around: FxHashSet<FnId> = FxHashSet::default();
    let mut open: Vec<FnId> = calls.map(|id| facts.call(id).function).collect();
    while let Some(id) = open.pop() {
        if id == FnId::TOP {
            facts.function_ids().for_each(|id| walk.want(id));
            return walk.run();
        }
        if !around.insert(id) {
            continue;
        }
        walk.want(id);
        let function = facts.function(id);
        open.extend(function.parent.filter(|parent| *parent != FnId::TOP));
        open.extend(function.class.iter().flat_map(|class| &facts.class(*class).methods));
        let callers = function.name.as_deref().and_then(|name| callers.get(name)).into_iter().flatten();
        open.extend(callers.copied().filter(|caller| *caller != FnId::TOP));
    }
    walk.run()
}

struct Walk<'f> {
    facts: &'f FileFacts,
    objects: Objects<'f>,
    named: FxHashMap<&'f str, Vec<FnId>>,
    /// The functions that stand in one, and its calls.
    within: FxHashMap<FnId, Vec<FnId>>,
    calls: FxHashMap<FnId, Vec<CallId>>,
    /// Those that are to be gone through, and those that were or will be.
    open: Vec<FnId>,
    wanted: FxHashSet<FnId>,
    found: Called,
}

impl<'f> Walk<'f> {
    fn new(facts: &'f FileFacts) -> Self {
        let (mut named, mut within, mut calls) =
            <(FxHashMap<_, Vec<_>>, FxHashMap<_, Vec<_>>, FxHashMap<_, Vec<_>>)>::default();
        for id in facts.function_ids() {
            let function = facts.function(id);
            function.name.as_deref().into_iter().for_each(|name| named.entry(name).or_default().push(id));
            function.parent.into_iter().for_each(|parent| within.entry(parent).or_default().push(id));
        }
        for (id, call) in (0..).map(CallId).zip(&facts.calls) {
            calls.entry(call.function).or_default().push(id);
        }
        let (open, wanted, found) = Default::default();
        Self { facts, objects: Objects::of(facts), named, within, calls, open, wanted, found }
    }

    fn want(&mut self, id: FnId) {
        if self.wanted.insert(id) {
            self.open.push(id);
        }
    }

    /// Functions, methods, classes, variables and exports of that name.
    fn add_name(&mut self, name: &str) {
        let facts = self.facts;
        self.add_functions(name);
        facts.class_ids().filter(|id| facts.class(*id).name == name).for_each(|id| self.add_class(id));
        for Bind { target, value, .. } in binds(&facts.function(FnId::TOP).body) {
            if matches!(target, Value::Var(var) if facts.local(*var).name == name) {
                self.add_value(value);
            }
        }
        for export in facts.exports.iter().filter(|export| export.name == name) {
            match &export.what {
                Exported::Value(value) => self.add_value(value),
                Exported::From(import) => {
                    let import = facts.import(*import);
                    let keeper = Keeper { module: import.module.clone(), name: import.name.clone(), member: None };
                    self.found.to.insert(keeper);
                }
            }
        }
    }

    /// The functions and methods of that name; whether there are any.
    fn add_functions(&mut self, name: &str) -> bool {
        let named = self.named.get(name).cloned().unwrap_or_default();
        named.iter().for_each(|id| self.want(*id));
        !named.is_empty()
    }

    fn add_class(&mut self, id: ClassId) {
        self.facts.class(id).methods.iter().for_each(|method| self.want(*method));
        self.found.to.extend(self.facts.class(id).bases.iter().filter_map(|base| keeper(self.facts, base)));
    }

    fn add_var(&mut self, var: VarRef) {
        match self.facts.local(var).kind {
            LocalKind::Function(id) => self.want(id),
            LocalKind::Class(id) => self.add_class(id),
            _ => self.found.to.extend(keeper(self.facts, &Value::Var(var))),
        }
    }

    /// What may be run by whoever has the value.
    fn add_value(&mut self, value: &'f Value) {
        match value {
            Value::Closure(id) => self.want(*id),
            Value::Class(id) => self.add_class(*id),
            Value::Var(var) => self.add_var(*var),
            Value::Member(..) => self.found.to.extend(keeper(self.facts, value)),
            Value::Call(id) => self.add_call(self.facts.call(*id)),
            Value::Record { entries, spreads, .. } => {
                entries.iter().map(|entry| &entry.value).chain(spreads).for_each(|inner| self.add_value(inner));
            }
            Value::List(values) | Value::Choice(values, _) => values.iter().for_each(|inner| self.add_value(inner)),
            _ => {}
        }
    }

    fn add_call(&mut self, call: &'f Call) {
        self.add_callee(&call.callee);
        call.args.iter().for_each(|arg| self.add_value(&arg.value));
    }

    fn add_callee(&mut self, callee: &'f Value) {
        if let Some(to) = keeper(self.facts, callee).or_else(|| self.objects.method(callee)) {
            self.found.to.insert(to);
            return;
        }
        match callee {
            Value::Var(var) => self.add_var(*var),
            Value::Closure(id) => self.want(*id),
            Value::Member(_, name) if !self.add_functions(name) => {
                self.found.to.extend(self.objects.inherited(callee));
                self.found.methods.insert(name.clone());
            }
            _ => {}
        }
    }

    fn run(mut self) -> Called {
        while let Some(id) = self.open.pop() {
            self.within.remove(&id).into_iter().flatten().for_each(|inner| self.want(inner));
            let calls = self.calls.remove(&id).unwrap_or_default();
            calls.into_iter().for_each(|id| self.add_call(self.facts.call(id)));
        }
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::{Called, called_around, called_by_names};
    use crate::facts::{CallId, FileFacts};
    use crate::frontend::lower;
    use crate::source::{FileKind, SourceFile};

    const TEXT: &str = "import { pay } from './pay'; import { Mailer } from './mailer'; import * as log from './log';\
        export async function order(pool) { const c = await pool.connect(); await charge(c); }\
        async function charge(c) { pay(c); new Mailer().send(c); c.stamp(); }\
        export function other() { log.note(); order(); }\
        export const wrapped = retry(async () => log.warn());";

    fn lowered() -> FileFacts {
        let kind = FileKind::TypeScript;
        lower(&SourceFile { path: "a.ts".into(), absolute: "/a.ts".into(), kind, text: TEXT.into() }).unwrap()
    }

    fn told(called: Called) -> Vec<String> {
        let to = called.to.into_iter().map(|to| match to.member {
            Some(member) => format!("{}.{member}", to.name),
            None => to.name,
        });
        let mut all: Vec<String> = to.chain(called.methods.into_iter().map(|name| format!("?.{name}"))).collect();
        all.sort();
        all
    }

    #[test]
    fn what_a_name_stands_for_calls_with_what_it_calls_in_its_file() {
        let facts = lowered();
        let called = |name: &str| told(called_by_names(&facts, [name].into_iter()));
        assert_eq!(called("order"), ["?.connect", "?.send", "?.stamp", "Mailer", "pay"]);
        assert_eq!(called("wrapped"), ["*.warn"]);
        assert!(called("none").is_empty());
    }

    #[test]
    fn who_calls_the_function_around_a_call_counts_too() {
        let facts = lowered();
        let connects = (0..facts.calls.len() as u32).map(CallId);
        let connects = connects.filter(|id| facts.call(*id).callee_name(&facts) == Some("connect"));
        let called = told(called_around(&facts, connects));
        assert_eq!(called, ["*.note", "?.connect", "?.send", "?.stamp", "Mailer", "pay"]);
    }
}
