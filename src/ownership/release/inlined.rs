//! Functions that work with the resource and run where they stand: a local function that is called, and what a library
//! runs for each element before it comes back (`sorted(rows, key=lambda row: read(connection, row))`).
//!
//! Knows no library by name.

use super::bodies::inside;
use super::model::{Effect, Walk};
use super::{names, runs};
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::{Arg, Call, FnId, LocalKind, Value};
use crate::program::{CallRef, FnRef};
use crate::values::calls::Target;
use crate::values::handover::chosen;

impl Walk<'_, '_, '_> {
    /// What it comes to that the function runs now, if it does no more than to work with the resource.
    pub(crate) fn effect_of_running(&self, id: FnId, awaited: bool) -> Effect {
        let g = FnRef { file: self.f.file, id };
        let flags = &self.world.program.function(g).flags;
        let later = flags.generator || flags.is_async && !awaited;
        if later || self.takes_anew(g) || !self.works_in(g) {
            return Effect::None;
        }
        if self.world.summaries.is_quiet(g) { Effect::Harmless } else { Effect::Use }
    }

    /// The function puts another thing into one of the variables.
    fn takes_anew(&self, g: FnRef) -> bool {
        let program = self.world.program;
        let outer = self.ever.iter().filter(|var| !inside(program, g, var.function));
        outer.into_iter().any(|var| program.bound(g.file, *var).iter().any(|bound| inside(program, g, bound.function)))
    }

    /// Some call in the function is one of the resource, or of a handle of it, that may fail.
    fn works_in(&self, g: FnRef) -> bool {
        let program = self.world.program;
        let facts = program.facts(g.file);
        let over = |value: &Value| self.is_ever(value) || self.is_handle(value);
        let works = |call: &Call| {
            let name = call.callee_name(facts).unwrap_or_default();
            let on_it = matches!(&call.callee, Value::Member(base, _) if over(base.root()));
            let quiet = names::looks(name) || names::harmless(name) || names::releases(name);
            !quiet && (on_it || call.args.iter().any(|arg| over(&arg.value)))
        };
        program.calls_within(g).any(works)
    }

    /// The functions among the arguments that a library runs before the call comes back, or that what goes through its
    /// result runs at once.
    pub(crate) fn run_by_library(&self, call: CallRef, target: &Target) -> Vec<FnId> {
        let program = self.world.program;
        let data = program.call(call);
        let mut args: Vec<&Arg> = Vec::new();
        for row in target.rows.iter().filter(|row| row.kind == RowKind::Handover) {
            let handover = program.catalog.handover(*row);
            let here = matches!(handover.run, Run::Inline | Run::Iteration);
            if here && (!handover.lazy || runs::is_consumed(self.world, call)) {
                args.extend(chosen(data, &handover.args));
            }
        }
        let functions = args.into_iter().filter_map(|arg| match &arg.value {
            Value::Closure(id) => Some(*id),
            Value::Var(var) => match program.facts(call.file).local(*var).kind {
                LocalKind::Function(id) => Some(id),
                _ => None,
            },
            _ => None,
        });
        functions.collect()
    }
}
