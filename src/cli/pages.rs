//! `connlint rules`: the list of the rules.
//!
//! Knows no rule itself.

use super::Ending;
use super::output::{Failure, Output};
use crate::finding::Severity;
use crate::rules::RULES;

pub fn rules(output: &mut Output) -> Result<Ending, Failure> {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in RULES {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        output.text(&format!("{:width$}  {severity:7}  {}\n", rule.id, rule.summary))?;
    }
    Ok(Ending::Clean)
}
