//! Beginnings of module paths that frameworks, manifests and the configurations of bundlers define: `alias` of
//! `vite.config.ts`.
//!
//! Reads what is written there: no code is run. What stands for tests alone is left out. Knows no bundler by name.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::facts::walk::nodes;
use crate::facts::{Call, Exported, FileFacts, Literal, Naming, Node, Part, Value};
use crate::packages::kinds::{FileClass, classify, is_configuration};
use crate::packages::manifests::Manifests;
use crate::packages::paths::{is_above, join, parent};
use crate::packages::unit::Unit;

/// What a beginning of module paths means in a package.
#[derive(Debug)]
pub(crate) struct Given {
    /// The folder of the package.
    pub root: String,
    pub prefix: String,
    /// A folder or a file of the project.
    pub target: String,
}

/// What a configuration among the sources says.
#[derive(Debug, PartialEq)]
pub(crate) struct Written {
    path: String,
    prefix: String,
    target: String,
}

impl Written {
    pub fn parts(&self) -> [&str; 3] {
        [&self.path, &self.prefix, &self.target]
    }
}

/// What the configurations of bundlers define.
pub(crate) fn written(units: &[Unit]) -> Vec<Written> {
    let scripts = units.iter().filter(|unit| unit.facts.language.semantics().naming == Naming::Exports);
    scripts.filter(|unit| is_configuration(&unit.path)).flat_map(of_file).collect()
}

/// That, what manifests define, and what frameworks define in the packages that depend on them; the innermost packages first. What lies beside a
/// package and is taken into it by such a beginning is resolved as the package's own files are.
pub(crate) fn given(written: Vec<Written>, manifests: &Manifests, catalog: &Catalog, paths: &[String]) -> Vec<Given> {
    let own = written.into_iter().map(|Written { path, prefix, target }| {
        let root = manifests.package_of(&path).map_or(String::new(), |package| package.folder.clone());
        let target = beside(&root, &target, paths).unwrap_or(target);
        Given { root, prefix, target }
    });
    let mut all: Vec<Given> = own.collect();
    all.extend(manifests.own_aliases().map(|(root, prefix, target)| Given {
        root: root.to_string(),
        prefix: prefix.trim_end_matches('/').to_string(),
        target,
    }));
    for (root, row) in manifests.aliases(catalog) {
        let targets = row.folders.iter().filter_map(|inner| join(&root, inner));
        all.extend(targets.map(|target| Given { root: root.clone(), prefix: row.prefix.clone(), target }));
    }
    let taken_in: BTreeSet<(String, String)> = all
        .iter()
        .filter(|given| !given.root.is_empty() && !is_above(&given.root, &given.target))
        .map(|given| (given.root.clone(), given.target.clone()))
        .collect();
    for (root, folder) in taken_in {
        let own = all.iter().filter(|given| given.root == root);
        let same =
            own.map(|given| Given { root: folder.clone(), prefix: given.prefix.clone(), target: given.target.clone() });
        let same: Vec<Given> = same.collect();
        all.extend(same);
    }
    // The order of a package's own is kept: the first that leads to a file counts.
    all.sort_by_key(|given| (Reverse(given.root.len()), given.root.clone(), Reverse(given.prefix.len())));
    all
}

/// Where a folder of the package is not in it, the same one beside it, or beside one of the folders around: what builds the
/// package copies it in.
fn beside(root: &str, target: &str, paths: &[String]) -> Option<String> {
    let inner = target.strip_prefix(root)?.trim_start_matches('/');
    let is_there = |folder: &str| paths.iter().any(|path| is_above(folder, path));
    if root.is_empty() || inner.is_empty() || is_there(target) {
        return None;
    }
    let around = std::iter::successors(Some(root), |folder| (!folder.is_empty()).then(|| parent(folder)));
    around.skip(1).filter_map(|folder| join(folder, inner)).find(|folder| is_there(folder))
}

