//! Pages of frameworks, from `rules/frameworks`: what runs the project's functions, and how often.

use std::path::Path;

use super::calls::all_written;
use super::markdown::{codes, plain, table};
use super::{Page, Section};
use crate::data::schema::{ArgKey, Ecosystem, Owner, PackageFile, Run};
use crate::data::{Named, read};

pub fn section(root: &Path) -> Result<Section, String> {
    let files: Vec<Named<PackageFile>> = read(&root.join("rules/frameworks"))?;
    let rows: Vec<Vec<String>> = files.iter().map(row).collect();
    let pages = files.iter().map(page).collect();
    Ok(Section { name: "frameworks", index: table(&["framework", "of", "runs code"], &rows), pages })
}

fn row(file: &Named<PackageFile>) -> Vec<String> {
    let link = format!("[{}](frameworks/{}.md)", plain(&file.file.package), file.stem);
    let mut often: Vec<Run> = runs(&file.file).into_iter().map(|(run, _)| run).collect();
    often.retain(|run| !matches!(run, Run::Inline | Run::Deferred | Run::OwnLoop | Run::Never | Run::Iteration));
    let mut words: Vec<&str> = Vec::new();
    often.into_iter().map(how_often).for_each(|word| {
        if !words.contains(&word) {
            words.push(word)
        }
    });
    vec![link, ecosystem(file.file.ecosystem).into(), words.join(", ")]
}

fn ecosystem(ecosystem: Option<Ecosystem>) -> &'static str {
    match ecosystem {
        Some(Ecosystem::Npm) => "JavaScript",
        Some(Ecosystem::Pypi) => "Python",
        Some(Ecosystem::Crates) => "Rust",
        Some(Ecosystem::Browser) => "browsers",
        None => "all",
    }
}

fn how_often(run: Run) -> &'static str {
    match run {
        Run::Inline => "at once",
        Run::Once => "once",
        Run::Iteration => "for each element",
        Run::Deferred => "later",
        Run::OwnLoop => "at once, in an event loop of its own",
        Run::Startup => "at start-up",
        Run::Shutdown => "at shutdown",
        Run::Request => "on each request",
        Run::Event => "on each event",
        Run::Message => "on each message",
        Run::Job => "on each job",
        Run::Tick => "on each tick",
        Run::Render => "on each render",
        Run::Mount => "on each mount",
        Run::Unmount => "at unmount",
        Run::PoolGrowth => "when a pool grows",
        Run::Script => "as a script",
        Run::Test => "in tests",
        Run::Build => "at build time",
        Run::Never => "never",
    }
}

/// How often something runs, and what: how it is written.
fn runs(file: &PackageFile) -> Vec<(Run, String)> {
    let written = |calls: &Vec<String>| all_written(calls, file.ecosystem);
    let mut all = Vec::new();
    for row in &file.handovers {
        all.push((row.run, format!("{}{}", codes(written(&row.calls)), arguments(&row.args))));
    }
    for row in &file.decorators {
        let names = codes(written(&row.calls));
        all.extend(row.run.map(|run| (run, format!("decorated with {names}"))));
        all.extend(row.allocated.map(|run| (run, format!("objects of classes decorated with {names}"))));
    }
    for row in &file.bases {
        let methods =
            if row.methods.iter().any(|name| name == "*") { "public methods".into() } else { codes(&row.methods) };
        if !row.methods.is_empty() {
            all.push((row.run, format!("{methods} of subclasses of {}", codes(&row.names))));
        }
        all.extend(row.allocated.map(|run| (run, format!("objects of subclasses of {}", codes(&row.names)))));
    }
    for row in &file.files {
        all.push((row.run, format!("exports of {}", codes(&row.globs))));
    }
    for row in &file.parameters {
        all.push((row.run, format!("functions with a parameter of type {}", codes(&row.types))));
    }
    all
}

fn arguments(args: &[ArgKey]) -> String {
    let name = |arg: &ArgKey| match arg {
        ArgKey::Position(at) => format!("argument {}", at + 1),
        ArgKey::Name(name) => format!("`{name}`"),
    };
    let names: Vec<String> = args.iter().map(name).collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

fn page(file: &Named<PackageFile>) -> Page {
    let package = &file.file;
    let mut text = format!("# {}\n\n{}\n\n", plain(&package.package), about(package));
    let mut all = runs(package);
    all.sort_by_key(|(run, _)| *run as usize);
    let rows: Vec<Vec<String>> = all.into_iter().map(|(run, what)| vec![how_often(run).into(), what]).collect();
    if !rows.is_empty() {
        text.push_str(&format!("## What it runs\n\n{}\n", table(&["runs", "what"], &rows)));
    }
    text.push_str(&kept(package));
    text.push_str(&components(package));
    Page { path: format!("frameworks/{}.md", file.stem), title: package.package.clone(), text, depth: 1 }
}

fn about(package: &PackageFile) -> String {
    let mut parts = Vec::new();
    let modules = if package.modules.is_empty() { vec![package.package.clone()] } else { package.modules.clone() };
    if package.ecosystem != Some(Ecosystem::Browser) {
        parts.push(format!("{}, imported as {}.", ecosystem(package.ecosystem), codes(modules)));
    }
    if package.dev_reload.is_some() {
        parts.push("Its dev server evaluates modules anew on each reload.".into());
    }
    if !package.docs.is_empty() {
        parts.push(format!("[Documentation]({}).", package.docs));
    }
    parts.join(" ")
}

/// What keeps the result of a function.
fn kept(package: &PackageFile) -> String {
    let owner = |owner: Owner| match owner {
        Owner::Process => "the process",
        Owner::Component => "the component",
        Owner::Request => "the request",
        Owner::Object => "the object",
    };
    let rows = package.memos.iter().map(|row| {
        vec![codes(all_written(&row.calls, package.ecosystem)), format!("for the life of {}", owner(row.owner))]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("## What it keeps\n\n{}\n", table(&["call", "keeps the result"], &rows))
}

fn components(package: &PackageFile) -> String {
    let all = &package.components;
    let facts: [(&str, Vec<&String>); 3] = [
        ("Components extend", all.iter().flat_map(|row| &row.bases).collect()),
        ("Run on mount", all.iter().flat_map(|row| &row.mount).collect()),
        ("Run at the end", all.iter().flat_map(|row| &row.unmount).collect()),
    ];
    let said = facts.into_iter().filter(|(_, names)| !names.is_empty());
    let lines: String = said.map(|(name, names)| format!("- {name}: {}\n", codes(names))).collect();
    if lines.is_empty() { lines } else { format!("## Components\n\n{lines}\n") }
}
