//! Which files are worth parsing: those that mention what builds or opens something, and those that
//! reach them by name.
//!
//! Starts from the catalogue's names and climbs by symbol: a function that builds, or calls one that
//! does, carries; files that mention a carrier's name are parsed too, until nothing new comes. What
//! opens something in effects is followed only into files that have effects. Files left out keep
//! their imports. The result does not depend on the order of files.

mod opening;

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::carrier::{Callers, Carrier, Keeper, Reach, Scope};
use super::carriers::{default_of, function_name, interfaces, is_default, is_package, keeper, names_above};
use super::file_set::FileSet;
use super::handed_down::{Handed, handed};
use super::held_fields;
use super::keepers::keepers;
use super::known::Known;
use super::memory::language;
use super::neighbours::{Neighbours, module_folder};
use super::postings::Postings;
use super::present::Present;
use super::seeds::Seeds;
use super::specifiers::tail;
use crate::catalog::Catalog;
use crate::catalog::words::checks::OPENINGS;
use crate::catalog::words::packages::{ERASING, KEEPSAKES, LISTENING, SETTINGS_FILES, SIGN_OUTS};
use crate::facts::{Call, CallId, FileFacts, Language, Value};
use crate::frontend::scan::{Scan, name_hash, path_hash};
use crate::packages::file_names::name_of;
use crate::packages::kinds::{FileClass, classify, is_configuration};
use crate::packages::manifests::named_packages;
use crate::packages::modules::stem;
use crate::packages::unbuilt::unbuilt;
use crate::packages::unit::Unit;
use crate::scope::inputs::Inputs;
use crate::source::{FileId, FileKind, SourceFile};

/// A name with more files than this is followed only into those that mean something of its file, from each file
/// anew: one word, and a name made of several.
const COMMON: [usize; 2] = [12, 40];

/// By this a component takes over what other files' records do at its start and end.
const MIXES: &str = "mixins";

/// The method by which all streams are listened to.
const SUBSCRIBES: &str = ".subscribe";
/// The method that gives a stream an end.
const PIPES: &str = ".pipe";

/// Lowers what is worth it; the rest is known by its imports.
pub fn lower(inputs: &Inputs, catalog: &Catalog) -> Vec<Unit> {
    let files = inputs.files;
    let sources: Vec<usize> = (0..files.len()).filter(|id| files[*id].kind != FileKind::Settings).collect();
    let known = |id: &usize| (inputs.memory.of(&files[*id]), classify(&files[*id].path));
    let (mut contents, mut classes): (Vec<Arc<Known>>, Vec<FileClass>) = sources.par_iter().map(known).unzip();
    let postings = Postings::of(&contents, inputs.memory);
    let present = Present::of(catalog, files, &contents, &postings);
    let seeds = inputs.memory.seeds(catalog, present, &mut contents);
    unmark(files, &sources, &mut classes);
    let unbuilt = unbuilt(files, &sources, |at| &contents[at].scan);
    classes.iter_mut().zip(unbuilt).filter(|(_, unbuilt)| *unbuilt).for_each(|(class, _)| *class = FileClass::Unbuilt);
    let mut lowered = Climb::new(inputs, &sources, &contents, &classes, &seeds, postings).run();
    // Templates say where components stand, and configurations what module paths mean, whatever they mention.
    let told = |at: usize, file: &SourceFile| match file.kind {
        FileKind::Template => contents[at].facts(file, inputs.memory).map(Arc::clone),
        _ if is_configuration(&file.path) => contents[at].facts(file, inputs.memory).map(Arc::clone),
        _ => None,
    };
    let unit = |(at, id): (usize, &usize)| Unit {
        source: FileId(*id as u32),
        path: files[*id].path.clone(),
        parsed: lowered[at].is_some(),
        class: classes[at],
        remarks: contents[at].scan.remarks,
        facts: lowered[at]
            .take()
            .or_else(|| told(at, &files[*id]))
            .unwrap_or_else(|| Arc::clone(&contents[at].skeleton)),
    };
    sources.iter().enumerate().map(unit).collect()
}

