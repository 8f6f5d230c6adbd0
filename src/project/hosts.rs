//! The object that `this` is where no class is around: a record's method sees the record, a function that a CommonJS
//! module or a record is given as a member sees that.
//!
//! Knows no library by name.

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::index::Bound;
use super::program::{FnRef, Program};
use crate::facts::{Exported, FileFacts, FnId, Language, Node, Value};

/// By function the object that it is a member of, for one file.
#[derive(Default)]
pub struct Hosts<'a> {
    of: FxHashMap<FnId, Bound<'a>>,
}

impl<'a> Hosts<'a> {
    pub fn of(facts: &'a FileFacts) -> Self {
        let mut hosts = Hosts::default();
        for id in facts.function_ids() {
            hosts.add_block(id, &facts.function(id).body);
        }
        for call in &facts.calls {
            call.args.iter().for_each(|arg| hosts.add_record(call.function, &arg.value));
        }
        for export in &facts.exports {
            if let Exported::Value(value) = &export.what {
                hosts.add_record(FnId::TOP, value);
            }
        }
        hosts
    }

    fn add_block(&mut self, function: FnId, block: &'a [Node]) {
        for node in block {
            match node {
                Node::Bind { target, value, .. } => {
                    self.add_member(function, target, value);
                    self.add_record(function, value);
                }
                Node::Return { value: Some(value), .. } => self.add_record(function, value),
                _ => {}
            }
            node.blocks().for_each(|inner| self.add_block(function, inner));
        }
    }

    fn add_member(&mut self, function: FnId, target: &'a Value, value: &'a Value) {
        if let (Value::Member(base, _), Value::Closure(member)) = (target, value) {
            self.of.entry(*member).or_insert(Bound { function, value: base });
        }
    }

    fn add_record(&mut self, function: FnId, value: &'a Value) {
        let Value::Record { entries, .. } = value else { return };
        for entry in entries {
            match entry.value {
                Value::Closure(member) => drop(self.of.entry(member).or_insert(Bound { function, value })),
                _ => self.add_record(function, &entry.value),
            }
        }
    }
}

impl<'a> Program<'a> {
    /// What `this` is in a function.
    pub(super) fn this_in(&self, f: FnRef) -> Ty<'a> {
        match self.class_around(f) {
            Some(class) => Ty::Instance(class),
            None => self.host(f).map_or(Ty::Unknown, |(_, _, ty)| ty),
        }
    }

    /// The record or module that a function, or the one around it, is a member of, and where that is written.
    pub(super) fn host(&self, f: FnRef) -> Option<(FnRef, &'a Value, Ty<'a>)> {
        let hosts = &self.index[f.file as usize].hosts.of;
        if hosts.is_empty() || self.language(f.file) != Language::Script {
            return None;
        }
        let around = std::iter::successors(Some(f.id), |id| self.facts(f.file).function(*id).parent);
        let bound = around.filter_map(|id| hosts.get(&id)).next()?;
        let owner = FnRef { file: f.file, id: bound.function };
        let is_exports = matches!(bound.value, Value::Global(name) if name == "exports");
        let ty = if is_exports { Ty::Module(f.file) } else { self.eval(owner, bound.value) };
        matches!(ty, Ty::Record(..) | Ty::Module(_)).then_some((owner, bound.value, ty))
    }
}
