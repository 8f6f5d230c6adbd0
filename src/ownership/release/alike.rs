//! Functions that open a resource in one of several places and return it, whichever it was.
//!
//! `let c = new Client(a); try { … } catch { c = new Client(b); }` is followed as one resource. Knows no library.

use super::model::{Resource, Walk, World};
use crate::facts::CallId;
use crate::program::{CallRef, FnRef};

impl Walk<'_, '_, '_> {
    /// The call is the one that the walk is about. That may stand in another file: where a framework makes what a
    /// function is given.
    pub(crate) fn is_acquisition(&self, id: CallId) -> bool {
        self.acquisition == CallRef { file: self.f.file, id }
    }

    /// The call opens the resource.
    pub(crate) fn opens(&self, id: CallId) -> bool {
        self.is_acquisition(id) || self.alike.contains(&id)
    }
}

/// On every path, the function of the call returns what one of several calls like it opens.
pub(crate) fn returns_any(world: &World, call: CallRef, resource: Resource) -> bool {
    let alike = alike(world, call, resource);
    if alike.is_empty() {
        return false;
    }
    let mut walk = Walk::new(world, call, resource);
    walk.alike = alike;
    walk.find_variables();
    walk.run();
    let trace = walk.trace;
    trace.returned && !trace.returned_other && !trace.kept && trace.bundled.is_none() && !trace.gave_up
}

fn alike(world: &World, call: CallRef, resource: Resource) -> Vec<CallId> {
    let facts = world.program.facts(call.file);
    let function = facts.call(call.id).function;
    let opens = |id: CallId| {
        let other = CallRef { file: call.file, id };
        let target = world.graph.target(other)?;
        Resource::of(world.program, world.classes, other, target)
    };
    let others = world.program.ids_within(FnRef { file: call.file, id: function });
    others
        .into_iter()
        .filter(|id| *id != call.id && facts.call(*id).function == function)
        .filter(|id| opens(*id).is_some_and(|other| other.what == resource.what))
        .collect()
}
