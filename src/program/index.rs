//! What the bodies of a file assign to which variable and field, and which functions stand in which.
//!
//! Flow-insensitive. Knows one file at a time.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::hosts::Hosts;
use super::nesting::Nesting;
use crate::facts::walk::nodes;
use crate::facts::{CallId, ClassId, Export, FileFacts, FnId, FnKind, LocalKind, Naming, Node, Value, VarRef};
use crate::packages::unit::Unit;

/// A value that is assigned somewhere, with the function whose body assigns it.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    pub function: FnId,
    pub value: &'a Value,
}

/// What is assigned to one element of a container.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    pub container: &'a Value,
    pub key: &'a Value,
    pub bound: Bound<'a>,
}

/// Per file: what is assigned to which variable and field.
#[derive(Default)]
pub struct FileIndex<'a> {
    pub vars: FxHashMap<VarRef, Vec<Bound<'a>>>,
    /// Assignments to `this.NAME`, by field name.
    pub fields: FxHashMap<&'a str, Vec<Bound<'a>>>,
    /// Assignments to `x.NAME` for any other base.
    pub members: FxHashMap<&'a str, Vec<(&'a Value, Bound<'a>)>>,
    /// Assignments to `x[key]`.
    pub elements: Vec<Element<'a>>,
    /// Assignments to names that nothing declares: `onpagehide = …`.
    pub globals: FxHashMap<&'a str, Vec<Bound<'a>>>,
    /// Names declared at the top level; the last declaration wins.
    pub top: FxHashMap<&'a str, VarRef>,
    /// Exports by name; of several with one name the first.
    pub exports: FxHashMap<&'a str, &'a Export>,
    /// Methods by class and name; of several with one name the last, where languages let it take the place of the first.
    pub methods: FxHashMap<(ClassId, &'a str), FnId>,
    pub(crate) nesting: Nesting,
    pub(crate) hosts: Hosts<'a>,
    takers: OnceLock<FxHashMap<CallId, Vec<CallId>>>,
}

/// What is assigned where, for each file.
pub fn index(units: &[Unit]) -> Vec<FileIndex<'_>> {
    units.par_iter().map(|unit| FileIndex::new(&unit.facts)).collect()
}

/// A method takes the place of one of the same name above it: both are called, neither is a property.
fn replaces(facts: &FileFacts, known: FnId, later: FnId) -> bool {
    let plain = |id: FnId| facts.function(id).kind == FnKind::Method;
    facts.language.semantics().naming != Naming::Paths && plain(known) && plain(later)
}

fn takers(facts: &FileFacts) -> FxHashMap<CallId, Vec<CallId>> {
    let mut found: FxHashMap<CallId, Vec<CallId>> = FxHashMap::default();
    for (id, call) in (0..).map(CallId).zip(&facts.calls) {
        let on = match &call.callee {
            Value::Member(base, _) => Some(&**base),
            _ => None,
        };
        let given = call.args.iter().flat_map(|arg| match &arg.value {
            Value::List(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        });
        for value in on.into_iter().chain(given) {
            let Value::Call(taken) = value else { continue };
            let known = found.entry(*taken).or_default();
            if known.last() != Some(&id) {
                known.push(id);
            }
        }
    }
    found
}

impl<'a> FileIndex<'a> {
    fn new(facts: &'a FileFacts) -> Self {
        let mut index = FileIndex { nesting: Nesting::of(facts), hosts: Hosts::of(facts), ..FileIndex::default() };
        for (local, data) in facts.function(FnId::TOP).locals.iter().enumerate() {
            let var = VarRef { function: FnId::TOP, local: local as u32 };
            let known = index.top.get(data.name.as_str()).copied();
            let keeps =
                known.is_some_and(|old| matches!(facts.local(old).kind, LocalKind::Class(_) | LocalKind::Function(_)));
            if !keeps {
                index.top.insert(&data.name, var);
            }
        }
        for export in &facts.exports {
            index.exports.entry(&export.name).or_insert(export);
        }
        for (at, class) in facts.classes.iter().enumerate() {
            let named = class.methods.iter().filter_map(|id| Some((facts.function(*id).name.as_deref()?, *id)));
            for (name, id) in named {
                let known = index.methods.entry((ClassId(at as u32), name)).or_insert(id);
                if replaces(facts, *known, id) {
                    *known = id;
                }
            }
        }
        for id in facts.function_ids() {
            index.add_block(id, &facts.function(id).body);
        }
        index.shrink();
        index
    }

    /// Most things are assigned once.
    fn shrink(&mut self) {
        [&mut self.fields, &mut self.globals].into_iter().flat_map(|all| all.values_mut()).for_each(Vec::shrink_to_fit);
        self.vars.values_mut().for_each(Vec::shrink_to_fit);
        self.members.values_mut().for_each(Vec::shrink_to_fit);
    }

    /// The calls that are made on what a call gives, or are given it, by itself or in a list: `f(made())`, `made().then(g)`.
    pub fn takers(&self, facts: &FileFacts, call: CallId) -> &[CallId] {
        self.takers.get_or_init(|| takers(facts)).get(&call).map_or(&[], Vec::as_slice)
    }

    fn add_block(&mut self, function: FnId, block: &'a [Node]) {
        for node in nodes(block) {
            match node {
                Node::Bind { target, value, .. } => self.add_bind(function, target, value),
                Node::Scope { resource, bound: Some(target), .. } => self.add_bind(function, target, resource),
                _ => {}
            }
        }
    }

    fn add_bind(&mut self, function: FnId, target: &'a Value, value: &'a Value) {
        let bound = Bound { function, value };
        match target {
            Value::Var(var) => self.vars.entry(*var).or_default().push(bound),
            Value::Member(base, name) if matches!(**base, Value::This) => {
                self.fields.entry(name).or_default().push(bound);
            }
            Value::Member(base, name) => self.members.entry(name).or_default().push((base, bound)),
            Value::Index(container, key) => self.elements.push(Element { container, key, bound }),
            Value::Global(name) => self.globals.entry(name).or_default().push(bound),
            _ => {}
        }
    }
}
