//! Clients that the clock has built again every few seconds, or an endless loop on each of its iterations, though one
//! would do.
//!
//! What serves as long as it is connected is none of these: such a loop only connects again.

use rustc_hash::FxHashSet;

use super::Project;
use super::lasting::keeps_going;
use super::lifetime::{is_wasted, serves_loop};
use super::renewed::is_renewed;
use crate::catalog::schema::{Kind, Role};
use crate::contexts::Context;
use crate::facts::trail::{Step, Visited};
use crate::facts::{LoopKind, Node, Value, walk};
use crate::graph::Point;
use crate::graph::daemons::{every_turn, serves, waited};
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::flow::Flow;
use crate::values::sites::Site;

/// Seconds, after which a server has mostly closed the idle connections of a light client anyway.
const IDLE: u32 = 15;

/// The clock comes round so soon that the client would best be kept.
pub fn is_paced(project: &Project, site: &Site, context: &Context) -> bool {
    let row = &project.program.catalog.ty(site.ty).row;
    let at_once = context.every.is_some_and(|seconds| seconds <= IDLE);
    let soon = at_once || context.every.is_some() && !row.light;
    context.trigger == Trigger::Tick && soon && is_kept_short(project, site, context, at_once)
}

/// A loop of the program that goes on as long as the process makes it again as soon as its work is done.
pub fn is_driven(project: &Project, site: &Site, context: &Context) -> bool {
    context.trigger.is_own()
        && context.works
        && !pauses(project, context)
        && is_kept_short(project, site, context, true)
}

/// One iteration makes it and forgets it, and not to connect again.
fn is_kept_short(project: &Project, site: &Site, context: &Context, at_once: bool) -> bool {
    let row = &project.program.catalog.ty(site.ty).row;
    let lasting = matches!(row.kind, Kind::Realtime | Kind::Subscription);
    let in_loop = || row.kind == Kind::HttpClient && is_used_in_loop(&project.program, site, at_once);
    let serves = || listens(&project.program, site) || serves_below(project, site) || in_loop();
    !lasting && is_wasted(project, site, context) && !is_renewed(project, site, context) && !serves()
}

/// Something that each iteration of the loop runs passes the time, however deep it stands.
fn pauses(project: &Project, context: &Context) -> bool {
    let (program, targets) = (&project.program, &project.graph.targets);
    let above = |context: &&Context| context.parent.map(|(point, at)| &project.contexts.of(point)[at]);
    let way = std::iter::successors(Some(context), above);
    let Some(call) = way.take_while(|context| context.works).filter_map(|context| context.call).last() else {
        return true;
    };
    let f = FnRef { file: call.file, id: program.call(call).function };
    let around = walk::around_call(&program.function(f).body, call.id);
    let Some(turn) = around.iter().find(|region| serves(program, f, region.node)) else { return true };
    let (mut open, seen) = (vec![(f, turn.block)], Visited::default());
    while let Some((f, block)) = open.pop() {
        let facts = program.facts(f.file);
        let mut steady = Vec::new();
        every_turn(facts, block, &mut steady);
        for id in steady {
            let call = CallRef { file: f.file, id };
            if waited(program, targets, call).is_some() {
                return true;
            }
            let run = targets.get(call).map_or(&[][..], |target| &target.functions);
            open.extend(
                run.iter()
                    .filter(|f| seen.enter(Step::Function(f.file, f.id)))
                    .map(|f| (*f, &program.function(*f).body)),
            );
        }
    }
    false
}

/// It waits for what the other side says.
fn listens(program: &Program, site: &Site) -> bool {
    let flow = Flow::of(program, site.call);
    let waits = |name: &str| {
        let method = program.catalog.method(site.ty, name);
        method.is_some_and(|method| matches!(method.role, Role::Listen | Role::Take))
    };
    flow.operations().any(|call| matches!(&call.callee, Value::Member(_, name) if waits(name)))
}

/// A loop that it was made before uses it: its connections serve that. One that is soon over serves no more than the
/// round, and what it leaves would serve the next one, where that comes at once.
fn is_used_in_loop(program: &Program, site: &Site, at_once: bool) -> bool {
    let body = &program.function(site.function).body;
    let serving: fn(LoopKind) -> bool = if at_once { |kind| kind != LoopKind::Each } else { |_| true };
    serves_loop(program, site, &Flow::of(program, site.call), body, serving)
}

/// The function, or what it calls, has a loop of its own that goes on as long as nothing fails.
fn serves_below(project: &Project, site: &Site) -> bool {
    let (mut seen, mut open) = (FxHashSet::from_iter([site.function]), vec![site.function]);
    while let Some(f) = open.pop() {
        if holds_service(project, f, site) {
            return true;
        }
        let edges = project.graph.edges.get(&Point::Fn(f)).into_iter().flatten();
        open.extend(edges.filter_map(|edge| match edge.to {
            Point::Fn(g) => seen.insert(g).then_some(g),
            _ => None,
        }));
    }
    false
}

/// The loop that builds the client again does not count.
fn holds_service(project: &Project, f: FnRef, site: &Site) -> bool {
    let builds = |node: &Node| f == site.function && walk::has_call(std::slice::from_ref(node), site.call.id);
    keeps_going(project, f, &|node| !builds(node))
}
