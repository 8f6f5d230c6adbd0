//! Functions of a start, and helpers on its way, whose results nobody takes: a cleanup that they return never runs.
//!
//! Knows no library.

use super::ends::ends;
use super::fits::{Fit, Fitting};
use super::judge::Case;
use super::owners::returned_by;
use super::{Effects, Open};
use crate::facts::Value;
use crate::project::calls::top;
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

/// Functions that helpers on the way return to callers which let them go: alone, or as parts of an object of which
/// nobody calls them.
pub(super) fn lost_disposers(effects: &Effects, opens: &[Open]) -> Vec<FnRef> {
    let mut calls: Vec<CallRef> = opens.iter().flat_map(|open| open.path.iter().copied()).collect();
    calls.sort();
    calls.dedup();
    let lost = calls.into_iter().filter(|call| !super::dropped::is_used(effects, *call));
    let helpers = lost.flat_map(|call| effects.project.graph.target(call).map_or(&[][..], |t| t.functions.as_slice()));
    helpers.flat_map(|f| returned_by(effects, *f)).flat_map(|(f, value)| closures(effects, f, value)).collect()
}

fn closures<'a>(effects: &Effects<'_, 'a>, f: FnRef, value: &'a Value) -> Vec<FnRef> {
    let of = |id| FnRef { file: f.file, id };
    let uncalled =
        |f: &FnRef| effects.calls_of(*f).is_empty() && effects.handed_to(*f).is_none() && !effects.is_handler(*f);
    match value {
        Value::Closure(id) => vec![of(*id)],
        Value::Record { entries, .. } => {
            let ids = entries.iter().filter_map(|entry| match effects.program.deref(top(f.file), &entry.value) {
                Value::Closure(id) => Some(of(*id)),
                _ => None,
            });
            ids.filter(uncalled).collect()
        }
        _ => Vec::new(),
    }
}
