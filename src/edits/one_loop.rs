//! Whether one event loop runs all calls of a coroutine, so that what is bound to it may be kept from call to call.
//!
//! Knows no library by name.

use crate::checks::Project;
use crate::checks::presume::{awaited_roots, loops_apart};
use crate::contexts::{Context, OwnLoop};
use crate::facts::trail::Visited;
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::FnRef;
use crate::values::sites::Site;

pub(super) fn is_of_one_loop(project: &Project, site: &Site) -> bool {
    let f = site.function;
    let contexts = project.contexts.of(Point::Fn(f)).iter().filter(|context| context.trigger != Trigger::Test);
    let mut contexts = contexts.peekable();
    // Nobody is seen to call it: then the program has no other loops that come and go.
    let presumed = || loops_apart(project, f) == 0 && awaited_roots(project, f) > 0;
    project.program.function(f).flags.is_async
        && !is_run_by_unknown(project, f)
        && if contexts.peek().is_some() { contexts.all(|context| lasts(project, context)) } else { presumed() }
}

/// The loop is the program's own, or one that it starts once.
fn lasts(project: &Project, context: &Context) -> bool {
    let mut inner = context;
    while inner.own_loop != OwnLoop::No {
        let Some((point, id)) = inner.parent else { return false };
        let outer = &project.contexts.of(point)[id];
        if outer.own_loop == OwnLoop::No {
            return !inner.many && !inner.trigger.repeats();
        }
        inner = outer;
    }
    true
}

/// Something that nobody is seen to run leads here by a loop of its own.
fn is_run_by_unknown(project: &Project, f: FnRef) -> bool {
    let mut ways = vec![f];
    let seen = Visited::default();
    while let Some(g) = ways.pop() {
        for call in project.callers().of(g) {
            let around = FnRef { file: call.file, id: project.program.call(*call).function };
            let apart = project.graph.own_loops.contains(call);
            if apart && project.contexts.of(Point::Fn(around)).is_empty() {
                return true;
            }
            if seen.enter(around) {
                ways.push(around);
            }
        }
    }
    false
}
