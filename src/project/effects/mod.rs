//! Who opens what for how long, and whether the end of that life releases it.
//!
//! One analysis for effects, components, classes and option objects: an owner has functions that
//! run at its start and functions that run at its end. Knows no framework or library by name (the
//! data says what opens and what ends) and no output.

mod ends;
mod fits;
mod handles;
mod judge;
mod lives;
mod mend;
mod opens;
mod owners;
mod placed;
mod receivers;
mod same;

use rustc_hash::FxHashMap;

use super::Project;
use super::program::{CallRef, FnRef, Program};
use crate::catalog::Row;
use crate::catalog::schema::Opener;
use crate::facts::{FnId, Pred, Value};

pub use mend::Mend;

/// Something that an owner opens and does not (rightly) release.
pub struct Leak<'a> {
    /// The call that registers the effect; `None` for methods and set-up code.
    pub effect: Option<CallRef>,
    /// What runs at the start of the owner's life.
    pub start: FnRef,
    pub open: Open<'a>,
    pub fault: Fault,
    /// The release that does not fit, or the place that proves the fault.
    pub proof: Option<CallRef>,
    pub mend: Option<Mend>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing at the end of the owner's life releases it.
    Missing,
    OtherHandler,
    OtherEvent,
    OtherCapture,
    /// The release is given something that is not the handle.
    WrongValue,
    /// The cleanup opens it once more.
    AddsAgain,
    /// The variable is emptied before the release.
    EmptiedFirst,
    /// The release depends on another place that has changed by then.
    Guarded,
    /// The cleanup sees the value of the first render only.
    Stale,
    /// The disposer is returned to a caller that drops it.
    Nobody,
    /// The cleanup only sets a variable.
    FlagOnly,
    /// Opened after the owner may have gone.
    Late,
}

/// One call that opens something lasting.
#[derive(Clone)]
pub struct Open<'a> {
    pub call: CallRef,
    pub from: FnRef,
    pub row: Row,
    pub opener: &'a Opener,
    /// Calls that lead from the owner's function to the function that opens.
    pub path: Vec<CallRef>,
    /// Conditions under which it opens, with the file of each.
    pub preds: Vec<(u32, &'a Pred)>,
    /// After an await, or in a closure that runs later.
    pub late: bool,
}

/// All that is opened and not released, in the order of the files.
pub fn leaks<'a>(project: &Project<'a>) -> Vec<Leak<'a>> {
    let effects = Effects::new(project);
    let mut found: Vec<Leak> =
        owners::owners(&effects).iter().flat_map(|owner| judge::judge(&effects, owner)).collect();
    found.sort_by_key(|leak| (leak.open.call, leak.effect));
    found.dedup_by_key(|leak| leak.open.call);
    found
}

/// What the parts of the analysis share.
pub(crate) struct Effects<'p, 'a> {
    pub project: &'p Project<'a>,
    pub program: &'p Program<'a>,
    /// The call to which a closure is given.
    handed: FxHashMap<FnRef, CallRef>,
}

impl<'p, 'a> Effects<'p, 'a> {
    fn new(project: &'p Project<'a>) -> Self {
        let program = &project.program;
        let mut handed = FxHashMap::default();
        for call in program.calls() {
            for arg in &program.call(call).args {
                if let Value::Closure(id) = arg.value {
                    handed.insert(FnRef { file: call.file, id }, call);
                }
            }
        }
        Self { project, program, handed }
    }

    /// The call that a closure is an argument of.
    pub fn handed_to(&self, f: FnRef) -> Option<CallRef> {
        self.handed.get(&f).copied()
    }

    /// `inner` is `outer` or stands in it.
    pub fn within(&self, outer: FnRef, inner: FnRef) -> bool {
        if outer.file != inner.file {
            return false;
        }
        let facts = self.program.facts(outer.file);
        let mut at = Some(inner.id);
        while let Some(id) = at {
            if id == outer.id {
                return true;
            }
            at = facts.function(id).parent;
        }
        false
    }

    /// Declared at the top level of a module: it outlives every component.
    pub fn is_module_level(&self, var: crate::facts::VarRef) -> bool {
        var.function == FnId::TOP
    }

    /// Where a value of this function makes sense.
    pub fn at(&self, call: CallRef) -> FnRef {
        FnRef { file: call.file, id: self.program.call(call).function }
    }
}
