//! What a middleware is given to have the rest of the request done: `await next()`.
//!
//! Rows say which parameter of which functions that is. Knows no library by name.

use super::model::World;
use crate::catalog::RowKind;
use crate::facts::{LocalKind, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};

/// The call runs what comes behind the middleware that it stands in, and gives the end of that.
pub fn is_rest_of_request(world: &World, call: CallRef) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    let (var, key) = match world.program.deref(f, &world.program.call(call).callee) {
        Value::Var(var) => (*var, None),
        Value::Member(base, key) => match **base {
            Value::Var(var) => (var, Some(key.as_str())),
            _ => return false,
        },
        _ => return false,
    };
    let local = world.program.facts(call.file).local(var);
    local.kind == LocalKind::Param && is_named(world, FnRef { file: call.file, id: var.function }, var, key)
}

fn is_named(world: &World, g: FnRef, var: VarRef, key: Option<&str>) -> bool {
    let mut params = world.program.function(g).params.iter().filter(|param| param.kind != ParamKind::Receiver);
    let Some(at) = params.position(|param| param.local == var.local) else { return false };
    let path = key.map_or_else(|| at.to_string(), |key| format!("{at}.{key}"));
    rows_of(world, g).contains(&path)
}

/// What rows say of the parameters of a function that is handed over, decorated, or a method of a class.
fn rows_of(world: &World, g: FnRef) -> Vec<String> {
    let (program, catalog) = (world.program, world.program.catalog);
    let rows = |call: CallRef| world.graph.target(call).map_or(&[][..], |target| &target.rows);
    let handed = program.handed_to(g).into_iter().flat_map(rows).filter(|row| row.kind == RowKind::Handover);
    let handed = handed.map(|row| catalog.handover(*row).proceeds.clone());
    let decorators = program.function(g).decorators.iter().flat_map(|id| rows(CallRef { file: g.file, id: *id }));
    let decorators = decorators.filter(|row| row.kind == RowKind::Decorator);
    let decorated = decorators.map(|row| catalog.decorator(*row).proceeds.clone());
    let name = program.function(g).name.clone().unwrap_or_default();
    let bases = program.class_around(g).into_iter().flat_map(|class| program.rows_above(class));
    let methods = bases.filter(|row| row.methods.contains(&name)).map(|row| row.proceeds.clone());
    handed.chain(decorated).chain(methods).filter(|path| !path.is_empty()).collect()
}