/// What a package holds that a manifest names is no test because the package is called like one.
fn unmark(files: &[SourceFile], sources: &[usize], classes: &mut [FileClass]) {
    let named = named_packages(files).into_iter();
    let named: Vec<String> = named.filter(|folder| classify(&format!("{folder}x.py")) == FileClass::Test).collect();
    let inner = |path: &str| named.iter().find_map(|folder| path.strip_prefix(folder.as_str()).map(classify));
    for (class, id) in classes.iter_mut().zip(sources).filter(|_| !named.is_empty()) {
        *class = inner(&files[*id].path).unwrap_or(*class);
    }
}

/// A lowered file's index, facts and callers.
type Made<'a> = (usize, &'a Arc<FileFacts>, &'a Callers);

/// What a macro that calls do not come back from is defined with.
const RULES: &str = "macro_rules";

/// What stands before what is waited for.
const AWAIT: &str = "await";

/// What asks another server without a client.
const FETCH: &str = "fetch";

struct Climb<'a> {
    inputs: &'a Inputs<'a>,
    files: &'a [SourceFile],
    sources: &'a [usize],
    contents: &'a [Arc<Known>],
    classes: &'a [FileClass],
    seeds: &'a Seeds,
    postings: Postings,
    has_mounts: Vec<bool>,
    neighbours: Neighbours<'a>,
    lowered: Vec<Option<Arc<FileFacts>>>,
    callers: FxHashMap<usize, &'a Callers>,
    /// Carriers that were followed; those that not all files with the name mean, with the file that each comes from.
    known: FxHashSet<(Carrier, Option<usize>)>,
    /// The names of those that all files with the name are taken to mean.
    names: FxHashSet<Arc<str>>,
    /// Those that not all files with the name mean, with the files that may.
    meant: FxHashMap<Arc<str>, Vec<FileSet>>,
    /// How many files were looked into for a common name.
    looked: FxHashMap<Arc<str>, usize>,
    /// The files that mention a name, by its hash.
    mentions: FxHashMap<u32, Arc<FileSet>>,
    /// By file those that may mean something of it.
    near: FxHashMap<usize, Arc<FileSet>>,
}

/// The functions that may forget who is signed in: who calls them signs somebody out.
fn forgetting(facts: &FileFacts) -> Vec<Carrier> {
    let kept = |value: &Value| match value {
        Value::Member(_, name) | Value::Global(name) => KEEPSAKES.contains(&name.as_str()),
        Value::Var(var) => KEEPSAKES.contains(&facts.local(*var).name.as_str()),
        _ => false,
    };
    let erases = |call: &&Call| match &call.callee {
        Value::Member(base, name) if matches!(name.as_str(), "remove" | "delete" | "clear") => kept(base),
        _ => call.callee_name(facts).is_some_and(|name| ERASING.contains(&name)),
    };
    let around = facts.calls.iter().filter(erases).filter_map(|call| facts.function(call.function).name.as_deref());
    around.map(|name| Carrier { name: name.into(), to: Reach::Callers }).collect()
}

impl<'a> Climb<'a> {
    fn new(
        inputs: &'a Inputs<'a>,
        sources: &'a [usize],
        contents: &'a [Arc<Known>],
        classes: &'a [FileClass],
        seeds: &'a Seeds,
        postings: Postings,
    ) -> Self {
        let paths = sources.iter().map(|id| inputs.files[*id].path.as_str()).collect();
        let mut climb = Climb {
            inputs,
            files: inputs.files,
            sources,
            contents,
            classes,
            seeds,
            postings,
            has_mounts: vec![false; contents.len()],
            neighbours: Neighbours::new(contents, paths, inputs.files),
            lowered: vec![None; contents.len()],
            callers: FxHashMap::default(),
            known: FxHashSet::default(),
            names: FxHashSet::default(),
            meant: FxHashMap::default(),
            looked: FxHashMap::default(),
            mentions: FxHashMap::default(),
            near: FxHashMap::default(),
        };
        let scans: Vec<&Scan> = contents.iter().map(|known| &known.scan).collect();
        let kind = |at: &usize| inputs.files[*at].kind;
        let component = |at: &usize| matches!(kind(at), FileKind::Vue | FileKind::Svelte | FileKind::Astro);
        climb.has_mounts = seeds.mounts.mark(&scans, sources.iter().any(component), &climb.postings);
        // The script of such a component runs for each instance, whether it names a hook or not.
        let instance = |at: &usize| matches!(kind(at), FileKind::Vue | FileKind::Svelte);
        let instances = climb.has_mounts.iter_mut().zip(sources);
        instances.for_each(|(marked, source)| *marked |= instance(source));
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
        let first = self.first();
        self.climb(first);
        let fields = self.lending_fields();
        let beside = self.beside(&fields);
        let mut carriers = Vec::new();
        for (at, facts, callers) in self.make(&beside) {
            carriers.extend(self.upkeep(at, facts).into_iter().map(|carrier| (carrier, at)));
            carriers.extend(forgetting(facts).into_iter().map(|carrier| (carrier, at)));
            carriers.extend(callers.hands.iter().map(|carrier| (carrier.clone(), at)));
            self.lowered[at] = Some(Arc::clone(facts));
            self.callers.insert(at, callers);
        }
        self.lower(&self.interfaces());
        self.lower(&self.between());
        carriers.extend(self.takers(&fields));
        carriers.extend(self.holding());
        let above = self.follow(carriers);
        self.climb(above);
        self.descend();
        self.lowered
    }

