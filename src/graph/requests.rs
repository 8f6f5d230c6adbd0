//! Calls that ask a server over HTTP. Knows no library by name.

use super::Graph;
use crate::catalog::TypeId;
use crate::catalog::schema::Kind;
use crate::catalog::words::release::REQUEST_VERBS;
use crate::facts::Value;
use crate::facts::trail::{Step, Visited};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::sites::last_name;

/// The call itself is a request: `fetch`, a function of the catalogue that makes one, or a verb on an HTTP client, at any
/// link of its chain.
pub fn is_request(program: &Program, graph: &Graph, call: CallRef) -> bool {
    let data = program.call(call);
    if matches!(&data.callee, Value::Global(name) if name == "fetch") {
        return true;
    }
    let Some(target) = graph.target(call) else { return false };
    let service = |ty: TypeId| program.catalog.ty(ty).row.service == "http";
    let one_shot = target.gives.is_some_and(|given| given.how == How::OneShot && service(given.ty));
    one_shot || REQUEST_VERBS.contains(&last_name(&data.callee)) && on_http(program, graph, call)
}

/// The call is a request, or runs a function of the project that makes one.
pub fn asks(program: &Program, graph: &Graph, call: CallRef) -> bool {
    let (mut open, seen) = (vec![call], Visited::default());
    while let Some(call) = open.pop() {
        if is_request(program, graph, call) {
            return true;
        }
        let target = graph.target(call).filter(|target| !target.by_name);
        for f in target.iter().flat_map(|target| &target.functions) {
            if seen.enter(Step::Function(f.file, f.id)) {
                open.extend(program.ids_within(*f).into_iter().map(|id| CallRef { file: f.file, id }));
            }
        }
    }
    false
}

fn on_http(program: &Program, graph: &Graph, call: CallRef) -> bool {
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let receiver = || graph.target(call).and_then(|target| target.receiver);
    let chained =
        |base: &Value| matches!(base, Value::Call(id) if on_http(program, graph, CallRef { file: call.file, id: *id }));
    match &data.callee {
        Value::Member(base, _) if is_answer(program, graph, f, base) => false,
        Value::Member(base, _) if chained(base) => true,
        _ => receiver().is_some_and(|ty| is_of_service(program, ty)),
    }
}

/// What a function gives that asks by itself is the answer, and no client that would ask again.
pub fn is_answer<'a>(program: &Program<'a>, graph: &Graph, f: FnRef, value: &'a Value) -> bool {
    let Value::Call(id) = program.deref(f, value) else { return false };
    let given = graph.target(CallRef { file: f.file, id: *id }).and_then(|target| target.gives);
    given.is_some_and(|given| given.how == How::OneShot)
}

/// An HTTP client, or what speaks to a service over one.
pub fn is_of_service(program: &Program, ty: TypeId) -> bool {
    speaks_http(program, ty) || program.catalog.ty(ty).row.kind == Kind::HttpClient
}

pub fn speaks_http(program: &Program, ty: TypeId) -> bool {
    let row = &program.catalog.ty(ty).row;
    matches!(row.kind, Kind::HttpClient | Kind::Wrapper) && row.service == "http"
}
