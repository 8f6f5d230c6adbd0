//! The call graph backwards: what leads to each of its points.

use rustc_hash::FxHashMap;

use super::{Graph, Point};

/// For each point, what leads to it: where from, and the edge's place among those that leave there.
pub struct Incoming(FxHashMap<Point, Vec<(Point, usize)>>);

impl Incoming {
    pub fn new(graph: &Graph) -> Self {
        let mut found: FxHashMap<Point, Vec<(Point, usize)>> = FxHashMap::default();
        for (from, edges) in &graph.edges {
            edges.iter().enumerate().for_each(|(at, edge)| found.entry(edge.to).or_default().push((*from, at)));
        }
        Self(found)
    }

    pub fn of(&self, point: Point) -> &[(Point, usize)] {
        self.0.get(&point).map_or(&[], Vec::as_slice)
    }
}
