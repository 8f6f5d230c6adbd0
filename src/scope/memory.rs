//! What an analysis leaves to the next one: scans and facts by content, the catalogue, the module paths, the settings.
//!
//! Everything here is a pure function of its key, so that an analysis with a memory says what one
//! without says. What was not used for some analyses is forgotten. Knows no rule.

use std::borrow::Cow;
use std::hash::Hash;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::carrier::Callers;
use super::carriers::callers;
use super::known::Known;
use super::postings::Base;
use super::present::Present;
use super::seeds::Seeds;
use crate::cache::{Cache, Draft, Key, Part};
use crate::catalog::{Catalog, DataError, Own};
use crate::facts::{FileFacts, Language};
use crate::frontend;
use crate::frontend::asked::Asked;
use crate::frontend::scan::Scan;
use crate::packages::disk::locked;
use crate::packages::disk::{Answer, Question};
use crate::packages::manifests::Manifests;
use crate::packages::modules::Resolution;
use crate::packages::settings::files::Files;
use crate::packages::settings::named::{Named, named};
use crate::source::{FileKind, SourceFile};

/// Analyses that a value outlives its last use: undoing some steps finds its facts again.
const KEPT: u32 = 16;

impl Known {
    fn of(file: &SourceFile, key: Key, cache: &Cache, asked: &Arc<Asked>) -> Self {
        let language = language(file.kind);
        let scan = cache.get(key, Part::Scan).unwrap_or_else(|| Scan::of(&file.text.by_content(), language));
        let scan = scan.noting(asked);
        let (lowered, callers, skeleton) = Default::default();
        Self { key, scan, lowered, callers, used: AtomicU32::new(0), skeleton }
    }

    /// The same without what other seeds have said of callers.
    fn uncalled(&self) -> Self {
        Self {
            key: self.key,
            scan: self.scan.clone(),
            lowered: self.lowered.clone(),
            callers: OnceLock::new(),
            used: AtomicU32::new(self.used.load(Ordering::Relaxed)),
            skeleton: self.skeleton.clone(),
        }
    }

    /// The facts, made when they are first asked for. `file` is one with this content.
    pub fn facts(&self, file: &SourceFile, memory: &Memory) -> Option<&Arc<FileFacts>> {
        self.lowered.get_or_init(|| memory.facts(file, self.key).map(Arc::new)).as_ref()
    }

    /// Facts that hold the imports alone, for who needs no more.
    pub fn skeleton(&self) -> &Arc<FileFacts> {
        self.skeleton.get_or_init(|| Arc::new(self.scan.skeleton(language(self.key.kind()))))
    }

    /// The facts and what they say of callers; the seeds are those that the memory has given.
    pub fn lowered(&self, file: &SourceFile, memory: &Memory, seeds: &Seeds) -> Option<(&Arc<FileFacts>, &Callers)> {
        let facts = self.facts(file, memory)?;
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

/// The catalogue that a project has.
pub struct Knowledge {
    /// The user's tables as text: the form in which they can be compared.
    own: String,
    pub catalog: Catalog,
}

impl Knowledge {
    fn load(written: String, own: &Own) -> Result<Self, DataError> {
        Ok(Self { own: written, catalog: Catalog::load(own)? })
    }
}

/// The embedded data alone: one for all projects of a process.
fn shared() -> Result<Arc<Knowledge>, DataError> {
    static SHARED: OnceLock<Result<Arc<Knowledge>, DataError>> = OnceLock::new();
    SHARED.get_or_init(|| Knowledge::load(String::new(), &Own::default()).map(Arc::new)).clone()
}

/// Loads what nearly every analysis asks for first. What is wrong with it is told to who asks.
pub fn prepare() {
    let _ = shared();
}

/// What was made last, with a hash of all that it was made of.
type Slot<T> = Mutex<Option<(u128, T)>>;

fn kept<T: Clone>(slot: &Slot<T>, key: u128, make: impl FnOnce() -> T) -> T {
    let mut slot = locked(slot);
    match slot.as_ref() {
        Some((known, made)) if *known == key => made.clone(),
        _ => slot.insert((key, make())).1.clone(),
    }
}

/// A hash of all settings files, with their numbers.
fn written(files: &[SourceFile]) -> u128 {
    let mut hasher = Xxh3::new();
    let settings = files.iter().enumerate().filter(|(_, file)| file.kind == FileKind::Settings);
    settings.for_each(|(at, file)| (at, &file.path, file.text.hash()).hash(&mut hasher));
    hasher.digest128()
}

#[derive(Default)]
pub struct Memory {
    cache: Cache,
    /// Nothing is analysed after the first time.
    once: bool,
    parsed: AtomicUsize,
    pub(super) asked: Arc<Asked>,
    files: Mutex<FxHashMap<Key, Arc<Known>>>,
    knowledge: Mutex<Option<Arc<Knowledge>>>,
    seeds: Mutex<Option<(Present, Arc<Seeds>)>>,
    pub(crate) postings: Mutex<Option<Arc<Base>>>,
    pub(crate) resolution: Mutex<Option<Arc<Resolution>>>,
    named: Slot<Arc<[Named]>>,
    settings: Slot<Arc<Files>>,
    runs: AtomicU32,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Memory").field("runs", &self.runs).finish_non_exhaustive()
    }
}

impl Memory {
    /// A memory that begins with what earlier runs have left.
    pub fn new(cache: Cache) -> Self {
        Self { cache, ..Self::default() }
    }

