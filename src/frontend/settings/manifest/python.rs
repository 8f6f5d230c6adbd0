//! `pyproject.toml` (PEP 621, Poetry, uv, PDM), `Pipfile`, `setup.cfg`, requirement files.
//!
//! Knows no package by name.

use super::requirement::{self, normal};
use super::{named, pairs, text, texts};
use crate::facts::settings::{Dependency, Ecosystem, Manifest};
use crate::frontend::settings::base_name;
use crate::frontend::settings::tree::{Member, Node};

pub(super) fn pyproject(root: &Node) -> Manifest {
    let mut manifest = Manifest::new(Ecosystem::Pypi);
    let either = |key: &str| text(root, &["project", key]).or_else(|| text(root, &["tool", "poetry", key]));
    manifest.name = either("name");
    manifest.version = either("version");
    manifest.workspaces = texts(root.path(&["tool", "uv", "workspace", "members"]));
    let excluded = texts(root.path(&["tool", "uv", "workspace", "exclude"]));
    manifest.workspaces.extend(excluded.into_iter().map(|path| format!("!{path}")));
    manifest.scripts = scripts(root);
    project(root, &mut manifest.dependencies);
    poetry(root, &mut manifest.dependencies);
    tools(root, &mut manifest.dependencies);
    sources(root, &mut manifest.dependencies);
    manifest
}

/// Entry points, then the commands of task runners.
fn scripts(root: &Node) -> Vec<(String, String)> {
    let tables: [&[&str]; 6] = [
        &["project", "scripts"],
        &["project", "gui-scripts"],
        &["tool", "poetry", "scripts"],
        &["tool", "pdm", "scripts"],
        &["tool", "poe", "tasks"],
        &["tool", "taskipy", "tasks"],
    ];
    tables.iter().filter_map(|path| root.path(path)).flat_map(Node::members).filter_map(script).collect()
}

/// A command is a text or stands in a table.
fn script(member: &Member) -> Option<(String, String)> {
    let table = ["cmd", "shell", "callable", "reference"].iter().find_map(|key| member.value.get(key));
    let command = table.unwrap_or(&member.value);
    let words = command.texts().join(" ");
    (!words.is_empty()).then(|| (member.key.clone(), words))
}

fn project(root: &Node, found: &mut Vec<Dependency>) {
    found.extend(requirements_of(root.path(&["project", "dependencies"]), false));
    for extra in root.path(&["project", "optional-dependencies"]).map_or(&[][..], Node::members) {
        found.extend(requirements_of(Some(&extra.value), is_dev(&extra.key)));
    }
    for group in root.get("dependency-groups").map_or(&[][..], Node::members) {
        found.extend(requirements_of(Some(&group.value), true));
    }
}

fn poetry(root: &Node, found: &mut Vec<Dependency>) {
    let Some(poetry) = root.path(&["tool", "poetry"]) else { return };
    table(poetry.get("dependencies"), false, found);
    table(poetry.get("dev-dependencies"), true, found);
    for group in poetry.get("group").map_or(&[][..], Node::members) {
        table(group.value.get("dependencies"), group.key != "main", found);
    }
}

fn tools(root: &Node, found: &mut Vec<Dependency>) {
    found.extend(requirements_of(root.path(&["tool", "uv", "dev-dependencies"]), true));
    for group in root.path(&["tool", "pdm", "dev-dependencies"]).map_or(&[][..], Node::members) {
        found.extend(requirements_of(Some(&group.value), true));
    }
}

/// uv says beside the requirement where it comes from.
fn sources(root: &Node, found: &mut [Dependency]) {
    for source in root.path(&["tool", "uv", "sources"]).map_or(&[][..], Node::members) {
        let name = normal(&source.key);
        for dependency in found.iter_mut().filter(|dependency| dependency.name == name) {
            dependency.path = text(&source.value, &["path"]);
            dependency.workspace = source.value.get("workspace").is_some_and(Node::is_true);
        }
    }
}

pub(super) fn pipfile(root: &Node) -> Manifest {
    let mut manifest = Manifest::new(Ecosystem::Pypi);
    table(root.get("packages"), false, &mut manifest.dependencies);
    table(root.get("dev-packages"), true, &mut manifest.dependencies);
    manifest.scripts = pairs(root.get("scripts")).collect();
    manifest
}

/// `name = "^1"` or `name = { version = "^1", path = "../name" }`.
fn table(node: Option<&Node>, dev: bool, found: &mut Vec<Dependency>) {
    for member in node.map_or(&[][..], Node::members) {
        if member.key == "python" {
            continue;
        }
        // Poetry takes a list of alternatives by platform: the first one stands for all.
        let value = member.value.items().first().unwrap_or(&member.value);
        let mut dependency = named(normal(&member.key), dev);
        let version = ["version", "git", "url"].iter().find_map(|key| text(value, &[key]));
        dependency.version = value.text().or(version);
        dependency.path = text(value, &["path"]);
        found.push(dependency);
    }
}

pub(super) fn setup(root: &Node) -> Manifest {
    let mut manifest = Manifest::new(Ecosystem::Pypi);
    manifest.name = text(root, &["metadata", "name"]);
    manifest.version = text(root, &["metadata", "version"]);
    manifest.dependencies.extend(lines(root.path(&["options", "install_requires"]), false));
    for extra in root.get("options.extras_require").map_or(&[][..], Node::members) {
        manifest.dependencies.extend(lines(Some(&extra.value), is_dev(&extra.key)));
    }
    let scripts = root.path(&["options.entry_points", "console_scripts"]).and_then(Node::str).unwrap_or("");
    let pair = |line: &str| line.split_once('=').map(|(name, target)| (name.trim().into(), target.trim().into()));
    manifest.scripts = scripts.lines().filter_map(pair).collect();
    manifest
}

fn lines(node: Option<&Node>, dev: bool) -> impl Iterator<Item = Dependency> {
    node.and_then(Node::str).unwrap_or("").lines().filter_map(move |line| requirement::parse(line, dev))
}

pub(super) fn requirements(file_name: &str, text: &str) -> Manifest {
    let mut manifest = Manifest::new(Ecosystem::Pypi);
    let dev = is_dev(base_name(file_name));
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    manifest.dependencies = joined.lines().filter_map(|line| requirement::parse(line, dev)).collect();
    manifest
}

fn requirements_of(node: Option<&Node>, dev: bool) -> impl Iterator<Item = Dependency> {
    texts(node).into_iter().filter_map(move |line| requirement::parse(&line, dev))
}

/// Extras and files of these names are not installed where the program runs.
fn is_dev(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = ["dev", "develop", "development", "test", "tests", "testing", "lint", "docs", "doc", "typing", "ci"];
    name.split(['-', '_', '.']).any(|part| words.contains(&part))
}