/// Absolute beginnings under which a platform lays folders of the project, and what the paths of those end with.
pub(crate) fn mounted(catalog: &Catalog) -> Vec<(String, String)> {
    let rows = catalog.files.iter().flat_map(|file| &file.aliases).filter(|row| row.anywhere);
    rows.flat_map(|row| row.folders.iter().map(|folder| (row.prefix.clone(), format!("/{folder}/")))).collect()
}

fn of_file(unit: &Unit) -> Vec<Written> {
    let mut found: Vec<Written> = Vec::new();
    for value in written_values(&unit.facts) {
        aliases_in(value, &mut |prefix, target| {
            let prefix = prefix.trim_end_matches('*').trim_end_matches('/').to_string();
            let target = path_of(&unit.facts, parent(&unit.path), target).filter(|target| !is_for_tests(target));
            let written = target.map(|target| Written { path: unit.path.clone(), prefix, target });
            // A value that is bound and then exported is met twice.
            found.extend(written.filter(|it| !it.prefix.is_empty() && !found.contains(it)));
        });
    }
    found
}

/// A folder or file of tests, which is put there in the place of the program's.
fn is_for_tests(target: &str) -> bool {
    classify(&format!("{target}/x.ts")) == FileClass::Test
}

/// What calls of the file are given, what its functions return and what is bound.
fn written_values(facts: &FileFacts) -> Vec<&Value> {
    let mut found: Vec<&Value> = facts.calls.iter().flat_map(|call| &call.args).map(|arg| &arg.value).collect();
    found.extend(facts.functions.iter().flat_map(|function| nodes(&function.body)).filter_map(|node| match node {
        Node::Bind { value, .. } | Node::Return { value: Some(value), .. } => Some(value),
        _ => None,
    }));
    found.extend(facts.exports.iter().filter_map(|export| match &export.what {
        Exported::Value(value) => Some(value),
        Exported::From(_) => None,
    }));
    found
}

fn aliases_in<'f>(value: &'f Value, found: &mut dyn FnMut(&'f str, &'f Value)) {
    match value {
        Value::Record { entries, .. } => {
            for entry in entries {
                if entry.key == "alias" {
                    alias(&entry.value, found);
                }
                aliases_in(&entry.value, found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| aliases_in(item, found)),
        _ => {}
    }
}

/// `{ "@": "./src" }`, `[{ find: "@", replacement: "./src" }]`
fn alias<'f>(value: &'f Value, found: &mut dyn FnMut(&'f str, &'f Value)) {
    match value {
        Value::Record { entries, .. } => entries.iter().for_each(|entry| found(&entry.key, &entry.value)),
        Value::List(items) => items.iter().for_each(|item| {
            let Value::Record { entries, .. } = item else { return };
            let of = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
            if let (Some(find), Some(replacement)) = (of("find").and_then(Value::as_str), of("replacement")) {
                found(find, replacement);
            }
        }),
        _ => {}
    }
}

/// The path that the texts in the value make, below the folder of the configuration: `resolve(__dirname, "..", "src")`.
fn path_of(facts: &FileFacts, folder: &str, value: &Value) -> Option<String> {
    let mut texts = Vec::new();
    texts_in(facts, value, &mut texts);
    (!texts.is_empty()).then(|| join(folder, &texts.join("/"))).flatten()
}

fn texts_in<'f>(facts: &'f FileFacts, value: &'f Value, texts: &mut Vec<&'f str>) {
    let mut next = |value: &'f Value| texts_in(facts, value, texts);
    match value {
        Value::Literal(Literal::Str(text)) => texts.push(text),
        Value::Call(id) => {
            let Call { args, .. } = facts.call(*id);
            args.iter().for_each(|arg| next(&arg.value));
        }
        Value::Binary(_, left, right) => [left, right].into_iter().for_each(|part| next(part)),
        Value::Template(parts) => parts.iter().for_each(|part| match part {
            Part::Text(text) => texts.push(text),
            Part::Value(_) => {}
        }),
        _ => {}
    }
}
