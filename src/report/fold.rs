//! Which findings are shown as one: repeats of one cause.
//!
//! Knows places and messages; counts and exit codes know nothing of it.

use rustc_hash::FxHashMap;

use super::Reported;
use crate::facts::Span;
use crate::finding::{Finding, Place};

/// A finding, and those after it that it is shown for.
pub(super) struct Group<'f> {
    pub first: &'f Finding,
    pub rest: Vec<&'f Finding>,
}

/// So many findings of a file that say the same are all shown.
const FEW: usize = 3;

/// In the order of the findings; each by itself when all are to be shown.
pub(super) fn groups<'f>(findings: &[Reported<'f>], all: bool) -> Vec<Group<'f>> {
    let mut alike: FxHashMap<Cause, usize> = FxHashMap::default();
    findings.iter().for_each(|reported| *alike.entry(in_file(reported.finding)).or_default() += 1);
    let mut groups: Vec<Group> = Vec::new();
    let mut known: FxHashMap<Cause, usize> = FxHashMap::default();
    for Reported { finding, .. } in findings {
        let many = Some(in_file(finding)).filter(|cause| alike[cause] > FEW);
        let causes: Vec<Cause> = if all { Vec::new() } else { later(finding).chain(many).collect() };
        match causes.iter().find_map(|cause| known.get(cause)) {
            Some(group) => groups[*group].rest.push(finding),
            None => {
                known.extend(causes.into_iter().map(|cause| (cause, groups.len())));
                groups.push(Group { first: finding, rest: Vec::new() });
            }
        }
    }
    groups
}

/// A rule, what it says, and the place that is at fault.
type Cause<'f> = (&'f str, &'f str, Place);

/// What the ways from several findings come to is the fault of all of them: a helper that opens, a second look-up.
fn later(finding: &Finding) -> impl Iterator<Item = Cause<'_>> {
    let first = finding.related.len().saturating_sub(finding.after);
    finding.related[first..].iter().map(|related| (finding.rule, finding.message.as_str(), related.place))
}

/// Said of the file as a whole.
fn in_file(finding: &Finding) -> Cause<'_> {
    (finding.rule, &finding.message, Place { file: finding.place.file, span: Span::default() })
}
