//! What a server opens for each client that comes, by a request or a connection, and never ends: the client goes, its
//! interval runs as long as the process.
//!
//! As strict as for the handlers of components: whatever may end it, anywhere in the file, makes it silent. Knows no
//! library.

use super::occasions::{adds_up, left_open};
use super::opens::opened;
use super::owners::is_aside;
use super::{Effects, Leak, Open, Whose};
use crate::catalog::RowKind;
use crate::catalog::schema::{Kind, Run};
use crate::facts::Language;
use crate::project::handover::{chosen, functions_of};
use crate::project::program::{CallRef, FnRef};

pub(super) fn visits<'a>(effects: &Effects<'_, 'a>) -> Vec<Leak<'a>> {
    let leaks = served(effects).into_iter().flat_map(|f| {
        let goes_on = |open: &Open<'a>| open.opener.kind == Kind::Timer && adds_up(effects, f, open);
        let opens = opened(effects, f).opens.into_iter().filter(goes_on).collect();
        left_open(effects, f, opens, Whose::Visit)
    });
    leaks.collect()
}

/// The functions that run once for each client.
fn served(effects: &Effects) -> Vec<FnRef> {
    let program = effects.program;
    let mut found = Vec::new();
    for call in program.calls().filter(|call| program.language(call.file) == Language::Script) {
        add_served(effects, call, &mut found);
    }
    found.retain(|f| !is_aside(effects, *f));
    found.sort_unstable();
    found.dedup();
    found
}

fn add_served(effects: &Effects, call: CallRef, found: &mut Vec<FnRef>) {
    let Some(target) = effects.project.graph.target(call) else { return };
    let program = effects.program;
    let (data, from) = (program.call(call), effects.at(call));
    for row in target.rows.iter().filter(|row| row.kind == RowKind::Handover) {
        let handover = program.catalog.handover(*row);
        if handover.run != Run::Request && !handover.visits {
            continue;
        }
        for arg in chosen(data, &handover.args) {
            functions_of(program, from, &arg.value, handover.records, 0, found);
        }
    }
}
