//! One function by itself: in which order things happen in it, and what is known at each point.
//!
//! | piece | answers |
//! | --- | --- |
//! | [`cfg`] | the control-flow graph: what comes after what, on which ways; dominators, loops, reachability, which two events exclude each other |
//! | [`place`] | whether two expressions are the same variable, field or element |
//! | [`cond`] | what holds on an edge, and whether one condition follows from another |
//! | [`solve`] | what a transfer function says along all ways of a graph, to the fixpoint |
//! | [`typestate`] | the first such analysis: what has become of the things that the function opens |
//!
//! Knows the facts of one file, and no other file, library or rule. What a call does is told by whoever asks.

pub mod cfg;
pub mod cond;
pub mod place;
pub mod solve;
pub mod typestate;

#[cfg(test)]
mod tests;
