//! Which reports a run writes, and to where: standard output, files, annotations.
//!
//! Knows formats by name and streams; what a report says is the renderers' business.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::Target;
use super::output::{Failure, Output, complain, save};
use super::render::{Shown, render};
use super::terminal::style;
use crate::report::{Detail, Format, Style};
use crate::session::Outcome;

/// A report and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    format: Format,
    to: To,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum To {
    Output,
    /// GitHub reads commands from both streams; standard output is the report's.
    Error,
    File(PathBuf),
}

impl Destination {
    fn output(format: Format) -> Self {
        Self { format, to: To::Output }
    }

    pub fn is_for_people(&self) -> bool {
        self.is_output() && self.format == Format::Human
    }

    pub fn is_output(&self) -> bool {
        self.to == To::Output
    }
}

/// What was asked for; where nothing was, the report for people, and annotations beside it in a
/// workflow of GitHub Actions.
pub fn destinations(asked: &[Target]) -> Result<Vec<Destination>, Failure> {
    if asked.iter().filter(|target| target.file.is_none()).count() > 1 {
        return Err(Failure::Other("only one format can go to standard output; give the others a file".into()));
    }
    if !asked.is_empty() {
        return Ok(asked.iter().map(destination).collect());
    }
    let mut usual = vec![Destination::output(Format::Human)];
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        usual.push(Destination { format: Format::Github, to: To::Error });
    }
    Ok(usual)
}

fn destination(target: &Target) -> Destination {
    let to = target.file.clone().map_or(To::Output, To::File);
    Destination { format: target.format, to }
}

/// Writes the reports. Files are written whole or not at all.
pub fn write<'a>(
    outcome: &Outcome,
    destinations: impl Iterator<Item = &'a Destination>,
    detail: Detail,
    output: &mut Output,
) -> Result<(), Failure> {
    let here = std::env::current_dir()?;
    for Destination { format, to } in destinations {
        if let Some(most) = format.most().filter(|most| *most < outcome.findings.len()) {
            complain(&format!("warning: the {} report holds the {most} most severe findings only", format.name()));
        }
        let shown = Shown { here: &here, base: &base(*format, &here) };
        match to {
            To::Output => render(outcome, *format, shown, Style { detail, ..style() }, output)?,
            To::Error => to_error(outcome, *format, shown),
            To::File(path) => to_file(outcome, *format, shown, path)?,
        }
    }
    output.flush()
}

/// What paths count from. A job may run in a part of the repository, and the service that reads its report knows
/// the whole one only.
fn base(format: Format, here: &Path) -> PathBuf {
    let told = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].iter().filter_map(std::env::var_os);
    let told = told.filter_map(|folder| Path::new(&folder).canonicalize().ok()).find(|folder| here.starts_with(folder));
    let repository = || here.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf);
    let whole = if format.is_of_repository() { told.or_else(repository) } else { None };
    whole.unwrap_or_else(|| here.to_path_buf())
}

/// In one piece, so that other lines of the stream do not come in between; when nobody reads it, so be it.
fn to_error(outcome: &Outcome, format: Format, shown: Shown) {
    let mut bytes = Vec::new();
    let rendered = render(outcome, format, shown, Style::default(), &mut bytes);
    let _ = rendered.and_then(|()| io::stderr().write_all(&bytes));
}

fn to_file(outcome: &Outcome, format: Format, shown: Shown, path: &Path) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    render(outcome, format, shown, Style::default(), &mut bytes)?;
    save(path, &bytes)
}
