//! The one tier of presumption: operation helpers that no entry point in sight reaches.
//!
//! A function that builds its own client from fixed settings, uses it for its argument and lets it
//! die is as wrong in a library as in an application: whoever calls it pays for a connection.

use super::Project;
use super::provenance::is_open;
use crate::catalog::schema::Run;
use crate::catalog::words::checks::PHASES;
use crate::contexts::Context;
use crate::contexts::linked::Linked;
use crate::facts::trail::Trail;
use crate::facts::{FnId, FnKind, Value};
use crate::graph::trigger::Trigger;
use crate::graph::{Edge, Point, Root};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::flow::{Fate, Flow};
use crate::values::sites::Site;

/// Whether the site is presumed to be built for each operation.
pub fn presumed(project: &Project, site: &Site) -> bool {
    let Linked { program, contexts, .. } = &**project;
    let function = program.function(site.function);
    if site.function.id == FnId::TOP
        || function.kind == FnKind::Constructor
        || is_known(contexts.of(Point::Fn(site.function)))
    {
        return false;
    }
    if program.class_of(site.call.file) != FileClass::Source || prepares(project, site.function) {
        return false;
    }
    if starts_or_ends(name(project, site.function)) || is_aside(project, site.call.file) {
        return false;
    }
    if runs_once(project, site.function) || is_run_apart(project, site.function) {
        return false;
    }
    match site.how {
        How::OneShot => Flow::of(program, site.call).given_input(),
        _ if is_open(project, site) && !told_by_words(project, site.function) => false,
        _ => helps(program, site.call) || handed_to_helper(project, site),
    }
}

/// Scripts and tests load the file, and nothing else does: it is a part of what they do once.
fn is_aside(project: &Project, file: u32) -> bool {
    let (mut seen, mut open) = (vec![file], vec![file]);
    let mut aside = false;
    while let Some(file) = open.pop() {
        let importers = project.reach().importers(file);
        if importers.is_empty() {
            match project.program.class_of(file) {
                FileClass::Source => return false,
                FileClass::Script | FileClass::Test => aside = true,
                FileClass::Unbuilt => {}
            }
        }
        let new: Vec<u32> = importers.iter().copied().filter(|next| !seen.contains(next)).collect();
        seen.extend(&new);
        open.extend(new);
    }
    aside
}

/// A memoiser or an object keeps what the function gives, or it runs in an event loop of its own.
fn runs_once(project: &Project, f: FnRef) -> bool {
    let kept = |from: &Point, edge: &Edge| {
        matches!(edge.run, Run::OwnLoop | Run::Once) || matches!(from, Point::Alloc(_)) && is_plain(project, f)
    };
    let mut edges = project.graph.edges.iter();
    edges.any(|(from, edges)| edges.iter().any(|edge| edge.to == Point::Fn(f) && kept(from, edge)))
}

/// Not what making an object runs in any case.
fn is_plain(project: &Project, f: FnRef) -> bool {
    project.program.function(f).kind != FnKind::Constructor
}

/// A coroutine of a program that awaits few or none in its requests or jobs, but runs them in event loops of their
/// own: none of those outlives its work, and what is bound to one is of no use to another.
fn is_run_apart(project: &Project, f: FnRef) -> bool {
    project.program.function(f).flags.is_async && awaited_roots(project, f) < loops_apart(project, f)
}

/// How many of the requests and jobs of its package are coroutines of the program's own loop.
pub(crate) fn awaited_roots(project: &Project, f: FnRef) -> usize {
    let here = |g: FnRef| project.program.function(g).flags.is_async && is_beside(project, g.file, f.file);
    let awaits = |root: &&Root| root.trigger.repeats() && !root.own_loop && matches!(root.to, Point::Fn(g) if here(g));
    project.graph.roots.iter().filter(awaits).count()
}

/// How many calls of its package run a coroutine in a loop of its own for each request or job.
pub(crate) fn loops_apart(project: &Project, f: FnRef) -> usize {
    let repeats = |call: &&CallRef| {
        let around = FnRef { file: call.file, id: project.program.call(**call).function };
        project.contexts.of(Point::Fn(around)).iter().any(|context| context.trigger.repeats())
    };
    let here = |call: &&CallRef| is_beside(project, call.file, f.file);
    project.graph.own_loops.iter().filter(here).filter(repeats).count()
}

