//! Functions of a start, and helpers on its way, whose results nobody takes: a cleanup that they return never runs.
//!
//! Knows no library.

use super::ends::ends;
use super::lifespan::returned_by;
use super::model::{Case, Ending, Fit, Fitting, Handle, Told};
use super::{Effects, Fault, Open};
use crate::catalog::schema::{Kind, Opener};
use crate::facts::walk::nodes;
use crate::facts::{Node, Value};
use crate::program::{CallRef, FnRef};
use crate::values::calls::top;
use crate::values::flow::is_used;

impl<'a> Case<'_, 'a> {
    /// A closure that would release it is returned where nobody takes it: from a callback of a
    /// promise, or from an asynchronous effect.
    pub(crate) fn returned_to_nobody(&self, fitting: &Fitting<'_, 'a>) -> Option<Option<CallRef>> {
        let dropped = self.visited.iter().copied().filter(|f| self.result_is_dropped(*f));
        // What an opener is given to be called with is called for nothing that it returns.
        let called = self.effects.given_functions(fitting.open.call, &[]);
        let of = |f: FnRef| {
            let values = self.effects.program.given_by(f).into_iter();
            values.filter(|value| matches!(value, Value::Closure(_))).map(move |value| (f, value))
        };
        let closures: Vec<(FnRef, &'a Value)> = dropped.chain(called).flat_map(of).collect();
        let lost = ends(self.effects, &[], &closures);
        lost.events.iter().find(|event| fitting.fit(event) == Fit::Releases).map(|event| event.call)
    }

    fn result_is_dropped(&self, f: FnRef) -> bool {
        let function = self.effects.program.function(f);
        let awaited = self.effects.handed_to(f).is_some_and(|call| {
            call != self.owner.effect.unwrap_or(call)
                && self.effects.program.call(call).callee_name(self.effects.program.facts(call.file)) == Some("then")
        });
        awaited
            || f == self.owner.start && (function.flags.is_async || self.is_let_go() || self.is_hook_by_name())
            || function.flags.is_async
                && (function.name.is_none() && !self.is_taken(f) && !self.is_taken_later(f) || self.is_run_in_vain(f))
    }

    /// A method or option that the framework calls for what it does: what it returns goes nowhere.
    fn is_hook_by_name(&self) -> bool {
        matches!(self.owner.ending, Ending::Member(_))
    }

    /// Of a listener on an object that nothing is known of: who returns what removes it says that the object outlasts
    /// the start.
    pub(crate) fn presumed_to_nobody(&self, open: &Open<'a>) -> Option<Told> {
        let handle = Handle::of(self.effects, open);
        let fitting = Fitting { effects: self.effects, open, handle: &handle };
        if self.owner.page || super::receivers::is_on_own(self.effects, self.owner, open) || handle.escapes {
            return None;
        }
        let ended = self.ends.events.iter().any(|event| fitting.fit(event) != Fit::Unrelated);
        let proof = self.returned_to_nobody(&fitting).filter(|_| !ended)?;
        Some((Fault::Nobody, proof))
    }

    /// Something is done with what it promises: `end = await run()`.
    fn is_taken(&self, f: FnRef) -> bool {
        let mut calls = self.calls_of(f);
        calls.any(|call| is_used(self.effects.program, call))
    }

    /// The calls on the ways to what is opened that run it.
    fn calls_of(&self, f: FnRef) -> impl Iterator<Item = CallRef> {
        let graph = &self.effects.project.graph;
        let runs = move |call: &CallRef| graph.target(*call).is_some_and(|target| target.functions.contains(&f));
        self.opens.iter().flat_map(|open| open.path.iter().copied()).filter(runs)
    }

    /// A helper that it is given to takes what it promises, once that is there: `run().then((end) => …)`.
    fn is_taken_later(&self, f: FnRef) -> bool {
        let takes = |file: u32, value: &Value| match value {
            Value::Closure(id) => !self.effects.program.function(FnRef { file, id: *id }).params.is_empty(),
            _ => false,
        };
        let is_taken = |call: CallRef| {
            let facts = self.effects.program.facts(call.file);
            facts.calls.iter().any(|data| match (&data.callee, data.args.first()) {
                (Value::Member(base, name), Some(arg)) => {
                    **base == Value::Call(call.id) && name == "then" && takes(call.file, &arg.value)
                }
                _ => false,
            })
        };
        let is_within = |call: &CallRef| self.effects.within(f, self.effects.at(*call));
        let by_it = |open: &&Open| self.effects.within(f, open.from) || open.path.iter().any(is_within);
        let paths = self.opens.iter().filter(by_it).map(|open| &open.path);
        paths.flat_map(|path| path.iter().copied().take_while(|call| !is_within(call))).any(is_taken)
    }

    /// The start has it for itself, and calls it without taking what it gives.
    fn is_run_in_vain(&self, f: FnRef) -> bool {
        let mut calls = self.calls_of(f);
        self.effects.within(self.owner.start, f) && calls.any(|call| !is_used(self.effects.program, call))
    }
}

