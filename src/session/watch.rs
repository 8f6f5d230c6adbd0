//! Telling how far a run has come, to whoever wants to show it.
//!
//! Knows stages and nothing of how they are shown.

use std::path::Path;
use std::sync::Arc;

/// What a session is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage<'s> {
    /// That many files so far; in this directory now.
    Discover(usize, &'s Path),
    /// That many files.
    Read(usize),
    /// That many files.
    Analyse(usize),
}

/// Somebody who is told of stages, or nobody.
#[derive(Clone, Default)]
pub struct Watch(Option<Arc<Told>>);

type Told = dyn Fn(Stage<'_>) + Send + Sync;

impl Watch {
    pub fn new(watch: impl Fn(Stage<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watch)))
    }

    pub fn tell(&self, stage: Stage) {
        if let Some(watch) = &self.0 {
            watch(stage);
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(if self.0.is_some() { "Watch(somebody)" } else { "Watch(nobody)" })
    }
}
