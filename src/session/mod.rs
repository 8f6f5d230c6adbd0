//! One run over a project: discover, read, analyse, suppress, merge, name, select, sort.
//!
//! What the command line, the editor and the tests all call. Knows no format and prints nothing.

mod accepted;
mod doctor;
mod effective;
mod error;
mod kept;
mod live;
mod merged;
mod outcome;
mod repair;
mod scope;
mod selection;
mod settings;
mod watch;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cache::{Cache, Folder, Index};
use crate::checks::{Analysis, View, analyse, ask};
use crate::config::Choice;
use crate::facts::Comment;
use crate::finding::{Finding, Place, Severity};
use crate::map::Map;
use crate::rules::{self, RULES};
use crate::scope::inputs::{Inputs, Stop};
use crate::scope::memory::{Memory, prepare};
use crate::source::{
    Changes, Discovered, FileId, Overlay, Problem, Project, Since, SourceFile, changes, discover_telling, load,
    relative,
};
use crate::suppress::{Known, spare, suppress};

use accepted::Baseline;
use outcome::LeftOut;
use settings::Settings;

pub use accepted::{BASELINE, BaselineFile};
pub use doctor::Diagnosis;
pub use effective::{Effective, effective};
pub use error::SessionError;
pub use kept::Quotes;
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
    /// Give the other ways to mend a finding too, for who chooses among them.
    pub alternatives: bool,
    pub no_cache: bool,
    /// Which settings files count.
    pub settings: Choice,
    /// Where accepted findings are written down.
    pub baseline: BaselineFile,
    /// Report only what touches lines that have changed.
    pub since: Option<Since>,
    /// Is told how far the work has come.
    pub watch: Watch,
    /// A folder for caches outside the project, which many projects may share.
    pub cache_dir: Option<PathBuf>,
    /// Without it no outcome is kept for the next run: nobody can tell whether it holds a secret.
    pub quotes: Option<Quotes>,
    /// It is checked once: nothing is remembered for another time, but for what the cache holds.
    pub once: bool,
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
    baseline: Option<Baseline>,
    changes: Option<Changes>,
    memory: Memory,
    /// Where the cache lies, if there is to be one.
    folder: Option<Folder>,
    /// What the last run with a cache has left.
    index: Index,
    /// What this session has said before.
    last: Option<kept::Last>,
    changed: live::Changed,
    good: live::GoodTexts,
}

/// What a session does with what it has read.
pub type AnalysisFn = fn(&Inputs) -> Analysis;

/// Checks the paths once.
pub fn run(options: Options) -> Result<Outcome, SessionError> {
    let session = Session::open(Options { once: true, ..options })?;
    let outcome = session.check();
    session.remember(&outcome);
    Ok(outcome)
}

impl Session {
    /// Finds and reads the project.
    pub fn open(mut options: Options) -> Result<Self, SessionError> {
        check_rule_ids(&options)?;
        let settings = Settings::read(&options)?;
        let changes = options.since.as_ref().map(|since| changes(&settings.project.root, since)).transpose()?;
        scope::overlay_staged(&mut options.overlay, changes.as_ref());
        let folder = cache_folder(&settings.project, &options);
        let read = || folder.as_ref().map(Folder::index).unwrap_or_default();
        let own = settings.config.own().is_empty();
        let read = || {
            let index = read();
            if own && index.has_no_reports() {
                // Wanted soon, and by itself.
                rayon::spawn(prepare);
            }
            index
        };
        let (index, found) = rayon::join(read, || find(&settings, &options));
        let memory = if options.once { Memory::for_once } else { Memory::new };
        let mut session = Self {
            options,
            settings,
            baseline: None,
            changes,
            listing: Discovered::default(),
            files: Vec::new(),
            problems: Vec::new(),
            timing: BTreeMap::new(),
            analysis: |inputs| analyse(inputs, rules::run),
            memory: memory(Cache::of(folder.clone())),
            folder,
            index,
            last: None,
            changed: live::Changed::default(),
            good: live::GoodTexts::default(),
        };
        session.baseline = session.accepted()?;
        session.load(found);
        session.settings.check_homes(&session.files)?;
        session.hold(&BTreeSet::new());
        Ok(session)
    }

