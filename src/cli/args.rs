//! What can be typed: commands, options, their values.
//!
//! Declares and converts; decides nothing.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Parser, Subcommand, ValueEnum};

use crate::config::{Choice, nearest};
use crate::finding::Severity;
use crate::report::Format;
use crate::report::map::MapFormat;
use crate::rules::RULES;

/// Find connection misuse in TypeScript, JavaScript, Python and Rust projects
#[derive(Debug, Parser)]
#[command(name = "connlint", version, propagate_version = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a project
    Check(CheckArgs),
    /// Accept findings of an old code base, and keep book of them
    Baseline {
        #[command(subcommand)]
        what: BaselineCommand,
    },
    /// Explain a rule, a finding, or the text of a run-time error
    Explain(ExplainArgs),
    /// Show every client of a project, how often it is built, and the budget of each server
    Map(MapArgs),
    /// List the rules
    Rules {
        /// Form of the list
        #[arg(long, value_enum, default_value = "text")]
        format: Form,
    },
    /// Tell which settings are in force, and where they are from
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Write a settings file to begin with
    Init(InitArgs),
    /// Tell what was understood of a project
    Doctor(DoctorArgs),
    /// Serve an editor: the language server protocol on standard input and output
    Lsp {
        /// What many editors add; there is no other way
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Print a shell's completion script
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
    /// Show what connlint sees
    #[command(hide = true)]
    Debug {
        #[command(subcommand)]
        what: DebugCommand,
    },
}

#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Write down all findings of the project as accepted
    Create {
        #[command(flatten)]
        place: BaselineArgs,
        /// Write it anew when there is one already
        #[arg(long)]
        force: bool,
        /// Accept findings of lower confidence too
        #[arg(long)]
        pedantic: bool,
    },
    /// Take out what is no longer found
    Prune(BaselineArgs),
    /// List what is accepted, and what is out of date
    Show(BaselineArgs),
}

#[derive(Debug, clap::Args)]
pub struct BaselineArgs {
    /// A file or directory of the project; the working directory by default
    pub path: Option<PathBuf>,
    /// The baseline's file
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum DebugCommand {
    /// Print one file's facts
    Facts { file: PathBuf },
    /// Print the control-flow graph of a function: FILE:NAME, FILE:Class.name or FILE:#NUMBER as the facts
    /// have it; of all functions where none is named
    Cfg { place: String },
    /// Print what a function does with each of its parameters: FILE:NAME as for `cfg`
    Summary { place: String },
    /// Print what a function opens, and in which state each way out of it leaves that: FILE:NAME as for `cfg`
    Ownership { place: String },
    /// Print every construction of a project with why it is thought to run
    Sites { path: PathBuf },
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its value and the file and line that it is from
    Show {
        /// A file or directory of the project; the working directory by default
        path: Option<PathBuf>,
        #[command(flatten)]
        settings: SettingsArgs,
        /// Form of the output
        #[arg(long, value_enum, default_value = "text")]
        format: Form,
    },
    /// Print the JSON schema of settings files
    Schema,
}

/// Form of what is told about a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Text,
    Json,
}

/// Which settings files count.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SettingsArgs {
    /// Take the settings from this file
    #[arg(long, value_name = "FILE", conflicts_with = "isolated", help_heading = SETTINGS)]
    pub config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long, help_heading = SETTINGS)]
    pub isolated: bool,
}

