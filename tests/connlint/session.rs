//! The session: from findings to what is reported, and fixing until nothing is left.
//!
//! With analyses that look for words instead of misuse.

use std::path::PathBuf;

use connlint::checks::Analysis;
use connlint::finding::{Also, Applicability, Finding, Place};
use connlint::scope::inputs::Inputs;
use connlint::session::{Options, Session};
use connlint::source::{FileId, Problem};

use crate::samples::{RULE, comments, edit, finding, with_fix};
use crate::tree::Tree;

/// Finds every `BAD`; mends the first of each file.
fn bad_words(inputs: &Inputs) -> Analysis {
    let mut analysis = Analysis::default();
    for (index, file) in inputs.files.iter().enumerate() {
        analysis.comments.push(comments(&file.text));
        for (start, word) in file.text.match_indices("BAD") {
            let edits = vec![edit(index as u32, start, start + word.len(), "good")];
            analysis.findings.push(at(index, start, with_fix(finding("BAD", "BAD"), Applicability::Safe, edits)));
        }
    }
    analysis
}

/// Also breaks what it mends.
fn breaking(inputs: &Inputs) -> Analysis {
    let mut analysis = bad_words(inputs);
    let broken = inputs.files.iter().filter(|file| file.text.contains("good"));
    analysis.problems.extend(broken.map(|file| Problem::new(file.path.clone(), "does not parse")));
    analysis
}

fn at(file: usize, start: usize, finding: Finding) -> Finding {
    let span = connlint::facts::Span::new(start, start + 3);
    Finding { place: Place { file: FileId(file as u32), span }, ..finding }
}

fn open(tree: &Tree, directory: &str, paths: &[&str]) -> Session {
    let options = Options {
        directory: tree.path(directory),
        paths: paths.iter().map(PathBuf::from).collect(),
        ..Options::default()
    };
    Session::open(options).unwrap().with_analysis(bad_words)
}

/// Finds two things at every `BAD`: of the client, that it is built too often, and that nothing closes it.
fn twice(inputs: &Inputs) -> Analysis {
    let mut analysis = bad_words(inputs);
    let also = Also { defect: RULE, ..Also::default() };
    let leak = |found: &Finding| {
        let message = "never closed".into();
        Finding { rule: LEAK, message, fix: None, also: also.clone(), ..found.clone() }
    };
    let leaks: Vec<Finding> = analysis.findings.iter().map(leak).collect();
    analysis.findings.extend(leaks);
    analysis
}

const LEAK: &str = "connection-not-released";

/// The rules of the findings, what each says besides, and how many findings a comment covers.
fn told_of_both(text: &str, settings: &str, ignore: &[&str]) -> (Vec<(&'static str, String)>, usize) {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", text), ("connlint.toml", settings)]);
    let ignore = ignore.iter().map(|rule| rule.to_string()).collect();
    let options = Options { directory: tree.root().to_path_buf(), ignore, no_cache: true, ..Options::default() };
    let outcome = Session::open(options).unwrap().with_analysis(twice).check();
    let told = outcome.findings.into_iter().map(|found| (found.finding.rule, found.finding.why)).collect();
    (told, outcome.summary.suppressed)
}

#[test]
fn one_defect_is_one_finding_that_names_the_other() {
    let beside = |rule: &str| format!("(`{rule}`)");
    let graver = "[lint.severity]\nclient-per-request = \"note\"\n";
    for (settings, ignore, rule, why) in [
        ("", &[][..], RULE, beside(LEAK)),
        (graver, &[], LEAK, beside(RULE)),
        ("", &[RULE], LEAK, String::new()),
        ("", &[LEAK], RULE, String::new()),
    ] {
        let (told, _) = told_of_both("BAD", settings, ignore);
        let [(of, also)] = &told[..] else { panic!("{told:?}") };
        assert_eq!(*of, rule, "{settings}{ignore:?}");
        assert!(also.ends_with(&why), "{also}");
    }
}

#[test]
fn a_comment_for_one_of_two_rules_covers_the_defect() {
    for rule in [RULE, LEAK] {
        let (told, suppressed) = told_of_both(&format!("BAD // connlint-ignore {rule}: one job\n"), "", &[]);
        assert_eq!((told, suppressed), (Vec::new(), 1), "{rule}");
    }
}

#[test]
fn findings_outside_the_given_paths_are_not_reported() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "BAD"), ("src/b.ts", "BAD")]);
    let outcome = open(&tree, "", &["src"]).check();
    assert_eq!(outcome.findings.len(), 1);
    assert_eq!(outcome.path(outcome.findings[0].finding.place.file), "src/b.ts");
    assert_eq!(outcome.summary.files, 3);
}

#[test]
fn paths_are_told_from_the_working_directory() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "BAD"), ("src/b.ts", "BAD")]);
    let outcome = open(&tree, "src", &[".."]).check();
    let paths: Vec<&str> = outcome.findings.iter().map(|found| outcome.path(found.finding.place.file)).collect();
    assert_eq!(paths, ["../a.ts", "b.ts"]);
}

#[test]
fn ids_do_not_depend_on_where_a_run_starts_or_on_lines() {
    let tree = Tree::new(&[("connlint.toml", ""), ("app/package.json", "{}"), ("app/a.ts", "BAD\nBAD")]);
    let ids = |directory: &str| {
        let outcome = open(&tree, directory, &[]).check();
        outcome.findings.into_iter().map(|found| found.id).collect::<Vec<_>>()
    };
    let before = ids("");
    assert_eq!(before, ids("app"));
    assert_ne!(before[0], before[1]);
    assert!(before.iter().all(|id| id.len() == 16));
    tree.write("app/a.ts", b"\n\nx()\nBAD\n\nBAD");
    assert_eq!(before, ids("app"));
}

#[test]
fn fixing_goes_on_until_nothing_is_left() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "BAD BAD"), ("b.ts", "fine")]);
    let mut session = open(&tree, "", &[]);
    let outcome = session.check();
    let repair = session.repair(outcome, false);
    assert_eq!((repair.applied, repair.left, repair.outcome.findings.len()), (2, 0, 0));
    assert_eq!(repair.changes.len(), 1);
    assert_eq!(&*repair.changes[0].after, "good good");
    assert_eq!(tree.read("a.ts"), "BAD BAD");
}

#[test]
fn fixes_that_break_files_are_taken_back() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "BAD")]);
    let mut session = open(&tree, "", &[]).with_analysis(breaking);
    let outcome = session.check();
    let repair = session.repair(outcome, false);
    assert!(repair.taken_back);
    assert_eq!((repair.applied, repair.changes.len(), repair.outcome.findings.len()), (0, 0, 1));
}

#[test]
fn an_analysis_that_panics_is_told_and_says_nothing_else() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "// connlint-ignore client-in-loop: x\n")]);
    let outcome = open(&tree, "", &[]).with_analysis(|_| panic!("on purpose")).check();
    assert!(outcome.failure.unwrap().starts_with("the analysis ended abnormally"));
    assert_eq!(outcome.findings, []);
}

#[test]
fn exclusions_start_from_the_configuration() {
    let files = [
        ("connlint.toml", "exclude = ['/app/old']"),
        ("app/package.json", "{}"),
        ("app/old/a.ts", ""),
        ("app/b.ts", ""),
    ];
    let tree = Tree::new(&files);
    let session = open(&tree, "app", &[]);
    let paths: Vec<&str> = session.files().iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["b.ts", "package.json"]);
}
