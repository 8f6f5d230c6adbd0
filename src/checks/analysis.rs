//! One analysis of a project: which files are lowered, what they mean together, and what the rules say.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Project;
use crate::catalog::DataError;
use crate::contexts::Contexts;
use crate::contexts::changed::Changed;
use crate::contexts::linked::Linked;
use crate::facts::{Comment, SyntaxProblem};
use crate::finding::Finding;
use crate::frontend;
use crate::graph::Graph;
use crate::packages::kinds::FileClass;
use crate::packages::modules::{Modules, Resolution};
use crate::packages::one_off;
use crate::packages::unit::Unit;
use crate::program::Parts;
use crate::program::crew::Crew;
use crate::program::index::index;
use crate::program::macros::Macros;
use crate::scope::inputs::Inputs;
use crate::scope::relevance;
use crate::source::{FileKind, LineIndex, Problem, SourceFile};
use crate::values::Program;

/// What was done, and how long it took.
type Stages = Vec<(&'static str, Duration)>;

#[derive(Debug, Default)]
pub struct Analysis {
    pub findings: Vec<Finding>,
    /// Paths relative to the root.
    pub problems: Vec<Problem>,
    /// For each file, in order: the comments that mention connlint.
    pub comments: Vec<Vec<Comment>>,
    /// How long the stages took.
    pub stages: Stages,
    /// How many files were worth looking into.
    pub relevant: usize,
    /// Ended early because nobody waits for it: what is here is not all.
    pub stopped: bool,
    /// Why not all of the work could be done.
    pub failure: Option<String>,
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
    let analysed = linked(inputs, |project, stages| judged(project, stages, judge));
    let analysis = analysed.unwrap_or_else(|error| Analysis { failure: Some(error.to_string()), ..empty });
    Analysis { stopped: inputs.stop.is_set(), ..analysis }
}

fn judged(project: &Project, mut stages: Stages, judge: fn(&Project) -> Judged) -> Analysis {
    let started = Instant::now();
    let Judged { findings, failed } = judge(project);
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
        let lowered = if unread { frontend::lower(file).filter(|facts| facts.problems.is_empty()) } else { None };
        comments[unit.source.index()] = lowered.map_or_else(|| unit.facts.comments.clone(), |facts| facts.comments);
    }
    comments
}

/// Links a project and asks it one question.
pub fn ask<R: Send>(inputs: &Inputs, question: impl FnOnce(&Project) -> R + Send) -> Result<R, DataError> {
    linked(inputs, |project, _| question(project))
}

/// What the analysis knows of each construction, as text for maintainers.
pub fn describe(inputs: &Inputs) -> String {
    ask(inputs, super::describe::sites).unwrap_or_else(|error| error.to_string())
}

/// How long the stages before the link took, and when it began.
struct Begun {
    lowered: Duration,
    linking: Instant,
}

/// What is understood stands in the facts; who quotes or edits a text reads it again.
fn let_go(files: &[SourceFile]) {
    files.iter().filter(|file| file.kind != FileKind::Settings).for_each(|file| file.text.let_go());
}

/// Panics as the answer does.
fn linked<R: Send>(inputs: &Inputs, answer: impl FnOnce(&Project, Stages) -> R + Send) -> Result<R, DataError> {
    let knowledge = inputs.memory.knowledge(&inputs.config.own())?;
    let catalog = &knowledge.catalog;
    let failed = |message: String| DataError { path: ".".into(), message };
    let started = Instant::now();
    let named = || inputs.memory.named(inputs.files, catalog);
    let (mut units, named) = rayon::join(|| relevance::lower(inputs, catalog), named);
    inputs.memory.sweep();
    let_go(inputs.files);
    let lowered = started.elapsed();
    if inputs.stop.is_set() {
        return Err(failed("nobody waits for the answer".into()));
    }
    let linking = Instant::now();
    let names = Resolution::of(inputs.root, inputs.files, &inputs.memory.resolution, &units, catalog);
    one_off::unmark(&mut units, &names.manifests, catalog);
    one_off::mark(&mut units, inputs.files, catalog);
    let macros = Macros::of(&units, &names.manifests);
    let settled = macros.settled(&units);
    let units = settled.as_deref().unwrap_or(&units);
    let modules = Modules::new(Arc::clone(&names), units);
    let parts =
        Parts { units, catalog, modules: &modules, manifests: &names.manifests, named, macros, index: index(units) };
    let begun = Begun { lowered, linking };
    let crew = Crew::here();
    Crew::one(|| link(inputs, parts, begun, crew, answer))
        .map_err(|error| failed(format!("cannot start a thread: {error}")))
}

fn link<R>(inputs: &Inputs, parts: Parts, begun: Begun, crew: Crew, answer: impl FnOnce(&Project, Stages) -> R) -> R {
    let mut program = Program::new(parts);
    let graph = Graph::build(&mut program, crew);
    let contexts = Contexts::spread(&program, &graph, &Changed::of(inputs.files, inputs.changes));
    let project = Project::new(Linked::new(program, Arc::new(graph), Arc::new(contexts), *inputs, crew));
    answer(&project, vec![("lower", begun.lowered), ("link", begun.linking.elapsed())])
}

/// Nothing in such a file runs: what is not understood there is not missed.
fn declares(path: &str) -> bool {
    [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| path.ends_with(end))
}

fn syntax_problem(files: &[SourceFile], unit: &Unit, problem: &SyntaxProblem) -> Problem {
    let text = &files[unit.source.index()].text;
    let at = LineIndex::new(text).position(text, problem.span.start);
    let message = format!("{}; the rest of the file is analysed", problem.message);
    Problem { path: unit.path.clone(), at: Some(at), message }
}
