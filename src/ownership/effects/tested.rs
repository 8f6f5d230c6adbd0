//! What conditions test.

use crate::facts::{Pred, Value};

/// The values that conditions are about, each with its file.
pub(crate) fn all_tested<'a>(preds: &[(u32, &'a Pred)]) -> Vec<(u32, &'a Value)> {
    let mut found = Vec::new();
    for (file, pred) in preds {
        let mut values = Vec::new();
        tested(pred, &mut values);
        found.extend(values.into_iter().map(|value| (*file, value)));
    }
    found
}

/// The values that a condition is about.
pub(crate) fn tested<'a>(pred: &'a Pred, found: &mut Vec<&'a Value>) {
    match pred {
        Pred::Truthy(value) | Pred::Null(value) | Pred::Eq(value, _) | Pred::Is(value, _) => found.push(value),
        Pred::Same(a, b) | Pred::Has(a, b) => found.extend([a, b]),
        Pred::And(all) | Pred::Or(all) => all.iter().for_each(|inner| tested(inner, found)),
        Pred::Not(inner) => tested(inner, found),
        Pred::Opaque(values) => found.extend(values),
        Pred::Main => {}
    }
}
