//! What keeps findings from being reported: comments, and the baseline of accepted ones.
//!
//! `connlint-ignore RULE[, RULE]: reason` on the finding's line, or above its statement;
//! `connlint-ignore-file RULE: reason` for a whole file. The comment may stand at the primary place
//! at the first place of the evidence chain, or at the head of the function that runs first. Comments that do nothing are findings themselves.
//! Knows no language: the comments come from the facts.

pub mod baseline;
mod complaint;
mod directive;
mod removal;
mod statement;

use std::collections::BTreeMap;

use crate::facts::Comment;
use crate::finding::{Edit, Finding, Place};
use crate::source::{FileId, LineIndex, SourceFile};

pub use complaint::RULE;

use complaint::complaints;
use directive::{Directive, directives};
use statement::statement_end;

/// What the comments say of the findings.
#[derive(Debug, Default)]
pub struct Suppressions {
    /// For each finding, in order: whether a comment covers it.
    pub covered: Vec<bool>,
    /// Comments that name unknown rules, say nothing understandable, or have no effect.
    pub findings: Vec<Finding>,
}

/// The rules that comments may name.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub rules: &'a [&'a str],
    /// Whether a rule runs at all: a comment for one that does not is not called unused.
    pub is_active: &'a dyn Fn(&str) -> bool,
    /// Whether a file was understood: a comment in one that was not is not called unused.
    pub is_understood: &'a dyn Fn(FileId) -> bool,
}

/// Looks for the comments that cover findings. `comments` are those of the files, in their order.
pub fn suppress(findings: &[Finding], files: &[SourceFile], comments: &[Vec<Comment>], known: Known) -> Suppressions {
    let mut commented = all_directives(files, comments, known.rules);
    let covered = findings.iter().map(|finding| covers(&mut commented, files, finding)).collect();
    let mut complained = Vec::new();
    for (id, (lines, directives)) in &commented {
        let text = files.get(id.index()).map_or("", |file| &*file.text);
        complained.extend(directives.iter().flat_map(|directive| complaints(directive, *id, text, lines, known)));
    }
    Suppressions { covered, findings: complained }
}

/// A fix that would rewrite a place where a comment leaves the same rule's finding be is not offered: whoever wrote the
/// comment wants that line as it is.
pub fn spare(findings: &mut [Finding], covered: &[bool]) {
    let kept = |at: &usize| covered.get(*at).is_some_and(|covered| *covered);
    let left: Vec<(&str, Place)> =
        (0..findings.len()).filter(kept).map(|at| (findings[at].rule, findings[at].place)).collect();
    if left.is_empty() {
        return;
    }
    for finding in findings {
        let (rule, own) = (finding.rule, finding.place);
        let rewrites =
            |edit: &Edit| left.iter().any(|(of, place)| *of == rule && *place != own && edit.touches(*place));
        finding.fix.take_if(|fix| fix.edits.iter().any(rewrites));
        if let Some(fix) = &mut finding.fix {
            fix.others.retain(|fix| !fix.edits.iter().any(rewrites));
        }
    }
}

/// Only files that have comments take part.
type Commented = BTreeMap<FileId, (LineIndex, Vec<Directive>)>;

fn all_directives(files: &[SourceFile], comments: &[Vec<Comment>], known: &[&str]) -> Commented {
    let mut all = BTreeMap::new();
    for (index, (file, comments)) in files.iter().zip(comments).enumerate() {
        if !comments.is_empty() {
            let lines = LineIndex::new(&file.text);
            let found = comments.iter().flat_map(|comment| directives(comment, file, &lines, known)).collect();
            all.insert(FileId(index as u32), (lines, found));
        }
    }
    all
}

/// Whether a comment covers the finding; every one that does is marked as used.
fn covers(all: &mut Commented, files: &[SourceFile], finding: &Finding) -> bool {
    let first = finding.related.first().map(|related| related.place);
    let entries = first.into_iter().chain(finding.entry).map(|place| (place, true));
    let mut covered = false;
    for (place, is_entry) in [(finding.place, false)].into_iter().chain(entries) {
        let Some((lines, directives)) = all.get_mut(&place.file) else { continue };
        let first = lines.line(place.span.start);
        let last = match files.get(place.file.index()).filter(|_| is_entry) {
            // The entry of a chain may be a whole function, or a decorator of one: its head may carry the comment.
            Some(file) => statement_end(&file.text, lines, first),
            None => lines.line(place.span.end.saturating_sub(1).max(place.span.start)),
        };
        for directive in directives.iter_mut() {
            covered |= directive.covers(finding.rule, first, last);
        }
    }
    covered
}
