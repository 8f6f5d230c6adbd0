//! `async for session in lend():` that is left before its end: nobody ends an asynchronous generator that a loop has left.
//!
//! What follows its `yield` runs when the garbage collector comes by. Knows no library by name.

use super::{Leak, Path, Survey};
use crate::facts::walk::nodes;
use crate::facts::{Block, Node, Value};
use crate::program::{CallRef, FnRef};

impl Survey<'_, '_, '_, '_> {
    /// What loops over lenders leave open.
    pub(crate) fn dropped(&mut self) {
        let program = self.world.program;
        for f in program.functions().filter(|f| !program.semantics(f.file).ends_iterators) {
            for node in nodes(&program.function(f).body) {
                self.found.leaks.extend(self.left_by_loop(f, node));
            }
        }
    }

    fn left_by_loop(&self, f: FnRef, node: &Node) -> Option<Leak> {
        let Node::Loop { each: Some(Value::Call(id)), body, .. } = node else { return None };
        let call = CallRef { file: f.file, id: *id };
        let target = self.world.graph.target(call).filter(|target| !target.by_name)?;
        let [lender] = target.functions[..] else { return None };
        let flags = &self.world.program.function(lender).flags;
        let resource = *self.lenders.get(&lender).filter(|_| flags.is_async && flags.generator)?;
        let path = left_at(body)?;
        let reached = self.judged(f, call, true)?;
        Some(Leak { through: Some(lender), whole: false, ..Leak::of_whole(call, resource, path, reached) })
    }
}

/// Where the body leaves the loop or the function, or waits for somebody who may never come back.
fn left_at(body: &Block) -> Option<Path> {
    body.iter().find_map(|node| match node {
        Node::Return { span, .. } => Some(Path::Return(*span)),
        Node::Yield { span, .. } => Some(Path::Throw(*span)),
        Node::Break { .. } => Some(Path::End),
        Node::Loop { .. } | Node::Closure { .. } => None,
        other => other.blocks().find_map(left_at),
    })
}
