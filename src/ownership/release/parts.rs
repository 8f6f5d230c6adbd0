//! Things that end with what they are taken from: a page of a browser.
//!
//! Says when the whole lives on, so that the part must be released by itself. Knows no library by name.

use super::listens::failing;
use crate::catalog::TypeId;
use crate::facts::{Call, FnId, Value};
use crate::program::FnRef;
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::eval::Ty;

/// The call takes a part out of something that need not outlive the function.
pub fn ends_with_its_whole<'a>(program: &Program<'a>, data: &'a Call, file: u32, target: &Target) -> bool {
    let Some(ty) = target.receiver else { return false };
    let f = FnRef { file, id: data.function };
    let Ty::Method(_, path) = program.callee(f, data) else { return false };
    let part = program.catalog.method(ty, &path).is_some_and(|method| method.part);
    part && (!is_of_module(whole(data, &path)) || ends(program, f, ty))
}

/// What the path of members is read from.
fn whole<'v>(data: &'v Call, path: &str) -> &'v Value {
    path.split('.').fold(&data.callee, |value, _| match value {
        Value::Member(base, _) => base,
        other => other,
    })
}

/// A variable of a module lives as long as the process.
fn is_of_module(whole: &Value) -> bool {
    matches!(whole, Value::Var(var) if var.function == FnId::TOP)
}

/// The function, or one that it calls, releases something of the type, or that may be, and not only when that fails.
fn ends<'a>(program: &Program<'a>, f: FnRef, ty: TypeId) -> bool {
    let releases = |from: FnRef| {
        let mut calls = program.calls_within(from);
        calls.any(|call| is_release(program, from, call, ty) && !is_on_failure(program, from, call.function))
    };
    let runs = |call: &'a Call| match program.eval(f, &call.callee) {
        Ty::Fn(g) => g != f && releases(g),
        _ => false,
    };
    releases(f) || program.calls_within(f).any(runs)
}

/// The function stands in one within the other that waits for failures.
fn is_on_failure(program: &Program, outer: FnRef, inner: FnId) -> bool {
    let mut at = Some(inner);
    while let Some(id) = at.filter(|id| *id != outer.id) {
        let g = FnRef { file: outer.file, id };
        if failing(program, g).is_some() {
            return true;
        }
        at = program.function(g).parent;
    }
    false
}

fn is_release<'a>(program: &Program<'a>, f: FnRef, call: &'a Call, ty: TypeId) -> bool {
    let release = &program.catalog.ty(ty).row.release;
    match &call.callee {
        Value::Member(base, name) if release.contains(name) => {
            !matches!(program.eval(f, base), Ty::Concept(other) if other != ty)
        }
        _ => false,
    }
}
