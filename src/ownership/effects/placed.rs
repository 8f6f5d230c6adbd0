//! Where components are placed by elements in code, and under what condition.
//!
//! An element that a component returns on every path, or that the entry file renders, lives as
//! long as what places it. Knows no framework.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Effects;
use crate::catalog::words::effects::CONDITION_PROPS;
use crate::facts::trail::{Step, Visited};
use crate::facts::{Block, CallId, CallKind, FileFacts, FnId, Guard, Literal, LocalKind, Node, Value, exits};
use crate::program::{CallRef, FnRef};

/// An element, the file of its component where that is another one, and how it is placed.
pub struct Placed {
    pub element: CallRef,
    pub file: Option<u32>,
    pub guard: Guard,
}

/// The elements of one file.
pub fn placed(effects: &Effects, file: u32) -> Vec<Placed> {
    let facts = effects.program.facts(file);
    let elements: Vec<CallId> =
        (0..facts.calls.len() as u32).map(CallId).filter(|id| facts.call(*id).kind == CallKind::Jsx).collect();
    if elements.is_empty() {
        return Vec::new();
    }
    let known: FxHashSet<CallId> = elements.iter().copied().collect();
    let above = parents(facts, &known);
    let steady: FxHashSet<CallId> =
        facts.function_ids().flat_map(|id| steady_calls(&facts.function(id).body)).collect();
    let guard = |id: CallId| match always(effects, file, &above, &steady, id) {
        true => Guard::None,
        false if is_routed(effects, file, &above, id) => Guard::Route,
        false => Guard::If,
    };
    let placed = |id| Placed { element: CallRef { file, id }, file: file_of(effects, file, id), guard: guard(id) };
    elements.into_iter().map(placed).collect()
}

/// The call that each element is an argument of, and whether it is a child there.
fn parents(facts: &FileFacts, elements: &FxHashSet<CallId>) -> FxHashMap<CallId, (CallId, bool)> {
    let mut found = FxHashMap::default();
    for (id, data) in facts.calls.iter().enumerate() {
        for arg in &data.args {
            match &arg.value {
                Value::Call(inner) if elements.contains(inner) => {
                    found.insert(*inner, (CallId(id as u32), arg.name.is_none()));
                }
                _ => {}
            }
        }
    }
    found
}

/// Calls that run whenever the body runs to its end.
fn steady_calls(body: &Block) -> Vec<CallId> {
    let mut found = Vec::new();
    for node in body {
        match node {
            Node::Call(id) => found.push(*id),
            Node::Group(inner) => found.extend(steady_calls(inner)),
            Node::Branch { then, otherwise, .. } if exits(then) || exits(otherwise) => break,
            _ => {}
        }
    }
    found
}

fn always(
    effects: &Effects,
    file: u32,
    above: &FxHashMap<CallId, (CallId, bool)>,
    steady: &FxHashSet<CallId>,
    id: CallId,
) -> bool {
    let facts = effects.program.facts(file);
    let mut at = id;
    if decides(facts, id) || facts.call(id).named("key").is_some() {
        return false;
    }
    while let Some((parent, child)) = above.get(&at).copied() {
        let data = facts.call(parent);
        if data.kind != CallKind::Jsx {
            return child && facts.call(at).function == FnId::TOP;
        }
        if !child || decides(facts, parent) {
            return false;
        }
        at = parent;
    }
    let f = FnRef { file, id: facts.call(at).function };
    let function = facts.function(f.id);
    let component = function.flags.renders && function.parent == Some(FnId::TOP) || function.class.is_some();
    let given = effects.handed_to(f).is_some_and(|call| facts.call(call.id).kind == CallKind::Jsx);
    component && !given && steady.contains(&at)
}

/// An element around it, or one that is given the function in which it stands, has an address of its own.
fn is_routed(effects: &Effects, file: u32, above: &FxHashMap<CallId, (CallId, bool)>, id: CallId) -> bool {
    let facts = effects.program.facts(file);
    let mut at = id;
    let passed = Visited::default();
    while passed.enter(Step::Call(file, at)) {
        if has_address(facts, at) {
            return true;
        }
        let function = FnRef { file, id: facts.call(at).function };
        let given = || effects.handed_to(function).filter(|call| facts.call(call.id).kind == CallKind::Jsx);
        match above.get(&at).map(|(parent, _)| *parent).or_else(|| given().map(|call| call.id)) {
            Some(outer) => at = outer,
            None => break,
        }
    }
    false
}

/// `path="/rooms/:id"`; the start and what stands for all addresses may be around everything.
fn has_address(facts: &FileFacts, id: CallId) -> bool {
    let path = facts.call(id).named("path").map(|arg| &arg.value);
    matches!(path, Some(Value::Literal(Literal::Str(text))) if !matches!(text.as_str(), "" | "/" | "*" | "/*"))
}

fn decides(facts: &FileFacts, id: CallId) -> bool {
    facts.call(id).args.iter().any(|arg| arg.name.as_deref().is_some_and(|name| CONDITION_PROPS.contains(&name)))
}

fn file_of(effects: &Effects, file: u32, id: CallId) -> Option<u32> {
    let facts = effects.program.facts(file);
    let Value::Var(var) = facts.call(id).callee.root() else { return None };
    match facts.local(*var).kind {
        LocalKind::Import(import) => effects.program.modules.imported(file, import),
        _ => None,
    }
}
