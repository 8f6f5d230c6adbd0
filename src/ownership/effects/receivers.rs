//! Whether what an opener was called on goes away with the owner, or the thing opened ends by
//! itself.
//!
//! An element of the component, an object made in the effect, an event's own object, a stream that
//! completes. Knows no library.

use super::made_by_others::is_maker;
use super::model::Owner;
use super::shared::{is_of_own_provider, is_shared};
use super::{Effects, Open};
use crate::catalog::schema::{Gives, Kind};
use crate::catalog::words::effects::{RENDERED_MEMBERS, STREAM_VIEWS};
use crate::facts::trail::Trail;
use crate::facts::{Call, CallId, FnId, FnKind, LocalKind, Node, Value, VarRef, is_hook};
use crate::program::{CallRef, ClassRef, FnRef};

pub fn goes_by_itself<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>) -> bool {
    let receiver = effects.receiver_of(open).map(|(file, base)| (file, unchained(effects, file, base)));
    if receiver.is_some_and(|(file, base)| super::elements::is_of_template(effects, owner, file, base)) {
        return true;
    }
    if !open.opener.weak_on_own {
        return false;
    }
    let Some((file, base)) = receiver else { return watches_own(effects, open) };
    let any_receiver = open.opener.receivers.is_empty() && open.opener.chain.is_empty();
    match open.opener.kind {
        Kind::Listener if any_receiver => !super::shared::outlives(effects, owner, open, file, base),
        Kind::Subscription if any_receiver => {
            let mut streams = effects.gone_over(open.call);
            streams.push((file, base));
            !streams.into_iter().any(|stream| is_lasting_stream(effects, owner, open, stream))
        }
        _ => is_own(effects, owner, file, base, &Trail::default()),
    }
}

/// What it was opened on was made by the owner, or is not known.
pub(crate) fn is_on_own<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>) -> bool {
    let receiver = effects.receiver_of(open);
    receiver.is_none_or(|(file, base)| is_own(effects, owner, file, unchained(effects, file, base), &Trail::default()))
}

/// Subscribed to what the owner's object has made and keeps in a field.
pub fn is_of_own_stream<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>) -> bool {
    let Some((file, base)) = effects.receiver_of(open).filter(|_| open.opener.weak_on_own) else { return false };
    match peeled(effects, file, base) {
        Value::Member(inner, name) => matches!(**inner, Value::This) && is_made_field(effects, owner, name),
        _ => false,
    }
}

/// What a chain of openers was begun on, where each gives what it was called on.
fn unchained<'a>(effects: &Effects<'_, 'a>, file: u32, mut value: &'a Value) -> &'a Value {
    while let Value::Call(id) = value {
        let call = CallRef { file, id: *id };
        let chained = effects.opener(call).is_some_and(|(_, opener)| opener.gives == Gives::Receiver);
        match &effects.program.call(call).callee {
            Value::Member(base, _) if chained => value = base,
            _ => break,
        }
    }
    value
}

/// The function that is watched gives nothing but a field of the object itself.
fn watches_own(effects: &Effects, open: &Open) -> bool {
    let watched = open.opener.handler.and_then(|at| effects.program.call(open.call).positional(at));
    let Some(Value::Closure(id)) = watched.map(|arg| &arg.value) else { return false };
    let body = &effects.program.facts(open.call.file).function(*id).body;
    let own = |value: &Value| match value {
        Value::Member(base, name) => matches!(**base, Value::This) && name != "props" && name != "context",
        _ => false,
    };
    matches!(body.as_slice(), [Node::Return { value: Some(value), .. }] if own(value))
}

/// Made by this owner, or handed to one of its handlers.
fn is_own(effects: &Effects, owner: &Owner, file: u32, value: &Value, trail: &Trail) -> bool {
    let Some(here) = trail.step(value) else { return false };
    match value {
        Value::This => true,
        Value::Member(base, name) => {
            RENDERED_MEMBERS.contains(&name.as_str())
                && !holds_shared(effects, file, value)
                && !is_given(effects, owner, file, base)
                || is_own(effects, owner, file, base, &here) && !matches!(**base, Value::This)
                || matches!(**base, Value::This) && is_made_field(effects, owner, name)
        }
        Value::Index(base, _) | Value::Element(base) => is_own(effects, owner, file, base, &here),
        Value::Call(id) => is_made(effects, owner, CallRef { file, id: *id }, &here),
        Value::Var(var) => is_own_var(effects, owner, file, *var, &here),
        _ => false,
    }
}

/// A cell that the component was handed: what is in it was there before.
fn is_given(effects: &Effects, owner: &Owner, file: u32, cell: &Value) -> bool {
    let Value::Var(var) = cell else { return false };
    let of_home = |var: &VarRef| {
        effects.program.facts(file).local(*var).kind == LocalKind::Param
            && FnRef { file, id: var.function } == owner.home
    };
    let taken = |value: &Value| matches!(value.root(), Value::Var(from) if of_home(from));
    of_home(var) || matches!(effects.program.bound(file, *var), [only] if taken(only.value))
}

