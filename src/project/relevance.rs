//! Which files are worth parsing: those that mention what builds or opens something, and those that
//! reach them by name.
//!
//! Starts from the catalogue's names and climbs by symbol: a function that builds, or calls one that
//! does, carries; files that mention a carrier's name are parsed too, until nothing new comes. What
//! opens something in effects is followed only into files that have effects. Files left out keep
//! their imports. The result does not depend on the order of files.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Inputs;
use super::carriers::{Callers, Carrier};
use super::file_set::FileSet;
use super::kinds::{FileClass, classify};
use super::memory::{Known, language};
use super::postings::Postings;
use super::program::Unit;
use super::seeds::Seeds;
use crate::facts::{FileFacts, Language};
use crate::frontend::scan::name_hash;
use crate::source::{FileId, FileKind, SourceFile};

/// A name with more files than this is followed only where its container is mentioned too, from each file anew.
const COMMON: usize = 12;

const SIGN_OUTS: &[&str] = &["logout", "logOut", "signOut", "signout", "sign_out"];

/// Lowers what is worth it; the rest is known by its imports.
pub fn lower(inputs: &Inputs, seeds: &Seeds) -> Vec<Unit> {
    let files = inputs.files;
    let sources: Vec<usize> = (0..files.len()).filter(|id| files[*id].kind != FileKind::Settings).collect();
    let known = |id: &usize| (inputs.memory.of(&files[*id]), classify(&files[*id].path));
    let (contents, classes): (Vec<Arc<Known>>, Vec<FileClass>) = sources.par_iter().map(known).unzip();
    let mut lowered = Climb::new(inputs, &sources, &contents, &classes, seeds).run();
    let unit = |(at, id): (usize, &usize)| Unit {
        source: FileId(*id as u32),
        path: files[*id].path.clone(),
        parsed: lowered[at].is_some(),
        class: classes[at],
        remarks: contents[at].scan.remarks,
        facts: lowered[at].take().unwrap_or_else(|| Arc::clone(&contents[at].skeleton)),
    };
    sources.iter().enumerate().map(unit).collect()
}

/// A lowered file's index, facts and callers.
type Made<'a> = (usize, &'a Arc<FileFacts>, &'a Callers);

/// What a macro that calls do not come back from is defined with.
const RULES: &str = "macro_rules";

/// Methods by which a server begins to take requests.
const STARTS: &[&str] = &[".listen"];

struct Climb<'a> {
    inputs: &'a Inputs<'a>,
    files: &'a [SourceFile],
    sources: &'a [usize],
    contents: &'a [Arc<Known>],
    classes: &'a [FileClass],
    seeds: &'a Seeds,
    postings: Postings,
    has_mounts: Vec<bool>,
    barrels: Barrels<'a>,
    lowered: Vec<Option<Arc<FileFacts>>>,
    callers: FxHashMap<usize, &'a Callers>,
    /// Carriers that were followed; common names with the file that each was followed from.
    known: FxHashSet<(Carrier, Option<usize>)>,
    /// Their names.
    names: FxHashSet<String>,
    /// How many files were looked into for a common name.
    looked: FxHashMap<String, usize>,
    /// The files that mention a name, by its hash.
    mentions: FxHashMap<u32, Arc<FileSet>>,
    /// By file those that may mean something of it.
    near: FxHashMap<usize, Arc<FileSet>>,
}

impl<'a> Climb<'a> {
    fn new(
        inputs: &'a Inputs<'a>,
        sources: &'a [usize],
        contents: &'a [Arc<Known>],
        classes: &'a [FileClass],
        seeds: &'a Seeds,
    ) -> Self {
        let mut climb = Climb {
            inputs,
            files: inputs.files,
            sources,
            contents,
            classes,
            seeds,
            postings: Postings::of(contents, inputs.memory),
            has_mounts: vec![false; contents.len()],
            barrels: barrels(contents),
            lowered: vec![None; contents.len()],
            callers: FxHashMap::default(),
            known: FxHashSet::default(),
            names: FxHashSet::default(),
            looked: FxHashMap::default(),
            mentions: FxHashMap::default(),
            near: FxHashMap::default(),
        };
        climb.has_mounts = climb.mark(&seeds.mounts);
        climb
    }

