//! Streams that functions of the project give and that never end by themselves.
//!
//! Made by hand over something that goes on (`new Stream((observer) => socket.on("news", observer.next))`), or with
//! what the rows of subscriptions name as such a source. Knows no library.

use super::opens::opened;
use super::{Effects, Open};
use crate::catalog::Row;
use crate::catalog::schema::Kind;
use crate::facts::{FnId, Value, VarRef};
use crate::program::{CallRef, FnRef};

/// What a call subscribes to by an opener's row goes on for ever.
pub(crate) fn is_endless(effects: &Effects, call: CallRef, row: Row) -> bool {
    let own = effects.program.catalog.opener(row);
    let rows = effects.program.catalog.package(row.package).openers.iter();
    let mut sources = rows.filter(|row| row.calls == own.calls && !row.chain.is_empty() && !row.weak_on_own);
    effects.chain_calls(call).into_iter().any(|call| Maker::of(effects, call).is_some())
        || sources.any(|row| effects.chain_fits(call, row) && !effects.chain_excuses(call, row))
}

/// A function by which a stream is made: it opens something lasting, tells its own parameter what comes, and never
/// tells it that this was all.
#[derive(Clone, Copy)]
pub(crate) struct Maker {
    /// What makes the stream.
    pub call: CallRef,
    /// What runs for each subscriber.
    pub start: FnRef,
    observer: VarRef,
}

impl Maker {
    pub fn of(effects: &Effects, call: CallRef) -> Option<Self> {
        let made_of = effects.program.call(call).positional(0).filter(|_| effects.is_new(call))?;
        let Value::Closure(id) = made_of.value else { return None };
        let start = FnRef { file: call.file, id };
        let observer = effects.program.function(start).params.first()?;
        let maker = Maker { call, start, observer: VarRef { function: id, local: observer.local } };
        let tells = |name: &str| takes_method(effects, start, maker.observer, name);
        let lasting = || opened(effects, start).opens.iter().any(|open| goes_on(effects, start, open));
        (tells("next") && !tells("complete") && lasting()).then_some(maker)
    }

    /// Something else is given the subscriber, or is told what to do when that goes.
    pub fn is_handed_on(&self, effects: &Effects) -> bool {
        let is = |value: &Value| *value == Value::Var(self.observer);
        let given = effects.program.calls_within(self.start).any(|call| call.args.iter().any(|arg| is(&arg.value)));
        given || takes_method(effects, self.start, self.observer, "add")
    }
}

/// It does not go away with the function's own objects.
pub(crate) fn goes_on<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>) -> bool {
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
