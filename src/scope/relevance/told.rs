//! Files whose values say what is built, and how often: the numbers, addresses and options that constructions and clocks
//! are given, wherever they come from.
//!
//! Looks at names and at variables of one file at a time, before linking. Knows no library.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Climb;
use crate::catalog::words::values::WAITS;
use crate::facts::{
    CallId, ClassId, Exported, FileFacts, FnId, ImportKind, LocalKind, Naming, Part, Value, VarRef, returned, walk,
};
use crate::frontend::scan::name_hash;
use crate::scope::carrier::Keeper;
use crate::scope::carriers::keeper;
use crate::scope::made::members;

impl Climb<'_> {
    /// The files that what is built and what waits is told by, those that these take values from, and those that keep
    /// something under a name of which a library reads it itself.
    pub(super) fn told(&self) -> FxHashSet<usize> {
        let given = self.callers.iter().filter_map(|(at, callers)| {
            let facts = self.lowered[*at].as_ref()?;
            let mut origins = Origins::new(facts);
            callers.made.iter().filter(|_| callers.builds).for_each(|id| origins.add_call(*id));
            self.clocks(facts).for_each(|id| origins.add_call(id));
            Some((*at, origins.found))
        });
        let mut queue: Vec<(usize, FxHashSet<Keeper>)> = given.collect();
        let mut asked: FxHashSet<(usize, String)> = FxHashSet::default();
        while let Some((at, keepers)) = queue.pop() {
            for keeper in keepers {
                for home in self.places_of(&keeper, at).into_iter().filter(|home| !self.is_test(*home)) {
                    let names = std::iter::once(&keeper.name).chain(&keeper.member);
                    let new: Vec<&String> = names.filter(|name| asked.insert((home, (*name).clone()))).collect();
                    let made = if new.is_empty() { None } else { self.lower_one(home) };
                    queue.extend(made.map(|(_, facts, _)| (home, kept(facts, &new))));
                }
            }
        }
        let settings = self.seeds.settings.iter().flat_map(|name| self.postings.files_of(*name));
        let settings: Vec<usize> = settings.filter(|at| !self.is_test(*at)).collect();
        asked.into_iter().map(|(at, _)| at).chain(settings).filter(|at| self.lowered[*at].is_none()).collect()
    }

    /// The calls that say how often something runs.
    fn clocks(&self, facts: &FileFacts) -> impl Iterator<Item = CallId> {
        let named = |name: &str| self.seeds.clocks.contains(&name_hash(name)) || WAITS.contains(&name);
        let calls = (0..).map(CallId).zip(&facts.calls);
        calls.filter(move |(_, call)| call.callee_name(facts).is_some_and(named)).map(|(id, _)| id)
    }

    /// The files that may hold what is imported, or what a path of Rust leads to.
    fn places_of(&self, keeper: &Keeper, at: usize) -> Vec<usize> {
        let declared = self.neighbours.declared(&keeper.module, at).iter().copied();
        self.homes_of(keeper, at).into_iter().map(|(home, _)| home).chain(declared).collect()
    }
}

/// What a file takes the values from that it has under the names.
fn kept(facts: &Arc<FileFacts>, names: &[&String]) -> FxHashSet<Keeper> {
    let mut origins = Origins::new(facts);
    let top = facts.function(FnId::TOP);
    for (local, data) in (0..).zip(&top.locals).filter(|(_, data)| names.contains(&&data.name)) {
        origins.add_local(VarRef { function: FnId::TOP, local }, data.kind);
    }
    for export in facts.exports.iter().filter(|export| names.contains(&&export.name)) {
        if let Exported::Value(value) = &export.what {
            origins.add(value);
        }
    }
    origins.found
}

/// Where the values of one file come from.
struct Origins<'f> {
    facts: &'f FileFacts,
    bound: FxHashMap<VarRef, Vec<&'f Value>>,
    seen: FxHashSet<*const Value>,
    found: FxHashSet<Keeper>,
}

impl<'f> Origins<'f> {
    fn new(facts: &'f FileFacts) -> Self {
        let mut bound: FxHashMap<VarRef, Vec<&Value>> = FxHashMap::default();
        for bind in facts.functions.iter().flat_map(|function| walk::binds(&function.body)) {
            if let Value::Var(var) = bind.target {
                bound.entry(*var).or_default().push(bind.value);
            }
        }
        Self { facts, bound, seen: FxHashSet::default(), found: FxHashSet::default() }
    }

