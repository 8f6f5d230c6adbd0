//! What a server opens for each client that comes, by a request or a connection, and never ends: the client goes, its
//! interval runs as long as the process, its listener stays with the client of the process that it listens to.
//!
//! As strict as for the handlers of components: whatever may end it, anywhere in the file, makes it silent. Knows no
//! library.

use rustc_hash::FxHashSet;

use super::lifespan::is_aside;
use super::opens::opened_by_all;
use super::repeats::{adds_up, is_unconditional, left_open};
use super::{Effects, Leak, Open, Whose};
use crate::catalog::schema::{Kind, Run};
use crate::catalog::{Row, RowKind};
use crate::contexts::Context;
use crate::facts::{FnId, Language, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::handover::{chosen, functions_of};

pub(crate) fn visits<'a>(effects: &Effects<'_, 'a>) -> Vec<Leak<'a>> {
    let mut told = FxHashSet::default();
    let leaks = served(effects).into_iter().flat_map(|f| {
        let found = opened_by_all(effects, f);
        let presumed = found.presumed.into_iter().filter(|open| is_heard_on_client(effects, open));
        let opens = found.opens.into_iter().chain(presumed).filter(|open| goes_on(effects, f, open));
        left_open(effects, f, opens.collect(), Whose::Visit)
    });
    leaks.filter(|leak| told.insert(leak.open.call)).collect()
}

fn goes_on<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>) -> bool {
    match open.opener.kind {
        Kind::Timer => adds_up(effects, f, open),
        Kind::Listener => is_of_process(effects, open) && is_unconditional(effects, f, open, true),
        _ => false,
    }
}

/// It listens to a client that the data knows.
fn is_heard_on_client<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let receiver = effects.project.graph.target(open.call).and_then(|target| target.receiver);
    receiver.is_some_and(|ty| effects.program.catalog.ty(ty).owns)
}

/// What it listens to is there as long as the process is.
fn is_of_process<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let Some((file, value)) = effects.receiver_of(open) else { return false };
    let program = effects.program;
    if !program.kept(file, value).is_empty() {
        return true;
    }
    match value.root() {
        Value::Var(var) => var.function == FnId::TOP && program.facts(file).component.is_none(),
        Value::Global(name) => name == "process",
        Value::This if file == open.from.file => {
            program.class_around(open.from).is_some_and(|class| is_made_once(effects, class))
        }
        _ => false,
    }
}

/// Objects of the class are made when the program starts, and then no more.
fn is_made_once(effects: &Effects, class: ClassRef) -> bool {
    let made = effects.project.contexts.of(Point::Alloc(class));
    !made.is_empty() && made.iter().all(|context| matches!(context.trigger, Trigger::Load | Trigger::Startup))
}

/// The functions that run once for each client.
fn served(effects: &Effects) -> Vec<FnRef> {
    let program = effects.program;
    let mut found = Vec::new();
    for call in program.calls().filter(|call| program.language(call.file) == Language::Script) {
        add_served(effects, call, &mut found);
    }
    found.extend(listening(effects));
    found.retain(|f| !is_aside(effects, *f));
    found.sort_unstable();
    found.dedup();
    found
}

fn add_served(effects: &Effects, call: CallRef, found: &mut Vec<FnRef>) {
    let Some(target) = effects.project.graph.target(call) else { return };
    let program = effects.program;
    let (data, from) = (program.call(call), effects.at(call));
    let mut rows: Vec<Row> = target.rows.iter().filter(|row| row.kind == RowKind::Handover).copied().collect();
    // Of each library the first row that fits says when the function runs.
    let mut known = FxHashSet::default();
    rows.retain(|row| known.insert(row.package));
    let rows = rows.into_iter().map(|row| program.catalog.handover(row));
    for handover in rows.filter(|row| row.run == Run::Request || row.visits) {
        for arg in chosen(data, &handover.args) {
            functions_of(program, from, &arg.value, handover.records, found);
        }
    }
}

/// The entry points by which requests come to what listens or starts an interval.
fn listening(effects: &Effects) -> Vec<FnRef> {
    let lasts = |call: &CallRef| {
        let opener = effects.any_opener(*call).map(|(_, opener)| opener.kind);
        opener.is_some_and(|kind| matches!(kind, Kind::Timer | Kind::Listener))
    };
    let scripts = effects.program.calls().filter(|call| effects.program.language(call.file) == Language::Script);
    scripts.filter(lasts).filter_map(|call| entry_of(effects, effects.at(call))).collect()
}

/// Where the requests come in that run a function.
fn entry_of(effects: &Effects, f: FnRef) -> Option<FnRef> {
    let contexts = &effects.project.contexts;
    let asked = |context: &Context| context.trigger == Trigger::Request && !context.weak && !context.handed;
    let mut at = (Point::Fn(f), contexts.position(Point::Fn(f), asked)?);
    while let Some(parent) = contexts.of(at.0)[at.1].parent {
        at = parent;
    }
    match at.0 {
        Point::Fn(entry) => Some(entry),
        _ => None,
    }
}
