//! Files that say nothing of connections and stand between those that do: interfaces, and services that ask repositories
//! or other servers.
//!
//! Knows no library.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Climb;
use super::beside::FETCH;
use crate::facts::Language;
use crate::frontend::scan::name_hash;
use crate::scope::carriers::{completed, interfaces};
use crate::scope::file_set::FileSet;

impl Climb<'_> {
    /// The files of the interfaces and bases of lowered classes that take connections: who has such an object calls it
    /// by these. And those of the types that lowered files give methods to.
    pub(super) fn interfaces(&self) -> Vec<usize> {
        let [borrows, takes] = [&self.seeds.borrows, &self.seeds.takes].map(|names| self.mark(names));
        let lowered = self.lowered.iter().enumerate().filter_map(|(at, facts)| Some((at, facts.as_ref()?)));
        let homes = lowered.flat_map(|(at, facts)| {
            let above = if borrows[at] || takes[at] { interfaces(facts) } else { Vec::new() };
            above.into_iter().chain(completed(facts)).flat_map(move |keeper| self.homes_of(&keeper, at))
        });
        let homes = homes.map(|(home, _)| home);
        let homes: FxHashSet<usize> = homes.filter(|at| self.lowered[*at].is_none() && !self.is_test(*at)).collect();
        homes.into_iter().collect()
    }

    /// The files between one that holds a connection and one that takes another, or that asks another server: services
    /// that ask repositories, mails that a base class sends. Of Rust, those who take are followed to their callers.
    pub(super) fn between(&self) -> Vec<usize> {
        let [borrows, takes] = [&self.seeds.borrows, &self.seeds.takes].map(|names| self.mark(names));
        let fetches = self.mark(&FxHashSet::from_iter([name_hash(FETCH)]));
        let typed = |at: &usize| self.language(*at) == Language::Rust;
        let seen = |at: &usize| self.lowered[*at].is_some() && !typed(at);
        let all = || 0..self.contents.len();
        let takers = all().filter(|at| seen(at) && (borrows[*at] || takes[*at]));
        let asks = |at: &usize| fetches[*at] || self.seeds.imported_in(&self.contents[*at].scan);
        let askers = all().filter(|at| !typed(at) && !self.is_test(*at) && asks(at));
        let ends = FileSet::new(takers.chain(askers), self.contents.len());
        let holders: Vec<usize> = all().filter(|at| seen(at) && takes[*at]).collect();
        let led = self.between_all(&holders, &ends);
        let reached = led.iter().flat_map(|at| self.neighbours.sources(*at)).filter(|at| ends.contains(*at));
        let found: FxHashSet<usize> = reached.chain(led.iter().copied()).collect();
        found.into_iter().filter(|at| self.lowered[*at].is_none() && !self.is_test(*at)).collect()
    }

    /// The files on the ways of imports from the holders to an end.
    fn between_all(&self, holders: &[usize], ends: &FileSet) -> FxHashSet<usize> {
        let mut below: FxHashSet<usize> = holders.iter().copied().collect();
        let mut left: Vec<usize> = holders.to_vec();
        let mut above: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        let mut led = FxHashSet::default();
        while let Some(at) = left.pop() {
            for source in self.neighbours.sources(at).filter(|source| *source != at) {
                above.entry(source).or_default().push(at);
                if below.insert(source) {
                    left.push(source);
                }
            }
        }
        left.extend(above.keys().copied().filter(|at| ends.contains(*at)));
        while let Some(at) = left.pop() {
            for importer in above.get(&at).into_iter().flatten() {
                if led.insert(*importer) {
                    left.push(*importer);
                }
            }
        }
        led
    }
}
