//! `--statistics` and `--timing`: numbers about a run, on standard error.
//!
//! Counts and formats; knows no rule.

use std::collections::BTreeMap;
use std::time::Duration;

use super::output::complain;
use crate::finding::{Applicability, Finding};
use crate::session::Outcome;

/// How many findings each rule has, most first, and how many of them can be fixed.
pub fn rules(outcome: &Outcome) {
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for found in &outcome.findings {
        counts.entry(found.finding.rule).or_default().add(&found.finding);
    }
    let mut counts: Vec<(&str, Counts)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.all));
    let width = counts.iter().map(|(rule, _)| rule.len()).max().unwrap_or_default();
    for (rule, counts) in counts {
        complain(format!("{:>6}  {rule:width$}  {}", counts.all, counts.fixable()).trim_end());
    }
    let summary = &outcome.summary;
    complain(&format!("{:>6}  suppressed by comments", summary.suppressed));
    complain(&format!("{:>6}  accepted by the baseline", summary.baselined));
    complain(&format!("{:>6}  files", summary.files));
}

#[derive(Default)]
struct Counts {
    all: usize,
    safe: usize,
    risky: usize,
}

impl Counts {
    fn add(&mut self, finding: &Finding) {
        self.all += 1;
        match finding.fix.as_ref().map(|fix| fix.applicability) {
            Some(Applicability::Safe) => self.safe += 1,
            Some(Applicability::Unsafe) => self.risky += 1,
            Some(Applicability::Manual) | None => {}
        }
    }

    fn fixable(&self) -> String {
        match (self.safe, self.risky) {
            (0, 0) => String::new(),
            (safe, 0) => format!("{safe} with --fix"),
            (0, risky) => format!("{risky} with --unsafe-fixes"),
            (safe, risky) => format!("{safe} with --fix, {risky} with --unsafe-fixes"),
        }
    }
}

/// How long the stages took and how much memory was needed at most.
pub fn timing(outcome: &Outcome, total: Duration) {
    for (stage, duration) in &outcome.timing {
        complain(&format!("{stage:>10} {:>9.1} ms", milliseconds(*duration)));
    }
    complain(&format!("{:>10} {:>9.1} ms", "total", milliseconds(total)));
    complain(&format!("{:>10} {:>9} of {} files", "relevant", outcome.relevant, outcome.summary.files));
    complain(&format!("{:>10} {:>9} of them", "parsed", outcome.parsed));
    if let Some(kilobytes) = peak_memory() {
        complain(&format!("{:>10} {:>9.1} MB", "peak", kilobytes as f64 / 1024.0));
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Where the system tells: the high-water mark of resident memory, in kilobytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
