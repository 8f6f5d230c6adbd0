//! What happens while a resource is held: waits for the outside, and a second one from the same pool.
//!
//! Looks at the calls that a walk made while the resource was open. Knows no library by name.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::model::{Slow, World};
use super::pools::is_for_later;
use super::runs::{body_calls, is_awaited, is_handed_back, plain_calls, run_by};
use super::transactions::{is_between_transactions, leads_to};
use super::{names, proceeds};
use crate::catalog::TypeId;
use crate::catalog::schema::{Kind, Role};
use crate::catalog::words::graph::SERVING;
use crate::catalog::words::release::{BROKERS, CLIENT_ENDS, PUBLISHING};
use crate::facts::trail::{Step, Trail, Visited};
use crate::facts::{Arg, Call, CallId, FnId, FnKind, Language, LocalKind, Node, Value, VarRef};
use crate::graph::daemons::is_sleep;
use crate::graph::requests::{self, is_request};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::eval::Ty;
use crate::values::follow::At;
use crate::values::passing::{parameter_of, passed_for};
use crate::values::pauses::pause;
use crate::values::periods::{unit_of, waits};

/// A search for what is waited for: where it has been, and what it has found there.
#[derive(Default)]
pub struct Search {
    visited: Visited,
    found: RefCell<FxHashMap<CallRef, Wait>>,
}

/// What a call waits for, and the call at the end of its way that does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    pub slow: Slow,
    pub by: CallRef,
}

impl Search {
    /// One that begins inside of something.
    pub fn within(step: impl Into<Step>) -> Self {
        Self { visited: Visited::within(step), found: RefCell::default() }
    }
}

/// What the call waits for, itself or through project functions. Inside of a function, a promise that is returned is
/// waited for too.
pub fn wait(world: &World, call: CallRef, search: &Search) -> Option<Wait> {
    let data = world.program.call(call);
    let name = data.callee_name(world.program.facts(call.file)).unwrap_or_default();
    let script = world.program.language(call.file) == Language::Script;
    let awaited = is_awaited(world, call) || script && !search.visited.is_start() && is_handed_back(world, call);
    let waits = !script || awaited;
    let itself = |slow: Slow| Wait { slow, by: call };
    // `sleep_sandbox()` of the project may put something else to sleep.
    let own = || world.graph.target(call).is_some_and(|target| !target.functions.is_empty());
    if waits && is_sleep(name) && !own() {
        return is_long(world, call, data).then_some(itself(Slow::Sleep));
    }
    if waits && let Some(seconds) = pause(world.program, &world.graph.targets, call) {
        return seconds.is_none_or(|seconds| seconds >= 1.0).then_some(itself(Slow::Sleep));
    }
    let on_sdk = || (awaited || blocks(world, call, data)) && is_on_sdk(world, call, data, is_of_service);
    let asks = is_request(world.program, world.graph, call) || on_sdk();
    if waits && (asks || is_lent_client(world, call, data)) {
        return Some(itself(Slow::Request));
    }
    if data.awaited && is_on_sdk(world, call, data, comes_from_service) {
        return Some(itself(Slow::Answer));
    }
    if is_mail(world, call, name) {
        return Some(itself(Slow::Mail));
    }
    if is_published(world, call, name) {
        return Some(itself(Slow::Publish));
    }
    if awaited && has_rest_done(world, call) {
        return Some(itself(Slow::Handler));
    }
    if is_listening(world, call) {
        return Some(itself(Slow::Message));
    }
    if waits && has_role(world, call, Role::Take) {
        return Some(itself(Slow::Task));
    }
    waits.then(|| through_functions(world, call, search)).flatten()
}

fn through_functions(world: &World, call: CallRef, search: &Search) -> Option<Wait> {
    let target = world.graph.target(call).filter(|target| !target.by_name)?;
    if !search.visited.is_start() && is_for_later(world, call) {
        return None;
    }
    if !search.visited.enter(call) {
        return search.found.borrow().get(&call).copied();
    }
    let first = |calls: Vec<CallRef>| calls.into_iter().find_map(|inner| wait(world, inner, search));
    let found = match target.functions.as_slice() {
        [] | [_] => first(run_by(world, call)),
        several => mostly(world, several, &|g| first(body_calls(world, call, g))),
    };
    search.found.borrow_mut().extend(found.map(|wait| (call, wait)));
    found
}

