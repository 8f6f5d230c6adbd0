//! Which files are worth parsing: those that mention what builds or opens something, and those that
//! reach them by name.
//!
//! Starts from the catalogue's names and climbs by symbol: a function that builds, or calls one that
//! does, carries; files that mention a carrier's name are parsed too, until nothing new comes. What
//! opens something in effects is followed only into files that have effects. Files left out keep
//! their imports. The result does not depend on the order of files.

mod beside;
mod between;
mod ending;
mod first;
mod meant;
mod opening;
mod told;

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::carrier::{Callers, Carrier, Keeper, Reach};
use super::carriers::{default_of, keeper};
use super::file_set::FileSet;
use super::handed_down::{Handed, handed};
use super::known::Known;
use super::memory::language;
use super::neighbours::Neighbours;
use super::postings::Postings;
use super::present::Present;
use super::seeds::Seeds;
use crate::catalog::Catalog;
use crate::catalog::words::packages::{ERASING, KEEPSAKES};
use crate::facts::{Call, CallId, DEFAULT_EXPORT, FileFacts, Language, Value};
use crate::frontend::scan::{Scan, name_hash};
use crate::packages::file_names::{called_after, name_of};
use crate::packages::kinds::{FileClass, classify, is_configuration, is_test_by_folder};
use crate::packages::manifests::named_packages;
use crate::packages::paths::stem;
use crate::packages::unbuilt::unbuilt;
use crate::packages::unit::Unit;
use crate::scope::inputs::Inputs;
use crate::source::{FileId, FileKind, SourceFile};

/// Lowers what is worth it; the rest is known by its imports.
pub fn lower(inputs: &Inputs, catalog: &Catalog) -> Vec<Unit> {
    let files = inputs.files;
    let sources: Vec<usize> = (0..files.len()).filter(|id| files[*id].kind != FileKind::Settings).collect();
    let known = |id: &usize| (inputs.memory.of(&files[*id]), classify(&files[*id].path));
    let (mut contents, mut classes): (Vec<Arc<Known>>, Vec<FileClass>) = sources.par_iter().map(known).unzip();
    let postings = Postings::of(&contents, &inputs.memory.postings, &inputs.memory.asked);
    let present = Present::of(catalog, files, &contents, &postings);
    let seeds = inputs.memory.seeds(catalog, present, &mut contents);
    unmark(files, &sources, &mut classes);
    let paths = sources.iter().map(|id| files[*id].path.as_str()).collect();
    let neighbours = Neighbours::new(&contents, paths, files);
    unmark_imported(&neighbours, files, &sources, &mut classes);
    let unbuilt = unbuilt(files, &sources, |at| &contents[at].scan);
    classes.iter_mut().zip(unbuilt).filter(|(_, unbuilt)| *unbuilt).for_each(|(class, _)| *class = FileClass::Unbuilt);
    let mut lowered = Climb::new(inputs, &sources, &contents, &classes, &seeds, (postings, neighbours)).run();
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
            .unwrap_or_else(|| Arc::clone(contents[at].skeleton())),
    };
    sources.iter().enumerate().map(unit).collect()
}

/// What a package holds that a manifest names is no test because the package is called like one.
fn unmark(files: &[SourceFile], sources: &[usize], classes: &mut [FileClass]) {
    let named = named_packages(files);
    let inner = |path: &str| named.iter().find_map(|folder| path.strip_prefix(folder.as_str()).map(classify));
    for (class, id) in classes.iter_mut().zip(sources).filter(|_| !named.is_empty()) {
        *class = inner(&files[*id].path).unwrap_or(*class);
    }
}

/// What a program imports by its path is no test because of its folder's name.
fn unmark_imported(neighbours: &Neighbours, files: &[SourceFile], sources: &[usize], classes: &mut [FileClass]) {
    let is_one = |at: &usize| is_test_by_folder(&files[sources[*at]].path);
    let mut open: Vec<usize> = (0..sources.len()).filter(|at| classes[*at] == FileClass::Test).filter(is_one).collect();
    loop {
        let is_used = |at: &usize| neighbours.importing_by_path(*at).any(|from| classes[from] == FileClass::Source);
        let (used, left): (Vec<usize>, Vec<usize>) = open.into_iter().partition(is_used);
        if used.is_empty() {
            return;
        }
        used.into_iter().for_each(|at| classes[at] = FileClass::Source);
        open = left;
    }
}