    /// Lists and reads the files; texts that are known to be as on disk are not read again.
    fn list(&mut self) {
        self.load(find(&self.settings, &self.options));
    }

    fn load(&mut self, (mut found, discover): (Discovered, Duration)) {
        let started = Instant::now();
        self.options.watch.tell(Stage::Read(found.files.len()));
        let texts = self.known_texts();
        let loaded = load(&self.settings.project.root, &found.files, &texts, &self.index.known());
        self.problems = std::mem::take(&mut found.problems).into_iter().chain(loaded.problems).collect();
        self.timing = BTreeMap::from([("discover", discover), ("read", started.elapsed())]);
        (self.listing, self.files) = (found, loaded.files);
    }

    /// The same session with another analysis, whose answers are not kept: for tests of the session itself.
    pub fn with_analysis(self, analysis: AnalysisFn) -> Self {
        Self { analysis, folder: None, ..self }
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

    /// Analyses what was read, unless an earlier run has said it all.
    pub fn check(&self) -> Outcome {
        self.recall().unwrap_or_else(|| self.judged())
    }

    fn judged(&self) -> Outcome {
        let pedantic = self.options.pedantic || self.settings.config.pedantic;
        let started = Instant::now();
        self.options.watch.tell(Stage::Analyse(self.files.len()));
        let analysis = self.analyse();
        let analysed = started.elapsed();
        let (stages, relevant) = (analysis.stages.clone(), analysis.relevant);
        let stopped = analysis.stopped;
        let mut outcome = self.judge(analysis, pedantic);
        outcome.stopped = stopped;
        (outcome.relevant, outcome.parsed) = (relevant, self.memory.parsed());
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
        crate::checks::describe(&self.inputs())
    }

    /// What the analysis says of the functions of a file that the name means, of all where there is none, for
    /// maintainers; `None` where there is no such function. The path is absolute.
    pub fn describe_functions(
        &self,
        file: &Path,
        name: Option<&str>,
        view: View,
    ) -> Result<Option<String>, SessionError> {
        let root = &self.settings.project.root;
        Ok(ask(&self.inputs(), |project| crate::checks::functions(project, &relative(root, file), name, view))?)
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
            alternatives: self.options.alternatives,
            changes: self.changes.as_ref(),
            memory,
            stop,
        }
    }