/// What at least half of the functions wait for of which one is called: `engine_for(kind).run(code)`.
fn mostly(world: &World, several: &[FnRef], waits: &dyn Fn(FnRef) -> Option<Wait>) -> Option<Wait> {
    let known = working(world, several);
    let found: Vec<Wait> = known.iter().filter_map(|g| waits(*g)).collect();
    found.first().copied().filter(|_| found.len() * 2 >= known.len())
}

/// Those of several functions of which one is called that do something: others only declare the method.
pub(super) fn working(world: &World, several: &[FnRef]) -> Vec<FnRef> {
    let declares = |g: FnRef| matches!(world.program.function(g).body.as_slice(), [] | [.., Node::Throw { .. }]);
    several.iter().copied().filter(|g| !world.program.is_test(*g) && !declares(*g)).collect()
}

/// Less than a second is a pause between tries, and no wait.
fn is_long<'a>(world: &World<'_, 'a>, call: CallRef, data: &'a Call) -> bool {
    let Some(arg) = data.args.first() else { return true };
    let f = FnRef { file: call.file, id: data.function };
    match waits(world.program, f, call.id) {
        Some(seconds) => seconds >= 1.0,
        None => !is_of_fractions(world, At { f, value: &arg.value }),
    }
}

/// Nobody sees how many milliseconds it is: few, most likely.
fn is_of_fractions<'a>(world: &World<'_, 'a>, at: At<'a>) -> bool {
    let facts = world.program.facts(at.f.file);
    let Value::Call(id) = world.program.deref(at.f, at.value) else { return false };
    facts.call(*id).callee_name(facts).and_then(unit_of).is_some_and(|seconds| seconds < 1.0)
}

/// An awaited call of something outside the project that is given an HTTP client: it is going to use it.
fn is_lent_client<'a>(world: &World<'_, 'a>, call: CallRef, data: &'a Call) -> bool {
    let f = FnRef { file: call.file, id: data.function };
    let outside =
        || world.graph.target(call).is_none_or(|target| target.functions.is_empty() && target.gives.is_none());
    data.awaited && outside() && data.args.iter().any(|arg| is_http_client(world, f, &arg.value))
}

fn is_http_client<'a>(world: &World<'_, 'a>, f: FnRef, value: &'a Value) -> bool {
    let places = matches!(value, Value::Var(_) | Value::Member(..));
    match world.program.eval(f, value) {
        Ty::Concept(ty) if places => requests::speaks_http(world.program, ty),
        Ty::Method(ty, name) if places => {
            is_view_that(world, ty, &name, &|view| requests::speaks_http(world.program, view))
        }
        _ => false,
    }
}

/// What a value of the type has under the name is a view of such a type: `ctx.http`.
fn is_view_that(world: &World, ty: TypeId, name: &str, is: &dyn Fn(TypeId) -> bool) -> bool {
    let catalog = world.program.catalog;
    let view = catalog.method(ty, name).filter(|method| method.role == Role::View);
    view.and_then(|view| catalog.type_named(catalog.ty(ty).package, &view.gives)).is_some_and(is)
}

/// A method of a service's own client, of a part of it or of a request that it makes:
/// `stripe.customers.create(…)`, `queue.sendMessage(…).promise()`.
fn is_on_sdk<'a>(world: &World<'_, 'a>, call: CallRef, data: &'a Call, asks: Asks) -> bool {
    let f = FnRef { file: call.file, id: data.function };
    let Value::Member(_, name) = &data.callee else { return false };
    let asks = |ty: TypeId| asks(world, ty) && !asks_nobody(world, ty, name);
    !CLIENT_ENDS.contains(&name.as_str()) && is_of_sdk(world, f, (&data.callee, None), &asks, &Trail::default())
}

type Asks = fn(&World, TypeId) -> bool;

/// A value, and what is taken of it by name.
type Part<'a> = (&'a Value, Option<&'a str>);

