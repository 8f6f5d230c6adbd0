//! Time and memory on made-up projects.
//!
//! Measures from outside; what the program says of itself comes from `--timing`.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::editing;
use crate::failed;
use crate::synthetic::{FLAVOURS, generate};

const FILES: usize = 4_000;
const EDITS: usize = 20;

/// Builds, generates, runs, and prints the spread: without a cache, with one, and beside the time
/// that ripgrep takes to look for a word in the same files.
pub fn run(root: &Path, runs: usize, profile: &str) -> Result<(), String> {
    build(root, profile)?;
    let program = root.join("target").join(profile).join("connlint");
    let folder = root.join("target/bench");
    for flavour in FLAVOURS {
        let project = generate(flavour, &folder, FILES)?;
        println!("{}: {FILES} files, {runs} runs", flavour.name);
        rows("cold", runs, || check(&program, &project, &["--no-cache"]))?;
        let cache = folder.join("cache");
        let cached = ["--cache-dir", &cache.to_string_lossy()];
        check(&program, &project, &cached)?;
        rows("warm", runs, || check(&program, &project, &cached))?;
        match measure(&mut ripgrep(&project)) {
            Ok(_) => rows("rg", runs, || measure(&mut ripgrep(&project)))?,
            Err(_) => println!("  rg: skipped, it is not installed"),
        }
        let (first, edits) = editing::measure(&program, &project, flavour, EDITS)?;
        spread("editor, until the first findings, ms", vec![first]);
        spread("editor, from an edit to its findings, ms", edits);
    }
    Ok(())
}

fn ripgrep(project: &Path) -> Command {
    let mut command = Command::new("rg");
    command.args(["-c", "connect", "."]).current_dir(project);
    command
}

fn rows(what: &str, runs: usize, one: impl Fn() -> Result<Measure, String>) -> Result<(), String> {
    let measures: Result<Vec<Measure>, String> = (0..runs.max(1)).map(|_| one()).collect();
    let measures = measures?;
    spread(&format!("{what}: time, ms"), measures.iter().map(|measure| measure.milliseconds).collect());
    spread(&format!("{what}: peak, MB"), measures.iter().filter_map(|measure| measure.megabytes).collect());
    Ok(())
}

fn build(root: &Path, profile: &str) -> Result<(), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let args = ["build", "--profile", profile, "--package", "connlint"];
    match Command::new(cargo).args(args).current_dir(root).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the build failed".into()),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

struct Measure {
    milliseconds: f64,
    /// Where the system tells.
    megabytes: Option<f64>,
}

fn check(program: &Path, project: &Path, cache: &[&str]) -> Result<Measure, String> {
    let mut command = Command::new(program);
    command.args(["check", "--timing", "--format", "concise"]).args(cache).current_dir(project);
    measure(&mut command)
}

fn measure(command: &mut Command) -> Result<Measure, String> {
    let started = Instant::now();
    let output = command.output().map_err(failed(Path::new(command.get_program())))?;
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let told = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0 | 1) => Ok(Measure { milliseconds, megabytes: peak(&told) }),
        _ => Err(format!("the run failed: {told}")),
    }
}

/// The line `peak 12.3 MB` of `--timing`.
fn peak(told: &str) -> Option<f64> {
    let line = told.lines().find_map(|line| line.trim().strip_prefix("peak "))?;
    line.split_whitespace().next()?.parse().ok()
}

fn spread(what: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (values.first(), values.last()) else { return };
    let median = values.get(values.len() / 2).unwrap_or(most);
    println!("  {what}: min {least:.1}, median {median:.1}, max {most:.1}");
}
