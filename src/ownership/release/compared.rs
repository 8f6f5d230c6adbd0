//! Flags that keep what a comparison said: `owns = session is None`, asked again where the session is closed.
//!
//! Knows no call's meaning and no library.

use super::model::Walk;
use super::state::{Outcome, State, place_key};
use crate::facts::{BinaryOp, Literal, Pred, Value};

impl Walk<'_, '_, '_> {
    /// The paths part where a flag is set that is asked later: from here on it is known on each.
    pub(crate) fn compared(&self, flag: &Value, value: &Value, bound: Outcome) -> Outcome {
        let key = place_key(flag);
        if !self.keys.contains_key(&key) {
            return bound;
        }
        if matches!(value, Value::Var(_)) {
            return copied(&key, value, bound);
        }
        let Some(pred) = comparison(value) else { return bound };
        let known = |state: &State| state.truth(&pred, &|_, _| None);
        let side = |state: &State, truth: bool| {
            let mut side = state.clone();
            // What is compared may be asked under another name.
            side.assume(&pred, truth, &|_| true);
            side.learn(key.clone(), truth);
            (known(state) != Some(!truth)).then_some(side)
        };
        let sides =
            bound.normal.iter().flat_map(|state| [true, false].into_iter().filter_map(|truth| side(state, truth)));
        Outcome { normal: sides.collect(), ..bound }
    }
}

/// What is known of a variable is known of its copy.
fn copied(key: &str, value: &Value, mut bound: Outcome) -> Outcome {
    for state in &mut bound.normal {
        if let Some(truth) = state.knows(&place_key(value)) {
            state.learn(key.to_string(), truth);
        }
    }
    bound
}

/// What a comparison that is a value asks.
pub(crate) fn comparison(value: &Value) -> Option<Pred> {
    let Value::Binary(op @ (BinaryOp::Same | BinaryOp::Differs), left, right) = value else { return None };
    let equal = match (&**left, &**right) {
        (place, Value::Literal(Literal::Null)) | (Value::Literal(Literal::Null), place) => Pred::Null(place.clone()),
        (place, Value::Literal(literal)) | (Value::Literal(literal), place) => Pred::Eq(place.clone(), literal.clone()),
        (left, right) => Pred::Same(left.clone(), right.clone()),
    };
    Some(if *op == BinaryOp::Same { equal } else { equal.negate() })
}
