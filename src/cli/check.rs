//! `connlint check`: runs a session, fixes, and hands the outcome to the renderers.
//!
//! Knows options and exit codes; what is found is not its business.

use std::io::Read;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Ending;
use super::args::CheckArgs;
use super::interrupt;
use super::output::{Failure, Output, complain, count};
use super::progress::Progress;
use super::reports::{self, Destination};
use super::statistics;
use crate::fix::write_all;
use crate::report::{masked_diff, plain_name, quotes_secret};
use crate::session::{BaselineFile, Options, Outcome, Repair, Session};
use crate::source::{Overlay, Since, clean, strip_bom};

pub fn check(args: CheckArgs, output: &mut Output) -> Result<Ending, Failure> {
    let destinations = reports::destinations(&args.format)?;
    let progress = Progress::start();
    let options = Options { watch: progress.watch(), ..options(&args)? };
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
    for problem in &outcome.problems {
        complain(&format!("warning: {}: {}", plain_name(&problem.path), plain_name(&problem.message)));
    }
    complain_of_settings(&outcome.passed_over);
    if outcome.summary.files == 0 {
        complain("warning: there is no file that connlint reads; `connlint doctor` tells what was left out");
    }
    let wanted = destinations.iter().filter(|destination| !(args.diff && destination.is_output()));
    reports::write(outcome, wanted, output)
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
    let mut session = ManuallyDrop::new(Session::open(options)?);
    let outcome = session.check();
    session.remember(&outcome);
    let ending = ending(&outcome, args);
    if args.diff {
        let repair = session.repair(outcome.clone(), args.unsafe_fixes || !args.fix);
        show(&repair, output)?;
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
    let fails = args.fail_on.severity().is_some_and(|least| outcome.worst().is_some_and(|worst| worst >= least));
    if fails { Ending::Findings } else { Ending::Clean }
}

fn show(repair: &Repair, output: &mut Output) -> Result<(), Failure> {
    for change in &repair.changes {
        output.text(&masked_diff(change))?;
    }
    tell(repair, "shown");
    Ok(())
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

fn options(args: &CheckArgs) -> Result<Options, Failure> {
    let directory = std::env::current_dir()?;
    let mut paths = args.paths.clone();
    let overlay = match &args.stdin_filename {
        Some(path) => stdin_overlay(&directory, path, &mut paths)?,
        None => Overlay::default(),
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
        since: since(args),
        ..Options::default()
    })
}

fn since(args: &CheckArgs) -> Option<Since> {
    if args.staged { Some(Since::Staged) } else { args.since.clone().map(Since::Commit) }
}

/// Standard input stands for the file, and the file is what is reported on unless paths are given.
fn stdin_overlay(directory: &Path, path: &Path, paths: &mut Vec<PathBuf>) -> Result<Overlay, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    if paths.is_empty() {
        paths.push(path.to_path_buf());
    }
    let mut overlay = Overlay::default();
    overlay.insert(clean(directory, path), strip_bom(&text).into());
    Ok(overlay)
}

/// Deep nesting needs deep stacks.
pub(super) const STACK: usize = 16 * 1024 * 1024;

fn pool(jobs: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    let builder = rayon::ThreadPoolBuilder::new().stack_size(STACK).num_threads(jobs.unwrap_or_default().into());
    builder.build().map_err(|error| Failure::Other(format!("cannot start threads: {error}")))
}
