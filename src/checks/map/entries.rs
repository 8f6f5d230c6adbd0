//! The entry points that lead to a point of the call graph, found by going back.
//!
//! An entry counts when one of the reasons why the point runs is its own. Knows no output.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Client, Made, Reach};
use crate::checks::Project;
use crate::facts::FnId;
use crate::finding::Place;
use crate::graph::Point;
use crate::graph::trigger::Trigger;

/// Something outside the project that leads to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub trigger: Trigger,
    /// `GET /users`; empty when it has no name of its own.
    pub label: String,
    pub to: Point,
    pub place: Place,
}

/// The graph's edges the other way round.
pub struct Callers {
    into: FxHashMap<Point, Vec<Point>>,
    /// Indices of the graph's roots.
    roots: FxHashMap<Point, Vec<usize>>,
}

impl Callers {
    pub fn new(project: &Project) -> Self {
        let mut into: FxHashMap<Point, Vec<Point>> = FxHashMap::default();
        for (from, edges) in &project.graph.edges {
            edges.iter().for_each(|edge| into.entry(edge.to).or_default().push(*from));
        }
        let mut roots: FxHashMap<Point, Vec<usize>> = FxHashMap::default();
        for (at, root) in project.graph.roots.iter().enumerate() {
            roots.entry(root.to).or_default().push(at);
        }
        Callers { into, roots }
    }

    /// The points that lead to a client, its own among them.
    pub fn leading_to(&self, project: &Project, client: &Client) -> FxHashSet<Point> {
        let Made::Call(site) = &client.made else { return FxHashSet::default() };
        let at = project.graph.sites.binary_search_by_key(&site.call, |other| other.call).ok();
        at.map_or_else(FxHashSet::default, |at| self.points(Point::Site(at as u32)))
    }

    /// The point and all that lead to it, through any number of calls.
    fn points(&self, point: Point) -> FxHashSet<Point> {
        let mut seen = FxHashSet::default();
        let mut queue = vec![point];
        while let Some(at) = queue.pop() {
            if seen.insert(at) {
                queue.extend(self.into.get(&at).into_iter().flatten());
            }
        }
        seen
    }

    /// Roots that lead to the point.
    fn above(&self, point: Point) -> Vec<usize> {
        let points = self.points(point);
        let mut found: Vec<usize> = points.iter().filter_map(|at| self.roots.get(at)).flatten().copied().collect();
        found.sort_unstable();
        found
    }

    /// Files whose loading, or whose entry points, lead to the point.
    pub fn starts(&self, point: Point) -> BTreeSet<u32> {
        let start = |at: Point| match at {
            Point::Fn(f) => (f.id == FnId::TOP || self.roots.contains_key(&at)).then_some(f.file),
            Point::Alloc(class) => self.roots.contains_key(&at).then_some(class.file),
            Point::Site(_) => None,
        };
        self.points(point).into_iter().filter_map(start).collect()
    }
}

/// The entry points of a construction, in the order of their places.
pub fn entries(project: &Project, callers: &Callers, point: Point, reaches: &[Reach]) -> Vec<Entry> {
    let wanted = |trigger: Trigger| reaches.iter().any(|reach| reach.trigger == trigger);
    let mut found: Vec<Entry> = Vec::new();
    for at in callers.above(point) {
        let root = &project.graph.roots[at];
        let trigger = project.contexts.of(root.to).iter().find(|context| context.place == root.place);
        let trigger = trigger.map_or(root.trigger, |context| context.trigger);
        if wanted(trigger) {
            found.push(Entry { trigger, label: root.label.clone(), to: root.to, place: root.place });
        }
    }
    // What is registered twice, as by a decorator and by its router, is one entry: the named one.
    found.sort_by_key(|entry| (entry.to, std::cmp::Reverse(entry.label.len()), entry.place));
    found.dedup_by_key(|entry| entry.to);
    found.sort_by(|left, right| (left.place, &left.label).cmp(&(right.place, &right.label)));
    found
}
