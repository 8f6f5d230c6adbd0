//! One run over a project: discover, read, analyse, suppress, name, select, sort.
//!
//! What the command line, the editor and the tests all call. Knows no format and prints nothing.

mod accepted;
mod doctor;
mod effective;
mod error;
mod outcome;
mod repair;
mod scope;
mod selection;
mod watch;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{self, Choice, Config, ConfigError, Written};
use crate::facts::Comment;
use crate::finding::{Finding, Place};
use crate::map::Map;
use crate::project::{Analysis, Inputs, analyse, ask};
use crate::rules::{self, RULES};
use crate::source::{
    Changes, Excludes, FileId, Overlay, Problem, Project, Since, SourceFile, changes, clean, discover, load, locate,
    relative,
};
use crate::suppress::{Known, suppress};

use accepted::Baseline;
use outcome::LeftOut;
use selection::Selection;

pub use accepted::{BASELINE, BaselineFile};
pub use doctor::Diagnosis;
pub use effective::{Effective, effective};
pub use error::SessionError;
pub use outcome::{Accepted, Identified, Outcome, Summary};
pub use repair::Repair;
pub use watch::{Stage, Watch};

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
    /// Where accepted findings are written down.
    pub baseline: BaselineFile,
    /// Report only what touches lines that have changed.
    pub since: Option<Since>,
    /// Is told how far the work has come.
    pub watch: Watch,
}

/// A project that has been read and can be checked.
#[derive(Debug)]
pub struct Session {
    options: Options,
    project: Project,
    config: Config,
    /// What paths and patterns of the settings count from.
    base: PathBuf,
    excludes: Excludes,
    selection: Selection,
    files: Vec<SourceFile>,
    problems: Vec<Problem>,
    timing: BTreeMap<&'static str, Duration>,
    analysis: AnalysisFn,
    baseline: Option<Baseline>,
    changes: Option<Changes>,
}

/// What a session does with what it has read.
pub type AnalysisFn = fn(&Inputs) -> Analysis;

/// Checks the paths once.
pub fn run(options: Options) -> Result<Outcome, SessionError> {
    Ok(Session::open(options)?.check())
}

impl Session {
    /// Finds and reads the project.
    pub fn open(mut options: Options) -> Result<Self, SessionError> {
        check_rule_ids(&options)?;
        let buffers: Vec<PathBuf> = options.overlay.keys().cloned().collect();
        let project = locate(&options.directory, &options.paths, &buffers)?;
        let (mut config, written) = read_config(&project, &options)?;
        let base = base(&project, &written, &options);
        let excludes = Excludes::new(&base, &config.exclude).map_err(|message| exclude_error(&written, message))?;
        let selection = Selection::new(&options, &config, &base).map_err(|message| exclude_error(&written, message))?;
        let baseline = accepted::read(accepted::place(&project, &config, &options, &base), &options)?;
        let changes = options.since.as_ref().map(|since| changes(&project.root, since)).transpose()?;
        scope::overlay_staged(&mut options.overlay, changes.as_ref());
        let started = Instant::now();
        options.watch.tell(Stage::Discover);
        let found = discover(&project, &excludes);
        let discovered = Instant::now();
        options.watch.tell(Stage::Read(found.files.len()));
        let loaded = load(&project.root, &found.files, &options.overlay);
        config.homes_from(|module| relative(&project.root, &clean(&base, Path::new(module))));
        config::homes(&config, &written, &project.root, &loaded.files)?;
        let problems = found.problems.into_iter().chain(loaded.problems).collect();
        let timing = BTreeMap::from([("discover", discovered - started), ("read", discovered.elapsed())]);
        Ok(Self {
            options,
            project,
            config,
            base,
            excludes,
            selection,
            files: loaded.files,
            problems,
            timing,
            analysis: |inputs| analyse(inputs, rules::run),
            baseline,
            changes,
        })
    }

    /// The same session with another analysis: for tests of the session itself.
    pub fn with_analysis(self, analysis: AnalysisFn) -> Self {
        Self { analysis, ..self }
    }

    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// What could not be read. Paths relative to the root.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The name of the root's folder.
    pub fn name(&self) -> &str {
        self.project.root.file_name().and_then(|name| name.to_str()).unwrap_or("project")
    }

    /// Analyses what was read.
    pub fn check(&self) -> Outcome {
        let pedantic = self.options.pedantic || self.config.pedantic;
        let started = Instant::now();
        self.options.watch.tell(Stage::Analyse(self.files.len()));
        let analysis = self.analyse();
        let analysed = started.elapsed();
        let (stages, parsed) = (analysis.stages.clone(), analysis.parsed);
        let mut outcome = self.judge(analysis, pedantic);
        outcome.parsed = parsed;
        outcome.timing = self.timing.clone();
        outcome.timing.extend(stages);
        outcome.timing.insert("analyse", analysed);
        outcome
    }

