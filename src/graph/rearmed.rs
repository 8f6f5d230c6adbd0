//! Timers that a function sets for itself: each of its runs ends with the next one set.
//!
//! What sets one only where something failed tries again. Knows no library by name.

use super::Builder;
use super::daemons::every_turn;
use crate::catalog::schema::{Handover, Run, TimeUnit};
use crate::facts::walk;
use crate::program::{CallRef, FnRef};
use crate::values::periods::{period, short};

impl Builder<'_, '_> {
    /// The few seconds after which the call has the function run again that it stands in.
    pub(crate) fn rearmed(&self, f: FnRef, function: FnRef, call: CallRef, row: &Handover) -> Option<u32> {
        let unit = row.unit.filter(|_| row.run == Run::Deferred)?;
        let facts = self.program.facts(f.file);
        let mut steady = Vec::new();
        every_turn(facts, &self.program.function(f).body, &mut steady);
        let again = steady.contains(&call.id) && (function == f || self.calls(function, f));
        again.then(|| period(self.program, call, Some(TimeUnit::seconds(unit))))?.and_then(short)
    }

    fn calls(&self, from: FnRef, f: FnRef) -> bool {
        let mut targets = walk::calls(&self.program.function(from).body)
            .filter_map(|id| self.common.targets.get(CallRef { file: from.file, id }));
        targets.any(|target| target.functions.contains(&f))
    }
}
