//! The linked snapshot of a project, and what is found in it.
//!
//! Gets files as values; knows no library by name and no output.

mod aliases;
mod arguments;
mod bases;
mod by_name;
mod callbacks;
mod callers;
pub mod calls;
mod carriers;
mod cells;
mod changed;
pub mod conditions;
pub mod contexts;
mod crew;
mod daemons;
mod describe;
mod development;
mod disk;
pub mod disposal;
pub mod effects;
mod elements;
mod entries;
pub mod eval;
mod extensions;
mod fields;
mod file_set;
mod fills;
mod fits;
mod flags;
pub mod flow;
pub mod gates;
mod generics;
pub mod graph;
pub mod handover;
mod held_fields;
mod holders;
mod hosts;
mod imports;
mod index;
pub mod keepers;
mod kinds;
pub mod lifetime;
mod logins;
pub mod lookups;
mod macros;
pub mod manifests;
pub mod map;
mod memo;
mod memory;
pub mod modules;
mod mounts;
mod named;
mod neighbours;
mod nesting;
mod one_off;
mod one_way;
mod outside;
mod parts;
mod passing;
mod places;
mod plugins;
mod postings;
pub mod presume;
pub mod program;
pub mod programs;
mod provenance;
pub mod racy;
mod registries;
pub mod release;
mod relevance;
mod renders;
mod renewed;
mod returns;
mod seeds;
mod seldom;
pub mod settings;
mod shares;
pub mod sharing;
mod singletons;
pub mod sites;
mod spot;
mod stored;
mod tables;
pub mod targets;
mod timed;
mod timetables;
mod traits;
mod types;
mod unbuilt;
pub mod understood;
mod uses;
pub mod ways;
mod workspace;
mod written;

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::catalog::DataError;
use crate::config::Config;
use crate::facts::{Comment, FileFacts, temporaries};
use crate::finding::Finding;
use crate::frontend;
use crate::source::{Changes, FileKind, Problem, SourceFile};

pub use changed::Changed;
use contexts::Contexts;
use crew::Crew;
use graph::Graph;
use index::index;
use kinds::FileClass;
use macros::Macros;
pub use memory::{Memory, prepare};
use modules::{Modules, Resolution};
use program::{Parts, Program, Unit};

/// All that an analysis depends on.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    pub root: &'a Path,
    pub files: &'a [SourceFile],
    pub config: &'a Config,
    pub pedantic: bool,
    /// The lines that findings are asked for; all when nothing is compared.
    pub changes: Option<&'a Changes>,
    /// What earlier analyses have left.
    pub memory: &'a Memory,
    /// Whether the answer is still wanted.
    pub stop: &'a Stop,
}

/// Tells an analysis that nobody waits for it any more.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    pub fn set(&self, stop: bool) {
        self.0.store(stop, Ordering::SeqCst);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Default)]
pub struct Analysis {
    pub findings: Vec<Finding>,
    /// Paths relative to the root.
    pub problems: Vec<Problem>,
    /// For each file, in order: the comments that mention connlint.
    pub comments: Vec<Vec<Comment>>,
    /// How long the stages took.
    pub stages: Vec<(&'static str, Duration)>,
    /// How many files were worth looking into.
    pub relevant: usize,
    /// Ended early because nobody waits for it: what is here is not all.
    pub stopped: bool,
    /// Why not all of the work could be done.
    pub failure: Option<String>,
}

/// All answers about a project, as the rules read them.
pub struct Project<'a> {
    pub program: Program<'a>,
    pub graph: Arc<Graph>,
    pub contexts: Arc<Contexts>,
    pub inputs: Inputs<'a>,
    pub crew: Crew,
    stages: Vec<(&'static str, Duration)>,
    /// Made by the first rule that asks.
    pub releases: OnceCell<release::Releases>,
    pools: OnceCell<settings::budget::Pools<'a>>,
    verdicts: OnceCell<Vec<lifetime::Verdict>>,
    /// Made by the first rule that asks.
    pub effects: OnceCell<effects::Found<'a>>,
    importers: OnceCell<sharing::rewrite::Importers<'a>>,
    kept: OnceCell<sharing::KeptSites>,
    reach: OnceCell<sharing::Reach>,
    processes: OnceCell<sharing::Processes>,
    callers: OnceCell<settings::callers::Callers>,
    incoming: OnceCell<ways::Incoming>,
    parts: OnceCell<parts::Parts>,
    reloaded: OnceCell<Vec<sharing::reload::Reloaded>>,
    lifts: sharing::lift::Memo,
}

/// What rules of several lanes ask for, as far as it was made.
#[derive(Default)]
pub struct Made<'a> {
    releases: Option<release::Releases>,
    pools: Option<settings::budget::Pools<'a>>,
    verdicts: Option<Vec<lifetime::Verdict>>,
    effects: Option<effects::Found<'a>>,
}

