//! Which argument of a call becomes which parameter of the function that it runs.
//!
//! The function is called, or it is handed over with its own arguments beside it, as in
//! `run(f, x)` and `Thread(target=f, args=(x,))`. Knows no library by name.

use super::conditions::record_key;
use super::eval::Ty;
use crate::catalog::words::values::KEYED_READS;
use crate::facts::{Call, CallKind, Function, Param, ParamKind, Value, VarRef};
use crate::frontend::scan::name_hash;
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// A parameter of a function, or what the record that it is given has under a key: `options.client`,
/// `kwargs.get("client")`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// Its index, 0-based, a receiver counted.
    pub param: u32,
    /// The key by its [`name_hash`].
    pub key: Option<u32>,
}

impl Slot {
    pub fn whole(param: usize) -> Slot {
        Slot { param: param as u32, key: None }
    }

    pub fn index(self) -> usize {
        self.param as usize
    }

    fn is_under(self, key: &str) -> bool {
        self.key == Some(name_hash(key))
    }
}

/// The slot of `f` that the value is, whatever else may be assigned to it; also by a local that takes it out of what
/// the function is given.
pub fn slot_of(program: &Program, f: FnRef, value: &Value) -> Option<Slot> {
    let param = |var: &VarRef| {
        let params = &program.function(f).params;
        params.iter().position(|param| var.function == f.id && param.local == var.local)
    };
    let keyed = |value: &Value| {
        let (base, key) = key_of(program, f, value)?;
        let var = match base {
            Value::Var(var) => *var,
            // The field in which a constructor keeps it.
            Value::Member(object, name) if **object == Value::This => kept_in(program, f, name)?,
            _ => return None,
        };
        Some(Slot { key: Some(name_hash(key)), ..Slot::whole(param(&var)?) })
    };
    match value {
        Value::Var(var) => param(var).map(Slot::whole).or_else(|| match program.bound(f.file, *var) {
            [only] if only.function == f.id => keyed(only.value),
            _ => None,
        }),
        other => keyed(other),
    }
}

/// The variable of the function that the field is filled with there, and with nothing else.
fn kept_in(program: &Program, f: FnRef, field: &str) -> Option<VarRef> {
    let mut own = program.index[f.file as usize].fields.get(field)?.iter().filter(|bound| bound.function == f.id);
    match (own.next()?.value, own.next()) {
        (Value::Var(var), None) => Some(*var),
        _ => None,
    }
}

/// What the value is a part of, and under which key.
fn key_of<'v>(program: &'v Program, f: FnRef, value: &'v Value) -> Option<(&'v Value, &'v str)> {
    match value {
        Value::Member(base, key) => Some((base, key)),
        Value::Index(base, key) => Some((base, key.as_str()?)),
        Value::Call(id) => {
            let data = program.facts(f.file).call(*id);
            let Value::Member(base, method) = &data.callee else { return None };
            let key = data.positional(0)?.value.as_str()?;
            KEYED_READS.contains(&method.as_str()).then_some((base, key))
        }
        _ => None,
    }
}

/// The slot of `f` that the value is, where nothing else is ever assigned to the parameter.
pub fn plain_slot(program: &Program, f: FnRef, value: &Value) -> Option<Slot> {
    let slot = slot_of(program, f, value)?;
    let local = program.function(f).params[slot.index()].local;
    program.bound(f.file, VarRef { function: f.id, local }).is_empty().then_some(slot)
}

/// What a call passes for a slot.
pub enum Passed<'a> {
    Value(&'a Value),
    Nothing,
    /// A record that is not in sight, or that may have further keys.
    Unknown,
}

/// What the call passes for a slot of `callee`, as far as the call itself says that.
pub fn passed_in<'a>(program: &Program<'a>, call: CallRef, callee: FnRef, slot: Slot) -> Passed<'a> {
    let Some(param) = program.function(callee).params.get(slot.index()) else { return Passed::Unknown };
    if param.kind == ParamKind::KeywordRest && slot.key.is_some() {
        return named(program.call(call), slot);
    }
    match (passed(program, call, callee, slot.index()), slot.key) {
        (None, _) => Passed::Nothing,
        (Some(whole), None) => Passed::Value(whole),
        (Some(whole), Some(_)) => {
            let from = FnRef { file: call.file, id: program.call(call).function };
            entry(program, call.file, program.deref(from, whole), slot)
        }
    }
}

/// What a record has for the slot, under its key.
fn entry<'a>(program: &Program<'a>, file: u32, record: &'a Value, slot: Slot) -> Passed<'a> {
    match record {
        Value::Record { entries, spreads, open } => {
            match entries.iter().rev().find(|entry| slot.is_under(&entry.key)) {
                Some(entry) => Passed::Value(&entry.value),
                None if spreads.is_empty() && !open => Passed::Nothing,
                None => Passed::Unknown,
            }
        }
        Value::Call(id) if program.facts(file).call(*id).kind == CallKind::Struct => {
            named(program.facts(file).call(*id), slot)
        }
        Value::Literal(_) => Passed::Nothing,
        _ => Passed::Unknown,
    }
}

