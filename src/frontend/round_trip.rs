//! The text form of facts is read back as it was written, for every source among the fixtures.

use std::path::{Path, PathBuf};

use super::lower;
use crate::facts::FileFacts;
use crate::facts::dump::dump;
use crate::facts::parse::parse;
use crate::source::{SourceFile, kind_of};

/// Path and text.
type Source = (PathBuf, String);

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut found);
    found
}

fn below(directory: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            blocks(&std::fs::read_to_string(&path).unwrap(), found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((path, text));
        }
    }
}

/// The fenced blocks that are files.
fn blocks(text: &str, found: &mut Vec<Source>) {
    for block in text.split("\n```").skip(1) {
        let (info, body) = block.split_once('\n').unwrap_or_default();
        let path = info.split_whitespace().find_map(|word| word.strip_prefix("path="));
        found.extend(path.map(|path| (path.into(), body.to_string())));
    }
}

fn facts(path: &Path, text: String) -> Option<FileFacts> {
    let (path, absolute) = (path.to_string_lossy().into_owned(), path.to_path_buf());
    lower(&SourceFile { kind: kind_of(&absolute)?, path, absolute, text: text.into() })
}

/// The first line in which the two texts differ.
fn difference(written: &str, read: &str) -> String {
    let lines = written.lines().zip(read.lines());
    let differs = lines.filter(|(one, other)| one != other).map(|(one, other)| format!("- {one}\n+ {other}")).next();
    differs.unwrap_or_else(|| "one is longer".into())
}

#[test]
fn what_is_dumped_is_read_back() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(facts) = facts(&path, text) else { continue };
        let written = dump(&facts);
        count += 1;
        match parse(facts.language, &written) {
            Ok(read) if dump(&read) == written => {}
            Ok(read) => wrong.push(format!("{}\n{}", path.display(), difference(&written, &dump(&read)))),
            Err(problem) => wrong.push(format!("{}: {problem}\n{written}", path.display())),
        }
    }
    assert!(count > 1000, "only {count} sources");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}
