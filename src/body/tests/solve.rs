//! The solver by itself, over an analysis that counts on nothing but the graph.

use std::collections::BTreeSet;

use super::super::cfg::{Edge, Event, Node};
use super::super::solve::{Analysis, backward, forward};
use super::{graph, node, script};

/// The calls on some way from where the analysis begins.
struct Calls;

impl<'a> Analysis<'a> for Calls {
    type State = BTreeSet<u32>;

    fn join(&self, state: &mut BTreeSet<u32>, other: &BTreeSet<u32>) -> bool {
        let before = state.len();
        state.extend(other);
        state.len() > before
    }

    fn along(&mut self, node: &Node<'a>, edge: &Edge<'a>, state: &BTreeSet<u32>) -> Option<BTreeSet<u32>> {
        let mut state = state.clone();
        if let (Event::Call(id), false) = (node.event, *edge == Edge::Throw) {
            state.insert(id.0);
        }
        Some(state)
    }
}

const BODY: &str = "%0 = $a()
loop Each 1:p
  branch 1:q
    %1 = $b()
    break
  .
  %2 = $c()
.
%3 = $d()";

#[test]
fn forward_goes_round_loops_until_nothing_changes() {
    let facts = script(BODY);
    let cfg = graph(&facts);
    let solution = forward(&cfg, &mut Calls, BTreeSet::new());
    assert_eq!(solution.at(node(&cfg, 2)), Some(&BTreeSet::from([0, 2])));
    assert_eq!(solution.at(node(&cfg, 3)), Some(&BTreeSet::from([0, 1, 2])));
    assert_eq!(solution.at(cfg.returned), Some(&BTreeSet::from([0, 1, 2, 3])));
}

#[test]
fn an_edge_has_a_state_of_its_own() {
    let facts = script("%0 = $a()");
    let cfg = graph(&facts);
    let solution = forward(&cfg, &mut Calls, BTreeSet::new());
    assert_eq!(solution.at(cfg.thrown), Some(&BTreeSet::new()));
    assert_eq!(solution.at(cfg.returned), Some(&BTreeSet::from([0])));
}

#[test]
fn backward_begins_at_the_ends() {
    let facts = script(BODY);
    let cfg = graph(&facts);
    let solution = backward(&cfg, &mut Calls, |exit| (exit == cfg.returned).then(BTreeSet::new));
    assert_eq!(solution.at(node(&cfg, 1)), Some(&BTreeSet::from([1, 3])));
    assert_eq!(solution.at(node(&cfg, 0)), Some(&BTreeSet::from([0, 1, 2, 3])));
}

#[test]
fn what_does_not_end_has_no_state_backward() {
    let facts = script("loop Endless\n  %0 = $a()\n.");
    let cfg = graph(&facts);
    let solution = backward(&cfg, &mut Calls, |exit| (exit == cfg.returned).then(BTreeSet::new));
    assert_eq!(solution.at(node(&cfg, 0)), None);
}
