//! What two builds of connlint find differently.
//!
//! Runs both over the same projects, with and without `--pedantic`, and tells by rule which findings came, went and
//! changed. Knows of connlint its command line and its JSON report.

mod compare;
mod findings;
mod trees;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use compare::{Difference, Kind, compare};
use findings::Report;
use trees::Project;

/// What is compared: what the default shows, and what `--pedantic` does.
const MODES: [&[&str]; 2] = [&[], &["--pedantic"]];

/// Compares two programs over the projects of the trees, or over all fixtures and incidents, and prints the differences.
///
/// # Errors
/// When there are differences, or the projects cannot be read.
pub fn run(root: &Path, programs: [&str; 2], trees: &[&str]) -> Result<(), String> {
    let programs = programs.map(std::fs::canonicalize);
    let [Ok(old), Ok(new)] = programs else { return Err("usage: OLD and NEW are programs of connlint".into()) };
    let all = [root.join("fixtures")];
    let named: Vec<PathBuf> = trees.iter().map(PathBuf::from).collect();
    let scratch = Scratch::new()?;
    let projects = trees::projects(if named.is_empty() { &all } else { &named }, &scratch.0)?;
    let done = beside(&projects, |project| judge(project, [&old, &new]));
    let mut total = Total { projects: projects.len(), ..Total::default() };
    done.into_iter().for_each(|(counts, differences)| total.add(counts, differences));
    print!("{}", total.text());
    if total.differs() { Err("the findings differ".into()) } else { Ok(()) }
}

/// A folder for what is laid out, which ends with the run.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("connlint-ratchet-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(crate::failed(&folder))?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// How many findings a program has by default.
type Counts = [usize; 2];

/// The findings of both programs on one project, compared. What differs in both modes is told once.
fn judge(project: &Project, programs: [&PathBuf; 2]) -> (Counts, Vec<Difference>) {
    let [usual, pedantic] = MODES.map(|mode| programs.map(|program| Report::of(program, &project.root, mode)));
    let counts = [&usual[0], &usual[1]].map(|report| report.findings.len());
    let [mut shown, mut further] = [usual, pedantic].map(|[old, new]| compare(&project.name, old, new));
    let shown_too: Vec<Difference> = further.extract_if(.., |one| shown.contains(one)).collect();
    shown.iter_mut().filter(|one| !shown_too.contains(one)).for_each(|one| one.mode = Some("without --pedantic"));
    further.iter_mut().for_each(|one| one.mode = Some("with --pedantic"));
    shown.extend(further);
    (counts, shown)
}

/// The results in the order of the projects.
fn beside<R: Send>(projects: &[Project], work: impl Fn(&Project) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(project) = projects.get(at) else { break };
                    let result = work(project);
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(at, result);
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_values().collect()
}

/// What all projects come to.
#[derive(Default)]
struct Total {
    projects: usize,
    findings: Counts,
    by_rule: BTreeMap<String, Vec<Difference>>,
}

impl Total {
    fn add(&mut self, counts: Counts, differences: Vec<Difference>) {
        self.findings[0] += counts[0];
        self.findings[1] += counts[1];
        for one in differences {
            self.by_rule.entry(one.rule.clone()).or_default().push(one);
        }
    }

    fn differs(&self) -> bool {
        !self.by_rule.is_empty()
    }

    fn count(&self, kind: Kind) -> usize {
        self.by_rule.values().flatten().filter(|one| one.kind == kind).count()
    }

    /// The differences by rule, and a line that sums them up.
    fn text(&self) -> String {
        let mut text = String::new();
        for (rule, differences) in &self.by_rule {
            text.push_str(&format!("{rule}\n"));
            for kind in [Kind::Came, Kind::Went, Kind::Changed] {
                let such = differences.iter().filter(|one| one.kind == kind);
                such.for_each(|one| text.push_str(&format!("  {one}\n")));
            }
        }
        let [came, went, changed] = [Kind::Came, Kind::Went, Kind::Changed].map(|kind| self.count(kind));
        let [old, new] = self.findings;
        let projects = self.projects;
        text + &format!("{projects} projects, {old} and {new} findings: {came} came, {went} went, {changed} changed\n")
    }
}

