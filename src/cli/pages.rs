//! `connlint rules`: the list of the rules.
//!
//! Knows no rule itself.

use serde_json::json;

use super::Ending;
use super::args::Form;
use super::output::{Failure, Output};
use crate::finding::Severity;
use crate::rules::{RULES, RuleInfo, address};

pub fn rules(format: Form, output: &mut Output) -> Result<Ending, Failure> {
    match format {
        Form::Text => RULES.iter().try_for_each(|rule| output.text(&line(rule)))?,
        Form::Json => output.text(&format!("{:#}\n", as_json()))?,
    }
    Ok(Ending::Clean)
}

fn line(rule: &RuleInfo) -> String {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let level = if rule.needs_settings() { "off" } else { severity(rule) };
    format!("{:width$}  {level:7}  {}\n", rule.id, rule.summary)
}

fn as_json() -> serde_json::Value {
    let rule = |rule: &RuleInfo| {
        json!({
            "id": rule.id,
            "severity": severity(rule),
            "needs_settings": rule.needs_settings(),
            "summary": rule.summary,
            "url": address(rule.id),
        })
    };
    json!({ "version": 1, "rules": RULES.iter().map(rule).collect::<Vec<_>>() })
}

fn severity(rule: &RuleInfo) -> &'static str {
    match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
