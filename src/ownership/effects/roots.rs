//! What starts the page: the components that are handed to the functions which do that.
//!
//! The frameworks' rows name those functions, and the keys under which such components are listed; beside
//! them, files of certain names and modules that render an element themselves. Knows no framework.

use rustc_hash::FxHashSet;

use super::Effects;
use crate::facts::trail::Trail;
use crate::facts::{CallKind, FileFacts, FnId, Value, returned};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::source::globs::Globs;
use crate::values::conditions::record_key;
use crate::values::eval::Ty;

/// Files that hold what the page is started with.
pub fn started(effects: &Effects) -> FxHashSet<u32> {
    let units = effects.program.units.iter().enumerate();
    let mut found: FxHashSet<u32> =
        units.filter(|(_, unit)| renders(&unit.facts)).map(|(file, _)| file as u32).collect();
    let rows = effects.program.active.iter().flat_map(|id| &effects.program.catalog.package(*id).components);
    let names: Vec<&str> = rows.flat_map(|row| &row.boots).map(String::as_str).collect();
    if !names.is_empty() {
        effects.program.calls().for_each(|call| boot(effects, &names, call, &mut found));
    }
    found
}

/// Files that go by the name of a root component.
pub fn named(effects: &Effects) -> FxHashSet<u32> {
    let program = effects.program;
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).components);
    let globs = Globs::new(rows.flat_map(|row| &row.roots));
    (0..program.units.len() as u32).filter(|file| globs.fit(program.within_package(*file))).collect()
}

/// The module itself gives an element to something.
fn renders(facts: &FileFacts) -> bool {
    let element = |value: &Value| matches!(value, Value::Call(id) if facts.call(*id).kind == CallKind::Jsx);
    let own = facts.calls.iter().filter(|call| call.function == FnId::TOP && call.kind == CallKind::Call);
    own.into_iter().any(|call| call.args.iter().any(|arg| arg.name.is_none() && element(&arg.value)))
}

fn boot(effects: &Effects, names: &[&str], call: CallRef, found: &mut FxHashSet<u32>) {
    let (data, facts) = (effects.program.call(call), effects.program.facts(call.file));
    if effects.program.class_of(call.file) != FileClass::Source {
        return;
    }
    let from = effects.at(call);
    if data.callee_name(facts).is_some_and(|name| names.contains(&name)) {
        data.args.iter().for_each(|arg| components(effects, from, &arg.value, &Trail::default(), found));
    }
    for listed in data.args.iter().flat_map(|arg| names.iter().filter_map(|key| record_key(&arg.value, key))) {
        components(effects, from, listed, &Trail::default(), found);
    }
}

/// The files of the components that a value comes to: named, made by a function, or a record that renders one.
fn components<'a>(effects: &Effects<'_, 'a>, from: FnRef, value: &'a Value, trail: &Trail, found: &mut FxHashSet<u32>) {
    let Some(here) = trail.step(value) else { return };
    let mut inner = |f: FnRef, value| components(effects, f, value, &here, found);
    match value {
        Value::List(items) => items.iter().for_each(|item| inner(from, item)),
        Value::Closure(id) => of_function(effects, FnRef { file: from.file, id: *id }, &mut inner),
        Value::Call(id) => {
            let call = CallRef { file: from.file, id: *id };
            let target = effects.project.graph.target(call).filter(|target| !target.by_name);
            let functions = target.map_or(&[][..], |target| target.functions.as_slice());
            functions.iter().for_each(|f| of_function(effects, *f, &mut inner));
            effects.program.call(call).args.iter().for_each(|arg| inner(from, &arg.value));
        }
        Value::Record { .. } => {
            if let Some(render) = record_key(value, "render") {
                inner(from, render);
            }
            found.insert(from.file);
        }
        _ => found.extend(file_of(&effects.program.eval(from, value))),
    }
}

fn of_function<'a>(effects: &Effects<'_, 'a>, f: FnRef, each: &mut dyn FnMut(FnRef, &'a Value)) {
    let mut values = Vec::new();
    returned(&effects.program.function(f).body, &mut values);
    values.into_iter().for_each(|value| each(f, value));
}

/// Where what a name stands for is written.
pub(crate) fn file_of(ty: &Ty) -> Option<u32> {
    match ty {
        Ty::Module(file) => Some(*file),
        Ty::Fn(f) | Ty::Record(f, _) => Some(f.file),
        Ty::Class(class) | Ty::Instance(class) => Some(class.file),
        _ => None,
    }
}
