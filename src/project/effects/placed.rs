//! Where components are placed by elements in code, and under what condition.
//!
//! An element that a component returns on every path, or that the entry file renders, lives as
//! long as what places it. Knows no framework.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Effects;
use crate::facts::{Block, CallId, CallKind, FileFacts, FnId, Guard, LocalKind, Node, Value, exits};

/// The elements of one file: the file of each component, and how it is placed.
pub fn placed(effects: &Effects, file: u32) -> Vec<(u32, Guard)> {
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
    let guard = |id: CallId| if always(facts, &above, &steady, id) { Guard::None } else { Guard::If };
    elements.into_iter().filter_map(|id| Some((file_of(effects, file, id)?, guard(id)))).collect()
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

/// Props by which an element decides whether its children are shown.
const DECIDING: &[&str] = &["path", "element", "open", "isOpen", "visible", "show", "when", "if", "condition"];

fn always(
    facts: &FileFacts,
    above: &FxHashMap<CallId, (CallId, bool)>,
    steady: &FxHashSet<CallId>,
    id: CallId,
) -> bool {
    let mut at = id;
    if decides(facts, id) || facts.call(id).named("key").is_some() {
        return false;
    }
    for _ in 0..64 {
        let Some((parent, child)) = above.get(&at).copied() else { break };
        let data = facts.call(parent);
        if data.kind != CallKind::Jsx {
            return child && facts.call(at).function == FnId::TOP;
        }
        if !child || decides(facts, parent) {
            return false;
        }
        at = parent;
    }
    let function = facts.function(facts.call(at).function);
    let component = function.flags.renders && function.parent == Some(FnId::TOP) || function.class.is_some();
    component && steady.contains(&at)
}

fn decides(facts: &FileFacts, id: CallId) -> bool {
    facts.call(id).args.iter().any(|arg| arg.name.as_deref().is_some_and(|name| DECIDING.contains(&name)))
}

fn file_of(effects: &Effects, file: u32, id: CallId) -> Option<u32> {
    let facts = effects.program.facts(file);
    let Value::Var(var) = facts.call(id).callee.root() else { return None };
    match facts.local(*var).kind {
        LocalKind::Import(import) => effects.program.modules.imported(file, import),
        _ => None,
    }
}
