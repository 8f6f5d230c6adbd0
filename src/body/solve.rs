//! The dataflow solver: states along all ways of a graph, to the fixpoint.
//!
//! An [`Analysis`] says how states join where ways meet, and what becomes of a state along an edge: what the node's
//! event does, and what follows from the edge that is taken. States must be of finite height: joining the same
//! state again and again must come to an end. Then so does the solver; it has no limit of its own.

use std::collections::BTreeSet;

use super::cfg::{Cfg, Edge, Node, NodeId};

pub trait Analysis<'a> {
    type State: Clone;

    /// Joins the other state into the first; whether that changed it.
    fn join(&self, state: &mut Self::State, other: &Self::State) -> bool;

    /// The state at the other end of the edge; `None` where no run with that state takes it. Forward, `state` is the
    /// one before the node's event; backward, the one before the event of the node that the edge leads to.
    fn along(&mut self, node: &Node<'a>, edge: &Edge<'a>, state: &Self::State) -> Option<Self::State>;
}

/// The state before each node's event; none where nothing comes.
#[derive(Debug, Clone)]
pub struct Solution<S> {
    states: Vec<Option<S>>,
}

impl<S> Solution<S> {
    pub fn at(&self, node: NodeId) -> Option<&S> {
        self.states[node.index()].as_ref()
    }
}

/// From the entry on.
pub fn forward<'a, A: Analysis<'a>>(cfg: &Cfg<'a>, analysis: &mut A, entry: A::State) -> Solution<A::State> {
    let mut states: Vec<Option<A::State>> = vec![None; cfg.nodes.len()];
    states[Cfg::ENTRY.index()] = Some(entry);
    // In reverse postorder, what leads to a node is mostly done before the node.
    let mut open = BTreeSet::from([Cfg::ENTRY]);
    while let Some(at) = open.pop_first() {
        let Some(state) = states[at.index()].clone() else { continue };
        for (to, edge) in cfg.next(at) {
            let next = analysis.along(cfg.node(at), edge, &state);
            if next.is_some_and(|next| meet(analysis, &mut states[to.index()], next)) {
                open.insert(*to);
            }
        }
    }
    Solution { states }
}

/// From the ends back, each of which has the state that is given for it.
pub fn backward<'a, A: Analysis<'a>>(
    cfg: &Cfg<'a>,
    analysis: &mut A,
    end: impl Fn(NodeId) -> Option<A::State>,
) -> Solution<A::State> {
    let mut states: Vec<Option<A::State>> = vec![None; cfg.nodes.len()];
    let mut open = BTreeSet::new();
    for exit in cfg.exits() {
        states[exit.index()] = end(exit);
        open.extend(cfg.before(exit).iter().copied());
    }
    while let Some(at) = open.pop_last() {
        let mut changed = false;
        for (to, edge) in cfg.next(at) {
            let Some(state) = states[to.index()].clone() else { continue };
            let before = analysis.along(cfg.node(at), edge, &state);
            changed |= before.is_some_and(|before| meet(analysis, &mut states[at.index()], before));
        }
        if changed {
            open.extend(cfg.before(at).iter().copied());
        }
    }
    Solution { states }
}

fn meet<'a, A: Analysis<'a>>(analysis: &A, known: &mut Option<A::State>, more: A::State) -> bool {
    match known {
        Some(known) => analysis.join(known, &more),
        None => {
            *known = Some(more);
            true
        }
    }
}
