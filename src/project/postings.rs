//! Which files mention a name.
//!
//! One sorted list over all files, made once; files that have changed since are told from a short list
//! of their own, so that an edit does not sort the whole again. Knows names by hash only.

use std::sync::Arc;

use rayon::prelude::*;

use super::memory::{Known, Memory, locked};
use crate::cache::Key;

/// With more changed files than this the long list is made anew.
const MOST_CHANGED: usize = 64;

/// Name hash and index of the file, sorted.
type Pairs = Vec<(u32, u32)>;

/// The list over all files as they were at some time.
pub struct Base {
    contents: Vec<Key>,
    pairs: Pairs,
}

pub struct Postings {
    base: Arc<Base>,
    /// Files whose entries in the long list no longer hold, sorted.
    stale: Vec<u32>,
    fresh: Pairs,
}

impl Postings {
    /// `files` in the order by which answers name them.
    pub fn of(files: &[Arc<Known>], memory: &Memory) -> Self {
        let mut slot = locked(&memory.postings);
        let kept = slot.as_ref().and_then(|base| Some((Arc::clone(base), changed(base, files)?)));
        let (base, stale) = kept.unwrap_or_else(|| (Arc::new(Base::of(files)), Vec::new()));
        *slot = Some(Arc::clone(&base));
        let mut fresh: Pairs = stale.iter().flat_map(|at| pairs(*at as usize, &files[*at as usize])).collect();
        fresh.sort_unstable();
        Self { base, stale, fresh }
    }

    /// The files that mention a name.
    pub fn files_of(&self, name: u32) -> impl Iterator<Item = usize> {
        let old = with_name(&self.base.pairs, name).filter(|at| self.stale.binary_search(at).is_err());
        old.chain(with_name(&self.fresh, name)).map(|at| at as usize)
    }
}

impl Base {
    fn of(files: &[Arc<Known>]) -> Self {
        let mut all: Pairs = files.par_iter().enumerate().flat_map_iter(|(at, known)| pairs(at, known)).collect();
        all.par_sort_unstable();
        Self { contents: files.iter().map(|known| known.key).collect(), pairs: all }
    }
}

/// The files with another content; `None` when they are too many, or other files altogether.
fn changed(base: &Base, files: &[Arc<Known>]) -> Option<Vec<u32>> {
    if base.contents.len() != files.len() {
        return None;
    }
    let differing = base.contents.iter().zip(files).enumerate().filter(|(_, (old, new))| **old != new.key);
    let found: Vec<u32> = differing.map(|(at, _)| at as u32).take(MOST_CHANGED + 1).collect();
    (found.len() <= MOST_CHANGED).then_some(found)
}

fn pairs(at: usize, known: &Known) -> impl Iterator<Item = (u32, u32)> {
    known.scan.names().iter().map(move |name| (*name, at as u32))
}

fn with_name(pairs: &[(u32, u32)], name: u32) -> impl Iterator<Item = u32> {
    let start = pairs.partition_point(|(known, _)| *known < name);
    pairs[start..].iter().take_while(move |(known, _)| *known == name).map(|(_, at)| *at)
}