/// A lowered file's index, facts and callers.
type Made<'a> = (usize, &'a Arc<FileFacts>, &'a Callers);

struct Climb<'a> {
    inputs: &'a Inputs<'a>,
    files: &'a [SourceFile],
    sources: &'a [usize],
    contents: &'a [Arc<Known>],
    classes: &'a [FileClass],
    seeds: &'a Seeds,
    postings: Postings,
    has_mounts: Vec<bool>,
    /// Those that have effects, and all that they import, or what they import does.
    below_mounts: OnceLock<FileSet>,
    neighbours: Neighbours<'a>,
    lowered: Vec<Option<Arc<FileFacts>>>,
    callers: FxHashMap<usize, &'a Callers>,
    /// Carriers that were followed; those that not all files with the name mean, with the file that each comes from.
    known: FxHashSet<(Carrier, Option<usize>)>,
    /// The names of those that all files with the name are taken to mean.
    names: FxHashSet<Arc<str>>,
    /// Those that not all files with the name mean, with the files that may.
    meant: FxHashMap<Arc<str>, Vec<FileSet>>,
    /// Classes whose objects lead to a construction, with the files that may make some.
    made: FxHashMap<Arc<str>, Vec<FileSet>>,
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
        (postings, neighbours): (Postings, Neighbours<'a>),
    ) -> Self {
        let mut climb = Climb {
            inputs,
            files: inputs.files,
            sources,
            contents,
            classes,
            seeds,
            postings,
            has_mounts: vec![false; contents.len()],
            below_mounts: OnceLock::new(),
            neighbours,
            lowered: vec![None; contents.len()],
            callers: FxHashMap::default(),
            known: FxHashSet::default(),
            names: FxHashSet::default(),
            meant: FxHashMap::default(),
            made: FxHashMap::default(),
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
        let mut beside = self.told();
        beside.extend(self.beside(&fields));
        let mut beside: Vec<usize> = beside.into_iter().collect();
        beside.sort_unstable();
        let mut carriers = Vec::new();
        for (at, facts, callers) in self.make(&beside) {
            carriers.extend(self.upkeep(at, facts).into_iter().map(|carrier| (carrier, at)));
            carriers.extend(forgetting(facts).into_iter().map(|carrier| (carrier, at)));
            carriers.extend(self.ended(at, facts).into_iter().map(|carrier| (carrier, at)));
            carriers.extend(callers.hands.iter().map(|carrier| (carrier.clone(), at)));
            self.lowered[at] = Some(Arc::clone(facts));
            self.callers.insert(at, callers);
        }
        self.lower(&self.interfaces());
        self.lower_between();
        carriers.extend(self.takers(&fields));
        carriers.extend(self.holding());
        let above = self.follow(carriers);
        self.climb(above);
        self.descend();
        self.lowered
    }

    /// Lowers the files of functions that are given what lowered files open, or are given themselves.
    fn descend(&mut self) {
        let factories = self.callers.values().flat_map(|callers| &callers.factories);
        let mut giving: FxHashSet<String> = factories.map(|name| name.to_string()).collect();
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
        let gives = |name: &str| giving.contains(name);
        Some(handed(facts, &opens, &gives, &|name| given.is_some_and(|given| given.contains(name))))
    }

    /// The files that something imported may be declared in, with its name there.
    fn homes_of(&self, keeper: &Keeper, at: usize) -> Vec<(usize, String)> {
        let name = keeper.member.as_ref().unwrap_or(&keeper.name);
        let hash = name_hash(name);
        let own: FxHashSet<usize> = self.homes_of_module(keeper, at).collect();
        let homes = self.within_reach(keeper, at).into_iter();
        let homes = homes.filter(|home| own.contains(home) || self.contents[*home].scan.mentions(hash));
        homes.map(|home| (home, name.clone())).collect()
    }

    /// The files of the module that something is imported from, what these import, and so on through those that pass
    /// on all names.
    fn within_reach(&self, keeper: &Keeper, at: usize) -> FxHashSet<usize> {
        let mut open: Vec<usize> = self.homes_of_module(keeper, at).collect();
        let mut found: FxHashSet<usize> = open.iter().copied().collect();
        while let Some(home) = open.pop() {
            for source in self.neighbours.sources(home).filter(|source| found.insert(*source)) {
                open.extend(Some(source).filter(|_| self.contents[source].scan.passes_on));
            }
        }
        found
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
                carriers.extend(self.ended(at, facts).into_iter().map(|carrier| (carrier, at)));
                let above = callers.above(|name| self.carries(name, at), |class| self.leads_by_objects(class, at));
                carriers.extend(above.into_iter().map(|carrier| (carrier, at)));
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
        let names =
            self.seeds.file_names.iter().filter_map(move |glob| name_of(glob, &path[fixed_part(glob, path)?..]));
        names.filter_map(|name| name.rsplit('.').next().map(str::to_string))
    }

    /// Spreads new carriers through the lowered files; gives the files that have to be lowered next.
    fn follow(&mut self, carriers: Vec<(Carrier, usize)>) -> Vec<usize> {
        let mut queue = carriers;
        let mut next: Vec<usize> = Vec::new();
        while let Some((carrier, from)) = queue.pop() {
            if *carrier.name == *DEFAULT_EXPORT && self.language(from) == Language::Script {
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
                    Some(callers) => {
                        queue.extend(callers.of(&carrier).iter().map(|above| (above.clone(), at)));
                        let opening = callers.opening(&carrier).filter(|_| !self.has_mounts[at]);
                        queue.extend(opening.map(|above| (above, at)));
                    }
                    None if self.is_test(at) => {}
                    None => next.push(at),
                }
            }
            let files = || FileSet::new(files.into_iter(), self.contents.len());
            match carrier.to {
                Reach::Objects => self.made.entry(carrier.name).or_default().push(files()),
                _ if everywhere => _ = self.names.insert(carrier.name),
                _ => self.meant.entry(carrier.name).or_default().push(files()),
            }
        }
        next
    }

    /// What the default export of a file is known by where it is imported.
    fn defaults(&self, at: usize, to: Reach) -> impl Iterator<Item = Carrier> + use<'a> {
        let names: Vec<&str> = self.neighbours.homes(at).iter().flat_map(|home| self.neighbours.names(*home)).collect();
        let path = self.files[self.sources[at]].path.as_str();
        let everywhere = self.seeds.auto_imports.iter().any(|glob| fixed_part(glob, path).is_some());
        let own = everywhere.then(|| Carrier { name: called_after(path).into(), to });
        names.into_iter().map(move |module| Carrier { name: default_of(module).into(), to }).chain(own)
    }

    /// Files not lowered yet that pass on all names of one of the files.
    fn passing(&self, lowered: &[usize]) -> Vec<usize> {
        let above = lowered.iter().flat_map(|at| self.neighbours.barrels_of(*at));
        above.filter(|at| self.lowered[*at].is_none() && !self.is_test(*at)).collect()
    }

    fn all_below_mounts(&self) -> FileSet {
        let mounts = || (0..self.contents.len()).filter(|at| self.has_mounts[*at] && !self.is_test(*at));
        let (mut seen, mut open): (FxHashSet<usize>, Vec<usize>) = (mounts().collect(), mounts().collect());
        while let Some(at) = open.pop() {
            open.extend(self.neighbours.sources(at).filter(|source| seen.insert(*source)));
        }
        FileSet::new(seen.into_iter(), self.contents.len())
    }

    fn suits(&self, carrier: &Carrier, at: usize) -> bool {
        match carrier.to {
            Reach::Effects => self.below_mounts.get_or_init(|| self.all_below_mounts()).contains(at),
            Reach::Objects => self.contents[at].scan.makes(&carrier.name),
            Reach::Callers | Reach::Makers => true,
        }
    }

    fn language(&self, at: usize) -> Language {
        language(self.files[self.sources[at]].kind)
    }
}

/// Where in a path the part of a pattern begins that has no stars: byte offset, at the start of a folder.
fn fixed_part(glob: &str, path: &str) -> Option<usize> {
    let fixed = glob.split('*').next()?;
    path.find(fixed).filter(|at| *at == 0 || path[..*at].ends_with('/'))
}
