//! Which classes are components of a framework, and what their rows and the framework's version say of their ends.
//!
//! Knows no framework.

use super::Effects;
use super::model::{Ending, Hook, Last};
use crate::catalog::PackageId;
use crate::catalog::schema::{ComponentRow, Ecosystem, EndRow};
use crate::program::{ClassRef, FnRef};
use crate::values::eval::Ty;

impl<'a> Last<'a> {
    /// The one that the framework's version has; `None` where that is not known but matters.
    pub fn name(&self, effects: &Effects<'_, 'a>, file: u32) -> Option<&'a str> {
        let major = major_of(effects, self.package, file);
        let fits = |row: &&EndRow| (row.from, row.below) == (0, 0) || major.is_some_and(|major| has(row, major));
        self.ends.iter().find(fits).map(|row| row.name.as_str())
    }
}

/// How the set-up code of a row's components registers its end.
pub(crate) fn of_row(package: PackageId, row: &ComponentRow) -> Ending<'_> {
    row.cleanup.as_ref().map_or(Ending::Unknown, |cleanup| Ending::Call(Hook { package, cleanup }))
}

/// Where the first row that says so has the end.
pub(crate) fn last<'a>(rows: &[(PackageId, &'a ComponentRow)]) -> Ending<'a> {
    let row = rows.iter().find(|(_, row)| !row.ends.is_empty());
    row.map_or(Ending::Unknown, |(package, row)| {
        Ending::Member(Last { package: *package, ends: &row.ends, merged: row.merged })
    })
}

/// Whether the version of the framework that a file is written for calls ends of a name.
pub(crate) fn ends_known<'a>(
    effects: &Effects<'_, 'a>,
    (package, row): (PackageId, &'a ComponentRow),
    file: u32,
) -> impl Fn(&str) -> bool + Copy + use<'a> {
    let program = effects.program;
    let path = &program.units[file as usize].path;
    let depends = |name: &String| program.manifests.version_of(path, std::slice::from_ref(name)).is_some();
    let both = row.ends.iter().flat_map(|end| &end.both).any(depends);
    let major = major_of(effects, package, file).filter(|major| *major > 0 && !both);
    move |name| {
        let bound = row.ends.iter().find(|end| end.name == name);
        bound.is_none_or(|end| major.is_none_or(|major| has(end, major)))
    }
}

pub(crate) fn major_of(effects: &Effects, package: PackageId, file: u32) -> Option<u32> {
    let program = effects.program;
    let names = &program.catalog.package(package).dependencies;
    program.manifests.version_of(&program.units[file as usize].path, names).map(|(major, _)| major)
}

pub(crate) fn has(end: &EndRow, major: u32) -> bool {
    major >= end.from && (end.below == 0 || major < end.below)
}

/// The rows that make a class a component, by a base or a decorator.
pub(crate) fn component_rows<'a>(effects: &Effects<'_, 'a>, class: ClassRef) -> Vec<(PackageId, &'a ComponentRow)> {
    let program = effects.program;
    let mut found = Vec::new();
    for part in program.ancestry(class) {
        let data = program.class(part);
        let scope = FnRef { file: part.file, id: data.function };
        for base in &data.bases {
            found.extend(rows_of(effects, &program.eval(scope, base), |row| &row.bases));
        }
        for call in &data.decorators {
            let callee = program.eval(scope, &program.facts(part.file).call(*call).callee);
            found.extend(rows_of(effects, &callee, |row| &row.decorators));
        }
    }
    found
}

pub(crate) fn rows_of<'a>(
    effects: &Effects<'_, 'a>,
    ty: &Ty<'a>,
    names: fn(&ComponentRow) -> &Vec<String>,
) -> Vec<(PackageId, &'a ComponentRow)> {
    let catalog = effects.program.catalog;
    let symbols = match ty {
        Ty::External(external) => effects.program.symbols(external),
        Ty::Global(name) => {
            let globals =
                effects.program.active.iter().filter(|id| catalog.package(**id).ecosystem == Some(Ecosystem::Browser));
            globals.map(|id| (*id, name.to_string())).collect()
        }
        _ => Vec::new(),
    };
    let rows = symbols.iter().flat_map(|(package, symbol)| {
        let fits = move |row: &&ComponentRow| {
            names(row).iter().any(|name| symbol == name || symbol.ends_with(&format!(".{name}")))
        };
        catalog.package(*package).components.iter().filter(fits).map(|row| (*package, row))
    });
    rows.collect()
}
