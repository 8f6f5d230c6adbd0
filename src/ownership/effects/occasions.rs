//! What the renderings of a component open, and others that come again and again: each opens one more, as long as
//! nothing in its file, or in that of the opener, ends any.
//!
//! Strict: a condition, a place that others see or a function that is always the same makes it silent. Knows no
//! library.

use super::lifespan::is_aside;
use super::opens::opened;
use super::reconnects::reconnects;
use super::repeats::{is_same_again, leak, left_open};
use super::tested::all_tested;
use super::visits::visits;
use super::{Effects, Leak, Open, Whose};
use crate::catalog::RowKind;
use crate::catalog::schema::{Kind, Scope};
use crate::catalog::words::effects::RENDERING_PLACES;
use crate::facts::trail::Trail;
use crate::facts::walk::around_call;
use crate::facts::{Call, FnId, Language, LocalKind, Node, Pred, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;

pub fn occasions<'a>(effects: &Effects<'_, 'a>) -> Vec<Leak<'a>> {
    let openers = effects.program.calls().filter(|call| effects.any_opener(*call).is_some());
    let mut rendered: Vec<FnRef> = openers.map(|call| effects.at(call)).filter(|f| is_rendered(effects, *f)).collect();
    rendered.sort();
    rendered.dedup();
    let rendered = rendered.into_iter().flat_map(|f| {
        let found = opened(effects, f);
        let opens = found.opens.into_iter().chain(found.presumed).filter(|open| stands_in_render(effects, f, open));
        let (anew, others): (Vec<_>, Vec<_>) = opens.partition(|open| is_made_in_vain(effects, open));
        let anew = anew.into_iter().map(|open| leak(f, open, Whose::Rendering));
        anew.chain(left_open(effects, f, others, Whose::Rendering)).collect::<Vec<_>>()
    });
    rendered.chain(visits(effects)).chain(reconnects(effects)).collect()
}

/// It runs on each rendering.
fn is_rendered(effects: &Effects, f: FnRef) -> bool {
    let contexts = effects.project.contexts.of(Point::Fn(f));
    contexts.iter().any(|context| context.trigger == Trigger::Render && !context.weak && !context.handed)
        && effects.program.language(f.file) == Language::Script
        && !is_aside(effects, f)
}

/// In the function itself, under no condition, on what outlives the component; clients of the process have a rule
/// of their own.
fn stands_in_render<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>) -> bool {
    let target = effects.project.graph.target(open.call);
    let built = target.and_then(|target| target.gives).filter(|given| given.how == How::Built);
    let client = built.map(|given| effects.program.catalog.ty(given.ty));
    let shared = || {
        let receiver = effects.receiver_of(open);
        receiver.is_some_and(|receiver| super::shared::is_given_or_shared(effects, f, receiver))
    };
    // An object that is made for the page as a whole listens for it.
    let heard = matches!(open.opener.kind, Kind::Listener | Kind::Subscription)
        && !open.opener.pedantic
        && effects.program.class_around(f).is_none();
    let lasts = super::objects::lasts(effects, open)
        || heard && (!open.opener.weak_on_own && !open.opener.presumed || shared());
    let so_always = |(file, pred): &(u32, &'a Pred)| {
        let tested = all_tested(&[(*file, pred)]);
        let told =
            |value: &Value| is_of_surroundings(effects, *file, value) || is_asked_for_own(effects, open, *file, value);
        let early =
            || is_passed(effects, f, open, pred) && tested.iter().all(|(_, value)| is_handed_in(effects, f, value));
        tested.iter().all(|(_, value)| told(value)) || early()
    };
    (open.from == f || open.object.is_some_and(|object| effects.at(object) == f && is_made_in_vain(effects, open)))
        && !open.late
        && !open.optional
        && lasts
        && client.is_none_or(|client| client.scope == Scope::Any)
        && open.preds.iter().all(so_always)
        && !is_same_again(effects, open, true)
}

