//! What templates say of the code beside them: the functions that run on events of their elements or that other
//! components are handed, by the names that stand there, and the ids of the elements.
//!
//! Knows no framework.

use super::{FnRef, Symbols};
use crate::facts::{FileFacts, FnId};
use crate::source::TEMPLATE;

/// The functions that run on events of elements.
pub fn named_by_templates(symbols: &Symbols) -> Vec<FnRef> {
    functions_of(symbols, |facts| facts.handlers.iter().collect())
}

/// The functions that other components are handed as properties.
pub fn handed_by_templates(symbols: &Symbols) -> Vec<FnRef> {
    functions_of(symbols, |facts| facts.mounts.iter().flat_map(|mount| &mount.handed).collect())
}

/// In a file of its own a template has its class beside it.
fn functions_of(symbols: &Symbols, names: fn(&FileFacts) -> Vec<&String>) -> Vec<FnRef> {
    let units = symbols.units;
    let mut found = Vec::new();
    for (file, unit) in units.iter().enumerate() {
        let names = names(&unit.facts);
        if names.is_empty() {
            continue;
        }
        let beside = unit.path.ends_with(TEMPLATE).then(|| format!("{}.ts", unit.path.trim_end_matches(".html")));
        let home = beside.map_or(Some(file), |path| units.iter().position(|other| *other.path == *path));
        let Some(home) = home else { continue };
        let facts = &units[home].facts;
        let named = |id: &FnId| {
            let function = facts.function(*id);
            let name = function.name.as_deref().unwrap_or_default();
            let of_component = function.parent == facts.component || function.parent == Some(FnId::TOP);
            Some(*id) != facts.component && of_component && names.iter().any(|own| *own == name)
        };
        found.extend(facts.function_ids().filter(named).map(|id| FnRef { file: home as u32, id }));
    }
    found
}

/// The ids of the elements in the file's own templates, or in the one beside it.
pub fn ids_of<'s>(symbols: &'s Symbols, file: u32) -> impl Iterator<Item = &'s str> {
    let own = &symbols.units[file as usize];
    let path = own.path.strip_suffix("ts").map(|stem| format!("{stem}html"));
    let beside = symbols.units.iter().filter(move |unit| path.as_deref() == Some(&*unit.path));
    std::iter::once(own).chain(beside).flat_map(|unit| &unit.facts.ids).map(String::as_str)
}
