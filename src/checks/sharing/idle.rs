//! Functions that nothing in the project runs or names: a release in one of them releases nothing.
//!
//! Silence about all that somebody outside may call: hooks with decorators (those of the language aside), methods of classes that are derived
//! from something or implement it. Knows no library.

use crate::catalog::{Row, RowKind};
use crate::checks::Project;
use crate::facts::{CallId, Class, FileFacts, FnKind, LocalKind, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::ownership::release::{is_coroutine, is_unstarted};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::flow::mentions;
use crate::values::sites::is_product;

/// The named function around a call is one that nobody runs.
pub fn is_idle(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let Some(f) = named_around(program, FnRef { file: call.file, id: program.call(call).function }) else {
        return false;
    };
    let runs = project.contexts.of(Point::Fn(f)).iter().any(|context| context.trigger != Trigger::Test);
    let started = project.graph.roots.iter().any(|root| root.to == Point::Fn(f));
    (!runs || is_lazy(program, f) && !started) && is_own(program, f) && !is_named(program, f)
}

/// What calls it and does not await what it gives runs nothing of it.
fn is_lazy(program: &Program, f: FnRef) -> bool {
    program.semantics(f.file).lazy && is_coroutine(program, f)
}

fn named_around(program: &Program, mut f: FnRef) -> Option<FnRef> {
    loop {
        let function = program.function(f);
        match function.kind {
            FnKind::Function | FnKind::Method => return Some(f),
            FnKind::Closure | FnKind::Block => f.id = function.parent?,
            FnKind::TopLevel | FnKind::Constructor | FnKind::Getter | FnKind::Macro => return None,
        }
    }
}

/// Only the project's own code can know of it.
fn is_own(program: &Program, f: FnRef) -> bool {
    let facts = program.facts(f.file);
    // `@asynccontextmanager` gives the function back in another form, and tells nobody of it.
    let wraps = |row: &Row| row.kind == RowKind::Make && program.catalog.make(*row).gives.starts_with("wraps:");
    let same = |id: &CallId| match program.eval(f, &facts.call(*id).callee) {
        Ty::External(external) => program.external_rows(&external).iter().any(wraps),
        _ => false,
    };
    let built_in = |id: &CallId| matches!(facts.call(*id).callee, Value::Global(_)) || same(id);
    let plain = |class: &Class| class.bases.is_empty() && class.implements.is_empty() && class.decorators.is_empty();
    let class = program.class_around(f).map(|class| program.class(class));
    program.function(f).decorators.iter().all(built_in) && class.is_none_or(plain)
}

/// Some product code calls something of that name, or hands it on.
fn is_named(program: &Program, f: FnRef) -> bool {
    let Some(name) = program.function(f).name.as_deref() else { return true };
    let own = |call: &CallRef| call.file == f.file && within(program, f, *call);
    let mut calls = program
        .calls()
        .filter(|call| is_product(program, FnRef { file: call.file, id: program.call(*call).function }) && !own(call));
    calls.any(|call| {
        let data = program.call(call);
        let call = &call;
        let mut is_it = |value: &Value| called(program.facts(call.file), value) == Some(name);
        let mut names = |value: &Value| mentions(program, call.file, value, &mut is_it);
        let dropped = || is_unstarted(program, *call, || is_coroutine(program, f));
        names(&data.callee) && !is_of_another(program, *call, f) && !dropped()
            || data.args.iter().any(|arg| names(&arg.value))
    })
}

/// The call is known to run something else of that name: a library's method, or another function of the project.
fn is_of_another(program: &Program, call: CallRef, f: FnRef) -> bool {
    let target = program.target(call);
    let functions = if target.by_name { &[][..] } else { target.functions.as_slice() };
    target.receiver.is_some() && functions.is_empty() || !functions.is_empty() && !functions.contains(&f)
}

fn within(program: &Program, f: FnRef, call: CallRef) -> bool {
    crate::ownership::release::inside(program, f, program.call(call).function)
}

/// The last name under which a value is met.
fn called<'v>(facts: &'v FileFacts, value: &'v Value) -> Option<&'v str> {
    match value {
        Value::Member(_, name) | Value::Global(name) => Some(name),
        Value::Var(var) => match facts.local(*var).kind {
            LocalKind::Import(import) => Some(&facts.import(import).name),
            _ => Some(&facts.local(*var).name),
        },
        Value::Closure(id) => facts.function(*id).name.as_deref(),
        _ => None,
    }
}
