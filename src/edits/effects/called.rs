//! What a function opens that the start calls: the release belongs beside the opener all the same.
//!
//! A composable, which only set-up code calls, registers it by itself; what a method of the component's class opens is
//! kept in a field. Knows no library.

use super::naming::Writer;
use super::{Mend, by_ending, is_statement, stands_alone};
use crate::facts::is_hook;
use crate::ownership::effects::model::{Ending, Owner};
use crate::ownership::effects::{Effects, Open};

pub(super) fn beside_opener<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    opens: &[Open<'a>],
) -> Option<Mend> {
    let program = effects.program;
    let function = program.function(open.from);
    let plain = open.preds.is_empty() && !open.late && stands_alone(&function.body, open);
    let fits = match &owner.ending {
        Ending::Call(hook) => {
            let composable = function.name.as_deref().is_some_and(is_hook);
            composable && owner.effect.is_none() && hook.cleanup.parameter.is_none()
        }
        Ending::Member(_) => is_own_step(effects, owner, open),
        _ => false,
    };
    if !plain || !fits {
        return None;
    }
    let mend = by_ending(effects, owner, open, Writer::among(effects, open, opens)?)?;
    // A template may call the method too.
    let untyped = mend.untyped || matches!(owner.ending, Ending::Member(_));
    Some(Mend { untyped, ..mend })
}

/// A method of the owner's class that nothing but its start calls, once.
fn is_own_step(effects: &Effects, owner: &Owner, open: &Open) -> bool {
    let program = effects.program;
    let [call] = open.path.as_slice() else { return false };
    let class = program.class_around(owner.start);
    class.is_some()
        && program.class_around(open.from) == class
        && effects.at(*call) == owner.start
        && effects.project.callers().of(open.from).len() == 1
        && is_statement(&program.function(owner.start).body, *call)
}
