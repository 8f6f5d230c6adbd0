//! On what an analysis has rested: what it looked at of each file, and for which names it asked.
//!
//! A file that says the same in all of that may change without changing what the analysis said.

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::moved::is_moved;
use crate::cache::Key;
use crate::frontend::asked::Names;
use crate::source::{FileId, FileKind, SourceFile};

/// What of a file was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Need {
    /// The names and imports that it mentions.
    Scan,
    /// What it means too, but not where things stand in it.
    Facts,
    All,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Basis {
    needs: Vec<Need>,
    asked: Names,
}

impl Basis {
    /// Of the analyses that the memory has served; `told`: the files that their answers point into.
    pub fn of(files: &[SourceFile], memory: &Memory, told: &FxHashSet<FileId>) -> Self {
        let need = |(at, file): (usize, &SourceFile)| match told.contains(&FileId(at as u32)) {
            true => Need::All,
            false => need(file, memory),
        };
        Self { needs: files.iter().enumerate().map(need).collect(), asked: memory.asked.names() }
    }

    /// Whether a file, the one of this number, means for the analysis what it meant with an earlier content, of which
    /// only the hash is known.
    pub fn stands(&self, at: usize, file: &SourceFile, earlier: u128, memory: &Memory) -> bool {
        let earlier = Key::of(file).earlier(earlier);
        let scanned = || {
            let scan = memory.scan_of(earlier);
            scan.is_some_and(|scan| scan.answers_as(&memory.of(file).scan, &self.asked))
        };
        let understood = || {
            let facts = memory.facts_of(earlier);
            let known = memory.of(file);
            facts.zip(known.facts(file, memory)).is_some_and(|(facts, now)| is_moved(&facts, now))
        };
        match self.needs.get(at) {
            Some(Need::Scan) => scanned(),
            Some(Need::Facts) => scanned() && understood(),
            Some(Need::All) | None => false,
        }
    }
}

fn need(file: &SourceFile, memory: &Memory) -> Need {
    if file.kind == FileKind::Settings || file.text.is_looked_at() {
        return Need::All;
    }
    let known = memory.of(file);
    match known.lowered.get() {
        // Where it is broken is told with the line.
        Some(Some(facts)) if facts.problems.is_empty() => Need::Facts,
        None if !known.scan.remarks => Need::Scan,
        _ => Need::All,
    }
}
