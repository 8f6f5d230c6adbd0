//! What conditions say about each other.

use super::super::cfg::{Cfg, Event};
use super::super::cond::Formula;
use super::super::place::Places;
use super::{graph, script};
use crate::facts::FileFacts;

/// The formulas of the body's tests, in order.
fn formulas<'f>(facts: &'f FileFacts, cfg: &Cfg<'f>) -> Vec<Formula> {
    let mut places = Places::new(facts, cfg);
    let preds = cfg.nodes.iter().filter_map(|node| match node.event {
        Event::Test(pred) => Some(pred),
        _ => None,
    });
    preds.map(|pred| Formula::of(&mut places, pred)).collect()
}

/// What the first condition, being true, says about the second.
fn decides(first: &str, second: &str) -> Option<bool> {
    let facts = script(&format!("branch {first}\n.\nbranch {second}\n.").replace("\n.", ""));
    let cfg = graph(&facts);
    let [first, second] = formulas(&facts, &cfg).try_into().unwrap();
    let known: Vec<_> = first.certain().into_iter().cloned().collect();
    second.truth(&known)
}

#[test]
fn a_condition_decides_itself_and_its_opposite() {
    assert_eq!(decides("1:p", "1:p"), Some(true));
    assert_eq!(decides("not 1:p", "1:p"), Some(false));
    assert_eq!(decides("1:p", "1:q"), None);
}

#[test]
fn what_counts_as_true_is_there() {
    assert_eq!(decides("1:p", "null(1:p)"), Some(false));
    assert_eq!(decides("null(1:p)", "1:p"), Some(false));
    assert_eq!(decides("not 1:p", "null(1:p)"), None);
    assert_eq!(decides("not null(1:p)", "1:p"), None);
}

#[test]
fn literals_are_true_or_not() {
    assert_eq!(decides("1:p == 3", "1:p"), Some(true));
    assert_eq!(decides("1:p == 0", "1:p"), Some(false));
    assert_eq!(decides("1:p == \"a\"", "1:p == \"b\""), Some(false));
    assert_eq!(decides("not 1:p", "1:p == true"), Some(false));
    assert_eq!(decides("not 1:p", "1:p == 0"), None);
}

#[test]
fn what_has_a_key_or_a_type_is_there() {
    assert_eq!(decides("has(1:p, \"k\")", "null(1:p)"), Some(false));
    assert_eq!(decides("1:p is Redis", "null(1:p)"), Some(false));
    assert_eq!(decides("has(1:p, \"k\")", "has(1:p, \"other\")"), None);
}

#[test]
fn parts_decide_the_whole() {
    assert_eq!(decides("(1:p and 1:q)", "1:q"), Some(true));
    assert_eq!(decides("(1:p or 1:q)", "1:q"), None);
    assert_eq!(decides("1:p", "(1:p or 1:q)"), Some(true));
    assert_eq!(decides("not 1:p", "(1:p and 1:q)"), Some(false));
    assert_eq!(decides("not (1:p or 1:q)", "1:q"), Some(false));
}

#[test]
fn the_same_pair_is_asked_in_either_order() {
    assert_eq!(decides("1:p == 1:q", "1:q == 1:p"), Some(true));
    assert_eq!(decides("main", "main"), Some(true));
    assert_eq!(decides("not main", "main"), Some(false));
    assert_eq!(decides("opaque(1:p)", "opaque(1:p)"), None);
}
