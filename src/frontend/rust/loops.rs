//! Loops, and the breaks that leave them with a value.
//!
//! Knows the method names of the standard channels and streams, which make a `while let` a loop
//! over what arrives, and no library beyond them.

use syn::{Expr, ExprBreak, ExprForLoop, ExprLet, ExprLoop, ExprMethodCall, ExprWhile, Label, Pat};

use super::exprs::{name_of, peel};
use super::patterns::{pattern_name, peel_pattern};
use super::{Frame, Lowerer, choice, spans};
use crate::facts::{Block, Literal, LoopKind, Node, Value};

impl Lowerer {
    pub(super) fn endless(&mut self, e: &ExprLoop) -> Value {
        let (body, frame) = self.loop_body(e.label.as_ref(), |l| drop(l.block_value(&e.body)));
        let span = spans::between(e.loop_token.span, e.body.brace_token.span.close());
        self.push(Node::Loop { kind: LoopKind::Endless, label: frame.label, each: None, body, span });
        self.dead |= !frame.broken;
        choice(frame.values)
    }

    pub(super) fn for_loop(&mut self, e: &ExprForLoop) -> Value {
        let each = self.expr(&e.expr);
        let (body, frame) = self.loop_body(e.label.as_ref(), |l| {
            let bounds = l.binds(&e.pat, each.clone().element());
            l.push_binds(&bounds);
            l.block_value(&e.body);
        });
        let span = spans::between(e.for_token.span, e.body.brace_token.span.close());
        self.push(Node::Loop { kind: LoopKind::Each, label: frame.label, each: Some(each), body, span });
        Value::Literal(Literal::Null)
    }

    pub(super) fn while_loop(&mut self, e: &ExprWhile) -> Value {
        let span = spans::between(e.while_token.span, e.body.brace_token.span.close());
        let always = matches!(&*e.cond, Expr::Lit(lit) if matches!(&lit.lit, syn::Lit::Bool(lit) if lit.value));
        let mut each = None;
        let (body, frame) = self.loop_body(e.label.as_ref(), |l| match receive(&e.cond) {
            Some((pattern, awaited)) => {
                l.received(pattern, awaited, &mut each);
                l.block_value(&e.body);
            }
            None => {
                let condition = l.cond(&e.cond);
                if condition.binds.is_empty() && !always {
                    l.push(Node::leave_unless(condition.pred, spans::expr(&e.cond)));
                }
                l.push_binds(&condition.binds);
                l.block_value(&e.body);
            }
        });
        let kind = match each {
            Some(_) => LoopKind::Receive,
            None if always => LoopKind::Endless,
            None => LoopKind::While,
        };
        self.push(Node::Loop { kind, label: frame.label, each, body, span });
        Value::Literal(Literal::Null)
    }

    /// The variable is bound first, as in every loop; then comes the call that waits.
    fn received(&mut self, pattern: &Pat, awaited: &Expr, each: &mut Option<Value>) {
        let mark = self.b.mark();
        let value = self.expr(awaited);
        let waits = self.b.split_block(mark);
        let channel = self.receiver_of(&value).unwrap_or(value);
        let bounds = self.binds(payload(pattern), channel.clone().element());
        self.push_binds(&bounds);
        waits.into_iter().for_each(|node| self.push(node));
        *each = Some(channel);
    }

    /// What a method was called on whose answer, or the content of it, the value is.
    fn receiver_of(&self, value: &Value) -> Option<Value> {
        let Value::Call(id) = value else { return None };
        match &self.b.facts.calls.get(id.index())?.callee {
            Value::Member(answer, name) if UNWRAPPING.contains(&name.as_str()) => self.receiver_of(answer),
            Value::Member(receiver, _) => Some((**receiver).clone()),
            _ => None,
        }
    }

    fn loop_body(&mut self, label: Option<&Label>, fill: impl FnOnce(&mut Self)) -> (Block, Frame) {
        let label = label.map(|label| label.name.ident.to_string().into());
        self.frames.push(Frame { label, is_loop: true, broken: false, values: Vec::new() });
        let (body, _) = self.nested(fill);
        let frame = self.frames.pop();
        (body, frame.unwrap_or(Frame { label: None, is_loop: true, broken: true, values: Vec::new() }))
    }

    pub(super) fn break_expr(&mut self, e: &ExprBreak) -> Value {
        let value = e.expr.as_ref().map(|inner| self.expr(inner));
        let label = e.label.as_ref().map(|label| label.ident.to_string());
        let left = |frame: &&mut Frame| match &label {
            Some(label) => frame.label.as_deref() == Some(label),
            None => frame.is_loop,
        };
        if !self.dead
            && let Some(frame) = self.frames.iter_mut().rev().find(left)
        {
            frame.broken = true;
            frame.values.extend(value);
        }
        self.push(Node::Break { label });
        Value::Unknown
    }
}

/// `while let Some(x) = rx.recv().await` and its like: pattern and expression.
fn receive(cond: &Expr) -> Option<(&Pat, &Expr)> {
    let Expr::Let(ExprLet { pat, expr, .. }) = cond else { return None };
    let pattern = peel_pattern(pat);
    if !matches!(pattern_name(pattern).as_deref(), Some("Some" | "Ok")) {
        return None;
    }
    let (call, awaited) = waiting_call(expr)?;
    let method = name_of(&call.method);
    let arrives = method.starts_with("recv") || matches!(method.as_str(), "next" | "try_next" | "accept");
    let endless = awaited && (arrives || call.args.is_empty());
    (endless || method.starts_with("recv")).then_some((pattern, &**expr))
}

/// Methods that give the content of an answer, or end the program.
const UNWRAPPING: [&str; 2] = ["unwrap", "expect"];

/// The method call below `.await`, `?` and `.unwrap()`.
fn waiting_call(mut expr: &Expr) -> Option<(&ExprMethodCall, bool)> {
    let mut awaited = false;
    loop {
        expr = match peel(expr) {
            Expr::Await(e) => {
                awaited = true;
                &e.base
            }
            Expr::Try(e) => &e.expr,
            Expr::MethodCall(call) if !awaited && UNWRAPPING.contains(&name_of(&call.method).as_str()) => {
                &call.receiver
            }
            Expr::MethodCall(call) => return Some((call, awaited)),
            _ => return None,
        }
    }
}

/// What is inside `Some(…)` and `Ok(…)`.
fn payload(mut pat: &Pat) -> &Pat {
    while let Pat::TupleStruct(tuple) = peel_pattern(pat) {
        match (pattern_name(pat).as_deref(), tuple.elems.first()) {
            (Some("Some" | "Ok"), Some(inner)) => pat = inner,
            _ => return pat,
        }
    }
    pat
}
