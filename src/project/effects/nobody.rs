//! Functions of a start whose results nobody takes: a cleanup that they return never runs.
//!
//! Knows no library.

use super::ends::ends;
use super::fits::{Fit, Fitting};
use super::judge::Case;
use crate::facts::Value;
use crate::project::eval::returned;
use crate::project::program::{CallRef, FnRef};

impl<'a> Case<'_, 'a> {
    /// A closure that would release it is returned where nobody takes it: from a callback of a
    /// promise, or from an asynchronous effect.
    pub(super) fn returned_to_nobody(&self, fitting: &Fitting<'_, 'a>) -> Option<Option<CallRef>> {
        let dropped = self.visited.iter().filter(|f| self.result_is_dropped(**f));
        let closures: Vec<(FnRef, &'a Value)> = dropped
            .flat_map(|f| {
                let mut values = Vec::new();
                returned(&self.effects.program.function(*f).body, &mut values);
                values
                    .into_iter()
                    .filter(|value| matches!(value, Value::Closure(_)))
                    .map(|value| (*f, value))
                    .collect::<Vec<_>>()
            })
            .collect();
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
            || f == self.owner.start && (function.flags.is_async || self.is_let_go())
            || function.flags.is_async && (function.name.is_none() || self.is_run_in_vain(f))
    }

    /// The start has it for itself, and calls it without taking what it gives.
    fn is_run_in_vain(&self, f: FnRef) -> bool {
        let leads = |call: &CallRef| {
            self.effects.project.graph.target(*call).is_some_and(|target| target.functions.contains(&f))
        };
        let mut calls = self.opens.iter().flat_map(|open| open.path.iter().copied()).filter(leads);
        self.effects.within(self.owner.start, f) && calls.any(|call| !super::dropped::is_used(self.effects, call))
    }
}
