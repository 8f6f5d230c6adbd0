//! Loops that go on as long as the process: what makes a service of a script.
//!
//! A loop that asks the user for the next line is none. Knows no library by name but the words for waiting.

use super::flags;
use crate::catalog::TypeId;
use crate::catalog::schema::{Kind, Role};
use crate::catalog::words::graph::{ANY_EXCEPTION, CONSOLE_QUESTIONS, OUTSIDE_ENDS, RECEIVING, RECEIVING_ALWAYS};
use crate::catalog::words::values::{ELEMENT_STEPS, WAITS};
use crate::facts::walk::{self, around_call};
use crate::facts::{
    Arg, Block, Call, CallId, CallKind, FileFacts, Handler, LocalKind, LoopKind, Node, Pattern, Pred, TypeRef, Value,
    VarRef,
};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::passing::{passed_for, takes_arguments};
use crate::values::pauses::pause;
use crate::values::periods::{short, waits};
use crate::values::targets::Targets;

/// The loop never ends by itself, and nobody is asked in it.
pub fn serves<'a>(program: &Program<'a>, f: FnRef, node: &'a Node) -> bool {
    let Node::Loop { kind, each, body, .. } = node else { return false };
    let told = flags::until_told(program, f, body);
    let whole = || vec![body.as_slice()];
    let turn = match kind {
        LoopKind::Endless => told.map(Vec::from).or_else(|| of_arrivals(program, f, body)).unwrap_or_else(whole),
        LoopKind::Each | LoopKind::Receive if each.as_ref().is_some_and(|v| brings(program, f, v)) => whole(),
        LoopKind::Each | LoopKind::Receive => return false,
        LoopKind::While => match told {
            Some(turn) => turn.to_vec(),
            None => return false,
        },
    };
    let is_left = if told.is_some() { is_left_unharmed } else { is_left };
    turn.iter().all(|part| !is_left(part) && !ends(program, f, part))
}

/// What the turns do that wait for one of several things (`select!`), where that was an arrival: what else comes tells
/// the loop to end.
fn of_arrivals<'a>(program: &Program<'a>, f: FnRef, body: &'a [Node]) -> Option<Vec<&'a [Node]>> {
    let facts = program.facts(f.file);
    let made = |root: &Value| walk::binds(body).any(|bind| bind.target == root);
    let arrives = |value: &Value| matches!(value, Value::Call(id) if is_receiving(program, f, facts.call(*id), &made));
    body.windows(2).enumerate().find_map(|(at, pair)| {
        let [Node::Call(id), Node::Match { arms, span, .. }] = pair else { return None };
        let choice = Some(facts.call(*id)).filter(|call| call.kind == CallKind::Macro && call.span == *span)?;
        let arrived = choice.args.iter().zip(arms).filter(|(arg, _)| arrives(&arg.value));
        let mut turn: Vec<&[Node]> = arrived.map(|(_, arm)| arm.body.as_slice()).collect();
        (!turn.is_empty()).then(|| {
            turn.extend([&body[..at], &body[at + 2..]]);
            turn
        })
    })
}

/// Some turn gives back what the loop was for, or asks the user: who gives up on an error serves until then.
fn ends(program: &Program, f: FnRef, block: &[Node]) -> bool {
    block.iter().any(|node| match node {
        Node::Return { .. } => true,
        node if gives_up(node) => false,
        node => asks(program, f, node) || turns(node).any(|inner| ends(program, f, inner)),
    })
}

/// The turn leaves the loop by itself.
pub(crate) fn is_left(block: &[Node]) -> bool {
    block.iter().any(|node| match node {
        Node::Break { .. } => true,
        Node::Loop { .. } => false,
        node => turns(node).any(|inner| is_left(inner)),
    })
}

/// The turn leaves the loop although no error has come up.
fn is_left_unharmed(block: &[Node]) -> bool {
    block.iter().any(|node| match node {
        Node::Break { .. } => true,
        Node::Loop { .. } => false,
        Node::Try { body, handlers, finally, .. } => {
            let named = handlers.iter().filter(|handler| !catches_any(handler) && !is_told(handler));
            named.map(|handler| &handler.body).chain([body, finally]).any(|inner| is_left_unharmed(inner))
        }
        node => turns(node).any(|inner| is_left_unharmed(inner)),
    })
}

