//! The rules of the typestate analysis: each transfer, each join.

use super::super::cfg::{Cfg, Event, Node, NodeId};
use super::super::place::Places;
use super::super::typestate::Typestate::{Moved, Null, Open, Released, Unopened};
use super::super::typestate::{Effect, Protocol, Typestate, typestates};
use super::{graph, python, script};
use crate::facts::{CallId, FileFacts, Value};

/// What the callees' names say: `$open` opens, `$use`, `$close` and `$keep` do that to it.
struct ByName<'f> {
    facts: &'f FileFacts,
    opens: Vec<CallId>,
}

impl<'f> ByName<'f> {
    fn new(facts: &'f FileFacts) -> Self {
        let opens = |id: &CallId| facts.call(*id).callee_name(facts) == Some("open");
        Self { facts, opens: (0..facts.calls.len() as u32).map(CallId).filter(opens).collect() }
    }

    /// Each thing is told by the argument that is given, if there is one.
    fn is_meant(&self, thing: usize, id: CallId) -> bool {
        let number = self.facts.call(id).positional(1).map(|arg| &arg.value);
        number.is_none_or(|value| *value == Value::num(thing as f64))
    }
}

impl<'a> Protocol<'a> for ByName<'a> {
    fn things(&self) -> usize {
        self.opens.len()
    }

    fn effect(&mut self, thing: usize, node: &Node<'a>) -> Effect {
        let id = match node.event {
            Event::Call(id) => id,
            Event::Leave { resource: Value::Call(id), .. } if self.opens[thing] == *id => return Effect::Release,
            Event::Return(Some(Value::Call(id))) if self.opens[thing] == *id => return Effect::Move,
            _ => return Effect::None,
        };
        match self.facts.call(id).callee_name(self.facts) {
            Some("open") if self.opens[thing] == id => Effect::Open,
            Some("use") => Effect::Use,
            Some("close") if self.is_meant(thing, id) => Effect::Release,
            Some("keep") => Effect::Move,
            _ => Effect::None,
        }
    }

    fn is_thing(&mut self, thing: usize, value: &Value) -> bool {
        *value == Value::Call(self.opens[thing])
    }
}

/// The states of the first thing at a node.
fn states(facts: &FileFacts, at: impl Fn(&Cfg) -> NodeId) -> Vec<Typestate> {
    states_of(facts, 0, at)
}

fn states_of(facts: &FileFacts, thing: usize, at: impl Fn(&Cfg) -> NodeId) -> Vec<Typestate> {
    let cfg = graph(facts);
    let mut places = Places::new(facts, &cfg);
    let solution = typestates(&cfg, &mut places, &mut ByName::new(facts));
    solution.at(at(&cfg)).map_or(Vec::new(), |cases| cases[thing].keys().copied().collect())
}

fn returned(cfg: &Cfg) -> NodeId {
    cfg.returned
}

fn thrown(cfg: &Cfg) -> NodeId {
    cfg.thrown
}

#[test]
fn an_opening_that_fails_has_opened_nothing() {
    let facts = script("%0 = $open()");
    assert_eq!(states(&facts, returned), [Open]);
    assert_eq!(states(&facts, thrown), [Unopened]);
}

#[test]
fn a_release_that_fails_has_released() {
    let facts = script("%0 = $open()\n1:c := %0\n%1 = $close(1:c)");
    assert_eq!(states(&facts, returned), [Released]);
    assert_eq!(states(&facts, thrown), [Unopened, Released]);
}

#[test]
fn a_use_may_fail_while_it_is_open() {
    let facts = script("%0 = $open()\n1:c := %0\n%1 = $use(1:c)\n%2 = $close(1:c)");
    assert_eq!(states(&facts, thrown), [Unopened, Open, Released]);
}

#[test]
fn what_is_given_away_is_moved() {
    let facts = script("%0 = $open()\n%1 = $keep(%0)");
    assert_eq!(states(&facts, returned), [Moved]);
    assert_eq!(states(&script("%0 = $open()\nreturn %0"), returned), [Moved]);
}

#[test]
fn a_finally_releases_on_every_way() {
    let facts = script(
        "%0 = $open()
         1:c := %0
         try []
           %1 = $use(1:c)
           branch 1:p
             return null
           .
         .
           %2 = $close(1:c)
         .",
    );
    assert_eq!(states(&facts, returned), [Released]);
    assert_eq!(states(&facts, thrown), [Unopened, Released]);
}

#[test]
fn a_scope_releases_on_every_way_also_where_it_is_given_up() {
    let facts = python("%0 = $open()\nscope %0 as 1:c\n  %1 = $use(1:c)\n  await %1\n.");
    assert_eq!(states(&facts, returned), [Released]);
    assert_eq!(states(&facts, thrown), [Unopened, Released]);
    assert_eq!(states(&facts, |cfg| cfg.abandoned), [Released]);
}

#[test]
fn ways_that_meet_keep_both_states() {
    let facts = script("%0 = $open()\n1:c := %0\nbranch 1:p\n  %1 = $close(1:c)\n.");
    assert_eq!(states(&facts, returned), [Open, Released]);
}

#[test]
fn one_condition_opens_and_releases() {
    let facts = script("branch 1:p\n  %0 = $open()\n  1:c := %0\n.\nbranch 1:p\n  %1 = $close(1:c)\n.");
    assert_eq!(states(&facts, returned), [Unopened, Released]);
}

#[test]
fn a_condition_that_is_bound_anew_tells_nothing() {
    let facts = script(
        "branch 1:p
           %0 = $open()
           1:c := %0
         .
         1:p := 1:q
         branch 1:p
           %1 = $close(1:c)
         .",
    );
    assert_eq!(states(&facts, returned), [Unopened, Open, Released]);
}

#[test]
fn a_variable_that_is_still_empty_tells_that_nothing_is_open() {
    let facts = script(
        "1:c := null
         try []
           %0 = $open()
           1:c := %0
           %1 = $use(1:c)
         .
           branch 1:c
             %2 = $close(1:c)
           .
         .",
    );
    assert_eq!(states(&facts, returned), [Released, Null]);
    assert_eq!(states(&facts, thrown), [Unopened, Released, Null]);
}

#[test]
fn an_opening_may_give_nothing() {
    let facts = script("%0 = $open()\n1:c := %0\nbranch null(1:c)\n  return null\n.\n%1 = $close(1:c)");
    assert_eq!(states(&facts, returned), [Released, Null]);
}

#[test]
fn a_second_opening_begins_anew() {
    let facts = script("loop Each 1:p\n  %0 = $open()\n  1:c := %0\n  %1 = $close(1:c)\n.");
    assert_eq!(states(&facts, returned), [Unopened, Released]);
    assert_eq!(states(&facts, |cfg| super::node(cfg, 1)), [Open]);
}

#[test]
fn things_are_followed_beside_each_other() {
    let facts = script("%0 = $open()\n1:a := %0\n%1 = $open()\n1:b := %1\n%2 = $close(1:a, 0)");
    assert_eq!(states_of(&facts, 0, returned), [Released]);
    assert_eq!(states_of(&facts, 1, returned), [Open]);
    assert_eq!(states_of(&facts, 0, thrown), [Unopened, Open, Released]);
}

#[test]
fn what_is_behind_an_endless_loop_has_no_state() {
    let facts = script("%0 = $open()\nloop Endless\n  %1 = $use(%0)\n.");
    assert_eq!(states(&facts, returned), []);
}