impl<'a> Project<'a> {
    fn new(program: Program<'a>, graph: Arc<Graph>, contexts: Arc<Contexts>, inputs: Inputs<'a>, crew: Crew) -> Self {
        Project {
            program,
            graph,
            contexts,
            inputs,
            crew,
            stages: Vec::new(),
            releases: OnceCell::new(),
            effects: OnceCell::new(),
            importers: OnceCell::new(),
            kept: OnceCell::new(),
            reach: OnceCell::new(),
            processes: OnceCell::new(),
            callers: OnceCell::new(),
            incoming: OnceCell::new(),
            parts: OnceCell::new(),
            reloaded: OnceCell::new(),
            pools: OnceCell::new(),
            verdicts: OnceCell::new(),
            lifts: sharing::lift::Memo::default(),
        }
    }

    /// The same for another thread, where nothing is made yet.
    pub fn beside(&self) -> Self {
        let (graph, contexts) = (Arc::clone(&self.graph), Arc::clone(&self.contexts));
        Project::new(self.program.clone(), graph, contexts, self.inputs, self.crew)
    }

    /// What was made here, for [`Project::take`].
    pub fn made(self) -> Made<'a> {
        Made {
            releases: self.releases.into_inner(),
            pools: self.pools.into_inner(),
            verdicts: self.verdicts.into_inner(),
            effects: self.effects.into_inner(),
        }
    }

    /// Takes over what another thread has made, and this one has not.
    pub fn take(&self, made: Made<'a>) {
        made.releases.into_iter().for_each(|releases| drop(self.releases.set(releases)));
        made.pools.into_iter().for_each(|pools| drop(self.pools.set(pools)));
        made.verdicts.into_iter().for_each(|verdicts| drop(self.verdicts.set(verdicts)));
        made.effects.into_iter().for_each(|effects| drop(self.effects.set(effects)));
    }

    /// Which files load which.
    pub fn reach(&self) -> &sharing::Reach {
        self.reach.get_or_init(|| sharing::Reach::new(&self.program))
    }

    /// Some process loads both files.
    pub fn run_together(&self, one: u32, other: u32) -> bool {
        let processes = self.processes.get_or_init(|| sharing::Processes::new(&self.program, self.reach()));
        processes.share(self.reach(), one, other)
    }

    /// Who calls which function.
    pub fn callers(&self) -> &settings::callers::Callers {
        self.callers.get_or_init(|| settings::callers::Callers::new(self))
    }

    /// Whether the chain begins in another program than the site's: no crate depends on both of their crates.
    pub fn is_elsewhere(&self, chain: &[contexts::Step], site: &sites::Site) -> bool {
        let Some(root) = chain.first().and_then(|step| self.program.unit_of(step.place.file)) else { return false };
        let path = |file: u32| self.program.units[file as usize].path.as_str();
        let manifests = self.program.manifests;
        let parts = || self.parts.get_or_init(|| parts::Parts::of(manifests));
        root != site.call.file && parts().are_apart(manifests, path(root), path(site.call.file))
    }

    /// What leads to each point of the call graph.
    pub fn incoming(&self) -> &ways::Incoming {
        self.incoming.get_or_init(|| ways::Incoming::new(&self.graph))
    }

    /// What dev servers evaluate anew.
    pub fn reloaded(&self) -> &[sharing::reload::Reloaded] {
        self.reloaded.get_or_init(|| sharing::reload::reloaded(self))
    }
}