    /// From all that was found to what is reported.
    fn judge(&self, analysis: Analysis, pedantic: bool) -> Outcome {
        let problems: Vec<Problem> = self.problems.iter().cloned().chain(analysis.problems).collect();
        let found = self.suppressed(analysis.findings, &analysis.comments, &problems, &analysis.failure);
        let (findings, covered): (Vec<Finding>, Vec<bool>) = self.merged(found, pedantic).into_iter().unzip();
        let found = self.identified(findings);
        let comparison = self.compare(&found, &covered, &problems, &analysis.failure);
        let mut reported = Vec::new();
        let mut left_out = LeftOut::default();
        let is_changed = self.is_changed();
        for (index, found) in found.into_iter().enumerate() {
            if !self.is_wanted(&found.finding, pedantic) {
                continue;
            }
            match () {
                () if covered[index] => left_out.suppressed += 1,
                () if !is_changed(&found.finding) => left_out.unchanged += 1,
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
    ) -> Vec<(Finding, bool)> {
        findings.sort_by(|left, right| order(left).cmp(&order(right)));
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        let is_understood = |file: FileId| failure.is_none() && !self.has_problem(file, problems);
        let is_active = |rule: &str| self.settings.selection.is_active(rule);
        let known = Known { rules: &rules, is_active: &is_active, is_understood: &is_understood };
        let suppressions = suppress(&findings, &self.files, comments, known);
        spare(&mut findings, &suppressions.covered);
        let own = suppressions.findings.into_iter().map(|finding| (finding, false));
        let mut all: Vec<(Finding, bool)> = findings.into_iter().zip(suppressions.covered).chain(own).collect();
        all.sort_by(|left, right| order(&left.0).cmp(&order(&right.0)));
        all
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
        problems.extend(self.lost());
        for problem in &mut problems {
            problem.path = relative(directory, &self.settings.project.root.join(&problem.path));
        }
        problems.sort();
        problems.dedup();
        let stale = baseline.as_ref().map_or(0, |baseline| baseline.stale.len());
        let summary = Summary { stale, ..Summary::new(&findings, self.files.len(), left_out) };
        let passed_over = self.passed_over();
        self.shown(Outcome { findings, problems, summary, baseline, passed_over, ..Outcome::default() })
    }

    /// Files whose texts are no longer those that were analysed: nothing of them can be quoted or mended.
    fn lost(&self) -> impl Iterator<Item = Problem> {
        let lost = self.files.iter().filter(|file| file.text.is_lost());
        lost.map(|file| Problem::new(&file.path, "changed while it was analysed; run connlint again"))
    }

    /// The outcome with the files that it is about.
    fn shown(&self, outcome: Outcome) -> Outcome {
        let directory = &self.options.directory;
        let paths = self.files.iter().map(|file| relative(directory, &file.absolute)).collect();
        Outcome {
            root: self.root_elsewhere(),
            files: self.files.clone(),
            paths,
            timing: self.timing.clone(),
            ..outcome
        }
    }

    /// The root as seen from the working directory, where it was not given.
    fn root_elsewhere(&self) -> Option<String> {
        let Project { root, given, bare, .. } = &self.settings.project;
        (!bare && !given.contains(root)).then(|| relative(&self.options.directory, root))
    }

    /// Settings files below the root, which do not count.
    fn passed_over(&self) -> Vec<String> {
        let files = self.settings.passed_over_below(&self.listing.settings, &self.files);
        files.iter().map(|file| relative(&self.options.directory, file)).collect()
    }

    /// The way from the anchor to the root, empty when they are the same.
    fn prefix(&self) -> String {
        match relative(&self.settings.project.anchor, &self.settings.project.root) {
            same if same == "." => String::new(),
            way => way,
        }
    }

    fn is_wanted(&self, finding: &Finding, pedantic: bool) -> bool {
        let file = self.files.get(finding.place.file.index());
        let selected = file.is_some_and(|file| self.settings.selection.holds(finding.rule, &file.absolute));
        (pedantic || !finding.pedantic) && selected && self.is_given(finding)
    }

    /// The whole project is analysed, but only what lies in the given paths is reported.
    fn is_given(&self, finding: &Finding) -> bool {
        let file = self.files.get(finding.place.file.index());
        file.is_some_and(|file| self.settings.project.given.iter().any(|path| file.absolute.starts_with(path)))
    }

    fn graded(&self, finding: Finding) -> Finding {
        Finding { severity: self.severity(&finding), ..finding }
    }

    /// What the settings say, or else the rule.
    fn severity(&self, finding: &Finding) -> Severity {
        let file = self.files.get(finding.place.file.index());
        let level = file.and_then(|file| self.settings.selection.severity(finding.rule, &file.absolute));
        level.map_or(finding.severity, Severity::from)
    }
}

/// The project's files, and how long it took to find them.
fn find(Settings { project, excludes, .. }: &Settings, options: &Options) -> (Discovered, Duration) {
    let started = Instant::now();
    options.watch.tell(Stage::Discover(0, &project.root));
    let entered = |found, directory: &Path| options.watch.tell(Stage::Discover(found, directory));
    let found = discover_telling(project, excludes, options.overlay.keys(), &entered);
    (found, started.elapsed())
}

/// By place; the files are sorted by path.
fn order(finding: &Finding) -> (Place, &str, &str) {
    (finding.place, finding.rule, &finding.message)
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
