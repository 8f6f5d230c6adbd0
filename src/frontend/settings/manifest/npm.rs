//! `package.json` and `pnpm-workspace.yaml`. Knows no package by name.

use super::{named, pairs, text, texts};
use crate::facts::settings::{Dependency, Ecosystem, Manifest};
use crate::frontend::settings::tree::Node;

const SECTIONS: [(&str, bool); 4] =
    [("dependencies", false), ("optionalDependencies", false), ("peerDependencies", false), ("devDependencies", true)];

/// The field by which a running program maps beginnings of module paths to folders: <https://github.com/ilearnio/module-alias#usage>.
const ALIASES: &str = "_moduleAliases";

pub(super) fn package(root: &Node) -> Manifest {
    let mut manifest = Manifest::new(Ecosystem::Npm);
    manifest.name = text(root, &["name"]);
    manifest.version = text(root, &["version"]);
    manifest.private = root.get("private").is_some_and(Node::is_true);
    manifest.main = text(root, &["main"]).or_else(|| text(root, &["module"]));
    if let Some(exports) = root.get("exports") {
        exported(".", exports, &mut manifest.exports);
    }
    let files = ["source", "module", "main", "types"].iter().filter_map(|key| text(root, &[key]));
    manifest.exports.extend(files.map(|path| (".".to_string(), path)));
    manifest.aliases = pairs(root.get(ALIASES)).collect();
    manifest.scripts = pairs(root.get("scripts")).collect();
    manifest.bins = bins(root);
    let workspaces = root.get("workspaces");
    manifest.workspaces = texts(workspaces.and_then(|node| node.get("packages")).or(workspaces));
    for (section, dev) in SECTIONS {
        manifest.dependencies.extend(pairs(root.get(section)).map(|(name, version)| dependency(name, version, dev)));
    }
    manifest
}

/// All files that an `exports` field names, conditions flattened.
fn exported(subpath: &str, node: &Node, found: &mut Vec<(String, String)>) {
    found.extend(node.str().map(|path| (subpath.to_string(), path.to_string())));
    node.items().iter().for_each(|item| exported(subpath, item, found));
    for member in node.members() {
        exported(if member.key.starts_with('.') { &member.key } else { subpath }, &member.value, found);
    }
}

pub(super) fn workspace(root: &Node) -> Manifest {
    let mut manifest = Manifest::new(Ecosystem::Npm);
    manifest.workspaces = texts(root.get("packages"));
    let catalog = pairs(root.get("catalog")).map(|(name, version)| dependency(name, version, false));
    manifest.workspace_dependencies = catalog.collect();
    manifest
}

fn bins(root: &Node) -> Vec<String> {
    let Some(bin) = root.get("bin") else { return Vec::new() };
    match bin.str() {
        Some(path) => vec![path.to_string()],
        None => pairs(Some(bin)).map(|(_, path)| path).collect(),
    }
}

fn dependency(name: String, version: String, dev: bool) -> Dependency {
    let mut dependency = named(name, dev);
    let path = ["file:", "link:", "portal:"].iter().find_map(|prefix| version.strip_prefix(prefix));
    dependency.path = path.filter(|path| !path.ends_with(".tgz")).map(String::from);
    dependency.workspace = version.starts_with("workspace:") || version.starts_with("catalog:");
    // `"db": "npm:pg@8"`: the code says `db`, the package is `pg`.
    let Some((target, target_version)) = version.strip_prefix("npm:").map(split) else {
        dependency.version = Some(version);
        return dependency;
    };
    dependency.alias = Some(std::mem::replace(&mut dependency.name, target.to_string()));
    dependency.version = target_version.map(String::from);
    dependency
}

/// `@scope/name@1` as name and version.
fn split(target: &str) -> (&str, Option<&str>) {
    match target.rfind('@').filter(|at| *at > 0) {
        Some(at) => (&target[..at], Some(&target[at + 1..])),
        None => (target, None),
    }
}