fn is_own_var(effects: &Effects, owner: &Owner, file: u32, var: VarRef, trail: &Trail) -> bool {
    let facts = effects.program.facts(file);
    if facts.local(var).kind == LocalKind::Param {
        let f = FnRef { file, id: var.function };
        return match super::waits::promise_of(effects, f) {
            Some(promise) => is_own(effects, owner, file, promise, trail),
            None => f != owner.home && effects.within(owner.start, f),
        };
    }
    let bound = effects.program.bound(file, var);
    var.function != FnId::TOP
        && !bound.is_empty()
        && bound.iter().all(|b| b.value.is_null() || is_own(effects, owner, file, b.value, trail))
}

/// A cell that something shared is put into.
fn holds_shared(effects: &Effects, file: u32, value: &Value) -> bool {
    let Value::Member(base, name) = value else { return false };
    let key = effects.key(file, base);
    let members = effects.program.index[file as usize].members.get(name.as_str());
    let mut values =
        members.into_iter().flatten().filter(|(other, _)| key.is_some() && effects.key(file, other) == key);
    values.any(|(_, bound)| is_shared(effects, file, bound.value))
}

/// A call that makes something new here: `new X()`, `createX()`, something that is itself opened.
fn is_made(effects: &Effects, owner: &Owner, call: CallRef, trail: &Trail) -> bool {
    let data = effects.program.call(call);
    if effects.is_new(call) || effects.opener(call).is_some() {
        return true;
    }
    let target = effects.project.graph.target(call);
    if target.is_some_and(|t| t.gives.is_some_and(|given| given.how == crate::values::calls::How::Built)) {
        return true;
    }
    if is_maker(data.callee_name(effects.program.facts(call.file)).unwrap_or_default()) {
        return true;
    }
    match &data.callee {
        Value::Member(base, _) => is_own(effects, owner, call.file, base, trail),
        _ => false,
    }
}

/// A stream that is known not to end: a place that is kept, not the answer of an unknown call.
fn is_lasting_stream<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    (file, base): (u32, &'a Value),
) -> bool {
    let source = peeled(effects, file, base);
    if is_of_own_provider(effects, owner, source) {
        return false;
    }
    let lasts = |part| is_lasting_stream(effects, owner, open, (file, part));
    match source {
        Value::Call(id) if joined(effects, open, CallRef { file, id: *id }).into_iter().any(lasts) => true,
        Value::Call(id) => {
            let call = CallRef { file, id: *id };
            let data = effects.program.call(call);
            let name = data.callee_name(effects.program.facts(file)).unwrap_or_default();
            is_hook(name) && !is_own(effects, owner, file, source, &Trail::default())
                || hands_out_own(effects, owner, call, &Trail::default())
                || super::endless::is_endless(effects, open.call, open.row)
        }
        Value::Member(inner, name) if matches!(**inner, Value::This) => !is_made_field(effects, owner, name),
        Value::Member(inner, _) if is_child(effects, owner, inner) => false,
        Value::Member(inner, _) => !is_own(effects, owner, file, inner, &Trail::default()),
        Value::Var(var) => match effects.program.bound(file, *var) {
            [only] if matches!(only.value, Value::Call(_)) => {
                let facts = effects.program.facts(file);
                let called = |id: &CallId| facts.call(*id).callee_name(facts).is_some_and(is_hook);
                matches!(only.value, Value::Call(id) if called(id)) || var.function == FnId::TOP
            }
            _ => !is_own_var(effects, owner, file, *var, &Trail::default()),
        },
        _ => false,
    }
}

/// The streams that a function puts together into one, which goes on as long as any of them.
fn joined<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, call: CallRef) -> Vec<&'a Value> {
    let data: &'a Call = effects.program.call(call);
    let Value::Var(var) = &data.callee else { return Vec::new() };
    let facts = effects.program.facts(call.file);
    let joins =
        matches!(facts.local(*var).kind, LocalKind::Import(id) if open.opener.joins.contains(&facts.import(id).name));
    let parts = |value: &'a Value| match value {
        Value::List(values) => values.iter().collect(),
        other => vec![other],
    };
    if joins { data.args.iter().flat_map(|arg| parts(&arg.value)).collect() } else { Vec::new() }
}

/// A method of another object that gives what this keeps in a field and has made itself, or what it was handed keeps:
/// `return this.news.asObservable()`, `return this.store.news()`.
fn hands_out_own(effects: &Effects, owner: &Owner, call: CallRef, trail: &Trail) -> bool {
    let program = effects.program;
    let Some(here) = trail.step(call) else { return false };
    let Some(target) = effects.project.graph.target(call).filter(|target| !target.by_name) else { return false };
    let kept = |f: &FnRef| {
        let class = program.class_around(*f).filter(|class| Some(*class) != program.class_around(owner.start));
        let Some(class) = class else { return false };
        let values = program.given_by(*f);
        let own = |value: &Value| match peeled(effects, f.file, value) {
            Value::Member(base, name) if matches!(**base, Value::This) => {
                makes_field(effects, class, name, &Trail::default())
            }
            Value::Member(base, _) => matches!(&**base, Value::Member(this, name)
                if matches!(**this, Value::This) && program.is_lent(class, name)),
            Value::Call(id) => hands_out_own(effects, owner, CallRef { file: f.file, id: *id }, &here),
            _ => false,
        };
        !values.is_empty() && values.into_iter().all(own)
    };
    !target.functions.is_empty() && target.functions.iter().all(kept)
}

