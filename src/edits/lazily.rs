//! Hands a memoiser a function that builds, in the place of what is built on each call only to be thrown away.
//!
//! The frameworks' rows say which argument of a memoiser may be a function that it calls once. Knows no framework.

use crate::catalog::RowKind;
use crate::catalog::schema::Owner;
use crate::checks::Project;
use crate::facts::{Arg, Call, CallId, Language, Span, Value};
use crate::finding::Edit;
use crate::program::CallRef;
use crate::values::handover::chosen;
use crate::values::sites::Site;

/// The edit; `None` where no memoiser is given the construction as it stands.
pub fn lazily(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let program = &project.program;
    let (file, built) = (site.call.file, Value::Call(site.call.id));
    let calls = program.facts(file).calls.iter().enumerate().filter(|(_, call)| call.function == site.function.id);
    let span = calls.flat_map(|(id, call)| initial(project, CallRef { file, id: CallId(id as u32) }, call));
    let span = span.filter(|arg| arg.value == built).map(|arg| arg.span).find(|span| *span == site.span)?;
    let plain = program.language(file) == Language::Script && !program.call(site.call).awaited;
    let at = Span { start: span.start, end: span.start };
    plain.then(|| vec![Edit { file: program.units[file as usize].source, span: at, text: "() => ".into() }])
}

/// What a call gives a memoiser of a component that may be a function.
fn initial<'c>(project: &Project, id: CallRef, call: &'c Call) -> Vec<&'c Arg> {
    let rows = project.graph.target(id).map_or(&[][..], |target| &target.rows);
    let memos = rows.iter().filter(|row| row.kind == RowKind::Memo).map(|row| project.program.catalog.memo(*row));
    memos.filter(|memo| memo.owner == Owner::Component).flat_map(|memo| chosen(call, &memo.args)).collect()
}
