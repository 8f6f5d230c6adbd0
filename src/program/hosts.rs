//! Which functions of a file are members of a record or of a CommonJS module.
//!
//! Knows no library by name.

use rustc_hash::FxHashMap;

use super::index::Bound;
use crate::facts::walk::nodes;
use crate::facts::{Exported, FileFacts, FnId, Node, Value};

/// By function the object that it is a member of, for one file.
#[derive(Default)]
pub struct Hosts<'a> {
    pub(crate) of: FxHashMap<FnId, Bound<'a>>,
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
        for node in nodes(block) {
            match node {
                Node::Bind { target, value, .. } => {
                    self.add_member(function, target, value);
                    self.add_record(function, value);
                }
                Node::Return { value: Some(value), .. } => self.add_record(function, value),
                _ => {}
            }
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
