//! Time and memory of the release build on made-up projects.
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

/// Builds, generates, runs, and prints the spread.
pub fn run(root: &Path, runs: usize) -> Result<(), String> {
    build(root)?;
    let folder = root.join("target/bench");
    for flavour in FLAVOURS {
        let project = generate(flavour, &folder, FILES)?;
        let measures: Result<Vec<Measure>, String> = (0..runs.max(1)).map(|_| measure(root, &project)).collect();
        let measures = measures?;
        println!("{}: {FILES} files, {} runs", flavour.name, measures.len());
        spread("time, ms", measures.iter().map(|measure| measure.milliseconds).collect());
        let (first, edits) = editing::measure(&root.join("target/release/connlint"), &project, flavour, EDITS)?;
        spread("peak, MB", measures.iter().filter_map(|measure| measure.megabytes).collect());
        spread("editor, until the first findings, ms", vec![first]);
        spread("editor, from an edit to its findings, ms", edits);
    }
    Ok(())
}

fn build(root: &Path) -> Result<(), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let status = Command::new(cargo).args(["build", "--release", "--package", "connlint"]).current_dir(root).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the release build failed".into()),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

struct Measure {
    milliseconds: f64,
    /// Where the system tells.
    megabytes: Option<f64>,
}

fn measure(root: &Path, project: &Path) -> Result<Measure, String> {
    let program = root.join("target/release/connlint");
    let args = ["check", "--timing", "--no-cache", "--format", "concise"];
    let started = Instant::now();
    let output = Command::new(&program).args(args).current_dir(project).output().map_err(failed(&program))?;
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
