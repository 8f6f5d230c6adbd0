//! Streams that functions of the project give and that never end by themselves.
//!
//! Made by hand over something that goes on (`new Stream((observer) => socket.on("news", observer.next))`), or with
//! what the rows of subscriptions name as such a source. Knows no library.

use super::opens::opened;
use super::{Effects, Open};
use crate::catalog::schema::Kind;
use crate::facts::{FnId, Value, VarRef};
use crate::program::{CallRef, FnRef};

/// What an opener subscribes to goes on for ever.
pub(crate) fn is_endless<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let rows = effects.program.catalog.package(open.row.package).openers.iter();
    let mut sources = rows.filter(|row| row.calls == open.opener.calls && !row.chain.is_empty() && !row.weak_on_own);
    effects.chain_calls(open.call).into_iter().any(|call| is_made_by_hand(effects, call))
        || sources.any(|row| effects.chain_fits(open.call, row) && !effects.chain_excuses(open.call, row))
}

/// An object is made with a function that opens something lasting, tells its own parameter what comes, and never tells
/// it that this was all.
fn is_made_by_hand(effects: &Effects, call: CallRef) -> bool {
    let made_of = effects.program.call(call).positional(0).filter(|_| effects.is_new(call));
    let Some(Value::Closure(id)) = made_of.map(|arg| &arg.value) else { return false };
    let f = FnRef { file: call.file, id: *id };
    let Some(observer) = effects.program.function(f).params.first() else { return false };
    let observer = VarRef { function: f.id, local: observer.local };
    let tells = |name: &str| takes_method(effects, f, observer, name);
    tells("next") && !tells("complete") && opened(effects, f).opens.iter().any(|open| goes_on(effects, f, open))
}

/// It does not go away with the function's own objects.
fn goes_on<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>) -> bool {
    let own = || match effects.receiver_of(open).map(|(file, value)| (file, effects.chain_root_ref(file, value))) {
        Some((file, Value::Var(var))) => {
            var.function != FnId::TOP && effects.within(f, FnRef { file, id: var.function })
        }
        _ => false,
    };
    match open.opener.kind {
        Kind::Realtime => true,
        Kind::Subscription => !open.opener.weak_on_own && !own(),
        _ => !open.opener.pedantic && !own(),
    }
}

/// The method is called on the variable, or given away, in the function or in what stands in it.
fn takes_method(effects: &Effects, f: FnRef, var: VarRef, name: &str) -> bool {
    let is =
        |value: &Value| matches!(value, Value::Member(base, method) if method == name && **base == Value::Var(var));
    let mut calls = effects.program.calls_within(f);
    calls.any(|call| is(&call.callee) || call.args.iter().any(|arg| arg.value.holds(&is)))
}
