//! The incidents: whole small apps, before and after they were mended.
//!
//! `expected.toml` beside them lists what must be found before; after, those rules must be silent.
//! Rows of rules that do not exist yet, and rows that say what they wait for, are skipped.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use connlint::rules::RULES;
use connlint::session::{Options, Outcome, Session, run};
use connlint::source::LineIndex;
use serde::Deserialize;

use crate::fixing;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Incident {
    /// What the program's owners saw.
    error: String,
    finding: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: String,
    path: String,
    line: u32,
    /// Why the row is not asked for yet.
    pending: Option<String>,
}

impl Row {
    fn waits_for(&self) -> Option<&str> {
        let known = RULES.iter().any(|rule| rule.id == self.rule);
        self.pending.as_deref().or((!known).then_some("no such rule yet"))
    }
}

fn folders() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents");
    let mut folders: Vec<PathBuf> = all.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn read(folder: &Path) -> Incident {
    let text = std::fs::read_to_string(folder.join("expected.toml")).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

fn options(directory: PathBuf) -> Options {
    Options { directory, no_cache: true, ..Options::default() }
}

fn check(directory: PathBuf) -> Outcome {
    run(options(directory)).unwrap()
}

/// `path:line rule` of every finding.
fn places(outcome: &Outcome) -> BTreeSet<String> {
    let tell = |found: &connlint::session::Identified| {
        let file = found.finding.place.file;
        let line = LineIndex::new(&outcome.files[file.index()].text).line(found.finding.place.span.start);
        format!("{}:{line} {}", outcome.path(file), found.finding.rule)
    };
    outcome.findings.iter().map(tell).collect()
}

fn problems(outcome: &Outcome) -> impl Iterator<Item = String> + '_ {
    outcome.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message))
}

/// What is wrong with one incident.
fn judge(folder: &Path) -> Vec<String> {
    let incident = read(folder);
    let (before, after) = (check(folder.join("before")), check(folder.join("after")));
    let mut wrong: Vec<String> = problems(&before).chain(problems(&after)).collect();
    let found = places(&before);
    for row in incident.finding.iter().filter(|row| row.waits_for().is_none()) {
        let place = format!("{}:{} {}", row.path, row.line, row.rule);
        if !found.contains(&place) {
            wrong.push(format!("before: not found: {place}"));
        }
    }
    let rules: BTreeSet<&str> = incident.finding.iter().map(|row| row.rule.as_str()).collect();
    let stay = after.findings.iter().filter(|found| rules.contains(found.finding.rule));
    wrong.extend(stay.map(|found| format!("after: still found: {}", found.finding.message)));
    if wrong.iter().any(|line| line.starts_with("before: ")) {
        wrong.push(format!("found: {found:?}"));
    }
    wrong
}

#[test]
fn incidents_are_found_before_and_silent_after() {
    let mut failures = Vec::new();
    for folder in folders() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        failures.extend(judge(&folder).into_iter().map(|line| format!("{name}: {line}")));
        for row in read(&folder).finding {
            if let Some(reason) = row.waits_for() {
                println!("skipped: {name}: {}:{} {}: {reason}", row.path, row.line, row.rule);
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn fixes_of_incidents_hold() {
    let mut failures = Vec::new();
    for folder in folders().iter().flat_map(|folder| [folder.join("before"), folder.join("after")]) {
        let options = options(folder.clone());
        let mut session = Session::open(options.clone()).unwrap();
        let outcome = session.check();
        let wrong = fixing::all(&options, &mut session, outcome);
        failures.extend(wrong.into_iter().map(|line| format!("{}: {line}", folder.display())));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn rows_name_lines_that_exist() {
    for folder in folders() {
        let incident = read(&folder);
        assert!(!incident.error.is_empty() && !incident.finding.is_empty(), "{}", folder.display());
        for row in incident.finding {
            let text = std::fs::read_to_string(folder.join("before").join(&row.path)).unwrap();
            assert!(text.lines().count() as u32 >= row.line, "{}:{}", row.path, row.line);
        }
    }
}
