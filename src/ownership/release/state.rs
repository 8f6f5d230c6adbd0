//! The states of one resource along the paths of a function, and what is known on each path.
//!
//! Finite by construction: few facts, few variables. Knows no call's meaning.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::facts::{Literal, Pred, Span, Value, VarRef};

/// Where the resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hold {
    Unopened,
    /// There, but nothing is open yet.
    Idle,
    Open,
    Released,
    /// Someone else is responsible.
    Gone,
}

/// What holds on one path.
#[derive(Debug, Clone)]
pub struct State {
    pub hold: Hold,
    /// The variables that stand for the resource, sorted.
    pub aliases: Vec<VarRef>,
    /// The place outside of the function holds it, too.
    pub placed: bool,
    /// Truths of conditions, by the condition's own text.
    facts: Vec<(String, bool)>,
    /// The operation whose error was caught on the way, with the resource open. Tells the path and no more:
    /// of equal states the first one's is kept.
    pub caught: Option<Span>,
}

impl PartialEq for State {
    fn eq(&self, other: &State) -> bool {
        self.hold == other.hold
            && self.aliases == other.aliases
            && self.placed == other.placed
            && self.facts == other.facts
    }
}

impl Eq for State {}

impl State {
    pub fn start() -> State {
        State { hold: Hold::Unopened, aliases: Vec::new(), placed: false, facts: Vec::new(), caught: None }
    }

    /// The state in a handler of an error that came from the operation.
    pub fn caught_at(&self, span: Span) -> State {
        let open = (self.hold == Hold::Open).then_some(span);
        State { caught: self.caught.or(open), ..self.clone() }
    }

    pub fn with(&self, hold: Hold) -> State {
        State { hold, ..self.clone() }
    }

    pub fn learn(&mut self, key: String, truth: bool) {
        self.facts.retain(|(known, _)| *known != key);
        self.facts.push((key, truth));
        self.facts.sort();
    }

    pub fn knows(&self, key: &str) -> Option<bool> {
        self.facts.iter().find(|(known, _)| known == key).map(|(_, truth)| *truth)
    }

    /// Forgets what was known of a place that is assigned.
    pub fn forget(&mut self, place: &Value) {
        let text = format!("{place:?}");
        self.facts.retain(|(key, _)| !key.contains(&text));
    }

    /// Forgets what was known of the resource's members: what is done with it may change them.
    pub fn used(mut self) -> State {
        let aliases = &self.aliases;
        let of = |key: &str| aliases.iter().any(|var| key.contains(&format!("Member({:?}, ", Value::Var(*var))));
        self.facts.retain(|(key, _)| !of(key));
        self
    }

    pub fn bind(&mut self, var: VarRef) {
        if let Err(at) = self.aliases.binary_search(&var) {
            self.aliases.insert(at, var);
        }
    }

    /// The truth of a condition on this path.
    ///
    /// `other` answers atoms that are no conditions over places.
    pub fn truth(&self, pred: &Pred, other: &dyn Fn(&State, &Pred) -> Option<bool>) -> Option<bool> {
        match pred {
            Pred::Not(inner) => self.truth(inner, other).map(|truth| !truth),
            Pred::And(all) => decided(all.iter().map(|inner| self.truth(inner, other)), false),
            Pred::Or(all) => decided(all.iter().map(|inner| self.truth(inner, other)), true),
            atom => self.atom(atom).or_else(|| other(self, atom)),
        }
    }

    fn atom(&self, atom: &Pred) -> Option<bool> {
        let there = matches!(self.hold, Hold::Idle | Hold::Open | Hold::Released);
        match presence(atom).or_else(|| failure(atom)) {
            Some((Value::Var(var), polarity)) if there && self.aliases.contains(var) => return Some(polarity),
            _ => {}
        }
        if let Pred::Same(left, right) = atom
            && there
            && is_place(left)
            && is_place(right)
        {
            let is_it = |value: &Value| matches!(value, Value::Var(var) if self.aliases.contains(var));
            match (is_it(left), is_it(right)) {
                (false, false) => {}
                // What has just been made is nothing that was there before.
                (one, other) => return Some(one && other),
            }
        }
        let (key, polarity) = key(atom)?;
        self.facts.iter().find(|(known, _)| *known == key).map(|(_, truth)| *truth == polarity)
    }

    /// Takes a condition as true or false from here on.
    pub fn assume(&mut self, pred: &Pred, truth: bool, wanted: &dyn Fn(&str) -> bool) {
        match (pred, truth) {
            (Pred::Not(inner), _) => self.assume(inner, !truth, wanted),
            (Pred::And(all), true) | (Pred::Or(all), false) => {
                all.iter().for_each(|inner| self.assume(inner, truth, wanted))
            }
            (Pred::And(_), false) | (Pred::Or(_), true) => {}
            (atom, _) => {
                if let Some((key, polarity)) = key(atom).filter(|(key, _)| wanted(key)) {
                    self.learn(key, truth == polarity);
                }
            }
        }
    }
}

