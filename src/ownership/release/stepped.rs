//! `next(get_session())`: the first thing that a generator of the project lends, where nobody keeps the generator.
//!
//! What follows its `yield` runs at once or never, so that the taker has to give it back. Knows no library by name.

use super::Survey;
use super::held::Lenders;
use super::model::{Resource, World};
use crate::facts::{Call, CallId, FnId, Language, Value};
use crate::program::{CallRef, FnRef};

impl Survey<'_, '_, '_, '_> {
    /// What is taken out of a generator that nobody keeps.
    pub(crate) fn stepped(&mut self) {
        for (call, resource, lender) in steps(self.world, &self.lenders) {
            if self.seen.insert(call) {
                self.follow(call, resource, Some(lender));
            }
        }
    }
}

/// The calls that take the first thing out of a lender and drop it, with what they get and the lender.
fn steps(world: &World, lenders: &Lenders) -> Vec<(CallRef, Resource, FnRef)> {
    let program = world.program;
    let python = program.calls().filter(|call| program.language(call.file) == Language::Python);
    let taken = python.filter_map(|call| {
        let data = program.call(call);
        let made = CallRef { file: call.file, id: stepped(data)? };
        let target = world.graph.target(made).filter(|target| !target.by_name)?;
        let [g] = target.functions[..] else { return None };
        (data.function != FnId::TOP).then_some((call, *lenders.get(&g)?, g))
    });
    taken.collect()
}

/// The call that makes the generator: of `next(f())` and of `f().__next__()`.
fn stepped(data: &Call) -> Option<CallId> {
    let made = |value: &Value| match value {
        Value::Call(id) => Some(*id),
        _ => None,
    };
    match &data.callee {
        Value::Global(name) if matches!(name.as_str(), "next" | "anext") => made(&data.positional(0)?.value),
        Value::Member(base, name) if matches!(name.as_str(), "__next__" | "__anext__") => made(base),
        _ => None,
    }
}
