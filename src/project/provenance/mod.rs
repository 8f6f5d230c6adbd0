//! Where a client's settings come from, followed back through the calls of a chain.
//!
//! A client with the end user's own key or address cannot be shared: such a site is left alone. What
//! comes from constants, the environment or settings objects is configuration. Knows no library.

use rustc_hash::FxHashSet;

use super::Project;
use super::conditions::record_key;
use super::contexts::Step;
use super::eval::Ty;
use super::graph::Point;
use super::program::{CallRef, FnRef, Program};
use super::sites::Site;
use crate::catalog::RowKind;
use crate::facts::{Arg, ParamKind, Part, TypeRef, Value, VarRef};

/// Whether the settings of a construction depend on what the entry point of the chain is given.
pub fn from_entry(project: &Project, site: &Site, chain: &[Step]) -> bool {
    let program = &project.program;
    let settings: Vec<&Value> =
        program.call(site.call).args.iter().filter(|arg| is_identity(arg)).map(|arg| &arg.value).collect();
    let mut wanted = inputs(program, site.function, &settings);
    let mut callee = site.function;
    for at in (0..chain.len()).rev() {
        if wanted.is_empty() {
            return false;
        }
        if chain[at].root {
            let given = wanted.iter().any(|(param, _)| !is_injected(project, callee, *param));
            return given && matches!(chain[at].point, Point::Fn(f) if f == callee);
        }
        let (Some(call), Point::Fn(_) | Point::Alloc(_)) = (chain[at].call, chain[at].point) else { continue };
        let caller = FnRef { file: call.file, id: program.call(call).function };
        let passed: Vec<&Value> = wanted.iter().filter_map(|input| passed(program, call, callee, input)).collect();
        wanted = inputs(program, caller, &passed);
        callee = caller;
    }
    false
}

/// The framework puts in what the application set up, not what the caller sent: `State<AppState>`,
/// `Depends(get_settings)` of a provider that is given nothing itself.
fn is_injected(project: &Project, f: FnRef, param: usize) -> bool {
    let program = &project.program;
    let Some(param) = program.function(f).params.get(param) else { return false };
    let state = |ty: &TypeRef| matches!(ty.name.rsplit('.').next(), Some("State" | "Data"));
    let default = param.default.iter().filter_map(|value| match value {
        Value::Call(id) => Some(*id),
        _ => None,
    });
    let mut calls = param.decorators.iter().copied().chain(default).map(|id| CallRef { file: f.file, id });
    param.ty.as_ref().is_some_and(state) || calls.any(|call| provides_settings(project, call))
}

/// `Depends(f)` where `f` takes nothing.
fn provides_settings(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let handed = project.graph.target(call).is_some_and(|t| t.rows.iter().any(|row| row.kind == RowKind::Handover));
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let provider = data.positional(0).map(|arg| program.eval(from, &arg.value));
    handed && matches!(provider, Some(Ty::Fn(g)) if program.function(g).params.is_empty())
}

/// A parameter, or one member of it.
pub type Input = (usize, Option<String>);

/// Arguments that say whose client it is and where it goes: keys, tokens, addresses. Positional ones
/// count; options like time-outs do not.
fn is_identity(arg: &Arg) -> bool {
    const WORDS: &[&str] = &[
        "key",
        "secret",
        "token",
        "credential",
        "password",
        "auth",
        "url",
        "uri",
        "host",
        "endpoint",
        "account",
        "user",
        "transport",
        "connector",
        "resolver",
        "base",
        "address",
        "dsn",
        "database",
    ];
    let name = arg.name.as_deref().unwrap_or("key").to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// What a call passes for a parameter of the callee, or for one member of it.
pub fn passed<'a>(program: &Program<'a>, call: CallRef, callee: FnRef, (param, member): &Input) -> Option<&'a Value> {
    let function = program.function(callee);
    let data = program.call(call);
    let receivers = function.params.iter().filter(|p| p.kind == ParamKind::Receiver).count();
    let named = data.named(&function.params.get(*param)?.name);
    let value = &named.or_else(|| data.positional(param.saturating_sub(receivers)))?.value;
    match member {
        Some(key) if matches!(value, Value::Record { .. }) => record_key(value, key),
        _ => Some(value),
    }
}

/// The inputs of a function that values in it depend on, through its locals.
fn inputs(program: &Program, f: FnRef, values: &[&Value]) -> Vec<Input> {
    let mut seen: FxHashSet<VarRef> = FxHashSet::default();
    let mut found = Vec::new();
    let mut queue = Vec::new();
    values.iter().for_each(|value| parts(program, f, value, &mut found, &mut queue));
    while let Some(var) = queue.pop() {
        if !seen.insert(var) || seen.len() > 64 {
            continue;
        }
        found.extend(parameter(program, f, var).map(|param| (param, None)));
        for bound in program.bound(f.file, var) {
            parts(program, f, bound.value, &mut found, &mut queue);
        }
    }
    found.sort();
    found.dedup();
    found
}

fn parameter(program: &Program, f: FnRef, var: VarRef) -> Option<usize> {
    let params = &program.function(f).params;
    let own = var.function == f.id;
    params.iter().position(|p| own && p.local == var.local && p.kind != ParamKind::Receiver)
}

/// Members of parameters go to `found`, other variables to `queue`.
fn parts(program: &Program, f: FnRef, value: &Value, found: &mut Vec<Input>, queue: &mut Vec<VarRef>) {
    match value {
        Value::Member(base, key) => match &**base {
            Value::Var(var) => match parameter(program, f, *var) {
                Some(param) => found.push((param, Some(key.clone()))),
                None => queue.push(*var),
            },
            other => parts(program, f, other, found, queue),
        },
        Value::Var(var) => queue.push(*var),
        Value::Index(base, _) | Value::Element(base) => parts(program, f, base, found, queue),
        Value::Choice(all) | Value::List(all) => all.iter().for_each(|v| parts(program, f, v, found, queue)),
        Value::Template(all) => all.iter().for_each(|part| match part {
            Part::Value(v) => parts(program, f, v, found, queue),
            Part::Text(_) => {}
        }),
        Value::Record { entries, .. } => entries.iter().for_each(|entry| parts(program, f, &entry.value, found, queue)),
        Value::Call(id) => {
            let call = program.facts(f.file).call(*id);
            call.args.iter().for_each(|arg| parts(program, f, &arg.value, found, queue));
            if let Value::Member(base, _) = &call.callee {
                parts(program, f, base, found, queue);
            }
        }
        _ => {}
    }
}
