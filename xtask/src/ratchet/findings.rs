//! The JSON report of one run, in a form that two builds can be compared by.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What a run says: its findings, and what went wrong as findings of the rule `problem`.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub rule: String,
    /// The path, line and column of its beginning; empty for a problem.
    pub begin: String,
    pub message: String,
    /// All that is compared, by name; the first is its id.
    pub parts: Vec<(&'static str, String)>,
}

impl Report {
    /// Runs the program in a folder. A run that fails is a finding too.
    pub fn of(program: &Path, folder: &Path, mode: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(["check", "--format", "json", "--no-cache", "--fail-on", "never", "--jobs", "1"]).args(mode);
        match command.current_dir(folder).output() {
            Ok(output) if output.status.success() => Report::read(&String::from_utf8_lossy(&output.stdout)),
            Ok(output) => Report::failed(&String::from_utf8_lossy(&output.stderr)),
            Err(error) => Report::failed(&error.to_string()),
        }
    }

    pub fn read(text: &str) -> Self {
        let report: Value = match serde_json::from_str(text) {
            Ok(report) => report,
            Err(error) => return Report::failed(&format!("the report cannot be read: {error}")),
        };
        let problems = list(&report, "problems")
            .map(|one| problem(&format!("{}: {}", text_of(one, "path"), text_of(one, "message"))));
        Report { findings: list(&report, "findings").map(finding).chain(problems).collect() }
    }

    fn failed(message: &str) -> Self {
        Report { findings: vec![problem(message.trim())] }
    }
}

fn problem(message: &str) -> Finding {
    Finding {
        rule: "problem".into(),
        begin: String::new(),
        message: message.into(),
        parts: vec![("id", message.into())],
    }
}

fn finding(one: &Value) -> Finding {
    let own = |name| (name, text_of(one, name));
    let chain: Vec<String> =
        list(one, "related").map(|step| format!("{} {}", place(step), text_of(step, "message"))).collect();
    let fix = &one["fix"];
    let fix_title = format!("{} {}", text_of(fix, "applicability"), text_of(fix, "title"));
    let parts = [
        own("id"),
        own("severity"),
        own("confidence"),
        own("message"),
        ("place", place(one)),
        own("label"),
        own("client"),
    ];
    let told = [
        ("chain", chain.join("; ")),
        own("why"),
        own("help"),
        ("fix", fix_title.trim().into()),
        ("edits", fix["edits"].to_string()),
    ];
    Finding {
        rule: text_of(one, "rule"),
        begin: begin(one),
        message: text_of(one, "message"),
        parts: parts.into_iter().chain(told).collect(),
    }
}

fn begin(one: &Value) -> String {
    format!("{}:{}", text_of(one, "path"), position(&one["start"]))
}

fn place(one: &Value) -> String {
    format!("{}-{}", begin(one), position(&one["end"]))
}

fn position(at: &Value) -> String {
    format!("{}:{}", at["line"], at["column"])
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

fn text_of(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
