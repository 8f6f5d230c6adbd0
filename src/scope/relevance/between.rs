//! Files that say nothing of connections and stand between those that do: interfaces, and services that ask repositories
//! or other servers.
//!
//! Knows no library.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Climb;
use super::beside::FETCH;
use crate::facts::{FileFacts, Language};
use crate::frontend::scan::{is_class_name, name_hash};
use crate::scope::called::{Called, called_around, called_by_names};
use crate::scope::carrier::Keeper;
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

    /// Lowers the files between one that holds a connection and one that takes another, or that asks another server, as
    /// far as what holds it calls them: services that ask repositories, mails that a base class sends. Of Rust, those
    /// who take are followed to their callers.
    pub(super) fn lower_between(&mut self) {
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
        let leads = |at: usize| led.contains(&at) || ends.contains(at);
        let mut asked: FxHashSet<(usize, String)> = FxHashSet::default();
        let mut called: Vec<(usize, String)> =
            holders.par_iter().flat_map_iter(|at| self.called_by_holder(*at)).collect();
        while !called.is_empty() {
            let mut next: FxHashMap<usize, Vec<String>> = FxHashMap::default();
            for (home, name) in called.into_iter().filter(|(home, _)| leads(*home) && !self.is_test(*home)) {
                if asked.insert((home, name.clone())) {
                    next.entry(home).or_default().push(name);
                }
            }
            let mut new: Vec<usize> = next.keys().copied().filter(|at| self.lowered[*at].is_none()).collect();
            new.sort_unstable();
            self.lower(&new);
            called = next.par_iter().flat_map_iter(|(at, names)| self.called_by_names(*at, names)).collect();
        }
    }

    /// What those functions of a file call that take a connection, with the files that it may stand in.
    fn called_by_holder(&self, at: usize) -> Vec<(usize, String)> {
        let Some((facts, callers)) = self.lowered[at].as_ref().zip(self.callers.get(&at)) else { return Vec::new() };
        self.homes_of_called(facts, called_around(facts, callers.made.iter().copied()), at)
    }

    /// What those functions of a file call that have one of the names.
    fn called_by_names(&self, at: usize, names: &[String]) -> Vec<(usize, String)> {
        let Some(facts) = &self.lowered[at] else { return Vec::new() };
        self.homes_of_called(facts, called_by_names(facts, names.iter().map(String::as_str)), at)
    }

    /// Methods of objects of which nothing more is known are those of some imported class.
    fn homes_of_called(&self, facts: &FileFacts, called: Called, at: usize) -> Vec<(usize, String)> {
        let mut found: Vec<(usize, String)> = called.to.iter().flat_map(|keeper| self.homes_of(keeper, at)).collect();
        let classes = facts.imports.iter().filter(|import| is_class_name(&import.name) && !called.methods.is_empty());
        let keepers =
            classes.map(|import| Keeper { module: import.module.clone(), name: import.name.clone(), member: None });
        let homes: FxHashSet<usize> = keepers.flat_map(|keeper| self.within_reach(&keeper, at)).collect();
        for name in &called.methods {
            let hash = name_hash(name);
            let mentioning = homes.iter().filter(|home| self.contents[**home].scan.mentions(hash));
            found.extend(mentioning.map(|home| (*home, name.clone())));
        }
        found
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