    /// Which files mention one of the names.
    fn mark(&self, names: &FxHashSet<u32>) -> Vec<bool> {
        let mut marked = vec![false; self.contents.len()];
        for name in names {
            self.postings.files_of(*name).for_each(|at| marked[at] = true);
        }
        marked
    }

    fn run(mut self) -> Vec<Option<Arc<FileFacts>>> {
        let mut next = self.first();
        while !next.is_empty() {
            let mut carriers = Vec::new();
            for (at, facts, callers) in self.make(&next) {
                carriers.extend(callers.seeds.iter().map(|carrier| (carrier.clone(), at)));
                carriers.extend(self.placed(at, facts).map(|carrier| (carrier, at)));
                carriers.extend(callers.above(&self.names).map(|carrier| (carrier, at)));
                self.lowered[at] = Some(Arc::clone(facts));
                self.callers.insert(at, callers);
            }
            let passing = self.passing(&next);
            next = self.follow(carriers);
            next.extend(passing);
            next.sort_unstable();
            next.dedup();
        }
        let beside = self.beside();
        let made = self.make(&beside);
        made.into_iter().for_each(|(at, facts, _)| self.lowered[at] = Some(Arc::clone(facts)));
        self.lowered
    }

    fn make(&self, wanted: &[usize]) -> Vec<Made<'a>> {
        wanted.par_iter().filter_map(|at| self.lower_one(*at)).collect()
    }

    /// Files that no construction reaches but that may keep, end or set up what others build: those that
    /// run functions of others, that call a release or borrow a connection and mention a module that
    /// builds, sign-outs, where servers start, settings, definitions of macros.
    fn beside(&self) -> Vec<usize> {
        let builds = |at: &usize| self.callers.get(at).is_some_and(|callers| callers.builds);
        let builders: Vec<usize> = (0..self.contents.len()).filter(builds).collect();
        let homes = builders.iter().flat_map(|at| self.containers(*at)).collect();
        let imported: FxHashSet<&str> =
            builders.iter().flat_map(|at| &self.contents[*at].scan.imports).map(|module| tail(module)).collect();
        let (homes, releases) = (self.mark(&homes), self.mark(&self.seeds.releases));
        let borrows = self.mark(&self.seeds.borrows);
        let rules = self.mark(&FxHashSet::from_iter([name_hash(RULES)]));
        let exits = self.mark(&SIGN_OUTS.iter().chain(STARTS).map(|name| name_hash(name)).collect());
        let keepers: FxHashSet<&str> =
            self.callers.values().flat_map(|callers| &callers.keepers).map(|module| tail(module)).collect();
        let wanted = |at: &usize| {
            let path = &self.files[self.sources[*at]].path;
            let settings = holds_settings(path) && imported.contains(stem(path));
            let beside = (releases[*at] || borrows[*at]) && homes[*at];
            settings || keepers.contains(module_name(path)) || exits[*at] || beside || rules[*at]
        };
        let left = (0..self.contents.len()).filter(|at| self.lowered[*at].is_none() && !self.is_test(*at));
        left.filter(wanted).collect()
    }

    fn first(&self) -> Vec<usize> {
        let symbols = self.mark(&self.seeds.symbols);
        let openers = self.mark(&self.seeds.openers);
        let lasting = self.mark(&self.seeds.lasting);
        let (ends, leaves) = (self.mark(&self.seeds.ends), self.mark(&self.seeds.leaves));
        let renders = self.mark(&self.seeds.renders);
        let looks_up = self.mark_sets(&self.seeds.lookups);
        let names_functions = self.mark_sets(&self.seeds.named);
        let is_root = |at: &usize| renders[*at] || self.seeds.root_files.fit(&self.files[self.sources[*at]].path);
        let roots: FxHashMap<Language, Vec<bool>> = [Language::Python, Language::Rust]
            .map(|language| (language, self.mark(&self.seeds.root_hashes(language))))
            .into_iter()
            .collect();
        let wanted = |at: &usize| {
            let file = &self.files[self.sources[*at]];
            if self.seeds.tuning.fit(file.path.rsplit('/').next().unwrap_or_default()) {
                return true;
            }
            let language = language(file.kind);
            match roots.get(&language) {
                Some(marked) => marked[*at],
                None => {
                    let imported = self.contents[*at].scan.imports.iter().any(|module| self.seeds.is_module(module));
                    let effects = self.has_mounts[*at] && (openers[*at] || ends[*at]);
                    let opens = symbols[*at] || lasting[*at] || leaves[*at] || effects;
                    imported || opens || is_root(at) || looks_up[*at] || names_functions[*at]
                }
            }
        };
        (0..self.contents.len()).filter(|at| !self.is_test(*at)).filter(wanted).collect()
    }

    /// Which files mention all names of some set.
    fn mark_sets(&self, sets: &[Vec<u32>]) -> Vec<bool> {
        let mut marked = vec![false; self.contents.len()];
        for names in sets {
            let Some((first, rest)) = names.split_first() else { continue };
            let all = |at: &usize| rest.iter().all(|name| self.contents[*at].scan.mentions(*name));
            self.postings.files_of(*first).filter(all).for_each(|at| marked[at] = true);
        }
        marked
    }

    /// Tests are never judged, and what only they reach is not either.
    fn is_test(&self, at: usize) -> bool {
        self.classes[at] == FileClass::Test
    }

    fn lower_one(&self, at: usize) -> Option<Made<'a>> {
        if self.inputs.stop.is_set() {
            return None;
        }
        let contents: &'a [Arc<Known>] = self.contents;
        let (facts, callers) = contents[at].lowered(&self.files[self.sources[at]], self.inputs.memory, self.seeds)?;
        Some((at, facts, callers))
    }

    /// How a component lives is said by those that place it in their templates.
    fn placed(&self, at: usize, facts: &FileFacts) -> Option<Carrier> {
        facts.component?;
        Some(Carrier { name: stem(&self.files[self.sources[at]].path).to_string(), opens: false })
    }

    /// Spreads new carriers through the lowered files; gives the files that have to be lowered next.
    fn follow(&mut self, carriers: Vec<(Carrier, usize)>) -> Vec<usize> {
        let mut queue = carriers;
        let mut next: Vec<usize> = Vec::new();
        while let Some((carrier, from)) = queue.pop() {
            let origin = self.is_common(&carrier).then_some(from);
            if !self.known.insert((carrier.clone(), origin)) {
                continue;
            }
            self.names.insert(carrier.name.clone());
            for at in self.files_with(&carrier, origin) {
                match self.callers.get(&at) {
                    Some(callers) if !carrier.opens => queue.extend(callers.of(&carrier.name).map(|above| (above, at))),
                    Some(_) => {}
                    None if self.is_test(at) => {}
                    None => next.push(at),
                }
            }
        }
        next
    }

    /// Files not lowered yet that pass on all names of one of the files.
    fn passing(&self, lowered: &[usize]) -> Vec<usize> {
        let above = lowered.iter().flat_map(|at| self.barrels_of(*at));
        above.filter(|at| self.lowered[*at].is_none() && !self.is_test(*at)).collect()
    }

    fn barrels_of(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let name = module_name(&self.files[self.sources[at]].path);
        self.barrels.get(name).into_iter().flatten().copied().filter(move |barrel| *barrel != at)
    }

    fn suits(&self, carrier: &Carrier, at: usize) -> bool {
        !carrier.opens || self.has_mounts[at]
    }

    fn is_common(&mut self, carrier: &Carrier) -> bool {
        let files = self.mentioning(name_hash(&carrier.name));
        files.iter().filter(|at| self.suits(carrier, *at)).nth(COMMON).is_some()
    }

    fn mentioning(&mut self, name: u32) -> Arc<FileSet> {
        let files = || Arc::new(FileSet::new(self.postings.files_of(name), self.contents.len()));
        Arc::clone(self.mentions.entry(name).or_insert_with(files))
    }

    /// Files that mention the name; of a common one, those that mention the file that it comes from too.
    fn files_with(&mut self, carrier: &Carrier, origin: Option<usize>) -> Vec<usize> {
        let files = self.mentioning(name_hash(&carrier.name));
        let mut found: Vec<usize> = match origin {
            None => files.iter().collect(),
            Some(from) => self.near(carrier, from).shared(&files).collect(),
        };
        found.retain(|at| self.suits(carrier, *at));
        found
    }

    /// The files that may mean something of the file that a common name comes from. A name that comes from all
    /// over a project, as in generated code, says nothing after a while.
    fn near(&mut self, carrier: &Carrier, from: usize) -> Arc<FileSet> {
        let looked = self.looked.get(&carrier.name).copied().unwrap_or(0);
        if looked > MAX_LOOKED {
            return Arc::new(FileSet::new([from].into_iter(), self.contents.len()));
        }
        let near = self.near.get(&from).map(Arc::clone).unwrap_or_else(|| {
            let files = self.containers(from).into_iter().flat_map(|container| self.postings.files_of(container));
            Arc::new(FileSet::new(files.chain([from]), self.contents.len()))
        });
        self.near.insert(from, Arc::clone(&near));
        self.looked.insert(carrier.name.clone(), looked + near.len());
        near
    }

    /// What files that mean something of this file are likely to mention: its name, its folder's for
    /// an index file, those of the files that pass its names on, its classes.
    fn containers(&self, at: usize) -> Vec<u32> {
        let mut homes = vec![at];
        for _ in 0..PASSED_ON {
            let above: Vec<usize> = homes.iter().flat_map(|home| self.barrels_of(*home)).collect();
            homes.extend(above);
            homes.sort_unstable();
            homes.dedup();
        }
        let name = |home: &usize| name_hash(module_name(&self.files[self.sources[*home]].path));
        let mut found: Vec<u32> = homes.iter().map(name).collect();
        let classes = self.lowered[at].iter().flat_map(|facts| &facts.classes);
        found.extend(classes.map(|class| name_hash(&class.name)));
        found
    }
}

