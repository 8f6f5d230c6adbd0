//! What whole runs came to, kept for runs over a project that says the same.
//!
//! A report depends on what was looked at of all files, on what was asked for and how connlint is set up, on the build and
//! the platform, and on what the disk said of other files. Where one of these cannot be told, nothing is kept and nothing
//! is taken. Knows no rule and no format.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::{Accepted, Identified, Outcome, Session, Summary};
use crate::cache::{FileRow, Key, Report};
use crate::finding::Finding;
use crate::packages::disk::{Answer, Question};
use crate::scope::basis::Basis;
use crate::source::{Problem, Seen, SourceFile};

/// Tells a finding that quotes a secret of the files: a run with one is not kept.
pub type Quotes = fn(&Finding, &[SourceFile]) -> bool;

/// An outcome without what every run knows by itself.
#[derive(Serialize, Deserialize)]
struct Kept {
    findings: Vec<Identified>,
    problems: Vec<Problem>,
    passed_over: Vec<String>,
    summary: Summary,
    relevant: usize,
    baseline: Option<Accepted>,
    /// About files that are none of the project's.
    asked: Vec<(Question, Answer)>,
}

/// What a session that lives on has said last.
#[derive(Debug)]
pub(super) struct Last {
    rows: Vec<FileRow>,
    report: Report,
}

impl Session {
    /// What an earlier run has said of just this, or of a project that differs in nothing that it looked at.
    pub(super) fn recall(&self) -> Option<Outcome> {
        let key = self.run_key()?;
        let own = self.last.as_ref().map(|last| (&last.rows, &last.report)).filter(|(_, report)| report.key == key);
        let kept = || Some((&self.index.files, self.index.report(key)?)).filter(|_| self.options.overlay.is_empty());
        let (rows, report) = own.or_else(kept)?;
        if !self.stands(rows, report) {
            return None;
        }
        let Kept { findings, problems, passed_over, summary, relevant, baseline, asked } =
            serde_json::from_slice(&report.bytes).ok()?;
        if !asked.par_iter().all(|(question, answer)| question.ask() == *answer) {
            return None;
        }
        let known = Outcome { findings, problems, passed_over, summary, relevant, baseline, ..Outcome::default() };
        Some(Outcome { recalled: true, ..self.shown(known) })
    }

    /// Leaves what was learnt of the files, and what the run came to, for the next run. Buffers are not files: while
    /// some stand for files, the cache stays as it is.
    pub fn remember(&self, outcome: &Outcome) {
        let Some(folder) = self.folder.as_ref().filter(|_| self.options.overlay.is_empty()) else { return };
        let report = if outcome.recalled { None } else { self.kept(outcome) };
        if outcome.recalled && self.is_as_indexed() {
            return;
        }
        // A folder that may not be written to is a reason to go without, not to complain.
        if !outcome.recalled {
            let facts = self.memory.draft(&self.files).and_then(|draft| draft.encode().ok());
            let _ = facts.map(|bytes| folder.write_facts(&bytes));
        }
        let index = self.index.after(self.rows(), report);
        let index = Some(index).filter(|index| *index != self.index).and_then(|index| index.encode().ok());
        let _ = index.map(|bytes| folder.write_index(&bytes));
    }

    /// Keeps what was said for the next time that this session is asked.
    pub fn hold_on_to(&mut self, outcome: &Outcome) {
        if !outcome.recalled {
            self.last = self.report(outcome).map(|report| Last { rows: self.rows(), report });
            return;
        }
        let then = self.last.iter().flat_map(|last| &last.rows).zip(&self.files);
        let then = then.filter_map(|(row, file)| Some(Key::of(file).earlier(row.seen.hash?)));
        self.memory.forget_passing(&then.chain(self.files.iter().map(Key::of)).collect());
    }

    fn rows(&self) -> Vec<FileRow> {
        self.files.iter().map(|file| FileRow { path: file.path.clone(), seen: Seen::of(file) }).collect()
    }

    /// The files are those of the index, each with the same content.
    fn is_as_indexed(&self) -> bool {
        let rows = self.index.files.iter().map(|row| row.seen.content());
        self.files.iter().map(|file| Seen::of(file).content()).eq(rows)
    }

    /// Whether nothing has changed that the report rests on.
    fn stands(&self, rows: &[FileRow], report: &Report) -> bool {
        let now = self.files.iter().map(|file| (file.path.as_str(), Seen::of(file)));
        let Some(changes) = report.changes(rows, now) else { return false };
        if changes.is_empty() {
            return true;
        }
        let Ok(basis) = postcard::from_bytes::<Basis>(&report.basis) else { return false };
        changes.iter().all(|(at, hash)| basis.stands(*at as usize, &self.files[*at as usize], *hash, &self.memory))
    }

    /// What is written down of a run.
    fn kept(&self, outcome: &Outcome) -> Option<Report> {
        let quotes = self.options.quotes?;
        let is_quoted = outcome.findings.iter().any(|found| quotes(&found.finding, &self.files));
        if is_quoted { None } else { self.report(outcome) }
    }

    fn report(&self, outcome: &Outcome) -> Option<Report> {
        let is_whole = outcome.failure.is_none() && !outcome.stopped;
        if !is_whole || !self.files.iter().all(|file| Seen::of(file).tells()) {
            return None;
        }
        let Outcome { findings, problems, passed_over, summary, relevant, baseline, .. } = outcome.clone();
        let kept = Kept { findings, problems, passed_over, summary, relevant, baseline, asked: self.memory.asked()? };
        let told = kept.findings.iter().flat_map(|found| found.finding.files()).collect();
        let basis = Basis::of(&self.files, &self.memory, &told);
        let (bytes, basis) = (serde_json::to_vec(&kept).ok()?, postcard::to_stdvec(&basis).ok()?);
        Some(Report { key: self.run_key()?, bytes, basis, earlier: Vec::new() })
    }

    /// A hash of all that an outcome depends on besides the files of the index; `None` where more than that matters.
    fn run_key(&self) -> Option<u128> {
        let (options, settings) = (&self.options, &self.settings);
        if self.folder.is_none() || self.changes.is_some() {
            return None;
        }
        let asked = (&options.directory, &options.select, &options.ignore, options.pedantic, options.alternatives);
        let found = (&self.listing.settings, &self.problems, self.accepted_as_found());
        let written = format!("{asked:?}{:?}{found:?}", settings.sources());
        Some(xxh3_128(written.as_bytes()))
    }
}
