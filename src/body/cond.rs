//! Conditions: truths about places, as they hold on an edge of a graph.
//!
//! A [`Cond`] is one truth about one place, or its opposite. A predicate of the source comes to a [`Formula`] of
//! them, of which some surely hold where it is true and others where it is false. Knows no value that flows into a
//! place, only what was asked.

use super::cfg::{Edge, Test};
use super::place::{PlaceId, Places};
use crate::facts::{Literal, Pattern, Pred, Value};

/// What is asked of a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// It counts as true: there, not zero, not empty.
    Truthy,
    /// Nothing is there.
    Null,
    Equals(Literal),
    /// It holds the same as another place.
    Same(PlaceId),
    /// A container has the key.
    Has(Key),
    /// It is of that type or variant, as written.
    Is(String),
}

/// What a container is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    Literal(Literal),
    Place(PlaceId),
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    Of(PlaceId, Truth),
    /// The file is the program that runs: a truth of the environment.
    Main,
}

/// A truth, or its opposite where it does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Cond {
    pub asked: Asked,
    pub holds: bool,
}

/// A condition over several truths.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    Atom(Cond),
    All(Vec<Formula>),
    Any(Vec<Formula>),
    /// Nothing that the places tell.
    Unknown,
}

impl Cond {
    pub fn negated(self) -> Cond {
        Cond { holds: !self.holds, ..self }
    }

    /// The place that it is about.
    pub fn place(&self) -> Option<PlaceId> {
        match self.asked {
            Asked::Of(place, _) => Some(place),
            Asked::Main => None,
        }
    }

    /// Every place that it reads.
    pub fn reads(&self) -> impl Iterator<Item = PlaceId> {
        let other = match self.asked {
            Asked::Of(_, Truth::Same(other) | Truth::Has(Key::Place(other))) => Some(other),
            _ => None,
        };
        self.place().into_iter().chain(other)
    }

    /// Where this one holds, so does the other.
    pub fn implies(&self, other: &Cond) -> bool {
        if self == other {
            return true;
        }
        match (&self.asked, &other.asked) {
            (Asked::Of(one, known), Asked::Of(place, asked)) if one == place => {
                decides(known, self.holds, asked) == Some(other.holds)
            }
            _ => false,
        }
    }

    /// Where this one holds, the other does not.
    pub fn excludes(&self, other: &Cond) -> bool {
        self.implies(&other.clone().negated())
    }
}

/// What a truth about a place says about another truth of the same place.
fn decides(known: &Truth, holds: bool, asked: &Truth) -> Option<bool> {
    match (known, holds, asked) {
        (known, _, asked) if known == asked => Some(holds),
        (Truth::Truthy, true, asked) => by_truth(true, asked),
        (Truth::Null, true, asked) => by_literal(&Literal::Null, asked),
        (Truth::Equals(literal), true, asked) => by_literal(literal, asked),
        // What has a key, or a type, is there.
        (Truth::Has(_) | Truth::Is(_), true, Truth::Null) => Some(false),
        (Truth::Has(_), true, Truth::Truthy) => Some(true),
        (Truth::Truthy, false, Truth::Has(_)) => Some(false),
        (Truth::Truthy, false, Truth::Equals(literal)) => truth_of(literal).filter(|truth| *truth).map(|_| false),
        _ => None,
    }
}

fn by_truth(truth: bool, asked: &Truth) -> Option<bool> {
    match asked {
        Truth::Null => truth.then_some(false),
        Truth::Equals(literal) => truth_of(literal).filter(|of_literal| *of_literal != truth).map(|_| false),
        _ => None,
    }
}

/// The place holds the literal.
fn by_literal(literal: &Literal, asked: &Truth) -> Option<bool> {
    match asked {
        Truth::Truthy => truth_of(literal),
        Truth::Null => Some(*literal == Literal::Null),
        Truth::Equals(other) => Some(literal == other),
        Truth::Has(_) | Truth::Is(_) if *literal == Literal::Null => Some(false),
        _ => None,
    }
}

fn truth_of(literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Bool(truth) => Some(*truth),
        Literal::Num(number) => Some(*number != 0.0),
        Literal::Str(text) => Some(!text.is_empty()),
        Literal::Null => Some(false),
        Literal::Regex => None,
    }
}