/// Functions that helpers on the way, and what these are given to call, return to callers which let them go: alone, or
/// as parts of an object of which the caller takes others.
pub(crate) fn lost_disposers<'a>(effects: &Effects<'_, 'a>, visited: &[FnRef]) -> Vec<FnRef> {
    let calls = visited.iter().flat_map(|f| callers(effects, *f).into_iter().map(|call| (*f, call)));
    let on_way = calls.filter(|(_, call)| visited.contains(&effects.at(*call)));
    let lost = on_way.filter_map(|(f, call)| {
        let mut values = returned_by(effects, f);
        values.retain(|(_, value)| matches!(value, Value::Closure(_) | Value::Record { .. }));
        // What the file takes of it is asked last: that looks into all of the file.
        let taken = if values.is_empty() { None } else { taken(effects, call) };
        Some((values, taken?))
    });
    let parts = |(values, taken): (Vec<(FnRef, &'a Value)>, Vec<&str>)| {
        values.into_iter().flat_map(|(f, value)| closures(effects, f, value, &taken)).collect::<Vec<_>>()
    };
    lost.flat_map(parts).collect()
}

/// The calls that run a function: those of its name, and those of the parameter that it is given for.
fn callers(effects: &Effects, f: FnRef) -> Vec<CallRef> {
    let mut found = effects.calls_of(f).to_vec();
    let Some(outer) = effects.handed_to(f) else { return found };
    for helper in effects.run_by(outer) {
        let calls = effects.program.ids_within(helper).into_iter().map(|id| CallRef { file: helper.file, id });
        let callee = |call: &CallRef| &effects.program.call(*call).callee;
        found.extend(calls.filter(|call| effects.given_closure(outer, call.file, callee(call)) == Some(f)));
    }
    found
}

/// The parts of a call's result that its file takes; `None` where it has the whole.
fn taken<'e>(effects: &'e Effects, call: CallRef) -> Option<Vec<&'e str>> {
    let facts = effects.program.facts(call.file);
    let it = Value::Call(call.id);
    let (mut names, mut whole) = (Vec::new(), false);
    let mut look = |value: &'e Value| match value {
        Value::Member(base, name) if **base == it => names.push(name.as_str()),
        value => whole |= value.holds(&|part| *part.root() == it),
    };
    for data in &facts.calls {
        look(&data.callee);
        data.args.iter().for_each(|arg| look(&arg.value));
    }
    let bodies = facts.function_ids().filter(|id| !is_callback_of(effects, FnRef { file: call.file, id: *id }, &it));
    bodies.flat_map(|id| nodes(&facts.function(id).body)).filter_map(given).for_each(look);
    (!whole).then_some(names)
}

/// All that the function does is give it to what runs it on events or after some time, which lets it go.
fn is_callback_of(effects: &Effects, f: FnRef, it: &Value) -> bool {
    let body = &effects.program.function(f).body;
    let gives = || matches!(body.last(), Some(Node::Return { value: Some(value), .. }) if value == it);
    let lets_go = |opener: &Opener| opener.handler.is_some() || opener.kind == Kind::Timer;
    let opener = |call| effects.opener(call).map(|(_, opener)| opener);
    gives() && effects.handed_to(f).and_then(opener).is_some_and(lets_go)
}

/// What is bound, returned or yielded.
fn given(node: &Node) -> Option<&Value> {
    match node {
        Node::Bind { value, .. } | Node::Return { value: Some(value), .. } | Node::Yield { value: Some(value), .. } => {
            Some(value)
        }
        _ => None,
    }
}

fn closures<'a>(effects: &Effects<'_, 'a>, f: FnRef, value: &'a Value, taken: &[&str]) -> Vec<FnRef> {
    let of = |id| FnRef { file: f.file, id };
    let uncalled =
        |f: &FnRef| effects.calls_of(*f).is_empty() && effects.handed_to(*f).is_none() && !effects.is_handler(*f);
    match value {
        Value::Closure(id) => vec![of(*id)],
        Value::Record { entries, .. } => {
            let left = entries.iter().filter(|entry| !taken.contains(&entry.key.as_str()));
            let ids = left.filter_map(|entry| match effects.program.deref(top(f.file), &entry.value) {
                Value::Closure(id) => Some(of(*id)),
                _ => None,
            });
            ids.filter(uncalled).collect()
        }
        _ => Vec::new(),
    }
}
