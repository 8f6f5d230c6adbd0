//! What a middleware is given to have the rest of the request done: `await next()`.
//!
//! Rows say which parameter of which functions that is. Knows no library by name.

use rustc_hash::FxHashMap;

use super::model::World;
use crate::catalog::RowKind;
use crate::catalog::schema::Handover;
use crate::facts::{LocalKind, ParamKind, Value, VarRef};
use crate::graph::Graph;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::handover::{chosen, functions_of};

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
    let decorators = program.function(g).decorators.iter().flat_map(|id| rows(CallRef { file: g.file, id: *id }));
    let decorators = decorators.filter(|row| row.kind == RowKind::Decorator);
    let decorated = decorators.map(|row| catalog.decorator(*row).proceeds.clone());
    let name = program.function(g).name.clone().unwrap_or_default();
    let bases = program.class_around(g).into_iter().flat_map(|class| program.rows_above(class));
    let methods = bases.filter(|row| row.methods.contains(&name)).map(|row| row.proceeds.clone());
    let handed = world.rest.0.get(&g).into_iter().flatten().map(|path| path.to_string());
    handed.chain(decorated).chain(methods).filter(|path| !path.is_empty()).collect()
}

/// By function that is handed to a library as a middleware, the parameters that have the rest of the request done.
#[derive(Default)]
pub struct Rest<'a>(FxHashMap<FnRef, Vec<&'a str>>);

impl<'a> Rest<'a> {
    pub fn find(program: &Program<'a>, graph: &Graph) -> Self {
        let mut rest = Self::default();
        for (call, target) in graph.targets.iter() {
            for row in target.rows.iter().filter(|row| row.kind == RowKind::Handover) {
                rest.note(program, call, program.catalog.handover(*row));
            }
        }
        rest
    }

    fn note(&mut self, program: &Program<'a>, call: CallRef, row: &'a Handover) {
        if row.proceeds.is_empty() {
            return;
        }
        let data = program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let mut functions = Vec::new();
        for arg in chosen(data, &row.args) {
            functions_of(program, f, &arg.value, row.records, &mut functions);
        }
        functions.into_iter().for_each(|g| self.0.entry(g).or_default().push(&row.proceeds));
    }
}
