//! Which findings of one report are those of another, and in what the pairs differ.

use std::fmt;

use super::findings::{Finding, Report};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Came,
    Went,
    Changed,
}

/// A finding that only one build has, or that both have in other words or at another place.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub rule: String,
    pub kind: Kind,
    /// The project and the finding's place and message, as the newer build has it where it does.
    pub what: String,
    /// Of a change: each part that differs.
    pub parts: Vec<String>,
    /// The only mode that shows the difference; `None` where both do.
    pub mode: Option<&'static str>,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let kind = match self.kind {
            Kind::Came => "came",
            Kind::Went => "went",
            Kind::Changed => "changed",
        };
        write!(out, "{kind} {}", self.what)?;
        self.mode.map_or(Ok(()), |mode| write!(out, " ({mode})"))?;
        self.parts.iter().try_for_each(|part| write!(out, "\n    {part}"))
    }
}

impl Difference {
    fn of(project: &str, kind: Kind, finding: &Finding, parts: Vec<String>) -> Self {
        let place = [project, &finding.begin].iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>();
        let what =
            format!("{}{}{}", place.join(": "), if finding.begin.is_empty() { ": " } else { " " }, finding.message);
        Difference { rule: finding.rule.clone(), kind, what, parts, mode: None }
    }
}

/// Pairs findings by their ids, what is left by its place, and tells what differs.
pub fn compare(project: &str, old: Report, new: Report) -> Vec<Difference> {
    let (mut old, mut new) = (old.findings, new.findings);
    let mut pairs = paired(&mut old, &mut new, |one| (one.rule.clone(), one.parts[0].1.clone()));
    pairs.extend(paired(&mut old, &mut new, |one| (one.rule.clone(), one.begin.clone())));
    let changed = pairs.into_iter().filter_map(|(old, new)| {
        let parts = changes(&old, &new);
        (!parts.is_empty()).then(|| Difference::of(project, Kind::Changed, &new, parts))
    });
    let came = new.iter().map(|one| Difference::of(project, Kind::Came, one, Vec::new()));
    let went = old.iter().map(|one| Difference::of(project, Kind::Went, one, Vec::new()));
    came.chain(went).chain(changed).collect()
}

/// Takes out of both lists what has the same key, one for one.
fn paired<K: PartialEq>(
    old: &mut Vec<Finding>,
    new: &mut Vec<Finding>,
    key: impl Fn(&Finding) -> K,
) -> Vec<(Finding, Finding)> {
    let mut pairs = Vec::new();
    for one in std::mem::take(old) {
        match new.iter().position(|other| key(other) == key(&one)) {
            Some(at) => pairs.push((one, new.remove(at))),
            None => old.push(one),
        }
    }
    pairs
}

fn changes(old: &Finding, new: &Finding) -> Vec<String> {
    let both = old.parts.iter().zip(&new.parts);
    both.filter(|(old, new)| old != new).map(|((name, old), (_, new))| format!("{name}: {old} -> {new}")).collect()
}