/// What the rules say of a project.
#[derive(Debug, Default)]
pub struct Judged {
    pub findings: Vec<Finding>,
    /// Rules that ended abnormally; the others' findings are there.
    pub failed: Vec<&'static str>,
}

impl Judged {
    pub fn append(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.failed.extend(other.failed);
    }
}

/// Links a whole project and has it judged. A part that fails is told of, and the others' work kept.
pub fn analyse(inputs: &Inputs, judge: fn(&Project) -> Judged) -> Analysis {
    let empty = Analysis { comments: vec![Vec::new(); inputs.files.len()], ..Analysis::default() };
    let analysed = linked(inputs, |project| judged(project, judge));
    let analysis = analysed.unwrap_or_else(|error| Analysis { failure: Some(error.to_string()), ..empty });
    Analysis { stopped: inputs.stop.is_set(), ..analysis }
}

fn judged(project: &Project, judge: fn(&Project) -> Judged) -> Analysis {
    let started = Instant::now();
    let Judged { findings, failed } = judge(project);
    let mut stages = project.stages.clone();
    stages.push(("judge", started.elapsed()));
    let units = project.program.units;
    let files = project.inputs.files;
    let running = units.iter().filter(|unit| !declares(&unit.path));
    let broken = running.filter_map(|unit| Some((unit, unit.facts.problems.first()?)));
    let broken = broken.map(|(unit, problem)| syntax_problem(files, unit, problem));
    let program = &project.program;
    let problems = broken.chain(program.manifests.problems.clone()).chain(program.modules.problems().to_vec());
    let rules =
        || format!("the rules {} ended abnormally: this is a fault of connlint, please report it", failed.join(", "));
    Analysis {
        findings,
        problems: problems.collect(),
        comments: comments(files, units),
        relevant: units.iter().filter(|unit| unit.parsed).count(),
        stages,
        failure: (!failed.is_empty()).then(rules),
        stopped: false,
    }
}

/// For each file the comments that mention connlint. Files that were not worth parsing may have some too.
fn comments(files: &[SourceFile], units: &[Unit]) -> Vec<Vec<Comment>> {
    let mut comments = vec![Vec::new(); files.len()];
    for (file, comments) in files.iter().zip(&mut comments).filter(|(file, _)| file.kind == FileKind::Settings) {
        *comments = frontend::settings::comments(&file.text);
    }
    for unit in units {
        let file = &files[unit.source.index()];
        let unread = !unit.parsed && unit.remarks && unit.class != FileClass::Unbuilt;
        // What cannot be understood in full says nothing, as nothing was looked for in it.
        let lowered = if unread { facts(file).filter(|facts| facts.problems.is_empty()) } else { None };
        comments[unit.source.index()] = lowered.map_or_else(|| unit.facts.comments.clone(), |facts| facts.comments);
    }
    comments
}

/// Links a project and asks it one question.
pub fn ask<R: Send>(inputs: &Inputs, question: fn(&Project) -> R) -> Result<R, DataError> {
    linked(inputs, question)
}

/// What the analysis knows of each construction, as text for maintainers.
pub fn describe(inputs: &Inputs) -> String {
    ask(inputs, describe::sites).unwrap_or_else(|error| error.to_string())
}

/// How long the stages before the link took, and when it began.
struct Begun {
    lowered: Duration,
    linking: Instant,
}

