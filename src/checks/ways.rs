//! The other ways that lead to a construction as often as the one that is told.
//!
//! A chain tells one way; whoever mends it wants to know the callers beside it. Knows no library.

use super::Project;
use super::lifetime::Verdict;
use super::provenance::{from_entry, is_fixed};
use crate::catalog::schema::Run;
use crate::contexts::{Context, OwnLoop, Step};
use crate::finding::Place;
use crate::graph::trigger::Trigger;
use crate::graph::{Edge, Point};
use crate::values::sites::Site;

/// A call beside the chain, and why it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub place: Place,
    pub trigger: Trigger,
}

/// A call for certain, that changes nothing about how often.
fn is_plain(edge: &Edge) -> bool {
    edge.run == Run::Inline && !edge.weak && edge.missing.is_none() && edge.present.is_none()
}

/// The calls beside the chain of a verdict, at the place of it that is nearest to the construction; in
/// the order of files.
pub fn others(project: &Project, verdict: &Verdict) -> Vec<Way> {
    let chain = &verdict.chain;
    let beside = (1..chain.len()).rev().map(|at| beside(project, verdict, at));
    beside.into_iter().find(|ways| !ways.is_empty()).unwrap_or_default()
}

/// A way as good as the chain on which the construction is given the same each time.
pub fn settled(project: &Project, site: &Site, chain: &[Step]) -> Option<(Vec<Step>, Trigger)> {
    (1..chain.len()).rev().find_map(|at| {
        let edges = plain_beside(project, &chain[at]).into_iter();
        let mut ways = edges.filter_map(|(from, edge)| spliced(project, site, chain, at, from, edge));
        ways.find(|(chain, trigger)| *trigger != Trigger::Render && is_fixed(project, site, chain))
    })
}

/// The other calls that run one step of the chain.
fn beside(project: &Project, verdict: &Verdict, at: usize) -> Vec<Way> {
    let edges = plain_beside(project, &verdict.chain[at]).into_iter();
    let mut ways: Vec<Way> = edges.filter_map(|(from, edge)| way(project, verdict, at, from, edge)).collect();
    ways.dedup_by_key(|way| way.place);
    ways
}

/// What leads to a step as plainly as the chain does, in the order of files.
fn plain_beside<'p>(project: &'p Project, step: &Step) -> Vec<(Point, &'p Edge)> {
    let leading = project.incoming().of(step.point).iter();
    let edges = leading.map(|(from, edge)| (*from, &project.graph.edges[from][*edge]));
    let mut found: Vec<(Point, &Edge)> = edges.filter(|(_, edge)| is_plain(edge) && edge.place != step.place).collect();
    found.sort_by_key(|(from, edge)| (edge.place, *from));
    found
}

fn way(project: &Project, verdict: &Verdict, at: usize, from: Point, edge: &Edge) -> Option<Way> {
    let (_, trigger) = spliced(project, &verdict.site, &verdict.chain, at, from, edge)?;
    Some(Way { place: edge.place, trigger })
}

/// The chain with another call for one of its steps, unless it is excused.
fn spliced(
    project: &Project,
    site: &Site,
    known: &[Step],
    at: usize,
    from: Point,
    edge: &Edge,
) -> Option<(Vec<Step>, Trigger)> {
    let hot = |context: &Context| context.trigger.repeats() && !context.weak && context.own_loop == OwnLoop::No;
    let found = project.contexts.position(from, hot)?;
    let mut chain = project.contexts.chain(from, found);
    let step = Step { call: edge.call, place: edge.place, ..known[at].clone() };
    chain.extend(std::iter::once(step).chain(known[at + 1..].iter().cloned()));
    let trigger = project.contexts.of(from)[found].trigger;
    let excused = project.is_elsewhere(&chain, site) || from_entry(project, site, trigger, &chain);
    (!excused).then_some((chain, trigger))
}
