//! Files beside the climb: what lowered files are given, keep, lend or take, wherever that comes from.
//!
//! Knows no library.

use rustc_hash::FxHashSet;

use super::Climb;
use crate::catalog::words::effects::{BEACONS, PAGE_REQUESTS};
use crate::catalog::words::packages::{ERASING, KEEPSAKES, LISTENING, SETTINGS_FILES, SIGN_OUTS};
use crate::facts::{Call, Language, Value};
use crate::frontend::scan::{name_hash, path_hash};
use crate::packages::paths::stem;
use crate::scope::carrier::{Callers, Carrier, Keeper};
use crate::scope::carriers::{Names, above, function_name};
use crate::scope::file_set::FileSet;
use crate::scope::held_fields;
use crate::scope::keepers::keepers;
use crate::scope::objects::Objects;
use crate::scope::specifiers::tail;
use crate::source::FileKind;

/// By this a component takes over what other files' records do at its start and end.
const MIXES: &str = "mixins";

/// The method by which all streams are listened to.
const SUBSCRIBES: &str = ".subscribe";

/// The method that gives a stream an end.
const PIPES: &str = ".pipe";

/// What asks another server without a client.
pub(super) const FETCH: &str = "fetch";

/// What a macro that calls do not come back from is defined with.
const RULES: &str = "macro_rules";

