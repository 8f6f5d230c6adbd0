//! The rules' pages, from `rules/*.md`, and their list, from the README.
//!
//! Only reads Markdown; knows no rule.

use std::path::Path;

use super::{Page, Section};
use crate::failed;

pub fn section(root: &Path) -> Result<Section, String> {
    let readme = read(&root.join("README.md"))?;
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [`")).collect();
    let pages = rows.iter().filter_map(|row| id(row)).map(|id| page(root, id)).collect::<Result<_, _>>()?;
    let index = format!("| id | default | finds | fix |\n| --- | --- | --- | --- |\n{}\n", rows.join("\n"));
    // The table's links lead from the README.
    Ok(Section { name: "rules", index: index.replace("](rules/", "](../../rules/"), pages })
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(failed(path))
}

/// The rule of a row of the README's table.
fn id(row: &str) -> Option<&str> {
    row.strip_prefix("| [`")?.split('`').next()
}

fn page(root: &Path, id: &str) -> Result<Page, String> {
    let path = format!("rules/{id}.md");
    let text = read(&root.join(&path))?;
    Ok(Page { text: readable(&text), title: id.into(), path, depth: 1 })
}

/// The page without its front matter and without the notation that tests read.
fn readable(page: &str) -> String {
    let body = page.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map_or(page, |(_, body)| body);
    uncommented(&captions(body))
}

/// Each file of an example under its path: ```` ```ts bad path=src/a.ts ```` .
pub fn captions(text: &str) -> String {
    let mut result = String::new();
    let mut open = false;
    for line in text.lines() {
        match line.strip_prefix("```").filter(|_| !open) {
            Some(info) => result.push_str(&fence(info)),
            None => result.push_str(line),
        }
        result.push('\n');
        open ^= line.starts_with("```");
    }
    result
}

/// The beginning of a block with its caption, if it has a path or is an example of something.
fn fence(info: &str) -> String {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or_default();
    let (mut path, mut kind) = (None, "");
    for word in words {
        path = path.or(word.strip_prefix("path="));
        kind = ["bad", "good"].into_iter().find(|known| *known == word).unwrap_or(kind);
    }
    let mark = if kind.is_empty() { String::new() } else { format!("<span class=\"{kind}\">{kind}</span> ") };
    match path {
        Some(path) => format!("<p class=\"file\">{mark}<code>{path}</code></p>\n\n```{language}"),
        None if !mark.is_empty() => format!("<p class=\"file\">{mark}</p>\n\n```{language}"),
        None => format!("```{language}"),
    }
}

/// Without the comments that say to tests where a finding begins.
fn uncommented(text: &str) -> String {
    let marks = [" {/* ERROR ", " /* ERROR ", " // ERROR ", " # ERROR ", " <!-- ERROR "];
    let line = |line: &str| match marks.iter().find_map(|mark| line.find(mark)) {
        Some(at) => line[..at].trim_end().to_string(),
        None => line.to_string(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn notation_of_tests_is_not_shown() {
    let page = "---\nid: a\n---\n\n# a\n\n```ts bad path=a.ts\nf(); // ERROR a\n```\n\n```ts\ng();\n```\n";
    let expected = "\n# a\n\n<p class=\"file\"><span class=\"bad\">bad</span> <code>a.ts</code></p>\n\n```ts\nf();\n```\n\n\
                    ```ts\ng();\n```\n";
    assert_eq!(readable(page), expected);
}

#[test]
fn a_row_of_the_table_names_its_rule() {
    assert_eq!(id("| [`a-b`](rules/a-b.md) | note | x | no |"), Some("a-b"));
    assert_eq!(id("| id | default |"), None);
}
