//! Findings that a project has accepted, one JSON line each, known by fingerprint.
//!
//! Works on entries alone: findings come in as the entries that they would be. Never adds one by itself.
//! Knows no file system and no language.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// One accepted finding. The first fields are for people, the last two say which finding is meant.
/// Written as JSON in this order, so that sorted lines are sorted by path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Relative to the anchor directory, with `/`.
    pub path: String,
    pub rule: String,
    /// The enclosing symbols.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub symbol: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The fingerprint.
    pub id: String,
    /// The fingerprint without the path, by which the findings of renamed files are known.
    pub content: String,
}

/// A line that is no entry: its number, from 1, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct LineError {
    pub line: usize,
    pub message: String,
}

/// Reads the lines of a baseline; blank ones do not count, equal ones count once.
pub fn read(text: &str) -> Result<Vec<Entry>, LineError> {
    let mut entries = BTreeSet::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |message: String| LineError { line: index + 1, message };
        if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
            return Err(wrong("is left from a merge: keep the lines of both sides and take out this one".into()));
        }
        // The line is the file's, not the only one of the entry.
        let no_entry = |error: serde_json::Error| error.to_string().replace(" at line 1 column ", " at column ");
        let entry = serde_json::from_str(line)
            .map_err(|error| wrong(format!("is no entry of a baseline: {}", no_entry(error))))?;
        entries.insert(entry);
    }
    Ok(entries.into_iter().collect())
}

/// The text of a baseline: one line an entry, sorted as `sort` does it.
pub fn write(entries: &[Entry]) -> Result<String, serde_json::Error> {
    let mut lines: Vec<String> = entries.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    lines.sort();
    lines.dedup();
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

/// What a baseline says of the findings of a run, and they of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// For each finding, in order: whether it was accepted.
    pub accepted: Vec<bool>,
    /// The entries that still stand, as they are to be written now.
    pub standing: Vec<Entry>,
    /// Entries whose finding is gone.
    pub stale: Vec<Entry>,
}

/// Holds the findings of a run against the entries. `is_gone` tells whether there is no file of that path
/// any more: only then may an entry be moved to another file. `is_known` tells whether the run could
/// have found what stood at the path; entries of other paths stand.
pub fn compare(
    entries: &[Entry],
    findings: &[Entry],
    is_gone: impl Fn(&str) -> bool,
    is_known: impl Fn(&str) -> bool,
) -> Comparison {
    let mut open: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let mut accepted: Vec<bool> = findings.iter().map(|finding| open.remove(finding.id.as_str()).is_some()).collect();
    let mut movable: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in open.values().rev().filter(|entry| is_gone(&entry.path)) {
        movable.entry(&entry.content).or_default().push(entry);
    }
    for (finding, accepted) in findings.iter().zip(&mut accepted).filter(|(_, accepted)| !**accepted) {
        let moved = movable.get_mut(finding.content.as_str()).and_then(Vec::pop);
        *accepted = moved.is_some_and(|entry| open.remove(entry.id.as_str()).is_some());
    }
    let (stale, unknown): (Vec<&Entry>, Vec<&Entry>) = open.into_values().partition(|entry| is_known(&entry.path));
    let kept = findings.iter().zip(&accepted).filter(|(_, accepted)| **accepted).map(|(finding, _)| finding);
    let mut standing: Vec<Entry> = kept.chain(unknown).cloned().collect();
    let mut stale: Vec<Entry> = stale.into_iter().cloned().collect();
    standing.sort();
    stale.sort();
    Comparison { accepted, standing, stale }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, id: &str, content: &str) -> Entry {
        Entry {
            path: path.into(),
            rule: "client-per-request".into(),
            symbol: String::new(),
            client: None,
            id: id.into(),
            content: content.into(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let entries = [entry("a.ts", "1", "x"), Entry { client: Some("pg.Pool".into()), ..entry("b.ts", "2", "y") }];
        let text = write(&entries).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(read(&format!("\n{text}{text}")).unwrap(), entries);
    }

    #[test]
    fn wrong_lines_are_named() {
        let text = format!("{}<<<<<<< main\n", write(&[entry("a.ts", "1", "x")]).unwrap());
        assert_eq!(read(&text).unwrap_err().line, 2);
        assert!(read("{}\n").unwrap_err().to_string().starts_with("line 1: is no entry"));
    }

    #[test]
    fn equal_findings_need_an_entry_each() {
        let old = [entry("a.ts", "1", "x")];
        let new = [entry("a.ts", "1", "x"), entry("a.ts", "2", "x")];
        let found = compare(&old, &new, |_| false, |_| true);
        assert_eq!((found.accepted, found.stale.len()), (vec![true, false], 0));
        let found = compare(&new, &old, |_| false, |_| true);
        assert_eq!((found.accepted, found.stale), (vec![true], vec![new[1].clone()]));
    }

    #[test]
    fn renamed_files_keep_their_entries_and_copies_get_none() {
        let old = [entry("a.ts", "1", "x")];
        let new = [entry("b.ts", "2", "x"), entry("c.ts", "3", "x")];
        let renamed = compare(&old, &new, |path| path == "a.ts", |_| true);
        assert_eq!(renamed.accepted, [true, false]);
        assert_eq!((renamed.standing, renamed.stale), (vec![new[0].clone()], vec![]));
        let copied = compare(&old, &new, |_| false, |_| true);
        assert_eq!((copied.accepted, copied.stale), (vec![false, false], old.to_vec()));
    }

    #[test]
    fn entries_out_of_sight_stand() {
        let old = [entry("other/a.ts", "1", "x")];
        let found = compare(&old, &[], |_| false, |path| !path.starts_with("other/"));
        assert_eq!((found.standing, found.stale), (old.to_vec(), vec![]));
    }
}