/// The argument that is called like the slot's key.
fn named<'a>(data: &'a Call, slot: Slot) -> Passed<'a> {
    match data.args.iter().find(|arg| arg.name.as_deref().is_some_and(|name| slot.is_under(name))) {
        Some(arg) => Passed::Value(&arg.value),
        None if data.args.iter().any(|arg| arg.spread) => Passed::Unknown,
        None => Passed::Nothing,
    }
}

/// What the call passes for a parameter of `callee`; nothing when it is left to its default, or
/// when that cannot be told.
pub fn passed<'a>(program: &Program<'a>, call: CallRef, callee: FnRef, param: usize) -> Option<&'a Value> {
    let function = program.function(callee);
    let data = program.call(call);
    let receivers = function.params.iter().filter(|p| p.kind == ParamKind::Receiver).count();
    let position = param.saturating_sub(receivers);
    let name = &function.params.get(param)?.name;
    match handed_at(program, call, callee) {
        Some(at) => beside(data, at, position, name),
        None => data.named(name).or_else(|| data.positional(position)).map(|arg| &arg.value),
    }
}

/// What the call passes for a variable that is a parameter of `callee`, its receiver left aside.
pub fn passed_for<'a>(program: &Program<'a>, call: CallRef, callee: FnRef, var: VarRef) -> Option<&'a Value> {
    let own = |param: &Param| param.local == var.local && param.kind != ParamKind::Receiver;
    let index = program.function(callee).params.iter().position(own).filter(|_| var.function == callee.id)?;
    passed(program, call, callee, index)
}

/// The call hands the function over, and may hand its arguments over with it.
pub fn takes_arguments(program: &Program, call: CallRef, callee: FnRef) -> bool {
    program.semantics(call.file).passes_along && handed_at(program, call, callee).is_some()
}

fn handed_at(program: &Program, call: CallRef, callee: FnRef) -> Option<usize> {
    handed_in(program, call.file, program.call(call), callee)
}

/// Where among the arguments the function stands that the call hands over.
fn handed_in<'a>(program: &Program<'a>, file: u32, data: &'a Call, callee: FnRef) -> Option<usize> {
    let from = FnRef { file, id: data.function };
    data.args.iter().position(|arg| may_be_function(&arg.value) && program.eval(from, &arg.value) == Ty::Fn(callee))
}

fn may_be_function(value: &Value) -> bool {
    !matches!(
        value,
        Value::Literal(_)
            | Value::Template(_)
            | Value::Binary(..)
            | Value::Record { .. }
            | Value::List(_)
            | Value::Unknown
    )
}

/// The parameter of `callee` that an argument of the call becomes, also where it is handed over beside the function.
pub fn parameter_of<'a>(program: &Program<'a>, file: u32, data: &'a Call, callee: FnRef, arg: usize) -> Option<u32> {
    let function = program.function(callee);
    match handed_in(program, file, data, callee) {
        Some(at) if arg <= at && data.args[arg].name.is_none() => None,
        Some(at) => parameter_from(function, data, at + 1, arg),
        None => parameter_from(function, data, 0, arg),
    }
}

/// The parameter that an argument becomes, where those from `first` on are the function's.
pub fn parameter_from(function: &Function, data: &Call, first: usize, arg: usize) -> Option<u32> {
    let given = data.args.get(arg).filter(|given| !given.spread)?;
    let local = |found: Option<&Param>| found.map(|param| param.local);
    let rest = |kind: ParamKind| local(function.params.iter().find(|param| param.kind == kind));
    if let Some(name) = &given.name {
        let named = local(function.params.iter().find(|param| param.name == *name));
        return named.or_else(|| rest(ParamKind::KeywordRest));
    }
    let position = data.args[first..arg].iter().filter(|other| other.name.is_none()).count();
    let plain = |param: &&Param| !matches!(param.kind, ParamKind::Receiver | ParamKind::KeywordOnly);
    local(function.params.iter().filter(plain).nth(position)).or_else(|| rest(ParamKind::Rest))
}

/// An argument that stands after the function, or in its bundle of arguments.
fn beside<'a>(data: &'a Call, at: usize, position: usize, name: &str) -> Option<&'a Value> {
    if data.args[at].name.is_none()
        && let Some(arg) = data.args[at + 1..].iter().filter(|arg| arg.name.is_none()).nth(position)
    {
        return Some(&arg.value);
    }
    let bundle = data.named("args").and_then(|arg| match &arg.value {
        Value::List(items) => items.get(position),
        _ => None,
    });
    let keyword = data.named("kwargs").and_then(|arg| record_key(&arg.value, name));
    bundle.or(keyword).or_else(|| data.named(name).map(|arg| &arg.value))
}
