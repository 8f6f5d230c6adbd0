//! Chores of development: `cargo xtask new-rule`, `new-package`, `generate`, `docs`, `bench`, `ratchet`.
//!
//! Uses the program from outside only, and the form of its data.

mod bench;
mod data;
mod docs;
mod editing;
mod generated;
#[path = "../../tests/connlint/literate.rs"]
#[allow(dead_code, reason = "the tests read more of the notation")]
mod literate;
mod ratchet;
mod scaffold;
mod synthetic;
mod tables;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bench::Bench;

const USAGE: &str = "\
usage: cargo xtask new-rule ID
       cargo xtask new-package npm|pypi|crates|browser NAME
       cargo xtask generate
       cargo xtask docs
       cargo xtask bench [--runs N] [--profile NAME] [TREE...]
       cargo xtask ratchet OLD NEW [TREE...]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["new-rule", id] => scaffold::rule(&root(), id),
        ["new-package", ecosystem, name] => scaffold::package(&root(), ecosystem, name),
        ["generate"] => generated::write(&root()).and_then(|()| tables::generate(&root())),
        ["docs"] => docs::build(&root()),
        ["bench", rest @ ..] => bench(rest),
        ["ratchet", old, new, trees @ ..] => ratchet::run(&root(), [old, new], trees),
        _ => Err(USAGE.to_string()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn bench(mut args: &[&str]) -> Result<(), String> {
    let root = root();
    let mut bench = Bench { root: &root, runs: 5, profile: "release", trees: Vec::new() };
    loop {
        args = match args {
            ["--runs", runs, rest @ ..] => {
                bench.runs = runs.parse().map_err(|_| USAGE.to_string())?;
                rest
            }
            ["--profile", profile, rest @ ..] => {
                bench.profile = profile;
                rest
            }
            [tree, rest @ ..] => {
                bench.trees.push(Path::new(tree).canonicalize().map_err(failed(Path::new(tree)))?);
                rest
            }
            [] => return bench.run(),
        };
    }
}

/// The workspace's root.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Describes what went wrong with a file.
fn failed(path: &Path) -> impl Fn(std::io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}
