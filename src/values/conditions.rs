//! Conditions of rows on arguments: `is = ["string", "has:connection", "kind:pool"]`.
//!
//! Says what an argument is; knows no library and no rule.

use super::eval::Ty;
use crate::catalog::PackageId;
use crate::catalog::schema::{ArgKey, When};
use crate::facts::trail::Trail;
use crate::facts::{Arg, Call, FnId, Literal, LocalKind, ParamKind, Part, RecordEntry, Value};
use crate::program::FnRef;
use crate::values::Program;

impl<'a> Program<'a> {
    pub fn all_hold(&self, from: FnRef, data: &'a Call, package: PackageId, conditions: &[When]) -> bool {
        conditions.iter().all(|when| {
            when.arg.iter().any(|key| {
                let told = self.told(from, data, key);
                let handed_on = told.is_none() && self.is_handed_on(from, data, key);
                when.is.iter().any(|is| if handed_on { is == "present" } else { self.holds(from, told, package, is) })
            })
        })
    }

    /// What a call is told at a place: an argument, or of a script what stands under the key in one of them.
    fn told(&self, from: FnRef, data: &'a Call, key: &ArgKey) -> Option<&'a Value> {
        let arg = argument(data, key).map(|arg| &arg.value);
        match key {
            ArgKey::Name(name) if arg.is_none() && self.semantics(from.file).lax_calls => {
                data.args.iter().find_map(|arg| record_key(self.written(from, &arg.value), name))
            }
            _ => arg,
        }
    }

    /// The function hands on whatever it is told by name, `super().__init__(**kwargs)`, and all who call it tell it that.
    fn is_handed_on(&self, from: FnRef, data: &Call, key: &ArgKey) -> bool {
        let ArgKey::Name(name) = key else { return false };
        let params = || self.function(from).params.iter().filter(|param| param.kind == ParamKind::KeywordRest);
        let is_rest = |value: &Value| matches!(value, Value::Var(var) if var.function == from.id && params().any(|param| param.local == var.local));
        if !data.args.iter().any(|arg| arg.spread && is_rest(&arg.value)) {
            return false;
        }
        let calls = self.product_calls(from).unwrap_or_default();
        !calls.is_empty() && calls.into_iter().all(|call| self.call(call).named(name).is_some())
    }

    /// The record that a place of any module holds, that a function gives or that callers hand, else what it is bound
    /// to here.
    fn written(&self, from: FnRef, value: &'a Value) -> &'a Value {
        match self.deref(from, value) {
            place @ (Value::Var(_) | Value::Member(..)) => match self.eval(from, place) {
                Ty::Record(_, record) => record,
                _ => self.handed_record(from, place).unwrap_or(place),
            },
            made @ Value::Call(_) => match self.eval(from, made) {
                Ty::Record(_, record) => record,
                _ => made,
            },
            other => other,
        }
    }

    /// Whatever type is written at the parameter.
    fn handed_record(&self, from: FnRef, place: &'a Value) -> Option<&'a Value> {
        let Value::Var(var) = place else { return None };
        let owner = FnRef { file: from.file, id: var.function };
        let at = self.function(owner).params.iter().position(|param| param.local == var.local)?;
        match self.handed_by_callers(owner, at) {
            Ty::Record(_, record) => Some(record),
            _ => None,
        }
    }

    fn holds(&self, from: FnRef, told: Option<&'a Value>, package: PackageId, is: &str) -> bool {
        let Some(told) = told else { return is == "absent" };
        let value = self.deref(from, told);
        match is.split_once(':') {
            Some(("literal", text)) => {
                self.is_text(from.file, value, text) || self.turns(from, told).iter().any(|one| is_literal(one, text))
            }
            Some(("starts", text)) => starts(value, text),
            Some(("named", name)) => self.value_name(from.file, value).as_deref() == Some(name),
            Some(("has", key)) => match (key.split_once('='), self.written(from, value)) {
                (Some((key, text)), record) => {
                    record_key(record, key).is_some_and(|inner| self.is_text(from.file, inner, text))
                }
                (None, record) => record_key(record, key).is_some(),
            },
            Some(("may", key)) => self.may_have(from, value, key, &Trail::default()),
            Some(("lacks", key)) => {
                let record = self.written(from, value);
                matches!(record, Value::Record { open: false, .. }) && record_key(record, key).is_none()
            }
            Some(("type", name)) => {
                let wanted = self.catalog.type_named(package, name);
                wanted.is_some() && self.eval(from, told).concept() == wanted
            }
            Some(("from", module)) => {
                matches!(self.eval(from, told), Ty::External(inner) if inner.module == module)
            }
            Some(("kind", kind)) => self.kind_name(self.eval(from, told)).is_some_and(|k| k == kind),
            _ => self.holds_plain(from, told, value, is),
        }
    }

    /// A record with the key, or one that is not wholly in sight.
    fn may_have(&self, from: FnRef, value: &'a Value, key: &str, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return true };
        match value {
            Value::Record { spreads, open, .. } => {
                let unseen = |spread: &'a Value| self.may_have(from, self.deref(from, spread), key, &here);
                record_key(value, key).is_some() || *open && spreads.is_empty() || spreads.iter().any(unseen)
            }
            Value::Call(_) => true,
            Value::Literal(_) => false,
            _ => !trail.is_start(),
        }
    }

    /// What stands one after the other in the variable of a loop over a list that is written down.
    fn turns(&self, from: FnRef, told: &'a Value) -> &'a [Value] {
        match self.table_behind(from, told, &Trail::default()) {
            Some(Value::List(items)) if matches!(told, Value::Var(_)) => items,
            _ => &[],
        }
    }

    /// A literal of that text, or a member of that name (`Scope.REQUEST`).
    fn is_text(&self, file: u32, value: &'a Value, text: &str) -> bool {
        is_literal(value, text)
            || matches!(value, Value::Member(..)) && self.value_name(file, value).as_deref() == Some(text)
    }

    fn holds_plain(&self, from: FnRef, told: &'a Value, value: &'a Value, is: &str) -> bool {
        match is {
            "present" => true,
            "null" => value.is_null(),
            "string" => {
                matches!(value, Value::Literal(Literal::Str(_)) | Value::Template(_)) || self.is_env(from.file, value)
            }
            // `Events.MOVED`, of a name that the module has as a whole.
            "constant" => {
                matches!(value, Value::Member(..))
                    && matches!(value.root(), Value::Var(var) if var.function == FnId::TOP)
            }
            "number" => matches!(value, Value::Literal(Literal::Num(_))),
            "record" => matches!(self.written(from, value), Value::Record { .. }),
            "function" => matches!(self.eval(from, told), Ty::Fn(_)),
            "client" => matches!(self.eval(from, told), Ty::Concept(_) | Ty::Factory(_)),
            _ => false,
        }
    }

    /// An environment read, as far as its form tells.
    fn is_env(&self, file: u32, value: &Value) -> bool {
        match value {
            Value::Member(base, _) | Value::Index(base, _) => self.is_environment(file, base),
            Value::Choice(values, _) => values.iter().any(|value| self.is_env(file, value)),
            _ => false,
        }
    }

    /// All variables of the process: `process.env`, `os.environ`, and what is imported under such a name.
    pub(crate) fn is_environment(&self, file: u32, value: &Value) -> bool {
        let name = match value {
            Value::Member(_, name) | Value::Global(name) => name,
            Value::Var(var) => match self.facts(file).local(*var).kind {
                LocalKind::Import(id) => &self.facts(file).import(id).name,
                _ => return false,
            },
            _ => return false,
        };
        matches!(name.as_str(), "env" | "environ")
    }

    fn kind_name(&self, ty: Ty<'a>) -> Option<String> {
        let ty = ty.concept()?;
        Some(format!("{:?}", self.catalog.ty(ty).row.kind).to_ascii_lowercase())
    }
}

/// A text, or a template, that begins so.
fn starts(value: &Value, text: &str) -> bool {
    match value {
        Value::Literal(Literal::Str(own)) => own.starts_with(text),
        Value::Template(parts) => matches!(parts.first(), Some(Part::Text(own)) if own.starts_with(text)),
        _ => false,
    }
}

/// The argument by position or name.
pub fn argument<'c>(call: &'c Call, key: &ArgKey) -> Option<&'c Arg> {
    match key {
        ArgKey::Position(index) => call.positional(*index),
        ArgKey::Name(name) => call.named(name),
    }
}

pub(crate) fn arg_key(text: &str) -> ArgKey {
    text.parse().map_or_else(|_| ArgKey::Name(text.to_string()), ArgKey::Position)
}

pub fn record_key<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    record_entry(value, key).map(|entry| &entry.value)
}

/// The entry that a record has under a key; of several, the last.
pub fn record_entry<'v>(value: &'v Value, key: &str) -> Option<&'v RecordEntry> {
    let Value::Record { entries, .. } = value else { return None };
    entries.iter().rev().find(|entry| entry.key == key)
}

fn is_literal(value: &Value, text: &str) -> bool {
    literal_text(value).as_deref() == Some(text)
}

pub fn literal_text(value: &Value) -> Option<String> {
    match value {
        Value::Literal(Literal::Str(text)) => Some(text.clone()),
        Value::Literal(Literal::Bool(flag)) => Some(flag.to_string()),
        Value::Literal(Literal::Num(number)) => Some(number.to_string()),
        _ => None,
    }
}
