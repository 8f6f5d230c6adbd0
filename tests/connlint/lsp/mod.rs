//! The editor server: scripted sessions, bad input, and the same findings as a fresh check after any
//! edits.
//!
//! Runs the built program over its standard streams.

pub mod client;
mod editors;
mod edits;
mod robust;
mod script;

use std::path::{Path, PathBuf};

use crate::literate::parse;
use crate::wanted::wanted;

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lsp");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    files
}

/// `CONNLINT_CASES=words` runs the cases whose name contains the words.
#[test]
fn sessions_go_as_their_scripts_say() {
    let wanted = wanted();
    let mut wrong = Vec::new();
    for path in scripts() {
        let document = parse(&std::fs::read_to_string(&path).unwrap());
        for case in document.cases.iter().filter(|case| case.title.contains(&wanted)) {
            let name = format!("{}: {}", path.file_name().unwrap().to_string_lossy(), case.title);
            wrong.extend(script::run(case).into_iter().map(|line| format!("{name}: {line}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