/// A rendering that goes on after the branch opens it: the call does not stand in one of its arms.
fn is_passed<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>, pred: &'a Pred) -> bool {
    let around = around_call(&effects.program.function(f).body, open.call.id);
    !around.iter().any(|region| matches!(region.node, Node::Branch { pred: own, .. } if std::ptr::eq(&**own, pred)))
}

/// What a hook of somebody else gives, or a property: the rendering itself does not change it.
fn is_handed_in<'a>(effects: &Effects<'_, 'a>, f: FnRef, value: &'a Value) -> bool {
    let root = match value.root() {
        Value::Var(var) => match effects.program.bound(f.file, *var) {
            [only] if var.function == f.id => only.value.root(),
            _ => return false,
        },
        other => other,
    };
    match root {
        Value::Call(id) => comes_from_hook(effects, CallRef { file: f.file, id: *id }, &Trail::default()),
        _ => effects.property(f, value).is_some(),
    }
}

/// A hook that keeps nothing which the component sets gives it, or one of the project that hands on what such a one gives.
fn comes_from_hook(effects: &Effects, call: CallRef, trail: &Trail) -> bool {
    let program = effects.program;
    let name = program.call(call).callee_name(program.facts(call.file)).unwrap_or_default();
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).components);
    let sets = rows.flat_map(|row| row.first.iter().chain(&row.states)).any(|state| state == name);
    let target = effects.project.graph.target(call);
    let keeps = target.is_some_and(|target| target.rows.iter().any(|row| row.kind == RowKind::Memo));
    let functions = target.map_or(&[][..], |target| &target.functions);
    let hands_on = |g: &FnRef| {
        let Some(here) = trail.step(*g) else { return false };
        let given = program.given_by(*g);
        let from_hook = |value: &Value| match value {
            Value::Call(id) => comes_from_hook(effects, CallRef { file: g.file, id: *id }, &here),
            _ => false,
        };
        !given.is_empty() && given.into_iter().all(from_hook)
    };
    crate::facts::is_hook(name) && !sets && !keeps && functions.iter().all(hands_on)
}

/// `socket?.on(...)`: whether there is something to listen to at all.
fn is_asked_for_own<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, file: u32, value: &Value) -> bool {
    effects.receiver_of(open).is_some_and(|(own, receiver)| own == file && receiver == value)
}

/// What is so on each rendering: `typeof window`, a constant of the module, and by its name what stands for either.
fn is_of_surroundings(effects: &Effects, file: u32, value: &Value) -> bool {
    let facts = effects.program.facts(file);
    match value {
        Value::Var(var) if var.function == FnId::TOP => {
            let local = facts.local(*var);
            matches!(local.kind, LocalKind::Let { constant: true }) || tells_surroundings(&local.name)
        }
        Value::Call(id) => {
            let call = facts.call(*id);
            call.args.is_empty() && call.callee_name(facts).is_some_and(tells_surroundings)
        }
        other => matches!(other.root(), Value::Global(_)),
    }
}

fn tells_surroundings(name: &str) -> bool {
    let name = name.replace('_', "").to_lowercase();
    RENDERING_PLACES.contains(&name.as_str())
}

/// Given to a hook that keeps what it got on the first rendering: what the others make is dropped, and stays open.
fn is_made_in_vain(effects: &Effects, open: &Open) -> bool {
    let rows = effects.program.active.iter().flat_map(|id| &effects.program.catalog.package(*id).components);
    let hooks: Vec<&String> = rows.flat_map(|row| &row.first).collect();
    let facts = effects.program.facts(open.object.unwrap_or(open.call).file);
    let made = open.object.unwrap_or(open.call).id;
    let takes = |call: &Call| call.positional(0).is_some_and(|arg| arg.value == Value::Call(made));
    let keeps = |call: &Call| call.callee_name(facts).is_some_and(|name| hooks.iter().any(|hook| *hook == name));
    !hooks.is_empty() && facts.calls.iter().any(|call| takes(call) && keeps(call))
}
