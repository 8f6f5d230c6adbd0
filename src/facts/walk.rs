//! All nodes of a body, at any depth, and the regions around one of them.
//!
//! For questions about what stands in a body. In which order things happen is asked of the control-flow graph.

use std::slice;

use super::node::Blocks;
use super::{Block, CallId, Node, Pred, Span, Value};

/// The nodes of a block and of the blocks in it, each before those in it. Bodies of functions that are made there are
/// not part of it.
pub fn nodes(block: &[Node]) -> Nodes<'_> {
    Nodes { levels: vec![Level { region: None, left: block.iter(), more: None }], last: None }
}

#[derive(Debug, Clone)]
pub struct Nodes<'a> {
    /// The blocks around, the innermost last.
    levels: Vec<Level<'a>>,
    /// The node that was given last, whose blocks come next.
    last: Option<&'a Node>,
}

#[derive(Debug, Clone)]
struct Level<'a> {
    region: Option<Region<'a>>,
    /// What is left of the block, and the blocks beside it that are still to come.
    left: slice::Iter<'a, Node>,
    more: Option<(&'a Node, Blocks<'a>)>,
}

/// A region around a node, and the block of it that leads there.
#[derive(Debug, Clone, Copy)]
pub struct Region<'a> {
    pub node: &'a Node,
    pub block: &'a Block,
}

impl<'a> Region<'a> {
    /// Of a branch its condition, and whether that holds in the block.
    pub fn condition(&self) -> Option<(&'a Pred, bool)> {
        match self.node {
            Node::Branch { pred, then, .. } => Some((pred, std::ptr::eq(then, self.block))),
            _ => None,
        }
    }

    pub fn is_loop(&self) -> bool {
        matches!(self.node, Node::Loop { .. })
    }
}

impl<'a> Nodes<'a> {
    /// Leaves out what stands in the node that was given last.
    pub fn pass_over(&mut self) {
        self.last = None;
    }

    /// The regions around the node that was given last, the outermost first.
    pub fn regions(&self) -> impl Iterator<Item = Region<'a>> {
        self.levels.iter().filter_map(|level| level.region)
    }
}

impl<'a> Iterator for Nodes<'a> {
    type Item = &'a Node;

    fn next(&mut self) -> Option<&'a Node> {
        if let Some(node) = self.last.take().filter(|node| node.is_region()) {
            self.levels.push(Level { region: None, left: [].iter(), more: Some((node, node.blocks())) });
        }
        loop {
            let level = self.levels.last_mut()?;
            if let Some(node) = level.left.next() {
                self.last = Some(node);
                return Some(node);
            }
            match level.more.as_mut().and_then(|(node, blocks)| Some((*node, blocks.next()?))) {
                Some((node, block)) => (level.region, level.left) = (Some(Region { node, block }), block.iter()),
                None => _ = self.levels.pop(),
            }
        }
    }
}

/// The regions around the first node that passes the test, outermost first; `None` where there is no such node.
pub fn regions<'a>(block: &'a [Node], test: impl Fn(&Node) -> bool) -> Option<Vec<Region<'a>>> {
    let mut all = nodes(block);
    all.find(|node| test(node))?;
    Some(all.regions().collect())
}

/// The regions around a call, outermost first; none where the block does not make it.
pub fn around_call(block: &[Node], call: CallId) -> Vec<Region<'_>> {
    regions(block, |node| matches!(node, Node::Call(id) if *id == call)).unwrap_or_default()
}

/// A `target := value`.
#[derive(Debug, Clone, Copy)]
pub struct Bind<'a> {
    pub target: &'a Value,
    pub value: &'a Value,
    pub span: Span,
}

/// What a block binds, at any depth.
pub fn binds(block: &[Node]) -> impl Iterator<Item = Bind<'_>> {
    nodes(block).filter_map(|node| match node {
        Node::Bind { target, value, span } => Some(Bind { target, value, span: *span }),
        _ => None,
    })
}

/// The calls of a block, at any depth, in order.
pub fn calls(block: &[Node]) -> impl Iterator<Item = CallId> {
    nodes(block).filter_map(|node| match node {
        Node::Call(id) => Some(*id),
        _ => None,
    })
}

/// The call stands in the block, at any depth.
pub fn has_call(block: &[Node], call: CallId) -> bool {
    calls(block).any(|id| id == call)
}

/// Something in the block returns, at any depth.
pub fn returns(block: &[Node]) -> bool {
    nodes(block).any(|node| matches!(node, Node::Return { .. }))
}

#[cfg(test)]
mod tests {
    use super::{around_call, calls, nodes, regions};
    use crate::facts::parse::parse;
    use crate::facts::{Block, CallId, FnId, Language, Node};

    fn body(text: &str) -> Block {
        let facts = parse(Language::Script, &format!("fn #0 _ TopLevel()\n{text}")).unwrap();
        facts.function(FnId::TOP).body.clone()
    }

    const TEXT: &str = "  %0 = $a()
  branch @p
    %1 = $b()
    loop Each @q
      %2 = $c()
    .
  .
    %3 = $d()
  .
  %4 = $e()
";

    #[test]
    fn nodes_come_in_order_at_any_depth() {
        let found: Vec<u32> = calls(&body(TEXT)).map(|id| id.0).collect();
        assert_eq!(found, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_node_can_be_passed_over() {
        let body = body(TEXT);
        let mut all = nodes(&body);
        let mut found = Vec::new();
        while let Some(node) = all.next() {
            match node {
                Node::Loop { .. } => all.pass_over(),
                Node::Call(id) => found.push(id.0),
                _ => {}
            }
        }
        assert_eq!(found, [0, 1, 3, 4]);
    }

    #[test]
    fn the_regions_around_are_told_with_their_blocks() {
        let body = body(TEXT);
        let around = around_call(&body, CallId(2));
        let [branch, turns] = around.as_slice() else { panic!("{around:?}") };
        assert!(branch.condition().is_some_and(|(_, holds)| holds) && turns.is_loop());
        let around = around_call(&body, CallId(3));
        assert!(around[0].condition().is_some_and(|(_, holds)| !holds));
        assert!(around_call(&body, CallId(4)).is_empty());
        assert!(regions(&body, |node| matches!(node, Node::Throw { .. })).is_none());
    }
}
