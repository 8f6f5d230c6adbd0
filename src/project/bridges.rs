//! Objects that one part of a program puts on the page under a name, for the code of other files: `window.shell`.
//!
//! The frameworks' rows say which calls do that. Knows no framework, and not what the objects are used for.

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::program::{FnRef, Program};
use crate::facts::{Call, FileFacts, Language, Value};

/// By name: the object, and the function in which it stands. `None` where several have one name.
pub(super) type Bridges<'a> = FxHashMap<&'a str, Option<(FnRef, &'a Value)>>;

impl<'a> Program<'a> {
    /// What the page has under the name.
    pub(super) fn put_on_page(&self, name: &str) -> Ty<'a> {
        let bridges = self.bridges.get_or_init(|| self.find_bridges());
        bridges.get(name).copied().flatten().map_or(Ty::Unknown, |(from, value)| self.eval(from, value))
    }

    /// By what is written alone: evaluating may ask for the bridges.
    fn find_bridges(&self) -> Bridges<'a> {
        let rows = self.active.iter().flat_map(|id| &self.catalog.package(*id).handovers);
        let rows: Vec<(&str, usize)> = rows
            .filter_map(|row| Some((row, row.global?)))
            .flat_map(|(row, at)| row.calls.iter().map(move |call| (call.as_str(), at)))
            .collect();
        let mut found = Bridges::default();
        let scripts = (0..self.units.len() as u32).filter(|file| self.language(*file) == Language::Script);
        for file in scripts.filter(|_| !rows.is_empty()) {
            let facts = self.facts(file);
            for (call, (name, value)) in facts.calls.iter().filter_map(|call| Some((call, put(facts, call, &rows)?))) {
                let object = (FnRef { file, id: call.function }, value);
                found.entry(name).and_modify(|known| *known = None).or_insert(Some(object));
            }
        }
        found
    }
}

/// The name and the object, where the call is one of the rows'.
fn put<'a>(facts: &'a FileFacts, call: &'a Call, rows: &[(&str, usize)]) -> Option<(&'a str, &'a Value)> {
    let Value::Member(base, method) = &call.callee else { return None };
    let owner = match &**base {
        Value::Member(_, name) | Value::Global(name) => name,
        Value::Var(var) => &facts.local(*var).name,
        _ => return None,
    };
    let is_it = |row: &str| row.rsplit_once('.') == Some((owner, method));
    let at = rows.iter().find(|(row, _)| is_it(row)).map(|(_, at)| *at)?;
    Some((call.positional(at)?.value.as_str()?, &call.positional(at + 1)?.value))
}