    fn add_local(&mut self, var: VarRef, kind: LocalKind) {
        match kind {
            LocalKind::Function(id) => self.add_result(id),
            LocalKind::Class(id) => self.add_class(id, var),
            _ => {}
        }
        let bound = self.bound.get(&var).cloned().unwrap_or_default();
        bound.into_iter().for_each(|inner| self.add(inner));
    }

    /// What a function returns.
    fn add_result(&mut self, id: FnId) {
        let mut values = Vec::new();
        returned(&self.facts.function(id).body, &mut values);
        values.into_iter().for_each(|value| self.add(value));
    }

    /// What a class holds, and the classes above it.
    fn add_class(&mut self, id: ClassId, var: VarRef) {
        let class = self.facts.class(id);
        class
            .bases
            .iter()
            .chain(class.fields.iter().filter_map(|field| field.value.as_ref()))
            .for_each(|it| self.add(it));
        let is_own = |target: &Value| matches!(target, Value::Member(base, _) if matches!(**base, Value::Var(own) if own == var));
        let facts = self.facts;
        walk::binds(&facts.function(FnId::TOP).body)
            .filter(|bind| is_own(bind.target))
            .for_each(|bind| self.add(bind.value));
    }

    /// What a call is given, and what the calls are given on whose results it is called.
    fn add_call(&mut self, id: CallId) {
        let call = self.facts.call(id);
        call.args.iter().for_each(|arg| self.add(&arg.value));
        if let Value::Member(base, _) = &call.callee {
            self.add(base);
        }
    }

    fn add(&mut self, value: &'f Value) {
        if !self.seen.insert(value) {
            return;
        }
        match value {
            Value::Var(_) | Value::Member(..) | Value::Index(..) | Value::Element(_) => self.add_reference(value),
            Value::Module(_) => self.add_module(value, value),
            Value::Call(id) => {
                self.add_call(*id);
                self.add(&self.facts.call(*id).callee);
            }
            Value::Record { entries, spreads, .. } => {
                entries.iter().map(|entry| &entry.value).chain(spreads).for_each(|inner| self.add(inner));
            }
            Value::List(values) | Value::Choice(values, _) => values.iter().for_each(|inner| self.add(inner)),
            Value::Template(parts) => parts.iter().for_each(|part| match part {
                Part::Value(inner) => self.add(inner),
                Part::Text(_) => {}
            }),
            Value::Binary(_, left, right) => [left, right].into_iter().for_each(|inner| self.add(inner)),
            Value::Closure(id) => self.add_result(*id),
            _ => {}
        }
    }

    fn add_reference(&mut self, value: &'f Value) {
        match value.root() {
            Value::Var(var) => {
                self.found.extend(keeper(self.facts, value));
                self.found.extend(below(self.facts, *var, &members(value)));
                self.add_local(*var, self.facts.local(*var).kind);
            }
            root @ Value::Module(_) => self.add_module(value, root),
            Value::Global(_) if self.facts.language.semantics().naming == Naming::Paths => {
                self.found.extend(path(value))
            }
            root if !std::ptr::eq(root, value) => self.add(root),
            _ => {}
        }
    }

    /// `settings.POOL_SIZE` of `import settings`.
    fn add_module(&mut self, value: &'f Value, root: &'f Value) {
        let Value::Module(import) = root else { return };
        let name = members(value).pop().unwrap_or("*").to_string();
        self.found.insert(Keeper { module: self.facts.import(*import).module.clone(), name, member: None });
    }
}

/// `app.sizes.MOST` of `import app`: what the modules below the imported one hold.
fn below(facts: &FileFacts, var: VarRef, members: &[&str]) -> Vec<Keeper> {
    let LocalKind::Import(import) = facts.local(var).kind else { return Vec::new() };
    let import = facts.import(import);
    let names: Vec<&str> = members.iter().rev().copied().collect();
    let dotted = facts.language.semantics().naming == Naming::Dotted;
    let inner = (1..names.len()).filter(|_| dotted && import.kind == ImportKind::Namespace);
    let module = |at: usize| format!("{}.{}", import.module, names[..at].join("."));
    inner.map(|at| Keeper { module: module(at), name: names[at].to_string(), member: None }).collect()
}

/// `limits::MOST` and `crate::limits::MOST`: a path of Rust that needs no import.
fn path(value: &Value) -> Option<Keeper> {
    let Value::Global(root) = value.root() else { return None };
    let mut names = members(value);
    names.push(root);
    names.reverse();
    let (name, module) = names.split_last()?;
    (!module.is_empty()).then(|| Keeper { module: module.join("::"), name: (*name).to_string(), member: None })
}