/// Panics as the answer does.
fn linked<R: Send>(inputs: &Inputs, answer: impl FnOnce(&Project) -> R + Send) -> Result<R, DataError> {
    let knowledge = inputs.memory.knowledge(&inputs.config.own())?;
    let catalog = &knowledge.catalog;
    let failed = |message: String| DataError { path: ".".into(), message };
    let started = Instant::now();
    let mut units = relevance::lower(inputs, &knowledge.seeds);
    inputs.memory.sweep();
    let lowered = started.elapsed();
    if inputs.stop.is_set() {
        return Err(failed("nobody waits for the answer".into()));
    }
    let linking = Instant::now();
    let names = Resolution::of(inputs, &units, catalog);
    one_off::unmark(&mut units, &names.manifests, catalog);
    one_off::mark(&mut units, inputs.files, catalog);
    let macros = Macros::of(&units, &names.manifests);
    let settled = macros.settled(&units);
    let units = settled.as_deref().unwrap_or(&units);
    let modules = Modules::new(Arc::clone(&names), units);
    let named = settings::named::named(inputs.files, catalog);
    let parts =
        Parts { units, catalog, modules: &modules, manifests: &names.manifests, named, macros, index: index(units) };
    let begun = Begun { lowered, linking };
    let crew = Crew::here();
    Crew::one(|| link(inputs, parts, begun, crew, answer))
        .map_err(|error| failed(format!("cannot start a thread: {error}")))
}

fn link<R>(inputs: &Inputs, parts: Parts, begun: Begun, crew: Crew, answer: impl FnOnce(&Project) -> R) -> R {
    let mut program = Program::new(parts);
    let graph = Graph::build(&mut program, crew);
    let contexts = Contexts::spread(&program, &graph, &Changed::of(inputs.files, inputs.changes));
    let mut project = Project::new(program, Arc::new(graph), Arc::new(contexts), *inputs, crew);
    project.stages = vec![("lower", begun.lowered), ("link", begun.linking.elapsed())];
    answer(&project)
}

/// Nothing in such a file runs: what is not understood there is not missed.
fn declares(path: &str) -> bool {
    [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| path.ends_with(end))
}

fn syntax_problem(files: &[SourceFile], unit: &Unit, problem: &crate::facts::SyntaxProblem) -> Problem {
    let text = &files[unit.source.index()].text;
    let line =
        1 + text.as_bytes()[..(problem.span.start as usize).min(text.len())].iter().filter(|b| **b == b'\n').count();
    Problem {
        path: unit.path.clone(),
        message: format!("line {line}: {}; the rest of the file is analysed", problem.message),
    }
}

/// How many parts of a file do not parse. Its facts stay in the memory.
pub fn syntax_problems(file: &SourceFile, memory: &Memory) -> usize {
    if file.kind == FileKind::Settings {
        return usize::from(!frontend::settings::parses(&file.path, &file.text));
    }
    memory.of(file).facts(file, memory).map_or(0, |facts| facts.problems.len())
}

/// The facts of one file; `None` when its kind has none.
pub fn facts(file: &SourceFile) -> Option<FileFacts> {
    use frontend::script::{ComponentKind, Dialect};
    let text = &file.text;
    let mut facts = match file.kind {
        FileKind::TypeScript => frontend::script::lower(text, Dialect::Ts),
        FileKind::Tsx => frontend::script::lower(text, Dialect::Tsx),
        FileKind::Vue => frontend::script::lower_component(text, ComponentKind::Vue),
        FileKind::Svelte => frontend::script::lower_component(text, ComponentKind::Svelte),
        FileKind::Astro => frontend::script::lower_component(text, ComponentKind::Astro),
        FileKind::Template => frontend::script::lower_component(text, ComponentKind::Angular),
        FileKind::Python => frontend::python::lower(text),
        FileKind::Rust => frontend::rust::lower(text),
        FileKind::Settings => return None,
    };
    temporaries::fold(&mut facts);
    Some(facts)
}
