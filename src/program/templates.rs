//! What templates say of the code beside them: the functions that run on events of their elements, by the names that stand
//! there, and the ids of the elements.
//!
//! Knows no framework.

use super::{FnRef, Symbols};
use crate::facts::FnId;
use crate::source::TEMPLATE;

/// In a file of its own a template has its class beside it.
pub fn named_by_templates(symbols: &Symbols) -> Vec<FnRef> {
    let units = symbols.units;
    let mut found = Vec::new();
    for (file, unit) in units.iter().enumerate().filter(|(_, unit)| !unit.facts.handlers.is_empty()) {
        let beside = unit.path.ends_with(TEMPLATE).then(|| format!("{}.ts", unit.path.trim_end_matches(".html")));
        let home = beside.map_or(Some(file), |path| units.iter().position(|other| *other.path == *path));
        let Some(home) = home else { continue };
        let facts = &units[home].facts;
        let named = |id: &FnId| {
            let function = facts.function(*id);
            let name = function.name.as_deref().unwrap_or_default();
            let of_component = function.parent == facts.component || function.parent == Some(FnId::TOP);
            Some(*id) != facts.component && of_component && unit.facts.handlers.iter().any(|handler| handler == name)
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
