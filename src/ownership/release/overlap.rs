//! What happens while a resource is held: waits for the outside, and a second one from the same pool.
//!
//! Looks at the calls that a walk made while the resource was open. Knows no library by name.

use crate::catalog::words::release::{CLIENT_ENDS, REQUEST_VERBS};
use rustc_hash::FxHashSet;

use super::futures;
use super::names;
use super::pauses::pause;
use super::proceeds;
use super::summary::parameter;
use super::transactions::{is_between_transactions, leads_to};
use super::walk::World;
use crate::catalog::schema::{Kind, Role, Run};
use crate::catalog::{RowKind, TypeId};
use crate::facts::{Arg, Block, Call, CallId, FnId, FnKind, Language, LocalKind, LoopKind, Node, Pred, Value, VarRef};
use crate::graph::arguments;
use crate::graph::daemons::is_sleep;
use crate::program::{CallRef, FnRef};
use crate::values::calls::{How, Target};
use crate::values::eval::Ty;
use crate::values::follow::At;
use crate::values::handover::may_stop;
use crate::values::passing::{parameter_of, passed_for};
use crate::values::periods::{unit_of, waits};

/// A wait for something outside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slow {
    Sleep,
    Request,
    /// A request over what a handler was given, to whoever it serves: `message.answer(…)`.
    Answer,
    Mail,
    /// What a middleware hands the request on to.
    Handler,
    /// What the other side of a socket says next.
    Message,
    /// The answer is sent piece by piece.
    Stream,
}

pub(crate) const MAX_DEPTH: u32 = 6;
/// Of more functions than so many nobody says what a call of one of them waits for.
const MAX_CHOICES: usize = 8;
/// More functions than sensibly lend a client on to the one that asks.
const MAX_LENDERS: u32 = 3;
/// More calls than sensibly stand in one list of promises.
const MAX_BESIDE: usize = 64;
/// What the call waits for, itself or through project functions.
pub fn slow(world: &World, call: CallRef, depth: u32) -> Option<Slow> {
    let data = world.program.call(call);
    let name = data.callee_name(world.program.facts(call.file)).unwrap_or_default();
    let script = world.program.language(call.file) == Language::Script;
    let awaited = is_awaited(world, call) || script && depth > 0 && is_returned(world, call);
    let waits = !script || awaited;
    // `sleep_sandbox()` of the project may put something else to sleep.
    let own = || world.graph.target(call).is_some_and(|target| !target.functions.is_empty());
    if waits && is_sleep(name) && !own() {
        return is_long(world, call, data).then_some(Slow::Sleep);
    }
    if waits && let Some(seconds) = pause(world, call) {
        return seconds.is_none_or(|seconds| seconds >= 1.0).then_some(Slow::Sleep);
    }
    let on_sdk = || (awaited || blocks(world, call, data)) && is_on_sdk(world, call, data, is_of_service);
    let asks = is_request(world, call, data, name) || is_fetch(&data.callee) || on_sdk();
    if waits && (asks || is_lent_client(world, call, data)) {
        return Some(Slow::Request);
    }
    if data.awaited && is_on_sdk(world, call, data, comes_from_service) {
        return Some(Slow::Answer);
    }
    if is_mail(world, call, name) {
        return Some(Slow::Mail);
    }
    if awaited && (has_role(world, call, Role::Proceed) || proceeds::is_rest_of_request(world, call)) {
        return Some(Slow::Handler);
    }
    if is_listening(world, call) {
        return Some(Slow::Message);
    }
    waits.then(|| through_functions(world, call, depth)).flatten()
}

/// The promise of the call is what its function gives: who waits for that waits for it.
pub(crate) fn is_returned(world: &World, call: CallRef) -> bool {
    let f = FnRef { file: call.file, id: world.program.call(call).function };
    world.program.given_by(f).into_iter().any(|value| *value == Value::Call(call.id))
}