impl Formula {
    /// What a predicate asks.
    pub fn of(places: &mut Places, pred: &Pred) -> Formula {
        let mut atom = |value, truth| match places.of(value) {
            Some(place) => Formula::Atom(Cond { asked: Asked::Of(place, truth), holds: true }),
            None => Formula::Unknown,
        };
        match pred {
            Pred::Truthy(value) => atom(value, Truth::Truthy),
            Pred::Null(value) => atom(value, Truth::Null),
            Pred::Eq(value, literal) => atom(value, Truth::Equals(literal.clone())),
            Pred::Is(value, name) => atom(value, Truth::Is(name.clone())),
            Pred::Same(value, other) => match places.of(other) {
                Some(other) => places.of(value).map_or(Formula::Unknown, |place| same(place, other)),
                None => Formula::Unknown,
            },
            Pred::Has(container, key) => has(places, container, key),
            Pred::Main => Formula::Atom(Cond { asked: Asked::Main, holds: true }),
            Pred::Not(inner) => Formula::of(places, inner).negated(),
            Pred::And(all) => Formula::All(all.iter().map(|part| Formula::of(places, part)).collect()),
            Pred::Or(any) => Formula::Any(any.iter().map(|part| Formula::of(places, part)).collect()),
            Pred::Opaque(_) => Formula::Unknown,
        }
    }

    /// What holds where control goes along the edge.
    pub fn on(places: &mut Places, edge: &Edge) -> Formula {
        let (formula, taken) = match edge {
            Edge::Branch(Test::Pred(pred), taken) => (Formula::of(places, pred), *taken),
            Edge::Branch(Test::Case(subject, pattern), taken) => {
                let place = places.of(subject);
                let truth = match pattern {
                    Pattern::Literal(literal) => Some(Truth::Equals(literal.clone())),
                    Pattern::Name(name) => Some(Truth::Is(name.clone())),
                    Pattern::Any | Pattern::Other => None,
                };
                let asked = place.zip(truth).map(|(place, truth)| Asked::Of(place, truth));
                (asked.map_or(Formula::Unknown, |asked| Formula::Atom(Cond { asked, holds: true })), *taken)
            }
            _ => (Formula::Unknown, true),
        };
        if taken { formula } else { formula.negated() }
    }

    pub fn negated(self) -> Formula {
        let all = |parts: Vec<Formula>| parts.into_iter().map(Formula::negated).collect();
        match self {
            Formula::Atom(cond) => Formula::Atom(cond.negated()),
            Formula::All(parts) => Formula::Any(all(parts)),
            Formula::Any(parts) => Formula::All(all(parts)),
            Formula::Unknown => Formula::Unknown,
        }
    }

    /// All that it asks.
    pub fn atoms(&self) -> Vec<&Cond> {
        match self {
            Formula::Atom(cond) => vec![cond],
            Formula::All(parts) | Formula::Any(parts) => parts.iter().flat_map(Formula::atoms).collect(),
            Formula::Unknown => Vec::new(),
        }
    }

    /// The truths that surely hold where the formula does.
    pub fn certain(&self) -> Vec<&Cond> {
        match self {
            Formula::Atom(cond) => vec![cond],
            Formula::All(parts) => parts.iter().flat_map(Formula::certain).collect(),
            Formula::Any(parts) if parts.len() == 1 => parts[0].certain(),
            Formula::Any(_) | Formula::Unknown => Vec::new(),
        }
    }

    /// Whether it holds, where the known truths do.
    pub fn truth(&self, known: &[Cond]) -> Option<bool> {
        match self {
            Formula::Atom(cond) => {
                let holds = known.iter().any(|other| other.implies(cond));
                if holds { Some(true) } else { known.iter().any(|other| other.excludes(cond)).then_some(false) }
            }
            Formula::All(parts) => decided(parts, known, false),
            Formula::Any(parts) => decided(parts, known, true),
            Formula::Unknown => None,
        }
    }
}

/// One part with the deciding truth decides the whole; all parts with the other one do too.
fn decided(parts: &[Formula], known: &[Cond], deciding: bool) -> Option<bool> {
    let truths: Vec<Option<bool>> = parts.iter().map(|part| part.truth(known)).collect();
    if truths.contains(&Some(deciding)) {
        return Some(deciding);
    }
    truths.iter().all(|truth| *truth == Some(!deciding)).then_some(!deciding)
}

fn same(place: PlaceId, other: PlaceId) -> Formula {
    // The order in which the two are written does not matter.
    let (one, other) = if place <= other { (place, other) } else { (other, place) };
    Formula::Atom(Cond { asked: Asked::Of(one, Truth::Same(other)), holds: true })
}

fn has(places: &mut Places, container: &Value, key: &Value) -> Formula {
    let key = match key {
        Value::Literal(literal) => Some(Key::Literal(literal.clone())),
        other => places.of(other).map(Key::Place),
    };
    match (places.of(container), key) {
        (Some(place), Some(key)) => Formula::Atom(Cond { asked: Asked::Of(place, Truth::Has(key)), holds: true }),
        _ => Formula::Unknown,
    }
}