/// A field that holds a part of the component's own template, which goes away with it.
fn is_child(effects: &Effects, owner: &Owner, value: &Value) -> bool {
    let (Value::Member(base, name), Some(class)) = (value, effects.program.class_around(owner.start)) else {
        return false;
    };
    let rows = effects.program.active.iter().flat_map(|id| &effects.program.catalog.package(*id).components);
    let names: Vec<&String> = rows.flat_map(|row| &row.children).collect();
    let facts = effects.program.facts(class.file);
    let gives = |id: &crate::facts::CallId| {
        facts.call(*id).callee_name(facts).is_some_and(|callee| names.iter().any(|name| *name == callee))
    };
    let fields = effects.program.class(class).fields.iter();
    let mut fields = fields.filter(|field| field.name == *name && matches!(**base, Value::This));
    fields.any(|field| field.decorators.iter().any(gives) || matches!(&field.value, Some(Value::Call(id)) if gives(id)))
}

/// A field that only ever holds what the object itself makes.
fn is_made_field(effects: &Effects, owner: &Owner, name: &str) -> bool {
    match effects.program.class_around(owner.start) {
        Some(class) => makes_field(effects, class, name, &Trail::default()),
        None => fills_field(effects, owner.start.file, name),
    }
}

/// Also in a class that it extends, and as a view of another field that does: `this.items$ = this.items.asObservable()`.
fn makes_field(effects: &Effects, class: ClassRef, name: &str, trail: &Trail) -> bool {
    let program = effects.program;
    let ancestry = program.ancestry(class);
    let viewed = |value: &Value| match value {
        Value::Member(base, other) if matches!(**base, Value::This) => {
            trail.step(value).is_some_and(|here| makes_field(effects, class, other, &here))
        }
        _ => false,
    };
    if let Some(getter) = program.find_method(class, name).filter(|f| program.function(*f).kind == FnKind::Getter) {
        let values = program.given_by(getter);
        return !values.is_empty() && values.into_iter().all(|value| viewed(peeled(effects, getter.file, value)));
    }
    let declared = ancestry.iter().flat_map(|part| program.class(*part).fields.iter().map(|field| (part.file, field)));
    let initial = declared
        .filter(|(_, field)| field.name == name)
        .filter_map(|(file, field)| field.value.as_ref().map(|value| (file, value)));
    let assigned = ancestry.iter().flat_map(|part| program.field_values(*part, name));
    let assigned = assigned.map(|(f, value)| (f.file, value));
    let mut values = initial.chain(assigned).filter(|(_, value)| !value.is_null()).peekable();
    let made = |(file, value): (u32, &Value)| {
        let source = peeled(effects, file, value);
        viewed(source) || is_newly_made(effects, file, source)
    };
    values.peek().is_some() && values.all(made)
}

/// The functions of an options object put nothing else there.
fn fills_field(effects: &Effects, file: u32, name: &str) -> bool {
    let bounds = effects.program.index[file as usize].fields.get(name).into_iter().flatten();
    let mut values = bounds.map(|bound| bound.value).filter(|value| !value.is_null()).peekable();
    values.peek().is_some() && values.all(|value| is_newly_made(effects, file, peeled(effects, file, value)))
}

/// `new X()`, or a call of a function of the project that returns nothing else.
fn is_newly_made(effects: &Effects, file: u32, value: &Value) -> bool {
    let Value::Call(id) = value else { return false };
    let call = CallRef { file, id: *id };
    if effects.is_new(call) {
        return true;
    }
    let Some(target) = effects.project.graph.target(call).filter(|target| !target.by_name) else { return false };
    let makes = |f: &FnRef| {
        let values = effects.program.given_by(*f);
        let new = |value: &Value| matches!(value, Value::Call(id) if effects.is_new(CallRef { file: f.file, id: *id }));
        !values.is_empty() && values.into_iter().all(new)
    };
    !target.functions.is_empty() && target.functions.iter().all(makes)
}

/// The source below `.pipe(…)` and its kin.
fn peeled<'v>(effects: &'v Effects, file: u32, value: &'v Value) -> &'v Value {
    let mut value = value;
    while let Value::Call(id) = value
        && let Value::Member(base, name) = &effects.program.facts(file).call(*id).callee
        && STREAM_VIEWS.contains(&name.as_str())
    {
        value = base;
    }
    value
}
