//! Components that are records of options, and records that are mixed into them.
//!
//! A record given to one of the calls that the frameworks' rows name, or exported where a file is a
//! component. Knows no framework.

use super::Effects;
use super::components::{ends_known, last, of_row};
use super::lifespan::of_setup;
use super::lives::Lives;
use super::model::{Ending, Homes, Owner};
use crate::catalog::PackageId;
use crate::catalog::schema::ComponentRow;
use crate::facts::{DEFAULT_EXPORT, Exported, Language, LocalKind, Value};
use crate::program::FnRef;
use crate::source::FileKind;
use crate::values::calls::top;
use crate::values::conditions::record_key;
use crate::values::eval::Ty;

pub fn options<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let rows = rows(effects);
    let owners = |one| rows.iter().flat_map(move |row| of_options(effects, homes, lives, one, *row));
    records(effects, &rows).into_iter().flat_map(owners).collect()
}

/// Files of records that are mixed into others, or that others extend; each with the file of the other.
pub fn mixes(effects: &Effects) -> Vec<(u32, u32)> {
    let rows = rows(effects);
    let parts = |(from, record): (FnRef, _)| {
        let parts = items(record).into_iter().filter_map(move |item| part(effects, from, item));
        parts.map(move |(of, _)| (of.file, from.file))
    };
    let pairs = records(effects, &rows).into_iter().flat_map(parts);
    pairs.filter(|(part, whole)| part != whole).collect()
}

fn rows<'a>(effects: &Effects<'_, 'a>) -> Vec<(PackageId, &'a ComponentRow)> {
    let catalog = effects.program.catalog;
    let of_package = |id: &PackageId| catalog.package(*id).components.iter().map(|row| (*id, row)).collect::<Vec<_>>();
    effects.program.active.iter().flat_map(of_package).filter(|(_, row)| !row.options.is_empty()).collect()
}

/// All records of options of the project, with the functions in which they make sense.
fn records<'a>(effects: &Effects<'_, 'a>, rows: &[(PackageId, &ComponentRow)]) -> Vec<(FnRef, &'a Value)> {
    let files = 0..effects.program.units.len() as u32;
    let files = files.filter(|file| !rows.is_empty() && effects.program.language(*file) == Language::Script);
    files.flat_map(|file| records_of(effects, file, rows)).collect()
}

fn records_of<'a>(
    effects: &Effects<'_, 'a>,
    file: u32,
    rows: &[(PackageId, &ComponentRow)],
) -> Vec<(FnRef, &'a Value)> {
    let facts = effects.program.facts(file);
    let named = |name: &str| rows.iter().any(|(_, row)| row.options.iter().any(|option| option == name));
    let mut found = Vec::new();
    let is_component = is_component_file(effects, file);
    for export in facts.exports.iter().filter(|export| export.name == DEFAULT_EXPORT) {
        if let Exported::Value(value) = &export.what {
            let record = effects.program.deref(top(file), value);
            if is_component || ["template", "render", "name"].iter().any(|key| record_key(record, key).is_some()) {
                found.push((top(file), record));
            }
        }
    }
    for data in facts.calls.iter().filter(|data| data.callee_name(facts).is_some_and(named)) {
        let from = FnRef { file, id: data.function };
        found.extend(data.args.iter().map(|arg| (from, effects.program.deref(from, &arg.value))));
    }
    found.retain(|(_, value)| matches!(value, Value::Record { .. }));
    found
}

/// A file that is a component by its kind, not one of mixed-in parts.
fn is_component_file(effects: &Effects, file: u32) -> bool {
    let source = effects.program.units[file as usize].source;
    effects.project.inputs.files.get(source.index()).is_some_and(|file| file.kind == FileKind::Vue)
}

