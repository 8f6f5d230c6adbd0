//! What components make once for each of their lives, with a function that a framework calls for the first value, or
//! where a rendering finds a cell of theirs empty: it is opened on each mount, and the component's end must release it.
//!
//! The frameworks' rows say what keeps a value for a component. Knows no framework.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::called_off::is_own_cell;
use super::lifespan::home_of;
use super::lives::Lives;
use super::model::{Homes, Owner};
use super::tested::all_tested;
use super::{Effects, Open};
use crate::catalog::RowKind;
use crate::catalog::schema::{MemoRow, Owner as Keeper};
use crate::facts::{FnId, Language, Value};
use crate::program::{CallRef, FnRef};

/// What a cell holds: `socket.current`.
const CELL: &str = "current";

pub fn kept<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let calls = effects.program.calls().filter(|call| effects.program.language(call.file) == Language::Script);
    let mut found: Vec<Owner> = calls.flat_map(|call| of_call(effects, homes, lives, call)).collect();
    let owner = |home| Owner { kept_only: true, ..Owner::in_home(effects, homes, lives, home, home) };
    found.extend(filling(effects).into_iter().map(owner));
    found
}

/// Components whose renderings put something that they open into a cell: `socket.current = new WebSocket(url)`.
fn filling(effects: &Effects) -> BTreeSet<FnRef> {
    let files = (0..effects.program.units.len() as u32).filter(|file| !effects.program.renders_once(*file));
    let cells = files.flat_map(|file| {
        let bounds = effects.program.index[file as usize].members.get(CELL).into_iter().flatten();
        bounds.filter_map(move |(_, bound)| match bound.value {
            Value::Call(id) => Some((FnRef { file, id: bound.function }, CallRef { file, id: *id })),
            _ => None,
        })
    });
    let renders = |f: FnRef| effects.program.function(f).flags.renders && home_of(effects, f) == f;
    let opening = cells.filter(|(f, call)| renders(*f) && effects.opener(*call).is_some());
    opening.map(|(f, _)| f).collect()
}

/// It is put into a cell of the component that a rendering has found empty.
pub(crate) fn fills_empty_cell<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let file = open.call.file;
    let tested = all_tested(&open.preds);
    let is_tested = |key: &str| tested.iter().any(|(at, value)| effects.key(*at, value).as_deref() == Some(key));
    let cell = |base: &Value| {
        let empty = effects.key(file, base).is_some_and(|key| is_tested(&format!("{key}.{CELL}")));
        empty && is_own_cell(effects, file, base)
    };
    let mut bounds = effects.program.index[file as usize].members.get(CELL).into_iter().flatten();
    bounds.any(|(base, bound)| *bound.value == Value::Call(open.call.id) && cell(base))
}

fn of_call<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives, call: CallRef) -> Vec<Owner<'a>> {
    let home = home_of(effects, effects.at(call));
    let Some(row) = effects.keeping(call).filter(|_| home.id != FnId::TOP) else { return Vec::new() };
    let starts = effects.given_functions(call, &row.args);
    let owner = |start| Owner { lasting_only: true, ..Owner::in_home(effects, homes, lives, home, start) };
    starts.into_iter().map(owner).collect()
}

impl<'a> Effects<'_, 'a> {
    /// The row by which a call keeps, for a component, what a function gives.
    pub(crate) fn keeping(&self, call: CallRef) -> Option<&'a MemoRow> {
        let rows = &self.project.graph.target(call)?.rows;
        let rows = rows.iter().filter(|row| row.kind == RowKind::Memo).map(|row| self.program.catalog.memo(*row));
        rows.into_iter().find(|row| row.owner == Keeper::Component)
    }

    /// The calls that keep what a function gives, by the function: `useState(open)`.
    pub(super) fn all_kept(&self) -> FxHashMap<FnRef, Vec<CallRef>> {
        let mut kept: FxHashMap<FnRef, Vec<CallRef>> = FxHashMap::default();
        for call in self.program.calls() {
            let Some(row) = self.keeping(call) else { continue };
            self.given_functions(call, &row.args).into_iter().for_each(|f| kept.entry(f).or_default().push(call));
        }
        kept
    }
}
