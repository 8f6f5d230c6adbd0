//! `connlint map`: runs a session and hands its map to the renderers.
//!
//! Knows options and the terminal; what is on the map is not its business.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::Ending;
use super::args::MapArgs;
use super::output::{Failure, Output, complain};
use super::terminal::style;
use crate::report::map::{MapReport, Screen, render};
use crate::report::{Style, problem_line};
use crate::session::{Options, Session};

/// Columns where there is no terminal to ask.
const WIDTH: usize = 100;

pub fn map(args: MapArgs, output: &mut Output) -> Result<Ending, Failure> {
    let directory = std::env::current_dir()?;
    let options = Options {
        directory,
        paths: args.path.iter().cloned().collect(),
        no_cache: args.no_cache,
        settings: args.settings.choice(),
        ..Options::default()
    };
    let session = Session::open(options)?;
    let map = session.map()?;
    let problems = session.problems();
    problems.iter().for_each(|problem| complain(&format!("warning: {}", problem_line(problem))));
    let report =
        MapReport { map: &map, project: session.name(), files: session.files(), problems, base: session.root() };
    match &args.output {
        Some(file) => to_file(&report, &args, file)?,
        None => render(args.format, &report, screen(), output)?,
    }
    Ok(Ending::Clean)
}

fn screen() -> Screen {
    let Style { color, columns, .. } = style();
    Screen { width: columns.unwrap_or(WIDTH).clamp(40, 160), color }
}

fn to_file(report: &MapReport, args: &MapArgs, path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Other(format!("{}: cannot be written: {error}", path.display()));
    let mut writer = BufWriter::new(File::create(path).map_err(failed)?);
    let screen = Screen { width: WIDTH, color: false };
    render(args.format, report, screen, &mut writer).and_then(|()| writer.flush()).map_err(failed)
}
