//! Whether a transaction may be open at a call: until it is used, or used again after its transaction ended, a session
//! has no connection.
//!
//! Follows the region tree of a function up to the call, and the functions that it hands the session to. Errors are
//! taken for rare: what handlers do counts in them alone. Knows no library by name.

use rustc_hash::FxHashSet;

use super::overlap::MAX_DEPTH;
use super::regions::is_in_handler;
use super::walk::World;
use crate::facts::{Arg, Block, Call, CallId, FnId, Handler, Node, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::passing::parameter_of;

/// Closures and functions that are walked within each other.
const MAX_NESTING: u32 = 16;

/// On no way to the call something has been done with one of the variables since the last transaction ended.
pub fn is_between_transactions(world: &World, f: FnRef, at: CallId, vars: &FxHashSet<VarRef>) -> bool {
    !is_open_at(world.program, &Bound { world, f, vars, depth: 0 }, f, &|id| id == at)
}

/// On some way to one of the calls the session has a transaction open.
pub fn is_open_at<'a>(program: &Program<'a>, session: &dyn Session<'a>, f: FnRef, at: &dyn Fn(CallId) -> bool) -> bool {
    let mut walk = Walk::new(program, session, f, at);
    walk.block(&program.function(f).body, false);
    walk.found
}

/// Whether the session may have a transaction open where the function is left, when it has one as it begins or not.
pub fn is_open_behind<'a>(program: &Program<'a>, session: &dyn Session<'a>, f: FnRef, open: bool) -> bool {
    let mut walk = Walk::new(program, session, f, &|_| false);
    let end = walk.block(&program.function(f).body, open);
    end.unwrap_or(false) || walk.left
}

/// Some way leads from a call that goes well to one of the others.
pub fn leads_to<'a>(program: &Program<'a>, f: FnRef, from: CallId, at: &dyn Fn(CallId) -> bool) -> bool {
    let body = &program.function(f).body;
    let goes_well = |id: CallId| !is_in_handler(body, id) || is_in_handler(body, from);
    is_open_at(program, &Behind(CallRef { file: f.file, id: from }), f, &|id| at(id) && goes_well(id))
}

/// A session as functions see it.
pub trait Session<'a> {
    /// The value stands for it in the function.
    fn is(&self, f: FnRef, value: &'a Value) -> bool;

    /// Whether a transaction may be open behind the call; nothing where the call does nothing to it.
    fn behind(&self, call: CallRef) -> Option<bool>;

    /// A function that is only made may work with it all the same.
    fn is_captured(&self) -> bool;
}

/// Begins with a call and never ends: open is what a way from there leads to.
struct Behind(CallRef);

impl<'a> Session<'a> for Behind {
    fn is(&self, _: FnRef, _: &'a Value) -> bool {
        false
    }

    fn behind(&self, call: CallRef) -> Option<bool> {
        (call == self.0).then_some(true)
    }

    fn is_captured(&self) -> bool {
        false
    }
}

/// A session that variables of a function hold.
struct Bound<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    f: FnRef,
    vars: &'s FxHashSet<VarRef>,
    depth: u32,
}

impl<'a> Session<'a> for Bound<'_, '_, 'a> {
    fn is(&self, _: FnRef, value: &'a Value) -> bool {
        matches!(value.root(), Value::Var(var) if self.vars.contains(var))
    }

    fn behind(&self, call: CallRef) -> Option<bool> {
        let data = self.world.program.call(call);
        let uses = self.is(self.f, &data.callee) || data.args.iter().any(|arg| self.is_lent(arg));
        uses.then(|| !self.ends(call, data))
    }

    fn is_captured(&self) -> bool {
        true
    }
}

impl<'a> Bound<'_, '_, 'a> {
    fn is_lent(&self, arg: &'a Arg) -> bool {
        self.is(self.f, &arg.value)
    }

    /// The call ends the transaction, or the function that it hands it to does, however it returns.
    fn ends(&self, at: CallRef, call: &'a Call) -> bool {
        let program = self.world.program;
        if matches!(call.callee_name(program.facts(at.file)), Some("commit" | "rollback")) {
            return true;
        }
        let target = self.world.graph.target(at).filter(|_| self.depth < MAX_DEPTH);
        let Some([g]) = target.map(|target| target.functions.as_slice()) else { return false };
        let given = call.args.iter().position(|arg| self.is_lent(arg));
        let local = given.and_then(|given| parameter_of(program, at.file, call, *g, given));
        local.is_some_and(|local| self.ends_within(*g, VarRef { function: g.id, local }))
    }

    fn ends_within(&self, g: FnRef, own: VarRef) -> bool {
        let vars = FxHashSet::from_iter([own]);
        let session = Bound { world: self.world, f: g, vars: &vars, depth: self.depth + 1 };
        !is_open_behind(self.world.program, &session, g, true)
    }
}

