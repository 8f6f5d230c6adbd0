//! Places that are filled anew: what they held before is lost, still open.
//!
//! Module variables that each run of an effect fills, where nobody else sees, hands on or ends what is in them; places
//! that one function fills twice, where the end knows the second thing alone. Knows no library.

use super::ends::Event;
use super::{Effects, Open};
use crate::catalog::schema::Kind;
use crate::facts::{Call, CallId, Exported, FileFacts, FnId, LocalKind, Node, Value, VarRef, hands_on};
use crate::program::CallRef;

/// What is opened is kept in a variable that nothing but the opening owns, so the next one is opened
/// beside it.
pub(crate) fn is_lost(effects: &Effects, open: &Open, var: VarRef) -> bool {
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

/// The release speaks of a place that the opening fills, and right after it another one of the same block.
pub(crate) fn is_filled_again<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, release: &Event<'a>) -> bool {
    let body = &effects.program.function(open.from).body;
    let file = open.call.file;
    let Some((target, rest)) = kept_in(body, open.call.id) else { return false };
    let Some(place) = effects.key(file, target) else { return false };
    let is_place = |value: &Value| effects.key(file, value).is_some_and(|key| key == place);
    let base = match release.callee {
        Value::Member(base, _) => base,
        other => other,
    };
    let of = |value: &Value| effects.key(release.from.file, value).is_some_and(|key| key == place);
    let opens =
        |id: CallId| effects.opener(CallRef { file, id }).is_some_and(|(row, _)| row.package == open.row.package);
    for node in rest {
        match node {
            Node::Bind { target, value: Value::Call(id), .. } if is_place(target) => {
                return opens(*id) && (of(base) || release.args.iter().any(|arg| of(&arg.value)));
            }
            Node::Call(id) if !takes(effects, CallRef { file, id: *id }, &is_place) => {}
            Node::Closure { .. } => {}
            _ => return false,
        }
    }
    false
}

/// What the call's result is kept in, and what follows in the block.
fn kept_in(block: &[Node], call: CallId) -> Option<(&Value, &[Node])> {
    block.iter().enumerate().find_map(|(at, node)| match node {
        Node::Bind { target, value: Value::Call(id), .. } if *id == call => Some((target, &block[at + 1..])),
        other => other.blocks().find_map(|inner| kept_in(inner, call)),
    })
}

/// It is called on what is in the place, or given that.
fn takes(effects: &Effects, call: CallRef, is_place: &dyn Fn(&Value) -> bool) -> bool {
    let data = effects.program.call(call);
    let part = |value: &Value| value.holds(&|inner| is_place(inner));
    part(&data.callee) || data.args.iter().any(|arg| part(&arg.value))
}
