//! `connlint explain`: a rule's page, a finding in full, or what a run-time error means and what the
//! rules that find its causes found here.
//!
//! Decides which of the three was asked for; knows no rule and no error itself.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Ending;
use super::args::{ExplainArgs, ExplainFormat};
use super::output::{Failure, Output, complain};
use super::render::{Shown, one, render};
use crate::catalog::errors::{Told, concerns, errors, near, told};
use crate::catalog::servers::ErrorText;
use crate::catalog::{Catalog, Own};
use crate::report::{Format, Style};
use crate::rules::{RULES, RuleInfo};
use crate::session::{BaselineFile, Options, Outcome, Session, SessionError};
use crate::source::locate;

/// Errors of one text that are explained.
const SHOWN: usize = 5;
/// Findings that are listed below an error.
const LISTED: usize = 20;

pub fn explain(args: ExplainArgs, output: &mut Output) -> Result<Ending, Failure> {
    let what = text(&args)?;
    let request = Request { what: what.trim(), path: args.path.as_deref(), json: args.format == ExplainFormat::Json };
    if let Some(rule) = rule(request.what) {
        return request.page(rule, output);
    }
    if is_id(request.what) {
        return request.finding(output);
    }
    let known = errors().map_err(SessionError::from)?;
    let told = told(&known, request.what);
    if told.is_empty() {
        return Err(unknown(&known, request.what));
    }
    request.error(&told, output)
}

/// The words of the command line, or standard input for `-`.
fn text(args: &ExplainArgs) -> Result<String, Failure> {
    if args.what != ["-"] {
        return Ok(args.what.join(" "));
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn rule(id: &str) -> Option<&'static RuleInfo> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Sixteen hexadecimal digits, as fingerprints have.
fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// One word of several parts was meant for a rule; everything else for an error.
fn unknown(known: &[ErrorText], what: &str) -> Failure {
    if !what.contains(' ') && what.contains(['-', '_']) && what.is_ascii() {
        return SessionError::unknown_rule(what).into();
    }
    let near: Vec<String> =
        near(known, what).iter().map(|told| format!("\n  {}", told.pattern.replace('*', "…"))).collect();
    let hint = match near.as_slice() {
        [] => "; `connlint rules` lists the rules, an error's text is best pasted whole".to_string(),
        _ => format!("; the nearest that are known:{}", near.concat()),
    };
    Failure::Other(format!("connlint knows no rule, finding or run-time error by this text{hint}"))
}

/// What the rules behind an error find in the project.
struct Found {
    outcome: Outcome,
    /// A baseline accepts some of it, perhaps.
    accepts: bool,
}

struct Request<'r> {
    what: &'r str,
    path: Option<&'r Path>,
    json: bool,
}

impl Request<'_> {
    fn page(&self, rule: &RuleInfo, output: &mut Output) -> Result<Ending, Failure> {
        if self.json {
            write(&json!({ "version": 1, "kind": "rule", "rule": rule_value(rule, true) }), output)?;
        } else {
            output.text(&format!("{}\n", rule.text()))?;
        }
        Ok(Ending::Clean)
    }

    /// The finding of this fingerprint in the project, and its rule's page.
    fn finding(&self, output: &mut Output) -> Result<Ending, Failure> {
        let mut outcome = self.session()?.check();
        outcome.findings.retain(|found| found.id == self.what);
        let Some(rule) = outcome.findings.first().and_then(|found| rule(found.finding.rule)) else {
            let message = format!("no finding {} here: it may be mended, suppressed, or of another project", self.what);
            return Err(Failure::Other(message));
        };
        let base = std::env::current_dir()?;
        if self.json {
            let findings = findings_value(&outcome, &base)?;
            let finding = findings.get(0).cloned().unwrap_or_default();
            write(
                &json!({ "version": 1, "kind": "finding", "finding": finding, "rule": rule_value(rule, true) }),
                output,
            )?;
        } else {
            one(&outcome, &base, super::terminal::style(), output)?;
            output.text(&format!("{}\n", rule.text()))?;
        }
        Ok(Ending::Clean)
    }

    fn error(&self, told: &[Told], output: &mut Output) -> Result<Ending, Failure> {
        let shown = &told[..told.len().min(SHOWN)];
        let rules: Vec<&str> = shown.iter().flat_map(|told| known_rules(told.error)).map(|rule| rule.id).collect();
        let found = self.found(shown, &rules)?;
        let base = std::env::current_dir()?;
        if self.json {
            let errors: Vec<Value> = shown.iter().map(error_value).collect();
            let findings = found.as_ref().map(|found| findings_value(&found.outcome, &base)).transpose()?;
            write(&json!({ "version": 1, "kind": "error", "errors": errors, "findings": findings }), output)?;
            return Ok(Ending::Clean);
        }
        for told in shown {
            output.text(&error_text(told))?;
        }
        match found {
            Some(found) => here(found, &base, output)?,
            None => output.text("Run it inside a project, or with --path, to see what these rules find there.\n")?,
        }
        Ok(Ending::Clean)
    }

    /// What the rules find in the project about clients of such servers; `None` where there is no project.
    fn found(&self, told: &[Told], rules: &[&str]) -> Result<Option<Found>, Failure> {
        let directory = std::env::current_dir()?;
        let inside = |found: crate::source::Project| !found.bare;
        if self.path.is_none() && !locate(&directory, &[], &[]).is_ok_and(inside) {
            return Ok(None);
        }
        let session = self.session()?;
        let mut outcome = session.check();
        let catalog = Catalog::load(&Own::default()).map_err(SessionError::from)?;
        let about = |client: &Option<String>| client.as_deref().is_none_or(|client| concerns(told, &catalog, client));
        outcome.findings.retain(|found| {
            let finding = &found.finding;
            rules.contains(&finding.rule) && !finding.pedantic && about(&finding.client)
        });
        Ok(Some(Found { outcome, accepts: session.baseline_path().is_file() }))
    }

    /// What a baseline accepts is a cause all the same.
    fn session(&self) -> Result<Session, Failure> {
        let paths: Vec<PathBuf> = self.path.iter().map(|path| path.to_path_buf()).collect();
        let directory = std::env::current_dir()?;
        let session = Session::open(Options {
            directory,
            paths,
            pedantic: true,
            baseline: BaselineFile::Off,
            ..Options::default()
        })?;
        Ok(session)
    }
}