struct Walk<'s, 'a> {
    program: &'s Program<'a>,
    session: &'s dyn Session<'a>,
    f: FnRef,
    at: &'s dyn Fn(CallId) -> bool,
    /// A transaction may be open at one of the calls.
    found: bool,
    /// One may be open where the function is left.
    left: bool,
    /// One may be open where a loop is left, or goes on.
    broken: bool,
    /// A call has begun one.
    begun: bool,
    nesting: u32,
}

impl<'s, 'a> Walk<'s, 'a> {
    fn new(program: &'s Program<'a>, session: &'s dyn Session<'a>, f: FnRef, at: &'s dyn Fn(CallId) -> bool) -> Self {
        Self { program, session, f, at, found: false, left: false, broken: false, begun: false, nesting: 0 }
    }

    /// Whether a transaction may be open behind the block, when one may be before it; nothing where control does not
    /// come there.
    fn block(&mut self, block: &'a Block, open: bool) -> Option<bool> {
        block.iter().try_fold(open, |open, node| self.node(node, open))
    }

    fn node(&mut self, node: &'a Node, open: bool) -> Option<bool> {
        match node {
            Node::Call(id) => Some(self.call(*id, open)),
            Node::Bind { target: target @ Value::Var(_), .. } if self.session.is(self.f, target) => Some(false),
            Node::Bind { .. } | Node::Await { .. } | Node::Yield { .. } => Some(open),
            Node::Return { .. } => {
                self.left |= open;
                None
            }
            Node::Throw { .. } => None,
            Node::Break { .. } | Node::Continue { .. } => {
                self.broken |= open;
                None
            }
            Node::Branch { then, otherwise, .. } => either(self.block(then, open), self.block(otherwise, open)),
            Node::Match { arms, .. } if arms.is_empty() => Some(open),
            Node::Match { arms, .. } => {
                arms.iter().fold(None, |behind, arm| either(behind, self.block(&arm.body, open)))
            }
            Node::Loop { body, .. } => Some(self.turns(body, open)),
            Node::Try { body, handlers, finally, .. } => self.tried(body, handlers, finally, open),
            Node::Scope { resource, bound, body, .. } => self.scope(resource, bound.as_ref(), body, open),
            Node::Closure { function, inline } => self.closure(*function, *inline, open),
            Node::Group(body) => self.block(body, open),
        }
    }

    /// A loop is thought to turn at least once.
    fn turns(&mut self, body: &'a Block, open: bool) -> bool {
        let outer = std::mem::take(&mut self.broken);
        let once = self.block(body, open);
        let again = once.unwrap_or(false) || self.broken;
        if again && !open {
            self.block(body, true);
        }
        let behind = again || once.is_none() && open;
        self.broken = outer;
        behind
    }

    fn tried(&mut self, body: &'a Block, handlers: &'a [Handler], finally: &'a Block, open: bool) -> Option<bool> {
        let before = std::mem::take(&mut self.begun);
        let done = self.block(body, open);
        let failed = open || self.begun;
        self.begun |= before;
        let handled = handlers.iter().fold(None, |behind, handler| either(behind, self.block(&handler.body, failed)));
        let behind = self.block(finally, done.or(handled).unwrap_or(failed));
        behind.filter(|_| done.or(handled).is_some())
    }

    /// `with session.begin()` ends the transaction, `with Session() as session` begins with none.
    fn scope(&mut self, resource: &'a Value, bound: Option<&'a Value>, body: &'a Block, open: bool) -> Option<bool> {
        let fresh = bound.is_some_and(|bound| matches!(bound, Value::Var(_)) && self.session.is(self.f, bound));
        let behind = self.block(body, open && !fresh)?;
        Some(behind && !fresh && !self.session.is(self.f, resource) && !self.begins(resource))
    }

    fn begins(&self, resource: &'a Value) -> bool {
        let Value::Call(id) = resource else { return false };
        let call = self.program.facts(self.f.file).call(*id);
        matches!(&call.callee, Value::Member(base, name) if name == "begin" && self.session.is(self.f, base))
    }

    fn closure(&mut self, function: FnId, inline: bool, open: bool) -> Option<bool> {
        if self.nesting >= MAX_NESTING || !inline && !self.session.is_captured() {
            return Some(open);
        }
        let (left, broken) = (std::mem::take(&mut self.left), self.broken);
        self.nesting += 1;
        let body = &self.program.facts(self.f.file).function(function).body;
        let end = self.block(body, open).unwrap_or(false) || self.left;
        self.nesting -= 1;
        (self.left, self.broken) = (left, broken);
        Some(end || !inline && open)
    }

    fn call(&mut self, id: CallId, open: bool) -> bool {
        self.found |= open && (self.at)(id);
        let behind = self.session.behind(CallRef { file: self.f.file, id });
        self.begun |= behind == Some(true);
        behind.unwrap_or(open)
    }
}

fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one || other),
        (one, other) => one.or(other),
    }
}