impl SettingsArgs {
    pub fn choice(&self) -> Choice {
        match &self.config {
            Some(file) => Choice::File(file.clone()),
            None if self.isolated => Choice::Isolated,
            None => Choice::Nearest,
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// Add connlint to `.pre-commit-config.yaml`
    #[arg(long)]
    pub hook: bool,
    /// Write `.github/workflows/connlint.yml`
    #[arg(long)]
    pub workflow: bool,
    /// Write over files that exist
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// A file or directory of the project; the working directory by default
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Form of the output
    #[arg(long, value_enum, default_value = "text")]
    pub format: Form,
}

/// What scripts and CI need to know.
const EXIT_CODES: &str = "\
Exit codes: 0 when nothing is found at or above `--fail-on`, 1 when something is, 2 when the work could not be done.";

/// Headings of the help.
const WHAT: &str = "What is reported";
const FORM: &str = "How it is reported";
const FIXES: &str = "Fixes";
const SETTINGS: &str = "Settings";
const RUN: &str = "How it runs";

#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct CheckArgs {
    /// Files and directories to report on; the working directory by default, `-` for standard input
    pub paths: Vec<PathBuf>,
    /// Report only these rules, separated by commas; `connlint rules` lists them
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Offering(any, rules), hide_possible_values = true, help_heading = WHAT)]
    pub select: Vec<String>,
    /// Leave these rules out, separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Offering(any, rules), hide_possible_values = true, help_heading = WHAT)]
    pub ignore: Vec<String>,
    /// Report findings of lower confidence too
    #[arg(long, help_heading = WHAT)]
    pub pedantic: bool,
    /// Report only what touches lines that differ from where the branch left this commit
    #[arg(long, value_name = "REF", conflicts_with = "staged", help_heading = WHAT)]
    pub since: Option<String>,
    /// Report only what touches lines that are staged for the next commit
    #[arg(long, help_heading = WHAT)]
    pub staged: bool,
    /// The file of accepted findings
    #[arg(long, value_name = "FILE", help_heading = WHAT)]
    pub baseline: Option<PathBuf>,
    /// Exit with 1 from this severity on: error, warning, note or never; with `problems` beside it, also when a file
    /// could not be analysed in full
    #[arg(long, value_name = "SEVERITY[,problems]", value_delimiter = ',', default_value = "warning", hide_possible_values = true, help_heading = WHAT)]
    pub fail_on: Vec<FailOn>,
    /// Form of the report: human, concise, json, sarif, github, gitlab, junit or rdjson; and the file that it goes to. Can
    /// be given several times [default: human]
    #[arg(long, value_name = "FORMAT[:FILE]", value_parser = Offering(Target::from_str, formats), hide_possible_values = true, help_heading = FORM)]
    pub format: Vec<Target>,
    /// Print findings only: no summary, no warnings, no progress
    #[arg(long, short, conflicts_with = "verbose", help_heading = FORM)]
    pub quiet: bool,
    /// List all places of repeated findings, and all files that could not be analysed in full
    #[arg(long, short, help_heading = FORM)]
    pub verbose: bool,
    /// Count the findings of each rule on standard error
    #[arg(long, help_heading = FORM)]
    pub statistics: bool,
    /// Tell on standard error where time and memory went
    #[arg(long, help_heading = FORM)]
    pub timing: bool,
    /// Apply the fixes that do not change what the program does
    #[arg(long, help_heading = FIXES)]
    pub fix: bool,
    /// Apply the fixes that may change what the program does too
    #[arg(long, help_heading = FIXES)]
    pub unsafe_fixes: bool,
    /// Print the fixes as a diff and apply none; all of them unless `--fix` is given
    #[arg(long, help_heading = FIXES)]
    pub diff: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Number of threads; one a processor by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = RUN)]
    pub jobs: Option<u16>,
    /// Neither read nor write the cache
    #[arg(long, help_heading = RUN)]
    pub no_cache: bool,
    /// Keep the cache in this folder instead of the project's `.connlint-cache`
    #[arg(long, value_name = "PATH", conflicts_with = "no_cache", help_heading = RUN)]
    pub cache_dir: Option<PathBuf>,
    /// Take standard input for the text of this file
    #[arg(long, value_name = "PATH", conflicts_with_all = ["fix", "unsafe_fixes"], help_heading = RUN)]
    pub stdin_filename: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// A rule's id, a finding's id, or an error's text as logs show it; `-` reads standard input
    #[arg(required = true, value_name = "RULE|ID|TEXT", value_parser = Offering(any, rules), hide_possible_values = true)]
    pub what: Vec<String>,
    /// The project that is looked through for causes; the one around the working directory by default
    #[arg(long, value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Form of the explanation
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ExplainFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
pub struct MapArgs {
    /// The project, or a file in it; the working directory by default
    pub path: Option<PathBuf>,
    /// Form of the map: text, json, mermaid, html
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = Offering(MapFormat::from_str, map_formats), hide_possible_values = true)]
    pub format: MapFormat,
    /// Write the map to this file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Neither read nor write the cache
    #[arg(long)]
    pub no_cache: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Note,
    Never,
    Problems,
}

impl FailOn {
    /// The least severity that fails a run; `None` when none does. A warning where none is said.
    pub fn severity(all: &[FailOn]) -> Option<Severity> {
        let of = |one: &FailOn| match one {
            FailOn::Error => Some(Some(Severity::Error)),
            FailOn::Warning => Some(Some(Severity::Warning)),
            FailOn::Note => Some(Some(Severity::Note)),
            FailOn::Never => Some(None),
            FailOn::Problems => None,
        };
        all.iter().rev().find_map(of).unwrap_or(Some(Severity::Warning))
    }
}

/// A format and where its report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub format: Format,
    /// Standard output when there is none.
    pub file: Option<PathBuf>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once(':').map_or((text, None), |(name, file)| (name, Some(file)));
        if file == Some("") {
            return Err("no file after the colon".into());
        }
        let format = name.parse().map_err(|_| unknown_format(name))?;
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

fn unknown_format(name: &str) -> String {
    let names = Format::ALL.map(Format::name);
    let near = nearest(name, names.into_iter()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("unknown format `{name}`; known are {}{near}", names.join(", "))
}

/// Takes what the function takes, and has shells offer the words.
#[derive(Clone)]
struct Offering<P>(P, fn() -> Vec<&'static str>);

impl<P: TypedValueParser> TypedValueParser for Offering<P> {
    type Value = P::Value;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<P::Value, clap::Error> {
        self.0.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.1)().into_iter().map(PossibleValue::new)))
    }
}

fn any(text: &str) -> Result<String, Infallible> {
    Ok(text.to_string())
}

fn formats() -> Vec<&'static str> {
    Format::ALL.map(Format::name).to_vec()
}

fn map_formats() -> Vec<&'static str> {
    MapFormat::ALL.map(MapFormat::name).to_vec()
}

fn rules() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.id).collect()
}
