//! Answers that are sent piece by piece, behind the function that makes them: `StreamingResponse(rows(session))`.
//!
//! The generator that gives the pieces runs when the function has returned, as fast as the client reads. Knows no
//! library by name.

use rustc_hash::FxHashSet;

use super::bodies::{captures, parameter};
use super::model::World;
use super::{names, overlap};
use crate::catalog::RowKind;
use crate::catalog::schema::Role;
use crate::catalog::words::release::PIECEWISE;
use crate::facts::walk::{self, around_call, nodes};
use crate::facts::{Call, CallId, LoopKind, Node, Value, VarRef};
use crate::graph::daemons;
use crate::packages::manifests::version;
use crate::program::{CallRef, FnRef};
use crate::values::handover::may_stop;

/// A generator that an answer is made of.
pub struct Stream {
    /// The call that makes the generator.
    call: CallRef,
    pub generator: FnRef,
}

/// The generators of the answer that the call makes.
pub fn streams(world: &World, call: CallRef) -> Vec<Stream> {
    if !sends_pieces(world, call) {
        return Vec::new();
    }
    let data = world.program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let made = data.args.iter().filter_map(|arg| match world.program.deref(f, &arg.value) {
        Value::Call(id) => Some(CallRef { file: call.file, id: *id }),
        _ => None,
    });
    made.flat_map(|call| generators(world, call)).collect()
}

fn generators(world: &World, call: CallRef) -> Vec<Stream> {
    let functions =
        world.graph.target(call).filter(|target| !target.by_name).map_or(&[][..], |target| &target.functions);
    let lazy = functions.iter().filter(|g| world.program.function(**g).flags.generator);
    lazy.map(|g| Stream { call, generator: *g }).collect()
}

impl Stream {
    /// The generator is given one of the variables.
    pub fn is_given(&self, world: &World, vars: &FxHashSet<VarRef>) -> bool {
        let given = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
        world.program.call(self.call).args.iter().any(|arg| given(&arg.value))
    }

    /// The generator is given one of the variables, or has it from the function around it.
    pub fn uses(&self, world: &World, vars: &FxHashSet<VarRef>) -> bool {
        self.is_given(world, vars) || self.takes(world, vars).is_some()
    }

    /// The generator's name for one of the variables: its parameter, or that of the function around it.
    pub fn takes(&self, world: &World, vars: &FxHashSet<VarRef>) -> Option<VarRef> {
        let (program, data) = (world.program, world.program.call(self.call));
        let function = program.function(self.generator);
        let is = |value: &Value| matches!(value, Value::Var(var) if vars.contains(var));
        let given = data.args.iter().position(|arg| is(&arg.value));
        let param = given.and_then(|at| parameter(function, data, at));
        let own = param.map(|local| VarRef { function: self.generator.id, local });
        let captured = |var: &&VarRef| captures(program, self.generator, &|value| *value == Value::Var(**var));
        own.or_else(|| vars.iter().filter(captured).min_by_key(|var| var.local).copied())
    }

    /// Somebody else decides when the next piece comes.
    pub fn waits(&self, world: &World) -> bool {
        let calls = world.program.ids_within(self.generator).into_iter();
        let mut calls = calls.map(|id| CallRef { file: self.generator.file, id });
        calls.any(|at| {
            overlap::wait(world, at, &overlap::Search::default()).is_some() || overlap::has_role(world, at, Role::Take)
        }) || nodes(&world.program.function(self.generator).body)
            .any(|node| goes_on(node) || daemons::serves(world.program, self.generator, node))
    }
}

/// A loop that gives one piece after the other and never ends by itself.
fn goes_on(node: &Node) -> bool {
    let Node::Loop { kind: LoopKind::Endless, body, .. } = node else { return false };
    !may_stop(body) && nodes(body).any(|inner| matches!(inner, Node::Yield { .. }))
}

