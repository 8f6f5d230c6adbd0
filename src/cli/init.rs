//! `connlint init`: a settings file to begin with, and on request the hook and the workflow.
//!
//! Says what it did and writes over nothing unasked. Asks only on a terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::Ending;
use super::args::InitArgs;
use super::hook::{self, Added};
use super::output::{Failure, Output};
use crate::rules::repository;
use crate::session::{Options, effective};
use crate::source::{Replacement, clean, relative};

const SETTINGS: &str = "connlint.toml";
const HOOK: &str = ".pre-commit-config.yaml";
const WORKFLOW: &str = ".github/workflows/connlint.yml";

/// Every line of it is a comment or says what holds anyway.
const SETTINGS_TEXT: &str = "\
# Settings of connlint; `connlint config show` prints what is in force and where it is from.

# Files and directories that are left out, in the notation of .gitignore.
exclude = []

[lint]
ignore = []

# What cannot be read from the project: the plan behind the database's address, and how often the program runs.
# [server.main]
# plan = \"supabase nano\"
# [platform]
# instances = 2
";

struct Places {
    /// Where the project begins.
    root: PathBuf,
    /// Where its repository begins.
    repository: PathBuf,
    directory: PathBuf,
}

impl Places {
    fn of_working_directory() -> Result<Self, Failure> {
        let directory = std::env::current_dir()?;
        let found = effective(&Options {
            directory: directory.clone(),
            settings: crate::config::Choice::Isolated,
            ..Options::default()
        })?;
        let root = clean(&directory, Path::new(&found.root));
        let repository = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&root).to_path_buf();
        Ok(Self { root, repository, directory })
    }

    /// The project's folder in the repository; empty where it is the whole.
    fn part(&self) -> String {
        Some(relative(&self.repository, &self.root)).filter(|part| part != ".").unwrap_or_default()
    }

    fn shown(&self, path: &Path) -> String {
        relative(&self.directory, path)
    }
}

pub fn init(args: &InitArgs, output: &mut Output) -> Result<Ending, Failure> {
    let places = Places::of_working_directory()?;
    output.text(&settings(&places, args.force)?)?;
    output.flush()?;
    if args.hook || offered(args, &format!("Add connlint to {HOOK}?"))? {
        output.text(&add_hook(&places)?)?;
        output.flush()?;
    }
    if args.workflow || offered(args, &format!("Write {WORKFLOW}?"))? {
        output.text(&create(&places, &places.repository.join(WORKFLOW), &workflow(&places.part()), args.force)?)?;
    }
    Ok(Ending::Clean)
}

/// A file of another form may hold the settings already.
fn settings(places: &Places, force: bool) -> Result<String, Failure> {
    let file = places.root.join(SETTINGS);
    let held = effective(&Options { directory: places.directory.clone(), ..Options::default() });
    let own = |shown: &&String| clean(&places.directory, Path::new(shown)).parent() == Some(&places.root);
    // Faulty settings are settings too.
    let held = held.ok().and_then(|found| found.files.iter().find(own).cloned());
    match held {
        Some(other) if !file.exists() && !force => {
            Ok(format!("kept {other}: it holds settings already (--force writes {} beside it)\n", places.shown(&file)))
        }
        _ => create(places, &file, SETTINGS_TEXT, force),
    }
}

/// Writes a file and says so; one that exists stays unless forced.
fn create(places: &Places, file: &Path, text: &str, force: bool) -> Result<String, Failure> {
    let shown = places.shown(file);
    let existed = file.exists();
    if existed && !force {
        return Ok(format!("kept {shown}: it exists already (--force writes over it)\n"));
    }
    write(file, text, &shown)?;
    Ok(format!("{} {shown}\n", if existed { "wrote over" } else { "wrote" }))
}

fn write(file: &Path, text: &str, shown: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Other(format!("{shown}: cannot be written: {error}"));
    std::fs::create_dir_all(file.parent().unwrap_or(file)).map_err(failed)?;
    Replacement::prepare(file, text.as_bytes()).and_then(Replacement::commit).map_err(failed)
}

/// The hook is added to what the file says; nothing of it goes.
fn add_hook(places: &Places) -> Result<String, Failure> {
    let file = places.repository.join(HOOK);
    let shown = places.shown(&file);
    let before = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::Other(format!("{shown}: cannot be read: {error}"))),
    };
    match hook::add(&before, &places.part()) {
        Added::Already => Ok(format!("kept {shown}: it has connlint already\n")),
        Added::Text(text) => {
            write(&file, &text, &shown)?;
            let told = if before.is_empty() { "wrote" } else { "added connlint to" };
            Ok(format!("{told} {shown}; `pre-commit install` switches it on\n"))
        }
        Added::Unclear => {
            let entry = hook::entry("  ", &places.part());
            Err(Failure::Other(format!("{shown}: its form is not understood; add this to `repos` by hand:\n{entry}")))
        }
    }
}

fn workflow(part: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let part = if part.is_empty() { String::new() } else { format!(" {}", hook::word(part)) };
    let package = match repository() {
        Some(address) => format!("git+{address}@v{version}"),
        None => format!("connlint=={version}"),
    };
    format!(
        "name: connlint\n\non:\n  push:\n    branches: [main]\n  pull_request:\n\npermissions:\n  contents: read\n\n\
         jobs:\n  connlint:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      \
         - run: pipx install {package}\n      - run: connlint check --format github{part}\n"
    )
}

/// Flags say it all; without any, a person is asked.
fn offered(args: &InitArgs, question: &str) -> Result<bool, Failure> {
    let (mut stdin, mut stderr) = (std::io::stdin().lock(), std::io::stderr());
    if args.hook || args.workflow || !stdin.is_terminal() || !stderr.is_terminal() {
        return Ok(false);
    }
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    if stdin.read_line(&mut answer)? == 0 {
        writeln!(stderr)?;
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