/// It catches whatever goes wrong.
fn catches_any(handler: &Handler) -> bool {
    handler.caught.as_ref().is_none_or(|ty| ANY_EXCEPTION.contains(&ty.name.as_str()))
}

/// The blocks of a node without the handlers that somebody else runs who wants an end: `except CancelledError`.
fn turns(node: &Node) -> impl Iterator<Item = &Block> {
    let told: Vec<&Block> = match node {
        Node::Try { handlers, .. } => handlers.iter().filter(|h| is_told(h)).map(|h| &h.body).collect(),
        _ => Vec::new(),
    };
    node.blocks().filter(move |block| !told.iter().any(|body| std::ptr::eq(*body, *block)))
}

/// It catches nothing but the end that the outside asks for.
fn is_told(handler: &Handler) -> bool {
    let named = |ty: &TypeRef| OUTSIDE_ENDS.contains(&ty.name.rsplit('.').next().unwrap_or_default());
    handler.caught.as_ref().is_some_and(|ty| named(ty) || !ty.args.is_empty() && ty.args.iter().all(named))
}

/// `call()?`: it leaves with nothing but what the call could not do.
fn gives_up(node: &Node) -> bool {
    let Node::Branch { pred, then, .. } = node else { return false };
    matches!(&**pred, Pred::Opaque(read) if matches!(read.as_slice(), [Value::Call(_)]))
        && matches!(then.as_slice(), [Node::Return { value: None, .. }])
}

/// Messages come out of it as long as somebody sends them: a consumer, or what a subscription listens to.
fn brings<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> bool {
    let lasting = |value: &'a Value| match program.eval(f, value) {
        Ty::Concept(ty) => {
            matches!(program.catalog.ty(ty).row.kind, Kind::Broker | Kind::Subscription | Kind::Realtime)
        }
        _ => false,
    };
    match value {
        Value::Call(id) => match &program.facts(f.file).call(*id).callee {
            Value::Member(base, _) => lasting(base),
            _ => lasting(value),
        },
        _ => lasting(value),
    }
}

/// How fast a loop goes round that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as its work is done: nothing in it waits on every iteration.
    Work,
    /// Every few seconds: so many does each iteration wait.
    Short(u32),
    /// At times that are long, or not known.
    Slow,
}

/// How fast the loop goes round, if it goes on as long as the process.
pub fn pace<'a>(program: &Program<'a>, targets: &Targets, f: FnRef, node: &'a Node) -> Option<Pace> {
    if !serves(program, f, node) {
        return None;
    }
    let facts = program.facts(f.file);
    let mut steady = Vec::new();
    node.blocks().for_each(|body| every_turn(facts, body, &mut steady));
    let calls = steady.into_iter().map(|id| CallRef { file: f.file, id });
    let waited: Vec<Option<f64>> = calls.filter_map(|call| waited(program, targets, call)).collect();
    if waited.is_empty() {
        return Some(Pace::Work);
    }
    let length: Option<f64> = waited.into_iter().sum();
    Some(length.and_then(short).map_or(Pace::Slow, Pace::Short))
}

/// The loop asks again after a few seconds, until what it asks has come about. One that waits only where something has
/// failed tries again.
pub fn polls<'a>(program: &Program<'a>, targets: &Targets, f: FnRef, node: &'a Node) -> bool {
    let Node::Loop { kind: LoopKind::Endless | LoopKind::While, body, .. } = node else { return false };
    let short = |id: CallId| waited(program, targets, CallRef { file: f.file, id }).flatten().and_then(short);
    !asks_in_condition(node) && waits_unharmed(body, &|id| short(id).is_some()) && !serves(program, f, node)
}