fn known_rules(error: &ErrorText) -> impl Iterator<Item = &'static RuleInfo> {
    error.rules.iter().filter_map(|id| rule(id))
}

fn error_text(told: &Told) -> String {
    let error = told.error;
    let width = known_rules(error).map(|rule| rule.id.len()).max().unwrap_or_default();
    let rules: Vec<String> =
        known_rules(error).map(|rule| format!("    {:width$}  {}\n", rule.id, rule.summary)).collect();
    format!(
        "{} ({})\n\n  means: {}\n  do: {}\n  rules that find its causes:\n{}  source: {}\n\n",
        told.pattern.replace('*', "…"),
        error.id,
        error.means,
        error.action,
        rules.concat(),
        error.source
    )
}

/// What was found in the project, a line each.
fn here(found: Found, base: &Path, output: &mut Output) -> Result<(), Failure> {
    let Found { mut outcome, accepts } = found;
    if outcome.findings.is_empty() {
        return output.text("These rules find nothing in this project.\n");
    }
    let total = outcome.findings.len();
    let mut rules: Vec<&str> = outcome.findings.iter().map(|found| found.finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    outcome.findings.truncate(LISTED);
    outcome.problems.clear();
    output.text(&format!("Found in this project ({total}):\n"))?;
    render(&outcome, Format::Concise, Shown { here: base, base }, Style::default(), output)?;
    if total > LISTED {
        complain(&format!("{} more are left out", total - LISTED));
    }
    let which = if accepts { "those in full that the baseline does not accept" } else { "them in full" };
    output.text(&format!("\n`connlint check --select {}` shows {which}.\n", rules.join(",")))
}

fn rule_value(rule: &RuleInfo, page: bool) -> Value {
    let mut value = json!({ "id": rule.id, "summary": rule.summary });
    if page {
        value["page"] = rule.text().into();
    }
    value
}

fn error_value(told: &Told) -> Value {
    let rules: Vec<Value> = known_rules(told.error).map(|rule| rule_value(rule, false)).collect();
    json!({
        "id": told.error.id,
        "matched": told.pattern,
        "means": told.error.means,
        "action": told.error.action,
        "rules": rules,
        "source": told.error.source,
    })
}

/// The `findings` of the JSON report.
fn findings_value(outcome: &Outcome, base: &Path) -> Result<Value, Failure> {
    let mut bytes = Vec::new();
    render(outcome, Format::Json, Shown { here: base, base }, Style::default(), &mut bytes)?;
    let mut report: Value = serde_json::from_slice(&bytes).map_err(std::io::Error::from)?;
    Ok(report["findings"].take())
}

fn write(value: &Value, output: &mut Output) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
    output.text(&format!("{text}\n"))
}