/// What the call asks for is lent until the answer has been sent, in the version of the framework that the file uses.
pub fn is_lent_until_sent(world: &World, call: CallRef) -> bool {
    let catalog = world.program.catalog;
    let rows = world.graph.target(call).map_or(&[][..], |target| &target.rows);
    let mut handed = rows.iter().filter(|row| row.kind == RowKind::Handover);
    handed.all(|row| {
        let [from, before] = &catalog.handover(*row).ends_early[..] else { return true };
        let names = &catalog.package(row.package).dependencies;
        let used = world.program.manifests.version_of(&world.program.units[call.file as usize].path, names);
        used.is_none_or(|used| used < version(from) || used >= version(before))
    })
}

/// The generators of the answers that a function makes.
pub fn made_in(world: &World, f: FnRef) -> Vec<Stream> {
    let calls = world.program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
    calls.filter(|call| world.program.call(*call).function == f.id).flat_map(|call| streams(world, call)).collect()
}

/// What a function has in the variables, while it runs the calls of `during` and to the end of the block around `taken`.
pub struct Holding<'h> {
    pub taken: CallRef,
    pub f: FnRef,
    pub during: &'h [CallId],
    pub vars: &'h FxHashSet<VarRef>,
}

impl Holding<'_> {
    pub fn is_held(&self, world: &World, call: CallRef) -> bool {
        self.during.contains(&call.id) || ends_around(world, self.taken, self.f, call, self.vars)
    }

    /// The call that makes an answer of what goes on using it after the function has returned, begun while it is held.
    pub fn outlived_by(&self, world: &World) -> Option<CallRef> {
        let uses = |call: CallRef| {
            let (streams, held) = (streams(world, call), self.is_held(world, call));
            let made = |stream: &Stream| held || self.during.contains(&stream.call.id);
            streams.iter().any(|stream| made(stream) && stream.uses(world, self.vars))
                || held && reads(world, call, self.vars)
        };
        self.own_calls(world).find(|call| uses(*call))
    }

    /// The calls of the function itself.
    pub fn own_calls(&self, world: &World) -> impl Iterator<Item = CallRef> {
        let calls = world.program.ids_within(self.f).into_iter().map(|id| CallRef { file: self.f.file, id });
        calls.filter(|call| world.program.call(*call).function == self.f.id)
    }
}

/// The call stands in a block at whose end the variables are given back.
pub(super) fn ends_around(world: &World, taken: CallRef, f: FnRef, call: CallRef, vars: &FxHashSet<VarRef>) -> bool {
    let facts = world.program.facts(f.file);
    let is = |value: &Value| matches!(value, Value::Var(var) if vars.contains(var));
    around_call(&world.program.function(f).body, call.id).iter().any(|region| match region.node {
        Node::Scope { resource, .. } => *resource == Value::Call(taken.id) || is(resource),
        Node::Try { finally, .. } => {
            let own: Vec<CallId> = walk::calls(finally).collect();
            !own.contains(&call.id) && own.into_iter().any(|id| gives_back(facts.call(id), vars))
        }
        _ => false,
    })
}

/// A method of one of the variables gives it back, by its name.
pub(super) fn gives_back(data: &Call, vars: &FxHashSet<VarRef>) -> bool {
    matches!(&data.callee, Value::Member(base, name)
        if matches!(&**base, Value::Var(var) if vars.contains(var)) && names::releases(name))
}

/// The answer is made of what reads from one of the variables piece by piece: `StreamingResponse(response.aiter_bytes())`.
fn reads(world: &World, call: CallRef, vars: &FxHashSet<VarRef>) -> bool {
    let data = world.program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let facts = world.program.facts(call.file);
    let reads = |value| {
        let Value::Call(id) = world.program.deref(f, value) else { return false };
        let read = facts.call(*id);
        let over = matches!(read.callee.root(), Value::Var(var) if vars.contains(var));
        over && !read.awaited && read.callee_name(facts).is_some_and(|name| PIECEWISE.contains(&name))
    };
    sends_pieces(world, call) && data.args.iter().any(|arg| reads(&arg.value))
}

/// The call makes an answer that is sent piece by piece.
fn sends_pieces(world: &World, call: CallRef) -> bool {
    let rows = world.graph.target(call).map_or(&[][..], |target| &target.rows);
    let mut handed = rows.iter().filter(|row| row.kind == RowKind::Handover);
    handed.any(|row| world.program.catalog.handover(*row).streams)
}
