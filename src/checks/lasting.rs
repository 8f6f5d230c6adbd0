//! Programs that go on until somebody stops them: which functions keep them going, and what they do at the end.
//!
//! Where a call gives control back although what it begins goes on, none of its text is an end. Knows no library by
//! name but the words for serving.

use rustc_hash::FxHashSet;

use super::Project;
use crate::catalog::words::graph::{LASTING, SERVING};
use crate::contexts::Context;
use crate::facts::{FnId, Node, Value, walk};
use crate::graph::Point;
use crate::graph::daemons::serves;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// What keeps the programs of a project going.
pub struct Lasting {
    functions: FxHashSet<FnRef>,
    /// Functions with what a program does when it is told to stop, and the byte of the file at which that begins.
    ends: Vec<(FnRef, u32)>,
}

pub fn of<'p>(project: &'p Project) -> &'p Lasting {
    project.lasting.get_or_init(|| {
        let functions = functions(project);
        let started = started(project, &functions);
        let ends = started.into_iter().filter_map(|f| Some((f, end_begins(project, &functions, f)?))).collect();
        Lasting { functions, ends }
    })
}

impl Lasting {
    /// The function keeps the program going, itself or by what it calls.
    pub fn has(&self, f: FnRef) -> bool {
        self.functions.contains(&f)
    }

    /// The functions that a program ends in.
    pub fn ends(&self) -> impl Iterator<Item = FnRef> {
        self.ends.iter().map(|(f, _)| *f)
    }

    /// Where in the function the end of the program begins, in bytes.
    pub fn end_of(&self, f: FnRef) -> Option<u32> {
        self.ends.iter().find(|(own, _)| *own == f).map(|(_, at)| *at)
    }
}

/// The function itself keeps the program going: a call comes back only when something ends, or one of the loops that
/// count goes on as long as nothing fails.
pub fn keeps_going(project: &Project, f: FnRef, counts: &dyn Fn(&Node) -> bool) -> bool {
    let program = &project.program;
    let mut calls = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
    let mut loops = walk::nodes(&program.function(f).body).filter(|node| matches!(node, Node::Loop { .. }));
    calls.any(|call| waits_for_end(project, call)) || loops.any(|node| counts(node) && serves(program, f, node))
}

/// A call comes back only when something ends. What a function of the project does is seen there.
fn waits_for_end(project: &Project, call: CallRef) -> bool {
    let name = project.program.call(call).callee_name(project.program.facts(call.file));
    let own = || project.graph.target(call).is_some_and(|target| !target.by_name && !target.functions.is_empty());
    let told = name.is_some_and(|name| LASTING.contains(&name) || SERVING.contains(&name)) && !own();
    told || project.graph.serves(call, &project.program)
}

fn functions(project: &Project) -> FxHashSet<FnRef> {
    let program = &project.program;
    let waiting = program.functions().filter(|f| !program.semantics(f.file).continues);
    let mut queue: Vec<FnRef> = waiting.filter(|f| keeps_going(project, *f, &|_| true)).collect();
    let mut found = FxHashSet::default();
    while let Some(f) = queue.pop() {
        if found.insert(f) {
            let callers = project.graph.targets.callers(f).iter().filter(|call| runs_here(program, **call, f));
            queue.extend(callers.map(|call| FnRef { file: call.file, id: program.call(*call).function }));
        }
    }
    found
}

/// The caller goes on only when the function has come to its end: a coroutine is awaited, itself or among others.
fn runs_here(program: &Program, call: CallRef, f: FnRef) -> bool {
    let lazy = program.semantics(f.file).lazy && program.function(f).flags.is_async;
    let among = |other: CallRef| {
        let other = program.call(other);
        other.awaited && other.args.iter().any(|arg| arg.value == Value::Call(call.id))
    };
    !lazy || program.call(call).awaited || program.takers(call).any(among)
}

/// The lasting functions that a program starts with, and those that they wait for.
fn started(project: &Project, lasting: &FxHashSet<FnRef>) -> Vec<FnRef> {
    let program = &project.program;
    let begins = |f: &FnRef| {
        let own = |context: &Context| {
            let first = context.parent.is_none_or(|(point, _)| matches!(point, Point::Fn(g) if g.id == FnId::TOP));
            first && !context.weak && matches!(context.trigger, Trigger::Script | Trigger::Startup)
        };
        f.id != FnId::TOP && project.contexts.of(Point::Fn(*f)).iter().any(own)
    };
    let mut queue: Vec<FnRef> = lasting.iter().copied().filter(begins).collect();
    let mut found = FxHashSet::default();
    while let Some(f) = queue.pop() {
        if !found.insert(f) {
            continue;
        }
        for call in program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id }) {
            let target = project.graph.target(call).filter(|target| !target.by_name);
            let functions = target.into_iter().flat_map(|target| &target.functions).copied();
            queue.extend(functions.filter(|g| lasting.contains(g) && runs_here(program, call, *g)));
        }
    }
    let mut found: Vec<FnRef> = found.into_iter().collect();
    found.sort();
    found
}

/// After the last call of the function that keeps the program going.
fn end_begins(project: &Project, lasting: &FxHashSet<FnRef>, f: FnRef) -> Option<u32> {
    let program = &project.program;
    let calls = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
    let keeps_going = |call: &CallRef| {
        let target = project.graph.target(*call).filter(|target| !target.by_name);
        let mut functions = target.into_iter().flat_map(|target| &target.functions);
        waits_for_end(project, *call) || functions.any(|g| lasting.contains(g) && runs_here(program, *call, *g))
    };
    let calls = calls.filter(|_| !program.semantics(f.file).continues).filter(keeps_going);
    calls.map(|call| program.call(call).span.end).max()
}
