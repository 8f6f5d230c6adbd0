//! Runs the literate cases of `fixtures/` and the examples of the rule pages.
//!
//! Every rule runs over every case, and what is found must be what the case expects: no more, no
//! less. Every fix is tried alone and together with all others. All that is wrong is told at once.
//! `CONNLINT_CASES=words` runs only the cases whose name contains the words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use connlint::fix::{Change, unified};
use connlint::rules::RULES;
use connlint::session::{Identified, Options, Outcome, Session};
use connlint::source::LineIndex;

use crate::fixing;
use crate::literate::{Block, Case, Document, parse};
use crate::tree::Tree;
use crate::wanted::wanted;

/// A case with what its file says about it.
pub struct Job {
    name: String,
    case: Case,
    ignored: Vec<String>,
}

impl Job {
    /// It is told in this file.
    pub fn is_in(&self, path: &str) -> bool {
        self.name.strip_prefix(path).is_some_and(|rest| rest.starts_with(": "))
    }

    /// Its files as a project; those of a scenario in several languages together.
    pub fn lay_out(&self) -> Tree {
        lay_out(&self.case.blocks.iter().collect::<Vec<_>>())
    }
}

/// The cases of all fixtures.
pub fn every_case() -> Vec<Job> {
    jobs(documents("fixtures"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Markdown files below a directory, by their paths from the repository's root.
fn documents(below: &str) -> BTreeMap<String, Document> {
    let files = walkdir::WalkDir::new(root().join(below)).into_iter().flatten();
    let pages = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "md"));
    let read = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        (path, parse(&std::fs::read_to_string(entry.path()).unwrap()))
    };
    pages.map(read).collect()
}

fn jobs(documents: BTreeMap<String, Document>) -> Vec<Job> {
    let wanted = wanted();
    let mut jobs = Vec::new();
    for (path, document) in documents {
        for case in document.cases {
            let name = format!("{path}: {}", case.title);
            if name.contains(&wanted) {
                jobs.push(Job { name, case, ignored: document.ignored.clone() });
            }
        }
    }
    jobs
}

/// Runs the jobs and fails with everything that is wrong in them.
pub fn run_all(jobs: Vec<Job>, run: impl Fn(&Job) -> Vec<String> + Sync) {
    let count = jobs.len();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(BTreeMap::new());
    // Threads of their own: a session uses the shared pool itself.
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let wrong = run(job);
                    if !wrong.is_empty() {
                        let text = format!("{}\n    {}\n", job.name, wrong.join("\n    "));
                        failures.lock().unwrap().insert(job.name.clone(), text);
                    }
                }
            });
        }
    });
    let failures: Vec<String> = failures.into_inner().unwrap().into_values().collect();
    assert!(failures.is_empty(), "{} of {count} cases are wrong\n\n{}", failures.len(), failures.join("\n"));
}

fn is_case_file(path: &str) -> bool {
    !["fixtures/incidents/", "fixtures/parity/"].iter().any(|folder| path.starts_with(folder))
}

#[test]
fn cases_give_what_they_expect() {
    let mut documents = documents("fixtures");
    documents.retain(|path, _| is_case_file(path));
    run_all(jobs(documents), |job| {
        let blocks: Vec<&Block> = job.case.blocks.iter().collect();
        judge(job, &blocks)
    });
}

/// One scenario in several languages, one section each: all must give the same rules.
#[test]
fn languages_agree() {
    run_all(jobs(documents("fixtures/parity")), |job| {
        let mut sections: BTreeMap<&str, Vec<&Block>> = BTreeMap::new();
        for block in &job.case.blocks {
            sections.entry(&block.section).or_default().push(block);
        }
        let wrong = sections.values().flat_map(|blocks| judge(job, blocks));
        wrong.chain(disagreement(&sections)).collect()
    });
}

fn disagreement(sections: &BTreeMap<&str, Vec<&Block>>) -> Option<String> {
    let rules = |blocks: &Vec<&Block>| {
        let mut rules: Vec<String> =
            blocks.iter().flat_map(|block| block.expected.iter().map(|expected| expected.rule.clone())).collect();
        rules.sort();
        rules
    };
    let each: Vec<(&str, Vec<String>)> = sections.iter().map(|(name, blocks)| (*name, rules(blocks))).collect();
    let agree = each.windows(2).all(|pair| pair[0].1 == pair[1].1);
    (each.len() < 2 || !agree).then(|| format!("the sections do not expect the same rules: {each:?}"))
}

/// In each section of `## Examples`, the `bad` files together give the rule, the `good` ones do not.
#[test]
fn examples_of_rule_pages_hold() {
    let mut pages = documents("rules");
    for document in pages.values_mut() {
        document.cases.retain(|case| case.title == "Examples");
    }
    pages.retain(|path, _| RULES.iter().any(|rule| *path == format!("rules/{}.md", rule.id)));
    run_all(jobs(pages), |job| {
        let rule = job.name.trim_start_matches("rules/").split(".md").next().unwrap_or_default();
        let mut sections: Vec<&str> = job.case.blocks.iter().map(|block| block.section.as_str()).collect();
        sections.dedup();
        let each = sections.into_iter().flat_map(|section| {
            ["bad", "good"].into_iter().filter_map(move |kind| example(&job.case, rule, section, kind))
        });
        each.collect()
    });
}