/// `while (!(await isUp()))`: what it asks may well be whether it can connect.
fn asks_in_condition(node: &Node) -> bool {
    matches!(node, Node::Loop { kind: LoopKind::While, body, .. } if matches!(body.first(), Some(Node::Call(_))))
}

/// A call of the block waits, and no error has led there.
fn waits_unharmed(block: &[Node], waits: &dyn Fn(CallId) -> bool) -> bool {
    let harmed = |pattern: &Pattern| matches!(pattern, Pattern::Name(name) if name.rsplit('.').next() == Some("Err"));
    block.iter().any(|node| match node {
        Node::Call(id) => waits(*id),
        Node::Loop { .. } => false,
        Node::Try { body, finally, .. } => [body, finally].into_iter().any(|inner| waits_unharmed(inner, waits)),
        Node::Match { arms, .. } => {
            arms.iter().filter(|arm| !harmed(&arm.pattern)).any(|arm| waits_unharmed(&arm.body, waits))
        }
        node => node.blocks().any(|inner| waits_unharmed(inner, waits)),
    })
}

/// Seconds that the call lets pass, if it does; `Some(None)` where they cannot be told.
pub(crate) fn waited(program: &Program, targets: &Targets, call: CallRef) -> Option<Option<f64>> {
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let named = || data.callee_name(program.facts(call.file)).is_some_and(is_wait);
    pause(program, targets, call).or_else(|| named().then(|| waits(program, f, call.id)))
}

/// Each iteration waits for the next thing that arrives from what was there before the loop, itself or in a function
/// of the project that does nothing else first.
pub fn receives<'a>(program: &Program<'a>, f: FnRef, node: &'a Node) -> bool {
    let Node::Loop { kind: LoopKind::Endless | LoopKind::While, body, .. } = node else { return false };
    let facts = program.facts(f.file);
    let mut steady = Vec::new();
    every_turn(facts, body, &mut steady);
    let made = |root: &Value| walk::binds(body).any(|bind| bind.target == root);
    steady.into_iter().any(|id| {
        let call = facts.call(id);
        is_receiving(program, f, call, &made)
            || matches!(program.eval(f, &call.callee), Ty::Fn(g) if begins_receiving(program, g))
    })
}

/// The function waits for the next thing of what it is given, whatever it does with that.
fn begins_receiving(program: &Program, g: FnRef) -> bool {
    let facts = program.facts(g.file);
    let mut steady = Vec::new();
    every_turn(facts, &program.function(g).body, &mut steady);
    let made = |root: &Value| !matches!(root, Value::Var(var) if facts.local(*var).kind == LocalKind::Param);
    steady.into_iter().any(|id| is_receiving(program, g, facts.call(id), &made))
}

/// The call waits for the next thing of something that is not `made` anew: by its name, or by the data.
fn is_receiving<'a>(program: &Program<'a>, f: FnRef, call: &'a Call, made: &dyn Fn(&Value) -> bool) -> bool {
    let Value::Member(base, name) = &call.callee else { return false };
    let named = RECEIVING_ALWAYS.contains(&name.as_str()) || call.awaited && RECEIVING.contains(&name.as_str());
    let method = || program.catalog.method(program.eval(f, base).concept()?, name);
    let waits = named || method().is_some_and(|method| method.role == Role::Listen);
    waits && matches!(base.root(), Value::Var(_) | Value::This) && !made(base.root())
}

/// Each iteration waits for the next thing that somebody puts into a queue of the process.
pub fn takes<'a>(program: &Program<'a>, f: FnRef, node: &'a Node) -> bool {
    let Node::Loop { kind, each, body, .. } = node else { return false };
    if let Some(each) = each {
        return is_queue(program, f, each);
    }
    if !matches!(kind, LoopKind::Endless | LoopKind::While) {
        return false;
    }
    let facts = program.facts(f.file);
    let mut steady = Vec::new();
    every_turn(facts, body, &mut steady);
    steady.into_iter().any(|id| {
        let Value::Member(base, name) = &facts.call(id).callee else { return false };
        let method = || program.catalog.method(queue(program, f, base)?, name);
        method().is_some_and(|method| method.role == Role::Take)
    })
}