fn is_of_sdk<'a>(
    world: &World<'_, 'a>,
    f: FnRef,
    (mut at, mut part): Part<'a>,
    asks: &dyn Fn(TypeId) -> bool,
    trail: &Trail,
) -> bool {
    loop {
        if requests::is_answer(world.program, world.graph, f, at) {
            return false;
        }
        match world.program.eval(f, at) {
            Ty::Concept(ty) => return asks(ty),
            // What the project's class has itself is none of the library's.
            Ty::Instance(class) if let Some(ty) = world.program.concept_of(class) => {
                return part.is_some_and(|name| !declares(world.program, class, name)) && asks(ty);
            }
            _ => {}
        }
        (at, part) = match at {
            Value::Member(inner, name) => (&**inner, Some(name.as_str())),
            Value::Call(id) => (&world.program.facts(f.file).call(*id).callee, None),
            Value::Var(var) => return is_lent_sdk(world, (f.file, *var), part, asks, trail),
            _ => return false,
        };
    }
}

/// The class or one that it extends has a method or a field of the name.
fn declares(program: &Program, class: ClassRef, name: &str) -> bool {
    let fields = |part: ClassRef| program.class(part).fields.iter().any(|field| field.name == name);
    program.find_method(class, name).is_some()
        || program.ancestry(class).into_iter().any(|part| fields(part) || !program.field_values(part, name).is_empty())
}

/// Whoever calls the function lends it such a thing, or a part of one: `relay(message.bot, text)`.
fn is_lent_sdk<'a>(
    world: &World<'_, 'a>,
    (file, var): (u32, VarRef),
    part: Option<&'a str>,
    asks: &dyn Fn(TypeId) -> bool,
    trail: &Trail,
) -> bool {
    let f = FnRef { file, id: var.function };
    if world.program.facts(file).local(var).kind != LocalKind::Param {
        return false;
    }
    let Some(here) = trail.step(f) else { return false };
    let lent = |call: &CallRef| {
        let from = FnRef { file: call.file, id: world.program.call(*call).function };
        passed_for(world.program, *call, f, var).is_some_and(|value| is_of_sdk(world, from, (value, part), asks, &here))
    };
    let callers = world.graph.targets.callers(f);
    !callers.is_empty() && callers.iter().all(lent)
}

/// The method is known to ask nobody, or to give another view of the same client.
fn asks_nobody(world: &World, ty: TypeId, name: &str) -> bool {
    let catalog = world.program.catalog;
    let info = catalog.ty(ty);
    let views = || catalog.method(ty, name).is_some_and(|method| method.role == Role::View);
    info.row.local.iter().chain(&catalog.package(info.package).local).any(|local| local == name) || views()
}

/// A function of Python that can await nothing: what it calls is done when the call is.
fn blocks(world: &World, call: CallRef, data: &Call) -> bool {
    let f = FnRef { file: call.file, id: data.function };
    world.program.language(f.file) == Language::Python && !world.program.function(f).flags.is_async
}

fn is_of_service(world: &World, ty: TypeId) -> bool {
    requests::is_of_service(world.program, ty)
}

/// A handler is given it, and its methods ask the service that it came from: a message to a bot.
fn comes_from_service(world: &World, ty: TypeId) -> bool {
    let row = &world.program.catalog.ty(ty).row;
    row.kind == Kind::Framework && row.service == "http"
}

/// A method that sends, or a function that opens a connection for its mail alone.
fn is_mail(world: &World, call: CallRef, name: &str) -> bool {
    let Some(target) = world.graph.target(call) else { return false };
    let smtp = |ty: TypeId| world.program.catalog.ty(ty).row.service == "smtp";
    let alone = target.gives.is_some_and(|given| given.how == How::OneShot && smtp(given.ty));
    alone || target.receiver.is_some_and(smtp) && name.to_ascii_lowercase().contains("send")
}

/// A broker is sent something, and the call or a later one of its chain is waited for.
fn is_published(world: &World, call: CallRef, name: &str) -> bool {
    let receiver = || world.graph.target(call).and_then(|target| target.receiver);
    let of_broker = |ty: TypeId| BROKERS.contains(&world.program.catalog.ty(ty).row.service.as_str());
    let next = |at: &CallRef| world.program.chained(*at);
    let waits = || std::iter::successors(Some(call), next).any(|at| world.program.call(at).awaited);
    PUBLISHING.contains(&name) && receiver().is_some_and(of_broker) && waits()
}

