//! The command line: arguments, output, exit codes.
//!
//! The only place that prints. Standard output holds the report and nothing else. Knows sessions
//! and renderers; how analysis works is not its business.

mod args;
mod baseline;
mod check;
mod config;
mod debug;
mod doctor;
mod explain;
mod hook;
mod init;
mod interrupt;
mod lsp;
mod man;
mod map;
mod output;
mod pages;
mod precommit;
mod progress;
mod render;
mod reports;
mod statistics;
mod terminal;
mod usage;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
use output::Output;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Nothing at or above `--fail-on`.
    Clean,
    Findings,
    /// The work could not be done.
    Failed,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        ExitCode::from(match ending {
            Ending::Clean => 0,
            Ending::Findings => 1,
            Ending::Failed => 2,
        })
    }
}

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return refused(usage::advised(error)),
    };
    let run = std::panic::catch_unwind(|| run(args));
    run.unwrap_or(Ending::Failed).into()
}

/// Help and version are no errors; wrong arguments are.
fn refused(error: clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { Ending::Failed.into() } else { Ending::Clean.into() }
}

fn run(args: Args) -> Ending {
    let mut output = Output::new();
    let result = dispatch(args, &mut output).and_then(|ending| output.flush().map(|()| ending));
    match result {
        Ok(ending) => ending,
        Err(error) if output::is_broken_pipe(&error) => Ending::Clean,
        Err(error) => {
            output::complain(&format!("error: {error}"));
            Ending::Failed
        }
    }
}

fn dispatch(args: Args, output: &mut Output) -> Result<Ending, output::Failure> {
    match args.command {
        Command::Check(arguments) => check::check(arguments, output),
        Command::Baseline { what } => baseline::baseline(what, output),
        Command::Explain(arguments) => explain::explain(arguments, output),
        Command::Map(arguments) => map::map(arguments, output),
        Command::Rules { format } => pages::rules(format, output),
        Command::Config { command } => config::config(command, output),
        Command::Init(arguments) => init::init(&arguments, output),
        Command::Doctor(arguments) => doctor::doctor(arguments, output),
        Command::Lsp { .. } => lsp::lsp(),
        Command::Debug { what } => debug::debug(what, output),
        Command::Completions { shell } => {
            output.bytes(&completions(shell))?;
            Ok(Ending::Clean)
        }
        Command::Man => {
            output.bytes(&man::page()?)?;
            Ok(Ending::Clean)
        }
    }
}

/// A script takes what stands for a value as text of its own: brackets in it would be the shell's.
fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let check = |command: clap::Command| command.mut_arg("format", |format| format.value_name("FORMAT"));
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command().mut_subcommand("check", check), "connlint", &mut script);
    script
}