    /// An analysis that ends abnormally has found nothing, and says so.
    fn analyse(&self) -> Analysis {
        let inputs = self.inputs();
        let ended = std::panic::catch_unwind(AssertUnwindSafe(|| (self.analysis)(&inputs)));
        ended.unwrap_or_else(|_| Analysis {
            comments: vec![Vec::new(); self.files.len()],
            failure: Some("the analysis ended abnormally: this is a fault of connlint, please report it".into()),
            ..Analysis::default()
        })
    }

    /// Every construction with its contexts, for maintainers.
    pub fn describe(&self) -> String {
        crate::project::describe(&self.inputs())
    }

    /// Every client of the project, and what they come to on each server.
    pub fn map(&self) -> Result<Map, SessionError> {
        Ok(ask(&self.inputs(), crate::map::draw)?)
    }

    fn inputs(&self) -> Inputs<'_> {
        let pedantic = self.options.pedantic || self.config.pedantic;
        Inputs { root: &self.project.root, files: &self.files, config: &self.config, pedantic }
    }

    /// From all that was found to what is reported.
    fn judge(&self, analysis: Analysis, pedantic: bool) -> Outcome {
        let problems: Vec<Problem> = self.problems.iter().cloned().chain(analysis.problems).collect();
        let (findings, covered) = self.suppressed(analysis.findings, &analysis.comments, &problems, &analysis.failure);
        let found = self.identified(findings);
        let comparison = self.compare(&found, &covered, &problems, &analysis.failure);
        let mut reported = Vec::new();
        let mut left_out = LeftOut::default();
        for (index, found) in found.into_iter().enumerate() {
            if !self.is_wanted(&found.finding, pedantic) {
                continue;
            }
            match () {
                () if covered[index] => left_out.suppressed += 1,
                () if !self.is_changed(&found.finding) => left_out.unchanged += 1,
                () if comparison.as_ref().is_some_and(|it| it.accepted[index]) => left_out.baselined += 1,
                () => reported.push(Identified { finding: self.graded(found.finding), ..found }),
            }
        }
        let accepted = comparison.map(|it| Accepted { standing: it.standing, stale: it.stale });
        Outcome { failure: analysis.failure, ..self.outcome(reported, problems, left_out, accepted) }
    }

    /// All findings, with those about the comments, in order; and for each whether a comment covers it.
    fn suppressed(
        &self,
        mut findings: Vec<Finding>,
        comments: &[Vec<Comment>],
        problems: &[Problem],
        failure: &Option<String>,
    ) -> (Vec<Finding>, Vec<bool>) {
        findings.sort_by(|left, right| order(left).cmp(&order(right)));
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        let is_understood = |file: FileId| failure.is_none() && !self.has_problem(file, problems);
        let is_active = |rule: &str| self.selection.is_active(rule);
        let known = Known { rules: &rules, is_active: &is_active, is_understood: &is_understood };
        let suppressions = suppress(&findings, &self.files, comments, known);
        let own = suppressions.findings.into_iter().map(|finding| (finding, false));
        let mut all: Vec<(Finding, bool)> = findings.into_iter().zip(suppressions.covered).chain(own).collect();
        all.sort_by(|left, right| order(&left.0).cmp(&order(&right.0)));
        all.into_iter().unzip()
    }

    fn has_problem(&self, file: FileId, problems: &[Problem]) -> bool {
        let path = self.files.get(file.index()).map(|file| &file.path);
        path.is_some_and(|path| problems.iter().any(|problem| problem.path == *path))
    }

    fn outcome(
        &self,
        findings: Vec<Identified>,
        mut problems: Vec<Problem>,
        left_out: LeftOut,
        baseline: Option<Accepted>,
    ) -> Outcome {
        let directory = &self.options.directory;
        for problem in &mut problems {
            problem.path = relative(directory, &self.project.root.join(&problem.path));
        }
        problems.sort();
        problems.dedup();
        let paths = self.files.iter().map(|file| relative(directory, &file.absolute)).collect();
        let stale = baseline.as_ref().map_or(0, |baseline| baseline.stale.len());
        let summary = Summary { stale, ..Summary::new(&findings, self.files.len(), left_out) };
        Outcome { findings, problems, summary, files: self.files.clone(), paths, baseline, ..Outcome::default() }
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