    /// The same for one analysis: it does not keep what another one would ask for.
    pub fn for_once(cache: Cache) -> Self {
        Self { once: true, ..Self::new(cache) }
    }

    /// How many files have been parsed so far.
    pub fn parsed(&self) -> usize {
        self.parsed.load(Ordering::Relaxed)
    }

    fn facts(&self, file: &SourceFile, key: Key) -> Option<FileFacts> {
        self.cache.get(key, Part::Facts).or_else(|| {
            self.parsed.fetch_add(1, Ordering::Relaxed);
            frontend::lower(file)
        })
    }

    /// What a later run should know of the files; `None` when the cache says just that already.
    pub fn draft(&self, files: &[SourceFile]) -> Option<Draft<'_>> {
        let sources = files.iter().filter(|file| file.kind != FileKind::Settings);
        let mut keys: Vec<Key> = sources.map(Key::of).collect();
        keys.sort_unstable();
        keys.dedup();
        let known = locked(&self.files).clone();
        let parts = |key: &Key| {
            let known = known.get(key);
            let facts = || known?.lowered.get()?.as_deref();
            [self.blob(*key, Part::Scan, || Some(&known?.scan)), self.blob(*key, Part::Facts, facts)]
        };
        let blobs = keys.par_iter().flat_map_iter(parts).flatten().collect();
        Some(Draft { blobs }).filter(|draft| !self.cache.is(draft))
    }

    /// An entry as the cache has it, else what is known now.
    fn blob<'a, T: Serialize + 'a>(
        &self,
        key: Key,
        part: Part,
        made: impl FnOnce() -> Option<&'a T>,
    ) -> Option<(Key, Part, Cow<'_, [u8]>)> {
        let kept = self.cache.blob(key, part).map(Cow::Borrowed);
        let blob = kept.or_else(|| Some(Cow::Owned(postcard::to_stdvec(made()?).ok()?)))?;
        Some((key, part, blob))
    }

    /// What is known of a file's content.
    pub fn of(&self, file: &SourceFile) -> Arc<Known> {
        let key = Key::of(file);
        let known = locked(&self.files).get(&key).cloned();
        let known = known.unwrap_or_else(|| {
            let made = Arc::new(Known::of(file, key, &self.cache, &self.asked));
            locked(&self.files).entry(key).or_insert(made).clone()
        });
        known.used.store(self.runs.load(Ordering::Relaxed), Ordering::Relaxed);
        known
    }