fn through_functions(world: &World, call: CallRef, depth: u32) -> Option<Slow> {
    let target = world.graph.target(call).filter(|target| !target.by_name && depth < MAX_DEPTH)?;
    let first = |calls: Vec<CallRef>| calls.into_iter().find_map(|inner| slow(world, inner, depth + 1));
    match target.functions.as_slice() {
        [] | [_] => first(run_by(world, call)),
        several => mostly(world, several, &|g| first(body_calls(world, call, g))),
    }
}

/// What at least half of the functions wait for of which one is called: `engine_for(kind).run(code)`. Those that
/// only declare the method do nothing.
fn mostly(world: &World, several: &[FnRef], waits: &dyn Fn(FnRef) -> Option<Slow>) -> Option<Slow> {
    let declares = |g: FnRef| matches!(world.program.function(g).body.as_slice(), [] | [.., Node::Throw { .. }]);
    let works = |g: &&FnRef| !world.program.is_test(**g) && !declares(**g);
    let known: Vec<&FnRef> = several.iter().filter(works).take(MAX_CHOICES + 1).collect();
    if known.len() > MAX_CHOICES {
        return None;
    }
    let slow: Vec<Slow> = known.iter().filter_map(|g| waits(**g)).collect();
    slow.first().copied().filter(|_| slow.len() * 2 >= known.len())
}

/// The calls that are made by the one function of the project behind the call, and by the closures that it is given
/// and runs: `retry(() => fetch(url))`, `names.map((name) => fetch(name))`.
pub(crate) fn run_by(world: &World, call: CallRef) -> Vec<CallRef> {
    let Some(target) = world.graph.target(call).filter(|target| !target.by_name) else { return Vec::new() };
    let data = world.program.call(call);
    match target.functions.as_slice() {
        [] if takes_elements(world, target) => in_closures(world, call, &|_| true),
        [g] => {
            let mut calls = body_calls(world, call, *g);
            calls.extend(in_closures(world, call, &|at| runs_parameter(world, *g, data, at)));
            calls
        }
        _ => Vec::new(),
    }
}

/// What it is given runs for each element.
fn takes_elements(world: &World, target: &Target) -> bool {
    let catalog = &world.program.catalog;
    let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
    rows.any(|row| catalog.handover(*row).run == Run::Iteration)
}

fn in_closures(world: &World, call: CallRef, is_run: &dyn Fn(usize) -> bool) -> Vec<CallRef> {
    let facts = world.program.facts(call.file);
    let mut calls = Vec::new();
    for (at, arg) in facts.call(call.id).args.iter().enumerate() {
        if let Value::Closure(id) = arg.value
            && is_run(at)
        {
            collect(&facts.function(id).body, &|_| None, 0, &mut calls);
        }
    }
    calls.into_iter().map(|id| CallRef { file: call.file, id }).collect()
}

/// Somebody waits for the call: for itself, or for all of a list in which it stands (`await Promise.all([a(), b()])`,
/// `await wait_for(a(), 5)`).
pub(crate) fn is_awaited(world: &World, call: CallRef) -> bool {
    let facts = world.program.facts(call.file);
    let data = facts.call(call.id);
    let itself = Value::Call(call.id);
    let given = |arg: &Arg| match &arg.value {
        Value::List(items) => items.contains(&itself),
        value => *value == itself,
    };
    let joins = |outer: &Call| {
        outer.awaited
            && outer.function == data.function
            && (facts.language == Language::Python
                || matches!(outer.callee.root(), Value::Global(name) if name == "Promise"))
    };
    let later = facts.calls.iter().skip(call.id.index() + 1).take(MAX_BESIDE);
    data.awaited || later.into_iter().any(|outer| joins(outer) && outer.args.iter().any(given))
}

fn runs_parameter(world: &World, g: FnRef, call: &Call, at: usize) -> bool {
    let Some(local) = parameter(world.program.function(g), call, at) else { return false };
    let own = Value::Var(VarRef { function: g.id, local });
    world.program.calls_within(g).any(|inner| inner.callee == own)
}

