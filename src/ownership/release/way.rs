//! The calls that lead from one that is made while something is held to the one that waits or takes another.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::model::World;
use super::runs::{body_calls, run_by};
use crate::program::CallRef;

/// The fewest calls between the two, in order; none where the first runs the last by itself, or no way is seen.
pub(super) fn between(world: &World, first: CallRef, last: CallRef) -> Vec<CallRef> {
    let mut above: FxHashMap<CallRef, CallRef> = FxHashMap::default();
    let mut open = VecDeque::from([first]);
    while let Some(call) = open.pop_front().filter(|_| !above.contains_key(&last)) {
        for inner in run_within(world, call).into_iter().filter(|inner| *inner != first) {
            above.entry(inner).or_insert_with(|| {
                open.push_back(inner);
                call
            });
        }
    }
    let up = std::iter::successors(above.get(&last).copied(), |call| above.get(call).copied());
    let mut way: Vec<CallRef> = up.take_while(|call| *call != first).collect();
    way.reverse();
    way
}

fn run_within(world: &World, call: CallRef) -> Vec<CallRef> {
    let functions = world.graph.target(call).map_or(&[][..], |target| target.functions.as_slice());
    match functions {
        [] | [_] => run_by(world, call),
        several => several.iter().flat_map(|g| body_calls(world, call, *g)).collect(),
    }
}
