//! One defect is one finding: where two rules tell of one construction by one cause, the graver is told and names the
//! other.
//!
//! Which rules share a cause, the rules say. Knows no rule.

use super::Session;
use crate::finding::Finding;
use crate::rules::is_one_cause;

impl Session {
    /// The findings, sorted by place, each with whether a comment covers it: what covers one of two covers both. One
    /// that is not reported by itself takes nothing with it.
    pub(super) fn merged(&self, found: Vec<(Finding, bool)>, pedantic: bool) -> Vec<(Finding, bool)> {
        let mut all: Vec<(Finding, bool)> = Vec::with_capacity(found.len());
        for (finding, covered) in found {
            let is_same = |(other, _): &&mut (Finding, bool)| {
                let pair = is_one_cause(other.rule, finding.rule) || is_one_cause(finding.rule, other.rule);
                let wanted = || [&finding, other].iter().all(|one| self.is_wanted(one, pedantic));
                other.place == finding.place && pair && wanted()
            };
            match all.iter_mut().rev().take_while(|(other, _)| other.place == finding.place).find(is_same) {
                Some((told, is_covered)) => {
                    *is_covered |= covered;
                    self.absorb(told, finding);
                }
                None => all.push((finding, covered)),
            }
        }
        all
    }

    /// Of equal severity the cause is told.
    fn absorb(&self, told: &mut Finding, mut other: Finding) {
        let grave = |finding: &Finding, of: &Finding| (self.severity(finding), is_one_cause(finding.rule, of.rule));
        if grave(&other, told) > grave(told, &other) {
            std::mem::swap(told, &mut other);
        }
        let named = format!("{} (`{}`)", other.message, other.rule);
        told.why = if told.why.is_empty() { named } else { format!("{}; {named}", told.why) };
    }
}
