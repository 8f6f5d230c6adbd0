//! `connlint explain` and `connlint rules`: what is known of the rules.
//!
//! Prints the pages that rules bring along; knows no rule itself.

use super::Ending;
use super::output::{Failure, Output};
use crate::finding::Severity;
use crate::rules::RULES;
use crate::session::SessionError;

pub fn explain(id: &str, output: &mut Output) -> Result<Ending, Failure> {
    let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
        return Err(SessionError::unknown_rule(id).into());
    };
    output.text(rule.page)?;
    if !rule.page.ends_with('\n') {
        output.text("\n")?;
    }
    Ok(Ending::Clean)
}

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
