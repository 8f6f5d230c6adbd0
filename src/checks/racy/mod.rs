//! Lazy initialisation with a gap: a cell is found empty, something is awaited, and only then is
//! the cell filled. Whoever comes in between finds it empty too.
//!
//! | piece | answers |
//! | --- | --- |
//! | [`search`] | whether some way leads from a look at an empty cell over a wait to where it is filled |
//! | [`opening`] | which calls open what must not be opened twice |
//! | [`beside`] | which functions start-up runs several times at the same time |
//!
//! A cell that is filled with the promise has no gap, nor one that a lock guards. Knows no library
//! by name.

mod beside;
mod opening;
mod search;

use std::cell::LazyCell;

use rustc_hash::FxHashSet;

use super::Project;
use crate::capacity::platform::platform;
use crate::catalog::TypeId;
use crate::catalog::schema::Platform;
use crate::catalog::words::checks::ONE_AT_A_TIME;
use crate::contexts::{Context, takes_arguments};
use crate::facts::walk::{self, Region, around_call};
use crate::facts::{Call, CallId, CallKind, FnId, FnKind, Node, Span, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use beside::Beside;
use opening::Openings;

/// A cell that two callers may both fill.
#[derive(Debug, Clone)]
pub struct Race {
    pub f: FnRef,
    /// The construction that may happen twice.
    pub call: CallRef,
    /// `None` for what the catalogue does not know.
    pub ty: Option<TypeId>,
    /// It is there already, and is opened again.
    pub again: bool,
    /// Where the cell is looked at.
    pub check: Span,
    /// What is awaited in the gap, or starts what comes later, and the function in which it stands.
    pub gap: (FnRef, Span),
    /// The statement that fills the cell.
    pub fill: Span,
}

/// All races of the project.
pub fn races(project: &Project) -> Vec<Race> {
    let openings = Openings::new(project);
    let beside = LazyCell::new(|| Beside::new(project));
    let repeated = |f: FnRef| is_repeated(project, f) && !is_started_by_script(project, f);
    let mut told = FxHashSet::default();
    let mut found = Vec::new();
    for f in project.program.functions().filter(|f| openings.may_open(*f) && is_candidate(project, *f)) {
        let races = search::races(project, &openings, f);
        if !races.is_empty() && (repeated(f) || beside.overlaps(f)) {
            found.extend(races.into_iter().filter(|race| told.insert(race.call)));
        }
    }
    found
}

/// A function that may wait, or may start what comes later, between two of its steps.
fn is_candidate(project: &Project, f: FnRef) -> bool {
    let function = project.program.function(f);
    let source = project.program.class_of(f.file) == FileClass::Source;
    let goes_on = function.flags.is_async || project.program.semantics(f.file).continues;
    let open = f.id != FnId::TOP && goes_on && source && !guarded(&function.anchor);
    open && !is_once_an_object(project, f) && !serves_alone(project, f)
}

/// Several callers run it at the same time, and no start-up before them.
fn is_repeated(project: &Project, f: FnRef) -> bool {
    let repeats = |f: FnRef| project.contexts.of(Point::Fn(f)).iter().any(|context| context.trigger.repeats());
    (repeats(f) || looked_before(project, f).any(repeats)) && !comes_first(project, f)
}

/// The start of the process runs it before anybody asks.
fn comes_first(project: &Project, f: FnRef) -> bool {
    project.contexts.of(Point::Fn(f)).iter().any(|context| {
        let starts = matches!(context.trigger, Trigger::Load | Trigger::Startup);
        // What a loop does that works as long as the process is no start: it comes beside all others.
        starts
            && !context.works
            && !context.handed
            && is_called(project, f, context)
            && !is_left_running(project, f, context)
    })
}

/// A module calls it while it is loaded, and goes on to serve without waiting for it.
fn is_left_running(project: &Project, f: FnRef, context: &Context) -> bool {
    let at_top = context.call.filter(|call| project.program.call(*call).function == FnId::TOP);
    project.program.function(f).flags.is_async && at_top.is_some_and(|call| nobody_waits(project, call))
}

/// Nothing is done with what the call gives, but for its errors.
fn nobody_waits(project: &Project, call: CallRef) -> bool {
    let facts = project.program.facts(call.file);
    let itself = |value: &Value| matches!(value, Value::Call(id) if *id == call.id);
    let data = facts.call(call.id);
    let used = |other: &Call| other.args.iter().any(|arg| arg.value.holds(&itself));
    let chained = facts.calls.iter().enumerate().filter(|(_, other)| itself(other.callee.root()));
    let caught = |(at, other): (usize, &Call)| {
        let errors = matches!(&other.callee, Value::Member(base, name) if itself(base) && name == "catch");
        errors && nobody_waits(project, CallRef { id: CallId(at as u32), ..call })
    };
    let bound = walk::binds(&facts.function(data.function).body).any(|bind| bind.value.holds(&itself));
    !data.awaited && !bound && !facts.calls.iter().any(used) && chained.into_iter().all(caught)
}

/// The platform that runs its file, or that its handlers are written for, gives an instance no event before the last
/// one is done with.
fn serves_alone(project: &Project, f: FnRef) -> bool {
    let program = &project.program;
    let path = &program.units[f.file as usize].path;
    let runs = platform(project, &project.pools().files, path) == Some(Platform::Serverless);
    let deployed = runs && program.deployment(path).is_some_and(|deployment| deployment.alone);
    let packages = || program.active.iter().map(|id| program.catalog.package(*id));
    deployed || packages().any(|package| package.platform_alone && program.imports_from(f.file, package))
}

/// Whoever calls it on an object from outside has just made that one: `kept = new Kept(); await kept.init()`.
fn is_once_an_object(project: &Project, f: FnRef) -> bool {
    let program = &project.program;
    let receiver = |call: &CallRef| match &program.call(*call).callee {
        Value::Member(base, _) if !matches!(**base, Value::This) => Some((*call, &**base)),
        _ => None,
    };
    let callers = project.graph.targets.callers(f);
    let mut outside = callers.iter().filter_map(receiver).peekable();
    program.class_around(f).is_some()
        && outside.peek().is_some()
        && outside.all(|(call, object)| is_made_before(project, call, object))
}

fn is_made_before(project: &Project, call: CallRef, object: &Value) -> bool {
    let (program, data) = (&project.program, project.program.call(call));
    let Value::Var(var) = object else { return false };
    let made = |value: &Value| match value {
        Value::Call(id) => {
            let made = program.facts(call.file).call(*id);
            made.kind == CallKind::New && made.span.start < data.span.start
        }
        _ => false,
    };
    program.bound(call.file, *var).iter().any(|bound| bound.function == data.function && made(bound.value))
}

/// A script that goes on to serve runs the function before anybody asks. One that serves nobody is another process.
fn is_started_by_script(project: &Project, f: FnRef) -> bool {
    let is_script = |context: &Context| {
        matches!(context.trigger, Trigger::Script | Trigger::Build) && is_called(project, f, context)
    };
    let scripts = root_files(project, f, &is_script);
    if scripts.is_empty() {
        return false;
    }
    let repeats = |context: &Context| context.trigger.repeats();
    let served = looked_before(project, f).chain([f]).flat_map(|g| root_files(project, g, &repeats));
    served.into_iter().any(|other| scripts.iter().any(|one| project.run_together(*one, other)))
}

/// The files of the entry points that such contexts of the function come from.
fn root_files(project: &Project, f: FnRef, fits: &dyn Fn(&Context) -> bool) -> Vec<u32> {
    let contexts = project.contexts.of(Point::Fn(f)).iter().enumerate().filter(|(_, context)| fits(context));
    contexts.filter_map(|(at, _)| root_file(project, f, at)).collect()
}

/// Where the entry point is registered.
fn root_file(project: &Project, f: FnRef, at: usize) -> Option<u32> {
    project.program.unit_of(project.contexts.chain(Point::Fn(f), at).first()?.place.file)
}

/// The context comes by a call, and nowhere on its way from the owner of a cell that is looked at before the call.
fn is_called(project: &Project, f: FnRef, context: &Context) -> bool {
    let by_call = match context.parent {
        Some((Point::Fn(g), _)) => {
            let calls = |call: &CallRef| call.file == g.file && project.program.call(*call).function == g.id;
            project.graph.kept.contains(&f) || project.graph.targets.callers(f).iter().any(calls)
        }
        Some((Point::Alloc(_), _)) => project.program.function(f).kind == FnKind::Constructor,
        _ => true,
    };
    by_call && !is_kept_on_the_way(project, context)
}

/// Some step before the last comes from the module whose cell a caller looks at first, or is no more than that a
/// handler was named there.
fn is_kept_on_the_way(project: &Project, context: &Context) -> bool {
    let step = |(point, index): (Point, usize)| (point, &project.contexts.of(point)[index]);
    let mut steps = std::iter::successors(context.parent.map(step), |(_, context)| context.parent.map(step));
    steps.any(|(point, context)| {
        let owner = matches!(context.parent, Some((Point::Fn(g), _)) if g.id == FnId::TOP);
        owner
            && match context.call {
                Some(call) => project.program.call(call).function != FnId::TOP,
                None => takes_arguments(&project.program, point),
            }
    })
}

/// The functions that call this one. They may look at the same cell before they do, which keeps the call graph
/// from going on but nobody from coming in between; what they hold a lock for does.
fn looked_before<'p>(project: &'p Project, f: FnRef) -> impl Iterator<Item = FnRef> + 'p {
    let program = &project.program;
    let caller = |call: &CallRef| FnRef { file: call.file, id: program.call(*call).function };
    let callers = project.graph.targets.callers(f).iter();
    let is_scope = |region: &Region| matches!(region.node, Node::Scope { .. });
    let locked = move |call: &CallRef| around_call(&program.function(caller(call)).body, call.id).iter().any(is_scope);
    let open = callers.filter(move |call| !locked(call));
    open.map(caller).filter(|g| !guarded(&program.function(*g).anchor))
}

fn guarded(anchor: &str) -> bool {
    let anchor = anchor.to_ascii_lowercase();
    ONE_AT_A_TIME.iter().any(|part| anchor.contains(part))
}

/// The start of the process runs it otherwise than by the function that looks, or a module does while it is loaded.
fn is_begun(project: &Project, g: FnRef, looks: FnRef) -> bool {
    let callers = project.graph.targets.callers(g).iter();
    let from = callers.map(|call| FnRef { file: call.file, id: project.program.call(*call).function });
    let mut others = from.filter(|h| *h != looks).peekable();
    let handed = others.peek().is_none() && project.graph.targets.callers(g).is_empty();
    handed && comes_first(project, g) || others.any(|h| h.id == FnId::TOP || comes_first(project, h))
}
