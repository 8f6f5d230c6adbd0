//! Module variables that each run of an effect fills anew: what they held before is lost, still open.
//!
//! A variable that others see, hand on or end is somebody's; only one that its own file fills and uses
//! is told. Knows no library.

use super::{Effects, Open};
use crate::catalog::schema::Kind;
use crate::facts::{Call, Exported, FileFacts, FnId, LocalKind, Value, VarRef, hands_on};

/// What is opened is kept in a variable that nothing but the opening owns, so the next one is opened
/// beside it.
pub(super) fn is_lost(effects: &Effects, open: &Open, var: VarRef) -> bool {
    let facts = effects.program.facts(open.call.file);
    let lasting = matches!(open.opener.kind, Kind::Realtime | Kind::Timer) && !open.opener.pedantic;
    let variable = facts.local(var).kind == (LocalKind::Let { constant: false });
    lasting && variable && var.function == FnId::TOP && !is_shown(facts, var) && !is_handed_on(facts, open, var)
}

/// Exported, alone or as part of something.
fn is_shown(facts: &FileFacts, var: VarRef) -> bool {
    let names = |value: &Value| value.holds(&|part| *part == Value::Var(var));
    facts.exports.iter().any(|export| matches!(&export.what, Exported::Value(value) if names(value)))
}

/// Given to a call, returned, kept elsewhere, or ended by one of its own methods.
fn is_handed_on(facts: &FileFacts, open: &Open, var: VarRef) -> bool {
    let is = |value: &Value| value.holds(&|part| *part == Value::Var(var));
    let ends = |name: &str| open.opener.releases.iter().any(|row| row.methods.iter().any(|method| method == name));
    let ended = |callee: &Value| matches!(callee, Value::Member(base, name) if is(base) && ends(name));
    // What is ended right before it is opened anew is what an earlier run has opened.
    let renews = |at: usize, call: &Call| call.function == open.from.id && at < open.call.id.0 as usize;
    let calls = facts
        .calls
        .iter()
        .enumerate()
        .any(|(at, call)| ended(&call.callee) && !renews(at, call) || call.args.iter().any(|arg| is(&arg.value)));
    calls || facts.function_ids().any(|id| hands_on(&facts.function(id).body, &mut |value| is(value)))
}
