//! Decorators of the project that keep what the decorated function makes.
//!
//! What such a decorator puts in the function's place calls it only while a cell is empty, or leaves
//! that to something that does. Knows no library by name.

use super::eval::Ty;
use super::gates::Conditions;
use super::handover::{argument_gates, gated_calls};
use crate::facts::{CallKind, FileFacts, FnId, LocalKind, ParamKind, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

/// What decorates a function keeps what that makes.
pub(crate) fn is_keeper(program: &Program, decorator: &Ty) -> bool {
    match decorator {
        Ty::Fn(function) => keeps(program, *function),
        Ty::Class(class) => has_keeping_objects(program, *class),
        _ => false,
    }
}

/// Whether every call of the decorated function, of one at least, fills something that is kept.
fn keeps(program: &Program, decorator: FnRef) -> bool {
    let facts = program.facts(decorator.file);
    let direct = facts.function_ids().filter(|id| facts.function(*id).parent == Some(decorator.id));
    let takers: Vec<FnId> = direct.chain([decorator.id]).collect();
    let decorated = takers.into_iter().filter_map(|id| first_parameter(facts, id));
    decorated.into_iter().any(|var| is_kept(program, decorator.file, var))
}

fn first_parameter(facts: &FileFacts, id: FnId) -> Option<VarRef> {
    let param = facts.function(id).params.first().filter(|param| param.kind == ParamKind::Normal)?;
    Some(VarRef { function: id, local: param.local })
}

fn is_kept(program: &Program, file: u32, decorated: VarRef) -> bool {
    let facts = program.facts(file);
    let mut calls = facts.calls.iter().filter(|call| call.callee == Value::Var(decorated)).peekable();
    if calls.peek().is_none() {
        return is_handed_to_object(program, file, decorated);
    }
    calls.all(|call| call.function != decorated.function && fills(program, file, call.function, decorated))
}

/// `return Kept(function)`
fn is_handed_to_object(program: &Program, file: u32, decorated: VarRef) -> bool {
    let given = program.facts(file).calls.iter().filter(|call| {
        let plain = matches!(call.kind, CallKind::Call | CallKind::New);
        plain && call.args.first().is_some_and(|arg| arg.value == Value::Var(decorated))
    });
    given.into_iter().any(|call| match program.callee(FnRef { file, id: call.function }, call) {
        Ty::Class(class) => has_keeping_objects(program, class),
        _ => false,
    })
}

/// Called themselves, objects of the class call what they were made with behind a gate.
fn has_keeping_objects(program: &Program, class: ClassRef) -> bool {
    let Some(called) = program.find_method(class, "__call__") else { return false };
    let given = |value: &Value| matches!(value, Value::Member(base, name) if **base == Value::This && is_given(program, class, name));
    let mut gates = Vec::new();
    gated_calls(program, called, &program.function(called).body, &Conditions::default(), &given, &mut gates);
    !gates.is_empty() && gates.iter().all(Option::is_some)
}

/// The constructor puts into the field what it is given.
fn is_given(program: &Program, class: ClassRef, field: &str) -> bool {
    let values = program.field_values(class, field);
    values.iter().any(|(f, value)| match value {
        Value::Var(var) => program.facts(f.file).local(*var).kind == LocalKind::Param,
        _ => false,
    })
}

/// The inner function calls the decorated one behind a gate, or is itself given to what keeps its result.
fn fills(program: &Program, file: u32, inner: FnId, decorated: VarRef) -> bool {
    let f = FnRef { file, id: inner };
    let wanted = |value: &Value| *value == Value::Var(decorated);
    let mut gates = Vec::new();
    gated_calls(program, f, &program.function(f).body, &Conditions::default(), &wanted, &mut gates);
    if !gates.is_empty() && gates.iter().all(Option::is_some) {
        return true;
    }
    let facts = program.facts(file);
    let mut calls = (0u32..).map(crate::facts::CallId).zip(&facts.calls);
    calls.any(|(id, call)| {
        let at = call.args.iter().position(|arg| arg.value == Value::Closure(inner));
        at.is_some_and(|at| gets_or_makes(program, CallRef { file, id }, at))
    })
}

/// `cache.get_or_create(key, make)`, or a function of the project that runs its argument behind a gate.
fn gets_or_makes(program: &Program, call: CallRef, at: usize) -> bool {
    let data = program.call(call);
    let name = super::sites::last_name(&data.callee).trim_start_matches('a');
    let named = name.starts_with("get_or_") || name.starts_with("getOr");
    let callee = program.callee(FnRef { file: call.file, id: data.function }, data);
    let gates = match callee {
        Ty::Fn(callee) => argument_gates(program, callee, at),
        _ => Vec::new(),
    };
    named || !gates.is_empty() && gates.iter().all(Option::is_some)
}
