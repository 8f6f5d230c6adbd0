//! What an analysis leaves to the next one: scans and facts by content, the catalogue, the module paths.
//!
//! Everything here is a pure function of its key, so that an analysis with a memory says what one
//! without says. What was not used for some analyses is forgotten. Knows no rule.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_128;

use super::carriers::{Callers, callers};
use super::facts;
use super::modules::Resolution;
use super::postings::Base;
use super::seeds::Seeds;
use crate::catalog::schema::PackageFile;
use crate::catalog::{Catalog, DataError};
use crate::facts::{FileFacts, Language};
use crate::frontend::scan::Scan;
use crate::source::{FileKind, SourceFile};

/// Analyses that a value outlives its last use: undoing some steps finds its facts again.
const KEPT: u32 = 16;

/// A file's kind and the hash of its text: equal keys have equal facts.
pub type Key = (FileKind, u128);

/// What is known of one content.
#[derive(Debug)]
pub struct Known {
    pub key: Key,
    pub scan: Scan,
    /// Facts that hold the imports alone.
    pub skeleton: Arc<FileFacts>,
    lowered: OnceLock<Option<Arc<FileFacts>>>,
    callers: OnceLock<Callers>,
    used: AtomicU32,
}

impl Known {
    fn of(file: &SourceFile, key: Key) -> Self {
        let language = language(file.kind);
        let scan = Scan::of(&file.text, language);
        let skeleton = Arc::new(scan.skeleton(language));
        Self { key, scan, skeleton, lowered: OnceLock::new(), callers: OnceLock::new(), used: AtomicU32::new(0) }
    }

    /// The facts, made when they are first asked for. `file` is one with this content.
    pub fn facts(&self, file: &SourceFile) -> Option<&Arc<FileFacts>> {
        self.lowered.get_or_init(|| facts(file).map(Arc::new)).as_ref()
    }

    /// The facts and what they say of callers; the seeds are those of the memory's catalogue.
    pub fn lowered(&self, file: &SourceFile, seeds: &Seeds) -> Option<(&Arc<FileFacts>, &Callers)> {
        let facts = self.facts(file)?;
        Some((facts, self.callers.get_or_init(|| callers(facts, seeds))))
    }
}

pub fn language(kind: FileKind) -> Language {
    match kind {
        FileKind::Python => Language::Python,
        FileKind::Rust => Language::Rust,
        _ => Language::Script,
    }
}

/// The catalogue with the names that it makes worth looking for.
pub struct Knowledge {
    /// The user's tables as text: the form in which they can be compared.
    own: String,
    pub catalog: Catalog,
    pub seeds: Seeds,
}

#[derive(Default)]
pub struct Memory {
    files: Mutex<FxHashMap<Key, Arc<Known>>>,
    knowledge: Mutex<Option<Arc<Knowledge>>>,
    pub(super) postings: Mutex<Option<Arc<Base>>>,
    pub(super) resolution: Mutex<Option<Arc<Resolution>>>,
    runs: AtomicU32,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Memory").field("runs", &self.runs).finish_non_exhaustive()
    }
}

/// A value is never left half written, so that a panic elsewhere does no harm.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// What is known of a file's content.
    pub fn of(&self, file: &SourceFile) -> Arc<Known> {
        let key = (file.kind, xxh3_128(file.text.as_bytes()));
        let known = locked(&self.files).get(&key).cloned();
        let known = known.unwrap_or_else(|| {
            let made = Arc::new(Known::of(file, key));
            locked(&self.files).entry(key).or_insert(made).clone()
        });
        known.used.store(self.runs.load(Ordering::Relaxed), Ordering::Relaxed);
        known
    }

    /// The embedded data with the user's tables, loaded once as long as those stay.
    pub fn knowledge(&self, own: &[PackageFile]) -> Result<Arc<Knowledge>, DataError> {
        let written = format!("{own:?}");
        let mut slot = locked(&self.knowledge);
        if let Some(known) = slot.as_ref().filter(|known| known.own == written) {
            return Ok(Arc::clone(known));
        }
        let catalog = Catalog::load(own)?;
        let seeds = Seeds::of(&catalog);
        let made = Arc::new(Knowledge { own: written, catalog, seeds });
        // What callers and generated modules mean depends on the data.
        if slot.replace(Arc::clone(&made)).is_some() {
            locked(&self.files).clear();
            self.forget_paths();
        }
        Ok(made)
    }

    /// Forgets what has not been used for a while; called once an analysis.
    pub fn sweep(&self) {
        let now = self.runs.fetch_add(1, Ordering::Relaxed);
        locked(&self.files).retain(|_, known| known.used.load(Ordering::Relaxed) + KEPT > now);
    }

    /// Forgets how module paths resolve: files have come or gone.
    pub fn forget_paths(&self) {
        *locked(&self.resolution) = None;
    }
}