impl Climb<'_> {
    /// Files that no construction reaches but that may keep, end or set up what others build: those that run functions
    /// of others, that mix records of others in, that help those who build or hold something, that call a release or
    /// borrow a connection and mention a module that builds, that take one out and that such a file imports, which may
    /// hand them what it has or take it out of a field of some other file, that tell a server of a page that is left,
    /// sign-outs, where servers start, settings, what runs around others and may have asked before them, definitions of
    /// macros.
    pub(super) fn beside(&self, fields: &FxHashSet<String>) -> Vec<usize> {
        let builds = |at: &usize| self.callers.get(at).is_some_and(|callers| callers.builds);
        let builders: Vec<usize> = (0..self.contents.len()).filter(builds).collect();
        let around = builders.iter().flat_map(|at| self.around(*at).iter().collect::<Vec<_>>());
        let homes = FileSet::new(around, self.contents.len());
        let lowered = (0..self.contents.len()).filter(|at| self.lowered[*at].is_some());
        let imported: FxHashSet<&str> =
            lowered.flat_map(|at| &self.contents[at].scan.imports).map(|module| tail(module)).collect();
        let [releases, borrows, takes] =
            [&self.seeds.releases, &self.seeds.borrows, &self.seeds.takes].map(|names| self.mark(names));
        let mut given: FxHashSet<usize> =
            homes.iter().flat_map(|at| self.neighbours.sources(at)).filter(|at| takes[*at]).collect();
        given.extend(self.lent(&takes));
        given.extend(self.telling());
        let rules = self.mark(&FxHashSet::from_iter([name_hash(RULES)]));
        let guards = self.mark(&self.seeds.guards);
        let asking = self.mark(&self.seeds.lookups);
        let mixed: FxHashSet<usize> =
            self.mixed().chain(self.streams()).chain(self.opening()).chain(self.ending()).collect();
        let told = SIGN_OUTS.iter().chain(ERASING).chain(LISTENING).map(|name| name_hash(name));
        let exits = self.mark(&told.chain(self.seeds.switches.iter().copied()).collect());
        let cleared = self.mark(&KEEPSAKES.iter().map(|name| name_hash(name)).collect());
        let keepers = self.keepers();
        let borrowers = self.borrowers(fields);
        let seen = |at: &usize| self.lowered[*at].is_some() || homes.contains(*at);
        let holders = (0..self.contents.len()).filter(|at| (takes[*at] || borrows[*at]) && seen(at));
        let holders: Vec<usize> = holders.chain(self.asking()).collect();
        let mut options = self.helpers(&builders, &holders);
        // What a holder calls that uses the same client may take another connection out of it.
        let called = holders.iter().flat_map(|at| self.neighbours.sources(*at)).filter(|at| homes.contains(*at));
        options.extend(called);
        let wanted = |at: &usize| {
            let path = &self.files[self.sources[*at]].path;
            let settings = holds_settings(path) && (imported.contains(stem(path)) || self.is_on_path(*at));
            let beside = (releases[*at] || borrows[*at] || takes[*at]) && homes.contains(*at);
            settings
                || options.contains(at)
                || self.seeds.outer_files.fit(path) && self.neighbours.sources(*at).any(|at| asking[at])
                || given.contains(at)
                || keepers.contains(at)
                || borrowers.contains(at)
                || exits[*at]
                || cleared[*at]
                || beside
                || rules[*at]
                || mixed.contains(at)
                || guards[*at]
        };
        let left = (0..self.contents.len()).filter(|at| self.lowered[*at].is_none() && !self.is_test(*at));
        left.filter(wanted).collect()
    }

    /// Lowered files of Rust name the file's module in paths, which need no import.
    fn is_on_path(&self, at: usize) -> bool {
        let module = path_hash(&stem(&self.files[self.sources[at]].path).replace('-', "_"));
        let mut naming = self.postings.files_of(module);
        self.language(at) == Language::Rust && naming.any(|at| self.lowered[at].is_some())
    }

    /// What those import who build or hold something, where it imports a package that makes something; and what asks
    /// another server, or waits for the clock, for those who hold. Of Rust, where paths need no import, all that is named by builders.
    fn helpers(&self, builders: &[usize], holders: &[usize]) -> FxHashSet<usize> {
        let sources = |files: &[usize]| files.iter().flat_map(|at| self.neighbours.sources(*at)).collect::<Vec<_>>();
        let waits: FxHashSet<u32> = self.seeds.timers.iter().copied().chain([name_hash(FETCH)]).collect();
        let asking = self.mark(&waits);
        let roots = [Language::Python, Language::Rust]
            .map(|language| self.mark(&self.seeds.told(language).map(|(root, _)| root).collect()));
        let imports =
            |at: &usize| self.seeds.imported_in(&self.contents[*at].scan) || roots.iter().any(|marked| marked[*at]);
        let held = sources(holders).into_iter().filter(|at| asking[*at] || imports(at));
        let named = builders.iter().flat_map(|at| self.named_by(*at));
        sources(builders).into_iter().filter(imports).chain(held).chain(named).collect()
    }

    /// What those import who have something done when the page is left, where it asks a server.
    fn telling(&self) -> Vec<usize> {
        let leaving = self.mark(&self.seeds.leaves);
        let asking = self.mark(&PAGE_REQUESTS.iter().chain(BEACONS).map(|name| name_hash(name)).collect());
        let leaving = (0..self.contents.len()).filter(|at| leaving[*at] && self.lowered[*at].is_some());
        let sources = leaving.flat_map(|at| self.neighbours.sources(at));
        sources.filter(|at| asking[*at] || self.seeds.imported_in(&self.contents[*at].scan)).collect()
    }

    /// The files that a lowered file of Rust takes names from, and those that these pass on.
    fn named_by(&self, at: usize) -> Vec<usize> {
        let facts = self.lowered[at].iter().filter(|facts| facts.language == Language::Rust);
        let mut found: FxHashSet<usize> = FxHashSet::default();
        for import in facts.flat_map(|facts| &facts.imports) {
            let keeper = Keeper { module: import.module.clone(), name: import.name.clone(), member: None };
            let name = name_hash(&import.name);
            let homes: Vec<usize> = self.homes_of_module(&keeper, at).collect();
            for home in homes.iter().flat_map(|home| self.passed_by(*home)) {
                found.extend(Some(home).filter(|home| self.contents[*home].scan.mentions(name)));
            }
            found.extend(homes);
        }
        found.into_iter().collect()
    }

    /// The modules that a file of Rust passes all names of on.
    fn passed_by(&self, at: usize) -> impl Iterator<Item = usize> {
        let scan = &self.contents[at].scan;
        let passed = scan.submodules.iter().filter(|name| scan.globbed.contains(name));
        passed.flat_map(move |name| self.neighbours.declared(name, at)).copied()
    }

    /// Lowered files that may take something out of a factory of some lowered file, by calling it.
    fn asking(&self) -> Vec<usize> {
        let names = self.callers.values().flat_map(|callers| &callers.factories);
        let asking = names.flat_map(|name| self.postings.files_of(name_hash(name)));
        let mut found: Vec<usize> = asking.filter(|at| self.lowered[*at].is_some()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Files that take a connection out of what they do not import, with those that import them and a library: these
    /// may hand them the library itself.
    fn lent(&self, takes: &[bool]) -> Vec<usize> {
        let imports = |at: usize| self.seeds.imported_in(&self.contents[at].scan);
        let libraries = (0..self.contents.len()).filter(|at| imports(*at));
        let pairs = libraries.flat_map(|at| self.neighbours.sources(at).map(move |source| (at, source)));
        pairs.filter(|(_, source)| takes[*source] && !imports(*source)).flat_map(|(at, source)| [at, source]).collect()
    }

    /// The fields of lowered files that hold something which lends connections.
    pub(super) fn lending_fields(&self) -> FxHashSet<String> {
        let lowered = self.lowered.iter().flatten();
        lowered.flat_map(|facts| held_fields::declared(facts, self.seeds)).map(String::from).collect()
    }

    /// Files that may take something out of such a field.
    fn borrowers(&self, fields: &FxHashSet<String>) -> FxHashSet<usize> {
        let lends = self.mark(&self.seeds.lends.iter().map(|name| name_hash(&format!(".{name}"))).collect());
        let typed = |at: &usize| self.language(*at) == Language::Rust;
        let mentioning = fields.iter().flat_map(|field| self.postings.files_of(name_hash(field)));
        mentioning.filter(|at| lends[*at] && typed(at)).collect()
    }

    /// The functions of lowered files that do.
    pub(super) fn takers(&self, fields: &FxHashSet<String>) -> Vec<(Carrier, usize)> {
        let lowered = self.lowered.iter().enumerate().filter_map(|(at, facts)| Some((at, facts.as_ref()?)));
        let taking = lowered.flat_map(|(at, facts)| {
            held_fields::takers(facts, fields, self.seeds).into_iter().map(move |carrier| (carrier, at))
        });
        let mut found: Vec<_> = taking.collect();
        found.sort();
        found
    }

    /// The functions of lowered files that have a connection while a callback runs, out of what they have from
    /// elsewhere: whether others wait for it is said by those who call them.
    pub(super) fn holding(&self) -> Vec<(Carrier, usize)> {
        let no_names = Names::default();
        let mut found: Vec<(Carrier, usize)> = Vec::new();
        for (at, callers) in &self.callers {
            let Some(facts) = &self.lowered[*at] else { continue };
            let holds = |call: &&Call| {
                let name = call.callee_name(facts).unwrap_or_default();
                let method = name_hash(&format!(".{name}"));
                let holds = self.seeds.takes.contains(&method) && self.seeds.borrows.contains(&method);
                holds && matches!(call.callee, Value::Member(..))
            };
            let calls = callers.made.iter().map(|id| facts.call(*id)).filter(holds);
            let holding = calls.flat_map(|call| above(facts, call.function, &no_names));
            found.extend(holding.map(|carrier| (carrier, *at)));
        }
        found.sort();
        found.dedup();
        found
    }

    /// Files that mix in records of others, with those that these may come from: the parts have to be known as a whole.
    fn mixed(&self) -> impl Iterator<Item = usize> {
        let plain = |at: &usize| !matches!(self.files[self.sources[*at]].kind, FileKind::Vue | FileKind::Svelte);
        self.postings
            .files_of(name_hash(MIXES))
            .filter(|at| self.language(*at) == Language::Script)
            .flat_map(move |at| self.neighbours.sources(at).filter(plain).chain([at]))
    }

    /// Files that those with effects may have the streams from to which they subscribe, and what these are made with.
    fn streams(&self) -> impl Iterator<Item = usize> {
        let subscribes = self.postings.files_of(name_hash(SUBSCRIBES)).filter(|at| self.has_mounts[*at]);
        let given = subscribes.flat_map(|at| self.subscribed(at)).filter(|at| !self.has_mounts[*at]);
        let given: FxHashSet<usize> = given.collect();
        let pipes = |at: &usize| self.contents[*at].scan.mentions(name_hash(PIPES));
        let behind: Vec<usize> = given.iter().flat_map(|at| self.neighbours.sources(*at)).filter(pipes).collect();
        given.into_iter().chain(behind)
    }

    /// The files that a file may have the streams from to which it subscribes: those of what they are taken of, where
    /// that is imported.
    fn subscribed(&self, at: usize) -> Vec<usize> {
        let all = || self.neighbours.sources(at).collect();
        let Some(facts) = &self.lowered[at] else { return all() };
        let objects = Objects::of(facts);
        let mut found = Vec::new();
        let subscribing = facts.calls.iter().filter(|call| call.callee_name(facts) == SUBSCRIBES.strip_prefix('.'));
        for call in subscribing {
            let Some(keeper) = objects.behind(&call.callee) else { return all() };
            found.extend(self.homes_of(&keeper, at).into_iter().map(|(home, _)| home));
        }
        found
    }

    /// Files of what is given functions, decorates some, or is the base of classes, in lowered files, and of objects
    /// that get something in an effect; where such a name comes through another file, the one that it comes from too.
    fn keepers(&self) -> FxHashSet<usize> {
        let mut homes: FxHashSet<(usize, u32)> = FxHashSet::default();
        for (at, callers) in &self.callers {
            let owners = callers.owners.iter().filter(|_| self.has_mounts[*at]);
            for keeper in self.keepers_of(*at, callers).iter().chain(owners) {
                let told = name_hash(keeper.member.as_ref().unwrap_or(&keeper.name));
                homes.extend(self.homes_of_module(keeper, *at).map(|home| (home, told)));
            }
        }
        let sources = homes.iter().flat_map(|(home, name)| {
            self.neighbours.sources(*home).filter(|at| self.contents[*at].scan.mentions(*name))
        });
        sources.chain(homes.iter().map(|(home, _)| *home)).collect()
    }

    /// What is given something in a lowered file that opens, ends or leads to what others open.
    fn keepers_of(&self, at: usize, callers: &Callers) -> FxHashSet<Keeper> {
        let Some(facts) = &self.lowered[at] else { return FxHashSet::default() };
        let effects = [&self.seeds.openers, &self.seeds.ends].into_iter().filter(|_| self.has_mounts[at]);
        let words = effects.chain([&self.seeds.releases, &self.seeds.takes]);
        let words: Vec<&FxHashSet<u32>> = words.collect();
        let says = |call: &Call| {
            let name = call.callee_name(facts).unwrap_or_default();
            let hash = match call.callee {
                Value::Member(..) => name_hash(&format!(".{name}")),
                _ => name_hash(name),
            };
            let mut handed = call.args.iter().filter_map(|arg| function_name(facts, &arg.value));
            name == FETCH
                || words.iter().any(|words| words.contains(&hash))
                || self.carries(name, at)
                || handed.any(|name| self.carries(name, at))
        };
        keepers(facts, |id, call| callers.made.contains(&id) || says(call), |name| self.carries(name, at))
    }
}

fn holds_settings(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    SETTINGS_FILES.iter().any(|word| name.contains(word) || folder == *word)
}
