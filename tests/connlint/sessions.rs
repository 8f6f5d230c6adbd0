//! Scripted command lines: what is typed, and all that is seen.
//!
//! Each case of `tests/sessions/*.md` is a project and blocks ```` ```console ````: a line `$ command` is
//! run by `sh`, what follows is its whole output, both streams, and `? N` its exit code when that is not 0.
//! `connlint` is the built program, and `[ROOT]` stands for the project's directory. The commands see
//! nothing of the user's settings. `CONNLINT_CASES=words` runs only the cases whose name contains the words,
//! `CONNLINT_BLESS=1` writes what is seen into the files, to be read before it is kept.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::literate::{Block, Case, parse};
use crate::tree::Tree;
use crate::wanted::wanted;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sessions");

fn files() -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(FOLDER).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn commands_print_what_their_sessions_say() {
    let wanted = wanted();
    let mut wrong = Vec::new();
    for path in files() {
        let mut text = std::fs::read_to_string(&path).unwrap();
        for case in parse(&text).cases {
            let name = format!("{}: {}", path.file_name().unwrap().to_string_lossy(), case.title);
            let differences = if name.contains(&wanted) { differences(&case) } else { Vec::new() };
            for (expected, got) in differences {
                text = text.replacen(&format!("console\n{expected}```"), &format!("console\n{got}```"), 1);
                wrong.push(format!("{name}\n--- expected\n{expected}--- got\n{got}"));
            }
        }
        if std::env::var_os("CONNLINT_BLESS").is_some() {
            std::fs::write(&path, text).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The blocks that do not hold, as they are written and as they were seen.
fn differences(case: &Case) -> Vec<(String, String)> {
    let tree = Tree::new(&[]);
    let mut found = Vec::new();
    for block in &case.blocks {
        match &block.path {
            Some(path) => tree.write(path, block.text.as_bytes()),
            None => found.extend(difference(&tree, block)),
        }
    }
    found
}

fn difference(tree: &Tree, block: &Block) -> Option<(String, String)> {
    assert_eq!(block.language, "console", "a block without a path is a session");
    let commands = block.text.lines().filter_map(|line| line.strip_prefix("$ "));
    let got: String = commands.map(|command| seen(tree, tree.root(), command)).collect();
    (got.trim_end() != block.text.trim_end()).then(|| (block.text.clone(), got))
}

/// A command and all that a user sees of it who types it in a folder of the tree.
pub fn seen(tree: &Tree, folder: &Path, command: &str) -> String {
    let output = shell(folder, command).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let root = tree.root().canonicalize().unwrap();
    let mut text = text.replace(root.to_str().unwrap(), "[ROOT]").replace(tree.root().to_str().unwrap(), "[ROOT]");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    match output.status.code() {
        Some(0) => format!("$ {command}\n{text}"),
        code => format!("$ {command}\n{text}? {}\n", code.unwrap_or(-1)),
    }
}

fn shell(folder: &Path, command: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_connlint")).parent().unwrap();
    let path = std::env::join_paths([program.into()].into_iter().chain(inherited_path())).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(folder).stdin(Stdio::null());
    shell.env_clear().env("PATH", path).env("HOME", "/nonexistent").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        shell.env(format!("GIT_{role}_NAME"), "Ann").env(format!("GIT_{role}_EMAIL"), "ann@example.org");
    }
    shell
}

fn inherited_path() -> Vec<std::path::PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}
