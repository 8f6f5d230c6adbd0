//! Which functions of a file stand in which, and the calls that each makes itself.
//!
//! Asking every function and call of a file whether it is inside would take as long as the file is, for each question.
//! Knows one file at a time.

use std::cmp::Reverse;

use rustc_hash::FxHashSet;

use super::index::Bound;
use super::{CallRef, FnRef, Symbols};
use crate::facts::{Call, CallId, FileFacts, FnId, Node, Span, Value, VarRef};

/// By function, for one file.
#[derive(Default)]
pub struct Nesting {
    /// Those that stand directly in it.
    inner: Vec<Vec<FnId>>,
    calls: Vec<Vec<CallId>>,
    /// Calls whose results are called in turn.
    called: FxHashSet<CallId>,
    /// Where the calls stand that are a part of another value, by where they begin.
    folded: Vec<Span>,
    /// Where the statements of the top level stand that may not be run to their end, or not at all; in order.
    conditional: Vec<Span>,
}

impl Nesting {
    pub fn of(facts: &FileFacts) -> Self {
        let functions = facts.functions.len();
        let (inner, calls) = (vec![Vec::new(); functions], vec![Vec::new(); functions]);
        let mut nesting = Nesting { inner, calls, ..Nesting::default() };
        for id in facts.function_ids() {
            if let Some(parent) = facts.function(id).parent {
                nesting.inner[parent.index()].push(id);
            }
        }
        for (id, call) in (0..).zip(&facts.calls) {
            nesting.calls[call.function.index()].push(CallId(id));
            if let Value::Call(inner) = call.callee {
                nesting.called.insert(inner);
            }
        }
        nesting.folded = facts.folded.iter().map(|id| facts.call(*id).span).collect();
        nesting.folded.sort_unstable();
        nesting.conditional = facts.function(FnId::TOP).body.iter().filter_map(conditional).collect();
        nesting.conditional.sort_unstable_by_key(|span| (span.start, Reverse(span.end)));
        // The outer one holds what stands in an inner one too.
        nesting.conditional.dedup_by(|inner, outer| outer.contains(*inner));
        nesting
    }
}

fn conditional(node: &Node) -> Option<Span> {
    match node {
        Node::Branch { span, .. } | Node::Match { span, .. } | Node::Loop { span, .. } | Node::Try { span, .. } => {
            Some(*span)
        }
        _ => None,
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

    /// A function is the other one, or stands in it.
    pub fn is_within(&self, inner: FnRef, outer: FnRef) -> bool {
        inner.file == outer.file && self.facts(outer.file).is_within(outer.id, inner.id)
    }

    /// The calls of a function and of all that stand in it, in the order of the file.
    pub fn calls_within(&self, f: FnRef) -> impl Iterator<Item = &'a Call> + use<'a> {
        let facts = self.facts(f.file);
        self.ids_within(f).into_iter().map(move |id| facts.call(id))
    }

    /// The calls that a function makes itself, in the order of the file.
    pub fn ids_of(&self, f: FnRef) -> &[CallId] {
        &self.index[f.file as usize].nesting.calls[f.id.index()]
    }

    /// The calls of a function and of all that stand in it, by what they are referred to.
    pub fn ids_within(&self, f: FnRef) -> Vec<CallId> {
        let nesting = &self.index[f.file as usize].nesting;
        let mut calls: Vec<CallId> = self.nested(f).iter().flat_map(|id| &nesting.calls[id.index()]).copied().collect();
        calls.sort_unstable();
        calls
    }

    /// The variables of a function and of all that stand in it, with what is assigned to them.
    pub fn vars_within(&self, f: FnRef) -> impl Iterator<Item = (VarRef, &[Bound<'a>])> {
        let (facts, index) = (self.facts(f.file), &self.index[f.file as usize]);
        let locals =
            |function: FnId| (0..facts.function(function).locals.len() as u32).map(move |local| (function, local));
        let vars = self.nested(f).into_iter().flat_map(locals).map(|(function, local)| VarRef { function, local });
        vars.filter_map(|var| Some((var, index.vars.get(&var)?.as_slice())))
    }

    /// Whether what the call gives is called in turn: `atomic(alias)(function)`.
    pub fn is_called(&self, call: CallRef) -> bool {
        self.index[call.file as usize].nesting.called.contains(&call.id)
    }

    /// Whether a call that is a part of another value stands in the span.
    pub fn has_folded(&self, file: u32, span: Span) -> bool {
        let folded = &self.index[file as usize].nesting.folded;
        let first = folded.partition_point(|inner| inner.start < span.start);
        folded[first..].iter().take_while(|inner| inner.start <= span.end).any(|inner| span.contains(*inner))
    }

    /// Whether the span stands in a statement of the top level that may not be run to its end: `try: import x`.
    pub fn is_conditional(&self, file: u32, span: Span) -> bool {
        let statements = &self.index[file as usize].nesting.conditional;
        let before = statements.partition_point(|around| around.start <= span.start);
        statements[..before].last().is_some_and(|around| span.end <= around.end)
    }
}
