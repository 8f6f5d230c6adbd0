//! Conditions as predicates over places, with the names that `let` in them binds.
//!
//! Calls inside a condition are pushed before it, those behind `&&` and `||` under a branch. Knows
//! the standard library's tests (`is_none`, `contains_key`) and no other.

use syn::{BinOp, Expr, ExprBinary, ExprMethodCall, UnOp};

use super::exprs::{name_of, peel};
use super::patterns::{Bound, is_null, pattern_pred};
use super::{Lowerer, MAX_DEPTH, macro_args, spans};
use crate::facts::{Block, Node, Pred, Value};

pub(super) struct Cond {
    pub pred: Pred,
    /// What holds once the condition is true.
    pub binds: Vec<Bound>,
}

impl Cond {
    fn of(pred: Pred) -> Self {
        Self { pred, binds: Vec::new() }
    }
}

impl Lowerer {
    pub(super) fn cond(&mut self, expr: &Expr) -> Cond {
        if self.depth >= MAX_DEPTH {
            return Cond::of(Pred::Opaque(Vec::new()));
        }
        self.depth += 1;
        let condition = self.condition(peel(expr));
        self.depth -= 1;
        condition
    }

    fn condition(&mut self, expr: &Expr) -> Cond {
        match expr {
            Expr::Let(e) => {
                let value = self.expr(&e.expr);
                let pred = pattern_pred(&e.pat, &value, 0).unwrap_or(Pred::And(Vec::new()));
                Cond { pred, binds: self.binds(&e.pat, value) }
            }
            Expr::Unary(e) if matches!(e.op, UnOp::Not(_)) => Cond::of(self.cond(&e.expr).pred.negate()),
            Expr::Binary(e) => self.binary_condition(e),
            Expr::MethodCall(e) => Cond::of(self.method_pred(e)),
            Expr::Macro(e) if e.mac.path.is_ident("matches") => Cond::of(self.matches(&e.mac)),
            other => Cond::of(Pred::Truthy(self.expr(other))),
        }
    }

    fn binary_condition(&mut self, e: &ExprBinary) -> Cond {
        match e.op {
            BinOp::And(_) | BinOp::Or(_) => self.connect(e),
            BinOp::Eq(_) => Cond::of(self.equality(e)),
            BinOp::Ne(_) => Cond::of(self.equality(e).negate()),
            _ => {
                let left = self.expr(&e.left);
                Cond::of(Pred::Opaque(vec![left, self.expr(&e.right)]))
            }
        }
    }

    fn equality(&mut self, e: &ExprBinary) -> Pred {
        match (self.expr(&e.left), self.expr(&e.right)) {
            (Value::Literal(literal), value) | (value, Value::Literal(literal)) if is_null(&literal) => {
                Pred::Null(value)
            }
            (Value::Literal(literal), value) | (value, Value::Literal(literal)) => Pred::Eq(value, literal),
            (left, right) => Pred::Same(left, right),
        }
    }

    /// `&&` and `||`: what the right side does depends on the left.
    pub(super) fn connect(&mut self, e: &ExprBinary) -> Cond {
        let and = matches!(e.op, BinOp::And(_));
        let left = self.cond(&e.left);
        let mut right = Cond::of(Pred::And(Vec::new()));
        let effects = self.effects(|l| {
            l.push_binds(&left.binds);
            right = l.cond(&e.right);
        });
        if effects.len() > left.binds.len() {
            let pred = if and { left.pred.clone() } else { left.pred.clone().negate() };
            let span = spans::between(spans::start(&e.left), spans::end(&e.right));
            self.push(Node::branch(pred, effects, Block::new(), span));
        }
        let mut binds = left.binds;
        binds.extend(right.binds);
        let mut preds = flatten(left.pred, and);
        preds.extend(flatten(right.pred, and));
        if and { Cond { pred: Pred::And(preds), binds } } else { Cond::of(Pred::Or(preds)) }
    }

    fn method_pred(&mut self, e: &ExprMethodCall) -> Pred {
        let name = name_of(&e.method);
        match (name.as_str(), e.args.len()) {
            ("is_none", 0) => Pred::Null(self.expr(&e.receiver)),
            ("is_some", 0) => Pred::Null(self.expr(&e.receiver)).negate(),
            ("is_ok", 0) => Pred::Is(self.expr(&e.receiver), "Ok".into()),
            ("is_err", 0) => Pred::Is(self.expr(&e.receiver), "Err".into()),
            ("contains_key" | "contains", 1) => self.has(e),
            _ => Pred::Truthy(self.method_call(e)),
        }
    }

    /// The call stands in the body as well.
    fn has(&mut self, e: &ExprMethodCall) -> Pred {
        let Value::Call(id) = self.method_call(e) else { return Pred::Opaque(Vec::new()) };
        let Some(call) = self.b.facts.calls.get(id.index()) else { return Pred::Opaque(Vec::new()) };
        match (&call.callee, call.args.first()) {
            (Value::Member(container, _), Some(key)) => Pred::Has((**container).clone(), key.value.clone()),
            _ => Pred::Truthy(Value::Call(id)),
        }
    }

    /// `matches!(value, pattern)`.
    pub(super) fn matches(&mut self, mac: &syn::Macro) -> Pred {
        let Some((subject, pat)) = macro_args::matches(&mac.tokens) else {
            self.mention(&mac.tokens);
            return Pred::Opaque(Vec::new());
        };
        let value = self.expr(&subject);
        pattern_pred(&pat, &value, 0).unwrap_or(Pred::And(Vec::new()))
    }
}

fn flatten(pred: Pred, and: bool) -> Vec<Pred> {
    match pred {
        Pred::And(preds) if and => preds,
        Pred::Or(preds) if !and => preds,
        other => vec![other],
    }
}
