//! Which package outside the project an object comes from, of which nothing else is known.
//!
//! By what makes it, or by the type that is written for it: `browser` of `const browser = this.browsers.create(url)`.

use crate::catalog::RowKind;
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::{CallKind, TypeRef, Value};
use crate::program::{CallRef, FnRef};
use crate::values::calls::Target;
use crate::values::eval::Ty;

/// The module of that package.
pub fn origin<'a>(project: &Project<'a>, from: FnRef, value: &'a Value) -> Option<String> {
    module_of(project.program.eval(from, value)).or_else(|| of_value(project, from, value, &Trail::default()))
}

fn of_value<'a>(project: &Project<'a>, from: FnRef, value: &'a Value, trail: &Trail) -> Option<String> {
    let program = &project.program;
    let here = trail.step(value)?;
    if program.eval(from, value).is_known() {
        return None;
    }
    match value {
        Value::Call(id) => of_call(project, CallRef { file: from.file, id: *id }, &here),
        Value::Member(base, name) if **base == Value::This => of_field(project, from, name, &here),
        Value::Member(base, _) => of_value(project, from, base, &here),
        Value::Var(var) => {
            let owner = FnRef { file: from.file, id: var.function };
            let mut params = program.function(owner).params.iter();
            match (params.find(|param| param.local == var.local), program.bound(from.file, *var)) {
                (Some(param), _) => of_type(project, owner, param.ty.as_ref()?),
                (None, [only]) => of_value(project, FnRef { file: from.file, id: only.function }, only.value, &here),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A new object of a class, what is asked for by its class, or what a method of such an object gives. A plain function
/// may give back what the project has put there: `useRef(socket)`.
fn of_call(project: &Project, call: CallRef, trail: &Trail) -> Option<String> {
    let program = &project.program;
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let passes_on = |target: &Target| target.rows.iter().any(|row| row.kind == RowKind::Transparent);
    match (&data.callee, data.kind) {
        (class, CallKind::New) => module_of(program.eval(from, class)),
        _ if project.graph.target(call).is_some_and(passes_on) => {
            module_of(program.eval(from, &data.positional(0)?.value))
        }
        (Value::Member(base, _), _) => of_value(project, from, base, trail),
        _ => None,
    }
}

fn of_field(project: &Project, from: FnRef, name: &str, trail: &Trail) -> Option<String> {
    let program = &project.program;
    let class = program.class_around(from)?;
    let field = program.class(class).fields.iter().find(|field| field.name == name)?;
    let within = FnRef { file: class.file, id: program.class(class).function };
    let typed = field.ty.as_ref().and_then(|ty| of_type(project, within, ty));
    typed.or_else(|| of_value(project, within, field.value.as_ref()?, trail))
}

/// A type that is about another one may be a place for what the project has: `RefObject<Socket>`.
fn of_type(project: &Project, from: FnRef, ty: &TypeRef) -> Option<String> {
    module_of(project.program.type_path(from, &ty.name)).filter(|_| ty.args.is_empty())
}

fn module_of(ty: Ty) -> Option<String> {
    match ty {
        Ty::External(external) => Some(external.module.clone()),
        _ => None,
    }
}
