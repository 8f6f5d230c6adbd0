//! Functions that a timetable runs: records that name a function beside the time at which it shall run.
//!
//! `{"task": "shop.tasks.clean", "schedule": crontab(hour=3)}`. What somebody starts as well, or what runs more
//! often than each minute, is none of these. Knows no library by name: the keys are data.

use rustc_hash::FxHashSet;

use crate::catalog::schema::{PackageFile, Timetable};
use crate::facts::walk;
use crate::facts::{Call, FileFacts, FnId, Literal, LocalKind, Naming, Value};
use crate::packages::kinds::FileClass;
use crate::packages::unit::Unit;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;

/// Seconds, from which on the work of one run is no matter.
const SELDOM: f64 = 60.0;

/// The functions that only the clock is seen to start.
pub fn scheduled(program: &Program) -> FxHashSet<FnRef> {
    let mut found = FxHashSet::default();
    for id in program.active.iter() {
        let package = program.catalog.package(*id);
        if let Some(table) = &package.timetable {
            found.extend(run_by(program, package, table));
        }
    }
    found
}

fn run_by(program: &Program, package: &PackageFile, table: &Timetable) -> FxHashSet<FnRef> {
    let runs = |unit: &&Unit| unit.facts.functions.iter().any(|function| !function.body.is_empty());
    let python = |unit: &&Unit| is_dotted(unit) && unit.class != FileClass::Test && runs(unit);
    let mut names: Vec<&str> = Vec::new();
    for unit in program.units.iter().filter(python) {
        let whole = imports(&unit.facts, package);
        rows(&unit.facts, whole, table, &mut names);
    }
    if names.is_empty() {
        return FxHashSet::default();
    }
    let mut found: FxHashSet<FnRef> = names.iter().flat_map(|name| by_path(program, name)).collect();
    found.extend(by_given_name(program, &names, table));
    if found.is_empty() {
        return found;
    }
    let started: FxHashSet<FnRef> = program.calls().filter_map(|call| sent(program, call, table)).collect();
    found.retain(|f| !started.contains(f));
    found
}

fn imports(facts: &FileFacts, package: &PackageFile) -> bool {
    let of = |module: &str| package.modules.iter().any(|own| module == own || is_below(module, own));
    facts.imports.iter().any(|import| of(&import.module))
}

fn is_below(module: &str, own: &str) -> bool {
    module.strip_prefix(own).is_some_and(|rest| rest.starts_with('.'))
}

/// The names in the rows of a file: of all its records, or of those that bear the timetable's own name.
fn rows<'a>(facts: &'a FileFacts, whole: bool, table: &Timetable, found: &mut Vec<&'a str>) {
    let functions: Vec<FnId> = if whole { facts.function_ids().collect() } else { vec![FnId::TOP] };
    for id in functions {
        walk::binds(&facts.function(id).body).for_each(|walk::Bind { target, value, .. }| {
            if whole || is_named(facts, target, table) {
                collect(facts, value, table, found);
            }
        });
    }
    let args = facts.calls.iter().filter(|_| whole).flat_map(|call| &call.args);
    args.for_each(|arg| collect(facts, &arg.value, table, found));
}

fn is_named(facts: &FileFacts, target: &Value, table: &Timetable) -> bool {
    let name = match target {
        Value::Var(var) => facts.local(*var).name.as_str(),
        Value::Member(_, name) => name,
        Value::Index(base, _) => return is_named(facts, base, table),
        _ => return false,
    };
    let name = name.to_ascii_lowercase();
    table.settings.iter().any(|word| name.contains(word.as_str()))
}

fn collect<'a>(facts: &'a FileFacts, value: &'a Value, table: &Timetable, found: &mut Vec<&'a str>) {
    match value {
        Value::Record { entries, spreads, .. } => {
            let of = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
            match (of(&table.task).and_then(Value::as_str), of(&table.time)) {
                (Some(name), Some(time)) => found.extend(is_seldom(facts, time).then_some(name)),
                _ => {
                    let inner = entries.iter().map(|entry| &entry.value).chain(spreads);
                    inner.for_each(|value| collect(facts, value, table, found));
                }
            }
        }
        Value::List(items) | Value::Choice(items, _) => {
            items.iter().for_each(|item| collect(facts, item, table, found));
        }
        _ => {}
    }
}

/// Not more often than each minute: a number of seconds, or a length of time by its units.
fn is_seldom(facts: &FileFacts, time: &Value) -> bool {
    match time {
        Value::Literal(Literal::Num(seconds)) => *seconds >= SELDOM,
        Value::Call(id) => length(facts.call(*id)).is_none_or(|seconds| seconds >= SELDOM),
        _ => true,
    }
}

fn length(call: &Call) -> Option<f64> {
    let unit = |name: &str| match name {
        "seconds" => Some(1.0),
        "minutes" => Some(60.0),
        "hours" => Some(3600.0),
        "days" => Some(86400.0),
        "weeks" => Some(604_800.0),
        _ => None,
    };
    let part = |value: &Value| match value {
        Value::Literal(Literal::Num(number)) => Some(*number),
        _ => None,
    };
    let parts = call.args.iter().map(|arg| Some(unit(arg.name.as_deref()?)? * part(&arg.value)?));
    parts.reduce(|sum, part| Some(sum? + part?)).flatten()
}

/// `shop.tasks.clean`: a function at the top of a module.
fn by_path<'p>(program: &'p Program, name: &'p str) -> impl Iterator<Item = FnRef> + 'p {
    let parts = name.rsplit_once('.');
    let files = program.units.iter().enumerate().filter(move |_| parts.is_some());
    files.filter_map(move |(file, unit)| {
        let (module, function) = parts?;
        let dotted = unit.path.strip_suffix(".py")?.trim_end_matches("/__init__").replace('/', ".");
        let rest = dotted.strip_suffix(module)?;
        let top = program.index[file].top.get(function).filter(|_| rest.is_empty() || rest.ends_with('.'))?;
        match unit.facts.local(*top).kind {
            LocalKind::Function(id) => Some(FnRef { file: file as u32, id }),
            _ => None,
        }
    })
}

/// `@task(name="clean")`.
fn by_given_name(program: &Program, names: &[&str], table: &Timetable) -> Vec<FnRef> {
    let mut found = Vec::new();
    for (file, unit) in program.units.iter().enumerate().filter(|(_, unit)| is_dotted(unit)) {
        for id in unit.facts.function_ids() {
            let decorators = unit.facts.function(id).decorators.iter().map(|id| unit.facts.call(*id));
            let given = decorators.flat_map(|call| table.names.iter().filter_map(|key| call.named(key)));
            if given.filter_map(|arg| arg.value.as_str()).any(|name| names.contains(&name)) {
                found.push(FnRef { file: file as u32, id });
            }
        }
    }
    found
}

/// The function that somebody starts by the call: `clean.delay()`.
fn sent(program: &Program, call: CallRef, table: &Timetable) -> Option<FnRef> {
    let unit = &program.units[call.file as usize];
    let data = program.call(call);
    let Value::Member(base, method) = &data.callee else { return None };
    if !table.sent.contains(method) || unit.class == FileClass::Test {
        return None;
    }
    match program.eval(FnRef { file: call.file, id: data.function }, base) {
        Ty::Fn(f) if is_dotted(&program.units[call.file as usize]) => Some(f),
        _ => None,
    }
}

/// What runs is told by dotted paths, as timetables do.
fn is_dotted(unit: &Unit) -> bool {
    unit.facts.language.semantics().naming == Naming::Dotted
}
