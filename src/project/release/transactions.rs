//! Whether a transaction may be open at a call: until it is used, or used again after its transaction ended, a session
//! has no connection.
//!
//! Follows the region tree of a function up to the call, and the functions that it hands the session to. Errors are
//! taken for rare: what handlers do counts in them alone. Knows no library by name.

use rustc_hash::FxHashSet;

use super::overlap::MAX_DEPTH;
use super::walk::World;
use crate::facts::{Arg, Block, Call, CallId, FnId, Handler, Node, Value, VarRef};
use crate::project::passing::parameter_of;
use crate::project::program::{CallRef, FnRef};

/// Closures and functions that are walked within each other.
const MAX_NESTING: u32 = 16;

/// On no way to the call something has been done with one of the variables since the last transaction ended.
pub fn is_between_transactions(world: &World, f: FnRef, at: CallId, vars: &FxHashSet<VarRef>) -> bool {
    let mut walk =
        Walk { world, f, vars, at: Some(at), found: false, left: false, broken: false, depth: 0, nesting: 0 };
    walk.block(&world.program.function(f).body, false);
    !walk.found
}

struct Walk<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    f: FnRef,
    vars: &'s FxHashSet<VarRef>,
    at: Option<CallId>,
    /// A transaction may be open at the call.
    found: bool,
    /// One may be open where the function is left.
    left: bool,
    /// One may be open where a loop is left, or goes on.
    broken: bool,
    depth: u32,
    nesting: u32,
}

impl<'a> Walk<'_, '_, 'a> {
    /// Whether a transaction may be open behind the block, when one may be before it; nothing where control does not
    /// come there.
    fn block(&mut self, block: &Block, open: bool) -> Option<bool> {
        block.iter().try_fold(open, |open, node| self.node(node, open))
    }

    fn node(&mut self, node: &Node, open: bool) -> Option<bool> {
        match node {
            Node::Call(id) => Some(self.call(*id, open)),
            Node::Bind { target: Value::Var(var), .. } if self.vars.contains(var) => Some(false),
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
    fn turns(&mut self, body: &Block, open: bool) -> bool {
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

    fn tried(&mut self, body: &Block, handlers: &[Handler], finally: &Block, open: bool) -> Option<bool> {
        let done = self.block(body, open);
        let failed = open || done.unwrap_or(true);
        let handled = handlers.iter().fold(None, |behind, handler| either(behind, self.block(&handler.body, failed)));
        let behind = self.block(finally, done.or(handled).unwrap_or(failed));
        behind.filter(|_| done.or(handled).is_some())
    }

    /// `with session.begin()` ends the transaction, `with Session() as session` begins with none.
    fn scope(&mut self, resource: &Value, bound: Option<&Value>, body: &Block, open: bool) -> Option<bool> {
        let fresh = matches!(bound, Some(Value::Var(var)) if self.vars.contains(var));
        let behind = self.block(body, open && !fresh)?;
        Some(behind && !fresh && !self.is_own(resource.root()) && !self.begins(resource))
    }

    fn begins(&self, resource: &Value) -> bool {
        let Value::Call(id) = resource else { return false };
        let call = self.world.program.facts(self.f.file).call(*id);
        matches!(&call.callee, Value::Member(base, name) if name == "begin" && self.is_own(base))
    }

    fn closure(&mut self, function: FnId, inline: bool, open: bool) -> Option<bool> {
        if self.nesting >= MAX_NESTING {
            return Some(open);
        }
        let (left, broken) = (std::mem::take(&mut self.left), self.broken);
        self.nesting += 1;
        let body = &self.world.program.facts(self.f.file).function(function).body;
        let end = self.block(body, open).unwrap_or(false) || self.left;
        self.nesting -= 1;
        (self.left, self.broken) = (left, broken);
        Some(end || !inline && open)
    }

    fn call(&mut self, id: CallId, open: bool) -> bool {
        self.found |= open && self.at == Some(id);
        let call = self.world.program.facts(self.f.file).call(id);
        let uses = self.is_own(call.callee.root()) || call.args.iter().any(|arg| self.is_lent(arg));
        if uses { !self.ends(id, call) } else { open }
    }

    fn is_own(&self, value: &Value) -> bool {
        matches!(value, Value::Var(var) if self.vars.contains(var))
    }

    fn is_lent(&self, arg: &Arg) -> bool {
        self.is_own(arg.value.root())
    }

    /// The call ends the transaction, or the function that it hands it to does, however it returns.
    fn ends(&self, id: CallId, call: &'a Call) -> bool {
        let program = self.world.program;
        if matches!(call.callee_name(program.facts(self.f.file)), Some("commit" | "rollback")) {
            return true;
        }
        let at = CallRef { file: self.f.file, id };
        let target = self.world.graph.target(at).filter(|_| self.depth < MAX_DEPTH);
        let Some([g]) = target.map(|target| target.functions.as_slice()) else { return false };
        let given = call.args.iter().position(|arg| self.is_lent(arg));
        let local = given.and_then(|given| parameter_of(program, at.file, call, *g, given));
        local.is_some_and(|local| self.ends_within(*g, VarRef { function: g.id, local }))
    }

    fn ends_within(&self, g: FnRef, own: VarRef) -> bool {
        let vars = FxHashSet::from_iter([own]);
        let depth = self.depth + 1;
        let mut walk = Walk { f: g, vars: &vars, at: None, found: false, left: false, broken: false, depth, ..*self };
        let end = walk.block(&self.world.program.function(g).body, true);
        !end.unwrap_or(false) && !walk.left
    }
}

fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one || other),
        (one, other) => one.or(other),
    }
}