/// The plain calls of the function, and of the block whose future it gives.
fn body_calls(world: &World, call: CallRef, g: FnRef) -> Vec<CallRef> {
    let mut calls = plain_calls(world, call, g);
    if let Some(block) = futures::block_of(world, g) {
        calls.extend(plain_calls(world, call, block));
    }
    calls
}

/// The calls of a function that stand in no handler and no loop that may stop, since those are made for retries, and
/// in no branch that the function does not come to when it is called so.
pub(crate) fn plain_calls(world: &World, call: CallRef, g: FnRef) -> Vec<CallRef> {
    let decided = |pred: &Pred| arguments::decided(world.program, world.graph, call, g, pred);
    let mut calls = Vec::new();
    collect(&world.program.function(g).body, &decided, 0, &mut calls);
    calls.into_iter().map(|id| CallRef { file: g.file, id }).collect()
}

/// Whether the function has left for sure at the end of the block, by giving something back.
fn collect(block: &Block, decided: &dyn Fn(&Pred) -> Option<bool>, depth: u32, calls: &mut Vec<CallId>) -> bool {
    for node in block {
        let left = match node {
            Node::Call(id) => {
                calls.push(*id);
                false
            }
            Node::Try { body, .. } => collect(body, decided, depth + 1, calls),
            Node::Loop { kind: LoopKind::Each, body, .. } if !may_stop(body) => {
                collect(body, decided, depth + 1, calls);
                false
            }
            Node::Loop { .. } => false,
            Node::Branch { pred, then, otherwise, .. } if depth < 100 => {
                let taken = decided(pred).map(|holds| if holds { then } else { otherwise });
                let arms = taken.map_or_else(|| vec![then, otherwise], |arm| vec![arm]);
                let mut left = true;
                for arm in arms {
                    left &= collect(arm, decided, depth + 1, calls);
                }
                if taken.is_some_and(|arm| matches!(arm.last(), Some(Node::Throw { .. }))) {
                    return false;
                }
                taken.is_some() && left
            }
            Node::Return { .. } => true,
            other if depth < 100 => {
                other.blocks().for_each(|inner| _ = collect(inner, decided, depth + 1, calls));
                false
            }
            _ => false,
        };
        if left {
            return true;
        }
    }
    false
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

fn is_fetch(callee: &Value) -> bool {
    matches!(callee, Value::Global(name) if name == "fetch")
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
        Ty::Concept(ty) if places => speaks_http(world, ty),
        _ => false,
    }
}

/// A method of a service's own client, of a part of it or of a request that it makes:
/// `stripe.customers.create(…)`, `queue.sendMessage(…).promise()`.
fn is_on_sdk<'a>(world: &World<'_, 'a>, call: CallRef, data: &'a Call, asks: Asks) -> bool {
    let f = FnRef { file: call.file, id: data.function };
    let Value::Member(base, name) = &data.callee else { return false };
    let asks = |ty: TypeId| asks(world, ty) && !asks_nobody(world, ty, name);
    !CLIENT_ENDS.contains(&name.as_str()) && is_of_sdk(world, f, base, &asks, 0)
}

type Asks = fn(&World, TypeId) -> bool;

fn is_of_sdk<'a>(world: &World<'_, 'a>, f: FnRef, value: &'a Value, asks: &dyn Fn(TypeId) -> bool, depth: u32) -> bool {
    let mut at = value;
    loop {
        if let Ty::Concept(ty) = world.program.eval(f, at) {
            return asks(ty);
        }
        at = match at {
            Value::Member(inner, _) => inner,
            Value::Call(id) => &world.program.facts(f.file).call(*id).callee,
            Value::Var(var) => return is_lent_sdk(world, FnRef { file: f.file, id: var.function }, *var, asks, depth),
            _ => return false,
        };
    }
}

