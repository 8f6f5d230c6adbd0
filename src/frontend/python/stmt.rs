//! Lowers statement lists and simple statements.
//!
//! What follows an unconditional exit in the same block is dropped. Knows no expression's
//! meaning.

use super::def::Decorators;
use super::tree::Syntax;
use super::{Lowering, tree};
use crate::facts::{Block, LoopKind, Node, Pattern, Value};

impl<'t> Lowering<'t> {
    /// The statements of a block, up to the first that never ends normally.
    pub(super) fn statements(&mut self, block: Syntax<'t>) {
        let children = tree::named(block);
        for (index, child) in children.iter().enumerate() {
            self.statement(*child);
            if may_exit(child.kind()) && self.exited() {
                return self.dead(&children[index + 1..]);
            }
        }
    }

    pub(super) fn suite(&mut self, block: Option<Syntax<'t>>) -> Block {
        self.block(|l| {
            if let Some(block) = block {
                l.statements(block);
            }
        })
    }

    /// The last node of the open block never ends normally.
    pub(super) fn exited(&mut self) -> bool {
        let Some(last) = self.b.mark().checked_sub(1) else { return false };
        let tail = self.b.split_block(last);
        let exited = tail.last().is_some_and(exits);
        tail.into_iter().for_each(|node| self.b.push(node));
        exited
    }

    /// An unreachable `yield` still makes a generator.
    fn dead(&mut self, rest: &[Syntax<'t>]) {
        if rest.iter().any(|statement| self.text_of(*statement).contains("yield") && yields(*statement)) {
            self.b.function().flags.generator = true;
        }
    }

    pub(super) fn statement(&mut self, node: Syntax<'t>) {
        self.nested(|l| l.statement_at(node));
    }

    fn statement_at(&mut self, node: Syntax<'t>) {
        match node.kind() {
            "expression_statement" => tree::named(node).into_iter().for_each(|child| self.statement(child)),
            "assignment" => self.assignment(node),
            "augmented_assignment" => self.augmented(node),
            "return_statement" => self.return_statement(node),
            "raise_statement" => {
                self.effects(node);
                self.b.push(Node::Throw { span: tree::span(node) });
            }
            "break_statement" => self.b.push(Node::Break { label: None }),
            "continue_statement" => self.b.push(Node::Continue { label: None }),
            "function_definition" => self.function(node, Decorators::default()),
            "class_definition" => self.class(node, Decorators::default()),
            "decorated_definition" => self.decorated(node),
            "block" => self.statements(node),
            _ => self.other_statement(node),
        }
    }

    fn other_statement(&mut self, node: Syntax<'t>) {
        match node.kind() {
            "if_statement" => self.if_statement(node),
            "for_statement" => self.for_statement(node),
            "while_statement" => self.while_statement(node),
            "try_statement" => self.try_statement(node),
            "with_statement" => self.with_statement(node),
            "match_statement" => self.match_statement(node),
            "import_statement" => self.import_statement(node),
            "import_from_statement" => self.import_from(node),
            "delete_statement" => self.delete(node),
            "type_alias_statement" => self.type_alias(node),
            "assert_statement" => drop(tree::first(node).map(|condition| self.expr(condition))),
            "pass_statement" | "global_statement" | "nonlocal_statement" | "future_import_statement" => {}
            "ERROR" => tree::named(node).into_iter().for_each(|child| self.statement(child)),
            _ => drop(self.expr(node)),
        }
    }

    fn return_statement(&mut self, node: Syntax<'t>) {
        let value = tree::first(node).map(|value| self.expr(value));
        self.b.push(Node::Return { value, span: tree::span(node) });
    }

    /// A deleted place holds nothing known.
    fn delete(&mut self, node: Syntax<'t>) {
        let targets: Vec<Syntax<'t>> = tree::named(node);
        let targets = match targets.as_slice() {
            [list] if matches!(list.kind(), "expression_list" | "tuple" | "list") => tree::named(*list),
            _ => targets,
        };
        for target in targets {
            if matches!(target.kind(), "identifier" | "attribute" | "subscript") {
                let place = self.target(target);
                self.b.bind(place, Value::Unknown, tree::span(node));
            }
        }
    }

    fn type_alias(&mut self, node: Syntax<'t>) {
        let (Some(left), Some(right)) = (tree::field(node, "left"), tree::field(node, "right")) else { return };
        let value = self.expr(right);
        if let Some(name) = tree::first(left).filter(|name| name.kind() == "identifier") {
            self.bind(name, value, tree::span(node));
        }
    }
}

fn may_exit(kind: &str) -> bool {
    matches!(
        kind,
        "return_statement"
            | "raise_statement"
            | "break_statement"
            | "continue_statement"
            | "if_statement"
            | "try_statement"
            | "while_statement"
            | "match_statement"
    )
}

fn yields(statement: Syntax) -> bool {
    let mut found = false;
    tree::each(statement, |node| {
        found |= node.kind() == "yield";
        !found && !matches!(node.kind(), "function_definition" | "lambda" | "class_definition")
    });
    found
}

/// The node never ends normally. A `with` may: some managers swallow what its body raises.
fn exits(node: &Node) -> bool {
    let ends = |block: &Block| block.last().is_some_and(exits);
    match node {
        Node::Return { .. } | Node::Throw { .. } | Node::Break { .. } | Node::Continue { .. } => true,
        Node::Branch { then, otherwise, .. } => ends(then) && ends(otherwise),
        Node::Match { arms, .. } => {
            arms.iter().any(|arm| arm.pattern == Pattern::Any) && arms.iter().all(|arm| ends(&arm.body))
        }
        Node::Try { body, handlers, finally, .. } => {
            ends(finally) || ends(body) && handlers.iter().all(|handler| ends(&handler.body))
        }
        Node::Loop { kind: LoopKind::Endless, body, .. } => !body.iter().any(breaks),
        _ => false,
    }
}

fn breaks(node: &Node) -> bool {
    match node {
        Node::Break { .. } => true,
        Node::Loop { .. } => false,
        other => other.blocks().any(|block| block.iter().any(breaks)),
    }
}
