//! One run over a project: discover, read, analyse, suppress, name, select, sort.
//!
//! What the command line, the editor and the tests all call. Knows no format and prints nothing.

mod doctor;
mod effective;
mod error;
mod outcome;
mod repair;
mod selection;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{self, Choice, Config, ConfigError, Written};
use crate::finding::{Finding, Place, fingerprint};
use crate::project::{Analysis, Inputs, analyse};
use crate::rules::{self, RULES};
use crate::source::{Excludes, Overlay, Problem, Project, SourceFile, clean, discover, load, locate, relative};
use crate::suppress::{Known, suppress};

pub use doctor::Diagnosis;
pub use effective::{Effective, effective};
pub use error::SessionError;
pub use outcome::{Identified, Outcome, Summary};
pub use repair::Repair;
use selection::Selection;

/// What a run is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where relative paths start, and what reported paths are relative to. Must be absolute.
    pub directory: PathBuf,
    /// Files and directories; the working directory when empty.
    pub paths: Vec<PathBuf>,
    /// Texts that stand for files, by absolute path.
    pub overlay: Overlay,
    /// Only these rules; the configuration's choice when empty.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub pedantic: bool,
    pub no_cache: bool,
    /// Which settings files count.
    pub settings: Choice,
}

/// A project that has been read and can be checked.
#[derive(Debug)]
pub struct Session {
    options: Options,
    project: Project,
    config: Config,
    excludes: Excludes,
    selection: Selection,
    files: Vec<SourceFile>,
    problems: Vec<Problem>,
    timing: BTreeMap<&'static str, Duration>,
    analysis: AnalysisFn,
}

/// What a session does with what it has read.
pub type AnalysisFn = fn(&Inputs) -> Analysis;

/// Checks the paths once.
pub fn run(options: Options) -> Result<Outcome, SessionError> {
    Ok(Session::open(options)?.check())
}

impl Session {
    /// Finds and reads the project.
    pub fn open(options: Options) -> Result<Self, SessionError> {
        check_rule_ids(&options)?;
        let buffers: Vec<PathBuf> = options.overlay.keys().cloned().collect();
        let project = locate(&options.directory, &options.paths, &buffers)?;
        let (mut config, written) = read_config(&project, &options)?;
        let base = base(&project, &written, &options);
        let excludes = Excludes::new(&base, &config.exclude).map_err(|message| exclude_error(&written, message))?;
        let selection = Selection::new(&options, &config, &base).map_err(|message| exclude_error(&written, message))?;
        let started = Instant::now();
        let found = discover(&project, &excludes);
        let discovered = Instant::now();
        let loaded = load(&project.root, &found.files, &options.overlay);
        config.homes_from(|module| relative(&project.root, &clean(&base, Path::new(module))));
        config::homes(&config, &written, &project.root, &loaded.files)?;
        let problems = found.problems.into_iter().chain(loaded.problems).collect();
        let timing = BTreeMap::from([("discover", discovered - started), ("read", discovered.elapsed())]);
        Ok(Self {
            options,
            project,
            config,
            excludes,
            selection,
            files: loaded.files,
            problems,
            timing,
            analysis: |inputs| analyse(inputs, rules::run),
        })
    }

    /// The same session with another analysis: for tests of the session itself.
    pub fn with_analysis(self, analysis: AnalysisFn) -> Self {
        Self { analysis, ..self }
    }

    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Analyses what was read.
    pub fn check(&self) -> Outcome {
        let pedantic = self.options.pedantic || self.config.pedantic;
        let started = Instant::now();
        let inputs = self.inputs();
        let analysis = (self.analysis)(&inputs);
        let analysed = started.elapsed();
        let (stages, parsed) = (analysis.stages.clone(), analysis.parsed);
        let mut outcome = self.judge(analysis, pedantic);
        outcome.parsed = parsed;
        outcome.timing = self.timing.clone();
        outcome.timing.extend(stages);
        outcome.timing.insert("analyse", analysed);
        outcome
    }

    /// Every construction with its contexts, for maintainers.
    pub fn describe(&self) -> String {
        crate::project::describe(&self.inputs())
    }

