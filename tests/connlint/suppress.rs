//! Comments that suppress: where they may stand, and what is said of those that do nothing.
//!
//! The findings are made by hand.

use connlint::finding::{Place, Related};
use connlint::source::FileId;
use connlint::suppress::{Known, suppress};

use crate::samples::{RULE, comments, file, finding, span};

const RULES: &[&str] = &[RULE, "client-in-loop"];

/// Whether a finding at `part` is covered, and what is complained about.
fn outcome(text: &str, part: &str) -> (bool, Vec<String>) {
    let files = [file("a.ts", text)];
    let known = Known { rules: RULES, is_active: &|_| true };
    let result = suppress(&[finding(text, part)], &files, &[comments(text)], known);
    (result.covered[0], result.problems.into_iter().map(|problem| problem.message).collect())
}

fn is_covered(text: &str) -> bool {
    outcome(text, "new Pool()").0
}

#[test]
fn a_comment_covers_its_own_line() {
    assert!(is_covered("const a = new Pool() // connlint-ignore client-per-request: short-lived\n"));
    assert!(!is_covered("// see docs\nconst a = new Pool()\nb() // connlint-ignore client-per-request: no\n"));
}

#[test]
fn a_comment_covers_the_statement_below() {
    assert!(is_covered("// connlint-ignore client-per-request: ok\nconst a = new Pool()\n"));
    assert!(is_covered(
        "// connlint-ignore client-in-loop, client-per-request: ok\n\n// more\nconst a =\n  new Pool()\n"
    ));
    assert!(!is_covered("// connlint-ignore client-per-request: ok\nb()\nconst a = new Pool()\n"));
}

#[test]
fn a_comment_above_a_function_does_not_cover_its_body() {
    assert!(!is_covered("// connlint-ignore client-per-request: no\nfunction f() {\n  new Pool()\n}\n"));
}

#[test]
fn a_comment_may_stand_on_any_line_of_the_primary_place() {
    let text = "new Pool({\n  max: 1, // connlint-ignore client-per-request: ok\n})\n";
    assert!(outcome(text, "new Pool({\n  max: 1, // connlint-ignore client-per-request: ok\n})").0);
}

#[test]
fn a_comment_may_cover_the_file() {
    assert!(is_covered("// connlint-ignore-file client-per-request: a script\nb()\nc()\nconst a = new Pool()\n"));
}

#[test]
fn a_comment_may_stand_at_the_entry_of_the_chain() {
    let text = "// connlint-ignore client-per-request: ok\nentry()\n\n\nnew Pool()\n";
    let mut found = finding(text, "new Pool()");
    let place = Place { file: FileId(0), span: span(text, "entry()") };
    found.related.push(Related { place, message: "entered here".into() });
    let known = Known { rules: RULES, is_active: &|_| true };
    let result = suppress(&[found], &[file("a.ts", text)], &[comments(text)], known);
    assert_eq!(result.covered, [true]);
    assert_eq!(result.problems, []);
}

#[test]
fn other_rules_are_not_covered() {
    let (covered, problems) = outcome("new Pool() // connlint-ignore client-in-loop: x\n", "new Pool()");
    assert!(!covered);
    assert_eq!(problems, ["line 1: `connlint-ignore client-in-loop` has no effect: nothing is found there"]);
}

#[test]
fn unknown_rules_and_words_are_said() {
    let (_, problems) = outcome("new Pool() // connlint-ignore client-per-requests: x\n", "new Pool()");
    assert_eq!(
        problems,
        ["line 1: the comment names the unknown rule `client-per-requests`; did you mean `client-per-request`?"]
    );
    let (_, problems) = outcome("new Pool() // connlint-disable\n", "new Pool()");
    assert_eq!(problems, ["line 1: unknown comment `connlint-disable`; write `connlint-ignore RULE: reason`"]);
}

#[test]
fn comments_for_rules_that_do_not_run_are_not_unused() {
    let text = "new Pool() // connlint-ignore client-in-loop: x\n";
    let known = Known { rules: RULES, is_active: &|rule| rule != "client-in-loop" };
    let result = suppress(&[], &[file("a.ts", text)], &[comments(text)], known);
    assert_eq!(result.problems, []);
}

#[test]
fn python_comments_work_alike() {
    let text = "def f():\n    # connlint-ignore client-per-request: ok\n    a = new Pool()\n";
    let files = [file("a.py", text)];
    let known = Known { rules: RULES, is_active: &|_| true };
    assert_eq!(suppress(&[finding(text, "new Pool()")], &files, &[comments(text)], known).covered, [true]);
}
