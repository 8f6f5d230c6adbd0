//! Which functions of a file stand in which, and the calls that each makes itself.
//!
//! Asking every function and call of a file whether it is inside would take as long as the file is, for each question.
//! Knows one file at a time.

use super::{FnRef, Symbols};
use crate::facts::{Call, CallId, FileFacts, FnId};

/// By function, for one file.
#[derive(Default)]
pub struct Nesting {
    /// Those that stand directly in it.
    inner: Vec<Vec<FnId>>,
    calls: Vec<Vec<CallId>>,
}

impl Nesting {
    pub fn of(facts: &FileFacts) -> Self {
        let functions = facts.functions.len();
        let mut nesting = Nesting { inner: vec![Vec::new(); functions], calls: vec![Vec::new(); functions] };
        for id in facts.function_ids() {
            if let Some(parent) = facts.function(id).parent {
                nesting.inner[parent.index()].push(id);
            }
        }
        for (id, call) in (0..).zip(&facts.calls) {
            nesting.calls[call.function.index()].push(CallId(id));
        }
        nesting
    }
}

impl<'a> Symbols<'a> {
    /// A function and all that stand in it, in the order of the file.
    pub fn nested(&self, f: FnRef) -> Vec<FnId> {
        let inner = &self.index[f.file as usize].nesting.inner;
        let mut found = vec![f.id];
        let mut at = 0;
        while let Some(id) = found.get(at) {
            found.extend(&inner[id.index()]);
            at += 1;
        }
        found.sort_unstable();
        found
    }

    /// The calls of a function and of all that stand in it, in the order of the file.
    pub fn calls_within(&self, f: FnRef) -> impl Iterator<Item = &'a Call> + use<'a> {
        let facts = self.facts(f.file);
        self.ids_within(f).into_iter().map(move |id| facts.call(id))
    }

    /// The same calls by what they are referred to.
    pub fn ids_within(&self, f: FnRef) -> Vec<CallId> {
        let nesting = &self.index[f.file as usize].nesting;
        let mut calls: Vec<CallId> = self.nested(f).iter().flat_map(|id| &nesting.calls[id.index()]).copied().collect();
        calls.sort_unstable();
        calls
    }
}