/// A loop over it takes out of a queue: the receiver itself, its `iter()`, or `iter(jobs.get, None)`.
fn is_queue<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> bool {
    let takes = |arg: &'a Arg| match &arg.value {
        Value::Member(base, name) => {
            let method = queue(program, f, base).and_then(|ty| program.catalog.method(ty, name));
            method.is_some_and(|method| method.role == Role::Take)
        }
        _ => false,
    };
    if let Value::Call(id) = value
        && program.facts(f.file).call(*id).args.iter().any(takes)
    {
        return true;
    }
    let holder = match value {
        Value::Call(id) => match &program.facts(f.file).call(*id).callee {
            Value::Member(base, name) if ELEMENT_STEPS.contains(&name.as_str()) => base,
            _ => value,
        },
        _ => value,
    };
    let ty = queue(program, f, holder).map(|ty| program.catalog.ty(ty));
    ty.is_some_and(|ty| ty.row.methods.iter().any(|method| method.role == Role::Take))
}

/// What a value is, also of a parameter of a function that is handed over with its arguments beside it.
fn queue<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Option<TypeId> {
    let calls = || program.facts(f.file).calls.iter().filter_map(|call| program.reference(f.file, call));
    let given = |var: VarRef| {
        let mut calls = calls().filter(|call| takes_arguments(program, *call, f));
        calls.find_map(|call| {
            let from = FnRef { file: f.file, id: program.call(call).function };
            program.eval(from, passed_for(program, call, f, var)?).concept()
        })
    };
    match (program.eval(f, value).concept(), value) {
        (None, Value::Var(var)) if program.facts(f.file).local(*var).kind == LocalKind::Param => given(*var),
        (known, _) => known,
    }
}

/// The calls that no branch of the block goes around.
pub(crate) fn every_turn(facts: &FileFacts, block: &Block, calls: &mut Vec<CallId>) {
    for node in block {
        match node {
            Node::Call(id) => calls.push(*id),
            Node::Closure { function, inline: true } => every_turn(facts, &facts.function(*function).body, calls),
            Node::Group(body) | Node::Scope { body, .. } => every_turn(facts, body, calls),
            Node::Try { body, finally, .. } => [body, finally].into_iter().for_each(|b| every_turn(facts, b, calls)),
            _ => {}
        }
    }
}

/// `sleep_until`, `tick`, `wait`: the call passes the time.
pub(crate) fn is_wait(name: &str) -> bool {
    is_sleep(name) || WAITS.contains(&name.to_ascii_lowercase().as_str())
}

/// The call stands in such a loop of the function.
pub fn in_service(program: &Program, f: FnRef, call: CallId) -> bool {
    around_call(&program.function(f).body, call).iter().any(|region| serves(program, f, region.node))
}

/// The function goes on after the call: a loop below it does so as long as the process, or as long as it is given work.
pub fn goes_on_after<'a>(program: &Program<'a>, call: CallRef) -> bool {
    let f = FnRef { file: call.file, id: program.call(call).function };
    let from = program.call(call).span.end;
    let is_below = |id: CallId| program.facts(f.file).call(id).span.start >= from;
    let mut below = walk::nodes(&program.function(f).body).filter(|node| {
        let mut calls = walk::calls(std::slice::from_ref(*node)).peekable();
        node.is_region() && calls.peek().is_some() && calls.all(is_below)
    });
    below.any(|node| serves(program, f, node) || takes(program, f, node))
}

fn asks(program: &Program, f: FnRef, node: &Node) -> bool {
    let Node::Call(id) = node else { return false };
    let callee = &program.facts(f.file).call(*id).callee;
    matches!(callee, Value::Global(name) if CONSOLE_QUESTIONS.contains(&name.as_str()))
}

/// `sleep`, `sleep_until`, `async_sleep`: the call passes the time it is told.
pub fn is_sleep(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "sleep" || name.starts_with("sleep_") || name.ends_with("_sleep") || name == "sleep_until"
}
