//! Entry points by their written names: in settings files, under the keys of records and in the lists that frameworks'
//! rows tell of (`{ handler: "src/users.create" }`), and as arguments (`enqueue("jobs.mail.send")`).
//!
//! A name that leads to no export of the project says nothing. Knows no framework by name.

use super::eval::Ty;
use crate::catalog::schema::NamedRow;
use crate::catalog::words::values::{BUILD_FOLDERS, SOURCE_ENDINGS};
use crate::facts::walk::nodes;
use crate::facts::{Block, DEFAULT_EXPORT, Exported, FileFacts, FnId, Naming, Node, Part, Span, Value};
use crate::finding::Place;
use crate::packages::paths::{join, parent};
use crate::packages::settings::named::Named;
use crate::program::FnRef;
use crate::values::Program;

/// A file of the project and a name that it exports.
pub struct Target {
    pub file: u32,
    pub export: String,
}

/// What records of the program name, by the rows of active frameworks.
pub fn in_records(program: &Program) -> Vec<Named> {
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).named);
    let rows: Vec<&NamedRow> = rows.collect();
    let mut found = Vec::new();
    for file in 0..program.units.len() as u32 {
        for row in &rows {
            each_record_entry(program.facts(file), &mut |key, value, span| {
                if row.keys.iter().any(|wanted| wanted == key) {
                    found.extend(named(program, file, row, value, span));
                }
            });
            found.extend(in_settings(program, file, row));
        }
    }
    found
}

/// What the lists name that stand in the row's variables of the module.
fn in_settings(program: &Program, file: u32, row: &NamedRow) -> Vec<Named> {
    let facts = program.facts(file);
    let is_setting = |target: &Value| match target {
        Value::Var(var) => var.function == FnId::TOP && row.settings.contains(&facts.local(*var).name),
        _ => false,
    };
    let mut found = Vec::new();
    for node in nodes(&facts.function(FnId::TOP).body) {
        if let Node::Bind { target, value, span } = node
            && is_setting(target)
        {
            each_text(value, &mut |text| found.push(named_by(program, file, row, text, *span)));
        }
    }
    found
}

fn each_text<'a>(value: &'a Value, act: &mut dyn FnMut(&'a str)) {
    match value {
        Value::List(values) => values.iter().for_each(|inner| each_text(inner, act)),
        Value::Record { entries, .. } => entries.iter().for_each(|entry| act(&entry.key)),
        value => value.as_str().into_iter().for_each(act),
    }
}

fn named(program: &Program, file: u32, row: &NamedRow, value: &Value, span: Span) -> Option<Named> {
    let Value::Template(parts) = value else { return Some(named_by(program, file, row, value.as_str()?, span)) };
    let folder = parent(&program.units[file as usize].path).to_string();
    let text = last_text(parts)?.trim_start_matches('/').to_string();
    Some(Named { text, folder, ..named_by(program, file, row, "", span) })
}

fn named_by(program: &Program, file: u32, row: &NamedRow, text: &str, span: Span) -> Named {
    let unit = &program.units[file as usize];
    let beside = parent(&unit.path).to_string();
    let package =
        || program.manifests.package_of(&unit.path).map_or_else(String::new, |package| package.folder.clone());
    let folder = if target_in(program, &beside, text).is_some() { beside } else { package() };
    let place = Place { file: unit.source, span };
    let (label, methods) = (row.label.clone(), row.methods.clone());
    Named { text: text.to_string(), folder, place, run: row.run, presumed: true, label, methods }
}

/// What a template ends with after its last computed part.
fn last_text(parts: &[Part]) -> Option<&str> {
    match parts.last()? {
        Part::Text(text) => Some(text),
        Part::Value(_) => None,
    }
}

/// The function's file and name. Built files stand for their sources; a name may be relative to the project.
pub fn target(program: &Program, named: &Named) -> Option<Target> {
    let texts = object(&named.text).unwrap_or_else(|| places(&named.text));
    let folders = [named.folder.as_str(), ""];
    folders.iter().find_map(|folder| texts.iter().find_map(|text| target_in(program, folder, text)))
}