    /// Lowers the files of functions that are given what lowered files open, or are given themselves.
    fn descend(&mut self) {
        let mut giving: FxHashSet<String> = FxHashSet::default();
        let mut asked: FxHashMap<usize, FxHashSet<String>> = FxHashMap::default();
        let mut queue: Vec<usize> = (0..self.lowered.len()).filter(|at| self.lowered[*at].is_some()).collect();
        while !queue.is_empty() {
            let all = queue.par_iter().filter_map(|at| Some((*at, self.handed(*at, &giving, asked.get(at))?)));
            let all: Vec<(usize, Handed)> = all.collect();
            let mut next: FxHashSet<usize> = FxHashSet::default();
            for (at, handed) in all {
                for name in handed.returns {
                    let users = self.postings.files_of(name_hash(&name)).filter(|at| self.lowered[*at].is_some());
                    let users: Vec<usize> = users.collect();
                    next.extend(giving.insert(name).then_some(users).into_iter().flatten());
                }
                for keeper in handed.to {
                    for (home, name) in self.homes_of(&keeper, at).into_iter().filter(|(home, _)| !self.is_test(*home))
                    {
                        next.extend(asked.entry(home).or_default().insert(name).then_some(home));
                    }
                }
            }
            queue = next.into_iter().collect();
            queue.sort_unstable();
            let new: Vec<usize> = queue.iter().copied().filter(|at| self.lowered[*at].is_none()).collect();
            self.lower(&new);
        }
    }

    fn lower(&mut self, wanted: &[usize]) {
        for (at, facts, callers) in self.make(wanted) {
            self.lowered[at] = Some(Arc::clone(facts));
            self.callers.insert(at, callers);
        }
    }

    /// The files of the interfaces and bases of lowered classes that take connections: who has such an object calls it
    /// by these.
    fn interfaces(&self) -> Vec<usize> {
        let [borrows, takes] = [&self.seeds.borrows, &self.seeds.takes].map(|names| self.mark(names));
        let lowered = self.lowered.iter().enumerate().filter(|(at, _)| borrows[*at] || takes[*at]);
        let lowered = lowered.filter_map(|(at, facts)| Some((at, facts.as_ref()?)));
        let homes = lowered.flat_map(|(at, facts)| {
            let above = interfaces(facts);
            above.into_iter().flat_map(move |keeper| self.homes_of(&keeper, at)).map(|(home, _)| home)
        });
        let homes: FxHashSet<usize> = homes.filter(|at| self.lowered[*at].is_none() && !self.is_test(*at)).collect();
        homes.into_iter().collect()
    }

