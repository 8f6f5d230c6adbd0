//! Names under which a file keeps things on what frameworks hand around, as they are written.
//!
//! Knows one file at a time.

use rustc_hash::FxHashSet;

use crate::catalog::schema::RegistryRow;
use crate::facts::{ClassId, DEFAULT_EXPORT, FileFacts, FnId, Literal, LocalKind, Value, returned, walk};

/// The last names of all that holds or puts.
pub(crate) fn last_names<'r>(rows: impl Iterator<Item = &'r RegistryRow>) -> impl Iterator<Item = &'r str> {
    let written = rows.flat_map(|row| {
        let written = [&row.holders, &row.puts, &row.classes, &row.elements, &row.keywords, &row.returned_by];
        written.into_iter().flatten()
    });
    written.filter_map(|text| text.rsplit('.').next())
}

/// What a file puts into what the data names as a registry, by last names, with the names under which it does.
pub(crate) fn put<'f>(facts: &'f FileFacts, registries: &FxHashSet<String>) -> Vec<(&'f str, &'f Value)> {
    let is_one = |value: &Value| last_name(facts, value).is_some_and(|name| registries.contains(name));
    let calls = facts.calls.iter().filter(|call| call.args.len() > 1 && is_one(&call.callee));
    let given = calls.filter_map(|call| Some((key_name(facts, &call.positional(0)?.value)?, &call.args[1].value)));
    let mut found: Vec<(&str, &Value)> = given.collect();
    let named = facts.calls.iter().filter(|call| is_one(&call.callee)).flat_map(|call| &call.args);
    found.extend(named.filter_map(|arg| Some((arg.name.as_deref()?, &arg.value))));
    let extends = |class: ClassId| facts.class(class).bases.iter().any(&is_one);
    for id in facts.function_ids() {
        let is_own = facts.class_around(id).is_some_and(extends);
        walk::binds(&facts.function(id).body).for_each(|walk::Bind { target, value, .. }| match target {
            Value::Member(base, name) if is_one(base) || is_own && **base == Value::This => found.push((name, value)),
            Value::Index(base, key) if is_one(base) => found.extend(key_name(facts, key).map(|name| (name, value))),
            _ => {}
        });
    }
    found.extend(yielded(facts).map(|(_, name, value)| (name, value)));
    found.extend(
        returned_as(facts, &|name| registries.contains(name)).into_iter().map(|(_, name, value)| (name, value)),
    );
    found
}

/// What generators yield under names: the entries of a record, or the arguments of a call for one.
pub(crate) fn yielded(facts: &FileFacts) -> impl Iterator<Item = (FnId, &str, &Value)> {
    let generators = facts.function_ids().filter(|id| facts.function(*id).flags.generator);
    generators.flat_map(|id| returned_entries(facts, id))
}

/// What functions of such names return under names.
pub(crate) fn returned_as<'f>(facts: &'f FileFacts, named: &dyn Fn(&str) -> bool) -> Vec<(FnId, &'f str, &'f Value)> {
    let is_one = |id: &FnId| facts.function(*id).name.as_deref().is_some_and(named);
    facts.function_ids().filter(is_one).flat_map(|id| returned_entries(facts, id)).collect()
}

fn returned_entries(facts: &FileFacts, id: FnId) -> Vec<(FnId, &str, &Value)> {
    let mut values = Vec::new();
    returned(&facts.function(id).body, &mut values);
    let all = values.into_iter().flat_map(|value| entries(facts, value));
    all.map(|(name, value)| (id, name, value)).collect()
}

pub(crate) fn last_name<'f>(facts: &'f FileFacts, value: &'f Value) -> Option<&'f str> {
    match value {
        Value::Member(_, name) | Value::Global(name) => Some(name),
        Value::Var(var) => match facts.local(*var).kind {
            LocalKind::Import(id) if facts.import(id).name != DEFAULT_EXPORT => Some(&facts.import(id).name),
            _ => Some(&facts.local(*var).name),
        },
        Value::This => Some("this"),
        _ => None,
    }
}

/// A text, or the constant that stands for one.
pub(crate) fn key_name<'f>(facts: &'f FileFacts, key: &'f Value) -> Option<&'f str> {
    match key {
        Value::Literal(Literal::Str(text)) => Some(text),
        Value::Var(var) => (var.function == FnId::TOP).then(|| last_name(facts, key)).flatten(),
        Value::Member(..) => last_name(facts, key),
        _ => None,
    }
}

pub(crate) fn entries<'f>(facts: &'f FileFacts, value: &'f Value) -> Vec<(&'f str, &'f Value)> {
    match value {
        Value::Record { entries, .. } => entries.iter().map(|entry| (entry.key.as_str(), &entry.value)).collect(),
        Value::Call(id) => {
            facts.call(*id).args.iter().filter_map(|arg| Some((arg.name.as_deref()?, &arg.value))).collect()
        }
        _ => Vec::new(),
    }
}
