//! How much a block asks over one client: what answers with a cookie means the visit that goes on in the block, so that
//! a client for all must not be one of several requests that follow each other.
//!
//! Goes into the functions of the project that are handed the client. Knows no library by name.

use crate::catalog::schema::Role;
use crate::catalog::words::servers::CREDENTIAL_HEADERS;
use crate::checks::Project;
use crate::facts::{Arg, Block, Call, CallId, Node, Value, VarRef};
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
    /// Leaves out requests that say themselves who asks.
    unsigned: bool,
}

/// At most one of the requests that follow each other means a visit that others go on with. What takes out of the
/// client what is to be given back, or hands it to what is unknown, counts as many; `asked`: whether it is asked at all.
pub(super) fn is_one_visit(project: &Project, site: &Site, block: &Block, var: VarRef, asked: bool) -> bool {
    let held = |unsigned| Held { project, site, file: site.call.file, var, way: vec![site.function], unsigned };
    match held(false).most(block) {
        0 => !asked,
        1 => asked,
        several => asked && several < MANY && held(true).most(block) <= 1,
    }
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
                if takes || program.catalog.releases(self.site.ty, name) {
                    return MANY;
                }
                usize::from(!(self.unsigned && self.is_signed(call)))
            }
            (_, []) => 0,
            (callee, [only]) if !self.is_it(callee) && self.is_it(&call.args[*only].value) => {
                self.handed_on(id, *only).unwrap_or(MANY)
            }
            _ => MANY,
        }
    }

    /// A header of its own says who asks.
    fn is_signed(&self, call: &Call) -> bool {
        let named = |arg: &&Arg| arg.name.as_deref() == Some("headers");
        call.args.iter().filter(named).any(|arg| match &arg.value {
            Value::Var(var) => {
                let bound = self.project.program.bound(self.file, *var);
                !bound.is_empty() && bound.iter().all(|bound| has_credentials(bound.value))
            }
            value => has_credentials(value),
        })
    }

    /// What the function asks that is handed it.
    fn handed_on(&self, id: CallId, arg: usize) -> Option<usize> {
        let program = &self.project.program;
        let call = CallRef { file: self.file, id };
        let [f] = self.project.graph.target(call)?.functions.as_slice() else { return None };
        let local = parameter_of(program, self.file, program.call(call), *f, arg).filter(|_| !self.way.contains(f))?;
        let way = self.way.iter().copied().chain([*f]).collect();
        let var = VarRef { function: f.id, local };
        let held = Held { file: f.file, var, way, ..*self };
        Some(held.most(&program.function(*f).body))
    }
}

fn has_credentials(headers: &Value) -> bool {
    let is_one = |key: &str| CREDENTIAL_HEADERS.contains(&key.to_lowercase().as_str());
    matches!(headers, Value::Record { entries, .. } if entries.iter().any(|entry| is_one(&entry.key)))
}
