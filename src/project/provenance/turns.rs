//! Whether what a construction is given differs from turn to turn of the loop that repeats it.
//!
//! Followed through the functions that stand between the loop and the construction. Knows no library.

use rustc_hash::FxHashSet;

use super::inputs::{Param, Reading, inputs};
use super::passed;
use crate::facts::{FnId, Value, VarRef};
use crate::project::Project;
use crate::project::contexts::Context;
use crate::project::flow::{Flow, mentions};
use crate::project::graph::Point;
use crate::project::program::{CallRef, FnRef, Program};
use crate::project::sites::Site;

/// The settings depend on the loop's variable, or on something of which nobody knows that it stays the same.
pub fn varies(project: &Project, site: &Site, context: &Context) -> bool {
    let told = told(project, site);
    if goes_through(project, site.call.file, &told) {
        return true;
    }
    let given = || inputs(&project.program, site.function, &told, Reading::Whole).own(site.function).next().is_some();
    let asks = Flow::of(&project.program, site.call).settings_depend_on_parameter() || given();
    asks && !is_settled(project, site, &told, context)
}

/// The arguments of the construction, and what it is a method of.
fn told<'a>(project: &Project<'a>, site: &Site) -> Vec<&'a Value> {
    let call = project.program.call(site.call);
    let receiver = match &call.callee {
        Value::Member(base, _) => Some(&**base),
        _ => None,
    };
    call.args.iter().map(|arg| &arg.value).chain(receiver).collect()
}

/// A function between the loop and the construction gives it something that depends on nothing else.
fn is_settled<'a>(project: &Project<'a>, site: &Site, told: &[&'a Value], context: &Context) -> bool {
    let (program, contexts) = (&project.program, &project.contexts);
    let (mut f, mut values, mut context) = (site.function, told.to_vec(), context);
    while let Some((Point::Fn(around), at)) = context.parent.filter(|(point, _)| *point == Point::Fn(f)) {
        context = &contexts.of(Point::Fn(around))[at];
        let found = inputs(program, f, &values, Reading::Whole);
        if found.row || !found.fields.is_empty() || found.params.iter().any(|param| param.of != f) {
            return false;
        }
        if found.params.is_empty() {
            return true;
        }
        let (true, Some(call)) = (context.many, context.call) else { return false };
        let Some(handed) = handed(project, call, &found.params) else { return false };
        f = FnRef { file: call.file, id: program.call(call).function };
        values = handed;
        let Some(up) = context.parent else { return false };
        if goes_through(project, f.file, &values) || !contexts.of(up.0)[up.1].many {
            return !values.iter().any(|value| is_local(project, f, value));
        }
    }
    false
}

/// What the call gives for each of the parameters; nothing where one is left to its default.
fn handed<'a>(project: &Project<'a>, call: CallRef, params: &[Param]) -> Option<Vec<&'a Value>> {
    params.iter().map(|param| passed(&project.program, call, param)).collect()
}

/// One of the values is, or is made of, an element of what a loop goes through.
fn goes_through(project: &Project, file: u32, values: &[&Value]) -> bool {
    let mut seen = FxHashSet::default();
    values.iter().any(|value| is_of_element(&project.program, file, value, &mut seen))
}

/// A variable that is set again and again may have its element from another loop.
fn is_of_element(program: &Program, file: u32, value: &Value, seen: &mut FxHashSet<VarRef>) -> bool {
    mentions(program, file, value, 0, &mut |v| match v {
        Value::Var(var) if seen.insert(*var) => match program.bound(file, *var) {
            [only] => matches!(only.value, Value::Element(_)) || is_of_element(program, file, only.value, seen),
            several => several.iter().any(|bound| matches!(bound.value, Value::Element(_))),
        },
        _ => false,
    })
}

/// It is made of something that belongs to the function where the loop stands.
fn is_local(project: &Project, f: FnRef, value: &Value) -> bool {
    let own = |v: &Value| match v {
        Value::This => true,
        Value::Var(var) => f.id == FnId::TOP || var.function != FnId::TOP,
        _ => false,
    };
    mentions(&project.program, f.file, value, 0, &mut |v| own(v))
}
