//! What a middleware puts where the rest of the request finds it: `data["user"] = user`.
//!
//! An object that a session gave goes on working over it, so that the session has to last as long. Knows no library by
//! name.

use rustc_hash::FxHashSet;

use super::model::World;
use crate::facts::walk::binds;
use crate::facts::{CallId, Value, VarRef};
use crate::program::FnRef;

/// The function places something that one of the variables gave, or what was given one of them.
pub fn is_passed_on(world: &World, f: FnRef, vars: &FxHashSet<VarRef>) -> bool {
    let is = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let given = |value| matches!(world.program.deref(f, value), Value::Call(id) if comes_from(world, f, *id, &is));
    binds(&world.program.function(f).body).any(|bind| !matches!(bind.target, Value::Var(_)) && given(bind.value))
}

/// A call on it, with it, or on what such a call gave: `(await session.execute(query)).scalar()`.
fn comes_from(world: &World, f: FnRef, id: CallId, is: &dyn Fn(&Value) -> bool) -> bool {
    let call = world.program.facts(f.file).call(id);
    let on_given = || match &call.callee {
        Value::Member(base, _) => {
            matches!(world.program.deref(f, base), Value::Call(inner) if comes_from(world, f, *inner, is))
        }
        _ => false,
    };
    is(&call.callee) || call.args.iter().any(|arg| is(&arg.value)) || on_given()
}
