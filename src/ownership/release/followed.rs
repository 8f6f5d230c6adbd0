//! What became of each thing that is opened, and what a function does with what it is given, as far as they
//! are followed.
//!
//! For `connlint debug ownership` and `connlint debug summary`, and for `connlint doctor`, which tells where
//! nothing is said because a callee is not known. No rule reads it.

use std::fmt::Write;

use super::model::{Resource, Summaries, Trace, Walk, What};
use super::state::{Exit, Hold, Leave, Outcome};
use crate::contexts::linked::Linked;
use crate::facts::dump::{call as call_text, label};
use crate::facts::{CallId, Span};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// One opened thing, in the function that opens it.
#[derive(Debug, Clone)]
pub struct Followed {
    pub call: CallRef,
    pub resource: Resource,
    /// The states in which ways out of the function leave it.
    ends: Vec<(Way, Hold)>,
    /// The call that it is given to, where nobody knows what is called: nothing is said from there on.
    pub unknown: Option<CallId>,
    returned: bool,
    lent: bool,
    kept: bool,
    gave_up: bool,
}

/// A way out of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Its end, without a `return`.
    End,
    Left(Leave, Span),
}

impl Followed {
    pub(super) fn new(call: CallRef, resource: Resource, outcome: &Outcome, trace: &Trace) -> Followed {
        let mut ends: Vec<(Way, Hold)> = outcome.normal.iter().map(|state| (Way::End, state.hold)).collect();
        let left = |exit: &Exit| (Way::Left(exit.leave, exit.span), exit.state.hold);
        ends.extend(outcome.exits.iter().map(left));
        ends.dedup();
        Followed {
            call,
            resource,
            ends,
            unknown: trace.unknown,
            returned: trace.returned || trace.bundled.is_some(),
            lent: trace.lent,
            kept: trace.kept,
            gave_up: trace.gave_up,
        }
    }

    fn text(&self, program: &Program, line: &dyn Fn(u32) -> u32, out: &mut String) {
        let data = program.call(self.call);
        let file = self.call.file;
        let what = match self.resource.what {
            What::Catalog(ty) => program.catalog.ty(ty).display.clone(),
            What::Object(class) => program.class(class).name.clone(),
        };
        let _ = writeln!(out, "  line {}: opens {what}", line(data.span.start));
        for (way, hold) in &self.ends {
            let way = match way {
                Way::End => "the end".to_string(),
                Way::Left(leave, span) => format!("{leave:?} at line {}", line(span.start)).to_lowercase(),
            };
            let _ = writeln!(out, "    {way}: {}", format!("{hold:?}").to_lowercase());
        }
        let traits = [
            (self.returned, "returned to the caller"),
            (self.lent, "lent by a yield"),
            (self.kept, "kept by somebody else"),
            (self.gave_up, "given up: too many states"),
        ];
        for (_, text) in traits.iter().filter(|(holds, _)| *holds) {
            let _ = writeln!(out, "    {text}");
        }
        if let Some(to) = self.unknown {
            let _ = writeln!(out, "    given to what is not known: {}", call_text(program.facts(file), to));
        }
    }
}

impl Walk<'_, '_, '_> {
    /// Nothing of the project and no row of the data says what the call runs.
    pub(super) fn is_unknown(&self, id: CallId) -> bool {
        let target = self.world.graph.target(CallRef { file: self.f.file, id });
        target.is_none_or(|target| {
            target.functions.is_empty() && target.rows.is_empty() && target.class.is_none() && target.gives.is_none()
        })
    }
}

/// What functions do with what they are given: `connlint debug summary`.
pub fn summaries(project: &Linked, functions: &[FnRef]) -> String {
    let summaries = Summaries::new(&project.program, &project.graph);
    let mut out = String::new();
    for f in functions {
        let _ = writeln!(out, "summary {}", label(project.program.facts(f.file), f.id));
        for (name, fate) in summaries.parameters(*f) {
            let _ = writeln!(out, "  {name}: {}", format!("{fate:?}").to_lowercase());
        }
        let throws = if summaries.may_throw(*f) { "throws" } else { "throws nothing of its own" };
        let _ = writeln!(out, "  {throws}");
    }
    out
}

/// What functions open, and in which state each way out leaves it: `connlint debug ownership`.
///
/// `line` gives the 1-based line of a byte offset in their file.
pub fn ownership(project: &Linked, functions: &[FnRef], line: &dyn Fn(u32) -> u32) -> String {
    let program = &project.program;
    let followed = super::releases(project).followed;
    let mut out = String::new();
    for f in functions {
        let _ = writeln!(out, "ownership {}", label(program.facts(f.file), f.id));
        let own = followed.iter().filter(|one| one.call.file == f.file && program.call(one.call).function == f.id);
        own.for_each(|one| one.text(program, line, &mut out));
    }
    out
}
