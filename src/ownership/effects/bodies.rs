//! Functions that are owners by themselves: component bodies that run once for each mount, and
//! functions that a template runs on its elements.
//!
//! The frameworks' rows say where there are such. Knows no framework.

use rustc_hash::FxHashSet;

use super::Effects;
use super::components::of_row;
use super::lifespan::{of_setup, returned_by};
use super::lives::Lives;
use super::model::{Homes, Owner};
use crate::catalog::PackageId;
use crate::catalog::schema::ComponentRow;
use crate::facts::{FnId, FnKind, Language, TypeRef, Value, VarRef};
use crate::program::FnRef;
use crate::program::index::Bound;
use crate::values::conditions::record_key;
use crate::values::eval::Ty;

pub fn bodies<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let program = effects.program;
    let rows = |id: &PackageId| program.catalog.package(*id).components.iter();
    let special = |row: &ComponentRow| row.body || !row.actions.is_empty();
    let packages: Vec<PackageId> = program.active.iter().copied().filter(|id| rows(id).any(special)).collect();
    let placed = placed(effects, packages.iter().flat_map(rows));
    let mut found = Vec::new();
    for file in (0..program.units.len() as u32).filter(|file| program.language(*file) == Language::Script) {
        let used = packages.iter().filter(|id| program.depends_on(file, **id));
        let rows = used.flat_map(|id| rows(id).map(|row| (*id, row)));
        let once = program.renders_once(file);
        for (package, row) in rows.filter(|(_, row)| special(row)) {
            let functions = program.facts(file).function_ids().map(|id| FnRef { file, id });
            let functions: Vec<FnRef> = functions.filter(|f| f.id != FnId::TOP).collect();
            let bodies = functions.iter().filter(|f| row.body && once && is_component(effects, **f));
            found.extend(bodies.map(|f| of_setup(effects, homes, lives, *f, of_row(package, row))));
            let actions = functions.iter().filter(|f| placed.contains(f) || is_action(effects, **f, row));
            found.extend(actions.map(|f| of_action(effects, *f, row)));
        }
    }
    found
}

fn is_component(effects: &Effects, f: FnRef) -> bool {
    let function = effects.program.function(f);
    let named = function.name.as_deref().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
    named && function.flags.renders && function.parent == Some(FnId::TOP) && function.kind != FnKind::Method
}

/// The functions that templates run on elements.
fn placed<'a>(effects: &Effects<'_, 'a>, rows: impl Iterator<Item = &'a ComponentRow>) -> FxHashSet<FnRef> {
    let program = effects.program;
    let names: Vec<&str> = rows.flat_map(|row| &row.placed).map(String::as_str).collect();
    let mut found = FxHashSet::default();
    for (file, index) in program.index.iter().enumerate() {
        let bound = names.iter().filter_map(|name| index.globals.get(name)).flatten();
        found.extend(bound.filter_map(|bound| function_of(effects, file as u32, bound)));
    }
    found
}

fn function_of<'a>(effects: &Effects<'_, 'a>, file: u32, bound: &Bound<'a>) -> Option<FnRef> {
    match effects.program.eval(FnRef { file, id: bound.function }, bound.value) {
        Ty::Fn(f) => Some(f),
        _ => None,
    }
}

/// Its written type, or that of the variable that holds it, says so.
fn is_action(effects: &Effects, f: FnRef, row: &ComponentRow) -> bool {
    let facts = effects.program.facts(f.file);
    let named = |ty: &TypeRef| row.actions.iter().any(|action| ty.last_name() == action);
    let function = facts.function(f.id);
    if function.returns.as_ref().is_some_and(named) {
        return true;
    }
    let locals = facts.function(FnId::TOP).locals.iter().enumerate();
    let mut typed = locals.filter(|(_, local)| local.ty.as_ref().is_some_and(named));
    typed.any(|(at, _)| {
        let var = VarRef { function: FnId::TOP, local: at as u32 };
        effects.program.bound(f.file, var).iter().any(|bound| *bound.value == Value::Closure(f.id))
    })
}

fn of_action<'a>(effects: &Effects<'_, 'a>, start: FnRef, row: &ComponentRow) -> Owner<'a> {
    let returned = returned_by(effects, start);
    let ends = returned.iter().flat_map(|(f, value)| {
        row.unmount.iter().filter_map(|key| match record_key(effects.program.deref(*f, value), key) {
            Some(Value::Closure(id)) => Some(FnRef { file: f.file, id: *id }),
            _ => None,
        })
    });
    Owner {
        returns: true,
        ends: ends.collect(),
        open_ended: !returned.is_empty()
            && returned.iter().all(|(_, value)| !matches!(value, Value::Record { .. } | Value::Closure(_))),
        ..Owner::starting(start)
    }
}
