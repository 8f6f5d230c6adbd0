//! How much a block asks over one client: what answers with a cookie means the visit that goes on in the block, so that
//! a client for all must not be one of several requests that follow each other.
//!
//! Goes into the functions of the project that are handed the client. Knows no library by name.

use crate::catalog::schema::Role;
use crate::checks::Project;
use crate::facts::{Block, CallId, Node, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::flow::mentions;
use crate::values::passing::parameter_of;
use crate::values::sites::Site;

/// More than one.
const MANY: usize = 1 << 16;

/// A client under the name that it has in one function.
struct Held<'p, 'a> {
    project: &'p Project<'a>,
    site: &'p Site,
    file: u32,
    var: VarRef,
    /// The functions that it was handed through.
    way: Vec<FnRef>,
}

/// At how many places one way through the block asks over the client at most. What takes out of it what is to be given
/// back, or hands it to what is unknown, counts as many.
pub(super) fn most_requests(project: &Project, site: &Site, block: &Block, var: VarRef) -> usize {
    Held { project, site, file: site.call.file, var, way: vec![site.function] }.most(block)
}

impl Held<'_, '_> {
    fn most(&self, block: &Block) -> usize {
        let count = |node: &Node| match node {
            Node::Branch { then, otherwise, .. } => self.most(then).max(self.most(otherwise)),
            // Another turn may take the other way.
            Node::Loop { body, .. } => self.places(body),
            node => self.own(node) + node.blocks().map(|inner| self.most(inner)).sum::<usize>(),
        };
        block.iter().map(count).sum()
    }

    fn places(&self, block: &Block) -> usize {
        block.iter().map(|node| self.own(node) + node.blocks().map(|inner| self.places(inner)).sum::<usize>()).sum()
    }

    /// What the node itself asks.
    fn own(&self, node: &Node) -> usize {
        let is_it = |value: &Value| value.holds(&|part| self.is_it(part));
        match node {
            Node::Call(id) => self.asked(*id),
            Node::Bind { value, .. } if is_it(value) => MANY,
            Node::Return { value: Some(value), .. } if is_it(value) => MANY,
            Node::Scope { resource, .. } if self.is_it(resource) => MANY,
            _ => 0,
        }
    }

    fn is_it(&self, value: &Value) -> bool {
        *value == Value::Var(self.var)
    }

    fn asked(&self, id: CallId) -> usize {
        let (program, call) = (&self.project.program, self.project.program.facts(self.file).call(id));
        let given = |value: &Value| mentions(program, self.file, value, &mut |part| self.is_it(part));
        let handed: Vec<usize> = (0..call.args.len()).filter(|at| given(&call.args[*at].value)).collect();
        match (&call.callee, handed.as_slice()) {
            (Value::Member(base, name), []) if self.is_it(base) => {
                let takes = program.catalog.method(self.site.ty, name).is_some_and(|row| row.role == Role::Acquire);
                if takes || program.catalog.releases(self.site.ty, name) { MANY } else { 1 }
            }
            (_, []) => 0,
            (callee, [only]) if !self.is_it(callee) && self.is_it(&call.args[*only].value) => {
                self.handed_on(id, *only).unwrap_or(MANY)
            }
            _ => MANY,
        }
    }

    /// What the function asks that is handed it.
    fn handed_on(&self, id: CallId, arg: usize) -> Option<usize> {
        let program = &self.project.program;
        let call = CallRef { file: self.file, id };
        let [f] = self.project.graph.target(call)?.functions.as_slice() else { return None };
        let local = parameter_of(program, self.file, program.call(call), *f, arg).filter(|_| !self.way.contains(f))?;
        let way = self.way.iter().copied().chain([*f]).collect();
        let var = VarRef { function: f.id, local };
        let held = Held { project: self.project, site: self.site, file: f.file, var, way };
        Some(held.most(&program.function(*f).body))
    }
}
