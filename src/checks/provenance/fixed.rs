//! Whether what a chain gives a construction is known to be the same each time.
//!
//! Texts, names of modules and variables of the environment are; of anything that nobody knows, nothing is
//! said. Knows no library.

use super::inputs::{Reading, inputs};
use super::{identity, passed, says_whose};
use crate::checks::Project;
use crate::contexts::Step;
use crate::facts::trail::Trail;
use crate::facts::{Call, FnId, Part, Value, VarRef};
use crate::graph::Point;
use crate::program::FnRef;
use crate::values::Program;
use crate::values::sites::Site;

/// All that decides whose the client is comes down the chain from where it is written.
pub fn is_fixed(project: &Project, site: &Site, chain: &[Step]) -> bool {
    let program = &project.program;
    let (mut f, mut values) = (site.function, identity(project, site));
    for step in chain.iter().rev().filter(|step| !matches!(step.point, Point::Site(_))) {
        if let Point::Fn(at) = step.point {
            f = at;
        }
        let found = inputs(program, f, &values, Reading::Whole);
        let foreign = found.row || !found.fields.is_empty() || !found.objects.is_empty();
        if foreign || found.params.iter().any(|param| param.of != f) {
            return false;
        }
        if found.params.is_empty() {
            return !values.is_empty() && values.iter().all(|value| is_known(program, f, value, &Trail::default()));
        }
        let Some(call) = step.call.filter(|_| !step.root) else { continue };
        values = found.params.iter().filter_map(|param| passed(program, call, param)).collect();
        f = FnRef { file: call.file, id: program.call(call).function };
    }
    false
}

/// It is written down, or read from the program's settings.
fn is_known<'a>(program: &Program<'a>, f: FnRef, value: &'a Value, trail: &Trail) -> bool {
    let Some(here) = trail.step(value) else { return false };
    let known = |value: &'a Value| is_known(program, f, value, &here);
    match value {
        Value::Literal(_) | Value::Global(_) | Value::Module(_) => true,
        // A name of the module: what it stands for lives as long as the process.
        Value::Var(var) => var.function == FnId::TOP || is_bound(program, f, *var, &known),
        Value::Member(base, _) | Value::Index(base, _) => known(base),
        Value::Choice(all, _) | Value::List(all) => !all.is_empty() && all.iter().all(known),
        Value::Binary(_, left, right) => known(left) && known(right),
        Value::Template(parts) => parts.iter().all(|part| match part {
            Part::Value(value) => known(value),
            Part::Text(_) => true,
        }),
        Value::Record { entries, spreads, .. } => {
            let mut telling =
                entries.iter().filter(|entry| says_whose(&entry.key)).map(|entry| &entry.value).peekable();
            (telling.peek().is_some() || !spreads.is_empty()) && telling.chain(spreads).all(known)
        }
        Value::Call(id) => reads_environment(program.facts(f.file).call(*id)),
        _ => false,
    }
}

fn is_bound<'a>(program: &Program<'a>, f: FnRef, var: VarRef, known: &dyn Fn(&'a Value) -> bool) -> bool {
    let bound = program.bound(f.file, var);
    !bound.is_empty() && bound.iter().all(|bound| known(bound.value))
}

/// `os.getenv("KEY")`, `config.get("KEY")`: of something that is nobody's own.
fn reads_environment(call: &Call) -> bool {
    let outside = matches!(call.callee.root(), Value::Global(_) | Value::Module(_));
    outside && !call.args.is_empty() && call.args.iter().all(|arg| matches!(arg.value, Value::Literal(_)))
}
