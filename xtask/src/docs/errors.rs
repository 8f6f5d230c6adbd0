//! Pages of run-time errors, from `rules/errors`.

use std::path::Path;

use super::markdown::{codes, plain, source, table};
use super::{Page, Section};
use crate::data::servers::{ErrorText, ErrorsFile};
use crate::data::{Named, read};

pub fn section(root: &Path) -> Result<Section, String> {
    let files: Vec<Named<ErrorsFile>> = read(&root.join("rules/errors"))?;
    let rows: Vec<Vec<String>> = files.iter().map(row).collect();
    Ok(Section {
        name: "errors",
        index: table(&["of", "errors", "for example"], &rows),
        pages: files.iter().map(page).collect(),
    })
}

/// Names as people write them.
fn title(stem: &str) -> String {
    let known = [
        ("http", "HTTP clients"),
        ("mongodb", "MongoDB"),
        ("mysql", "MySQL and MariaDB"),
        ("orm", "ORMs and query builders"),
        ("poolers", "Poolers and hosted databases"),
        ("postgres", "PostgreSQL"),
        ("realtime", "Realtime services"),
        ("redis", "Redis"),
        ("runtime", "Runtimes and operating systems"),
        ("rust", "Rust crates"),
        ("servers", "Other servers"),
    ];
    known.iter().find(|(name, _)| *name == stem).map_or_else(|| stem.to_string(), |(_, title)| (*title).to_string())
}

fn path(file: &Named<ErrorsFile>) -> String {
    format!("errors/{}.md", file.stem)
}

fn row(file: &Named<ErrorsFile>) -> Vec<String> {
    let example = file.file.errors.first().and_then(|error| error.patterns.first()).map(codes_of_one);
    let link = format!("[{}](errors/{}.md)", title(&file.stem), file.stem);
    vec![link, file.file.errors.len().to_string(), example.unwrap_or_default()]
}

fn codes_of_one(text: &String) -> String {
    codes([text])
}

fn page(file: &Named<ErrorsFile>) -> Page {
    let title = title(&file.stem);
    let each: String = file.file.errors.iter().map(entry).collect();
    let text = format!("# Run-time errors: {title}\n\n{each}");
    Page { path: path(file), title, text, depth: 1 }
}

fn entry(error: &ErrorText) -> String {
    let head = error.patterns.first().cloned().unwrap_or_default();
    let others: String = error.patterns.iter().map(|text| format!("- `{text}`\n")).collect();
    let rules: Vec<String> = error.rules.iter().map(|rule| format!("[`{rule}`](../../../rules/{rule}.md)")).collect();
    format!(
        "## {}\n\n{others}\n{}\n\n**What to do:** {}\n\n**Rules that find the causes:** {}\n\nSource: {}\n\n",
        plain(&head),
        plain(&error.means),
        plain(&error.action),
        rules.join(", "),
        source(&error.source),
    )
}
