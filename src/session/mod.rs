//! One run over a project: discover, read, analyse, suppress, name, select, sort.
//!
//! What the command line, the editor and the tests all call. Knows no format and prints nothing.

mod error;
mod live;
mod outcome;
mod repair;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cache::Folder;
use crate::config::{Config, ConfigError};
use crate::finding::{Finding, Place, fingerprint};
use crate::map::Map;
use crate::project::{Analysis, Inputs, Memory, Stop, analyse, ask};
use crate::rules::{self, RULES};
use crate::source::{Discovered, Excludes, Overlay, Problem, Project, SourceFile, discover, load, locate, relative};
use crate::suppress::{self, suppress};

pub use error::SessionError;
pub use outcome::{Identified, Outcome, Summary};
pub use repair::Repair;

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
    /// A folder for caches outside the project, which many projects may share.
    pub cache_dir: Option<PathBuf>,
    /// Set by whoever no longer waits for the answer.
    pub stop: Arc<Stop>,
}

/// A project that has been read and can be checked, again and again as it changes.
#[derive(Debug)]
pub struct Session {
    options: Options,
    settings: Settings,
    listing: Discovered,
    files: Vec<SourceFile>,
    problems: Vec<Problem>,
    timing: BTreeMap<&'static str, Duration>,
    analysis: AnalysisFn,
    memory: Memory,
    /// Where the cache lies, if there is to be one.
    folder: Option<Folder>,
    changed: live::Changed,
    good: live::GoodTexts,
}

/// Where the project begins and how it is to be checked.
#[derive(Debug)]
struct Settings {
    project: Project,
    config: Config,
    excludes: Excludes,
}

impl Settings {
    fn read(options: &Options) -> Result<Self, SessionError> {
        let buffers: Vec<PathBuf> = options.overlay.keys().cloned().collect();
        let project = locate(&options.directory, &options.paths, &buffers)?;
        let config = read_config(&project, options)?;
        let excludes = read_excludes(&project, &config, options)?;
        Ok(Self { project, config, excludes })
    }
}

/// What a session does with what it has read.
pub type AnalysisFn = fn(&Inputs) -> Analysis;

/// Checks the paths once.
pub fn run(options: Options) -> Result<Outcome, SessionError> {
    let session = Session::open(options)?;
    let outcome = session.check();
    session.remember();
    Ok(outcome)
}

impl Session {
    /// Finds and reads the project.
    pub fn open(options: Options) -> Result<Self, SessionError> {
        check_rule_ids(&options)?;
        let settings = Settings::read(&options)?;
        let folder = cache_folder(&settings.project, &options);
        let cache = folder.as_ref().map(Folder::read).unwrap_or_default();
        let mut session = Self {
            options,
            settings,
            listing: Discovered::default(),
            files: Vec::new(),
            problems: Vec::new(),
            timing: BTreeMap::new(),
            analysis: |inputs| analyse(inputs, rules::run),
            memory: Memory::new(cache),
            folder,
            changed: live::Changed::default(),
            good: live::GoodTexts::default(),
        };
        session.list();
        session.hold(&BTreeSet::new());
        Ok(session)
    }

    /// Lists and reads the files; texts that are known to be as on disk are not read again.
    fn list(&mut self) {
        let Settings { project, excludes, .. } = &self.settings;
        let started = Instant::now();
        let mut found = discover(project, excludes, self.options.overlay.keys());
        let discovered = Instant::now();
        let texts = self.known_texts();
        let loaded = load(&project.root, &found.files, &texts, self.memory.stamps());
        self.problems = std::mem::take(&mut found.problems).into_iter().chain(loaded.problems).collect();
        self.timing = BTreeMap::from([("discover", discovered - started), ("read", discovered.elapsed())]);
        (self.listing, self.files) = (found, loaded.files);
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
        self.settings.project.root.file_name().and_then(|name| name.to_str()).unwrap_or("project")
    }

    /// Analyses what was read.
    pub fn check(&self) -> Outcome {
        let pedantic = self.options.pedantic || self.settings.config.pedantic;
        let started = Instant::now();
        let inputs = self.inputs();
        let analysis = (self.analysis)(&inputs);
        let analysed = started.elapsed();
        let (stages, relevant) = (analysis.stages.clone(), analysis.relevant);
        let (stopped, broken) = (analysis.stopped, analysis.broken);
        let mut outcome = self.judge(analysis, pedantic);
        (outcome.stopped, outcome.broken) = (stopped, broken);
        (outcome.relevant, outcome.parsed) = (relevant, self.memory.parsed());
        outcome.timing = self.timing.clone();
        outcome.timing.extend(stages);
        outcome.timing.insert("analyse", analysed);
        outcome
    }

