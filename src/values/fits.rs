//! Caches that are asked whether what they hold still fits: `if let Some(kept) { if kept.key == key { return … } }`.
//!
//! What comes after is made because there was nothing, or because that was of another kind: as often as a
//! cell with a key is filled. Knows no library by name.

use super::gates::{Conditions, empty_value};
use crate::facts::returned;
use crate::facts::trail::Visited;
use crate::facts::{Block, Node, Pred, Value, exits, exits_normally};
use crate::program::FnRef;
use crate::values::Program;

/// Some way through the block, which runs where the predicate holds, returns what the predicate asked for, or
/// returns because that is as it should be.
pub(crate) fn gives_back<'a>(program: &Program<'a>, f: FnRef, pred: &'a Pred, block: &'a Block) -> bool {
    let mut values = Vec::new();
    returned(block, &mut values);
    let atoms = Conditions::default().with(pred, false).atoms();
    let asked: Vec<&Value> = atoms.into_iter().filter_map(|(atom, holds)| empty_value(atom, holds)).collect();
    let asked: Vec<&Value> = asked.into_iter().map(|value| origin(program, f, value)).collect();
    let is_asked = |value: &'a Value| {
        let value = origin(program, f, value);
        matches!(value, Value::Var(_) | Value::Member(..)) && asked.contains(&value)
    };
    values.into_iter().any(is_asked) || block.iter().any(|node| is_left_as_it_is(node, &is_asked))
}

/// `if (line.isOpen) return;`: what is there will do.
fn is_left_as_it_is<'a>(node: &'a Node, is_asked: &dyn Fn(&'a Value) -> bool) -> bool {
    let Node::Branch { pred, then, .. } = node else { return false };
    let atoms = Conditions::default().with(pred, true).atoms();
    let told = |atom: &'a Pred| match atom {
        Pred::Truthy(value) | Pred::Eq(value, _) | Pred::Same(value, _) | Pred::Is(value, _) => is_asked(value),
        Pred::Opaque(values) => values.iter().any(is_asked),
        _ => false,
    };
    matches!(then.last(), Some(Node::Return { value: None, .. })) && atoms.into_iter().any(|(atom, _)| told(atom))
}

/// What the value was taken out of: through calls on it, its parts, and variables that are bound once.
fn origin<'a>(program: &Program<'a>, f: FnRef, mut value: &'a Value) -> &'a Value {
    let passed = Visited::default();
    while passed.enter(value) {
        value = match value {
            Value::Call(id) => match &program.facts(f.file).call(*id).callee {
                Value::Member(base, _) => base,
                _ => return value,
            },
            Value::Element(base) | Value::Index(base, _) => base,
            Value::Member(base, _) if !matches!(**base, Value::This | Value::Global(_)) => base,
            Value::Var(var) => match program.bound(f.file, *var) {
                [only] if var.function == f.id && takes_out(only.value) => only.value,
                _ => return value,
            },
            _ => return value,
        };
    }
    value
}

/// `try: return kept[key]` that comes back from its handler: what is asked for was not there.
pub(crate) fn looked_up(node: &Node) -> Option<&Value> {
    let Node::Try { body, handlers, .. } = node else { return None };
    let Some(Node::Return { value: Some(value), .. }) = body.last() else { return None };
    let goes_on = handlers.iter().any(|handler| !exits(&handler.body));
    (goes_on && matches!(value, Value::Index(..) | Value::Member(..))).then_some(value)
}

/// `if shared: if key in kept: return kept[key]`: what the block asks for, and leaves with.
pub(crate) fn asked_inside<'a>(program: &Program<'a>, f: FnRef, block: &'a Block) -> Vec<&'a Pred> {
    let asked = block.iter().filter_map(|node| match node {
        Node::Branch { pred, then, otherwise, .. } if otherwise.is_empty() => {
            (exits_normally(then) && gives_back(program, f, pred, then)).then_some(&**pred)
        }
        _ => None,
    });
    asked.collect()
}

fn takes_out(value: &Value) -> bool {
    matches!(value, Value::Call(_) | Value::Element(_) | Value::Index(..) | Value::Member(..) | Value::Var(_))
}
