//! A change line by line: as a unified diff, in the form that `patch` and `git apply` read, and as replacements.
//!
//! Words only: knows neither fixes nor files.

use similar::{ChangeTag, TextDiff};

use super::Change;
use crate::facts::Span;

/// A line of a diff: its text with its end, and its number, from 0, in the text that it is of.
#[derive(Debug, Clone, Copy)]
pub struct Line<'l> {
    pub text: &'l str,
    pub number: usize,
    /// Of the new text; else of the old one.
    pub new: bool,
}

/// One file's diff, with its header.
pub fn unified(change: &Change) -> String {
    unified_as(change, &|line| line.text.to_string())
}

/// One file's diff, with its lines as they are to be shown.
pub fn unified_as(change: &Change, shown: &dyn Fn(Line) -> String) -> String {
    let diff = TextDiff::from_lines(&*change.before, &*change.after);
    let mut out = format!("--- a/{0}\n+++ b/{0}\n", change.path);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        out.push_str(&format!("{}\n", hunk.header()));
        for line in hunk.iter_changes() {
            let new = line.tag() == ChangeTag::Insert;
            let number = if new { line.new_index() } else { line.old_index() }.unwrap_or_default();
            out.push_str(&format!("{}{}", line.tag(), shown(Line { text: line.value(), number, new })));
            if line.missing_newline() {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// The lines of the old text that are replaced, with what stands there after it; in order.
pub fn replacements(change: &Change) -> Vec<(Span, String)> {
    let diff = TextDiff::from_lines(&*change.before, &*change.after);
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
        let change =
            Change { path: String::new(), absolute: Default::default(), before: before.into(), after: after.into() };
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