fn of_options<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    lives: &Lives,
    (from, record): (FnRef, &'a Value),
    (package, row): (PackageId, &'a ComponentRow),
) -> Vec<Owner<'a>> {
    let mut whole = vec![(from, record)];
    let open_ended = !mix_in(effects, from, record, &mut whole);
    let known = ends_known(effects, (package, row), from.file);
    let (ends, uncalled): (Vec<_>, Vec<_>) =
        functions(&whole, &row.unmount).into_iter().partition(|(name, _)| known(name));
    let of = |named: &[(&str, FnRef)]| named.iter().map(|(_, f)| *f).collect::<Vec<FnRef>>();
    let starts = functions(&whole, &row.mount).into_iter();
    let hooked = || homes.iter().filter(|(home, _)| home.file == from.file).flat_map(|(_, data)| &data.ends).copied();
    let owner = |(name, start): (&str, FnRef)| {
        if name == "setup" {
            return of_setup(effects, homes, lives, start, of_row(package, row));
        }
        Owner {
            ends: of(&ends).into_iter().chain(hooked()).collect(),
            leaves: of(&functions(&whole, &row.leaves)),
            shown: functions(&whole, &row.enters).into_iter().map(|(_, f)| f).filter(|f| *f != start).collect(),
            again: row.again.iter().chain(&row.enters).any(|again| again == name),
            uncalled: of(&uncalled),
            page: lives.is_page_file(effects, from.file),
            open_ended,
            ending: if row.enters.iter().any(|shown| shown == name) {
                Ending::Unknown
            } else {
                last(&[(package, row)])
            },
            ..Owner::starting(start)
        }
    };
    let handlers = closures(&whole, |_| true).into_iter().filter(|f| effects.is_handler(*f));
    let handlers = handlers.map(|f| Owner { handler: true, ..owner(("", f)) });
    let watchers = closures(&whole, |key| row.watches.iter().any(|watches| watches == key));
    let watchers = watchers.into_iter().map(|f| Owner { again: true, ..owner(("", f)) });
    starts.map(owner).chain(handlers).chain(watchers).collect()
}

/// The functions below some keys of the records.
fn closures(records: &[(FnRef, &Value)], wanted: impl Fn(&str) -> bool) -> Vec<FnRef> {
    fn below(file: u32, value: &Value, found: &mut Vec<FnRef>) {
        match value {
            Value::Closure(id) => found.push(FnRef { file, id: *id }),
            Value::Record { entries, .. } => entries.iter().for_each(|entry| below(file, &entry.value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (from, record) in records {
        if let Value::Record { entries, .. } = record {
            let entries = entries.iter().filter(|entry| wanted(&entry.key));
            entries.for_each(|entry| below(from.file, &entry.value, &mut found));
        }
    }
    found
}

/// The functions that the records have under one of the names.
fn functions<'n>(records: &[(FnRef, &Value)], names: &'n [String]) -> Vec<(&'n str, FnRef)> {
    let of = |(owner, record): &(FnRef, &Value)| {
        let file = owner.file;
        let found = names.iter().filter_map(move |name| match record_key(record, name) {
            Some(Value::Closure(id)) => Some((name.as_str(), FnRef { file, id: *id })),
            _ => None,
        });
        found.collect::<Vec<_>>()
    };
    records.iter().flat_map(of).collect()
}

/// Adds the records that are mixed into one, and into those: `mixins: [timers]`. Whether all of them are known.
fn mix_in<'a>(effects: &Effects<'_, 'a>, from: FnRef, record: &'a Value, whole: &mut Vec<(FnRef, &'a Value)>) -> bool {
    items(record).into_iter().all(|item| match part(effects, from, item) {
        Some((_, value)) if whole.iter().any(|(_, other)| std::ptr::eq(*other, value)) => true,
        Some((owner, value)) => {
            whole.push((owner, value));
            mix_in(effects, owner, value, whole)
        }
        None => false,
    })
}

/// What a record is put together of.
fn items(record: &Value) -> Vec<&Value> {
    let mixins = match record_key(record, "mixins") {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    mixins.iter().chain(record_key(record, "extends")).collect()
}

/// The record behind a part, also one that is wrapped in a call: `export default defineComponent({…})`.
fn part<'a>(effects: &Effects<'_, 'a>, from: FnRef, item: &'a Value) -> Option<(FnRef, &'a Value)> {
    if let Ty::Record(owner, value) = effects.program.eval(from, item) {
        return Some((owner, value));
    }
    let (owner, value) = exported(effects, from, item).unwrap_or((from, item));
    let Value::Call(id) = effects.program.deref(owner, value) else { return None };
    let arg = effects.program.facts(owner.file).call(*id).args.first()?;
    let record = effects.program.deref(owner, &arg.value);
    matches!(record, Value::Record { .. }).then_some((owner, record))
}

/// The value that another file exports under an imported name.
fn exported<'a>(effects: &Effects<'_, 'a>, from: FnRef, item: &Value) -> Option<(FnRef, &'a Value)> {
    let Value::Var(var) = item else { return None };
    let LocalKind::Import(id) = effects.program.facts(from.file).local(*var).kind else { return None };
    let import = effects.program.facts(from.file).import(id);
    let file = effects.program.modules.script(from.file, &import.module)?;
    let export = effects.program.facts(file).exports.iter().find(|export| export.name == import.name)?;
    match &export.what {
        Exported::Value(value) => Some((top(file), value)),
        Exported::From(_) => None,
    }
}
