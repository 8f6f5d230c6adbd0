//! The manual page: one for all commands, made from what can be typed.
//!
//! Knows the form of such pages; no command's meaning but what the page says at its end.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::Args;

const STATUS: &[(&str, &str)] = &[
    ("0", "nothing is found at or above --fail-on"),
    ("1", "something is found"),
    ("2", "the work could not be done, or not all of it"),
];
const ENVIRONMENT: &[(&str, &str)] = &[
    ("NO_COLOR", "no colours"),
    ("FORCE_COLOR, CLICOLOR_FORCE", "colours though the output is no terminal"),
    ("GITHUB_ACTIONS", "annotations on standard error beside the report, unless --format is given"),
];
const FILES: &[(&str, &str)] = &[
    ("connlint.toml", "settings; `connlint config show` prints what is in force and where it is from"),
    ("connlint-baseline.jsonl", "accepted findings"),
    (".connlint-cache/", "what a run learns of the sources; may be deleted"),
];

/// The whole page.
pub fn page() -> io::Result<Vec<u8>> {
    let mut command = Args::command().mut_subcommands(without_help);
    command.build();
    let mut out = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_options_section(&mut out)?;
    Roff::new().control("SH", ["COMMANDS"]).to_writer(&mut out)?;
    commands(&command, &mut out)?;
    for (title, entries) in [("EXIT STATUS", STATUS), ("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)] {
        section(title, entries).to_writer(&mut out)?;
    }
    Ok(out)
}

/// `--help` and `--version` are told once, for all commands.
fn without_help(command: Command) -> Command {
    let quiet = command.disable_help_flag(true).disable_version_flag(true).disable_help_subcommand(true);
    quiet.mut_subcommands(without_help)
}

/// Each command with its usage, what it does and its options, and after it those below it.
fn commands(command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
        let usage = below.clone().render_usage().to_string();
        let about = below.get_about().map(ToString::to_string).unwrap_or_default();
        let mut head = Roff::new();
        head.control("SS", [usage.trim_start_matches("Usage: ")]).text([roman(about)]);
        head.to_writer(out)?;
        let mut options = Vec::new();
        Man::new(below.clone()).render_options_section(&mut options)?;
        out.write_all(without_heading(&options))?;
        commands(below, out)?;
    }
    Ok(())
}

/// What follows the line `.SH OPTIONS`.
fn without_heading(section: &[u8]) -> &[u8] {
    const HEADING: &[u8] = b".SH OPTIONS\n";
    let at = section.windows(HEADING.len()).position(|part| part == HEADING);
    at.map_or(&[], |at| &section[at + HEADING.len()..])
}

fn section(title: &str, entries: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (name, meaning) in entries {
        roff.control("TP", []).text([bold(*name)]).text([roman(*meaning)]);
    }
    roff
}
