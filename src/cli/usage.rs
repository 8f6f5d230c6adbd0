//! What to type instead of a word that connlint does not have and other linters do.
//!
//! Words advice beside clap's own; decides nothing.

use std::path::Path;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue};

use super::args::Args;

/// Options of other linters, and what does the same here.
const OPTIONS: &[(&[&str], &str)] = &[
    (&["--output-file", "--output", "-o"], "`--format FORMAT:FILE` writes a report to a file"),
    (&["--output-format", "--reporter", "--error-format", "-f"], "`--format FORMAT` chooses the form of the report"),
    (&["--exit-zero", "--no-exit-codes"], "with `--fail-on never`, findings do not fail a run"),
    (
        &["--max-warnings", "--error-on-warnings", "--deny-warnings", "--min-severity", "--diagnostic-level"],
        "`--fail-on SEVERITY` says what fails a run",
    ),
    (&["--silent", "-s"], "`--quiet` prints findings only"),
    (&["--watch", "-w"], "connlint follows what is typed in editors: `connlint lsp`"),
    (
        &["--exclude", "--extend-exclude", "--ignore-pattern", "--ignore-path"],
        "`exclude` in connlint.toml leaves files out",
    ),
    (
        &["--only", "--extend-select", "--rule", "--rules", "--deny", "--warn"],
        "`--select RULES` reports only these rules",
    ),
    (&["--skip", "--extend-ignore", "--disable", "--allow"], "`--ignore RULES` leaves these rules out"),
    (&["--write", "--apply", "--autofix", "--fix-only"], "`--fix` applies the safe fixes"),
    (&["--fix-suggestions", "--fix-dangerously", "--unsafe", "--unsafe-fix"], "`--unsafe-fixes` applies all fixes"),
    (&["--changed", "--diff-base", "--base"], "`--since REF` reports what touches changed lines"),
    (
        &["--add-noqa", "--add-ignore", "--suppress-all", "--generate-baseline"],
        "`connlint baseline create` accepts what is found now",
    ),
    (&["--no-config", "--no-config-lookup"], "`--isolated` reads no settings file"),
    (&["--show-settings", "--print-config"], "`connlint config show` prints what is in force"),
    (&["--show-files", "--debug"], "`connlint doctor` tells what was understood of a project"),
    (&["--threads", "-j"], "`--jobs N` sets the number of threads"),
    (&["--color", "--colors", "--no-color"], "colours follow the variables NO_COLOR and FORCE_COLOR"),
    (&["--stdin", "--stdin-file-path"], "`--stdin-filename PATH` takes standard input for the text of that file"),
    (&["--persona", "--preview"], "`--pedantic` reports findings of lower confidence too"),
    (&["--init"], "`connlint init` writes a settings file to begin with"),
];

/// Commands of other linters.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["lint", "scan", "audit", "run", "ci", "analyze"], "`connlint check` checks a project"),
    (&["fix"], "`connlint check --fix` applies the safe fixes"),
    (&["server", "lsp-proxy", "language-server"], "`connlint lsp` serves editors"),
    (&["linter", "list"], "`connlint rules` lists the rules"),
    (&["clean"], "the cache is the folder `.connlint-cache`: delete it at any time"),
    (&["version"], "`connlint --version` prints it"),
    (&["graph", "analyze-graph"], "`connlint map` shows the clients of a project"),
];

/// The error with connlint's own advice, where there is some, in the place of clap's.
pub fn advised(mut error: clap::Error) -> clap::Error {
    let Some(tip) = advice(&error) else { return error };
    error.remove(ContextKind::SuggestedArg);
    error.remove(ContextKind::SuggestedSubcommand);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

fn advice(error: &clap::Error) -> Option<String> {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    if let Some(option) = word(ContextKind::InvalidArg) {
        return of(OPTIONS, option).or_else(|| forgotten(option));
    }
    let command = word(ContextKind::InvalidSubcommand)?;
    // A path where a command should stand.
    let is_path = command.contains(['/', '.']) || Path::new(command).exists();
    of(COMMANDS, command).or_else(|| is_path.then(|| format!("`connlint check {command}` checks it")))
}

/// An option of `check` without the command.
fn forgotten(option: &str) -> Option<String> {
    let name = option.trim_start_matches('-').split('=').next()?;
    let command = Args::command();
    let check = command.find_subcommand("check")?;
    let known = check.get_arguments().any(|arg| arg.get_long() == Some(name));
    (known && std::env::args().nth(1).is_some_and(|first| first.starts_with('-')))
        .then(|| format!("it belongs to a command: `connlint check --{name}`"))
}

fn of(rows: &[(&[&str], &str)], word: &str) -> Option<String> {
    let name = word.split('=').next().unwrap_or(word);
    rows.iter().find(|(words, _)| words.contains(&name)).map(|(_, tip)| tip.to_string())
}
