//! The documents say what the program does: flags, commands, formats, rules, examples of settings.
//!
//! Reads the documents as text and asks the built program for its help.

use std::path::Path;
use std::process::Command;

use connlint::catalog::tables::TABLES;
use connlint::catalog::{Catalog, Own};
use connlint::config::Config;
use connlint::report::Format;
use connlint::rules::RULES;

fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_connlint")).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The options of a help text, without those of the argument parser itself.
fn options(help: &str) -> Vec<String> {
    let lines = help.lines().filter(|line| line.trim_start().starts_with("--"));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_string).collect()
}

#[test]
fn the_readme_names_every_flag_and_command() {
    let readme = document("README.md");
    let mut missing = options(&help(&["check", "--help"]));
    assert!(missing.len() > 5);
    missing.retain(|flag| !readme.contains(&format!("| `{flag}")));
    assert!(missing.is_empty(), "README.md does not tell of {missing:?}");
    let all = help(&["--help"]);
    let commands = all.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    for command in commands.lines().filter_map(|line| line.split_whitespace().next()) {
        assert!(readme.contains(&format!("`connlint {command}")), "README.md does not tell of `connlint {command}`");
    }
}

#[test]
fn the_readme_names_every_rule_and_format() {
    let readme = document("README.md");
    for rule in RULES {
        assert!(readme.contains(&format!("(rules/{}.md)", rule.id)), "README.md does not tell of {}", rule.id);
    }
    for format in Format::ALL.map(Format::name) {
        assert!(readme.contains(&format!("`{format}`")), "README.md does not tell of the format {format}");
    }
}

#[test]
fn settings_in_the_readme_are_understood() {
    let readme = document("README.md");
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let blocks: Vec<&str> = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        Config::parse(block, "README.md", &rules).unwrap();
    }
}

#[test]
fn the_finding_in_the_readme_is_a_real_one() {
    let readme = document("README.md");
    let pasted = readme.split("```\n").find(|block| block.starts_with("error[")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_connlint"))
        .args(["check", "fixtures/incidents/mongodb-atlas/before"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains(pasted.trim_end()), "README.md shows a finding that a run does not give:\n{report}");
}

#[test]
fn every_page_begins_with_its_id_and_has_its_parts() {
    for rule in RULES {
        let head = format!("---\nid: {}\n", rule.id);
        assert!(rule.page.starts_with(&head), "rules/{}.md: does not begin with its id", rule.id);
        assert!(rule.text().starts_with(&format!("# {}\n", rule.id)), "rules/{}.md: has another title", rule.id);
        // A page that is yet to be written says nothing wrong.
        if !rule.page.contains("\n## ") {
            continue;
        }
        for part in ["## What", "## Why", "## How to fix", "## Examples"] {
            assert!(rule.page.contains(part), "rules/{}.md: has no `{part}`", rule.id);
        }
    }
}

/// `cargo xtask generate` runs this with `CONNLINT_GENERATE` set, which writes the tables.
#[test]
fn generated_tables_are_current() {
    let catalog = Catalog::load(&Own::default()).unwrap();
    for table in TABLES {
        let old = document(table.page);
        let new =
            table.insert(&old, &catalog).unwrap_or_else(|| panic!("{}: has no place for {}", table.page, table.mark));
        if std::env::var_os("CONNLINT_GENERATE").is_some() {
            std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(table.page), new).unwrap();
        } else {
            assert!(new == old, "{}: the table {} is not current; run `cargo xtask generate`", table.page, table.mark);
        }
    }
}
