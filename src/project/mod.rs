//! The linked snapshot of a project, and what is found in it.
//!
//! Gets files as values; knows no library by name and no output.

mod by_name;
pub mod calls;
mod carriers;
pub mod conditions;
pub mod contexts;
mod describe;
pub mod effects;
mod entries;
pub mod eval;
pub mod flow;
pub mod gates;
pub mod graph;
pub mod handover;
mod imports;
pub mod kinds;
pub mod lifetime;
pub mod lowering;
pub mod manifests;
pub mod modules;
pub mod presume;
pub mod program;
mod provenance;
pub mod racy;
pub mod release;
mod relevance;
mod seeds;
pub mod settings;
pub mod sharing;
pub mod sites;
mod types;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::catalog::{Catalog, DataError};
use crate::config::Config;
use crate::facts::Comment;
use crate::finding::Finding;
use crate::source::{Problem, SourceFile};

use contexts::Contexts;
use graph::Graph;
use lowering::Lowering;
use manifests::Manifests;
use modules::Modules;
use program::{Program, Unit};

/// All that an analysis depends on.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    pub root: &'a Path,
    pub files: &'a [SourceFile],
    pub config: &'a Config,
    pub pedantic: bool,
    pub lowering: &'a dyn Lowering,
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
}

/// All answers about a project, as the rules read them.
pub struct Project<'a> {
    pub program: Program<'a>,
    pub graph: Graph,
    pub contexts: Contexts,
    pub inputs: Inputs<'a>,
    stages: Vec<(&'static str, Duration)>,
    /// Made by the first rule that asks.
    pub releases: std::cell::OnceCell<release::Releases>,
}

/// Links a whole project and has it judged.
pub fn analyse(inputs: &Inputs, judge: fn(&Project) -> Vec<Finding>) -> Analysis {
    let mut analysis = Analysis { comments: vec![Vec::new(); inputs.files.len()], ..Analysis::default() };
    let judged = linked(inputs, |project| {
        let started = Instant::now();
        let findings = judge(project);
        let mut stages = project.stages.clone();
        stages.push(("judge", started.elapsed()));
        let units = project.program.units;
        let relevant = units.iter().filter(|unit| unit.parsed).count();
        let comments = units.iter().map(|unit| (unit.source, unit.facts.comments.clone()));
        let problems = units.iter().filter_map(|unit| Some((unit, unit.facts.problems.first()?)));
        let problems = problems.map(|(unit, problem)| syntax_problem(inputs.files, unit, problem));
        (findings, comments.collect::<Vec<_>>(), problems.collect::<Vec<_>>(), stages, relevant)
    });
    match judged {
        Ok((findings, comments, problems, stages, relevant)) => {
            (analysis.stages, analysis.relevant) = (stages, relevant);
            analysis.findings = findings;
            analysis.problems = problems;
            comments.into_iter().for_each(|(file, comments)| analysis.comments[file.index()] = comments);
        }
        Err(error) => analysis.problems.push(Problem { path: error.path, message: error.message }),
    }
    analysis
}

/// What the analysis knows of each construction, as text for maintainers.
pub fn describe(inputs: &Inputs) -> String {
    linked(inputs, describe::sites).unwrap_or_else(|error| error.to_string())
}

/// Deep expressions make deep recursions; the caller's stack may be small.
const STACK: usize = 64 * 1024 * 1024;

fn linked<R: Send>(inputs: &Inputs, answer: impl FnOnce(&Project) -> R + Send) -> Result<R, DataError> {
    let failed = |message: &str| DataError { path: ".".into(), message: message.into() };
    let catalog = Catalog::load(&inputs.config.catalog)?;
    let started = Instant::now();
    let units = relevance::lower(inputs.files, &catalog, inputs.lowering);
    let lowered = started.elapsed();
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        let thread = builder.spawn_scoped(scope, || link(inputs, &catalog, &units, lowered, answer));
        let thread = thread.map_err(|error| failed(&format!("cannot start a thread: {error}")))?;
        thread.join().map_err(|_| failed("the analysis ended abnormally; please report this"))
    })
}

fn link<R>(
    inputs: &Inputs,
    catalog: &Catalog,
    units: &[Unit],
    lowered: Duration,
    answer: impl FnOnce(&Project) -> R,
) -> R {
    let started = Instant::now();
    let manifests = Manifests::read(inputs.files);
    let modules = Modules::new(inputs.root, units, catalog, &manifests);
    let program = Program::new(units, catalog, &modules, &manifests);
    let graph = Graph::build(&program);
    let contexts = Contexts::spread(&program, &graph);
    let stages = vec![("lower", lowered), ("link", started.elapsed())];
    answer(&Project { program, graph, contexts, inputs: *inputs, stages, releases: std::cell::OnceCell::new() })
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
