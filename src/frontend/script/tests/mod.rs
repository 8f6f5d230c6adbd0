//! Lowering tests: small sources against the text form of their facts.
//!
//! One file a topic; what the text form leaves out (positions, names, flags) is in `details`.

mod calls;
mod classes;
mod components;
mod control;
mod details;
mod jsx;
mod logic;
mod modules;
mod names;
mod robustness;

use super::{Dialect, lower};
use crate::facts::dump::dump;

fn check(source: &str, expected: &str) {
    compare(source, Dialect::Ts, expected);
}

fn check_jsx(source: &str, expected: &str) {
    compare(source, Dialect::Tsx, expected);
}

fn compare(source: &str, dialect: Dialect, expected: &str) {
    let found = dump(&lower(source, dialect));
    assert_eq!(found.trim_end(), dedented(expected), "\n{source}\n{found}");
}

/// The expected text without the indentation of the test.
fn dedented(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().skip(1).map(|line| line.get(8..).unwrap_or("")).collect();
    lines.join("\n")
}
