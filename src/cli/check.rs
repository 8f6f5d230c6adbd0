//! `connlint check`: runs a session, fixes, and hands the outcome to the renderers.
//!
//! Knows options and exit codes; what is found is not its business.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Ending;
use super::args::{CheckArgs, Target};
use super::output::{Failure, Output, complain, has_color};
use super::render::render;
use super::statistics;
use crate::fix::{unified, write_all};
use crate::report::{Format, masked_diff};
use crate::session::{Options, Outcome, Repair, Session};
use crate::source::{Overlay, clean, strip_bom};

pub fn check(args: CheckArgs, output: &mut Output) -> Result<Ending, Failure> {
    let targets = targets(&args)?;
    let options = options(&args)?;
    let pool = pool(args.jobs)?;
    let started = Instant::now();
    let (outcome, ending) = pool.install(|| work(&args, options, output))?;
    report(&outcome, &args, &targets, output)?;
    if args.statistics {
        statistics::rules(&outcome);
    }
    if args.timing {
        statistics::timing(&outcome, started.elapsed());
    }
    Ok(ending)
}

/// Checks and fixes, without the report.
fn work(args: &CheckArgs, options: Options, output: &mut Output) -> Result<(Outcome, Ending), Failure> {
    let mut session = Session::open(options)?;
    let outcome = session.check();
    session.remember();
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
    write_all(&repair.changes)?;
    tell(&repair, "applied");
    let ending = self::ending(&repair.outcome, args);
    Ok((repair.outcome, ending))
}

fn ending(outcome: &Outcome, args: &CheckArgs) -> Ending {
    let fails = outcome.worst().is_some_and(|worst| worst >= args.fail_on.into());
    if fails { Ending::Findings } else { Ending::Clean }
}

fn show(repair: &Repair, output: &mut Output) -> Result<(), Failure> {
    for change in &repair.changes {
        output.text(&masked_diff(&change.path, &unified(change)))?;
    }
    tell(repair, "shown");
    Ok(())
}

fn tell(repair: &Repair, done: &str) {
    if repair.applied > 0 {
        complain(&format!("{} fixes {done} in {} files", repair.applied, repair.changes.len()));
    }
    if repair.left > 0 {
        complain(&format!("{} fixes left out: they overlap with others", repair.left));
    }
    if repair.taken_back {
        complain("some fixes left out: they would leave files that cannot be parsed");
    }
}

/// The diff takes the report's place on standard output.
fn report(outcome: &Outcome, args: &CheckArgs, targets: &[Target], output: &mut Output) -> Result<(), Failure> {
    for problem in &outcome.problems {
        complain(&format!("warning: {}: {}", problem.path, problem.message));
    }
    let base = std::env::current_dir()?;
    for target in targets {
        match &target.file {
            Some(file) => to_file(outcome, target.format, &base, file)?,
            None if args.diff => {}
            None => {
                render(outcome, target.format, &base, has_color(), output)?;
            }
        }
    }
    output.flush()
}

fn to_file(outcome: &Outcome, format: Format, base: &Path, path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Other(format!("{}: cannot be written: {error}", path.display()));
    let mut writer = BufWriter::new(File::create(path).map_err(failed)?);
    render(outcome, format, base, false, &mut writer).and_then(|()| writer.flush()).map_err(failed)
}

fn targets(args: &CheckArgs) -> Result<Vec<Target>, Failure> {
    if args.format.iter().filter(|target| target.file.is_none()).count() > 1 {
        return Err(Failure::Other("only one format can go to standard output; give the others a file".into()));
    }
    let human = || vec![Target { format: Format::Human, file: None }];
    Ok(if args.format.is_empty() { human() } else { args.format.clone() })
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
        ..Options::default()
    })
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
