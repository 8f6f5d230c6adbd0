//! One defect is one finding: where two rules tell of it at one place, the graver is told and names the other.
//!
//! Which findings are of one defect, the rules say. Knows no rule.

use super::Session;
use crate::finding::Finding;

impl Session {
    /// The findings, sorted by place, each with whether a comment covers it: what covers one of two covers both. One
    /// that is not reported by itself takes nothing with it.
    pub(super) fn merged(&self, found: Vec<(Finding, bool)>, pedantic: bool) -> Vec<(Finding, bool)> {
        let mut all: Vec<(Finding, bool)> = Vec::with_capacity(found.len());
        for (finding, covered) in found {
            let is_same = |(other, _): &&mut (Finding, bool)| {
                let pair = other.also.defect == finding.rule || finding.also.defect == other.rule;
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

    /// Of equal severity the one is told whose mend is the other's too.
    fn absorb(&self, told: &mut Finding, mut other: Finding) {
        let grave = |finding: &Finding, of: &Finding| (self.severity(finding), of.also.defect == finding.rule);
        if grave(&other, told) > grave(told, &other) {
            std::mem::swap(told, &mut other);
        }
        let named = format!("{} (`{}`)", other.message, other.rule);
        told.why = if told.why.is_empty() { named } else { format!("{}; {named}", told.why) };
    }
}
