//! Manifests: what a package is called, needs, starts and contains.
//!
//! One module an ecosystem. Knows the manifests' formats and no package by name.

mod cargo;
mod npm;
mod python;
mod requirement;

use super::tree::{Node, Syntax};
use super::{base_name, ini, json, toml, yaml};
use crate::facts::redact;
use crate::facts::settings::{Dependency, Manifest};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    PackageJson,
    PnpmWorkspace,
    Pyproject,
    Pipfile,
    SetupCfg,
    Requirements,
    CargoToml,
    CargoLock,
}

impl Kind {
    pub fn of(file_name: &str) -> Option<Self> {
        let name = base_name(file_name);
        let folder = file_name.rsplit(['/', '\\']).nth(1).unwrap_or("");
        Some(match name {
            "package.json" => Kind::PackageJson,
            "pnpm-workspace.yaml" => Kind::PnpmWorkspace,
            "pyproject.toml" => Kind::Pyproject,
            "Pipfile" => Kind::Pipfile,
            "setup.cfg" => Kind::SetupCfg,
            "Cargo.toml" => Kind::CargoToml,
            "Cargo.lock" => Kind::CargoLock,
            _ if !name.ends_with(".txt") && !name.ends_with(".in") => return None,
            _ if name.contains("requirements") || folder == "requirements" => Kind::Requirements,
            _ => return None,
        })
    }
}

pub(super) fn lower(kind: Kind, file_name: &str, text: &str) -> Result<Manifest, Syntax> {
    let mut manifest = match kind {
        Kind::PackageJson => npm::package(&table(json::parse(text)?)?),
        Kind::PnpmWorkspace => npm::workspace(&yaml::parse(text)?),
        Kind::Pyproject => python::pyproject(&toml::parse(text)?),
        Kind::Pipfile => python::pipfile(&toml::parse(text)?),
        Kind::SetupCfg => python::setup(&ini::parse(text)),
        Kind::Requirements => python::requirements(file_name, text),
        Kind::CargoToml => cargo::package(&toml::parse(text)?),
        Kind::CargoLock => cargo::lock(&toml::parse(text)?),
    };
    redact(&mut manifest);
    Ok(manifest)
}

fn table(node: Node) -> Result<Node, Syntax> {
    let is_table = matches!(node.data, super::tree::Data::Map(_));
    if is_table { Ok(node) } else { Err(Syntax { line: 1, message: String::from("it is no JSON object") }) }
}

/// Commands hold passwords, addresses of private packages hold tokens.
fn redact(manifest: &mut Manifest) {
    for (_, command) in &mut manifest.scripts {
        *command = redact::words(command);
    }
    for dependency in manifest.dependencies.iter_mut().chain(&mut manifest.workspace_dependencies) {
        if let Some(version) = &mut dependency.version {
            *version = redact::text(version);
        }
    }
}

/// Names and values of a table of texts.
fn pairs(node: Option<&Node>) -> impl Iterator<Item = (String, String)> {
    let members = node.map_or(&[][..], Node::members);
    members.iter().filter_map(|member| Some((member.key.clone(), member.value.text()?)))
}

fn texts(node: Option<&Node>) -> Vec<String> {
    node.map(Node::texts).unwrap_or_default()
}

fn text(node: &Node, path: &[&str]) -> Option<String> {
    node.path(path).and_then(Node::str).map(String::from)
}

fn named(name: impl Into<String>, dev: bool) -> Dependency {
    Dependency { name: name.into(), dev, ..Dependency::default() }
}
