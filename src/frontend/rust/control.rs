//! `if`, `match` and blocks: regions whose tails are values.
//!
//! An arm that leaves gives no value. Knows no loops and no calls.

use syn::{Expr, ExprIf, ExprMatch, Label, Pat};

use super::exprs::literal;
use super::patterns::{arm_pattern, pattern_name, pattern_pred, peel_pattern};
use super::types::dotted;
use super::{Frame, Hint, Lowerer, choice, spans};
use crate::facts::{Arm, Block, Literal, Node, Pred, Span, Value, redact};

impl Lowerer {
    pub(super) fn if_expr(&mut self, e: &ExprIf) -> Value {
        let span = spans::between(e.if_token.span, spans::if_end(e));
        let saved = self.enter();
        let condition = self.cond(&e.cond);
        let mut values = Vec::with_capacity(2);
        let (then, then_dead) = self.arm_block(&mut values, |l| {
            l.push_binds(&condition.binds);
            l.block_value(&e.then_branch)
        });
        let (before, cond_dead) = self.leave(saved);
        let (otherwise, else_dead) = match &e.else_branch {
            Some((_, branch)) => self.arm_block(&mut values, |l| l.expr(branch)),
            None => {
                values.push(Value::Literal(Literal::Null));
                (Block::new(), false)
            }
        };
        before.into_iter().for_each(|node| self.push(node));
        self.push(Node::branch(condition.pred, then, otherwise, span));
        self.dead |= cond_dead || then_dead && else_dead;
        choice(values)
    }

    /// A block that gives a value unless control leaves it.
    pub(super) fn arm_block(
        &mut self,
        values: &mut Vec<Value>,
        fill: impl FnOnce(&mut Self) -> Value,
    ) -> (Block, bool) {
        let mut value = Value::Unknown;
        let (block, dead) = self.nested(|l| value = fill(l));
        if !dead {
            values.push(value);
        }
        (unwrap_group(block), dead)
    }

    pub(super) fn match_expr(&mut self, e: &ExprMatch) -> Value {
        let subject = self.expr(&e.expr);
        let span = spans::between(e.match_token.span, e.brace_token.span.close());
        let mut values = Vec::with_capacity(e.arms.len());
        let mut dead = !e.arms.is_empty();
        let mut arms = Vec::with_capacity(e.arms.len());
        for arm in &e.arms {
            let (body, arm_dead) = self.arm(arm, &subject, &mut values);
            dead &= arm_dead;
            let pattern = arm_pattern(&arm.pat);
            arms.push(Arm {
                pattern,
                body,
                span: spans::between(spans::pattern_start(&arm.pat), spans::end(&arm.body)),
            });
        }
        let node = match option_pred(e, &subject) {
            Some(pred) => branch(pred, arms, span),
            None => Node::Match { subject, arms, span },
        };
        self.push(node);
        self.dead |= dead;
        choice(values)
    }

    fn arm(&mut self, arm: &syn::Arm, subject: &Value, values: &mut Vec<Value>) -> (Block, bool) {
        self.arm_block(values, |l| {
            let bounds = l.binds(&arm.pat, subject.clone());
            l.push_binds(&bounds);
            let hint = Hint { name: None, anchor: pattern_text(&arm.pat) };
            match peel_pattern(&arm.pat) {
                Pat::Guard(guarded) => l.guarded(&guarded.guard, &arm.body, hint),
                _ => l.hinted(&arm.body, hint),
            }
        })
    }

    /// An arm's body under its guard; where the guard fails, the match goes on.
    fn guarded(&mut self, guard: &Expr, body: &Expr, hint: Hint) -> Value {
        let condition = self.cond(guard);
        let mut values = Vec::new();
        let (then, _) = self.arm_block(&mut values, |l| {
            l.push_binds(&condition.binds);
            l.hinted(body, hint)
        });
        let span = spans::between(spans::start(guard), spans::end(body));
        if !then.is_empty() {
            self.push(Node::branch(condition.pred, then, Block::new(), span));
        }
        choice(values)
    }

    /// A block as an expression, with its own scope.
    pub(super) fn group(&mut self, block: &syn::Block, label: Option<&Label>) -> Value {
        let label = label.map(|label| label.name.ident.to_string().into());
        self.frames.push(Frame { label, is_loop: false, broken: false, values: Vec::new() });
        let mut values = Vec::new();
        let (body, dead) = self.arm_block(&mut values, |l| l.block_value(block));
        let frame = self.frames.pop();
        let broken = frame.as_ref().is_some_and(|frame| frame.broken);
        values.extend(frame.into_iter().flat_map(|frame| frame.values));
        if !body.is_empty() {
            self.push(Node::Group(body));
        }
        self.dead |= dead && !broken;
        choice(values)
    }
}

/// The block of an `else` or match arm needs no group of its own.
fn unwrap_group(mut block: Block) -> Block {
    match block.pop() {
        Some(Node::Group(inner)) => block.extend(inner),
        last => block.extend(last),
    }
    block
}

/// A match on `Some` and `None` says whether something is there.
fn option_pred(e: &ExprMatch, subject: &Value) -> Option<Pred> {
    let [first, second] = e.arms.as_slice() else { return None };
    let is_option = |pat: &Pat| {
        matches!(pattern_name(peel_pattern(pat)).as_deref(), Some("Some" | "None" | "Option.Some" | "Option.None"))
    };
    let guarded = [first, second].iter().any(|arm| matches!(arm.pat, Pat::Guard(_)));
    let other = is_option(&second.pat) || pattern_pred(&second.pat, subject, 0).is_none();
    if guarded || !other || !is_option(&first.pat) {
        return None;
    }
    match pattern_pred(&first.pat, subject, 0)? {
        // A refutable payload: what does not match it is not `None`.
        Pred::And(_) => None,
        pred => Some(pred),
    }
}

fn branch(pred: Pred, arms: Vec<Arm>, span: Span) -> Node {
    let mut bodies = arms.into_iter().map(|arm| arm.body);
    let (then, otherwise) = (bodies.next().unwrap_or_default(), bodies.next().unwrap_or_default());
    Node::branch(pred, then, otherwise, span)
}

/// A short text for a pattern: tells the closures of several arms apart.
fn pattern_text(pat: &Pat) -> String {
    match peel_pattern(pat) {
        Pat::Guard(guarded) => pattern_text_unguarded(&guarded.pat),
        other => pattern_text_unguarded(other),
    }
}

fn pattern_text_unguarded(pat: &Pat) -> String {
    match pat {
        Pat::Lit(lit) => match literal(&lit.lit) {
            Some(Literal::Str(text)) => format!("{:?}", redact::text(&text)),
            Some(Literal::Num(number)) => number.to_string(),
            _ => String::new(),
        },
        Pat::TupleStruct(tuple) => match tuple.elems.first().and_then(pattern_name) {
            Some(inner) => format!("{}({inner})", dotted(&tuple.path)),
            None => dotted(&tuple.path),
        },
        Pat::Tuple(tuple) => tuple.elems.iter().map(pattern_head).collect::<Vec<_>>().join(", "),
        Pat::Or(or) => or.cases.iter().map(pattern_head).collect::<Vec<_>>().join(" | "),
        other => pattern_name(other).unwrap_or_default(),
    }
}

fn pattern_head(pat: &Pat) -> String {
    pattern_name(pat).unwrap_or_else(|| "_".into())
}
