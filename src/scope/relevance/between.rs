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

/// More files than sensibly stand between one that holds a connection and one that takes another, or asks.
const MAX_BETWEEN: u32 = 2;

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
        let mut known = FxHashMap::default();
        for holder in all().filter(|at| seen(at) && takes[*at]) {
            self.leads(holder, &ends, MAX_BETWEEN, &mut known);
        }
        let led: FxHashSet<usize> = known.into_iter().filter(|(_, leads)| *leads).map(|((at, _), _)| at).collect();
        let reached = led.iter().flat_map(|at| self.neighbours.sources(*at)).filter(|at| ends.contains(*at));
        let found: FxHashSet<usize> = reached.chain(led.iter().copied()).collect();
        found.into_iter().filter(|at| self.lowered[*at].is_none() && !self.is_test(*at)).collect()
    }

    /// The file imports one of the ends, or one that leads there.
    fn leads(&self, at: usize, ends: &FileSet, left: u32, known: &mut FxHashMap<(usize, u32), bool>) -> bool {
        if let Some(known) = known.get(&(at, left)) {
            return *known;
        }
        known.insert((at, left), false);
        let mut leads = false;
        for source in self.neighbours.sources(at).filter(|source| *source != at) {
            leads |= ends.contains(source) || left > 0 && self.leads(source, ends, left - 1, known);
        }
        known.insert((at, left), leads);
        leads
    }
}
