//! What has become of the things that a function opens, at each point of its graph.
//!
//! All things are followed in one pass. For each the states that it may be in are kept apart, with the conditions
//! that hold wherever it is in that state; where ways meet, a state keeps what both know. (Das, Lerner and Seigle:
//! ESP, 2002.) So `if (own) c = open(); …; if (own) c.close()` is understood, and the number of states is fixed.
//! What an event does to a thing is told by a [`Protocol`].

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::cfg::{Cfg, Edge, Event, Node};
use super::cond::{Asked, Cond, Formula, Truth};
use super::place::{PlaceId, Places};
use super::solve::{Analysis, Solution, forward};
use crate::facts::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Typestate {
    Unopened,
    Open,
    Released,
    /// Somebody else is responsible.
    Moved,
    /// The opening gave nothing.
    Null,
}

/// What an event does to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    None,
    Open,
    Use,
    Release,
    Move,
}

/// The things, and what happens to them.
pub trait Protocol<'a> {
    /// How many things there are; they are numbered from 0.
    fn things(&self) -> usize;

    fn effect(&mut self, thing: usize, node: &Node<'a>) -> Effect;

    /// The value is what the thing's opening gives.
    fn is_thing(&mut self, thing: usize, value: &Value) -> bool;
}

/// What is known wherever a thing is in one state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// Places that hold the thing.
    pub holders: Vec<PlaceId>,
    pub conds: Vec<Cond>,
}

/// The states that one thing may be in.
pub type Cases = BTreeMap<Typestate, Known>;

/// Of each thing the states that it may be in, before each event.
pub fn typestates<'a>(cfg: &Cfg<'a>, places: &mut Places<'a>, protocol: &mut dyn Protocol<'a>) -> Solution<Vec<Cases>> {
    let begin = Cases::from([(Typestate::Unopened, Known::default())]);
    let entry = vec![begin; protocol.things()];
    let asked = asked(cfg, places);
    forward(cfg, &mut Follow { places, protocol, asked }, entry)
}

/// How often each place is asked about: what is asked once correlates with nothing.
fn asked<'a>(cfg: &Cfg<'a>, places: &mut Places<'a>) -> FxHashMap<PlaceId, u32> {
    let mut counts = FxHashMap::default();
    for node in &cfg.nodes {
        if let Event::Test(pred) = node.event {
            let formula = Formula::of(places, pred);
            formula.atoms().into_iter().flat_map(Cond::reads).for_each(|place| *counts.entry(place).or_default() += 1);
        }
    }
    counts
}

struct Follow<'q, 'a> {
    places: &'q mut Places<'a>,
    protocol: &'q mut dyn Protocol<'a>,
    asked: FxHashMap<PlaceId, u32>,
}

impl<'a> Analysis<'a> for Follow<'_, 'a> {
    type State = Vec<Cases>;

    fn join(&self, state: &mut Vec<Cases>, other: &Vec<Cases>) -> bool {
        let things = state.iter_mut().zip(other);
        things.map(|(cases, other)| join(cases, other)).fold(false, |changed, more| changed | more)
    }

    fn along(&mut self, node: &Node<'a>, edge: &Edge<'a>, state: &Vec<Cases>) -> Option<Vec<Cases>> {
        let formula = Formula::on(self.places, edge);
        let mut feasible = state.is_empty();
        let mut after = Vec::with_capacity(state.len());
        for (thing, cases) in state.iter().enumerate() {
            let cases = self.cases(thing, cases, node, edge, &formula);
            feasible |= !cases.is_empty();
            after.push(cases);
        }
        feasible.then_some(after)
    }
}