    /// Leaves what was learnt of the files for the next run. Buffers are not files: while some stand
    /// for files, the cache stays as it is.
    pub fn remember(&self) {
        let Some(folder) = self.folder.as_ref().filter(|_| self.options.overlay.is_empty()) else { return };
        let bytes = self.memory.draft(&self.files).and_then(|draft| draft.encode().ok());
        // A folder that may not be written to is a reason to go without, not to complain.
        let _ = bytes.map(|bytes| folder.write(&bytes));
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
        let pedantic = self.options.pedantic || self.settings.config.pedantic;
        let (memory, stop) = (&self.memory, &*self.options.stop);
        Inputs {
            root: &self.settings.project.root,
            files: &self.files,
            config: &self.settings.config,
            pedantic,
            memory,
            stop,
        }
    }

    /// From all that was found to what is reported.
    fn judge(&self, analysis: Analysis, pedantic: bool) -> Outcome {
        let Analysis { mut findings, problems, comments, .. } = analysis;
        findings.sort_by(|left, right| order(left).cmp(&order(right)));
        let ids = fingerprint::identify(&findings, &self.files, &self.prefix());
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        let known = suppress::Known { rules: &rules, is_active: &|rule| self.is_active(rule) };
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
            .map(|problem| Problem {
                path: relative(directory, &self.settings.project.root.join(&problem.path)),
                ..problem
            })
            .collect();
        problems.sort();
        problems.dedup();
        let paths = self.files.iter().map(|file| relative(directory, &file.absolute)).collect();
        let summary = Summary::new(&findings, self.files.len(), suppressed);
        Outcome { findings, problems, summary, files: self.files.clone(), paths, ..Outcome::default() }
    }

    /// The way from the anchor to the root, empty when they are the same.
    fn prefix(&self) -> String {
        match relative(&self.settings.project.anchor, &self.settings.project.root) {
            same if same == "." => String::new(),
            way => way,
        }
    }

    fn is_wanted(&self, finding: &Finding, pedantic: bool) -> bool {
        (pedantic || !finding.pedantic) && self.is_active(finding.rule) && self.is_given(finding)
    }

    fn is_active(&self, rule: &str) -> bool {
        let lint = &self.settings.config.lint;
        let select = if self.options.select.is_empty() { &lint.select } else { &self.options.select };
        let ignored = lint.ignore.iter().chain(&self.options.ignore).any(|id| id == rule);
        !ignored && (select.is_empty() || select.iter().any(|id| id == rule))
    }

    /// The whole project is analysed, but only what lies in the given paths is reported.
    fn is_given(&self, finding: &Finding) -> bool {
        let file = self.files.get(finding.place.file.index());
        file.is_some_and(|file| self.settings.project.given.iter().any(|path| file.absolute.starts_with(path)))
    }

    fn graded(&self, mut finding: Finding) -> Finding {
        if let Some(level) = self.settings.config.lint.severity.get(finding.rule) {
            finding.severity = (*level).into();
        }
        finding
    }
}

/// By place; the files are sorted by path.
fn order(finding: &Finding) -> (Place, &str, &str) {
    (finding.place, finding.rule, &finding.message)
}

fn read_config(project: &Project, options: &Options) -> Result<Config, ConfigError> {
    let Some(file) = &project.config else { return Ok(Config::default()) };
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    Config::load(file, &relative(&options.directory, file), &rules)
}

/// The patterns start from where the configuration stands.
fn read_excludes(project: &Project, config: &Config, options: &Options) -> Result<Excludes, ConfigError> {
    let file = project.config.as_deref();
    let base = file.and_then(Path::parent).unwrap_or(&project.root);
    let shown = file.map_or_else(String::new, |file| relative(&options.directory, file));
    Excludes::new(base, &config.exclude).map_err(|message| ConfigError::new(&shown, message))
}

/// Without a project there is no place for a cache: files that were only named leave nothing behind.
fn cache_folder(project: &Project, options: &Options) -> Option<Folder> {
    let wanted = !options.no_cache && (!project.bare || options.cache_dir.is_some());
    wanted.then(|| Folder::new(&project.root, options.cache_dir.as_deref()))
}

fn check_rule_ids(options: &Options) -> Result<(), SessionError> {
    let mut named = options.select.iter().chain(&options.ignore);
    match named.find(|id| !RULES.iter().any(|rule| rule.id == id.as_str())) {
        Some(id) => Err(SessionError::unknown_rule(id)),
        None => Ok(()),
    }
}
