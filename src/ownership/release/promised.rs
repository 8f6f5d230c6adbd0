//! Resources that are handed on before anybody has waited for them.
//!
//! Knows no library by name.

use super::model::Walk;
use crate::facts::{Call, CallKind, Language, Value};

impl Walk<'_, '_, '_> {
    /// `race([pool.connect(), late])`: nobody has waited for it yet, so what the call gives back may be it. The
    /// value is an argument of the call.
    pub(crate) fn is_promise(&self, call: &Call, value: &Value) -> bool {
        let function = self.world.program.function(self.f);
        let taken = self.world.program.call(self.acquisition);
        let may_wait = self.language == Language::Script || function.flags.is_async;
        let itself = |value: &Value| matches!(value, Value::Call(id) if self.is_acquisition(*id));
        may_wait
            && !taken.awaited
            && [call, taken].iter().all(|call| call.kind == CallKind::Call)
            && match value {
                Value::List(all) => all.iter().any(itself),
                value => itself(value),
            }
    }
}
