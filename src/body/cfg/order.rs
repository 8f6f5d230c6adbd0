//! Orders over a graph: reverse postorder, dominators, natural loops.
//!
//! Dominators by the method of Cooper, Harvey and Kennedy. Nothing here knows what an event is.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Cfg, Edge, Flow, Loop, NodeId};

/// The nodes that can be reached, each after those that lead to it but for ways back.
pub(super) fn reverse_postorder(next: &[Vec<usize>], from: usize) -> Vec<usize> {
    let mut seen = vec![false; next.len()];
    let mut order = Vec::new();
    // A node, and how many of its successors have been seen to.
    let mut open = vec![(from, 0)];
    seen[from] = true;
    while let Some((at, done)) = open.last_mut() {
        // The first successor comes last, so that it stands first in the end.
        match next[*at].len().checked_sub(*done + 1).map(|index| next[*at][index]) {
            Some(to) => {
                *done += 1;
                if !std::mem::replace(&mut seen[to], true) {
                    open.push((to, 0));
                }
            }
            None => {
                order.push(*at);
                open.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Each node's nearest one above.
#[derive(Debug)]
pub(super) struct Tree {
    up: Vec<Option<usize>>,
}

impl Tree {
    /// `above` is the node, or stands over it.
    pub(super) fn is_above(&self, above: NodeId, node: NodeId) -> bool {
        let mut at = node.index();
        loop {
            if at == above.index() {
                return self.up[at].is_some();
            }
            match self.up[at] {
                Some(up) if up != at => at = up,
                _ => return false,
            }
        }
    }
}

pub(super) fn dominators(cfg: &Cfg) -> Tree {
    let next: Vec<Vec<usize>> =
        cfg.nodes.iter().map(|node| node.next.iter().map(|(to, _)| to.index()).collect()).collect();
    tree(&next, Cfg::ENTRY.index())
}

/// Over the reversed graph, with one node more that stands for all ends.
pub(super) fn post_dominators(cfg: &Cfg, flow: Flow) -> Tree {
    let end = cfg.nodes.len();
    let mut next = vec![Vec::new(); end + 1];
    for id in cfg.ids().filter(|id| cfg.is_reached(*id)) {
        for (to, _) in cfg.next(id).iter().filter(|(_, edge)| flow.counts(edge)) {
            next[to.index()].push(id.index());
        }
    }
    next[end].extend(cfg.exits().map(NodeId::index));
    tree(&next, end)
}

fn tree(next: &[Vec<usize>], root: usize) -> Tree {
    let order = reverse_postorder(next, root);
    let mut rank = vec![usize::MAX; next.len()];
    order.iter().enumerate().for_each(|(at, node)| rank[*node] = at);
    let mut before = vec![Vec::new(); next.len()];
    order.iter().for_each(|from| next[*from].iter().for_each(|to| before[*to].push(*from)));
    let mut up: Vec<Option<usize>> = vec![None; next.len()];
    up[root] = Some(root);
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for node in order.iter().copied().filter(|node| *node != root) {
            let known = before[node].iter().copied().filter(|from| up[*from].is_some());
            let found = known.reduce(|one, other| meet(&up, &rank, one, other));
            changed |= found != up[node];
            up[node] = found;
        }
    }
    Tree { up }
}

/// The nearest node above both.
fn meet(up: &[Option<usize>], rank: &[usize], mut one: usize, mut other: usize) -> usize {
    while one != other {
        let lower = if rank[one] > rank[other] { &mut one } else { &mut other };
        match up[*lower] {
            Some(next) => *lower = next,
            None => return *lower,
        }
    }
    one
}

/// All nodes from which a way back to the head comes without the head.
pub(super) fn loops(cfg: &Cfg) -> Vec<Loop> {
    let mut found: Vec<Loop> = Vec::new();
    for head in cfg.ids().filter(|id| cfg.is_reached(*id)) {
        let is_back = |from: &NodeId| cfg.next(*from).iter().any(|(to, edge)| *to == head && *edge == Edge::Back);
        let back: Vec<NodeId> = cfg.before(head).iter().copied().filter(is_back).collect();
        if !back.is_empty() {
            found.push(Loop { head, nodes: around(cfg, head, back) });
        }
    }
    found
}

fn around(cfg: &Cfg, head: NodeId, mut open: Vec<NodeId>) -> Vec<NodeId> {
    let mut seen = FxHashSet::from_iter([head]);
    while let Some(at) = open.pop() {
        if cfg.is_reached(at) && seen.insert(at) {
            open.extend(cfg.before(at));
        }
    }
    let mut nodes: Vec<NodeId> = seen.into_iter().collect();
    nodes.sort();
    nodes
}

/// Each node's successors where no loop is gone through a second time: the end of a turn leads out of the loop.
pub(super) fn acyclic(cfg: &Cfg, flow: Flow) -> Vec<Vec<NodeId>> {
    let mut exits: FxHashMap<NodeId, Vec<NodeId>> = FxHashMap::default();
    // A way back to an outer loop leaves an inner one: the outer ones come first.
    for it in cfg.loops() {
        let leaving = it.nodes.iter().flat_map(|node| forward(cfg, *node, flow, &exits));
        let mut found: Vec<NodeId> = leaving.filter(|to| !it.has(*to)).collect();
        found.sort();
        found.dedup();
        exits.insert(it.head, found);
    }
    cfg.ids().map(|node| forward(cfg, node, flow, &exits)).collect()
}

fn forward(cfg: &Cfg, node: NodeId, flow: Flow, exits: &FxHashMap<NodeId, Vec<NodeId>>) -> Vec<NodeId> {
    let counted = cfg.next(node).iter().filter(|(_, edge)| flow.counts(edge));
    let next = counted.flat_map(|(to, edge)| match edge {
        Edge::Back => exits.get(to).cloned().unwrap_or_default(),
        _ => vec![*to],
    });
    next.collect()
}

/// The weight of the heaviest way from the entry through a graph without cycles.
pub(super) fn longest(next: &[Vec<NodeId>], weight: &dyn Fn(NodeId) -> usize) -> usize {
    let plain: Vec<Vec<usize>> = next.iter().map(|to| to.iter().map(|id| id.index()).collect()).collect();
    let mut before = vec![0; next.len()];
    let mut most = 0;
    for at in reverse_postorder(&plain, Cfg::ENTRY.index()) {
        let here = before[at] + weight(NodeId(at as u32));
        most = most.max(here);
        plain[at].iter().for_each(|to| before[*to] = before[*to].max(here));
    }
    most
}
