//! Whether anything ends what is opened by the signal that it was given: `{ signal: controller.signal }`.
//!
//! Silent where others have the object whose signal it is. Which objects and methods those are is data. Knows no library.

use super::Effects;
use crate::catalog::schema::{Opener, Signal};
use crate::facts::{Call, CallKind, LocalKind, Value, hands_on};
use crate::program::CallRef;
use crate::values::conditions::record_key;
use crate::values::sites::last_name;

impl<'a> Effects<'_, 'a> {
    /// The object is made here, nobody else has it, and nothing calls what ends by it.
    pub(super) fn is_never_signalled(&self, call: CallRef, opener: &Opener) -> bool {
        let source = opener.signal.as_ref().and_then(|row| Some((row, self.source_of(call, opener, row)?)));
        source.is_some_and(|(row, source)| {
            self.is_made_here(call.file, source, row)
                && !self.is_ended_by(call.file, source, row)
                && !self.is_given_away(call.file, source, row)
        })
    }

    /// What the signal is a part of.
    fn source_of(&self, call: CallRef, opener: &Opener, row: &Signal) -> Option<&'a Value> {
        let from = self.at(call);
        let options = self.program.call(call).positional(opener.options?)?;
        let signal = record_key(self.program.deref(from, &options.value), &row.key)?;
        match self.program.deref(from, signal) {
            Value::Member(source, name) if *name == row.key => Some(&**source),
            _ => None,
        }
    }

    /// A variable that no other file can have, or a member of one, that is only ever filled with new ones.
    fn is_made_here(&self, file: u32, source: &'a Value, row: &Signal) -> bool {
        let facts = self.program.facts(file);
        let Value::Var(var) = source.root() else { return false };
        let own = matches!(facts.local(*var).kind, LocalKind::Let { .. });
        let exported = facts.exports.iter().any(|export| export.name == facts.local(*var).name);
        let made = |value: &Value| match value {
            Value::Call(id) => {
                let data = facts.call(*id);
                data.kind == CallKind::New && data.callee == Value::Global(row.maker.as_str().into())
            }
            other => other.is_null(),
        };
        let filled = self.bound_to(file, source);
        let any = filled.iter().any(|(_, value)| !value.is_null());
        own && !exported && any && filled.iter().all(|(_, value)| made(value))
    }

    fn is_ended_by(&self, file: u32, source: &'a Value, row: &Signal) -> bool {
        let key = self.key(file, source);
        let ends = |call: &Call| match &call.callee {
            Value::Member(base, name) => row.ends.contains(name) && (self.key(file, base) == key || key.is_none()),
            _ => false,
        };
        self.program.facts(file).calls.iter().any(ends)
    }

    /// Somebody gets more of the object than its signal.
    fn is_given_away(&self, file: u32, source: &'a Value, row: &Signal) -> bool {
        let facts = self.program.facts(file);
        let signal = Value::Member(Box::new(source.clone()), row.key.as_str().into());
        let whole = source.root();
        let gives = |value: &Value| value.holds(&|part| part == whole) && !value.holds(&|part| *part == signal);
        let takes = |call: &Call| {
            let called = last_name(&call.callee) == "bind" && gives(&call.callee);
            called || call.args.iter().any(|arg| gives(&arg.value))
        };
        let bodies = facts.function_ids().map(|id| &facts.function(id).body);
        facts.calls.iter().any(takes) || bodies.into_iter().any(|body| hands_on(body, &mut |value| gives(value)))
    }
}
