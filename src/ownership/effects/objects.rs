//! Objects of the project's classes that open something for themselves, in their constructor or in a method
//! that their maker calls: it stays open until the object ends it.
//!
//! Silence as soon as somebody else has the object, or something unknown is done with it in the end. Knows no
//! library.

use super::ends::ends;
use super::model::{Event, Fit, Fitting, Handle};
use super::unseen::ends_something;
use super::{Effects, Open};
use crate::catalog::schema::{Kind, Opener};
use crate::facts::{CallKind, FnId, Value};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::sites::last_name;

/// The object that a call makes or is about, where it is made by the function that calls.
pub(crate) fn made_by<'a>(effects: &Effects<'_, 'a>, call: CallRef) -> Option<CallRef> {
    let data = effects.program.call(call);
    if is_made(effects, call) {
        return Some(call);
    }
    let Value::Member(base, _) = &data.callee else { return None };
    let call_in = |value: &Value| match value {
        Value::Call(id) => Some(CallRef { file: call.file, id: *id }),
        _ => None,
    };
    let bound = |value: &Value| match value {
        Value::Var(var) if var.function != FnId::TOP => match effects.program.bound(call.file, *var) {
            [only] => call_in(only.value),
            _ => None,
        },
        _ => None,
    };
    let kept = match &**base {
        Value::Member(this, field) if **this == Value::This => {
            let class = effects.program.class_around(effects.at(call))?;
            call_in(only_value(effects, class, field)?)
        }
        value => call_in(value).or_else(|| bound(value)).and_then(|made| kept_for_component(effects, made)),
    };
    kept.filter(|made| is_made(effects, *made))
}

/// All that a field of the class's objects ever holds.
fn only_value<'a>(effects: &Effects<'_, 'a>, class: ClassRef, field: &str) -> Option<&'a Value> {
    let program = effects.program;
    let declared = program.class(class).fields.iter().filter(|other| other.name == field && !other.is_static);
    let declared = declared.filter_map(|field| field.value.as_ref());
    let mut values = declared.chain(program.field_values(class, field).into_iter().map(|(_, value)| value));
    let first = values.by_ref().find(|value| !value.is_null())?;
    values.all(|value| value == first || value.is_null()).then_some(first)
}

/// What a function makes that is kept for a component: `useMemo(() => new Presence(), [])`.
fn kept_for_component(effects: &Effects, call: CallRef) -> Option<CallRef> {
    let Some(row) = effects.keeping(call) else { return Some(call) };
    let functions = effects.given_functions(call, &row.args);
    let [f] = functions[..] else { return None };
    match effects.program.given_by(f)[..] {
        [Value::Call(id)] => Some(CallRef { file: f.file, id: *id }),
        _ => None,
    }
}

fn is_made(effects: &Effects, call: CallRef) -> bool {
    class_of(effects, call).is_some()
}

fn class_of(effects: &Effects, object: CallRef) -> Option<ClassRef> {
    let target = effects.project.graph.target(object).filter(|target| target.others.is_empty())?;
    target.class.filter(|_| effects.is_new(object))
}

/// A field of the object in whose function the call stands is given what the call gives.
pub(crate) fn fills_field(effects: &Effects, call: CallRef) -> bool {
    let index = &effects.program.index[call.file as usize];
    let gives = |value: &Value| *value == Value::Call(call.id);
    let kept = |value: &Value| match value {
        Value::Var(var) => matches!(effects.program.bound(call.file, *var), [only] if gives(only.value)),
        other => gives(other),
    };
    index.fields.values().flatten().any(|bound| kept(bound.value))
}

/// It holds its object until it is ended: a connection, an interval, a listener on the page.
pub(crate) fn outlasts(effects: &Effects, call: CallRef, opener: &Opener) -> bool {
    let receiver = match &effects.program.call(call).callee {
        Value::Member(base, _) => effects.key(call.file, base),
        Value::Global(_) => Some("page".into()),
        _ => None,
    };
    match opener.kind {
        Kind::Realtime => true,
        Kind::Timer => !opener.pedantic,
        Kind::Listener => !opener.weak_on_own && receiver.is_some_and(|key| key.starts_with("page")),
        Kind::Media | Kind::Handle | Kind::Subscription => effects.is_new(call),
        _ => false,
    }
}

/// As [`outlasts`], of what is open.
pub(crate) fn lasts(effects: &Effects, open: &Open) -> bool {
    outlasts(effects, open.call, open.opener)
}

/// An element of the file is given it as a whole.
pub(crate) fn is_shown<'a>(effects: &Effects<'_, 'a>, file: u32, handle: &Handle<'_, 'a>) -> bool {
    let elements = effects.program.facts(file).calls.iter().filter(|data| data.kind == CallKind::Jsx);
    let whole = |value: &Value| !matches!(value, Value::Member(..)) && handle.relates(file, value);
    elements.flat_map(|data| &data.args).any(|arg| whole(&arg.value))
}

/// A function that the object gives away ends what it has opened.
pub(crate) fn ends_itself<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, handle: &Handle<'_, 'a>) -> bool {
    if open.object.is_none() {
        return false;
    }
    let file = open.from.file;
    let functions = effects.program.facts(file).function_ids().map(|id| FnRef { file, id });
    let given = functions.filter(|f| effects.is_handler(*f) || effects.handed_to(*f).is_some());
    let fitting = Fitting { effects, open, handle };
    let events = ends(effects, &given.collect::<Vec<_>>(), &[]).events;
    events.iter().any(|event| fitting.fit(event) == Fit::Releases)
}

/// What making the object runs.
pub(crate) fn constructor(effects: &Effects, object: CallRef) -> Option<FnRef> {
    effects.program.constructor(class_of(effects, object)?).map(|(_, constructor)| constructor)
}

/// The function is part of the object.
pub(crate) fn is_part(effects: &Effects, object: CallRef, f: FnRef) -> bool {
    let program = effects.program;
    let Some((class, own)) = program.class_around(f).zip(class_of(effects, object)) else { return false };
    program.ancestry(own).contains(&class) || program.ancestry(class).contains(&own)
}

/// The object that opens lives on elsewhere, or the end does something with it that is not known.
pub(crate) fn is_kept<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, ends: &[Event<'a>], body: &[Event<'a>]) -> bool {
    let Some(object) = open.object else { return false };
    let way = open.path.iter().take_while(|call| **call != object).copied().collect();
    let made = Open { call: object, from: effects.at(object), path: way, object: None, ..open.clone() };
    let handle = Handle::of(effects, &made);
    let in_field = handle.fields().next().is_some();
    let about = |event: &Event<'a>| {
        let base = match event.callee {
            Value::Member(base, _) => &**base,
            other => other,
        };
        let file = event.from.file;
        let has = |value: &Value| handle.relates(file, value) || in_field && *value == Value::This;
        handle.relates(file, base) || event.args.iter().any(|arg| has(&arg.value))
    };
    let known = |event: &Event<'a>| {
        let target = event.call.and_then(|call| effects.project.graph.target(call));
        target.is_some_and(|target| !target.by_name && !target.functions.is_empty())
    };
    handle.escapes
        || ends.iter().any(|event| about(event) && !known(event))
        || body.iter().any(|event| about(event) && ends_something(last_name(event.callee)))
        || is_shown(effects, object.file, &handle)
}
