//! Connections that know who the user is: by what they are made with, or by what they are sent.

use rustc_hash::FxHashSet;

use super::ways::erased;
use crate::catalog::lookup_words::words;
use crate::catalog::schema::{Kind, Role};
use crate::catalog::words::checks::{SERIALISING, TICKETS, USER_KEYS};
use crate::catalog::{RowKind, TypeId};
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::{Arg, BinaryOp, Part, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Given;
use crate::values::eval::Ty;
use crate::values::passing::passed;
use crate::values::sites::{is_product, is_super, last_name};

/// Calls that connect a user, with the client's type; clients before what they give out.
pub fn opened(project: &Project) -> Vec<(CallRef, TypeId)> {
    let program = &project.program;
    let told = told_users(project);
    let mut found: Vec<(CallRef, TypeId)> =
        program.calls().filter_map(|call| connected(project, &told, call)).collect();
    found.sort_by_key(|(call, ty)| (program.catalog.ty(*ty).row.kind != Kind::Realtime, *call));
    found
}

/// Clients that are sent who the user is, or whose builder is told.
fn told_users<'a>(project: &Project<'a>) -> FxHashSet<TypeId> {
    let program = &project.program;
    let kept = erased(program);
    let told = |call: CallRef| {
        let target = project.graph.target(call)?;
        let ty = target.receiver.filter(|ty| program.catalog.ty(*ty).row.kind == Kind::Realtime)?;
        let from = FnRef { file: call.file, id: program.call(call).function };
        let user = |arg: &'a Arg| {
            let said = said(program, from, &arg.value);
            is_user(program, from, said) || names_own_user(said, &kept)
        };
        let listens = target.rows.iter().any(|row| row.kind == RowKind::Opener);
        (!listens && program.call(call).args.iter().any(user)).then_some(ty)
    };
    let built = |call: CallRef| {
        let ty = project.graph.target(call)?.receiver.map(|ty| program.catalog.ty(ty))?;
        let builds = ty.row.kind == Kind::Builder && names_user(project, call);
        let makes = ty.row.methods.iter().find(|method| builds && method.role == Role::Make)?;
        program.catalog.type_named(ty.package, &makes.gives)
    };
    program.calls().filter_map(|call| told(call).or_else(|| built(call))).collect()
}

/// What a message says, whatever form it has on its way: `JSON.stringify({ token })`.
fn said<'a>(program: &Program<'a>, from: FnRef, value: &'a Value) -> &'a Value {
    let Value::Call(id) = value else { return value };
    let data = program.facts(from.file).call(*id);
    let written = data.positional(0).filter(|_| SERIALISING.contains(&last_name(&data.callee)));
    written.map_or(value, |arg| program.deref(from, &arg.value))
}

/// `{ userId }`, `{ token }`, and what the project itself keeps of who is signed in; a whole `user` in a record may be
/// anybody.
fn names_own_user(value: &Value, kept: &FxHashSet<String>) -> bool {
    let named = |key: &str| {
        let words = words(key);
        is_ticket(key)
            || kept.contains(key) && words != ["user"]
            || words.len() > 1 && words.iter().any(|word| word == "user")
    };
    matches!(value, Value::Record { entries, .. } if entries.iter().any(|entry| named(&entry.key)))
}

/// What a server knows a user by.
fn is_ticket(name: &str) -> bool {
    words(name).iter().any(|word| TICKETS.contains(&word.as_str()))
}

/// `user`, `userId`, `user.id`; no function that is called something of the kind.
fn is_user<'a>(program: &Program<'a>, from: FnRef, value: &'a Value) -> bool {
    let named = |name: &str| is_ticket(name) || words(name).iter().any(|word| word == "user");
    let about = match value {
        Value::Call(id) => {
            return program.facts(from.file).call(*id).callee_name(program.facts(from.file)).is_some_and(is_ticket);
        }
        Value::Var(var) => named(&program.facts(from.file).local(*var).name),
        Value::Member(base, name) => named(name) || is_user(program, from, base),
        _ => false,
    };
    about && !matches!(program.eval(from, value), Ty::Fn(_))
}

