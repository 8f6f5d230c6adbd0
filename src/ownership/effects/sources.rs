//! Where what is opened was taken from, and who ends that.
//!
//! Knows no library.

use super::model::Event;
use super::{Effects, Open};
use crate::catalog::lookup_words::words;
use crate::catalog::words::effects::ENDING_VERBS;
use crate::facts::trail::Trail;
use crate::facts::{LocalKind, Value, VarRef};

/// Called on a field that something else fills: it is decorated and has no value of its own.
pub fn is_given<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let program = effects.program;
    let class = program.class_around(open.from);
    let receiver = effects.receiver_of(open);
    let Some((class, name)) = class.zip(receiver.and_then(|(_, value)| own_field(value))) else { return false };
    let mut fields = program.class(class).fields.iter().filter(|field| field.name == name);
    fields.any(|field| field.value.is_none() && !field.decorators.is_empty())
}

/// A method of the object that what is opened was taken from: it may end all that came from it.
pub fn ends_source<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let Value::Member(base, method) = event.callee else { return false };
    let imported = matches!(base.root(), Value::Var(var) if is_import(effects, event.from.file, *var));
    let source = effects.key(event.from.file, base).filter(|key| key.starts_with("this.") || key.contains(':'));
    let Some(source) = source.filter(|_| !imported && is_ending(method)) else { return false };
    effects.receiver_of(open).is_some_and(|(file, value)| comes_from(effects, file, value, &source, &Trail::default()))
}

fn is_import(effects: &Effects, file: u32, var: VarRef) -> bool {
    matches!(effects.program.facts(file).local(var).kind, LocalKind::Import(_))
}

/// The value was reached from the place, over members, calls and what they were put into.
fn comes_from<'a>(effects: &Effects<'_, 'a>, file: u32, value: &'a Value, source: &str, trail: &Trail) -> bool {
    let Some(here) = trail.step(value) else { return false };
    if effects.key(file, value).as_deref() == Some(source) {
        return true;
    }
    let inner = |file: u32, value: &'a Value| comes_from(effects, file, value, source, &here);
    let bound = || effects.bound_to(file, value).into_iter().any(|(f, value)| inner(f.file, value));
    match value {
        Value::Member(base, _) | Value::Index(base, _) => inner(file, base) || bound(),
        Value::Call(id) => match &effects.program.facts(file).call(*id).callee {
            Value::Member(base, _) => inner(file, base),
            _ => false,
        },
        Value::Var(_) => bound(),
        _ => false,
    }
}

/// A method that, going by its name, ends what it is called on.
fn is_ending(method: &str) -> bool {
    words(method).first().is_some_and(|first| ENDING_VERBS.contains(&first.as_str()))
}

/// `x` of `this.x` and of what is reached through it.
pub(crate) fn own_field(value: &Value) -> Option<&str> {
    match value {
        Value::Member(base, name) if **base == Value::This => Some(name),
        Value::Member(base, _) | Value::Index(base, _) => own_field(base),
        _ => None,
    }
}