    /// The embedded data with the user's tables, loaded once as long as those stay.
    pub fn knowledge(&self, own: &Own) -> Result<Arc<Knowledge>, DataError> {
        let written = if own.is_empty() { String::new() } else { format!("{own:?}") };
        let mut slot = locked(&self.knowledge);
        if let Some(known) = slot.as_ref().filter(|known| known.own == written) {
            return Ok(Arc::clone(known));
        }
        let made = if own.is_empty() { shared()? } else { Arc::new(Knowledge::load(written, own)?) };
        // What callers and generated modules mean depends on the data.
        if slot.replace(Arc::clone(&made)).is_some() {
            locked(&self.files).clear();
            locked(&self.seeds).take();
            locked(&self.named).take();
            locked(&self.settings).take();
            self.forget_paths();
        }
        Ok(made)
    }

    /// The functions that settings files name; the catalogue is the one that the memory has given.
    pub fn named(&self, files: &[SourceFile], catalog: &Catalog) -> Arc<[Named]> {
        kept(&self.named, written(files), || named(files, catalog).into())
    }

    /// What settings files say of pools; the catalogue is the one that the memory has given.
    pub fn settings(&self, files: &[SourceFile], catalog: &Catalog, manifests: &Manifests) -> Arc<Files> {
        let homes: Vec<&str> = manifests.packages.iter().map(|package| package.folder.as_str()).collect();
        let key = xxh3_128(format!("{}{homes:?}", written(files)).as_bytes());
        kept(&self.settings, key, || Arc::new(Files::read(files, catalog, manifests)))
    }

    /// The names to look for in a project that may use these packages, made once as long as those stay. When they do
    /// not, the contents forget what other names have said.
    pub fn seeds(&self, catalog: &Catalog, present: Present, contents: &mut [Arc<Known>]) -> Arc<Seeds> {
        let mut slot = locked(&self.seeds);
        if let Some((_, seeds)) = slot.as_ref().filter(|(known, _)| *known == present) {
            return Arc::clone(seeds);
        }
        let seeds = Arc::new(Seeds::of(catalog, &present));
        if slot.replace((present, Arc::clone(&seeds))).is_some() {
            contents.iter_mut().for_each(|known| *known = Arc::new(known.uncalled()));
            let mut files = locked(&self.files);
            files.clear();
            files.extend(contents.iter().map(|known| (known.key, Arc::clone(known))));
        }
        seeds
    }

    /// Forgets what has not been used for a while; called once an analysis, when it knows which files it lowers.
    pub fn sweep(&self) {
        if self.once {
            return self.let_go();
        }
        let now = self.runs.fetch_add(1, Ordering::Relaxed);
        locked(&self.files).retain(|_, known| known.used.load(Ordering::Relaxed) + KEPT > now);
    }

    /// Keeps nothing but what the cache is to be given.
    fn let_go(&self) {
        locked(&self.postings).take();
        locked(&self.seeds).take();
        let mut files = locked(&self.files);
        files.retain(|_, _| self.cache.is_kept());
        files.values_mut().filter_map(Arc::get_mut).for_each(|known| _ = known.callers.take());
    }

    /// Forgets what has become known since the last analysis, but for these contents.
    pub fn forget_passing(&self, wanted: &FxHashSet<Key>) {
        let now = self.runs.load(Ordering::Relaxed);
        locked(&self.files).retain(|key, known| known.used.load(Ordering::Relaxed) < now || wanted.contains(key));
    }

    /// The scan of a content that was known at some time.
    pub(super) fn scan_of(&self, key: Key) -> Option<Scan> {
        let known = locked(&self.files).get(&key).map(|known| known.scan.clone());
        known.or_else(|| self.cache.get(key, Part::Scan))
    }

    /// The facts of a content that was understood at some time.
    pub(super) fn facts_of(&self, key: Key) -> Option<Arc<FileFacts>> {
        let known = locked(&self.files).get(&key).and_then(|known| known.lowered.get()?.clone());
        known.or_else(|| self.cache.get(key, Part::Facts).map(Arc::new))
    }

    /// What the last analysis has asked the disk about files that are none of the project's; `None` before one.
    pub fn asked(&self) -> Option<Vec<(Question, Answer)>> {
        locked(&self.resolution).as_ref().map(|resolution| resolution.asked())
    }

    /// Forgets how module paths resolve: files have come or gone.
    pub fn forget_paths(&self) {
        *locked(&self.resolution) = None;
    }
}
