//! Which files mention a name.
//!
//! One list over all files in the order of the hashes' upper bits, made once; files that have changed since
//! are told from a short list of their own, so that an edit does not make the whole again. Knows names by
//! hash only.

use std::sync::{Arc, Mutex};

use super::known::Known;
use crate::cache::Key;
use crate::frontend::asked::Asked;
use crate::packages::disk::locked;

/// With more changed files than this the long list is made anew.
const MOST_CHANGED: usize = 64;

/// Name hash and index of the file.
type Pairs = Vec<(u32, u32)>;

/// The list over all files as they were at some time.
pub struct Base {
    contents: Vec<Key>,
    /// By the upper bits of the name.
    pairs: Pairs,
    /// Where the pairs of each value of these bits begin; one more at the end.
    starts: Vec<u32>,
    /// What is left of a name's bits.
    shift: u32,
}

pub struct Postings {
    base: Arc<Base>,
    /// Files whose entries in the long list no longer hold, sorted.
    stale: Vec<u32>,
    /// Sorted.
    fresh: Pairs,
    asked: Arc<Asked>,
}

impl Postings {
    /// `files` in the order by which answers name them; `last` has the list of the analysis before, and is given this one.
    pub fn of(files: &[Arc<Known>], last: &Mutex<Option<Arc<Base>>>, asked: &Arc<Asked>) -> Self {
        let mut slot = locked(last);
        let kept = slot.as_ref().and_then(|base| Some((Arc::clone(base), changed(base, files)?)));
        let (base, stale) = kept.unwrap_or_else(|| (Arc::new(Base::of(files)), Vec::new()));
        *slot = Some(Arc::clone(&base));
        let mut fresh: Pairs = stale.iter().flat_map(|at| pairs(*at as usize, &files[*at as usize])).collect();
        fresh.sort_unstable();
        Self { base, stale, fresh, asked: Arc::clone(asked) }
    }

    /// The files that mention a name.
    pub fn files_of(&self, name: u32) -> impl Iterator<Item = usize> {
        self.asked.note(name);
        let old = self.base.with_name(name).filter(|at| self.stale.binary_search(at).is_err());
        old.chain(with_name(&self.fresh, name)).map(|at| at as usize)
    }
}

impl Base {
    /// Counts, then puts each pair where it belongs: sorting would take longer than all questions do.
    fn of(files: &[Arc<Known>]) -> Self {
        let total: usize = files.iter().map(|known| known.scan.names().len()).sum();
        let bits = (total + 1).ilog2().clamp(8, 20);
        let shift = u32::BITS - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        let all = || files.iter().enumerate().flat_map(|(at, known)| pairs(at, known));
        all().for_each(|(name, _)| starts[(name >> shift) as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut placed = vec![(0, 0); total];
        for (name, at) in all() {
            let slot = &mut next[(name >> shift) as usize];
            placed[*slot as usize] = (name, at);
            *slot += 1;
        }
        Self { contents: files.iter().map(|known| known.key).collect(), pairs: placed, starts, shift }
    }

    fn with_name(&self, name: u32) -> impl Iterator<Item = u32> {
        let bits = (name >> self.shift) as usize;
        let near = &self.pairs[self.starts[bits] as usize..self.starts[bits + 1] as usize];
        near.iter().filter(move |(known, _)| *known == name).map(|(_, at)| *at)
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
