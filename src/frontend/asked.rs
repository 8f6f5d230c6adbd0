//! Which names the questions to scans were about.
//!
//! A file that changes only in names that nobody has asked for gives the same answers. Names are known by parts of their
//! hashes: two that share one count as one, so that too much may be asked for and never too little.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// The upper bits of a hash that are told apart.
const BITS: u32 = 23;

/// A set that many threads add to at once.
#[derive(Debug)]
pub struct Asked(Box<[AtomicU64]>);

impl Default for Asked {
    fn default() -> Self {
        Self((0..1_usize << (BITS - u64::BITS.ilog2())).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Asked {
    pub fn note(&self, name: u32) {
        let (at, bit) = slot(name);
        if self.0[at].load(Ordering::Relaxed) & bit == 0 {
            self.0[at].fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// What was asked for until now.
    pub fn names(&self) -> Names {
        let words = self.0.iter().map(|word| word.load(Ordering::Relaxed)).enumerate();
        let bits = |(at, word): (usize, u64)| {
            let set = (0..u64::BITS).filter(move |bit| word & (1 << bit) != 0);
            set.map(move |bit| at as u32 * u64::BITS + bit)
        };
        let mut last = 0;
        let steps = words.filter(|(_, word)| *word != 0).flat_map(bits).map(|name| {
            let step = name - last;
            last = name;
            step
        });
        Names(steps.collect())
    }
}

/// Who notes the questions says nothing of the answers.
impl PartialEq for Asked {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn slot(name: u32) -> (usize, u64) {
    let part = name >> (u32::BITS - BITS);
    ((part / u64::BITS) as usize, 1 << (part % u64::BITS))
}

/// The names that were asked for: the differences of the sorted parts of their hashes, which are small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names(Vec<u32>);

impl Names {
    /// Whether one of the names was asked for.
    pub fn hold_any(&self, names: &[u32]) -> bool {
        let mut parts: Vec<u32> = names.iter().map(|name| name >> (u32::BITS - BITS)).collect();
        parts.sort_unstable();
        let mut at = 0;
        let mut asked = self.0.iter().map(|step| {
            at += step;
            at
        });
        let mut next = asked.next();
        parts.into_iter().any(|part| {
            while next.is_some_and(|asked| asked < part) {
                next = asked.next();
            }
            next == Some(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn what_was_asked_for_is_known() {
        let asked = Asked::default();
        let names = [0, 1 << 9, 77 << 9, 78 << 9, u32::MAX];
        names.iter().for_each(|name| asked.note(*name));
        let known = asked.names();
        assert!(names.iter().all(|name| known.hold_any(&[*name])));
        assert!(known.hold_any(&[500 << 9, 78 << 9, 3 << 9]));
        assert!(!known.hold_any(&[2 << 9, 79 << 9, u32::MAX - (1 << 9)]) && !known.hold_any(&[]));
        assert!(!Asked::default().names().hold_any(&names));
    }
}