fn connected(project: &Project, told: &FxHashSet<TypeId>, call: CallRef) -> Option<(CallRef, TypeId)> {
    let program = &project.program;
    let target = project.graph.target(call)?;
    let opens =
        |row: &crate::catalog::Row| row.kind == RowKind::Opener && program.catalog.opener(*row).kind == Kind::Realtime;
    let f = FnRef { file: call.file, id: program.call(call).function };
    let realtime = |given: &Given| program.catalog.ty(given.ty).row.kind == Kind::Realtime;
    let extends = is_super(program.call(call)) && target.gives.as_ref().is_some_and(realtime);
    if !extends && !target.rows.iter().any(opens) || !is_product(program, f) {
        return None;
    }
    let knows = |given: &Given| names_user(project, call) || told.contains(&given.ty);
    let built = || target.gives.filter(knows).map(|given| given.ty);
    target.receiver.or_else(built).map(|ty| (call, ty))
}

/// The construction is given a user or what tells who that is.
fn names_user(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let from = FnRef { file: call.file, id: program.call(call).function };
    program.call(call).args.iter().any(|arg| tells_user(project, from, &arg.value, &Trail::default()))
}

/// What the variable is filled with, and what callers give for it, with the functions in which that makes sense.
fn fillings<'a>(project: &Project<'a>, file: u32, var: VarRef) -> Vec<(FnRef, &'a Value)> {
    let program = &project.program;
    let bound = program.bound(file, var).iter().map(|bound| (FnRef { file, id: bound.function }, bound.value));
    let mut found: Vec<_> = bound.collect();
    let f = FnRef { file, id: var.function };
    let params = &program.function(f).params;
    if let Some(at) = params.iter().position(|param| param.local == var.local) {
        let given = |call: &CallRef| {
            let from = FnRef { file: call.file, id: program.call(*call).function };
            Some((from, passed(program, *call, f, at)?))
        };
        found.extend(project.graph.targets.callers(f).iter().filter_map(given));
    }
    found
}

/// A key of options, or a part of an address, by whatever variables and parameters that comes.
fn tells_user<'a>(project: &Project<'a>, from: FnRef, value: &'a Value, trail: &Trail) -> bool {
    let program = &project.program;
    let Some(here) = trail.step(value) else { return false };
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        let begins = USER_KEYS.iter().any(|word| name.starts_with(word));
        begins || name.ends_with("token")
    };
    let key = |name: &str| named(name) || is_ticket(name);
    // `?token=…`: what comes next in the address is the user's.
    let asks = |text: &str| text.rsplit(['?', '&']).next().and_then(|rest| rest.strip_suffix('=')).is_some_and(named);
    let part = |part: &'a Part| match part {
        Part::Value(value) => program.value_name(from.file, value).is_some_and(|name| named(&name)),
        Part::Text(text) => asks(text),
    };
    let side = |side: &'a Value| match side {
        Value::Literal(_) => side.as_str().is_some_and(asks),
        Value::Binary(..) | Value::Template(_) => tells_user(project, from, side, &here),
        other => program.value_name(from.file, other).is_some_and(|name| named(&name)),
    };
    match program.deref(from, value) {
        Value::Binary(BinaryOp::Add, left, right) => side(left) || side(right),
        Value::Record { entries, .. } => {
            entries.iter().any(|entry| key(&entry.key) || tells_user(project, from, &entry.value, &here))
        }
        Value::Template(parts) => parts.iter().any(part),
        // Subprotocols: `["bearer", token]`.
        Value::List(items) => items.iter().any(|item| side(item) || is_user(program, from, item)),
        Value::Choice(values, _) => values.iter().any(|value| tells_user(project, from, value, &here)),
        // Asked again whenever the client needs it: `headersProvider: () => ({ Authorization: … })`.
        Value::Closure(id) => {
            let f = FnRef { file: from.file, id: *id };
            program.given_by(f).into_iter().any(|value| tells_user(project, f, value, &here))
        }
        Value::Var(var) => {
            fillings(project, from.file, *var).into_iter().any(|(from, value)| tells_user(project, from, value, &here))
        }
        _ => false,
    }
}