    /// The files between one that holds a connection and one that takes another: services that ask repositories. Of
    /// Rust, those who take are followed to their callers.
    fn between(&self) -> Vec<usize> {
        let [borrows, takes] = [&self.seeds.borrows, &self.seeds.takes].map(|names| self.mark(names));
        let seen = |at: &usize| self.lowered[*at].is_some() && self.language(*at) != Language::Rust;
        let all = || (0..self.contents.len()).filter(seen);
        let ends = FileSet::new(all().filter(|at| borrows[*at] || takes[*at]), self.contents.len());
        let mut known = FxHashMap::default();
        for holder in all().filter(|at| takes[*at]) {
            self.leads(holder, &ends, MAX_BETWEEN, &mut known);
        }
        let led = known.into_iter().filter(|(_, leads)| *leads).map(|((at, _), _)| at);
        let led: FxHashSet<usize> = led.filter(|at| self.lowered[*at].is_none() && !self.is_test(*at)).collect();
        led.into_iter().collect()
    }

    /// The file imports one of the ends, or one that leads there.
    fn leads(&self, at: usize, ends: &FileSet, left: u32, known: &mut FxHashMap<(usize, u32), bool>) -> bool {
        if let Some(known) = known.get(&(at, left)) {
            return *known;
        }
        known.insert((at, left), false);
        let mut leads = false;
        for source in self.sources_of(at).filter(|source| *source != at) {
            leads |= ends.contains(source) || left > 0 && self.leads(source, ends, left - 1, known);
        }
        known.insert((at, left), leads);
        leads
    }

    /// What a lowered file does with what it opens, gets of functions that open, or is given under the names.
    fn handed(&self, at: usize, giving: &FxHashSet<String>, given: Option<&FxHashSet<String>>) -> Option<Handed> {
        let (facts, callers) = (self.lowered[at].as_ref()?, self.callers.get(&at)?);
        let named = |id: CallId| {
            let callee = &facts.call(id).callee;
            let imported = keeper(facts, callee).and_then(|keeper| keeper.member.or(Some(keeper.name)));
            let own = || matches!(callee, Value::Var(_)).then(|| facts.call(id).callee_name(facts)).flatten();
            imported.as_deref().or_else(own).is_some_and(|name| giving.contains(name))
        };
        let opens = |id: CallId| callers.made.contains(&id) || named(id);
        Some(handed(facts, &opens, &|name| given.is_some_and(|given| given.contains(name))))
    }

    /// The files that something imported may be declared in, with its name there.
    fn homes_of(&self, keeper: &Keeper, at: usize) -> Vec<(usize, String)> {
        let name = keeper.member.as_ref().unwrap_or(&keeper.name);
        let hash = name_hash(name);
        let homes: Vec<usize> = self.homes_of_module(keeper, at).collect();
        let behind = homes.iter().flat_map(|home| self.sources_of(*home));
        let behind: Vec<usize> = behind.filter(|at| self.contents[*at].scan.mentions(hash)).collect();
        homes.into_iter().chain(behind).map(|home| (home, name.clone())).collect()
    }