#[cfg(test)]
mod tests {
    use super::findings::Report;
    use super::*;

    fn report(findings: &str) -> Report {
        Report::read(&format!("{{\"findings\": [{findings}], \"problems\": []}}"))
    }

    fn finding(id: &str, line: u32, message: &str) -> String {
        let place = format!(
            r#""path": "a.py", "start": {{"line": {line}, "column": 2}}, "end": {{"line": {line}, "column": 9}}"#
        );
        format!(
            r#"{{"id": "{id}", "rule": "some-rule", "severity": "error", "message": "{message}", {place},
                 "related": [{{{place}, "message": "here"}}], "fix": {{"title": "close it", "edits": []}}}}"#
        )
    }

    #[test]
    fn what_came_went_and_changed_is_told_by_rule() {
        let old = report(&[finding("1", 3, "one"), finding("2", 5, "two"), finding("3", 7, "three")].join(","));
        let new = report(&[finding("1", 3, "one"), finding("2", 6, "two"), finding("4", 9, "four")].join(","));
        let mut total = Total { projects: 1, ..Total::default() };
        total.add([3, 3], compare("tree", old, new));
        assert_eq!(
            total.text(),
            "some-rule\n  came tree: a.py:9:2 four\n  went tree: a.py:7:2 three\n  \
             changed tree: a.py:6:2 two\n    place: a.py:5:2-5:9 -> a.py:6:2-6:9\n    \
             chain: a.py:5:2-5:9 here -> a.py:6:2-6:9 here\n\
             1 projects, 3 and 3 findings: 1 came, 1 went, 1 changed\n"
        );
    }

    #[test]
    fn order_does_not_count_and_a_new_id_is_a_change() {
        let old = report(&[finding("1", 3, "one"), finding("2", 5, "two")].join(","));
        let same = report(&[finding("2", 5, "two"), finding("1", 3, "one")].join(","));
        let other = report(&[finding("1", 3, "one"), finding("9", 5, "two")].join(","));
        assert_eq!(compare("tree", old.clone(), same), []);
        let told: Vec<String> = compare("tree", old, other).iter().map(Difference::to_string).collect();
        assert_eq!(told, ["changed tree: a.py:5:2 two\n    id: 2 -> 9"]);
    }

    #[test]
    fn a_run_that_fails_is_a_difference() {
        let told: Vec<String> =
            compare("tree", report(""), Report::read("panic")).iter().map(|d| d.to_string()).collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("came tree: the report cannot be read: "), "{told:?}");
    }

    #[test]
    fn trees_are_projects_cases_incidents_and_literate_fixtures() {
        let scratch = Scratch::new().unwrap();
        let (given, laid) = (scratch.0.join("given"), scratch.0.join("laid"));
        let write = |path: &str, text: &str| {
            let path = given.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("fixtures/rule/a.md", "## One\n```py path=a.py\nf() # ERROR rule\n```\n## No files\n");
        write("fixtures/parity/p.md", "## Two\n### ts\n```ts path=a.ts\n```\n### py\n```py path=a.py\n```\n");
        write("fixtures/incidents/x/before/a.py", "");
        write("fixtures/incidents/x/after/a.py", "");
        write("cases/FORMAT.md", "");
        write("cases/py/x/expect.json", "{}");
        write("plain/src/before/a.py", "");
        write("plain/README.md", "## One\n```py\n```\n");
        write("several/one/.git/HEAD", "");
        write("several/two/.git/HEAD", "");
        let trees = ["fixtures", "cases", "plain", "several"].map(|name| given.join(name));
        let projects = trees::projects(&trees, &laid).unwrap();
        let ends: Vec<&str> = projects.iter().map(|one| one.name.split_once("/given/").unwrap().1).collect();
        assert_eq!(
            ends,
            [
                "fixtures/incidents/x/after",
                "fixtures/incidents/x/before",
                "fixtures/parity/p.md: Two, py",
                "fixtures/parity/p.md: Two, ts",
                "fixtures/rule/a.md: One",
                "cases/py/x",
                "plain",
                "several/one",
                "several/two"
            ]
        );
        assert_eq!(std::fs::read_to_string(projects[4].root.join("a.py")).unwrap(), "f()\n");
    }
}
