//! Questions that are asked on a terminal, on a real pseudo-terminal: that of `script`, from util-linux.
//!
//! Skipped, and said so, where there is no such program.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::tree::Tree;

/// What a person sees who types the answers; `None` without a terminal to be had.
fn typed(tree: &Tree, command: &str, answers: &str) -> Option<String> {
    let version = Command::new("script").arg("--version").output();
    if !version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux")) {
        return None;
    }
    let command = format!("{} {command}", env!("CARGO_BIN_EXE_connlint"));
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(tree.root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8_lossy(&output.stdout).replace('\r', ""))
}

const HOOK: &str = ".pre-commit-config.yaml";
const WORKFLOW: &str = ".github/workflows/connlint.yml";

#[test]
fn init_asks_for_the_hook_and_the_workflow() {
    for (answers, hook, workflow) in
        [("y\nn\n", true, false), ("\nYes\n", false, true), ("no\nmaybe\n", false, false), ("\u{4}\u{4}", false, false)]
    {
        let tree = Tree::new(&[("package.json", "{}")]);
        let Some(seen) = typed(&tree, "init", answers) else {
            println!("skipped: there is no `script` of util-linux");
            return;
        };
        assert!(seen.contains(&format!("Add connlint to {HOOK}? [y/N]")), "{seen}");
        assert!(seen.contains(&format!("Write {WORKFLOW}? [y/N]")), "{seen}");
        assert_eq!((tree.path(HOOK).exists(), tree.path(WORKFLOW).exists()), (hook, workflow), "{answers:?}: {seen}");
        assert!(tree.path("connlint.toml").exists(), "{seen}");
    }
}

#[test]
fn flags_of_init_leave_nothing_to_ask() {
    let tree = Tree::new(&[("package.json", "{}")]);
    let Some(seen) = typed(&tree, "init --hook", "y\ny\n") else {
        println!("skipped: there is no `script` of util-linux");
        return;
    };
    assert!(!seen.contains("[y/N]"), "{seen}");
    assert_eq!((tree.path(HOOK).exists(), tree.path(WORKFLOW).exists()), (true, false));
}
