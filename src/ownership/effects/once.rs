//! Openings that happen once for all, because something that outlives their owner remembers them.
//!
//! A variable of the module that is tested first, or a mark in shared state that is tested and then set.
//! Knows no library.

use super::handles::handed_on_way;
use super::sources::own_field;
use super::tested::all_tested;
use super::{Effects, Open};
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{FnId, LocalKind, Node, Value, VarRef};
use crate::program::FnRef;
use crate::values::conditions::record_key;
use crate::values::places::Owner;

/// Opened under a condition on something that outlives the owner: probably once for all.
pub(crate) fn is_gated<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let tested = all_tested(&open.preds);
    let of_module = |value: &Value| *value.root() == Value::This && super::handles::is_of_module(effects, open);
    tested.iter().any(|(file, value)| outlives(effects, open, *file, value) || of_module(value))
        || is_marked(effects, open, &tested)
}

fn outlives<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, file: u32, value: &Value) -> bool {
    let root = effects.chain_root_ref(file, value);
    let Value::Var(var) = root else { return false };
    let kind = effects.program.facts(file).local(*var).kind;
    let emitter = match &effects.program.call(open.call).callee {
        Value::Member(base, _) => file == open.call.file && base.root() == root,
        _ => false,
    };
    let told = match kind {
        // Whether what it is called on is there, and how that does.
        LocalKind::Let { constant: false } if emitter => is_filled_on_way(effects, open, file, *var),
        LocalKind::Let { constant: false } => true,
        _ => emitter,
    };
    var.function == FnId::TOP && told
}

/// The way to the opening puts something into the variable.
fn is_filled_on_way(effects: &Effects, open: &Open, file: u32, var: VarRef) -> bool {
    let way = || open.path.iter().map(|call| effects.at(*call)).chain([open.from]);
    let on_way = |f: FnRef| way().any(|other| effects.within(other, f));
    let fills = |f: FnRef| on_way(f) || effects.calls_of(f).iter().any(|call| on_way(effects.at(*call)));
    let bound = effects.program.bound(file, var).iter().filter(|bound| !bound.value.is_null());
    bound.into_iter().any(|bound| bound.function != FnId::TOP && fills(FnRef { file, id: bound.function }))
}

/// What a condition tests is shared, and the way to the opening changes it.
fn is_marked<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, tested: &[(u32, &'a Value)]) -> bool {
    let places = tested.iter().map(|(file, value)| (*file, place(effects, *file, value)));
    let shared = places.filter(|(file, value)| is_shared(effects, open, *file, value));
    let keys: Vec<String> = shared.filter_map(|(file, value)| effects.key(file, value)).collect();
    let way = open.path.iter().map(|call| effects.at(*call)).chain([open.from]);
    !keys.is_empty() && way.into_iter().any(|f| marks(effects, f, &effects.program.function(f).body, &keys))
}

/// The place behind `list.includes(id)` and `list.length`.
fn place<'a>(effects: &Effects<'_, 'a>, file: u32, value: &'a Value) -> &'a Value {
    match value {
        Value::Call(id) => match &effects.program.facts(file).call(*id).callee {
            Value::Member(base, _) => base,
            _ => value,
        },
        Value::Member(base, name) if matches!(name.as_str(), "length" | "size") => base,
        _ => value,
    }
}

/// Part of the page's, a module's or another object's state.
fn is_shared<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, file: u32, value: &'a Value) -> bool {
    let is_part = matches!(value, Value::Member(..) | Value::Index(..));
    match value.root() {
        Value::Global(_) => true,
        root @ Value::Var(_) => is_part && is_kept_above(effects, open, file, root, &Trail::default()),
        Value::This => match value {
            Value::Member(base, _) | Value::Index(base, _) => {
                own_field(base).is_some_and(|name| is_given(effects, open.from, name))
            }
            _ => false,
        },
        _ => false,
    }
}

/// The name is one of the module or of something in it, also where it is a parameter that the way is given that for.
fn is_kept_above<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, file: u32, value: &'a Value, trail: &Trail) -> bool {
    let Some(here) = trail.step(value) else { return false };
    let meant = effects.program.deref(FnRef { file, id: FnId::TOP }, value).root();
    let kept = |value: &Value| match value {
        Value::Var(var) => var.function == FnId::TOP || is_of_process(effects, file, var),
        _ => false,
    };
    let above = || handed_on_way(effects, open, file, value).into_iter();
    kept(value) || kept(meant) || above().any(|(file, value)| is_kept_above(effects, open, file, value, &here))
}

/// What a local name stands for lives as long as the page: `const kept = store()`.
fn is_of_process(effects: &Effects, file: u32, var: &VarRef) -> bool {
    let within = FnRef { file, id: var.function };
    effects.program.var_cell(within, *var).is_some_and(|(_, owner)| owner == Owner::Process)
}

/// A field that the file itself neither makes nor lists as data.
fn is_given(effects: &Effects, from: FnRef, name: &str) -> bool {
    let (program, file) = (effects.program, from.file);
    let facts = program.facts(file);
    let is_param = |value: &Value| matches!(value, Value::Var(var) if effects.is_param(file, *var));
    let assigned = program.index[file as usize].fields.get(name);
    if assigned.is_some_and(|bounds| !bounds.iter().all(|bound| is_param(bound.value))) {
        return false;
    }
    let lists =
        |id: FnId| program.given_by(FnRef { file, id }).into_iter().any(|value| record_key(value, name).is_some());
    let declared = |class| program.class(class).fields.iter().any(|field| field.name == name && field.value.is_some());
    !facts.function_ids().any(lists) && !program.class_around(from).is_some_and(declared)
}

/// The block sets one of the places, or adds to it.
fn marks(effects: &Effects, f: FnRef, block: &[Node], keys: &[String]) -> bool {
    let is_one = |value: &Value| effects.key(f.file, value).is_some_and(|key| keys.contains(&key));
    nodes(block).any(|node| match node {
        Node::Bind { target, value, .. } => !value.is_null() && is_one(target),
        Node::Call(id) => match &effects.program.facts(f.file).call(*id).callee {
            Value::Member(base, name) => matches!(name.as_str(), "push" | "add" | "set" | "unshift") && is_one(base),
            _ => false,
        },
        _ => false,
    })
}