/// What is wrong with one example; files that are neither bad nor good belong to both.
fn example(case: &Case, rule: &str, section: &str, kind: &str) -> Option<String> {
    let other = if kind == "bad" { "good" } else { "bad" };
    let here = case.blocks.iter().filter(|block| block.section == section && block.path.is_some());
    let blocks: Vec<&Block> = here.filter(|block| !block.has(other)).collect();
    if !blocks.iter().any(|block| block.has(kind)) {
        return None;
    }
    let tree = lay_out(&blocks);
    let mut session = open(&tree, false);
    let outcome = session.check();
    let found = lines(&outcome);
    let fires = outcome.findings.iter().any(|found| found.finding.rule == rule);
    let mut wrong = problems(&outcome);
    if fires != (kind == "bad") {
        wrong.push(format!("found {found:?}"));
    }
    wrong.extend(fixing::all(&options(&tree, false), &mut session, outcome));
    (!wrong.is_empty()).then(|| format!("{section}, {kind}: {}", wrong.join("; ")))
}

fn lay_out(blocks: &[&Block]) -> Tree {
    // Marks the root, so that nothing above the directory plays a part.
    let tree = Tree::new(&[("connlint.toml", "")]);
    for block in blocks {
        if let Some(path) = block.path.as_ref().filter(|_| !block.is_after()) {
            tree.write(path, block.text.as_bytes());
        }
    }
    tree
}

fn options(tree: &Tree, pedantic: bool) -> Options {
    Options { directory: tree.root().to_path_buf(), pedantic, no_cache: true, ..Options::default() }
}

fn open(tree: &Tree, pedantic: bool) -> Session {
    Session::open(options(tree, pedantic)).unwrap()
}

/// Everything that is wrong with a case.
fn judge(job: &Job, blocks: &[&Block]) -> Vec<String> {
    let nameless = blocks.iter().filter(|block| block.path.is_none() && block.language != "diff");
    let mut wrong: Vec<String> = nameless.map(|block| format!("a block `{}` without a path", block.language)).collect();
    let pedantic = job.case.title.contains("(pedantic)");
    let tree = lay_out(blocks);
    let mut session = open(&tree, pedantic);
    let mut outcome = session.check();
    if !job.case.title.contains("(problems)") {
        wrong.extend(problems(&outcome));
    }
    let all = outcome.clone();
    outcome.findings.retain(|found| !job.ignored.iter().any(|rule| rule == found.finding.rule));
    wrong.extend(differences(blocks, &outcome));
    let options = options(&tree, pedantic);
    wrong.extend(outcome.findings.iter().filter_map(|found| fixing::alone(&options, &all, found)));
    let repair = session.repair(outcome, true);
    wrong.extend(compare_after(&tree, &repair.changes, blocks));
    // What the case is not about may be mended later.
    let options = Options { ignore: job.ignored.clone(), ..options };
    wrong.extend(fixing::together(&options, &all, &repair));
    wrong
}

fn problems(outcome: &Outcome) -> Vec<String> {
    outcome.problems.iter().map(|problem| format!("problem: {}: {}", problem.path, problem.message)).collect()
}

fn line(outcome: &Outcome, found: &Identified) -> u32 {
    let place = found.finding.place;
    LineIndex::new(&outcome.files[place.file.index()].text).line(place.span.start)
}

fn lines(outcome: &Outcome) -> Vec<String> {
    let tell = |found: &Identified| {
        let path = outcome.path(found.finding.place.file);
        format!("{path}:{} {}", line(outcome, found), found.finding.rule)
    };
    outcome.findings.iter().map(tell).collect()
}

fn differences(blocks: &[&Block], outcome: &Outcome) -> Vec<String> {
    let found = lines(outcome);
    let mut open = found.clone();
    let mut wrong = Vec::new();
    for block in blocks.iter().filter(|block| !block.is_after()) {
        for expected in &block.expected {
            let text = format!("{}:{} {}", block.path.as_deref().unwrap_or_default(), expected.line, expected.rule);
            match open.iter().position(|found| *found == text) {
                Some(at) => drop(open.swap_remove(at)),
                None => wrong.push(format!("missing:    {text}")),
            }
        }
    }
    for unexpected in open {
        let at = found.iter().position(|found| *found == unexpected).unwrap_or_default();
        wrong.push(format!("unexpected: {unexpected}: {}", outcome.findings[at].finding.message));
    }
    wrong
}

/// Whether all fixes together give what the case says.
fn compare_after(tree: &Tree, changes: &[Change], blocks: &[&Block]) -> Vec<String> {
    let mut wrong = Vec::new();
    for block in blocks.iter().filter(|block| block.is_after()) {
        let Some(path) = &block.path else { continue };
        let changed = changes.iter().find(|change| change.path == *path);
        let got = changed.map_or_else(
            || std::fs::read_to_string(tree.path(path)).unwrap_or_else(|_| "no such file".into()),
            |change| change.after.to_string(),
        );
        if got.trim_end() != block.text.trim_end() {
            let difference = Change {
                path: path.clone(),
                absolute: PathBuf::new(),
                before: Some(block.text.as_str().into()),
                after: got.into(),
            };
            wrong.push(format!("after all fixes, expected (-) and got (+):\n{}", unified(&difference)));
        }
    }
    for block in blocks.iter().filter(|block| block.language == "diff") {
        let got: String = changes.iter().map(unified).collect();
        if got.trim() != block.text.trim() {
            wrong.push(format!("expected the diff\n{}got\n{got}", block.text));
        }
    }
    wrong
}
