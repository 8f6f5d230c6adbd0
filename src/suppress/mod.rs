//! Comments that keep findings from being reported.
//!
//! `connlint-ignore RULE[, RULE]: reason` on the finding's line, or above its statement;
//! `connlint-ignore-file RULE: reason` for a whole file. The comment may stand at the primary place
//! or at the first place of the evidence chain. Knows no language: the comments come from the facts.

mod directive;
mod statement;
mod style;

pub use style::comment_start;

use std::collections::BTreeMap;

use crate::facts::Comment;
use crate::finding::{Finding, Place};
use crate::source::{FileId, LineIndex, Problem, SourceFile};

use directive::{Directive, directives};

/// What the comments say of the findings.
#[derive(Debug, Default)]
pub struct Suppressions {
    /// For each finding, in order: whether a comment covers it.
    pub covered: Vec<bool>,
    /// Comments that name unknown rules, say nothing understandable, or have no effect.
    pub problems: Vec<Problem>,
}

/// The rules that comments may name.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub rules: &'a [&'a str],
    /// Whether a rule runs at all: a comment for one that does not is not called unused.
    pub is_active: &'a dyn Fn(&str) -> bool,
}

/// Looks for the comments that cover findings. `comments` are those of the files, in their order.
pub fn suppress(findings: &[Finding], files: &[SourceFile], comments: &[Vec<Comment>], known: Known) -> Suppressions {
    let mut directives = all_directives(files, comments);
    let covered = findings.iter().map(|finding| covers(&mut directives, finding)).collect();
    let mut problems = Vec::new();
    for (id, (_, directives)) in &directives {
        let path = files.get(id.index()).map_or("", |file| file.path.as_str());
        problems.extend(directives.iter().flat_map(|directive| complaints(directive, path, known)));
    }
    Suppressions { covered, problems }
}

/// Only files that have comments take part.
type Commented = BTreeMap<FileId, (LineIndex, Vec<Directive>)>;

fn all_directives(files: &[SourceFile], comments: &[Vec<Comment>]) -> Commented {
    let mut all = BTreeMap::new();
    for (index, (file, comments)) in files.iter().zip(comments).enumerate() {
        if !comments.is_empty() {
            let lines = LineIndex::new(&file.text);
            let found = comments.iter().flat_map(|comment| directives(comment, file, &lines)).collect();
            all.insert(FileId(index as u32), (lines, found));
        }
    }
    all
}

/// Whether a comment covers the finding; every one that does is marked as used.
fn covers(all: &mut Commented, finding: &Finding) -> bool {
    let entry = finding.related.first().map(|related| start_of(related.place));
    let places = [Some(finding.place), entry];
    let mut covered = false;
    for place in places.into_iter().flatten() {
        let Some((lines, directives)) = all.get_mut(&place.file) else { continue };
        let first = lines.line(place.span.start);
        let last = lines.line(place.span.end.saturating_sub(1).max(place.span.start));
        for directive in directives.iter_mut() {
            covered |= directive.covers(finding.rule, first, last);
        }
    }
    covered
}

/// The entry of a chain may be a whole function; only its head may carry the comment.
fn start_of(place: Place) -> Place {
    let mut place = place;
    place.span.end = place.span.start;
    place
}

fn complaints(directive: &Directive, path: &str, known: Known) -> Vec<Problem> {
    let problem = |message: String| Problem::new(path, format!("line {}: {message}", directive.line));
    if let Some(message) = &directive.malformed {
        return vec![problem(message.clone())];
    }
    let mut problems = Vec::new();
    for (rule, used) in &directive.rules {
        if !known.rules.contains(&rule.as_str()) {
            problems.push(problem(unknown_rule(rule, known.rules)));
        } else if !used && (known.is_active)(rule) {
            problems.push(problem(format!("`connlint-ignore {rule}` has no effect: nothing is found there")));
        }
    }
    problems
}

fn unknown_rule(rule: &str, rules: &[&str]) -> String {
    let hint = crate::config::nearest(rule, rules.iter().copied());
    let hint = hint.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    format!("the comment names the unknown rule `{rule}`{hint}")
}
