//! Which files are lowered: those that mention what builds or opens something, and those that lead to them.
//!
//! Holds what an analysis is given ([`inputs::Inputs`]) and what it leaves to the next one ([`memory::Memory`]).

pub mod basis;
pub mod called;
pub mod carrier;
pub mod carriers;
pub mod file_set;
pub mod handed_down;
pub mod handed_out;
pub mod held_fields;
pub mod inputs;
pub mod keepers;
pub mod known;
pub mod made;
pub mod memory;
pub mod mounts;
pub mod moved;
pub mod neighbours;
pub mod objects;
pub mod postings;
pub mod present;
pub mod registered;
pub mod relevance;
pub mod seeds;
pub mod specifiers;

use crate::frontend;
use crate::source::{FileKind, SourceFile};
use memory::Memory;

/// How many parts of a file do not parse. Its facts stay in the memory.
pub fn syntax_problems(file: &SourceFile, memory: &Memory) -> usize {
    if file.kind == FileKind::Settings {
        return usize::from(!frontend::settings::parses(&file.path, &file.text));
    }
    memory.of(file).facts(file, memory).map_or(0, |facts| facts.problems.len())
}
