//! `connlint baseline`: writing down what is accepted, taking out what is gone, listing both.
//!
//! The only commands that write a baseline. Knows entries and files; how findings come about is not
//! its business.

use std::path::{Path, PathBuf};

use super::Ending;
use super::args::{BaselineArgs, BaselineCommand};
use super::output::{Failure, Output, count, save};
use super::progress::Progress;
use crate::report::plain_name;
use crate::session::{Accepted, BaselineFile, Options, Outcome, Session};
use crate::source::relative;
use crate::suppress::baseline::{Entry, read, write};

pub fn baseline(what: BaselineCommand, output: &mut Output) -> Result<Ending, Failure> {
    match what {
        BaselineCommand::Create { place, force, pedantic } => create(&place, force, pedantic, output)?,
        BaselineCommand::Prune(place) => prune(&place, output)?,
        BaselineCommand::Show(place) => show(&place, output)?,
    }
    Ok(Ending::Clean)
}

fn create(place: &BaselineArgs, force: bool, pedantic: bool, output: &mut Output) -> Result<(), Failure> {
    // What is named need not be there yet, so it is not read as a baseline.
    let off = Options { baseline: BaselineFile::Off, pedantic, ..options(place)? };
    let (session, outcome) = run(off)?;
    let file = match &place.baseline {
        Some(file) => std::env::current_dir()?.join(file),
        None => session.baseline_path(),
    };
    let shown = shown(&file)?;
    if file.exists() && !force {
        return Err(Failure::Other(format!(
            "{shown} is there already: `connlint baseline prune` takes out what was mended, \
             `connlint baseline create --force` accepts all that is found now"
        )));
    }
    let mut entries = kept(&session, &file)?;
    let others = entries.len();
    entries.extend(outcome.findings.iter().map(|found| found.entry.clone()));
    keep(&file, &entries)?;
    let accepted = count(entries.len() - others, "finding");
    output.text(&format!("{shown}: {accepted} accepted\n"))
}

/// The entries of a baseline that is written anew which this run has not looked at.
fn kept(session: &Session, file: &Path) -> Result<Vec<Entry>, Failure> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let entries = read(&std::fs::read_to_string(file)?).unwrap_or_default();
    Ok(entries.into_iter().filter(|entry| !session.reads(&entry.path)).collect())
}

fn prune(place: &BaselineArgs, output: &mut Output) -> Result<(), Failure> {
    let (file, accepted) = existing(place)?;
    keep(&file, &accepted.standing)?;
    let (stale, standing) = (count(accepted.stale.len(), "entry"), accepted.standing.len());
    output.text(&format!("{}: {stale} taken out, {standing} left\n", shown(&file)?))
}

fn show(place: &BaselineArgs, output: &mut Output) -> Result<(), Failure> {
    let (file, accepted) = existing(place)?;
    let (standing, stale) = (count(accepted.standing.len(), "finding"), accepted.stale.len());
    output.text(&format!("{}: {standing} accepted, {stale} out of date\n", shown(&file)?))?;
    let standing = accepted.standing.iter().map(|entry| (entry, ""));
    let mut all: Vec<(&Entry, &str)> =
        standing.chain(accepted.stale.iter().map(|entry| (entry, "  (out of date)"))).collect();
    all.sort();
    for (entry, note) in all {
        output.text(&format!("  {}{note}\n", plain_name(&line(entry))))?;
    }
    Ok(())
}

/// `src/a.ts: client-per-request: pg.Pool in handler`
fn line(entry: &Entry) -> String {
    let client = entry.client.iter().cloned();
    let symbol = (!entry.symbol.is_empty()).then(|| format!("in {}", entry.symbol));
    let words: Vec<String> = client.chain(symbol).collect();
    let words = if words.is_empty() { String::new() } else { format!(": {}", words.join(" ")) };
    format!("{}: {}{words}", entry.path, entry.rule)
}

/// The baseline that is there, held against the project as it is.
fn existing(place: &BaselineArgs) -> Result<(PathBuf, Accepted), Failure> {
    let (session, outcome) = run(options(place)?)?;
    let file = session.baseline_path();
    match outcome.baseline {
        Some(accepted) => Ok((file, accepted)),
        None => {
            Err(Failure::Other(format!("{}: no such baseline; `connlint baseline create` writes one", shown(&file)?)))
        }
    }
}

fn options(place: &BaselineArgs) -> Result<Options, Failure> {
    Ok(Options {
        directory: std::env::current_dir()?,
        paths: place.path.iter().cloned().collect(),
        baseline: place.baseline.clone().map_or(BaselineFile::Settings, BaselineFile::Given),
        ..Options::default()
    })
}

/// All of the project, whatever part of it was named.
fn run(options: Options) -> Result<(Session, Outcome), Failure> {
    let progress = Progress::start(false);
    let session = Session::open(Options { watch: progress.watch(), ..options })?.whole();
    let outcome = session.check();
    match outcome.failure {
        Some(failure) => Err(Failure::Other(failure)),
        None => Ok((session, outcome)),
    }
}

/// Leaves a file alone that says the same.
fn keep(file: &Path, entries: &[Entry]) -> Result<(), Failure> {
    let text = write(entries).map_err(|error| Failure::Other(error.to_string()))?;
    let same = std::fs::read_to_string(file).is_ok_and(|old| old == text);
    if same { Ok(()) } else { save(file, text.as_bytes()) }
}

fn shown(file: &Path) -> Result<String, Failure> {
    Ok(relative(&std::env::current_dir()?, file))
}
