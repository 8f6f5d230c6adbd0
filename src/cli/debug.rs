//! `connlint debug`: what connlint sees of a file.
//!
//! For those who work on connlint or report a bug; the form may change at any time.

use std::path::{Path, PathBuf};

use super::Ending;
use super::args::DebugCommand;
use super::output::{Failure, Output};
use crate::body::cfg::Cfg;
use crate::checks::View;
use crate::facts::FileFacts;
use crate::facts::dump::{dump, is_named};
use crate::session::{Options, Session};
use crate::source::{Found, Known, Overlay, SourceFile, clean, kind_of, load};

pub fn debug(what: DebugCommand, output: &mut Output) -> Result<Ending, Failure> {
    let text = match what {
        DebugCommand::Facts { file } => dump(&facts(&file)?),
        DebugCommand::Cfg { place } => cfg(&place)?,
        DebugCommand::Summary { place } => of_project(&place, View::Summary)?,
        DebugCommand::Ownership { place } => of_project(&place, View::Ownership)?,
        DebugCommand::Sites { path } => sites(path)?,
    };
    output.text(&text)?;
    Ok(Ending::Clean)
}

fn facts(file: &Path) -> Result<FileFacts, Failure> {
    let facts = crate::frontend::lower(&read(file)?);
    facts.ok_or_else(|| Failure::Other(format!("{}: has no facts", file.display())))
}

fn cfg(place: &str) -> Result<String, Failure> {
    let (file, name) = split(place);
    let facts = facts(Path::new(file))?;
    let ids = facts.function_ids().filter(|id| name.is_none_or(|name| is_named(&facts, *id, name)));
    let texts: Vec<String> = ids.map(|id| Cfg::new(&facts, id).text(&facts)).collect();
    if texts.is_empty() {
        return Err(Failure::Other(format!("{place}: no such function")));
    }
    Ok(texts.concat())
}

/// The file, and the function in it if one is named: `FILE:NAME`.
fn split(place: &str) -> (&str, Option<&str>) {
    let named = place.rsplit_once(':').filter(|(_, name)| !name.contains(['/', '\\']));
    named.map_or((place, None), |(file, name)| (file, Some(name)))
}

/// What the analysis of the whole project says of functions of one file.
fn of_project(place: &str, view: View) -> Result<String, Failure> {
    let (file, name) = split(place);
    let directory = std::env::current_dir()?;
    let absolute = clean(&directory, Path::new(file));
    let options = Options { directory, paths: vec![PathBuf::from(file)], ..Options::default() };
    let text = Session::open(options)?.describe_functions(&absolute, name, view)?;
    text.ok_or_else(|| Failure::Other(format!("{place}: no such function in what was analysed")))
}

fn sites(path: PathBuf) -> Result<String, Failure> {
    let options = Options { directory: std::env::current_dir()?, paths: vec![path], ..Options::default() };
    Ok(Session::open(options)?.describe())
}

fn read(path: &Path) -> Result<SourceFile, Failure> {
    let directory = std::env::current_dir()?;
    let failed = |message: &str| Failure::Other(format!("{}: {message}", path.display()));
    let kind = kind_of(path).ok_or_else(|| failed("is not a kind of file that connlint reads"))?;
    let found = Found { absolute: clean(&directory, path), kind, explicit: true };
    let mut loaded = load(&directory, &[found], &Overlay::default(), &Known::default());
    let problem = loaded.problems.pop().map(|problem| failed(&problem.message));
    loaded.files.pop().ok_or_else(|| problem.unwrap_or_else(|| failed("cannot be read")))
}
