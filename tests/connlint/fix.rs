//! Fixes: which are chosen, what texts become, and how files are written.
//!
//! The edits are made by hand.

use connlint::finding::{Applicability, Finding};
use connlint::fix::{Change, WriteError, apply, plan, unified, write_all};
use connlint::source::FileId;

use crate::samples::{edit, file, finding, with_fix};
use crate::tree::Tree;

const TEXT: &str = "alpha beta gamma\n";

fn fixed(applicability: Applicability, edits: &[(usize, usize, &str)]) -> Finding {
    let edits = edits.iter().map(|(start, end, text)| edit(0, *start, *end, text)).collect();
    with_fix(finding(TEXT, "alpha"), applicability, edits)
}

fn result(findings: &[Finding], unsafe_too: bool) -> (String, usize, usize) {
    let plan = plan(findings.iter(), &[file("a.ts", TEXT)], unsafe_too);
    let edits = plan.edits.get(&FileId(0)).cloned().unwrap_or_default();
    (apply(TEXT, &edits).unwrap(), plan.applied, plan.left)
}

#[test]
fn only_allowed_fixes_are_chosen() {
    let findings = [
        fixed(Applicability::Safe, &[(0, 5, "A")]),
        fixed(Applicability::Unsafe, &[(6, 10, "B")]),
        fixed(Applicability::Manual, &[(11, 16, "C")]),
    ];
    assert_eq!(result(&findings, false), ("A beta gamma\n".into(), 1, 0));
    assert_eq!(result(&findings, true), ("A B gamma\n".into(), 2, 0));
}

#[test]
fn of_overlapping_fixes_the_first_wins_whatever_the_order() {
    let first = fixed(Applicability::Safe, &[(0, 5, "A"), (11, 11, "x")]);
    let second = fixed(Applicability::Safe, &[(3, 8, "B")]);
    assert_eq!(result(&[first.clone(), second.clone()], false), ("A beta xgamma\n".into(), 1, 1));
    assert_eq!(result(&[second, first], false), ("A beta xgamma\n".into(), 1, 1));
}

#[test]
fn two_insertions_at_one_place_overlap_unless_equal() {
    let import = (0, 0, "import x\n");
    let equal =
        [fixed(Applicability::Safe, &[import, (6, 10, "B")]), fixed(Applicability::Safe, &[import, (11, 16, "C")])];
    assert_eq!(result(&equal, false), ("import x\nalpha B C\n".into(), 2, 0));
    let other = [fixed(Applicability::Safe, &[import]), fixed(Applicability::Safe, &[(0, 0, "import y\n")])];
    assert_eq!(result(&other, false).2, 1);
}

#[test]
fn fixes_that_do_not_fit_are_left_alone() {
    let beyond = fixed(Applicability::Safe, &[(0, 5, "A"), (90, 99, "B")]);
    let crossing = fixed(Applicability::Safe, &[(0, 5, "A"), (3, 8, "B")]);
    assert_eq!(result(&[beyond, crossing], false), (TEXT.into(), 0, 0));
    assert_eq!(apply("é", &[edit(0, 1, 1, "x")]), None);
}

#[test]
fn line_endings_are_kept() {
    let edits = [edit(0, 3, 3, "b\nc\n")];
    assert_eq!(apply("a\r\nd\r\n", &edits).unwrap(), "a\r\nb\r\nc\r\nd\r\n");
}

fn change(tree: &Tree, path: &str, before: &str, after: &str) -> Change {
    Change { path: path.into(), absolute: tree.path(path), before: Some(before.into()), after: after.into() }
}

#[test]
fn files_are_replaced() {
    let tree = Tree::new(&[("a.ts", "old a"), ("b.ts", "\u{feff}old b")]);
    let changes = [change(&tree, "a.ts", "old a", "new a"), change(&tree, "b.ts", "old b", "new b")];
    write_all(&changes, || false).unwrap();
    assert_eq!(tree.read("a.ts"), "new a");
    assert_eq!(tree.read("b.ts"), "\u{feff}new b");
    assert_eq!(std::fs::read_dir(tree.root()).unwrap().count(), 2);
}

#[test]
fn nothing_is_written_when_one_file_has_changed() {
    let tree = Tree::new(&[("a.ts", "old a"), ("b.ts", "edited meanwhile")]);
    let changes = [change(&tree, "a.ts", "old a", "new a"), change(&tree, "b.ts", "old b", "new b")];
    assert!(matches!(write_all(&changes, || false), Err(WriteError::Changed(path)) if path == "b.ts"));
    assert_eq!(tree.read("a.ts"), "old a");
    assert_eq!(std::fs::read_dir(tree.root()).unwrap().count(), 2);
}

#[test]
fn whoever_breaks_off_finds_all_as_it_was() {
    let tree = Tree::new(&[("a.ts", "old a"), ("b.ts", "old b")]);
    let changes = [change(&tree, "a.ts", "old a", "new a"), change(&tree, "b.ts", "old b", "new b")];
    for prepared in 0..=changes.len() {
        let asked = std::cell::Cell::new(0);
        let is_to_stop = || asked.replace(asked.get() + 1) == prepared;
        assert!(matches!(write_all(&changes, is_to_stop), Err(WriteError::Interrupted)));
        assert_eq!((tree.read("a.ts").as_str(), tree.read("b.ts").as_str()), ("old a", "old b"));
        assert_eq!(std::fs::read_dir(tree.root()).unwrap().count(), 2);
    }
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let tree = Tree::new(&[("a.py", "old")]);
    std::fs::set_permissions(tree.path("a.py"), PermissionsExt::from_mode(0o755)).unwrap();
    symlink("a.py", tree.path("link.py")).unwrap();
    write_all(&[change(&tree, "link.py", "old", "new")], || false).unwrap();
    assert_eq!(tree.read("a.py"), "new");
    assert!(tree.path("link.py").is_symlink());
    let mode = std::fs::metadata(tree.path("a.py")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

#[test]
fn files_are_made() {
    let tree = Tree::new(&[("a.ts", "old a")]);
    let new = Change { before: None, ..change(&tree, "b.ts", "", "export const b = 1;\n") };
    assert_eq!(unified(&new), "--- /dev/null\n+++ b/b.ts\n@@ -0,0 +1 @@\n+export const b = 1;\n");
    let changes = [change(&tree, "a.ts", "old a", "new a"), new];
    write_all(&changes, || false).unwrap();
    assert_eq!((tree.read("a.ts").as_str(), tree.read("b.ts").as_str()), ("new a", "export const b = 1;\n"));
    let again = [change(&tree, "a.ts", "new a", "newer a"), changes[1].clone()];
    assert!(matches!(write_all(&again, || false), Err(WriteError::Changed(path)) if path == "b.ts"));
    assert_eq!(tree.read("a.ts"), "new a");
    assert_eq!(std::fs::read_dir(tree.root()).unwrap().count(), 2);
}

#[test]
fn diffs_are_unified() {
    let tree = Tree::new(&[]);
    let diff = unified(&change(&tree, "a.ts", "one\ntwo\n", "one\n2\n"));
    assert_eq!(diff, "--- a/a.ts\n+++ b/a.ts\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
}