    /// The files of the module that something is imported from; what is imported may be a module itself.
    fn homes_of_module<'s>(&'s self, keeper: &'s Keeper, at: usize) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let separator = match self.language(at) {
            Language::Rust => "::",
            _ if keeper.module.ends_with('.') => "",
            _ => ".",
        };
        let below = format!("{}{separator}{}", keeper.module, keeper.name);
        let below: Vec<usize> = self.neighbours.files_of(&below, at).collect();
        self.neighbours.files_of(&keeper.module, at).chain(below)
    }

    fn climb(&mut self, mut next: Vec<usize>) {
        while !next.is_empty() {
            let mut carriers = Vec::new();
            for (at, facts, callers) in self.make(&next) {
                carriers.extend(callers.seeds.iter().chain(&callers.hands).map(|carrier| (carrier.clone(), at)));
                carriers.extend(self.placed(at, facts).into_iter().map(|carrier| (carrier, at)));
                carriers.extend(self.upkeep(at, facts).into_iter().map(|carrier| (carrier, at)));
                carriers.extend(callers.above(|name| self.carries(name, at)).into_iter().map(|carrier| (carrier, at)));
                self.lowered[at] = Some(Arc::clone(facts));
                self.callers.insert(at, callers);
            }
            let passing = self.passing(&next);
            next = self.follow(carriers);
            next.extend(passing);
            next.sort_unstable();
            next.dedup();
        }
    }

    /// Functions that hold connections and stand among scripts though product code imports them: whether they are
    /// judged is said by those that run them.
    fn upkeep(&self, at: usize, facts: &FileFacts) -> Vec<Carrier> {
        if self.classes[at] != FileClass::Script {
            return Vec::new();
        }
        let holds = self.seeds.borrows.iter().any(|name| self.contents[at].scan.mentions(*name));
        let homes = self.neighbours.homes(at);
        let mut importing = homes.iter().flat_map(|home| self.neighbours.importing(*home));
        if !holds || !importing.any(|at| self.classes[at] == FileClass::Source) {
            return Vec::new();
        }
        let names = facts.functions.iter().filter_map(|function| function.name.as_deref());
        names.map(|name| Carrier { name: name.into(), to: Reach::Callers }).collect()
    }

    fn make(&self, wanted: &[usize]) -> Vec<Made<'a>> {
        wanted.par_iter().filter_map(|at| self.lower_one(*at)).collect()
    }

    /// Files that no construction reaches but that may keep, end or set up what others build: those that run functions
    /// of others, that mix records of others in, that help those who build or hold something, that call a release or
    /// borrow a connection and mention a module that builds, that take one out and that such a file imports, which may
    /// hand them what it has or take it out of a field of some other file, sign-outs, where servers start, settings,
    /// definitions of macros.
    fn beside(&self, fields: &FxHashSet<String>) -> Vec<usize> {
        let builds = |at: &usize| self.callers.get(at).is_some_and(|callers| callers.builds);
        let builders: Vec<usize> = (0..self.contents.len()).filter(builds).collect();
        let around = builders.iter().flat_map(|at| self.around(*at).iter().collect::<Vec<_>>());
        let homes = FileSet::new(around, self.contents.len());
        let imported: FxHashSet<&str> =
            builders.iter().flat_map(|at| &self.contents[*at].scan.imports).map(|module| tail(module)).collect();
        let [releases, borrows, takes] =
            [&self.seeds.releases, &self.seeds.borrows, &self.seeds.takes].map(|names| self.mark(names));
        let mut given: FxHashSet<usize> =
            homes.iter().flat_map(|at| self.sources_of(at)).filter(|at| takes[*at]).collect();
        given.extend(self.lent(&takes));
        let rules = self.mark(&FxHashSet::from_iter([name_hash(RULES)]));
        let mixed: FxHashSet<usize> = self.mixed().chain(self.streams()).chain(self.opening()).collect();
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
        let called = holders.iter().flat_map(|at| self.sources_of(*at)).filter(|at| homes.contains(*at));
        options.extend(called);
        let wanted = |at: &usize| {
            let path = &self.files[self.sources[*at]].path;
            let settings = holds_settings(path) && imported.contains(stem(path));
            let beside = (releases[*at] || borrows[*at] || takes[*at]) && homes.contains(*at);
            settings
                || options.contains(at)
                || given.contains(at)
                || keepers.contains(at)
                || borrowers.contains(at)
                || exits[*at]
                || cleared[*at]
                || beside
                || rules[*at]
                || mixed.contains(at)
        };
        let left = (0..self.contents.len()).filter(|at| self.lowered[*at].is_none() && !self.is_test(*at));
        left.filter(wanted).collect()
    }

    /// What those import who build or hold something, where it imports a package that makes something; and what asks
    /// another server, or waits for the clock, for those who hold. Of Rust, where paths need no import, all that is named by builders.
    fn helpers(&self, builders: &[usize], holders: &[usize]) -> FxHashSet<usize> {
        let sources = |files: &[usize]| files.iter().flat_map(|at| self.sources_of(*at)).collect::<Vec<_>>();
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
        let pairs = libraries.flat_map(|at| self.sources_of(at).map(move |source| (at, source)));
        pairs.filter(|(_, source)| takes[*source] && !imports(*source)).flat_map(|(at, source)| [at, source]).collect()
    }

    /// The fields of lowered files that hold something which lends connections.
    fn lending_fields(&self) -> FxHashSet<String> {
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
    fn takers(&self, fields: &FxHashSet<String>) -> Vec<(Carrier, usize)> {
        let lowered = self.lowered.iter().enumerate().filter_map(|(at, facts)| Some((at, facts.as_ref()?)));
        let taking = lowered.flat_map(|(at, facts)| {
            let names = held_fields::takers(facts, fields, self.seeds);
            names.into_iter().map(move |name| (Carrier { name: name.into(), to: Reach::Callers }, at))
        });
        let mut found: Vec<_> = taking.collect();
        found.sort();
        found
    }

    /// The functions of lowered files that have a connection while a callback runs, out of what they have from
    /// elsewhere: whether others wait for it is said by those who call them.
    fn holding(&self) -> Vec<(Carrier, usize)> {
        let no_attributes = FxHashSet::default();
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
            let names = calls.flat_map(|call| names_above(facts, call.function, &no_attributes));
            found.extend(names.map(|name| (Carrier { name: name.into(), to: Reach::Callers }, *at)));
        }
        found.sort();
        found.dedup();
        found
    }

    /// Files that mix in records of others, with those that these may come from: the parts have to be known as a whole.
    fn mixed(&self) -> impl Iterator<Item = usize> {
        let plain = |at: &usize| !matches!(self.files[self.sources[*at]].kind, FileKind::Vue | FileKind::Svelte);
        self.postings.files_of(name_hash(MIXES)).flat_map(move |at| self.sources_of(at).filter(plain).chain([at]))
    }

    /// Files that those with effects may have the streams from to which they subscribe, and what these are made with.
    fn streams(&self) -> impl Iterator<Item = usize> {
        let subscribes = self.postings.files_of(name_hash(SUBSCRIBES)).filter(|at| self.has_mounts[*at]);
        let given = subscribes.flat_map(|at| self.sources_of(at)).filter(|at| !self.has_mounts[*at]);
        let given: FxHashSet<usize> = given.collect();
        let pipes = |at: &usize| self.contents[*at].scan.mentions(name_hash(PIPES));
        let behind: Vec<usize> = given.iter().flat_map(|at| self.sources_of(*at)).filter(pipes).collect();
        given.into_iter().chain(behind)
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
        let sources = homes
            .iter()
            .flat_map(|(home, name)| self.sources_of(*home).filter(|at| self.contents[*at].scan.mentions(*name)));
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

    /// The files that a file may import something from.
    fn sources_of(&self, at: usize) -> impl Iterator<Item = usize> {
        let imports = self.contents[at].scan.imports.iter();
        imports.flat_map(move |module| self.neighbours.files_of(module, at))
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
            match roots.get(&language) {
                Some(marked) => marked[*at],
                None => {
                    let imported = self.seeds.makes_in(&self.contents[*at].scan);
                    let effects = self.has_mounts[*at] && (openers[*at] || ends[*at]);
                    let sounds = opening[*at] && awaits[*at] && !self.has_mounts[*at] && packages(at);
                    let opens =
                        symbols[*at] || lasting[*at] || leaves[*at] || effects || sounds || rearming.contains(at);
                    imported || opens || is_root(at) || looks_up[*at] || names_functions[*at]
                }
            }
        };
        (0..self.contents.len()).filter(|at| !self.is_test(*at)).filter(wanted).collect()
    }

    /// Which files mention a root of Python or Rust, and something below it that makes, or pass on all of its names.
    fn making(&self, language: Language) -> Vec<bool> {
        let mut marked = vec![false; self.contents.len()];
        for (root, names) in self.seeds.told(language) {
            let mentions = |at: usize, name: &u32| self.contents[at].scan.mentions(*name);
            let passes_on = |at: usize| match (language, &self.contents[at].scan) {
                (Language::Rust, scan) => scan.globbed.iter().any(|name| name_hash(name) == root),
                (_, scan) => scan.passes_on,
            };
            let told =
                |at: &usize| passes_on(*at) || names.is_none_or(|names| names.iter().any(|name| mentions(*at, name)));
            let files = self.postings.files_of(root).filter(|at| self.language(*at) == language);
            files.filter(told).for_each(|at| marked[at] = true);
        }
        marked
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
        if self.inputs.stop.is_set() || self.classes[at] == FileClass::Unbuilt {
            return None;
        }
        let contents: &'a [Arc<Known>] = self.contents;
        let (facts, callers) = contents[at].lowered(&self.files[self.sources[at]], self.inputs.memory, self.seeds)?;
        Some((at, facts, callers))
    }

    /// How a component lives is said by those that place it in their templates.
    fn placed(&self, at: usize, facts: &FileFacts) -> Vec<Carrier> {
        let path = self.files[self.sources[at]].path.as_str();
        let component = facts.component.map(|_| stem(path).to_string());
        let known = component.into_iter().chain(self.known_by_file(path));
        known.map(|name| Carrier { name: name.into(), to: Reach::Callers }).collect()
    }

    /// The last part of the name by which frameworks make the file known, wherever its package begins.
    fn known_by_file<'p>(&'p self, path: &'p str) -> impl Iterator<Item = String> + use<'p, 'a> {
        let names = self.seeds.file_names.iter().filter_map(move |glob| {
            let fixed = glob.split('*').next()?;
            let begin = path.find(fixed).filter(|at| *at == 0 || path[..*at].ends_with('/'))?;
            name_of(glob, &path[begin..])
        });
        names.filter_map(|name| name.rsplit('.').next().map(str::to_string))
    }

    /// Spreads new carriers through the lowered files; gives the files that have to be lowered next.
    fn follow(&mut self, carriers: Vec<(Carrier, usize)>) -> Vec<usize> {
        let mut queue = carriers;
        let mut next: Vec<usize> = Vec::new();
        while let Some((carrier, from)) = queue.pop() {
            if *carrier.name == *"default" && self.language(from) == Language::Script {
                queue.extend(self.defaults(from, carrier.to).map(|carrier| (carrier, from)));
                continue;
            }
            let everywhere = self.means_everywhere(&carrier, from);
            if !self.known.insert((carrier.clone(), (!everywhere).then_some(from))) {
                continue;
            }
            let files = self.files_with(&carrier, from, everywhere);
            for at in files.iter().copied() {
                match self.callers.get(&at) {
                    Some(callers) if carrier.to == Reach::Callers => {
                        queue.extend(callers.of(&carrier.name).map(|above| (above, at)))
                    }
                    Some(_) => {}
                    None if self.is_test(at) => {}
                    None => next.push(at),
                }
            }
            match everywhere {
                true => _ = self.names.insert(carrier.name),
                false => {
                    let files = FileSet::new(files.into_iter(), self.contents.len());
                    self.meant.entry(carrier.name).or_default().push(files);
                }
            }
        }
        next
    }

    /// What the default export of a file is known by where it is imported.
    fn defaults(&self, at: usize, to: Reach) -> impl Iterator<Item = Carrier> + use<'a> {
        let names: Vec<&str> = self.neighbours.homes(at).iter().flat_map(|home| self.neighbours.names(*home)).collect();
        names.into_iter().map(move |module| Carrier { name: default_of(module).into(), to })
    }

    /// Files not lowered yet that pass on all names of one of the files.
    fn passing(&self, lowered: &[usize]) -> Vec<usize> {
        let above = lowered.iter().flat_map(|at| self.neighbours.barrels_of(*at));
        above.filter(|at| self.lowered[*at].is_none() && !self.is_test(*at)).collect()
    }

    fn suits(&self, carrier: &Carrier, at: usize) -> bool {
        carrier.to != Reach::Effects || self.has_mounts[at]
    }

    fn language(&self, at: usize) -> Language {
        language(self.files[self.sources[at]].kind)
    }

    /// Who can mean the name of a carrier of a lowered file.
    fn scope(&self, carrier: &Carrier, from: usize) -> Scope<'a> {
        self.callers.get(&from).map_or(Scope::Anywhere, |callers| callers.scope(&carrier.name))
    }

    /// All files with the name are taken to mean this carrier.
    fn means_everywhere(&mut self, carrier: &Carrier, from: usize) -> bool {
        if is_default(&carrier.name) || self.scope(carrier, from) == Scope::Hidden {
            return false;
        }
        let files = self.mentioning(carrier.hash());
        let compound = carrier.name.chars().skip(1).any(|c| c == '_' || c.is_ascii_uppercase());
        files.iter().filter(|at| self.suits(carrier, *at)).nth(COMMON[usize::from(compound)]).is_none()
    }

    fn mentioning(&mut self, name: u32) -> Arc<FileSet> {
        let files = || Arc::new(FileSet::new(self.postings.files_of(name), self.contents.len()));
        Arc::clone(self.mentions.entry(name).or_insert_with(files))
    }

    /// Files that mention the name; of one that not all with the name mean, those that can mean something of the file
    /// that it comes from.
    fn files_with(&mut self, carrier: &Carrier, from: usize, everywhere: bool) -> Vec<usize> {
        let files = self.mentioning(carrier.hash());
        let mentions = |at: &usize, names: &[u32]| names.iter().any(|name| self.contents[*at].scan.mentions(*name));
        let mut found: Vec<usize> = match self.scope(carrier, from) {
            _ if is_default(&carrier.name) => self.near(carrier, from).iter().collect(),
            _ if everywhere => files.iter().collect(),
            Scope::Hidden => files.iter().filter(|at| *at == from || self.is_below(*at, from)).collect(),
            Scope::Classes(names) => files.iter().filter(|at| *at == from || mentions(at, names)).collect(),
            Scope::Anywhere => self.near(carrier, from).shared(&files).collect(),
        };
        found.retain(|at| self.suits(carrier, *at));
        found
    }

    /// A module of Rust stands below another, and sees what is private there.
    fn is_below(&self, at: usize, above: usize) -> bool {
        let path = |at: usize| self.files[self.sources[at]].path.as_str();
        let folder = module_folder(path(above));
        self.language(above) == Language::Rust
            && path(at).strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether a name in a file is one that carries.
    fn carries(&self, name: &str, at: usize) -> bool {
        self.names.contains(name) || self.meant.get(name).is_some_and(|sets| sets.iter().any(|set| set.contains(at)))
    }

    /// The files that may mean something of the file that a common name comes from. A name that comes from all
    /// over a project, as in generated code, says nothing after a while.
    fn near(&mut self, carrier: &Carrier, from: usize) -> Arc<FileSet> {
        let looked = self.looked.get(&carrier.name).copied().unwrap_or(0);
        if looked > MAX_LOOKED {
            return Arc::new(FileSet::new([from].into_iter(), self.contents.len()));
        }
        let near = self.near.get(&from).map_or_else(|| Arc::new(self.around(from)), Arc::clone);
        self.near.insert(from, Arc::clone(&near));
        self.looked.insert(carrier.name.clone(), looked + near.len());
        near
    }

    /// The file, those that import it or what passes its names on, those that mention one of its classes. Rust's
    /// paths need no import.
    fn around(&self, at: usize) -> FileSet {
        let homes = self.neighbours.homes(at);
        let named = match self.language(at) {
            Language::Rust => homes.iter().flat_map(|home| self.neighbours.names(*home)).collect(),
            _ => Vec::new(),
        };
        let named = named.into_iter().filter(|name| !matches!(*name, "src" | "main" | "lib"));
        let modules = named.flat_map(|name| self.postings.files_of(path_hash(&name.replace('-', "_"))));
        let importing = homes.iter().flat_map(|home| self.neighbours.importing(*home));
        let classes = self.lowered[at].iter().flat_map(|facts| &facts.classes);
        let naming = classes.flat_map(|class| self.naming(&class.name));
        FileSet::new(modules.chain(importing).chain(naming).chain([at]), self.contents.len())
    }

    /// The files that mention a class; none when so many do that it is one of many of this name.
    fn naming(&self, class: &str) -> Vec<usize> {
        let files: Vec<usize> = self.postings.files_of(name_hash(class)).take(MOST_NAMING + 1).collect();
        if files.len() > MOST_NAMING { Vec::new() } else { files }
    }
}

/// More files than sensibly stand between one that holds a connection and one that takes another.
const MAX_BETWEEN: u32 = 2;

/// A class that more files mention says nothing of where it is from.
const MOST_NAMING: usize = 40;

/// Files looked into for one common name, at most.
const MAX_LOOKED: usize = 50_000;

fn holds_settings(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    SETTINGS_FILES.iter().any(|word| name.contains(word) || folder == *word)
}
