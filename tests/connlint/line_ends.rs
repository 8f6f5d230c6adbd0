//! What is found and mended does not depend on how lines end, and no text comes to have both kinds of ends.
//!
//! Over the files of cases that have most kinds of edits; over any that `CONNLINT_CASES` names.

use std::collections::BTreeMap;
use std::path::Path;

use connlint::session::{Options, Session};
use connlint::source::LineIndex;

use crate::fixtures::{every_case, run_all};
use crate::wanted::wanted;

const FILES: [&str; 14] = [
    "client-in-loop/loops.md",
    "client-per-request/hoisted.md",
    "client-per-request/kept-in-module.md",
    "client-per-request/rust-kept.md",
    "client-per-request/shared-module.md",
    "connection-held-across-io/before-wait.md",
    "connection-not-released/late-try.md",
    "connection-not-released/wrapped.md",
    "effect-missing-cleanup/fixes.md",
    "effect-missing-cleanup/fixes-frameworks.md",
    "effect-missing-cleanup/mended.md",
    "hot-reload-leak/slots.md",
    "nested-acquire/over-held.md",
    "racy-singleton/fixes.md",
];

/// What is found, each with its fix, and each changed text with plain line ends.
#[derive(Debug, PartialEq)]
struct Mended {
    found: Vec<String>,
    texts: BTreeMap<String, String>,
    mixed: Vec<String>,
}

fn mended(root: &Path) -> Mended {
    let options = Options { directory: root.to_path_buf(), no_cache: true, ..Options::default() };
    let mut session = Session::open(options).unwrap();
    let outcome = session.check();
    let told = outcome.findings.iter().map(|found| {
        let (place, fix) = (found.finding.place, found.finding.fix.as_ref());
        let line = LineIndex::new(&outcome.files[place.file.index()].text).line(place.span.start);
        let title = fix.map_or("no fix", |fix| fix.title.as_str());
        format!("{}:{line} {}: {title}", outcome.path(place.file), found.finding.rule)
    });
    let found = told.collect();
    let changes = session.repair(outcome, true).changes;
    let windows = |text: &str| text.contains("\r\n") && text.replace("\r\n", "").contains('\n');
    let mixed = changes.iter().filter(|change| windows(&change.after)).map(|change| change.path.clone()).collect();
    let plain = |text: &str| text.replace("\r\n", "\n");
    let texts = changes.iter().map(|change| (change.path.clone(), plain(&change.after))).collect();
    Mended { found, texts, mixed }
}

fn end_as_windows_does(root: &Path) {
    for entry in walkdir::WalkDir::new(root).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        std::fs::write(entry.path(), text.replace("\r\n", "\n").replace('\n', "\r\n")).unwrap();
    }
}

fn judge(root: &Path) -> Vec<String> {
    let usual = mended(root);
    end_as_windows_does(root);
    let other = mended(root);
    let mut wrong: Vec<String> = other.mixed.iter().map(|path| format!("{path} has both kinds of line ends")).collect();
    if usual.found != other.found {
        wrong.push(format!("found {:#?}\nnot {:#?}", other.found, usual.found));
    }
    for (path, text) in &usual.texts {
        let other = other.texts.get(path).map_or("unchanged", String::as_str);
        if other != text {
            wrong.push(format!("{path} is now\n{other}\nnot\n{text}"));
        }
    }
    wrong
}

#[test]
fn cases_are_mended_alike_whatever_ends_their_lines() {
    let mut jobs = every_case();
    if wanted().is_empty() {
        assert!(FILES.iter().all(|file| jobs.iter().any(|job| job.is_in(&format!("fixtures/{file}")))));
        jobs.retain(|job| FILES.iter().any(|file| job.is_in(&format!("fixtures/{file}"))));
    }
    run_all(jobs, |job| judge(job.lay_out().root()));
}
