//! Types what the documents tell people to type.
//!
//! - A block ```` ```console ```` is a session, as in `tests/sessions`: `$ command`, all that is seen, `? N` for an exit code
//!   that is not 0. A line `…` stands for any lines, `…` within a line for any text. It runs in a copy of the folder that
//!   `in=` names (under the name that `as=` gives), with the files of the page that have a `path=`; the word `new` at a file begins
//!   with none. `CONNLINT_BLESS=1` does not write these: what they leave out is chosen by hand.
//! - Every other `connlint …` in a block of commands, a settings file or the prose must be one that the program takes:
//!   it is typed with `--help` behind it.
//! - Other programs are not run, but they must be known here, and the files that they are given must exist.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::literate::{Block, blocks};
use crate::sessions::seen;
use crate::tree::Tree;

use super::{document, documents};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn sessions_of_the_documents_hold() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in documents() {
        let mut tree = Tree::new(&[]);
        let mut folder = tree.root().to_path_buf();
        for block in blocks(&document(&path)) {
            if block.language == "console" {
                if let Some(project) = block.value("in") {
                    tree = Tree::new(&[]);
                    folder = copy(project, &tree, block.value("as").unwrap_or("app"));
                }
                count += 1;
                wrong.extend(difference(&tree, &folder, &block).map(|text| format!("{path}:\n{text}")));
            } else if let Some(file) = &block.path {
                if block.has("new") {
                    tree = Tree::new(&[]);
                    folder = tree.root().to_path_buf();
                }
                tree.write(file, block.text.as_bytes());
            }
        }
    }
    assert!(count > 8, "the documents have {count} sessions");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A copy of a folder of the repository that is a project of its own.
fn copy(project: &str, tree: &Tree, name: &str) -> PathBuf {
    let from = root().join(project);
    let files = walkdir::WalkDir::new(&from).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let mut count = 0;
    for file in files {
        let inside = file.path().strip_prefix(&from).unwrap();
        tree.write(&format!("{name}/{}", inside.to_str().unwrap()), &std::fs::read(file.path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{project} is no folder with files");
    tree.path(name)
}

/// What is seen, where the document says something else.
fn difference(tree: &Tree, folder: &Path, block: &Block) -> Option<String> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, Vec::new())),
            (None, Some((_, expected))) => expected.push(line),
            (None, None) => return Some(format!("output before a command: {line}")),
        }
    }
    let each = commands.iter().filter_map(|(command, expected)| {
        let got = seen(tree, folder, command);
        let got: Vec<&str> = got.lines().skip(1).collect();
        (!fits(expected, &got))
            .then(|| format!("$ {command}\n--- expected\n{}\n--- got\n{}", expected.join("\n"), got.join("\n")))
    });
    let all: Vec<String> = each.collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

/// Whether lines are as a document shows them.
fn fits(expected: &[&str], got: &[&str]) -> bool {
    match (expected.split_first(), got.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => (0..=got.len()).any(|skipped| fits(rest, &got[skipped..])),
        (Some((pattern, expected)), Some((line, got))) => agrees(pattern, line) && fits(expected, got),
        _ => false,
    }
}

fn agrees(pattern: &str, line: &str) -> bool {
    let Some((before, after)) = pattern.split_once('…') else { return pattern == line };
    let Some(rest) = line.strip_prefix(before) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| agrees(after, &rest[at..]))
}

#[test]
fn left_out_text_may_be_anything() {
    assert!(fits(&["a", "…", "c … e"], &["a", "b", "b", "c d e"]));
    assert!(fits(&["…"], &[]));
    assert!(!fits(&["a", "…", "c"], &["a", "b"]));
    assert!(!agrees("a … c", "a b"));
}

/// Languages of blocks whose lines are typed into a shell.
const SHELLS: &[&str] = &["", "sh"];

/// Other programs that the documents tell people to run.
const PROGRAMS: &[&str] = &[
    "cargo",
    "cd",
    "code",
    "docker",
    "editors/vscode/e2e/run",
    "editors/vscode/test",
    "git",
    "maturin",
    "mkdir",
    "node",
    "npm",
    "npx",
    "packaging/compare",
    "packaging/test",
    "pip",
    "pre-commit",
    "python3",
    ".ci/run",
    "./test",
    "e2e/run",
];

#[test]
fn every_command_of_the_documents_can_be_typed() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in documents() {
        let text = document(&path);
        let listed = blocks(&text).into_iter().filter(is_commands);
        let lines: Vec<String> =
            listed.flat_map(|block| block.text.lines().map(str::to_string).collect::<Vec<_>>()).collect();
        let typed = lines.iter().flat_map(|line| line.split(" && ")).map(str::trim).filter(|line| !line.is_empty());
        for command in typed.chain(mentioned(&text)) {
            count += 1;
            wrong.extend(complaint(command).map(|why| format!("{path}: `{command}`: {why}")));
        }
    }
    assert!(count > 60, "the documents have {count} commands");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Blocks without a language are commands when they begin with one.
fn is_commands(block: &Block) -> bool {
    let first = block.text.split_whitespace().next().unwrap_or_default();
    SHELLS.contains(&block.language.as_str()) && (first == "connlint" || PROGRAMS.contains(&first))
}

/// Commands of connlint in the prose: `` `connlint …` ``.
fn mentioned(text: &str) -> impl Iterator<Item = &str> {
    let spans = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    spans.filter(|span| span.starts_with("connlint "))
}

/// Why a command cannot be typed so.
fn complaint(command: &str) -> Option<String> {
    let command = command.split(" # ").next().unwrap_or(command).split("  #").next().unwrap_or(command);
    let words = words(command);
    let program = words.first()?.as_str();
    match program {
        "connlint" => refused(&words[1..]),
        _ if PROGRAMS.contains(&program) => missing_file(command, &words),
        _ => Some("the program is not known to this test".into()),
    }
}

/// The words of a command line up to a redirection, with one of several alternatives taken, and without the brackets of
/// what can be left out.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('"').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_string)),
            _ => words.push(part.to_string()),
        }
    }
    let end = words.iter().position(|word| [">", "|", "<"].contains(&word.as_str())).unwrap_or(words.len());
    words.truncate(end);
    let plain = |word: String| {
        let word = word.trim_matches(['[', ']']).replace('\\', "");
        word.split('|').next().unwrap_or_default().to_string()
    };
    words.into_iter().map(plain).filter(|word| word != "…").collect()
}

/// What the program says of arguments that it does not take.
fn refused(arguments: &[String]) -> Option<String> {
    // What comes after a separator is no option, and a placeholder no value of a known set.
    let known = |word: &String| !["FORMAT", "SEVERITY", "SHELL"].contains(&word.as_str());
    if arguments.first().is_some_and(|word| word == "help") {
        return None;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_connlint"))
        .args(arguments.iter().filter(|word| known(word)))
        .arg("--help")
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let unknown = arguments.first().is_some_and(|word| !word.starts_with('-'))
        && !text.contains(&format!("connlint {}", arguments[0]));
    (!output.status.success() || unknown).then_some(text)
}

/// A file of the repository that a command names and that is not there.
fn missing_file(command: &str, words: &[String]) -> Option<String> {
    let folders = ["packaging/", "editors/", "fixtures/", "./test", "e2e/"];
    let named =
        words.iter().filter(|word| folders.iter().any(|folder| word.starts_with(folder)) && !word.contains('*'));
    let gone: Vec<&String> = named
        .filter(|word| !root().join(word).exists() && !root().join("editors/vscode").join(word).exists())
        .collect();
    (!gone.is_empty()).then(|| format!("{command}: there is no {gone:?}"))
}
