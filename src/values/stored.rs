//! Results that are kept in a store: one call looks, another one puts.
//!
//! `load(cache, key)` gives nothing, so the work is done, and `save(cache, key, result)` follows. How long
//! the store keeps it is not followed. Knows no library by name.

use crate::catalog::lookup_words::words;
use crate::catalog::words::values::PRESERVING;
use crate::catalog::words::values::{STORE_READS, STORE_WRITES, TEXT_CONVERSIONS};
use crate::facts::trail::Trail;
use crate::facts::{Call, Literal, Value};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

impl<'a> Program<'a> {
    /// The value is what a call of `f` found, and another call puts a result under the same key.
    pub(crate) fn is_stored(&self, f: FnRef, found: &'a Value) -> bool {
        let Some(look) = self.look(f, found, &Trail::default()) else { return false };
        let data = self.call(look);
        let keys: Vec<&Value> =
            data.args.iter().map(|arg| self.place(f.file, &arg.value, &Trail::default())).filter(is_place).collect();
        let calls =
            self.facts(f.file).calls.iter().filter(|call| call.function == f.id && call.span.start > data.span.end);
        calls.into_iter().any(|call| {
            let same = call
                .args
                .iter()
                .filter(|arg| keys.contains(&self.place(f.file, &arg.value, &Trail::default())))
                .count();
            self.is_named(f.file, call, STORE_WRITES) && same == keys.len() && same > 0 && call.args.len() > same
        })
    }

    /// The call behind a value, if its name says that it looks something up.
    fn look(&self, f: FnRef, value: &'a Value, trail: &Trail) -> Option<CallRef> {
        let here = trail.step(value)?;
        match value {
            Value::Var(var) => self.bound(f.file, *var).iter().find_map(|bound| self.look(f, bound.value, &here)),
            Value::Index(base, _) | Value::Element(base) => self.look(f, base, &here),
            Value::Call(id) => {
                let call = CallRef { file: f.file, id: *id };
                let data = self.call(call);
                match &data.callee {
                    Value::Member(base, name) if PRESERVING.contains(&name.as_str()) => self.look(f, base, &here),
                    _ => self.is_named(f.file, data, STORE_READS).then_some(call),
                }
            }
            _ => None,
        }
    }

    fn is_named(&self, file: u32, call: &Call, verbs: &[&str]) -> bool {
        let name = call.callee_name(self.facts(file)).unwrap_or_default();
        words(name).iter().any(|word| verbs.contains(&word.as_str()))
    }

    /// What `x.clone()`, `x.to_string()` and `String::from(x)` are of, and a variable that holds one: the same key.
    fn place<'v>(&self, file: u32, value: &'v Value, trail: &Trail) -> &'v Value
    where
        'a: 'v,
    {
        let Some(here) = trail.step(value) else { return value };
        if let Value::Var(var) = value
            && let [only] = self.bound(file, *var)
            && matches!(only.value, Value::Call(_))
        {
            let under = self.place(file, only.value, &here);
            return if is_place(&under) { under } else { value };
        }
        let Value::Call(id) = value else { return value };
        let call = self.call(CallRef { file, id: *id });
        match (&call.callee, call.args.as_slice()) {
            (Value::Member(_, name), [only]) if name == "from" => self.place(file, &only.value, &here),
            (Value::Member(base, name), _)
                if PRESERVING.contains(&name.as_str()) || TEXT_CONVERSIONS.contains(&name.as_str()) =>
            {
                self.place(file, base, &here)
            }
            _ => value,
        }
    }
}

fn is_place(value: &&Value) -> bool {
    matches!(value, Value::Var(_) | Value::Member(..) | Value::Literal(Literal::Str(_)))
}
