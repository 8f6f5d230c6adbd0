//! What components make once for each of their lives, with a function that a framework calls for the first value:
//! it is opened on each mount, and the component's end must release it.
//!
//! The frameworks' rows say what keeps a value for a component. Knows no framework.

use super::Effects;
use super::lifespan::home_of;
use super::lives::Lives;
use super::model::{Homes, Owner};
use crate::catalog::RowKind;
use crate::catalog::schema::{ArgKey, MemoRow, Owner as Keeper};
use crate::contexts::linked::Linked;
use crate::facts::{FnId, Language, Value};
use crate::program::{CallRef, FnRef};
use crate::values::eval::Ty;

pub fn kept<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let calls = effects.program.calls().filter(|call| effects.program.language(call.file) == Language::Script);
    calls.flat_map(|call| of_call(effects, homes, lives, call)).collect()
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
}

/// The functions of the project by whose names the call is given what it keeps for a component: `useState(open)`.
pub(super) fn functions<'a>(project: &Linked<'a>, call: CallRef) -> Vec<(FnRef, CallRef)> {
    let program = &project.program;
    let (data, from) = (program.call(call), FnRef { file: call.file, id: program.call(call).function });
    let rows = project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
    let memos = rows.iter().filter(|row| row.kind == RowKind::Memo).map(|row| program.catalog.memo(*row));
    let kept = memos.filter(|memo| memo.owner == Keeper::Component).flat_map(|memo| &memo.args);
    let named = kept.filter_map(|key| match key {
        ArgKey::Position(at) => data.positional(*at).filter(|arg| matches!(arg.value, Value::Var(_))),
        ArgKey::Name(_) => None,
    });
    let functions = named.filter_map(|arg| match program.eval(from, &arg.value) {
        Ty::Fn(f) => Some((f, call)),
        _ => None,
    });
    functions.collect()
}
