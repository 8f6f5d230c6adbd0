//! Scans and facts by content: each is made once, whoever asks, and taken from an earlier run's
//! cache where that has it.
//!
//! A session that is checked again after edits lowers only what changed. Knows no analysis.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::{Cache, Draft, Key, Part};
use crate::facts::FileFacts;
use crate::frontend::scan::Scan;
use crate::project::lowering::{self, Lowering};
use crate::source::{FileKind, Known, SourceFile};

/// What a session knows of contents.
#[derive(Debug, Default)]
pub struct Store {
    cache: Cache,
    scans: Memory<Scan>,
    facts: Memory<FileFacts>,
    parsed: AtomicUsize,
}

#[derive(Debug)]
struct Memory<T>(Mutex<FxHashMap<Key, Arc<T>>>);

impl Store {
    pub fn new(cache: Cache) -> Self {
        Self { cache, ..Self::default() }
    }

    /// What the cache says of files that have not been read yet.
    pub fn known(&self) -> &Known {
        self.cache.known()
    }

    /// How many files have been parsed so far.
    pub fn parsed(&self) -> usize {
        self.parsed.load(Ordering::Relaxed)
    }

    /// Forgets the contents that none of the files has.
    pub fn retain(&self, files: &[SourceFile]) {
        let keys: FxHashSet<Key> = files.iter().map(Key::of).collect();
        self.scans.retain(&keys);
        self.facts.retain(&keys);
    }

    /// What a later run should know of the files; `None` when the cache says just that already.
    pub fn draft(&self, files: &[SourceFile]) -> Option<Draft<'_>> {
        let sources: Vec<&SourceFile> = files.iter().filter(|file| file.kind != FileKind::Settings).collect();
        let rows = sources.iter().filter_map(|file| Some((file.path.clone(), file.text.stamp()?, file.text.hash())));
        let rows: Vec<_> = rows.collect();
        let mut keys: Vec<Key> = sources.iter().map(|file| Key::of(file)).collect();
        keys.sort_unstable();
        keys.dedup();
        let parts = |key: &Key| [self.blob(*key, Part::Scan), self.blob(*key, Part::Facts)];
        let blobs: Vec<_> = keys.par_iter().flat_map_iter(parts).flatten().collect();
        let is_old = blobs.len() == self.cache.len()
            && blobs.iter().all(|(_, _, blob)| matches!(blob, Cow::Borrowed(_)))
            && rows.len() == self.known().len()
            && rows.iter().all(|(path, stamp, hash)| self.known().get(path) == Some(&(*stamp, *hash)));
        (!is_old).then_some(Draft { files: rows, blobs })
    }

    fn blob(&self, key: Key, part: Part) -> Option<(Key, Part, Cow<'_, [u8]>)> {
        let blob = match self.cache.blob(key, part) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(match part {
                Part::Scan => encode(self.scans.get(key)?.as_ref())?,
                Part::Facts => encode(self.facts.get(key)?.as_ref())?,
            }),
        };
        Some((key, part, blob))
    }

    fn remembered<T: DeserializeOwned>(
        &self,
        memory: &Memory<T>,
        key: Key,
        part: Part,
        make: impl FnOnce() -> Option<T>,
    ) -> Option<Arc<T>> {
        if let Some(known) = memory.get(key) {
            return Some(known);
        }
        let made = Arc::new(self.cache.get(key, part).or_else(make)?);
        memory.insert(key, &made);
        Some(made)
    }
}

impl Lowering for Store {
    fn scan(&self, file: &SourceFile) -> Option<Arc<Scan>> {
        self.remembered(&self.scans, Key::of(file), Part::Scan, || lowering::scan(file))
    }

    fn facts(&self, file: &SourceFile) -> Option<Arc<FileFacts>> {
        self.remembered(&self.facts, Key::of(file), Part::Facts, || {
            self.parsed.fetch_add(1, Ordering::Relaxed);
            lowering::facts(file)
        })
    }
}

fn encode<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    postcard::to_stdvec(value).ok()
}

impl<T> Memory<T> {
    fn get(&self, key: Key) -> Option<Arc<T>> {
        self.lock().get(&key).cloned()
    }

    fn insert(&self, key: Key, value: &Arc<T>) {
        self.lock().insert(key, Arc::clone(value));
    }

    fn retain(&self, keys: &FxHashSet<Key>) {
        self.lock().retain(|key, _| keys.contains(key));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<Key, Arc<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
