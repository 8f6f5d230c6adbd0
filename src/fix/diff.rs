//! A change line by line, as replacements.
//!
//! Words only: knows neither fixes nor files.

use similar::{ChangeTag, TextDiff};

use super::Change;
use crate::facts::Span;

/// The old side of a file that is made.
pub const NOWHERE: &str = "/dev/null";

/// One file's diff with all that it says; reports have one that hides secrets.
pub fn unified(change: &Change) -> String {
    let diff = TextDiff::from_lines(change.old(), &*change.after);
    let old = change.before.as_ref().map_or(NOWHERE.to_string(), |_| format!("a/{}", change.path));
    let new = format!("b/{}", change.path);
    diff.unified_diff().header(&old, &new).to_string()
}

/// The lines of the old text that are replaced, with what stands there after it; in order.
pub fn replacements(change: &Change) -> Vec<(Span, String)> {
    let diff = TextDiff::from_lines(change.old(), &*change.after);
    let mut found: Vec<(Span, String)> = Vec::new();
    let mut at = 0;
    let mut open = false;
    for line in diff.iter_all_changes() {
        if line.tag() == ChangeTag::Equal {
            (at, open) = (at + line.value().len(), false);
            continue;
        }
        if !open {
            found.push((Span::new(at, at), String::new()));
            open = true;
        }
        let Some((span, text)) = found.last_mut() else { continue };
        match line.tag() {
            ChangeTag::Delete => {
                at += line.value().len();
                span.end = at as u32;
            }
            _ => text.push_str(line.value()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn replaced(before: &str, after: &str) -> Vec<String> {
        let change = Change {
            path: String::new(),
            absolute: Default::default(),
            before: Some(before.into()),
            after: after.into(),
        };
        let found = replacements(&change);
        let mut text = Arc::<str>::from(before).to_string();
        found.iter().rev().for_each(|(span, new)| text.replace_range(span.range(), new));
        assert_eq!(text, after);
        found.into_iter().map(|(span, new)| format!("{:?} {new:?}", &before[span.range()])).collect()
    }

    #[test]
    fn replacements_lead_from_one_text_to_the_other() {
        assert_eq!(
            replaced("a\nb\nc\nd", "x\na\nB\nc\nd\ne"),
            ["\"\" \"x\\n\"", "\"b\\n\" \"B\\n\"", "\"d\" \"d\\ne\""]
        );
        assert_eq!(replaced("a\r\nb\r\n", "a\r\n"), ["\"b\\r\\n\" \"\""]);
        assert!(replaced("a\n", "a\n").is_empty());
    }
}
