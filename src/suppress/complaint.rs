//! Findings about the comments themselves: unused, for unknown rules, not understood.
//!
//! Words them and says how they are taken out. Knows no other rule but by name.

use super::Known;
use super::directive::{Directive, Named};
use super::removal::{without_directive, without_rule};
use crate::config::nearest;
use crate::facts::Span;
use crate::finding::{Also, Applicability, Confidence, Edit, Finding, Fix, Place, Severity};
use crate::source::{FileId, LineIndex};

/// The rule that these findings belong to.
pub const RULE: &str = "unused-suppression";

/// What is wrong with one directive.
pub fn complaints(directive: &Directive, file: FileId, text: &str, lines: &LineIndex, known: Known) -> Vec<Finding> {
    let whole = without_directive(text, lines, directive);
    let edit = |span, text: &str| Edit { file, span, text: text.into() };
    if let Some(message) = &directive.malformed {
        let written = text.get(directive.word.range()).unwrap_or_default();
        let word = if Directive::is_of_file(written) { "connlint-ignore-file" } else { "connlint-ignore" };
        let fix = match directive.rules.iter().any(|named| named.used) {
            true => fix(&format!("Write `{word}`"), rewritten(directive, file, text, word)),
            false => fix("Remove the comment", edit(whole, "")),
        };
        return vec![finding(message.clone(), Place { file, span: directive.span }, fix)];
    }
    let wrong: Vec<(&Named, Wrong)> =
        directive.rules.iter().filter_map(|named| Some((named, wrong(named, file, known)?))).collect();
    let all = wrong.len() == directive.rules.len() && wrong.iter().all(|(_, wrong)| wrong.instead.is_none());
    let word = |(named, wrong): (&Named, Wrong)| {
        let fix = match wrong.instead {
            Some(name) => fix(&format!("Name the rule `{name}`"), edit(named.span, name)),
            None if all => fix("Remove the comment", edit(whole, "")),
            None => fix(&format!("Take `{}` out of the comment", named.id), edit(without_rule(directive, named), "")),
        };
        finding(wrong.message, Place { file, span: named.span }, fix)
    };
    wrong.into_iter().map(word).collect()
}

/// The comment with the right word; a space instead of the `=` that others put before the rules.
fn rewritten(directive: &Directive, file: FileId, text: &str, word: &str) -> Edit {
    let span = directive.word;
    match text.get(span.end as usize..).is_some_and(|rest| rest.starts_with('=')) {
        true => Edit { file, span: Span { end: span.end + 1, ..span }, text: format!("{word} ") },
        false => Edit { file, span, text: word.into() },
    }
}

struct Wrong<'a> {
    message: String,
    /// The rule that was probably meant.
    instead: Option<&'a str>,
}

fn wrong<'a>(named: &Named, file: FileId, known: Known<'a>) -> Option<Wrong<'a>> {
    let id = &named.id;
    if !known.rules.contains(&id.as_str()) {
        let instead = nearest(id, known.rules.iter().copied());
        let hint = instead.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        return Some(Wrong { message: format!("the comment names the unknown rule `{id}`{hint}"), instead });
    }
    let unused = !named.used && (known.is_active)(id) && (known.is_understood)(file);
    let message = format!("`connlint-ignore {id}` has no effect: nothing is found there");
    unused.then_some(Wrong { message, instead: None })
}

fn fix(title: &str, edit: Edit) -> Fix {
    Fix::new(title, Applicability::Safe, vec![edit])
}

fn finding(message: String, place: Place, fix: Fix) -> Finding {
    Finding {
        rule: RULE,
        severity: Severity::Note,
        confidence: Confidence::High,
        message,
        place,
        label: String::new(),
        client: None,
        related: Vec::new(),
        why: String::new(),
        help: "remove it, or write it at the line or above the statement that it is for".into(),
        fix: Some(fix),
        scope: String::new(),
        also: Also::default(),
        after: 0,
        entry: None,
        pedantic: false,
    }
}