/// Whoever calls the function lends it such a thing, or a part of one: `relay(message.bot, text)`.
fn is_lent_sdk(world: &World, f: FnRef, var: VarRef, asks: &dyn Fn(TypeId) -> bool, depth: u32) -> bool {
    if world.program.facts(f.file).local(var).kind != LocalKind::Param || depth > MAX_LENDERS {
        return false;
    }
    let lent = |call: &CallRef| {
        let from = FnRef { file: call.file, id: world.program.call(*call).function };
        passed_for(world.program, *call, f, var).is_some_and(|value| is_of_sdk(world, from, value, asks, depth + 1))
    };
    let callers = world.graph.targets.callers(f);
    !callers.is_empty() && callers.len() <= MAX_CHOICES && callers.iter().all(lent)
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
    speaks_http(world, ty) || world.program.catalog.ty(ty).row.kind == Kind::HttpClient
}

/// A handler is given it, and its methods ask the service that it came from: a message to a bot.
fn comes_from_service(world: &World, ty: TypeId) -> bool {
    let row = &world.program.catalog.ty(ty).row;
    row.kind == Kind::Framework && row.service == "http"
}

fn speaks_http(world: &World, ty: TypeId) -> bool {
    let row = &world.program.catalog.ty(ty).row;
    matches!(row.kind, Kind::HttpClient | Kind::Wrapper) && row.service == "http"
}

/// A call of the catalogue over an HTTP client, at any link of its chain.
fn is_request(world: &World, call: CallRef, data: &Call, name: &str) -> bool {
    let Some(target) = world.graph.target(call) else { return false };
    let one_shot = target
        .gives
        .is_some_and(|given| given.how == How::OneShot && world.program.catalog.ty(given.ty).row.service == "http");
    one_shot || REQUEST_VERBS.contains(&name) && on_http(world, call, data, 0)
}

fn on_http(world: &World, call: CallRef, data: &Call, depth: u32) -> bool {
    let receiver = world.graph.target(call).and_then(|target| target.receiver);
    receiver.is_some_and(|ty| is_of_service(world, ty))
        || depth < 8
            && match &data.callee {
                Value::Member(base, _) => match &**base {
                    Value::Call(id) => {
                        let inner = CallRef { file: call.file, id: *id };
                        on_http(world, inner, world.program.call(inner), depth + 1)
                    }
                    _ => false,
                },
                _ => false,
            }
}

/// A method that sends, or a function that opens a connection for its mail alone.
fn is_mail(world: &World, call: CallRef, name: &str) -> bool {
    let Some(target) = world.graph.target(call) else { return false };
    let smtp = |ty: TypeId| world.program.catalog.ty(ty).row.service == "smtp";
    let alone = target.gives.is_some_and(|given| given.how == How::OneShot && smtp(given.ty));
    alone || target.receiver.is_some_and(smtp) && name.to_ascii_lowercase().contains("send")
}

/// It waits for what the other side says next: as long as that likes.
pub fn is_listening(world: &World, call: CallRef) -> bool {
    has_role(world, call, Role::Listen) && is_awaited(world, call)
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
pub fn works_before_waiting(world: &World, at: CallRef, vars: &FxHashSet<VarRef>, depth: u32) -> bool {
    let target = world.graph.target(at).filter(|target| !target.by_name && depth < MAX_DEPTH);
    let Some([g]) = target.map(|target| target.functions.as_slice()) else { return false };
    let data = world.program.call(at);
    let lent = |arg: &Arg| matches!(&arg.value, Value::Var(var) if vars.contains(var));
    let given = (0..data.args.len()).filter(|position| lent(&data.args[*position]));
    let params = given.filter_map(|position| parameter_of(world.program, at.file, data, *g, position));
    let own: FxHashSet<VarRef> = params.map(|local| VarRef { function: g.id, local }).collect();
    let waits = |inner: &CallRef| slow(world, *inner, depth + 1).is_some();
    let Some(wait) = plain_calls(world, at, *g).into_iter().find(waits).filter(|_| !own.is_empty()) else {
        return false;
    };
    !is_between_transactions(world, *g, wait.id, &own, false) || works_before_waiting(world, wait, &own, depth + 1)
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
