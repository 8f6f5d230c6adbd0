//! What must hold of every fix, whatever project it is for.
//!
//! Findings are compared by what their fingerprints are made of, so that a finding which takes the place of
//! another one of the same rule and file is seen; one whose own text a fix writes into, by where that leaves it.
//! Nothing is written to disk.

use std::collections::BTreeMap;

use connlint::finding::{Applicability, Edit, Fix};
use connlint::fix::{apply, unified};
use connlint::session::{Identified, Options, Outcome, Repair, Session};
use connlint::source::Overlay;

/// Everything that is wrong with the fixes of a project: each alone, then all together.
pub fn all(options: &Options, session: &mut Session, outcome: Outcome) -> Vec<String> {
    let mut wrong: Vec<String> = outcome.findings.iter().filter_map(|found| alone(options, &outcome, found)).collect();
    let repair = session.repair(outcome.clone(), true);
    wrong.extend(together(options, &outcome, &repair));
    wrong
}

/// One fix without the others: its finding goes, none comes, and the files still parse.
pub fn alone(options: &Options, before: &Outcome, found: &Identified) -> Option<String> {
    let fix = found.finding.fix.as_ref().filter(|fix| fix.applicability != Applicability::Manual)?;
    let Some(overlay) = edited(before, fix) else { return Some(format!("fix `{}`: does not fit", fix.title)) };
    let after = check(options, overlay);
    let complaint = worse(before, &after, &fix.edits).or_else(|| {
        let key = key(found);
        (counts(&after).get(&key) >= counts(before).get(&key)).then(|| format!("the finding of {} stays", key.1))
    })?;
    Some(format!("fix `{}` alone: {complaint}", fix.title))
}

/// All fixes together: none is taken back, no finding comes, and fixing again changes nothing.
pub fn together(options: &Options, before: &Outcome, repair: &Repair) -> Vec<String> {
    let fixes = before.findings.iter().filter_map(|found| found.finding.fix.as_ref());
    let mut edits: Vec<Edit> = Vec::new();
    // What several fixes write is written once.
    for edit in fixes.flat_map(|fix| &fix.edits) {
        if !edits.contains(edit) {
            edits.push(edit.clone());
        }
    }
    let mut wrong: Vec<String> =
        worse(before, &repair.outcome, &edits).map(|it| format!("all fixes: {it}")).into_iter().collect();
    if repair.taken_back {
        wrong.push("all fixes: taken back".into());
    }
    if before.summary.fixable > 0 {
        wrong.extend(again(options, repair));
    }
    wrong
}

fn again(options: &Options, repair: &Repair) -> Vec<String> {
    let mut overlay = options.overlay.clone();
    for (index, file) in repair.outcome.files.iter().enumerate() {
        if repair.changes.iter().any(|change| change.path == repair.outcome.paths[index]) {
            overlay.insert(file.absolute.clone(), file.text.clone());
        }
    }
    let mut session = Session::open(Options { overlay, ..options.clone() }).unwrap();
    let outcome = session.check();
    let changes = session.repair(outcome, true).changes;
    changes.iter().map(|change| format!("fixing again changes\n{}", unified(change))).collect()
}

/// The files as a fix leaves them; `None` where its edits do not fit.
fn edited(before: &Outcome, fix: &Fix) -> Option<Overlay> {
    let mut overlay = Overlay::default();
    for (index, file) in before.files.iter().enumerate() {
        let mut edits: Vec<_> = fix.edits.iter().filter(|edit| edit.file.index() == index).cloned().collect();
        edits.sort_by_key(|edit| edit.span);
        overlay.insert(file.absolute.clone(), apply(&file.text, &edits)?.as_str().into());
    }
    let root = before.files.first()?.root()?;
    overlay.extend(fix.creates.iter().map(|new| (root.join(&new.path), new.text.as_str().into())));
    Some(overlay)
}

fn check(options: &Options, overlay: Overlay) -> Outcome {
    Session::open(Options { overlay, ..options.clone() }).unwrap().check()
}

/// What a fingerprint is made of but for the ordinal, which moves when an equal finding goes; and the rule.
type Key = (String, String, String);

fn key(found: &Identified) -> Key {
    (found.entry.path.clone(), found.entry.rule.clone(), found.entry.content.clone())
}

fn counts(outcome: &Outcome) -> BTreeMap<Key, usize> {
    let mut counts = BTreeMap::new();
    for found in &outcome.findings {
        *counts.entry(key(found)).or_default() += 1;
    }
    counts
}

/// More problems than before, or a finding that was not there.
fn worse(before: &Outcome, after: &Outcome, edits: &[Edit]) -> Option<String> {
    if after.problems.len() > before.problems.len() {
        return Some(after.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect());
    }
    let old = counts(before);
    let new = counts(after);
    let more = |found: &&Identified| old.get(&key(found)).is_none_or(|count| *count < new[&key(found)]);
    let found = after.findings.iter().filter(more).find(|found| !is_rewritten(before, found, edits))?;
    let key = key(found);
    Some(format!("another finding: {} {}: {}", key.0, key.1, found.finding.message))
}

/// The finding was there with the same words, and the edits that stand in its text leave it where it is.
fn is_rewritten(before: &Outcome, found: &Identified, edits: &[Edit]) -> bool {
    let moved = |at: u32, edits: &[&Edit]| {
        let above = edits.iter().filter(|edit| edit.span.end <= at);
        above.fold(i64::from(at), |at, edit| at + edit.text.len() as i64 - edit.span.range().len() as i64)
    };
    before.findings.iter().any(|old| {
        let place = old.finding.place;
        let own: Vec<&Edit> = edits.iter().filter(|edit| edit.file == place.file).collect();
        let within = |edit: &&Edit| place.span.start < edit.span.start && edit.span.end < place.span.end;
        old.entry.path == found.entry.path
            && old.finding.rule == found.finding.rule
            && old.finding.message == found.finding.message
            && own.iter().any(within)
            && moved(place.span.start, &own) == i64::from(found.finding.place.span.start)
    })
}
