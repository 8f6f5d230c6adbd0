//! What a start opens under a condition: the release asks nothing, as what was not opened needs none.
//!
//! The name that the release needs is declared before the condition. Only for branches, and for a `try` where the release
//! is registered beside the start: a loop opens several. Knows no library.

use super::naming::{Reach, Writer};
use super::register::whole_lines;
use super::{Mend, by_ending, in_returned};
use crate::facts::walk::{Region, nodes};
use crate::facts::{Node, Span};
use crate::ownership::effects::model::{Ending, Owner};
use crate::ownership::effects::{Effects, Open};

pub(super) fn released<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    opens: &[Open<'a>],
    around: &[Region],
) -> Option<Mend> {
    let body = &effects.program.function(owner.start).body;
    if around.iter().all(|region| matches!(region.node, Node::Try { .. })) && matches!(owner.ending, Ending::Call(_)) {
        return by_ending(effects, owner, open, Writer::among(effects, open, opens)?);
    }
    let branch = branch(around)?;
    let writer = Writer::among(effects, open, opens)?;
    if !matches!(owner.ending, Ending::Returned) {
        return by_ending(effects, owner, open, writer);
    }
    let opened = effects.program.call(open.call).span;
    let leaves = |node: &Node| match node {
        Node::Return { span, .. } => span.start > opened.start && span.end <= branch.end,
        _ => false,
    };
    let (at, _, indent) = whole_lines(writer.text, branch).filter(|_| !nodes(body).any(leaves))?;
    in_returned(effects, owner, open, writer, &Reach::Beside { at, indent })
}

/// The statement of the start's body that asks the conditions, where nothing but branches stands around the opener.
fn branch(around: &[Region]) -> Option<Span> {
    let asks = |region: &Region| matches!(region.node, Node::Branch { .. });
    match around.first()?.node {
        Node::Branch { span, .. } if around.iter().all(asks) => Some(*span),
        _ => None,
    }
}
