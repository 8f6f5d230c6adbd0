//! `connlint check`: runs a session, fixes, and hands the outcome to the renderers.
//!
//! Knows options and exit codes; what is found is not its business.

use std::io::Read;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Ending;
use super::args::{CheckArgs, FailOn};
use super::interrupt;
use super::output::{Failure, Output, complain, count};
use super::precommit::{self, Asked};
use super::progress::Progress;
use super::reports::{self, Destination};
use super::statistics;
use super::terminal::style;
use crate::finding::Applicability;
use crate::fix::write_all;
use crate::frontend::lower;
use crate::report::{Detail, diff, plain_name, problem_line, quotes_secret, shows};
use crate::session::{BaselineFile, Options, Outcome, Repair, Session};
use crate::source::{FileKind, Overlay, Problem, Since, SourceFile, clean, strip_bom};

pub fn check(args: CheckArgs, output: &mut Output) -> Result<Ending, Failure> {
    let destinations = reports::destinations(&args.format)?;
    let asked = asked(&args)?;
    if asked.nothing {
        return Ok(Ending::Clean);
    }
    let progress = Progress::start(args.quiet);
    let options = Options { watch: progress.watch(), ..options(&args, &asked)? };
    let pool = pool(args.jobs)?;
    let started = Instant::now();
    let worked = pool.install(|| work(&args, options, output));
    drop(progress);
    let (outcome, ending) = worked?;
    report(&outcome, &args, &destinations, output)?;
    if args.statistics {
        statistics::rules(&outcome);
    }
    if args.timing {
        statistics::timing(&outcome, started.elapsed());
    }
    match outcome.failure {
        Some(failure) => Err(Failure::Other(failure)),
        None => Ok(ending),
    }
}

/// The diff takes the report's place on standard output.
fn report(
    outcome: &Outcome,
    args: &CheckArgs,
    destinations: &[Destination],
    output: &mut Output,
) -> Result<(), Failure> {
    if !args.quiet {
        if let Some(root) = outcome.root.as_ref().filter(|_| destinations.iter().any(Destination::is_for_people)) {
            complain(&format!("note: the project begins at {}, all of it is read", plain_name(root)));
        }
        complain_of_problems(&outcome.problems, args.verbose);
        complain_of_settings(&outcome.passed_over);
        if outcome.summary.files == 0 {
            complain("warning: there is no file that connlint reads; `connlint doctor` tells what was left out");
        }
    }
    let wanted = destinations.iter().filter(|destination| !(args.diff && destination.is_output()));
    let detail = match () {
        () if args.quiet => Detail::Quiet,
        () if args.verbose => Detail::Verbose,
        () => Detail::Usual,
    };
    reports::write(outcome, wanted, detail, output)
}

/// Each by itself where they are few, else the first and how many there are.
fn complain_of_problems(problems: &[Problem], all: bool) {
    const FEW: usize = 5;
    let shown = if all || problems.len() <= FEW { problems.len() } else { 1 };
    problems.iter().take(shown).for_each(|problem| complain(&format!("warning: {}", problem_line(problem))));
    if shown < problems.len() {
        let more = count(problems.len() - shown, "problem");
        complain(&format!("warning: {more} more of files that could not be analysed in full; `--verbose` lists them"));
    }
}

/// A few names show which they are.
fn complain_of_settings(passed_over: &[String]) {
    const SHOWN: usize = 3;
    if passed_over.is_empty() {
        return;
    }
    let names: Vec<String> = passed_over.iter().take(SHOWN).map(|path| plain_name(path)).collect();
    let more = passed_over.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    complain(&format!(
        "warning: these settings do not count, one file holds for all that is checked together: {}{more}; check their \
         folders by themselves, or write `[[overrides]]` for them",
        names.join(", ")
    ));
}

/// Checks and fixes, without the report.
fn work(args: &CheckArgs, options: Options, output: &mut Output) -> Result<(Outcome, Ending), Failure> {
    // The program ends with it: taking its many parts asunder would be for nothing.
    let once = !args.fix && !args.unsafe_fixes && !args.diff;
    let mut session = ManuallyDrop::new(Session::open(Options { once, ..options })?);
    let outcome = session.check();
    session.remember(&outcome);
    let ending = ending(&outcome, args);
    if args.diff {
        let repair = session.preview(outcome.clone(), args.unsafe_fixes || !args.fix, shows);
        show(&repair, output)?;
        tell_hidden(&outcome, args.unsafe_fixes || !args.fix);
        return Ok((outcome, ending));
    }
    if !args.fix && !args.unsafe_fixes {
        return Ok((outcome, ending));
    }
    let repair = session.repair(outcome, args.unsafe_fixes);
    refuse_staged_otherwise(&session, &repair)?;
    write_all(&repair.changes, interrupt::watch())?;
    tell(&repair, "applied");
    let ending = self::ending(&repair.outcome, args);
    Ok((repair.outcome, ending))
}

