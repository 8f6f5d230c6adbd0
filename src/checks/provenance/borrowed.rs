//! Whether a client is made with credentials that somebody lends it for a while.
//!
//! A client that lives as long as the process would outlive them. Knows no library by name: the catalogue says
//! which settings come with such credentials only.

use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::{Arg, Call, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::follow::{At, behind, key, made};
use crate::values::passing;
use crate::values::sites::Site;

/// One of the settings is a part of what a call gave, no constant and no variable of the environment.
pub fn is_borrowed(project: &Project, site: &Site) -> bool {
    let catalog = &project.program.catalog;
    let package = catalog.package(catalog.ty(site.ty).package);
    let told = |path: &String| {
        settings(project, site, path).into_iter().any(|at| is_lent(project, at, false, &Trail::default()))
    };
    package.borrowed.iter().any(told)
}

/// What the construction, or the session that it is a method of, is told under a name or the path of a key.
fn settings<'a>(project: &Project<'a>, site: &Site, path: &str) -> Vec<At<'a>> {
    let (program, f) = (&project.program, site.function);
    let data = program.call(site.call);
    let sessions = match &data.callee {
        Value::Member(base, _) => makers(program, At { f, value: base }),
        _ => Vec::new(),
    };
    let under = |(f, arg): (FnRef, &'a Arg)| match &arg.name {
        Some(name) if name == path => vec![At { f, value: &arg.value }],
        Some(_) => Vec::new(),
        None => path.split('.').fold(vec![At { f, value: &arg.value }], |found, part| {
            found.into_iter().flat_map(|record| key(program, record, part)).collect()
        }),
    };
    let own = data.args.iter().map(|arg| (f, arg));
    let told = sessions.iter().flat_map(|(f, call)| call.args.iter().map(|arg| (*f, arg)));
    own.chain(told).flat_map(under).collect()
}

/// The calls that made a value, also where functions of the project gave it or fields keep it.
fn makers<'a>(program: &Program<'a>, at: At<'a>) -> Vec<(FnRef, &'a Call)> {
    let (mut found, mut seen, mut open) = (Vec::new(), Vec::new(), vec![at]);
    while let Some(at) = open.pop() {
        if seen.iter().any(|known| std::ptr::eq(*known, at.value)) {
            continue;
        }
        seen.push(at.value);
        let inner = if matches!(at.value, Value::Call(_)) { made(program, at) } else { behind(program, at) };
        match at.value {
            Value::Call(id) if inner.is_empty() => found.push((at.f, program.facts(at.f.file).call(*id))),
            _ => open.extend(inner),
        }
    }
    found
}

/// `part`: what is asked for is a part of the value.
fn is_lent<'a>(project: &Project<'a>, at: At<'a>, part: bool, trail: &Trail) -> bool {
    let Some(here) = trail.step(at.value) else { return false };
    let next = |at: At<'a>, part: bool| is_lent(project, at, part, &here);
    let found = match at.value {
        Value::Choice(values, _) => return values.iter().any(|value| next(At { value, ..at }, part)),
        Value::Call(_) => made(&project.program, at),
        Value::Var(var) => [behind(&project.program, at), given(project, at.f, *var)].concat(),
        _ => behind(&project.program, at),
    };
    if !found.is_empty() {
        return found.into_iter().any(|at| next(at, part));
    }
    match at.value {
        Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => next(At { value: base, ..at }, true),
        Value::Call(_) => part,
        _ => false,
    }
}

/// What the calls of a function give for its parameter.
fn given<'a>(project: &Project<'a>, f: FnRef, var: VarRef) -> Vec<At<'a>> {
    let program = &project.program;
    let owner = FnRef { id: var.function, ..f };
    let from = |call: &CallRef| FnRef { file: call.file, id: program.call(*call).function };
    let passed = |call: &CallRef| Some(At { f: from(call), value: passing::passed_for(program, *call, owner, var)? });
    project.graph.targets.callers(owner).iter().filter_map(passed).collect()
}
