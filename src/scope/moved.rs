//! Whether two versions of a file say the same of it, but for where things stand.
//!
//! A comment or a line break moves all that follows. Offsets are compared by their order: what lies in or before what.

use serde_json::{Map, Value};

use crate::facts::FileFacts;

/// Whether they differ in offsets alone, and these are in the same order.
pub fn is_moved(old: &FileFacts, new: &FileFacts) -> bool {
    let (Ok(old), Ok(new)) = (serde_json::to_value(old), serde_json::to_value(new)) else { return false };
    let mut offsets = Vec::new();
    pairs(&old, &new, &mut offsets) && are_in_order(offsets)
}

/// Collects the offsets of both that stand for each other; false where something else differs.
fn pairs(old: &Value, new: &Value, offsets: &mut Vec<(u64, u64)>) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => match (span(old), span(new)) {
            (Some(old), Some(new)) => {
                offsets.extend(old.into_iter().zip(new));
                true
            }
            _ => {
                old.len() == new.len()
                    && old.iter().all(|(key, value)| new.get(key).is_some_and(|other| pairs(value, other, offsets)))
            }
        },
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| pairs(old, new, offsets))
        }
        _ => old == new,
    }
}

fn span(fields: &Map<String, Value>) -> Option<[u64; 2]> {
    let offset = |name| fields.get(name).and_then(Value::as_u64);
    let span = [offset("start")?, offset("end")?];
    (fields.len() == 2).then_some(span)
}

/// Nothing that came later comes before now. What began together need not: a comment at the top of a file stands between
/// its begin and that of its first statement.
fn are_in_order(mut offsets: Vec<(u64, u64)>) -> bool {
    offsets.sort_unstable();
    offsets.is_sorted_by_key(|(_, new)| *new)
}

#[cfg(test)]
mod tests {
    use super::is_moved;
    use crate::frontend::python::lower;

    #[test]
    fn what_moves_says_the_same() {
        let text = "import redis\n\ndef f(a):\n    with redis.Redis() as r:\n        return r.get(a)\n";
        let is = |other: &str| is_moved(&lower(text), &lower(other));
        assert!(
            is(text) && is(&format!("# More.\n\n{text}# The end.\n")) && is(&text.replace("    with", "\n    with"))
        );
        assert!(is(&text.replace("get(a)", "get( a )")));
        assert!(!is(&text.replace("get(a)", "get('a')")) && !is(&text.replace("r.get", "a.get")));
        assert!(!is(&format!("{text}\ndef g(): pass\n")) && !is("import redis\n"));
    }
}
