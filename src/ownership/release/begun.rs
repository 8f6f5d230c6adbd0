//! What a program takes out of a pool as it begins, to see whether the server is there, and gives back to nobody: the
//! pool has one fewer for all the work that comes after.
//!
//! Knows no library by name.

use rustc_hash::FxHashSet;

use super::given::Givers;
use super::model::{Trace, Walk};
use super::state::Outcome;
use super::{Leak, Path, Survey, escape};
use crate::catalog::schema::Kind;
use crate::contexts::Context;
use crate::facts::FnId;
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};

impl Survey<'_, '_, '_, '_> {
    /// What nobody gives back of it, beside what is told already.
    pub(crate) fn begun(&mut self) {
        let told: FxHashSet<CallRef> = self.found.leaks.iter().map(|leak| leak.call).collect();
        let calls = self.world.program.calls().filter(|call| self.begins_with(*call));
        let lost: Vec<Leak> = calls.filter_map(|call| self.lost_at_start(call)).collect();
        self.found.leaks.extend(lost.into_iter().filter(|leak| !told.contains(&leak.call)));
    }

    /// The call is made once, as a program begins that afterwards works for others.
    fn begins_with(&self, call: CallRef) -> bool {
        let program = self.world.program;
        let f = FnRef { file: call.file, id: program.call(call).function };
        let first = |context: &&Context| matches!(context.trigger, Trigger::Load | Trigger::Startup) && !context.many;
        let at_first = || {
            let contexts = self.contexts_around(f);
            !contexts.is_empty() && contexts.iter().all(first)
        };
        program.class_of(call.file) == FileClass::Source && !program.semantics(call.file).drops && at_first()
    }

    fn lost_at_start(&self, call: CallRef) -> Option<Leak> {
        let program = self.world.program;
        let given = self.given_to(call, &mut Givers::default());
        let resource = given.map(|given| given.resource).or_else(|| self.opened_by(call))?;
        // What listens is there to last as long as the program.
        let listens = resource.kind(program) == Some(Kind::Subscription);
        if !resource.acquired || resource.private || resource.is_collected(program) || listens {
            return None;
        }
        let mut walk = match given {
            Some(given) => Walk::of_callback(self.world, call, given),
            None => Walk::new(self.world, call, resource),
        };
        let outcome = walk.run();
        // A variable of the module may be used by all who run later.
        if program.call(call).function == FnId::TOP && given.is_none() && !walk.ever.is_empty() {
            return None;
        }
        let forgotten = self.is_forgotten(call, &outcome, &walk.trace) && self.is_served_later(call.file);
        forgotten.then(|| Leak::of_whole(call, resource, Path::Never, true))
    }

    /// Nobody can give it back any more, and it is not there to last as long as the program.
    fn is_forgotten(&self, call: CallRef, outcome: &Outcome, trace: &Trace) -> bool {
        let never = !trace.gave_up && escape(outcome, trace) == Some(Path::Never);
        never && !self.keeps_session(call.file, trace)
    }

    /// The process that loads the file does something again and again.
    fn is_served_later(&self, file: u32) -> bool {
        let program = self.world.program;
        let repeats = |f: &FnRef| {
            let mut contexts = self.project.contexts.of(Point::Fn(*f)).iter();
            f.id != FnId::TOP && contexts.any(|context| context.trigger.repeats() || context.trigger == Trigger::Tick)
        };
        program.functions().filter(repeats).any(|f| self.project.run_together(f.file, file))
    }
}
