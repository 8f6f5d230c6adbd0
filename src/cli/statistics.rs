//! `--statistics` and `--timing`: numbers about a run, on standard error.
//!
//! Counts and formats; knows no rule.

use std::collections::BTreeMap;
use std::time::Duration;

use super::output::complain;
use crate::session::Outcome;

/// How many findings each rule has, most first.
pub fn rules(outcome: &Outcome) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for found in &outcome.findings {
        *counts.entry(found.finding.rule).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (rule, count) in counts {
        complain(&format!("{count:>6}  {rule}"));
    }
    let summary = &outcome.summary;
    complain(&format!("{:>6}  suppressed by comments", summary.suppressed));
    complain(&format!("{:>6}  files", summary.files));
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
