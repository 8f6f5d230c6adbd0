//! Time and memory on real or made-up projects, beside what other tools take for them.
//!
//! Measures from outside, always two programs in turn, so that a ratio holds on a machine that is busy too. What the
//! program says of itself comes from `--timing`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::editing;
use crate::failed;
use crate::synthetic::{FLAVOURS, generate};
use crate::tree::{Tree, copy};

const FILES: usize = 4_000;
const EDITS: usize = 40;

/// Names that occur in few files, as they do for every search that somebody makes.
const SOUGHT: &str = "new PrismaClient|MongoClient|create_engine|useEffect";

/// What is measured, and with what.
pub struct Bench<'a> {
    /// The workspace's root.
    pub root: &'a Path,
    pub runs: usize,
    pub profile: &'a str,
    /// Made-up projects when there are none.
    pub trees: Vec<PathBuf>,
}

impl Bench<'_> {
    /// Builds, copies or generates the trees, and prints a table for each.
    pub fn run(&self) -> Result<(), String> {
        build(self.root, self.profile)?;
        let folder = self.root.join("target/bench");
        for tree in &self.trees {
            let name = tree.file_name().map_or("tree".into(), |name| name.to_string_lossy().into_owned());
            self.one(&name, &copy(tree, &folder.join(&name))?)?;
        }
        if self.trees.is_empty() {
            for flavour in FLAVOURS {
                self.one(flavour.name, &generate(flavour, &folder, FILES)?)?;
            }
        }
        Ok(())
    }

    fn one(&self, name: &str, tree: &Tree) -> Result<(), String> {
        println!("{name}: {} source files, {} pairs of runs", tree.sources.len(), self.runs);
        let cold = self.check(tree, &["--no-cache"]);
        self.row("cold", &cold, &ripgrep(tree), "rg -c")?;
        let peers = [(oxlint(tree), "oxlint", tree.share(SCRIPTS)), (ruff(tree), "ruff", tree.share(&["py"]))];
        // A tool is a yardstick for what is mostly its language.
        for (peer, name, _) in peers.iter().filter(|(.., share)| *share > 0.5) {
            self.row("cold", &cold, peer, name)?;
        }
        self.doubled(tree, &cold)?;
        self.cached(tree)?;
        self.edited(tree)
    }

    /// Two copies of the project in one, beside one of them.
    fn doubled(&self, tree: &Tree, cold: &Program) -> Result<(), String> {
        let twice = tree.root.with_extension("twice");
        for half in ["one", "two"] {
            copy(&tree.root, &twice.join(half))?;
        }
        let path = twice.join("connlint.toml");
        std::fs::write(&path, "").map_err(failed(&path))?;
        let twice = Tree { root: twice, sources: Vec::new() };
        self.row("cold, twice the project", &self.check(&twice, &["--no-cache"]), cold, "once")
    }

    fn cached(&self, tree: &Tree) -> Result<(), String> {
        let cache = tree.root.with_extension("cache").to_string_lossy().into_owned();
        let warm = self.check(tree, &["--cache-dir", &cache]);
        // Files that were written just now are not known by their stamps.
        std::thread::sleep(std::time::Duration::from_millis(2_500));
        warm.measure()?;
        self.row("nothing changed", &warm, &ripgrep(tree), "rg -c")?;
        let Some(path) = self.told(tree)?.or_else(|| tree.sources.first().cloned()) else { return Ok(()) };
        let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
        let mut lines = 0;
        let touch = || {
            lines += 1;
            std::fs::write(&path, "\n".repeat(lines) + &text).map_err(failed(&path))
        };
        let changed = self.pairs(&warm, &ripgrep(tree), touch)?;
        println!("  one file changed: {changed} rg -c");
        std::fs::write(&path, &text).map_err(failed(&path))
    }

    fn edited(&self, tree: &Tree) -> Result<(), String> {
        let Some(path) = self.told(tree)? else { return Ok(()) };
        let (first, mut edits) = editing::measure(&self.program(), &tree.root, &path, EDITS)?;
        edits.sort_by(f64::total_cmp);
        let at = |share: f64| edits.get((edits.len() as f64 * share) as usize).copied().unwrap_or(first);
        println!("  editor: {first:.0} ms until the first findings");
        println!("  an edit to its findings: median {:.0} ms, p95 {:.0} ms", at(0.5), at(0.95));
        Ok(())
    }

    /// The first file that something is found in.
    fn told(&self, tree: &Tree) -> Result<Option<PathBuf>, String> {
        let told = self.check(tree, &["--no-cache"]).command().output().map_err(failed(&self.program()))?;
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let place = |line: &str| Some(tree.root.join(line.split_once(':')?.0));
        Ok(told.lines().filter_map(place).find(|path| tree.sources.contains(path)))
    }

    fn program(&self) -> PathBuf {
        self.root.join("target").join(self.profile).join("connlint")
    }

    fn check(&self, tree: &Tree, args: &[&str]) -> Program {
        let program = self.program().to_string_lossy().into_owned();
        let args = [&["check", "--timing", "--format", "concise"], args].concat();
        Program::new(&program, &args, &tree.root)
    }

    fn row(&self, what: &str, ours: &Program, other: &Program, name: &str) -> Result<(), String> {
        match other.measure() {
            Ok(_) => println!("  {what}: {} {name}", self.pairs(ours, other, || Ok(()))?),
            Err(_) => println!("  {what}: {name} is skipped, it is not installed"),
        }
        Ok(())
    }

    /// Both in turn; `before` goes before each run of ours.
    fn pairs(
        &self,
        ours: &Program,
        other: &Program,
        mut before: impl FnMut() -> Result<(), String>,
    ) -> Result<String, String> {
        let (mut times, mut ratios, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.runs.max(1) {
            before()?;
            let (ours, other) = (ours.measure()?, other.measure()?);
            times.push(ours.milliseconds);
            ratios.push(ours.milliseconds / other.milliseconds);
            peaks.extend(ours.megabytes);
        }
        let peak = median(peaks).map_or_else(String::new, |peak| format!(", peak {peak:.0} MB"));
        let (time, ratio) = (median(times).unwrap_or_default(), median(ratios).unwrap_or_default());
        Ok(format!("{time:.0} ms{peak}, {ratio:.2} x"))
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

const SCRIPTS: &[&str] = &["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];

fn ripgrep(tree: &Tree) -> Program {
    let args = ["-c", "--no-require-git", "-tts", "-tjs", "-tpy", "-trust", SOUGHT, "."];
    Program::new("rg", &args, &tree.root)
}

fn oxlint(tree: &Tree) -> Program {
    Program::new("oxlint", &["--silent", "."], &tree.root)
}

fn ruff(tree: &Tree) -> Program {
    Program::new("ruff", &["check", "--no-cache", "--isolated", "--exit-zero", "--quiet", "."], &tree.root)
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
    /// Where the program tells.
    megabytes: Option<f64>,
}

/// Something to be run again and again.
struct Program {
    name: String,
    args: Vec<String>,
    folder: PathBuf,
}

impl Program {
    fn new(name: &str, args: &[&str], folder: &Path) -> Self {
        let args = args.iter().map(ToString::to_string).collect();
        Self { name: name.into(), args, folder: folder.into() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.args).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn measure(&self) -> Result<Measure, String> {
        let started = Instant::now();
        let output = self.command().output().map_err(failed(Path::new(&self.name)))?;
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let told = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0 | 1) => Ok(Measure { milliseconds, megabytes: peak(&told) }),
            _ => Err(format!("the run failed: {told}")),
        }
    }
}

/// The line `peak 12.3 MB` of `--timing`.
fn peak(told: &str) -> Option<f64> {
    let line = told.lines().find_map(|line| line.trim().strip_prefix("peak "))?;
    line.split_whitespace().next()?.parse().ok()
}