fn is_beside(project: &Project, file: u32, own: u32) -> bool {
    let program = &project.program;
    program.package_folder(file) == program.package_folder(own) && program.language(file) == program.language(own)
}

fn name<'p>(project: &'p Project, f: FnRef) -> &'p str {
    project.program.function(f).name.as_deref().unwrap_or_default()
}

/// The name says that it runs when something begins or ends: `connect`, `_async_initialize`.
fn starts_or_ends(name: &str) -> bool {
    let name = name.trim_matches('_');
    let name = name.strip_prefix("async_").or_else(|| name.strip_prefix("sync_")).unwrap_or(name);
    PHASES.contains(&name)
}

/// Only constructors call the function: it is part of making an object.
fn prepares(project: &Project, f: FnRef) -> bool {
    let callers = callers(project, f);
    let constructs = |(_, g): &(CallRef, FnRef)| project.program.function(*g).kind == FnKind::Constructor;
    !callers.is_empty() && callers.iter().all(constructs)
}

/// The call's result is used for the function's input and dies there.
fn helps(program: &Program, call: CallRef) -> bool {
    let flow = Flow::of(program, call);
    !flow.settings_depend_on_parameter()
        && flow.fate() == Fate::Dies
        && flow.operates_on_input()
        && !stands_for_kept(program, call)
}

/// Its variable has a kept client otherwise: `let client = this.client; if (fresh) client = new Client()`.
fn stands_for_kept(program: &Program, call: CallRef) -> bool {
    let kept = |value: &Value| match value {
        Value::Member(base, _) => matches!(**base, Value::This),
        Value::Var(var) => var.function == FnId::TOP,
        _ => false,
    };
    program.index[call.file as usize].vars.values().any(|bounds| {
        bounds.iter().any(|bound| *bound.value == Value::Call(call.id)) && bounds.iter().any(|bound| kept(bound.value))
    })
}

/// The function only makes the client, and some caller uses it up like a helper.
fn handed_to_helper(project: &Project, site: &Site) -> bool {
    let flow = Flow::of(&project.program, site.call);
    if flow.settings_depend_on_parameter() && !told_by_words(project, site.function) {
        return false;
    }
    let handed = flow.is_returned() || flow.gives_part();
    handed && !flow.stored_in_field() && made_for_helper(project, site.function, &Trail::default())
}

/// Somebody asks the maker for one and uses it up, or is a maker itself that somebody asks so.
fn made_for_helper(project: &Project, maker: FnRef, trail: &Trail) -> bool {
    let Some(here) = trail.step(maker) else { return false };
    callers(project, maker).into_iter().any(|(call, from)| {
        let contexts = project.contexts.of(Point::Fn(from));
        if from.id == FnId::TOP || project.program.is_test(from) || is_known(contexts) {
            return false;
        }
        let kept = || starts_or_ends(name(project, from)) || runs_once(project, from);
        let passes_on = || {
            let flow = Flow::of(&project.program, call);
            flow.is_returned() && !flow.stored_in_field() && !flow.settings_depend_on_parameter()
        };
        helps(&project.program, call) || passes_on() && !kept() && made_for_helper(project, from, &here)
    })
}

/// All that the function is given is written out by each of its callers: it makes few different clients.
fn told_by_words(project: &Project, f: FnRef) -> bool {
    let plain = |value: &Value| matches!(value, Value::Literal(_));
    let told = |call: CallRef| {
        let args = &project.program.call(call).args;
        !args.is_empty() && args.iter().all(|arg| plain(&arg.value))
    };
    let callers = callers(project, f);
    project.program.function(f).class.is_none() && !callers.is_empty() && callers.iter().all(|(call, _)| told(*call))
}

/// The calls that surely run the function, with the functions that they stand in.
fn callers(project: &Project, f: FnRef) -> Vec<(CallRef, FnRef)> {
    let calls = project.graph.targets.callers(f).iter();
    calls.map(|call| (*call, FnRef { file: call.file, id: project.program.call(*call).function })).collect()
}

/// How often it runs is known: some context reaches it, tests excepted, and none goes through a loop
/// that goes round as fast as there is work. A library that is nowhere told of runs what it is handed by a service as
/// often as it has something for it.
pub fn is_known(contexts: &[Context]) -> bool {
    let told = |context: &Context| {
        let served = context.handed && matches!(context.trigger, Trigger::Startup | Trigger::Load);
        context.trigger != Trigger::Test && !served
    };
    !contexts.iter().any(|context| context.works) && contexts.iter().any(told)
}