/// Files looked into for one common name, at most.
const MAX_LOOKED: usize = 50_000;

/// How often names are passed on from file to file, at most.
const PASSED_ON: usize = 3;

/// Files that pass on all names of others, by the last names of those others' paths.
type Barrels<'a> = FxHashMap<&'a str, Vec<usize>>;

fn barrels(contents: &[Arc<Known>]) -> Barrels<'_> {
    let mut barrels = Barrels::default();
    for (at, known) in contents.iter().enumerate().filter(|(_, known)| known.scan.passes_on) {
        let names = known.scan.imports.iter().chain(&known.scan.submodules).map(|module| imported_name(module));
        names.for_each(|name| barrels.entry(name).or_default().push(at));
    }
    barrels
}

/// The name of the file that a module path leads to, as [`module_name`] gives it.
fn imported_name(module: &str) -> &str {
    let last = module.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    match module.contains('/') {
        true => last.split('.').next().unwrap_or_default(),
        false => tail(module),
    }
}

/// The last name of a module path.
fn tail(module: &str) -> &str {
    module.rsplit(['/', '.']).next().unwrap_or_default()
}

/// A file's name without its endings.
fn stem(path: &str) -> &str {
    path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default()
}

/// The name by which others import a file: its own, its folder's for an index file.
fn module_name(path: &str) -> &str {
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    match stem(path) {
        "index" | "mod" | "lib" | "main" | "__init__" => folder,
        own => own,
    }
}

/// Names of files whose constants settings are made of.
const SETTINGS: &[&str] = &["config", "setting", "constant", "limits", "env", "options"];

fn holds_settings(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    SETTINGS.iter().any(|word| name.contains(word) || folder == *word)
}
