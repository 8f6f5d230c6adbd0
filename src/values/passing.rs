//! Which argument of a call becomes which parameter of the function that it runs.
//!
//! The function is called, or it is handed over with its own arguments beside it, as in
//! `run(f, x)` and `Thread(target=f, args=(x,))`. Knows no library by name.

use super::conditions::record_key;
use super::eval::Ty;
use crate::facts::{Call, Function, Param, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

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
