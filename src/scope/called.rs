//! What functions of a file call in other files, and what those call that they call in their own.
//!
//! Looks at names of one file at a time, before linking. Knows no library.

use rustc_hash::FxHashSet;

use super::carrier::Keeper;
use super::carriers::keeper;
use super::objects::{Objects, inherited};
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
    let mut around: FxHashSet<FnId> = FxHashSet::default();
    let mut open: Vec<FnId> = calls.map(|id| facts.call(id).function).collect();
    while let Some(id) = open.pop() {
        if id == FnId::TOP {
            walk.wanted.extend(facts.function_ids());
            return walk.run();
        }
        if !around.insert(id) {
            continue;
        }
        walk.wanted.insert(id);
        let function = facts.function(id);
        open.extend(function.parent.filter(|parent| *parent != FnId::TOP));
        open.extend(function.class.iter().flat_map(|class| &facts.class(*class).methods));
        let Some(name) = &function.name else { continue };
        let callers = facts.calls.iter().filter(|call| call.callee_name(facts) == Some(name));
        open.extend(callers.map(|call| call.function).filter(|caller| *caller != FnId::TOP));
    }
    walk.run()
}

struct Walk<'f> {
    facts: &'f FileFacts,
    objects: Objects<'f>,
    wanted: FxHashSet<FnId>,
    found: Called,
}

impl<'f> Walk<'f> {
    fn new(facts: &'f FileFacts) -> Self {
        Self { facts, objects: Objects::of(facts), wanted: FxHashSet::default(), found: Called::default() }
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
        let named = |id: &FnId| self.facts.function(*id).name.as_deref() == Some(name);
        let named: Vec<FnId> = self.facts.function_ids().filter(named).collect();
        self.wanted.extend(&named);
        !named.is_empty()
    }

    fn add_class(&mut self, id: ClassId) {
        self.wanted.extend(&self.facts.class(id).methods);
        self.found.to.extend(self.facts.class(id).bases.iter().filter_map(|base| keeper(self.facts, base)));
    }

    fn add_var(&mut self, var: VarRef) {
        match self.facts.local(var).kind {
            LocalKind::Function(id) => _ = self.wanted.insert(id),
            LocalKind::Class(id) => self.add_class(id),
            _ => self.found.to.extend(keeper(self.facts, &Value::Var(var))),
        }
    }

    /// What may be run by whoever has the value.
    fn add_value(&mut self, value: &'f Value) {
        match value {
            Value::Closure(id) => _ = self.wanted.insert(*id),
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
            Value::Closure(id) => _ = self.wanted.insert(*id),
            Value::Member(_, name) if !self.add_functions(name) => {
                self.found.to.extend(inherited(self.facts, callee));
                self.found.methods.insert(name.clone());
            }
            _ => {}
        }
    }

    fn run(mut self) -> Called {
        let facts = self.facts;
        let mut done: FxHashSet<FnId> = FxHashSet::default();
        loop {
            let open: FxHashSet<FnId> = self.wanted.difference(&done).copied().collect();
            if open.is_empty() {
                return self.found;
            }
            let within = |id: &FnId| facts.function(*id).parent.is_some_and(|at| open.contains(&at));
            self.wanted.extend(facts.function_ids().filter(within));
            facts.calls.iter().filter(|call| open.contains(&call.function)).for_each(|call| self.add_call(call));
            done.extend(open);
        }
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
