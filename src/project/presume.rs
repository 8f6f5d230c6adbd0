//! The one tier of presumption: operation helpers that no entry point in sight reaches.
//!
//! A function that builds its own client from fixed settings, uses it for its argument and lets it
//! die is as wrong in a library as in an application: whoever calls it pays for a connection.

use super::Project;
use super::calls::How;
use super::contexts::{Contexts, Trigger};
use super::flow::{Fate, Flow};
use super::graph::Point;
use super::kinds::{FileClass, classify};
use super::program::{CallRef, FnRef, Program};
use super::provenance::is_open;
use super::sites::Site;
use crate::catalog::schema::Run;
use crate::facts::{FnId, FnKind};

/// Whether the site is presumed to be built for each operation.
pub fn presumed(project: &Project, site: &Site) -> bool {
    let Project { program, contexts, .. } = project;
    let function = program.function(site.function);
    if site.function.id == FnId::TOP || function.kind == FnKind::Constructor || known(contexts, site.function) {
        return false;
    }
    let path = &program.units[site.call.file as usize].path;
    if classify(path) != FileClass::Source || prepares(project, site.function) {
        return false;
    }
    if starts_or_ends(function.name.as_deref().unwrap_or_default()) {
        return false;
    }
    let once =
        |edge: &super::graph::Edge| edge.to == Point::Fn(site.function) && matches!(edge.run, Run::OwnLoop | Run::Once);
    if project.graph.edges.values().flatten().any(once) {
        return false;
    }
    match site.how {
        How::OneShot => Flow::of(program, site.call).given_input(),
        _ if is_open(project, site) => false,
        _ => helps(program, site.call) || handed_to_helper(project, site),
    }
}

/// The name says that it runs when something begins or ends: `connect`, `_async_initialize`.
fn starts_or_ends(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "init",
        "initialize",
        "initialise",
        "setup",
        "startup",
        "start",
        "boot",
        "bootstrap",
        "connect",
        "disconnect",
        "stop",
        "shutdown",
        "teardown",
        "install",
    ];
    let name = name.trim_matches('_');
    let name = name.strip_prefix("async_").or_else(|| name.strip_prefix("sync_")).unwrap_or(name);
    WORDS.contains(&name)
}

/// Only constructors call the function: it is part of making an object.
fn prepares(project: &Project, f: FnRef) -> bool {
    let callers = project.graph.targets.callers(f);
    let constructs = |call: &CallRef| {
        let g = FnRef { file: call.file, id: project.program.call(*call).function };
        project.program.function(g).kind == FnKind::Constructor
    };
    !callers.is_empty() && callers.iter().all(constructs)
}

/// The call's result is used for the function's input and dies there.
fn helps(program: &Program, call: CallRef) -> bool {
    let flow = Flow::of(program, call);
    !flow.settings_depend_on_parameter() && flow.fate() == Fate::Dies && flow.operates_on_input()
}

/// The function only makes the client, and some caller uses it up like a helper.
fn handed_to_helper(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let flow = Flow::of(program, site.call);
    if flow.settings_depend_on_parameter() || !flow.is_returned() || flow.stored_in_field() {
        return false;
    }
    project.graph.targets.callers(site.function).iter().any(|call| {
        let from = FnRef { file: call.file, id: program.call(*call).function };
        from.id != FnId::TOP && !known(&project.contexts, from) && helps(program, *call)
    })
}

/// Some context reaches the function, aside contexts excepted.
fn known(contexts: &Contexts, f: FnRef) -> bool {
    contexts.of(Point::Fn(f)).iter().any(|context| !matches!(context.trigger, Trigger::Test))
}
