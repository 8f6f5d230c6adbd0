//! The documents say what the program does: flags, commands, formats, rules, examples of settings.
//!
//! The documents are the README, the chapters of the site in `docs/src`, and the other pages for people. Reads them as text and
//! asks the built program for its help.

mod commands;
mod counts;
mod links;

use std::path::Path;
use std::process::Command;

use connlint::catalog::tables::{TABLES, Table};
use connlint::catalog::{Catalog, Own};
use connlint::config::Config;
use connlint::report::Format;
use connlint::rules::RULES;

use crate::literate::blocks;

pub fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The documents for people, but for the rules' pages, by their paths from the repository's root.
pub fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "editors/vscode/README.md"]
            .map(str::to_string)
            .into();
    let chapters = std::fs::read_dir(root.join("docs/src")).unwrap();
    let names = chapters.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut chapters: Vec<String> = names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect();
    chapters.sort();
    assert!(chapters.len() > 10, "docs/src has the chapters {chapters:?}");
    paths.extend(chapters.into_iter().map(|name| format!("docs/src/{name}")));
    paths
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

/// The commands of the program, as its help lists them.
fn commands() -> Vec<String> {
    let all = help(&["--help"]);
    let commands = all.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    commands.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_string).collect()
}

#[test]
fn the_chapters_name_every_flag_and_command() {
    let chapter = document("docs/src/check.md");
    let mut missing = options(&help(&["check", "--help"]));
    assert!(missing.len() > 5);
    missing.retain(|flag| !chapter.contains(&format!("| `{flag}")));
    assert!(missing.is_empty(), "docs/src/check.md does not tell of {missing:?}");
    let mut missing = options(&help(&["map", "--help"]));
    missing.retain(|flag| !document("docs/src/map.md").contains(&format!("| `{flag}")));
    assert!(missing.is_empty(), "docs/src/map.md does not tell of {missing:?}");
    assert!(commands().len() > 5);
    for command in commands() {
        assert!(
            chapter.contains(&format!("`connlint {command}")),
            "docs/src/check.md does not tell of `connlint {command}`"
        );
    }
}

#[test]
fn the_documents_name_every_rule_and_format() {
    let (readme, formats) = (document("README.md"), document("docs/src/formats.md"));
    for rule in RULES {
        let row = format!("| [`{0}`](rules/{0}.md) |", rule.id);
        assert!(readme.contains(&row), "README.md does not tell of {}", rule.id);
    }
    for format in Format::ALL.map(Format::name) {
        assert!(
            formats.contains(&format!("| `{format}` |")),
            "docs/src/formats.md does not tell of the format {format}"
        );
    }
}

#[test]
fn settings_in_the_documents_are_understood() {
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let mut count = 0;
    for path in documents() {
        for block in blocks(&document(&path)).iter().filter(|block| block.language == "toml") {
            count += 1;
            Config::parse(&block.text, &path, &rules).unwrap();
        }
    }
    assert!(count >= 5, "the documents have {count} settings files");
}

#[test]
fn every_chapter_is_in_the_table_of_contents() {
    let contents = document("docs/src/SUMMARY.md");
    for chapter in documents().iter().filter_map(|path| path.strip_prefix("docs/src/")) {
        assert!(contents.contains(&format!("]({chapter})")), "docs/src/SUMMARY.md does not list {chapter}");
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
        let examples = blocks(rule.page);
        for kind in ["bad", "good"] {
            assert!(examples.iter().any(|block| block.has(kind)), "rules/{}.md: has no {kind} example", rule.id);
        }
    }
}

/// `cargo xtask generate` runs this with `CONNLINT_GENERATE` set, which writes the tables.
#[test]
fn generated_tables_are_current() {
    let catalog = Catalog::load(&Own::default()).unwrap();
    let readme = Table { page: "README.md", mark: "knowledge", fill: counts::knowledge };
    for table in TABLES.iter().chain([&readme]) {
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
