//! What one analysis is given.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::memory::Memory;
use crate::config::Config;
use crate::source::{Changes, SourceFile};

/// All that an analysis depends on.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    pub root: &'a Path,
    pub files: &'a [SourceFile],
    pub config: &'a Config,
    pub pedantic: bool,
    /// Whether somebody chooses among several ways to mend a finding.
    pub alternatives: bool,
    /// The lines that findings are asked for; all when nothing is compared.
    pub changes: Option<&'a Changes>,
    /// What earlier analyses have left.
    pub memory: &'a Memory,
    /// Whether the answer is still wanted.
    pub stop: &'a Stop,
}

/// Tells an analysis that nobody waits for it any more.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    pub fn set(&self, stop: bool) {
        self.0.store(stop, Ordering::SeqCst);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