    fn inputs(&self) -> Inputs<'_> {
        let pedantic = self.options.pedantic || self.config.pedantic;
        Inputs { root: &self.project.root, files: &self.files, config: &self.config, pedantic }
    }

    /// From all that was found to what is reported.
    fn judge(&self, analysis: Analysis, pedantic: bool) -> Outcome {
        let Analysis { mut findings, problems, comments, .. } = analysis;
        findings.sort_by(|left, right| order(left).cmp(&order(right)));
        let ids = fingerprint::identify(&findings, &self.files, &self.prefix());
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        let known = Known { rules: &rules, is_active: &|rule| self.selection.is_active(rule) };
        let suppressions = suppress(&findings, &self.files, &comments, known);
        let mut reported = Vec::new();
        let mut suppressed = 0;
        for ((finding, id), covered) in findings.into_iter().zip(ids).zip(suppressions.covered) {
            if !self.is_wanted(&finding, pedantic) {
                continue;
            }
            if covered {
                suppressed += 1;
            } else {
                reported.push(Identified { finding: self.graded(finding), id });
            }
        }
        let problems = self.problems.iter().cloned().chain(problems).chain(suppressions.problems);
        self.outcome(reported, problems.collect(), suppressed)
    }

    fn outcome(&self, findings: Vec<Identified>, problems: Vec<Problem>, suppressed: usize) -> Outcome {
        let directory = &self.options.directory;
        let mut problems: Vec<Problem> = problems
            .into_iter()
            .map(|problem| Problem { path: relative(directory, &self.project.root.join(&problem.path)), ..problem })
            .collect();
        problems.sort();
        problems.dedup();
        let paths = self.files.iter().map(|file| relative(directory, &file.absolute)).collect();
        let summary = Summary::new(&findings, self.files.len(), suppressed);
        Outcome { findings, problems, summary, files: self.files.clone(), paths, timing: BTreeMap::new(), parsed: 0 }
    }

    /// The way from the anchor to the root, empty when they are the same.
    fn prefix(&self) -> String {
        match relative(&self.project.anchor, &self.project.root) {
            same if same == "." => String::new(),
            way => way,
        }
    }

    fn is_wanted(&self, finding: &Finding, pedantic: bool) -> bool {
        let file = self.files.get(finding.place.file.index());
        let selected = file.is_some_and(|file| self.selection.holds(finding.rule, &file.absolute));
        (pedantic || !finding.pedantic) && selected && self.is_given(finding)
    }

    /// The whole project is analysed, but only what lies in the given paths is reported.
    fn is_given(&self, finding: &Finding) -> bool {
        let file = self.files.get(finding.place.file.index());
        file.is_some_and(|file| self.project.given.iter().any(|path| file.absolute.starts_with(path)))
    }

    fn graded(&self, mut finding: Finding) -> Finding {
        let file = self.files.get(finding.place.file.index());
        if let Some(level) = file.and_then(|file| self.selection.severity(finding.rule, &file.absolute)) {
            finding.severity = level.into();
        }
        finding
    }
}

/// By place; the files are sorted by path.
fn order(finding: &Finding) -> (Place, &str, &str) {
    (finding.place, finding.rule, &finding.message)
}

fn read_config(project: &Project, options: &Options) -> Result<(Config, Written), ConfigError> {
    let written = Written::read(&options.settings, &project.root, &options.directory)?;
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    Ok((Config::of(&written.tree, &rules)?, written))
}

/// Where patterns and paths of the settings count from: the folder of the file, or the root where it was named.
fn base(project: &Project, written: &Written, options: &Options) -> PathBuf {
    let folder = written.folder().filter(|_| options.settings == Choice::Nearest);
    folder.unwrap_or(&project.root).to_path_buf()
}

fn exclude_error(written: &Written, message: String) -> ConfigError {
    let place = written.tree.get("exclude").and_then(|exclude| exclude.place.clone());
    ConfigError::at(&place, "", message)
}

fn check_rule_ids(options: &Options) -> Result<(), SessionError> {
    let mut named = options.select.iter().chain(&options.ignore);
    match named.find(|id| !RULES.iter().any(|rule| rule.id == id.as_str())) {
        Some(id) => Err(SessionError::unknown_rule(id)),
        None => Ok(()),
    }
}