impl<'a> Follow<'_, 'a> {
    fn cases(&mut self, thing: usize, cases: &Cases, node: &Node<'a>, edge: &Edge<'a>, formula: &Formula) -> Cases {
        let effect = self.protocol.effect(thing, node);
        let mut after = Cases::new();
        for (state, known) in cases {
            let next = step(*state, effect, edge);
            let mut known = known.clone();
            if effect == Effect::Open && next == Typestate::Open {
                known.holders.clear();
            }
            if let Event::Bind { target, value } = node.event {
                self.bind(thing, next, target, value, &mut known);
            }
            if effect == Effect::Use {
                let holders = known.holders.clone();
                known.conds.retain(|cond| !self.is_part_of_any(cond, &holders));
            }
            if let Some((next, known)) = self.assume(next, known, formula) {
                let case = Cases::from([(next, known)]);
                join(&mut after, &case);
            }
        }
        after
    }

    /// What the thing's members say may change where it is worked with.
    fn is_part_of_any(&self, cond: &Cond, holders: &[PlaceId]) -> bool {
        let mut reads = cond.reads();
        reads.any(|place| self.places.wholes(place).skip(1).any(|whole| holders.contains(&whole)))
    }

    fn bind(&mut self, thing: usize, state: Typestate, target: &Value, value: &Value, known: &mut Known) {
        let Some(place) = self.places.of(target) else { return };
        known.conds.retain(|cond| !cond.reads().any(|read| self.places.depends(read, place)));
        known.holders.retain(|holder| *holder != place);
        let held = self.places.of(value).is_some_and(|from| known.holders.contains(&from));
        let there = matches!(state, Typestate::Open | Typestate::Released);
        if there && (held || self.protocol.is_thing(thing, value)) {
            known.holders.push(place);
            known.holders.sort();
        }
        if let Value::Literal(literal) = value
            && self.asked.contains_key(&place)
        {
            learn(known, Cond { asked: Asked::Of(place, Truth::Equals(literal.clone())), holds: true });
        }
    }

    fn is_wanted(&self, place: PlaceId) -> bool {
        self.asked.get(&place).is_some_and(|count| *count > 1)
    }

    /// The state where the formula holds; none where it cannot.
    fn assume(&self, state: Typestate, mut known: Known, formula: &Formula) -> Option<(Typestate, Known)> {
        if formula.truth(&known.conds) == Some(false) {
            return None;
        }
        let mut state = state;
        if formula.truth(&presence(state, &known)) == Some(false) {
            // It is not there where it was opened: the opening gave nothing.
            state = if state == Typestate::Open { Typestate::Null } else { return None };
        }
        for cond in formula.certain() {
            if cond.reads().all(|place| self.is_wanted(place)) {
                learn(&mut known, cond.clone());
            }
        }
        Some((state, known))
    }
}

/// What the state says of the places that hold the thing.
fn presence(state: Typestate, known: &Known) -> Vec<Cond> {
    let holds = match state {
        Typestate::Open | Typestate::Released => true,
        Typestate::Null => false,
        Typestate::Unopened | Typestate::Moved => return Vec::new(),
    };
    known.holders.iter().map(|place| Cond { asked: Asked::Of(*place, Truth::Truthy), holds }).collect()
}

/// A state after an event. What fails has opened nothing; what fails to release has released.
fn step(state: Typestate, effect: Effect, edge: &Edge) -> Typestate {
    let fails = *edge == Edge::Throw;
    match (state, effect) {
        (_, Effect::Open) if !fails => Typestate::Open,
        (Typestate::Open, Effect::Release) => Typestate::Released,
        (Typestate::Open, Effect::Move) => Typestate::Moved,
        (state, _) => state,
    }
}

fn learn(known: &mut Known, cond: Cond) {
    if !known.conds.contains(&cond) {
        known.conds.push(cond);
    }
}

/// Each state of either; what is known in both is kept.
fn join(cases: &mut Cases, other: &Cases) -> bool {
    let mut changed = false;
    for (state, more) in other {
        match cases.get_mut(state) {
            None => {
                cases.insert(*state, more.clone());
                changed = true;
            }
            Some(known) => {
                let before = known.holders.len() + known.conds.len();
                known.holders.retain(|place| more.holders.contains(place));
                known.conds.retain(|cond| more.conds.iter().any(|other| other.implies(cond)));
                changed |= before != known.holders.len() + known.conds.len();
            }
        }
    }
    changed
}
