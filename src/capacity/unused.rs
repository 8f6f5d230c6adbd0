//! Clients of modules that nothing loads, beside others of the same server: what a tool's command line is
//! given, as a data source for migrations.
//!
//! Knows no tool.

use crate::contexts::linked::Linked;
use crate::facts::{Exported, FnId, Naming, Value};
use crate::values::sites::Site;

/// One of the others is in a module that something loads, and this one is not.
pub fn stands_aside<'s>(project: &Linked, site: &Site, mut others: impl Iterator<Item = &'s Site>) -> bool {
    let loaded =
        |other: &Site| other.call.file != site.call.file && !project.reach().importers(other.call.file).is_empty();
    is_unused(project, site) && others.any(loaded)
}

/// The module exports the client, and no module imports it.
fn is_unused(project: &Linked, site: &Site) -> bool {
    let program = &project.program;
    let file = site.call.file;
    if site.function.id != FnId::TOP
        || program.semantics(file).naming != Naming::Exports
        || !project.reach().importers(file).is_empty()
    {
        return false;
    }
    let is_it = |value: &Value| match value {
        Value::Call(id) => *id == site.call.id,
        Value::Var(var) => {
            let bounds = program.index[file as usize].vars.get(var).into_iter().flatten();
            bounds.map(|bound| bound.value.root()).any(|value| matches!(value, Value::Call(id) if *id == site.call.id))
        }
        _ => false,
    };
    program.facts(file).exports.iter().any(|export| matches!(&export.what, Exported::Value(value) if is_it(value)))
}
