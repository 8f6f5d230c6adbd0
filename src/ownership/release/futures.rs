//! Functions that give the future of a block: `async move { pool.acquire().await }.boxed()`.
//!
//! Who waits for what such a function gives has what the block gives. Knows no library by name.

use super::model::World;
use super::owned::is_handed_over;
use crate::facts::{FnId, FnKind, Value};
use crate::program::{CallRef, FnRef};

/// The function that gives the future of the block, and nothing else.
pub fn giver(world: &World, block: FnRef) -> Option<FnRef> {
    let data = world.program.function(block);
    let outer = FnRef { file: block.file, id: data.parent.filter(|id| *id != FnId::TOP)? };
    let values = world.program.given_by(outer);
    let gives = !values.is_empty() && values.into_iter().all(|value| is_future(world, block, value));
    (gives && data.kind == FnKind::Block && !is_handed_over(world, block)).then_some(outer)
}

/// The block whose future the function gives.
pub fn block_of(world: &World, f: FnRef) -> Option<FnRef> {
    let values = world.program.given_by(f);
    let id = values.into_iter().find_map(|value| closure_in(world, f, value))?;
    let block = FnRef { file: f.file, id };
    (giver(world, block) == Some(f)).then_some(block)
}

fn closure_in(world: &World, f: FnRef, value: &Value) -> Option<FnId> {
    let Value::Call(id) = value else { return as_closure(value) };
    let data = world.program.facts(f.file).call(*id);
    match (&data.callee, data.args.as_slice()) {
        (Value::Member(base, _), []) => as_closure(base),
        (_, [only]) => as_closure(&only.value),
        _ => None,
    }
}

/// The block itself, or what a library makes of it alone: `Box::pin(async { … })`.
fn is_future(world: &World, block: FnRef, value: &Value) -> bool {
    let itself = |value: &Value| *value == Value::Closure(block.id);
    let Value::Call(id) = value else { return itself(value) };
    let call = CallRef { file: block.file, id: *id };
    let data = world.program.call(call);
    let own = || world.graph.target(call).is_some_and(|target| !target.functions.is_empty());
    let around = match (&data.callee, data.args.as_slice()) {
        (Value::Member(base, _), []) => itself(base),
        (_, [only]) => itself(&only.value),
        _ => false,
    };
    around && !own()
}

fn as_closure(value: &Value) -> Option<FnId> {
    match value {
        Value::Closure(id) => Some(*id),
        _ => None,
    }
}