/// A middleware has what comes behind it done.
pub fn has_rest_done(world: &World, call: CallRef) -> bool {
    has_role(world, call, Role::Proceed) || proceeds::is_rest_of_request(world, call)
}

/// It waits for what the other side says next: as long as that likes.
pub fn is_listening(world: &World, call: CallRef) -> bool {
    has_role(world, call, Role::Listen) && is_awaited(world, call)
}

/// The program answers requests from this call on.
pub fn is_serving(world: &World, call: CallRef) -> bool {
    let name = world.program.call(call).callee_name(world.program.facts(call.file)).unwrap_or_default();
    let own = || world.graph.target(call).is_some_and(|target| !target.functions.is_empty());
    SERVING.contains(&name) && !own() || world.graph.serves(call, world.program)
}

pub(crate) fn has_role(world: &World, call: CallRef, role: Role) -> bool {
    let name = world.program.call(call).callee_name(world.program.facts(call.file)).unwrap_or_default();
    let receiver = world.graph.target(call).and_then(|target| target.receiver);
    let method = receiver.and_then(|ty| world.program.catalog.method(ty, name));
    method.is_some_and(|method| method.role == role)
}

/// The calls of `async move` blocks that took one of the variables with them: the task holds it.
pub fn carried_off(world: &World, f: FnRef, vars: &FxHashSet<VarRef>) -> Vec<(FnRef, CallId)> {
    let facts = world.program.facts(f.file);
    if facts.language != Language::Rust {
        return Vec::new();
    }
    let is = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let uses = |call: &Call| is(&call.callee) || call.args.iter().any(|arg| is(&arg.value));
    let blocks: FxHashSet<FnId> = (world.program.calls_within(f).filter(|call| call.function != f.id && uses(call)))
        .map(|call| call.function)
        .filter(|id| facts.function(*id).kind == FnKind::Block)
        .collect();
    let calls = world.program.ids_within(f).into_iter().map(|id| (facts.call(id).function, id));
    let calls = calls.filter(|(function, _)| blocks.contains(function));
    calls.map(|(function, id)| (FnRef { file: f.file, id: function }, id)).collect()
}

/// The function that the call lends one of the variables works with it before it waits.
pub fn works_before_waiting(world: &World, at: CallRef, vars: &FxHashSet<VarRef>, trail: &Trail) -> bool {
    let Some(here) = trail.step(at) else { return false };
    let target = world.graph.target(at).filter(|target| !target.by_name);
    let Some([g]) = target.map(|target| target.functions.as_slice()) else { return false };
    let data = world.program.call(at);
    let lent = |arg: &Arg| matches!(&arg.value, Value::Var(var) if vars.contains(var));
    let given = (0..data.args.len()).filter(|position| lent(&data.args[*position]));
    let params = given.filter_map(|position| parameter_of(world.program, at.file, data, *g, position));
    let own: FxHashSet<VarRef> = params.map(|local| VarRef { function: g.id, local }).collect();
    let search = Search::within(at);
    let waits = |inner: &CallRef| wait(world, *inner, &search).is_some();
    let Some(waiting) = plain_calls(world, at, *g).into_iter().find(waits).filter(|_| !own.is_empty()) else {
        return false;
    };
    !is_between_transactions(world, *g, waiting.id, &own, false) || works_before_waiting(world, waiting, &own, &here)
}

/// Some call that a way leads to from the given one still works with one of the variables.
pub fn used_later(world: &World, f: FnRef, after: CallId, vars: &FxHashSet<VarRef>) -> bool {
    let facts = world.program.facts(f.file);
    let from = facts.call(after).span.end;
    let is = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let uses = |call: &Call| {
        let released = call.callee_name(facts).is_some_and(names::releases)
            && matches!(&call.callee, Value::Member(base, _) if is(base));
        !released && (is(&call.callee) || call.args.iter().any(|arg| is(&arg.value)))
    };
    let later = |call: &Call| call.span.start >= from && uses(call);
    let own = || leads_to(world.program, f, after, &|id| later(facts.call(id)));
    world.program.calls_within(f).any(|call| call.function != f.id && later(call)) || own()
}
