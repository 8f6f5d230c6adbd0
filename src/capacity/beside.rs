//! Programs that one settings file starts at the same time: `web` and `worker` of a Procfile.
//!
//! What each loads is known by the module that its command runs. A client that several load is open in all
//! of their processes.

use super::commands::Starts;
use super::load::{Load, Reader};
use crate::catalog::servers::Multiplier;
use crate::facts::trail::Trail;
use crate::facts::{Exported, FnId, Span, Value};
use crate::finding::Place;
use crate::packages::kinds::FileClass;
use crate::packages::paths::parent;
use crate::packages::settings::workloads::{Count, fits_name};
use crate::values::Program;
use crate::values::calls::top;
use crate::values::conditions::record_key;
use crate::values::follow::{At, behind};

/// A program with all that it loads.
pub(crate) struct Companion {
    /// By file.
    loads: Vec<bool>,
    /// Its processes, over all its instances.
    count: Count,
}

/// The programs that run the package's modules.
pub(crate) fn companions(reader: &Reader) -> Vec<Companion> {
    let own = reader.files.workloads.iter().filter(|one| one.beside).filter_map(|one| {
        let modules = starts(reader).modules(one);
        let place = one.commands.first()?.place;
        companion(reader, modules, || Some(Count { value: reader.processes(one)?, place }))
    });
    own.chain(listed(reader)).collect()
}

fn starts<'r, 'a>(reader: &'r Reader<'_, 'a>) -> Starts<'r, 'a> {
    let (runner, language) = (reader.package.runner, reader.package.language);
    Starts { program: &reader.project.program, files: reader.files, home: &runner.folder, language }
}

/// Nothing where it runs no product code of the project.
fn companion(reader: &Reader, modules: Vec<u32>, count: impl Fn() -> Option<Count>) -> Option<Companion> {
    let program = &reader.project.program;
    let product = |file: &u32| program.class_of(*file) == FileClass::Source;
    let settings = |file: &u32| is_settings(reader, &program.units[*file as usize].path);
    let modules: Vec<u32> = modules.into_iter().filter(|file| !settings(file)).collect();
    let count = (!modules.is_empty() && modules.iter().all(product)).then(count)??;
    Some(Companion { loads: reader.project.reach().closure(modules), count })
}

/// A module of settings, as a command may name it too.
fn is_settings(reader: &Reader, path: &str) -> bool {
    reader.rows().flat_map(|row| &row.modules).any(|glob| fits_name(glob, path))
}

/// The programs that a module of a process manager lists.
fn listed(reader: &Reader) -> Vec<Companion> {
    let program = &reader.project.program;
    let mut found = Vec::new();
    for (file, unit) in program.units.iter().enumerate().filter(|(_, unit)| unit.parsed) {
        let file = file as u32;
        let lists =
            |row: &&Multiplier| !row.program.is_empty() && row.modules.iter().any(|glob| fits_name(glob, &unit.path));
        for row in reader.rows().filter(lists).filter(|_| reader.is_near(parent(&unit.path))) {
            for one in programs(program, file, &row.program) {
                let path = record_key(one.value, &row.program).and_then(Value::as_str).unwrap_or_default();
                let modules = starts(reader).at(parent(&unit.path), path).into_iter().collect();
                found.extend(companion(reader, modules, || Some(processes(reader, row, one, file))));
            }
        }
    }
    found
}

/// One process, where no number is in sight.
fn processes<'a>(reader: &Reader<'_, 'a>, row: &Multiplier, one: At<'a>, file: u32) -> Count {
    let said = row.keys.iter().find_map(|key| record_key(one.value, key));
    let program = &reader.project.program;
    let place = Place { file: program.units[file as usize].source, span: program.facts(file).function(FnId::TOP).span };
    let count = said.and_then(|value| reader.number_at(At { f: one.f, value }));
    Count { value: count.unwrap_or(1.0), place }
}

/// Records with the key in what a module exports.
fn programs<'a>(program: &Program<'a>, file: u32, key: &str) -> Vec<At<'a>> {
    let values = program.facts(file).exports.iter().filter_map(|export| match &export.what {
        Exported::Value(value) => Some(value),
        Exported::From(_) => None,
    });
    // One object may be exported under several names.
    let mut all = values.map(|value| {
        let mut found = Vec::new();
        holders(program, At { f: top(file), value }, key, &Trail::default(), &mut found);
        found
    });
    all.find(|found| !found.is_empty()).unwrap_or_default()
}

fn holders<'a>(program: &Program<'a>, at: At<'a>, key: &str, trail: &Trail, found: &mut Vec<At<'a>>) {
    let Some(here) = trail.step(at.value) else { return };
    let mut inner = |value: &'a Value| holders(program, At { f: at.f, value }, key, &here, found);
    match at.value {
        Value::Record { .. } if record_key(at.value, key).is_some() => found.push(at),
        Value::Record { entries, .. } => entries.iter().for_each(|entry| inner(&entry.value)),
        Value::List(values) => values.iter().for_each(inner),
        _ => behind(program, at).into_iter().take(2).for_each(|at| holders(program, at, key, &here, found)),
    }
}

/// The load with the processes of all programs of one file that load the client; of all that run the package's
/// modules where it is not said which.
pub(crate) fn widened(load: Load, companions: &[Companion], client: Option<u32>) -> Load {
    let mut sums: Vec<Count> = Vec::new();
    let loads = |one: &&Companion| client.is_none_or(|file| one.loads[file as usize]);
    for Companion { count, .. } in companions.iter().filter(loads) {
        match sums.iter_mut().find(|sum| sum.place.file == count.place.file) {
            Some(sum) => *sum = together(*sum, *count),
            None => sums.push(*count),
        }
    }
    let most = sums.into_iter().max_by(|left, right| left.value.total_cmp(&right.value));
    match most.filter(|sum| sum.value > load.processes()) {
        Some(sum) => Load { workers: sum.value, command: Some(sum.place), instances: 1.0, replicas: None, ..load },
        None => load,
    }
}

/// Both, with the place from the first to the last.
fn together(one: Count, other: Count) -> Count {
    let (left, right) = (one.place.span, other.place.span);
    let span = Span { start: left.start.min(right.start), end: left.end.max(right.end) };
    Count { value: one.value + other.value, place: Place { span, ..one.place } }
}
