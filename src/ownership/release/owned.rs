//! Who owns a resource in Rust: the variable that it is bound to, until its block ends or it is moved on.
//!
//! In the other languages a walk lets everybody hold it until it is released. Knows no library by name.

use rustc_hash::FxHashSet;

use super::bodies::parameter;
use super::guards;
use super::model::{Walk, What, World};
use super::state::{Hold, Outcome, State, merge};
use crate::catalog::RowKind;
use crate::facts::walk::nodes;
use crate::facts::{Arg, Block, Call, CallId, FnId, FnKind, Node, Param, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::calls::Target;
use crate::values::eval::Ty;

impl Walk<'_, '_, '_> {
    /// What no variable has is gone with its statement, or was never there on this path.
    pub(crate) fn is_owned(&self, state: &State) -> bool {
        !self.is_rust() || !state.aliases.is_empty()
    }

    /// Variables bound in the block end with it; what is moved out of it lives on under the name outside.
    pub(crate) fn drop_locals(&self, block: &Block, outcome: &mut Outcome) {
        let bound: Vec<VarRef> = block.iter().filter_map(binding).collect();
        let exits = outcome.exits.iter_mut().map(|exit| &mut exit.state);
        for state in outcome.normal.iter_mut().chain(exits) {
            let held = !state.aliases.is_empty();
            let (ended, live) = std::mem::take(&mut state.aliases).into_iter().partition(|var| bound.contains(var));
            state.aliases = live;
            self.moved_out(ended, block).for_each(|var| state.bind(var));
            if held && state.aliases.is_empty() && state.hold == Hold::Open {
                state.hold = Hold::Released;
            }
        }
        let states = std::mem::take(&mut outcome.normal);
        merge(&mut outcome.normal, states);
    }

    /// The variables outside of the block that take over what the ended ones had.
    fn moved_out<'s>(&'s self, ended: Vec<VarRef>, block: &'s Block) -> impl Iterator<Item = VarRef> + 's {
        let takes = move |var: &VarRef| {
            let from = |value: &Value| ended.iter().any(|gone| is_or_may_be(value, *gone));
            self.world.program.bound(self.f.file, *var).iter().any(|bound| from(bound.value))
        };
        self.ever.iter().copied().filter(takes).filter(|var| !nodes(block).any(|node| binding(node) == Some(*var)))
    }

    /// The closure is given what it captures, the resource among it.
    pub(crate) fn moves_in(&self, function: FnId) -> bool {
        let moves = self.world.program.facts(self.f.file).function(function).flags.moves;
        self.is_rust() && moves && self.captures(function)
    }

    /// `connection.transaction(|work| …)`: what the callback does is done while the connection is held.
    pub(crate) fn note_callbacks(&mut self, state: &State, id: CallId) {
        let facts = self.world.program.facts(self.f.file);
        let data = facts.call(id);
        if !self.is_rust() || !matches!(&data.callee, Value::Member(base, _) if self.is_alias(state, base)) {
            return;
        }
        for arg in &data.args {
            let Value::Closure(callback) = arg.value else { continue };
            self.trace.during.extend(run_in(self.world, FnRef { file: self.f.file, id: callback }));
        }
    }

    /// The field is the connection that the struct is about: `work.tx`.
    pub(crate) fn is_inside(&self, field: &str) -> bool {
        let What::Object(class) = self.resource.what else { return false };
        let program = self.world.program;
        self.is_rust() && guards::is_handle(program, &program.field(class, field))
    }

    /// The method takes the object by value: it is gone from then on.
    pub(crate) fn is_consumed_by(&self, method: FnRef) -> bool {
        let receiver = self.world.program.function(method).params.first();
        receiver.is_some_and(|param| param.kind == ParamKind::Receiver && param.by_value)
    }

    /// The function takes the resource itself by value: it is its own from then on.
    pub(crate) fn is_given_away(&self, data: &Call, at: usize, target: &Target) -> bool {
        let takes = |g: &FnRef| {
            let function = self.world.program.function(*g);
            let local = parameter(function, data, at);
            let param = function.params.iter().find(|param| Some(param.local) == local);
            param.is_some_and(|param| param.by_value && self.is_of_its_type(*g, param))
        };
        !target.by_name && !target.functions.is_empty() && target.functions.iter().all(takes)
    }

    fn is_of_its_type(&self, g: FnRef, param: &Param) -> bool {
        let program = self.world.program;
        match (param.ty.as_ref().map(|ty| program.eval_type(g, ty)), self.resource.what) {
            (Some(Ty::Concept(ty)), What::Catalog(own)) => {
                program.catalog.ty(ty).row.kind == program.catalog.ty(own).row.kind
            }
            (Some(Ty::Instance(class)), What::Object(own)) => class == own,
            _ => false,
        }
    }
}

/// The calls of a callback and of the blocks in it that nobody else runs.
pub(crate) fn run_in(world: &World, callback: FnRef) -> Vec<CallId> {
    let handed = handed_over(world, callback.file);
    let calls = world.program.facts(callback.file).calls.iter().enumerate();
    let inside = calls.filter(|(_, call)| runs_itself(world, callback, call.function, &handed));
    inside.map(|(at, _)| CallId(at as u32)).collect()
}

fn runs_itself(world: &World, callback: FnRef, function: FnId, handed: &FxHashSet<FnId>) -> bool {
    let mut at = function;
    while at != callback.id {
        let data = world.program.facts(callback.file).function(at);
        match data.parent.filter(|_| data.kind == FnKind::Block && !handed.contains(&at)) {
            Some(parent) => at = parent,
            None => return false,
        }
    }
    true
}

/// Something else than its own function runs the closure.
pub(crate) fn is_handed_over(world: &World, closure: FnRef) -> bool {
    handed_over(world, closure.file).contains(&closure.id)
}

/// The closures of a file that something else than its own function runs.
fn handed_over(world: &World, file: u32) -> FxHashSet<FnId> {
    let hands = |id: usize| {
        let target = world.graph.target(CallRef { file, id: CallId(id as u32) });
        target.is_some_and(|target| target.rows.iter().any(|row| row.kind == RowKind::Handover))
    };
    let calls = world.program.facts(file).calls.iter().enumerate().filter(|(id, _)| hands(*id));
    let closure = |arg: &Arg| if let Value::Closure(id) = arg.value { Some(id) } else { None };
    calls.flat_map(|(_, call)| call.args.iter().filter_map(closure)).collect()
}

fn binding(node: &Node) -> Option<VarRef> {
    match node {
        Node::Bind { target: Value::Var(var), .. } => Some(*var),
        _ => None,
    }
}

fn is_or_may_be(value: &Value, var: VarRef) -> bool {
    match value {
        Value::Var(own) => *own == var,
        Value::Choice(values, _) => values.iter().any(|value| is_or_may_be(value, var)),
        _ => false,
    }
}
