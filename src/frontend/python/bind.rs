//! Lowers assignments: plain, chained, annotated, augmented, unpacking.
//!
//! Knows targets and what they make of a class's fields; must not know what values mean.

use super::tree::Syntax;
use super::{Lowering, tree};
use crate::facts::{BinaryOp, Literal, Span, Value};

impl<'t> Lowering<'t> {
    pub(super) fn assignment(&mut self, node: Syntax<'t>) {
        self.assigned(node, false);
    }

    /// Binds the targets and gives the assigned value if `wanted`: another target takes it too.
    fn assigned(&mut self, node: Syntax<'t>, wanted: bool) -> Value {
        let Some(left) = tree::field(node, "left") else { return Value::Unknown };
        let ty = tree::field(node, "type");
        let right = tree::field(node, "right");
        let value = right.map_or(Value::Unknown, |right| self.right_side(left, right));
        let kept = if wanted { value.clone() } else { Value::Unknown };
        if right.is_some() {
            self.bind(left, value, tree::span(node));
        }
        if let Some(ty) = ty {
            self.annotate(left, ty, right.is_some());
        }
        kept
    }

    fn right_side(&mut self, left: Syntax<'t>, right: Syntax<'t>) -> Value {
        match right.kind() {
            "assignment" => self.nested(|l| Some(l.assigned(right, true))).unwrap_or(Value::Unknown),
            "augmented_assignment" => {
                self.augmented(right);
                Value::Unknown
            }
            _ => self.named_value(right, self.target_name(left), ""),
        }
    }

    /// The name that a function assigned to the target is known by.
    fn target_name(&self, target: Syntax<'t>) -> Option<&'t str> {
        match target.kind() {
            "identifier" => Some(self.text_of(target)),
            "attribute" => tree::field(target, "attribute").map(|name| self.text_of(name)),
            _ => None,
        }
    }

    pub(super) fn augmented(&mut self, node: Syntax<'t>) {
        let (Some(left), Some(right)) = (tree::field(node, "left"), tree::field(node, "right")) else { return };
        let before = self.expr(left);
        let added = self.right_side(left, right);
        let op = tree::field(node, "operator").map_or(BinaryOp::Other, |op| operator(op.kind()));
        let target = self.target(left);
        self.note_field(&target, None, tree::span(left));
        self.b.bind(target, Value::Binary(op, Box::new(before), Box::new(added)), tree::span(node));
    }

    /// Binds a target, or each name of a pattern, to a value.
    pub(super) fn bind(&mut self, target: Syntax<'t>, value: Value, span: Span) {
        match target.kind() {
            "identifier" | "attribute" | "subscript" => {
                let place = self.target(target);
                self.note_field(&place, Some(&value), tree::span(target));
                self.b.bind(place, value, span);
            }
            "list_splat_pattern" | "list_splat" => self.bind_first(target, value.element(), span),
            "as_pattern_target" | "parenthesized_expression" => self.bind_first(target, value, span),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list" | "expression_list" => {
                self.nested(|l| l.unpack(target, value, span));
            }
            _ => {
                self.expr(target);
            }
        }
    }

    fn bind_first(&mut self, outer: Syntax<'t>, value: Value, span: Span) {
        if let Some(inner) = tree::first(outer) {
            self.nested(|l| l.bind(inner, value, span));
        }
    }

    fn unpack(&mut self, pattern: Syntax<'t>, value: Value, span: Span) {
        let targets = tree::named(pattern);
        let rest = targets.iter().position(|target| target.kind().starts_with("list_splat")).unwrap_or(targets.len());
        match value {
            Value::List(items) if items.len() == targets.len() && rest == targets.len() => {
                for (target, item) in targets.into_iter().zip(items) {
                    self.bind(target, item, span);
                }
            }
            value => {
                for (index, target) in targets.into_iter().enumerate() {
                    // Behind a starred name positions are unknown; the starred one adds its own step.
                    let part = match index.cmp(&rest) {
                        std::cmp::Ordering::Less => index_of(value.clone(), index),
                        std::cmp::Ordering::Equal => value.clone(),
                        std::cmp::Ordering::Greater => value.clone().element(),
                    };
                    self.bind(target, part, span);
                }
            }
        }
    }

    /// The place that a single target names. Its own calls happen here.
    pub(super) fn target(&mut self, node: Syntax<'t>) -> Value {
        match node.kind() {
            "identifier" => self.name_target(self.text_of(node), tree::span(node)),
            "subscript" => self.subscript_place(node),
            _ => self.expr(node),
        }
    }
}

pub(super) fn index_of(value: Value, index: usize) -> Value {
    Value::Index(Box::new(value), Box::new(Value::Literal(Literal::Num(index as f64))))
}

/// The operator of `a + b` and of `a += b`.
pub(super) fn operator(kind: &str) -> BinaryOp {
    match kind {
        "+" | "+=" => BinaryOp::Add,
        "-" | "-=" => BinaryOp::Sub,
        "*" | "*=" => BinaryOp::Mul,
        "/" | "/=" => BinaryOp::Div,
        "//" | "//=" => BinaryOp::FloorDiv,
        "**" | "**=" => BinaryOp::Power,
        _ => BinaryOp::Other,
    }
}
