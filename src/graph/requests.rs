//! Calls that ask a server, or let time pass. Knows no library by name.

use super::Graph;
use super::daemons::is_wait;
use crate::catalog::TypeId;
use crate::catalog::schema::Kind;
use crate::catalog::words::effects::TELLING;
use crate::catalog::words::release::REQUEST_VERBS;
use crate::facts::trail::{Step, Visited};
use crate::facts::{CallKind, Literal, Value};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::pauses::pause;
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

/// The call is a request, a question over a connection or a pause, or runs a function of the project that makes one:
/// until it is answered, whoever waits for it may be gone.
pub fn takes_time(program: &Program, graph: &Graph, call: CallRef) -> bool {
    let takes =
        |call| is_request(program, graph, call) || is_question(program, graph, call) || is_pause(program, graph, call);
    runs(program, graph, call, &takes)
}

/// The call is such a one, or runs a function of the project that makes one.
fn runs(program: &Program, graph: &Graph, call: CallRef, is: &dyn Fn(CallRef) -> bool) -> bool {
    let (mut open, seen) = (vec![call], Visited::default());
    while let Some(call) = open.pop() {
        if is(call) {
            return true;
        }
        let target = graph.target(call).filter(|target| !target.by_name);
        for f in target.iter().flat_map(|target| &target.functions) {
            if seen.enter(Step::Function(f.file, f.id)) {
                let all = std::iter::once(*f).chain(promised_by(program, *f));
                open.extend(all.flat_map(|f| calls_of(program, f)));
            }
        }
    }
    false
}

fn calls_of(program: &Program, f: FnRef) -> impl Iterator<Item = CallRef> {
    program.ids_within(f).into_iter().map(move |id| CallRef { file: f.file, id })
}

/// What runs at once for the promise that the function gives: `return new Promise((done) => send(done))`.
fn promised_by(program: &Program, f: FnRef) -> Vec<FnRef> {
    let of_promise = |value: &Value| match value {
        Value::Call(id) => {
            let data = program.facts(f.file).call(*id);
            let starts = data.kind == CallKind::New && last_name(&data.callee) == "Promise";
            match data.positional(0).map(|arg| &arg.value) {
                Some(Value::Closure(id)) if starts => Some(FnRef { file: f.file, id: *id }),
                _ => None,
            }
        }
        _ => None,
    };
    program.given_by(f).into_iter().filter_map(of_promise).collect()
}

/// Something is sent over a connection that stays: the answer comes by itself.
fn is_question(program: &Program, graph: &Graph, call: CallRef) -> bool {
    let receiver = graph.target(call).and_then(|target| target.receiver);
    let lasting = receiver.is_some_and(|ty| program.catalog.ty(ty).row.kind == Kind::Realtime);
    lasting && TELLING.contains(&last_name(&program.call(call).callee))
}

/// It waits for a timer, or goes by the name of what does so: `delay(500)`.
fn is_pause(program: &Program, graph: &Graph, call: CallRef) -> bool {
    let lasts = |seconds: f64| seconds > 0.0;
    if let Some(seconds) = pause(program, &graph.targets, call) {
        return seconds.is_some_and(lasts);
    }
    let data = program.call(call);
    let known = graph.target(call).is_some_and(|target| !target.functions.is_empty());
    let told = data.positional(0).and_then(|arg| number(&arg.value));
    let named = data.callee_name(program.facts(call.file)).is_some_and(is_wait);
    !known && named && told.is_some_and(lasts)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Literal(Literal::Num(number)) => Some(*number),
        _ => None,
    }
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
