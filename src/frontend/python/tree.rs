//! Small readings of the syntax tree.
//!
//! Knows the parser's node interface; must not know facts beyond spans, nor what any node means.

use tree_sitter::Node as Syntax;

use crate::facts::Span;

pub(super) fn span(node: Syntax) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// The named children without comments and line continuations.
pub(super) fn named<'t>(node: Syntax<'t>) -> Vec<Syntax<'t>> {
    let mut cursor = node.walk();
    let children = node.children(&mut cursor);
    children.filter(|child| child.is_named() && (!child.is_extra() || child.is_error())).collect()
}

pub(super) fn first<'t>(node: Syntax<'t>) -> Option<Syntax<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.is_named() && !child.is_extra())
}

pub(super) fn child_of_kind<'t>(node: Syntax<'t>, kind: &str) -> Option<Syntax<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == kind)
}

pub(super) fn field<'t>(node: Syntax<'t>, name: &str) -> Option<Syntax<'t>> {
    node.child_by_field_name(name)
}

pub(super) fn fields<'t>(node: Syntax<'t>, name: &str) -> Vec<Syntax<'t>> {
    let mut cursor = node.walk();
    let children: Vec<Syntax<'t>> = node.children_by_field_name(name, &mut cursor).collect();
    children.into_iter().filter(|child| child.is_named() && !child.is_extra()).collect()
}

/// The expression inside any number of parentheses.
pub(super) fn peel(mut node: Syntax) -> Syntax {
    while node.kind() == "parenthesized_expression" {
        match first(node) {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// Visits a tree in order without recursion; `visit` says whether to go into the node.
pub(super) fn each<'t>(root: Syntax<'t>, mut visit: impl FnMut(Syntax<'t>) -> bool) {
    let mut cursor = root.walk();
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The anonymous tokens of an operator expression: `is not`, `<`, `in`.
pub(super) fn operators<'t>(node: Syntax<'t>) -> Vec<&'t str> {
    let mut cursor = node.walk();
    node.children(&mut cursor).filter(|child| !child.is_named()).map(|child| child.kind()).collect()
}
