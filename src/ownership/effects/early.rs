//! Ways out of a start that hand over no disposer, or one of other things, though what the disposer releases is open by
//! then.
//!
//! Only ways that say so themselves count: a `return` of nothing or of a function that releases something else, or the
//! end of the body beside a disposer that is returned under a condition. Knows no library.

use super::Fault;
use super::ends::ends;
use super::model::{Event, Fit, Fitting, Owner};
use super::tested::all_tested;
use super::unseen::may_release;
use crate::facts::walk::nodes;
use crate::facts::{Block, CallId, Literal, Node, Pred, Value, exits};
use crate::program::{CallRef, FnRef};

pub(crate) struct Ways<'c, 'e, 'a> {
    pub owner: &'c Owner<'a>,
    pub fitting: &'c Fitting<'e, 'a>,
    /// What the start and its closures call.
    pub body: &'c [Event<'a>],
}

impl<'a> Ways<'_, '_, 'a> {
    /// Where the start is left without the disposer that stands for the event.
    pub fn without(&self, event: &Event<'a>) -> Option<Fault> {
        let (start, open) = (self.owner.start, self.fitting.open);
        let entry = open.path.first().copied().unwrap_or(open.call);
        let own = self.owner.returns && !open.late && self.fitting.effects.at(entry) == start;
        if !own || !self.fitting.effects.within(start, event.from) || self.owner.ends.contains(&event.from) {
            return None;
        }
        let body = &self.fitting.effects.program.function(start).body;
        let opened = body.iter().position(|node| matches!(node, Node::Call(id) if *id == entry.id))?;
        let rest = &body[opened + 1..];
        let given = rest.iter().position(|node| matches!(node, Node::Return { .. }));
        let before = &rest[..given.unwrap_or(rest.len())];
        let skips = |node: &'a Node| self.skips(start, node, given.is_some());
        before.iter().find_map(skips)
    }

    /// A condition that has nothing to do with what was opened decides whether the disposer is returned.
    fn skips(&self, start: FnRef, node: &'a Node, goes_on: bool) -> Option<Fault> {
        let Node::Branch { pred, then, otherwise, span } = node else { return None };
        if self.is_about(start.file, pred) {
            return None;
        }
        let early = [then, otherwise].into_iter().find_map(|arm| self.early_return(arm));
        let last = || !goes_on && otherwise.is_empty() && returns_closure(then) && exits(then);
        early.or_else(|| last().then_some(Fault::Skipped(*span)))
    }

    /// The arm leaves with nothing or with another disposer, and calls nothing that may release.
    fn early_return(&self, arm: &'a Block) -> Option<Fault> {
        let (Node::Return { value, span }, before) = arm.split_last()? else { return None };
        let fault = match value {
            None => Fault::Skipped(*span),
            Some(value) if self.gives_nothing(value) => Fault::Skipped(*span),
            Some(value) if self.gives_other(value) => Fault::Parted(*span),
            Some(_) => return None,
        };
        (!before.iter().any(|node| self.may_release(node))).then_some(fault)
    }

    /// A function that releases something, and nothing of what was opened.
    fn gives_other(&self, value: &'a Value) -> bool {
        let Fitting { effects, open, handle } = self.fitting;
        let events = ends(effects, &[], &[(self.owner.start, value)]).events;
        let releases =
            |event: &Event<'a>| self.fitting.fit(event) == Fit::Releases || may_release(effects, open, handle, event);
        matches!(value, Value::Closure(_)) && !events.is_empty() && !events.iter().any(releases)
    }

    fn gives_nothing(&self, value: &Value) -> bool {
        match value {
            Value::Literal(literal) => matches!(literal, Literal::Null | Literal::Bool(_)),
            Value::Closure(id) => {
                let f = FnRef { file: self.owner.start.file, id: *id };
                self.fitting.effects.program.function(f).body.is_empty()
            }
            _ => false,
        }
    }

    fn may_release(&self, node: &Node) -> bool {
        nodes(std::slice::from_ref(node)).any(|node| match node {
            Node::Call(id) => self.is_release(*id),
            Node::Return { .. } => true,
            _ => false,
        })
    }

    fn is_release(&self, id: CallId) -> bool {
        let call = CallRef { file: self.owner.start.file, id };
        let target = self.fitting.effects.project.graph.target(call);
        let followed = target.is_some_and(|target| !target.functions.is_empty());
        let mut events = self.body.iter().filter(|event| event.call == Some(call));
        followed || events.any(|event| self.fitting.fit(event) == Fit::Releases)
    }

    /// It tests the handle, or an element of the page, which is there when the component is.
    fn is_about(&self, file: u32, pred: &'a Pred) -> bool {
        let tested = all_tested(&[(file, pred)]);
        tested.into_iter().any(|(_, value)| self.fitting.handle.relates(file, value) || self.is_element(file, value))
    }

    fn is_element(&self, file: u32, value: &'a Value) -> bool {
        let shown = |value: &Value| match value {
            Value::Member(_, name) => name == "current",
            Value::Call(_) => {
                matches!(self.fitting.effects.chain_root_ref(file, value), Value::Global(name) if name == "document")
            }
            _ => false,
        };
        shown(value) || self.fitting.effects.bound_to(file, value).into_iter().any(|(_, bound)| shown(bound))
    }
}

fn returns_closure(block: &Block) -> bool {
    matches!(block.last(), Some(Node::Return { value: Some(Value::Closure(_)), .. }))
}
