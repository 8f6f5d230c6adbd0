//! What methods open and the object itself does not end: the handle is thrown away, the handler has no name, or is the
//! caller's.
//!
//! What an object opens is its own affair, since it may end it by another method; this it cannot, or must be told to.
//! Knows no library.

use rustc_hash::FxHashSet;

use super::Effects;
use super::endless::is_endless;
use crate::catalog::Row;
use crate::catalog::schema::{Gives, Kind};
use crate::facts::Value;
use crate::program::{CallRef, FnRef};
use crate::values::flow::is_used;

pub(crate) fn is_let_go(effects: &Effects, call: CallRef, row: Row) -> bool {
    let opener = effects.program.catalog.opener(row);
    let handler = opener.handler.and_then(|at| effects.program.call(call).positional(at));
    match opener.kind {
        _ if !opener.instead.is_empty() => true,
        Kind::Timer => !opener.pedantic && !is_used(effects.program, call),
        Kind::Listener => handler.is_some_and(|arg| match arg.value {
            Value::Closure(_) => opener.gives == Gives::Nothing,
            Value::Var(var) => opener.gives != Gives::Handle && effects.is_param(call.file, var),
            _ => false,
        }),
        Kind::Subscription => {
            opener.gives == Gives::Handle && !is_used(effects.program, call) && is_endless(effects, call, row)
        }
        _ => false,
    }
}

impl Effects<'_, '_> {
    /// The function stands in a class and comes to such an opening.
    pub(crate) fn lets_go(&self, f: FnRef) -> bool {
        self.letting_go.get_or_init(|| all(self)).contains(&f)
    }
}

/// The functions of classes that open such a thing, and all those that run them.
fn all(effects: &Effects) -> FxHashSet<FnRef> {
    let program = effects.program;
    let opens = |call: &CallRef| effects.opener(*call).is_some_and(|(row, _)| is_let_go(effects, *call, row));
    let of_class = |f: &FnRef| program.class_around(*f).is_some();
    let mut open: Vec<FnRef> = program.calls().filter(opens).map(|call| effects.at(call)).filter(of_class).collect();
    let mut found = FxHashSet::default();
    while let Some(f) = open.pop() {
        if found.insert(f) {
            let around = program.function(f).parent.map(|id| FnRef { file: f.file, id });
            let callers = effects.calls_of(f).iter().map(|call| effects.at(*call));
            open.extend(around.into_iter().chain(callers).filter(of_class));
        }
    }
    found
}