/// One part with the deciding truth decides the whole; all parts with the other one do too.
fn decided(parts: impl Iterator<Item = Option<bool>>, deciding: bool) -> Option<bool> {
    let parts: Vec<Option<bool>> = parts.collect();
    if parts.contains(&Some(deciding)) {
        return Some(deciding);
    }
    parts.iter().all(|part| *part == Some(!deciding)).then_some(!deciding)
}

/// The value that an atom says is there (`true`) or missing.
pub fn presence(atom: &Pred) -> Option<(&Value, bool)> {
    match atom {
        Pred::Truthy(value) => Some((value, true)),
        Pred::Null(value) => Some((value, false)),
        _ => None,
    }
}

/// The value that is an error, where the atom holds, in place of what was asked for.
fn failure(atom: &Pred) -> Option<(&Value, bool)> {
    match atom {
        Pred::Is(value, name) if name.ends_with("Error") || name.ends_with("Exception") => Some((value, false)),
        _ => None,
    }
}

/// A condition over places alone, as a text that is equal for equal conditions.
pub fn key(atom: &Pred) -> Option<(String, bool)> {
    if let Some((value, polarity)) = presence(atom) {
        return is_place(value).then(|| (place_key(value), polarity));
    }
    match atom {
        Pred::Eq(value, Literal::Bool(flag)) if is_place(value) => Some((place_key(value), *flag)),
        Pred::Eq(value, literal) if is_place(value) => Some((format!("{value:?} == {literal:?}"), true)),
        Pred::Same(left, right) if is_place(left) && is_place(right) => Some((format!("{left:?} is {right:?}"), true)),
        Pred::Is(value, name) if is_place(value) => Some((format!("{value:?} : {name}"), true)),
        _ => None,
    }
}

pub fn place_key(value: &Value) -> String {
    format!("{value:?}")
}

fn is_place(value: &Value) -> bool {
    match value {
        Value::Var(_) | Value::This => true,
        Value::Member(base, _) => is_place(base),
        _ => false,
    }
}

/// How a path leaves a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    Return,
    Throw,
    Break,
    Continue,
}

#[derive(Debug, Clone)]
pub struct Exit {
    pub leave: Leave,
    pub state: State,
    /// What leaves: the return, the operation that may throw.
    pub span: Span,
}

/// All ways out of a region.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub normal: Vec<State>,
    pub exits: Vec<Exit>,
}

impl Outcome {
    pub fn flowing(states: Vec<State>) -> Outcome {
        Outcome { normal: states, exits: Vec::new() }
    }

    pub fn leave(&mut self, leave: Leave, state: State, span: Span) {
        if !self.exits.iter().any(|exit| exit.leave == leave && exit.state == state) {
            self.exits.push(Exit { leave, state, span });
        }
    }

    pub fn absorb(&mut self, other: Outcome) {
        merge(&mut self.normal, other.normal);
        self.absorb_exits(other.exits);
    }

    pub fn absorb_exits(&mut self, exits: Vec<Exit>) {
        exits.into_iter().for_each(|exit| self.leave(exit.leave, exit.state, exit.span));
    }

    /// Takes out the exits of one kind.
    pub fn take(&mut self, leave: Leave) -> Vec<Exit> {
        let (taken, kept) = std::mem::take(&mut self.exits).into_iter().partition(|exit| exit.leave == leave);
        self.exits = kept;
        taken
    }
}

/// The states without the conditions that tell none of them from another: whatever has become of the resource, either
/// may hold.
pub fn without_idle_facts(mut states: Vec<State>) -> Vec<State> {
    let keys: BTreeSet<String> = states.iter().flat_map(|state| &state.facts).map(|(key, _)| key.clone()).collect();
    for key in keys {
        let mut truths: FxHashMap<_, BTreeSet<Option<bool>>> = FxHashMap::default();
        for state in &states {
            truths.entry((state.hold, &state.aliases, state.placed)).or_default().insert(state.knows(&key));
        }
        let mut each = truths.into_values();
        let first = each.next();
        if each.all(|other| Some(other) == first) {
            states.iter_mut().for_each(|state| state.facts.retain(|(known, _)| *known != key));
        }
    }
    let mut kept = Vec::new();
    merge(&mut kept, states);
    kept
}

pub fn merge(states: &mut Vec<State>, more: Vec<State>) {
    for state in more {
        if !states.contains(&state) {
            states.push(state);
        }
    }
}