/// What was read as it is staged cannot be written over what the working tree holds.
fn refuse_staged_otherwise(session: &Session, repair: &Repair) -> Result<(), Failure> {
    let mixed = repair.changes.iter().find(|change| session.is_staged_otherwise(&change.absolute));
    mixed.map_or(Ok(()), |change| {
        let path = &change.path;
        Err(Failure::Other(format!(
            "{path}: has changes that are not staged; stage or stash them to fix it with `--staged`"
        )))
    })
}

fn ending(outcome: &Outcome, args: &CheckArgs) -> Ending {
    let least = FailOn::severity(&args.fail_on);
    let grave = least.is_some_and(|least| outcome.worst().is_some_and(|worst| worst >= least));
    let unread = args.fail_on.contains(&FailOn::Problems) && !outcome.problems.is_empty();
    if grave || unread { Ending::Findings } else { Ending::Clean }
}

fn show(repair: &Repair, output: &mut Output) -> Result<(), Failure> {
    for change in &repair.changes {
        output.text(&diff(change, style()))?;
    }
    tell(repair, "shown");
    Ok(())
}

/// Fixes that a diff could only show with what they hide, and which nothing could apply then.
fn tell_hidden(outcome: &Outcome, unsafe_too: bool) {
    let fixes = outcome.findings.iter().filter_map(|found| found.finding.fix.as_ref());
    let wanted = fixes.filter(|fix| match fix.applicability {
        Applicability::Safe => true,
        Applicability::Unsafe => unsafe_too,
        Applicability::Manual => false,
    });
    let hidden = wanted.filter(|fix| !shows(fix, &outcome.files)).count();
    if hidden > 0 {
        complain(&format!(
            "{} left out: a diff would show credentials; {} without `--diff` applies what it can",
            count(hidden, "fix"),
            if unsafe_too { "`--unsafe-fixes`" } else { "`--fix`" }
        ));
    }
}

fn tell(repair: &Repair, done: &str) {
    if repair.applied > 0 {
        let (fixes, files) = (count(repair.applied, "fix"), count(repair.changes.len(), "file"));
        complain(&format!("{fixes} {done} in {files}"));
    }
    if repair.left > 0 {
        complain(&format!("{} left out: they overlap with others", count(repair.left, "fix")));
    }
    if repair.taken_back {
        complain("some fixes left out: they would leave files that cannot be parsed");
    }
}

fn options(args: &CheckArgs, asked: &Asked) -> Result<Options, Failure> {
    let directory = std::env::current_dir()?;
    let Asked { since, mut paths, .. } = asked.clone();
    let given = paths.len();
    paths.retain(|path| path != Path::new("-"));
    let overlay = if args.stdin_filename.is_some() || paths.len() < given {
        stdin_overlay(&directory, args.stdin_filename.as_deref(), &mut paths)?
    } else {
        Overlay::default()
    };
    Ok(Options {
        paths,
        overlay,
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        pedantic: args.pedantic,
        cache_dir: args.cache_dir.as_ref().map(|path| clean(&directory, path)),
        directory,
        no_cache: args.no_cache,
        quotes: Some(quotes_secret),
        settings: args.settings.choice(),
        baseline: args.baseline.clone().map_or(BaselineFile::Settings, BaselineFile::Given),
        since,
        ..Options::default()
    })
}

fn asked(args: &CheckArgs) -> Result<Asked, Failure> {
    if args.staged {
        return precommit::asked(&std::env::current_dir()?, &args.paths);
    }
    Ok(Asked { since: args.since.clone().map(Since::Commit), paths: args.paths.clone(), nothing: false })
}

/// Standard input stands for the file, and the file is what is reported on unless paths are given. A text without a
/// name is taken for a file of the language that it is written in.
fn stdin_overlay(directory: &Path, path: Option<&Path>, paths: &mut Vec<PathBuf>) -> Result<Overlay, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let path = path.unwrap_or_else(|| Path::new(name_for(&text)));
    if paths.is_empty() {
        paths.push(path.to_path_buf());
    }
    let mut overlay = Overlay::default();
    overlay.insert(clean(directory, path), strip_bom(&text).into());
    Ok(overlay)
}

/// The name under which a text parses best.
fn name_for(text: &str) -> &'static str {
    let names = [("stdin.tsx", FileKind::Tsx), ("stdin.py", FileKind::Python), ("stdin.rs", FileKind::Rust)];
    let problems = |kind| {
        let file = SourceFile { path: String::new(), absolute: PathBuf::new(), kind, text: text.into() };
        lower(&file).map_or(0, |facts| facts.problems.len())
    };
    names.into_iter().min_by_key(|(_, kind)| problems(*kind)).map_or("stdin.tsx", |(name, _)| name)
}

/// Deep nesting needs deep stacks.
pub(super) const STACK: usize = 16 * 1024 * 1024;

fn pool(jobs: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    let builder = rayon::ThreadPoolBuilder::new().stack_size(STACK).num_threads(jobs.unwrap_or_default().into());
    builder.build().map_err(|error| Failure::Other(format!("cannot start threads: {error}")))
}
