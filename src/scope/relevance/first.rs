//! Where the climb begins: the files that mention what builds, opens or asks.
//!
//! Knows no library.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Climb;
use crate::catalog::words::checks::OPENINGS;
use crate::facts::{Language, Naming};
use crate::frontend::scan::name_hash;
use crate::scope::carriers::is_package;
use crate::scope::memory::language;
use crate::scope::specifiers::plain;

/// What stands before what is waited for.
const AWAIT: &str = "await";

impl Climb<'_> {
    pub(super) fn first(&self) -> Vec<usize> {
        let symbols = self.mark(&self.seeds.symbols);
        let openers = self.mark(&self.seeds.openers);
        let lasting = self.mark(&self.seeds.lasting);
        let (ends, leaves) = (self.mark(&self.seeds.ends), self.mark(&self.seeds.leaves));
        let renders = self.mark(&self.seeds.renders);
        let mut looks_up = self.mark(&self.seeds.lookups);
        self.lookups_of().for_each(|at| looks_up[at] = true);
        let names_functions = self.mark_sets(&self.seeds.named);
        let is_root = |at: &usize| renders[*at] || self.seeds.root_files.fit(&self.files[self.sources[*at]].path);
        let roots: FxHashMap<Language, Vec<bool>> =
            [Language::Python, Language::Rust].map(|language| (language, self.making(language))).into_iter().collect();
        let awaits = self.mark(&FxHashSet::from_iter([name_hash(AWAIT)]));
        let opening = self.mark(&OPENINGS.iter().map(|name| name_hash(name)).collect());
        let packages = |at: &usize| self.contents[*at].scan.imports.iter().any(|module| is_package(module));
        let rearming = self.rearming();
        let wanted = |at: &usize| {
            let file = &self.files[self.sources[*at]];
            if self.seeds.tuning.fit(file.path.rsplit('/').next().unwrap_or_default()) {
                return true;
            }
            let language = language(file.kind);
            let sounds = || opening[*at] && awaits[*at] && !self.has_mounts[*at] && packages(at);
            match roots.get(&language) {
                Some(marked) => {
                    marked[*at] || language.semantics().naming != Naming::Paths && (sounds() || names_functions[*at])
                }
                None => {
                    let imported = self.seeds.makes_in(&self.contents[*at].scan);
                    let effects = self.has_mounts[*at] && (openers[*at] || ends[*at]);
                    let opens =
                        symbols[*at] || lasting[*at] || leaves[*at] || effects || sounds() || rearming.contains(at);
                    imported || opens || is_root(at) || looks_up[*at] || names_functions[*at]
                }
            }
        };
        (0..self.contents.len()).filter(|at| !self.is_test(*at)).filter(wanted).collect()
    }

    /// It mentions a root of Python or Rust, and something below it that makes.
    pub(super) fn mentions_library(&self, at: usize) -> bool {
        let mut told = self.seeds.told(self.language(at));
        told.any(|(root, names)| self.contents[at].scan.mentions(root) && self.mentions_any(at, names))
    }

    /// Whether a file mentions one of the names; where there are none, the root tells by itself.
    pub(super) fn mentions_any(&self, at: usize, names: Option<&FxHashSet<u32>>) -> bool {
        names.is_none_or(|names| names.iter().any(|name| self.contents[at].scan.mentions(*name)))
    }

    /// Which files mention a root of Python or Rust, and something below it that makes, or pass on all of its names.
    fn making(&self, language: Language) -> Vec<bool> {
        let mut marked = vec![false; self.contents.len()];
        for (root, names) in self.seeds.told(language) {
            let passes_on = |at: usize| match (language, &self.contents[at].scan) {
                (Language::Rust, scan) => scan.globbed.iter().any(|name| name_hash(name) == root),
                (_, scan) => scan.passes_on,
            };
            let told = |at: &usize| passes_on(*at) || self.mentions_any(*at, names);
            let files = self.postings.files_of(root).filter(|at| self.language(*at) == language);
            files.filter(told).for_each(|at| marked[at] = true);
        }
        marked
    }

    /// The files that mention a method which asks, and come by its object: they make it, or import from who does.
    fn lookups_of(&self) -> impl Iterator<Item = usize> {
        self.seeds.lookups_of.iter().flat_map(move |(name, modules)| {
            let makes =
                move |at: &usize| self.contents[*at].scan.imports.iter().any(|module| modules.contains(plain(module)));
            let has = move |at: &usize| makes(at) || self.neighbours.sources(*at).any(|source| makes(&source));
            self.postings.files_of(*name).filter(has)
        })
    }

    /// Which files mention all names of some set.
    pub(super) fn mark_sets(&self, sets: &[Vec<u32>]) -> Vec<bool> {
        let mut marked = vec![false; self.contents.len()];
        for names in sets {
            let Some((first, rest)) = names.split_first() else { continue };
            let all = |at: &usize| rest.iter().all(|name| self.contents[*at].scan.mentions(*name));
            self.postings.files_of(*first).filter(all).for_each(|at| marked[at] = true);
        }
        marked
    }
}
