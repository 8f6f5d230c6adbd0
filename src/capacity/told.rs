//! Calls of the project's code that say how many processes or instances run: servers that a program
//! starts, copies that infrastructure code asks for.
//!
//! By the rows of `rules/limits`. Knows no tool by name, and not which package a call concerns.

use super::load::is_inside;
use crate::catalog::servers::Multiplier;
use crate::contexts::linked::Linked;
use crate::facts::trail::Trail;
use crate::facts::{Call, CallId, Literal, Span, Value};
use crate::finding::Place;
use crate::packages::paths::{join, parent};
use crate::packages::settings::files::Files;
use crate::packages::settings::workloads::Count;
use crate::program::{CallRef, FnRef};
use crate::servers::number::Numbers;
use crate::values::Program;
use crate::values::eval::{Ty, dotted};
use crate::values::follow::{At, behind, key};

/// A number that a call says.
pub struct Told<'a> {
    pub row: &'a Multiplier,
    pub call: CallRef,
    pub count: Count,
    /// Folders and files of the project that the call names.
    pub folders: Vec<String>,
}

pub fn multipliers<'a>(project: &Linked<'a>) -> impl Iterator<Item = &'a Multiplier> + use<'a> {
    project.program.catalog.limits.iter().flat_map(|file| &file.multipliers)
}

pub fn told<'a>(project: &Linked<'a>, files: &Files) -> Vec<Told<'a>> {
    let program = &project.program;
    let rows: Vec<(&Multiplier, Vec<&str>)> = multipliers(project).map(|row| (row, heads(row))).collect();
    let mut found = Vec::new();
    for file in program.units.iter().enumerate().filter(|(_, unit)| unit.parsed).map(|(file, _)| file) {
        let facts = program.facts(file as u32);
        let imported = |head: &&str| facts.imports.iter().any(|import| import.module.starts_with(head));
        let near = rows.iter().filter(|(_, heads)| heads.iter().any(imported));
        let near: Vec<&Multiplier> = near.map(|(row, _)| *row).collect();
        if near.is_empty() {
            continue;
        }
        for (id, call) in facts.calls.iter().enumerate() {
            let id = CallRef { file: file as u32, id: CallId(id as u32) };
            let reader = Reader { project, files, f: FnRef { file: file as u32, id: call.function }, id, call };
            found.extend(near.iter().filter_map(|row| reader.told(row)));
        }
    }
    found
}

/// What the paths of the modules that have the row's calls begin with.
fn heads(row: &Multiplier) -> Vec<&str> {
    let mut heads: Vec<&str> = row.calls.iter().map(|call| call.split(['.', '/']).next().unwrap_or_default()).collect();
    heads.sort_unstable();
    heads.dedup();
    heads
}

/// One call.
struct Reader<'r, 'a> {
    project: &'r Linked<'a>,
    files: &'r Files,
    f: FnRef,
    id: CallRef,
    call: &'a Call,
}

impl<'a> Reader<'_, 'a> {
    fn told(&self, row: &'a Multiplier) -> Option<Told<'a>> {
        if !self.is_call(row, self.f, self.call) && !self.is_method(row) {
            return None;
        }
        let numbers = Numbers::new(self.project, self.files);
        let (at, span) = row.keys.iter().find_map(|key| self.given(key))?;
        let number = numbers.of(at).filter(|number| number.value >= 1.0)?;
        let place = Place { file: self.project.program.units[self.f.file as usize].source, span };
        Some(Told { row, call: self.id, count: Count { value: number.value, place }, folders: self.folders() })
    }

    fn is_call(&self, row: &Multiplier, f: FnRef, call: &'a Call) -> bool {
        let callee = self.project.program.eval(f, &call.callee);
        matches!(&callee, Ty::External(inner) if row.calls.contains(&dotted(inner)))
    }

    /// A method of the row, of what one of its calls has made.
    fn is_method(&self, row: &Multiplier) -> bool {
        let Value::Member(base, name) = &self.call.callee else { return false };
        row.methods.contains(name) && self.is_made(row, At { f: self.f, value: base }, &Trail::default())
    }

    fn is_made(&self, row: &Multiplier, at: At<'a>, trail: &Trail) -> bool {
        let program = &self.project.program;
        let Some(here) = trail.step(at.value) else { return false };
        match at.value {
            Value::Call(id) => self.is_call(row, at.f, program.facts(at.f.file).call(*id)),
            _ => {
                let inner = behind(program, at);
                let outer =
                    if let Value::Member(base, _) = at.value { Some(At { f: at.f, value: base }) } else { None };
                let own = if inner.is_empty() { outer.into_iter().collect() } else { inner };
                own.into_iter().any(|inner| self.is_made(row, inner, &here))
            }
        }
    }

    /// A keyword of the call, or a key of its records.
    fn given(&self, name: &str) -> Option<(At<'a>, Span)> {
        if let Some(arg) = self.call.named(name) {
            return Some((At { f: self.f, value: &arg.value }, arg.span));
        }
        self.call.args.iter().find_map(|arg| {
            let at = key(&self.project.program, At { f: self.f, value: &arg.value }, name).first().copied()?;
            Some((at, arg.span))
        })
    }

    fn folders(&self) -> Vec<String> {
        let program = &self.project.program;
        let path = &program.units[self.f.file as usize].path;
        let home = program.manifests.package_of(path).map_or("", |package| package.folder.as_str());
        let mut texts = Vec::new();
        self.call.args.iter().for_each(|arg| paths(program, self.f.file, &arg.value, &mut texts));
        let named = texts.iter().flat_map(|text| [parent(path), home, ""].map(|folder| join(folder, text)));
        let exists = |folder: &String| {
            !folder.is_empty() && program.units.iter().any(|unit| unit.path == *folder || is_inside(&unit.path, folder))
        };
        named.flatten().filter(exists).collect()
    }
}

/// Texts in a value, those of one call as one path.
fn paths(program: &Program, file: u32, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Literal(Literal::Str(text)) => found.push(text.clone()),
        Value::Record { entries, .. } => {
            entries.iter().for_each(|entry| paths(program, file, &entry.value, found));
        }
        Value::Call(id) => {
            let args = &program.facts(file).call(*id).args;
            let texts: Vec<&str> = args.iter().filter_map(|arg| arg.value.as_str()).collect();
            if texts.len() > 1 {
                found.push(texts.join("/"));
            }
            args.iter().for_each(|arg| paths(program, file, &arg.value, found));
        }
        _ => {}
    }
}