/// The function that a text of the file means: by its module and name, or by the file that gives it as a whole.
pub fn function(program: &Program, file: u32, text: &str) -> Option<FnRef> {
    let found = match program.semantics(file).naming {
        Naming::Dotted => {
            let (path, name) = text.rsplit_once([':', '.'])?;
            program.module_member(program.python_module(file, path)?, name)
        }
        Naming::Exports => {
            let folder = parent(&program.units[file as usize].path);
            program
                .module_member(module(program, folder, Some(text).filter(|text| text.contains('/'))?)?, DEFAULT_EXPORT)
        }
        Naming::Paths => return None,
    };
    match found {
        Ty::Fn(function) => Some(function),
        _ => None,
    }
}

/// The file of a path from a folder, with its ending or without. Built files stand for their sources.
pub fn module(program: &Program, folder: &str, path: &str) -> Option<u32> {
    let stem = |path: &str| {
        let ending = path.rsplit_once('.').filter(|(_, ending)| SOURCE_ENDINGS.contains(ending));
        ending.map_or(path, |(stem, _)| stem).to_string()
    };
    places(path).iter().find_map(|path| {
        let base = join(folder, &format!("./{}", stem(path)))?;
        let exact = join(folder, &format!("./{path}")).and_then(|path| program.modules.file(&path));
        exact.or_else(|| endings(&base).find_map(|path| program.modules.file(&path)))
    })
}

/// `shop.cli:main` of a package's metadata. Many a package lies below `src`.
fn object(text: &str) -> Option<Vec<String>> {
    let (module, name) = text.split_once(':')?;
    let path = format!("{}.{}", module.trim().replace('.', "/"), name.trim());
    Some(vec![path.clone(), format!("src/{path}")])
}

/// A path as it is written, and where the sources of a built file may be.
fn places(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("./");
    let source = inner.split_once('/').filter(|(head, _)| BUILD_FOLDERS.contains(head)).map(|(_, rest)| rest);
    let moved = source.into_iter().flat_map(|rest| [rest.to_string(), format!("src/{rest}")]);
    std::iter::once(inner.to_string()).chain(moved).collect()
}

/// What a path without an ending may name, in the order of preference.
fn endings(base: &str) -> impl Iterator<Item = String> {
    let stems = ["", "/index", "/__init__", "/__main__"].map(|inner| format!("{base}{inner}"));
    stems.into_iter().flat_map(|stem| SOURCE_ENDINGS.iter().map(move |ending| format!("{stem}.{ending}")))
}

fn target_in(program: &Program, folder: &str, text: &str) -> Option<Target> {
    let (path, export) = text.rsplit_once('.')?;
    let export_is_name = !export.is_empty() && export.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    let found = |path: &str| {
        let base = join(folder, &format!("./{path}")).filter(|_| export_is_name)?;
        endings(&base).find_map(|path| program.modules.file(&path))
    };
    let dotted = || found(&path.replace('.', "/")).filter(|file| program.semantics(*file).naming == Naming::Dotted);
    Some(Target { file: found(path).or_else(dotted)?, export: export.to_string() })
}

/// Looks at each entry of each record that a file writes.
fn each_record_entry<'a>(facts: &'a FileFacts, act: &mut dyn FnMut(&'a str, &'a Value, Span)) {
    for id in facts.function_ids() {
        in_block(&facts.function(id).body, act);
    }
    facts.calls.iter().flat_map(|call| &call.args).for_each(|arg| in_value(&arg.value, act));
    for export in &facts.exports {
        if let Exported::Value(value) = &export.what {
            in_value(value, act);
        }
    }
}

fn in_block<'a>(block: &'a Block, act: &mut dyn FnMut(&'a str, &'a Value, Span)) {
    for node in nodes(block) {
        if let Node::Bind { value, .. } | Node::Return { value: Some(value), .. } = node {
            in_value(value, act);
        }
    }
}

fn in_value<'a>(value: &'a Value, act: &mut dyn FnMut(&'a str, &'a Value, Span)) {
    match value {
        Value::Record { entries, .. } => {
            for entry in entries {
                act(&entry.key, &entry.value, entry.value_span);
                in_value(&entry.value, act);
            }
        }
        Value::List(values) | Value::Choice(values, _) => values.iter().for_each(|inner| in_value(inner, act)),
        _ => {}
    }
}
