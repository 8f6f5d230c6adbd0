//! Comments that suppress: where they may stand, and what is said of those that do nothing.
//!
//! The findings are made by hand.

use connlint::facts::{Comment, Span};
use connlint::finding::{Place, Related};
use connlint::fix::apply;
use connlint::source::FileId;
use connlint::suppress::{Known, suppress};

use crate::samples::{RULE, comments, file, finding, span};

const RULES: &[&str] = &[RULE, "client-in-loop"];
const KNOWN: Known = Known { rules: RULES, is_active: &|_| true, is_understood: &|_| true };

/// Whether a finding at `part` is covered, and what is complained about.
fn outcome(text: &str, part: &str) -> (bool, Vec<String>) {
    let files = [file("a.ts", text)];
    let result = suppress(&[finding(text, part)], &files, &[comments(text)], KNOWN);
    (result.covered[0], result.findings.into_iter().map(|finding| finding.message).collect())
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
    let result = suppress(&[found], &[file("a.ts", text)], &[comments(text)], KNOWN);
    assert_eq!(result.covered, [true]);
    assert_eq!(result.findings, []);
}

#[test]
fn other_rules_are_not_covered() {
    let (covered, problems) = outcome("new Pool() // connlint-ignore client-in-loop: x\n", "new Pool()");
    assert!(!covered);
    assert_eq!(problems, ["`connlint-ignore client-in-loop` has no effect: nothing is found there"]);
}

#[test]
fn unknown_rules_and_words_are_said() {
    let (_, problems) = outcome("new Pool() // connlint-ignore client-per-requests: x\n", "new Pool()");
    assert_eq!(
        problems,
        ["the comment names the unknown rule `client-per-requests`; did you mean `client-per-request`?"]
    );
    let (_, problems) = outcome("new Pool() // connlint-disable\n", "new Pool()");
    assert_eq!(problems, ["unknown comment `connlint-disable`; write `connlint-ignore RULE: reason`"]);
}

#[test]
fn comments_for_rules_that_do_not_run_are_not_unused() {
    let text = "new Pool() // connlint-ignore client-in-loop: x\n";
    let known = Known { is_active: &|rule| rule != "client-in-loop", ..KNOWN };
    let result = suppress(&[], &[file("a.ts", text)], &[comments(text)], known);
    assert_eq!(result.findings, []);
}

#[test]
fn comments_in_files_that_are_not_understood_are_not_unused() {
    let text = "new Pool( // connlint-ignore client-in-loop: x\n";
    let known = Known { is_understood: &|_| false, ..KNOWN };
    let result = suppress(&[], &[file("a.ts", text)], &[comments(text)], known);
    assert_eq!(result.findings, []);
}

#[test]
fn python_comments_work_alike() {
    let text = "def f():\n    # connlint-ignore client-per-request: ok\n    a = new Pool()\n";
    let files = [file("a.py", text)];
    assert_eq!(suppress(&[finding(text, "new Pool()")], &files, &[comments(text)], KNOWN).covered, [true]);
}

/// The text after the fix of each complaint alone.
fn fixed(path: &str, text: &str) -> Vec<String> {
    let files = [file(path, text)];
    let comment = |start: usize, end: usize| Comment { text: String::new(), span: Span::new(start, end) };
    let marks = [("/*", "*/"), ("<!--", "-->"), ("//", "\n"), ("#", "\n")];
    let (start, mark) = marks.iter().find_map(|(open, close)| Some((text.find(open)?, close))).unwrap();
    let length = text[start..].find(mark).unwrap() + mark.trim_end().len();
    let result = suppress(&[], &files, &[vec![comment(start, start + length)]], KNOWN);
    let edits = result.findings.into_iter().map(|finding| finding.fix.unwrap().edits);
    edits.map(|edits| apply(text, &edits).unwrap()).collect()
}

#[test]
fn unused_comments_go_with_their_line_and_leave_code_alone() {
    let one = |text: &str| fixed("a.tsx", text).remove(0);
    assert_eq!(one("a()\n  // connlint-ignore client-in-loop: x\nb()\n"), "a()\nb()\n");
    assert_eq!(one("a() // connlint-ignore client-in-loop: x\nb()\n"), "a()\nb()\n");
    assert_eq!(one("a()\r\n# connlint-ignore client-in-loop\r\nb()\r\n"), "a()\r\nb()\r\n");
    assert_eq!(one("f(/* connlint-ignore client-in-loop */ a)\n"), "f( a)\n");
    assert_eq!(one("<p>\n  {/* connlint-ignore client-in-loop: x */}\n  <b/>\n</p>\n"), "<p>\n  <b/>\n</p>\n");
    assert_eq!(one("if (a)\n{/* connlint-ignore client-in-loop: x */}\nb()\n"), "if (a)\n{}\nb()\n");
    assert_eq!(one("<p>\n<!-- connlint-ignore client-in-loop: x -->\n</p>\n"), "<p>\n</p>\n");
    assert_eq!(one("/*\n * Why.\n * connlint-ignore client-in-loop: x\n */\na()\n"), "/*\n * Why.\n */\na()\n");
}

#[test]
fn of_several_rules_the_wrong_ones_go() {
    let text = "// connlint-ignore client-per-request, zzz, client-in-lop: x\na()\n";
    let outcomes = [
        "// connlint-ignore zzz, client-in-lop: x\na()\n",
        "// connlint-ignore client-per-request, client-in-lop: x\na()\n",
        "// connlint-ignore client-per-request, zzz, client-in-loop: x\na()\n",
    ];
    assert_eq!(fixed("a.ts", text), outcomes);
}

#[test]
fn a_setting_is_one_line() {
    let text = "{\n  // connlint-ignore client-per-request: ok\n  \"a\": 1,\n  \"b\": 2\n}\n";
    let files = [file("vercel.json", text)];
    let result = suppress(&[finding(text, "1"), finding(text, "2")], &files, &[comments(text)], KNOWN);
    assert_eq!(result.covered, [true, false]);
}
