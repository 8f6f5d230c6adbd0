//! Lowers conditions: to predicates on places, and to values where they stand as expressions.
//!
//! Knows comparisons, short circuits and the builtins that ask about a value's type. Must not
//! know what any place means.

use super::tree::Syntax;
use super::{Lowering, tree};
use crate::facts::{BinaryOp, Block, Chosen, FnId, Literal, Node, Pred, Span, Value};

/// More operands before one than this are not told apart.
const MAX_PASSED: usize = 8;

impl<'t> Lowering<'t> {
    pub(super) fn pred(&mut self, node: Syntax<'t>) -> Pred {
        self.test(node).0
    }

    /// A condition as predicate and as value. Its calls happen here.
    pub(super) fn test(&mut self, node: Syntax<'t>) -> (Pred, Value) {
        let tested = self.nested(|l| Some(l.test_at(tree::peel(node))));
        tested.unwrap_or_else(|| (Pred::Opaque(Vec::new()), Value::Unknown))
    }

    fn test_at(&mut self, node: Syntax<'t>) -> (Pred, Value) {
        match node.kind() {
            "not_operator" => match tree::field(node, "argument") {
                Some(argument) => (self.pred(argument).negate(), Value::Unknown),
                None => (Pred::Opaque(Vec::new()), Value::Unknown),
            },
            "boolean_operator" => self.boolean(node),
            "comparison_operator" => self.comparison(node),
            "call" => match self.type_test(node) {
                Some(pred) => (pred, Value::Unknown),
                None => truth(self.call(node)),
            },
            _ => truth(self.expr(node)),
        }
    }

    /// `a or b or c`: each operand runs only if those before it did not decide.
    fn boolean(&mut self, node: Syntax<'t>) -> (Pred, Value) {
        let or = is_or(node);
        let (mut preds, mut values) = (Vec::new(), Vec::new());
        for operand in operands(node) {
            let mark = self.b.mark();
            let (pred, value) = self.test(operand);
            if !preds.is_empty() {
                self.conditional(mark, || undecided(&preds, or), tree::span(operand));
            }
            preds.push(pred);
            values.push(value);
        }
        let pred = if or { Pred::Or(preds) } else { Pred::And(preds) };
        (pred, Value::Choice(values, if or { Chosen::FirstSet } else { Chosen::Elsewhere }))
    }

    /// Puts the effects since `mark` under a condition.
    fn conditional(&mut self, mark: usize, pred: impl FnOnce() -> Pred, span: Span) {
        if self.b.mark() <= mark {
            return;
        }
        let then = self.b.split_block(mark);
        self.b.push(Node::branch(pred(), then, Block::new(), span));
    }

    fn comparison(&mut self, node: Syntax<'t>) -> (Pred, Value) {
        let mut values: Vec<Value> = tree::named(node).into_iter().map(|operand| self.expr(operand)).collect();
        let mut operators = tree::operators(node);
        if values.len() != 2 || operators.len() != 1 {
            return (Pred::Opaque(values), Value::Unknown);
        }
        match (values.pop(), values.pop(), operators.pop()) {
            (Some(right), Some(left), Some(operator)) => {
                let value = Value::Binary(comparing(operator), Box::new(left.clone()), Box::new(right.clone()));
                match self.asked_name(&left, &right) {
                    Some(name) if operator == "in" => (Pred::Null(name).negate(), value),
                    Some(name) if operator == "not in" => (Pred::Null(name), value),
                    _ => (compare(operator, left, right), value),
                }
            }
            _ => (Pred::Opaque(Vec::new()), Value::Unknown),
        }
    }

    /// The variable that is asked for by its name: `"x" in globals()`.
    fn asked_name(&self, asked: &Value, names: &Value) -> Option<Value> {
        let (Value::Literal(Literal::Str(name)), Value::Call(id)) = (asked, names) else { return None };
        let Value::Global(builtin) = &self.b.facts.call(*id).callee else { return None };
        let var = self.b.lookup(name)?;
        let own = match builtin.as_str() {
            "globals" => var.function == FnId::TOP,
            "locals" => var.function == self.b.current(),
            _ => false,
        };
        own.then_some(Value::Var(var))
    }

    /// `isinstance(x, T)` and `hasattr(x, "k")` are questions, not calls.
    fn type_test(&mut self, node: Syntax<'t>) -> Option<Pred> {
        let function = tree::field(node, "function").filter(|function| function.kind() == "identifier")?;
        let Value::Global(name) = self.name(self.text_of(function)) else { return None };
        let arguments = tree::named(tree::field(node, "arguments")?);
        let [subject, asked] = arguments.as_slice() else { return None };
        match name.as_str() {
            "isinstance" => {
                let subject = self.expr(*subject);
                Some(self.instance_of(subject, *asked))
            }
            "hasattr" => {
                let subject = self.expr(*subject);
                Some(match (subject, self.expr(*asked)) {
                    (Value::This, Value::Literal(Literal::Str(name))) => {
                        Pred::Null(Value::Member(Box::new(Value::This), name.to_string())).negate()
                    }
                    (subject, asked) => Pred::Has(subject, asked),
                })
            }
            _ => None,
        }
    }

    fn instance_of(&mut self, subject: Value, asked: Syntax<'t>) -> Pred {
        let ty = self.type_ref(asked);
        if ty.args.is_empty() {
            return Pred::Is(subject, ty.name);
        }
        Pred::Or(ty.args.into_iter().map(|ty| Pred::Is(subject.clone(), ty.name)).collect())
    }

    /// `a if c else b`
    pub(super) fn conditional_expression(&mut self, node: Syntax<'t>) -> Value {
        let parts = tree::named(node);
        let [then, condition, otherwise] = parts.as_slice() else { return self.effects(node) };
        let pred = self.pred(*condition);
        let mark = self.b.mark();
        let chosen = self.expr(*then);
        let then = self.b.split_block(mark);
        let other = self.expr(*otherwise);
        let otherwise = self.b.split_block(mark);
        if !then.is_empty() || !otherwise.is_empty() {
            self.b.push(Node::branch(pred, then, otherwise, tree::span(node)));
        }
        Value::Choice(vec![chosen, other], Chosen::Elsewhere)
    }
}

fn truth(value: Value) -> (Pred, Value) {
    match value {
        Value::Unknown => (Pred::Opaque(Vec::new()), Value::Unknown),
        value => (Pred::Truthy(value.clone()), value),
    }
}

fn is_or(node: Syntax) -> bool {
    tree::field(node, "operator").is_some_and(|operator| operator.kind() == "or")
}

/// The operands of a chain of one operator, which the grammar nests to the left.
fn operands<'t>(node: Syntax<'t>) -> Vec<Syntax<'t>> {
    let or = is_or(node);
    let mut operands = Vec::new();
    let mut rest = Some(node);
    while let Some(node) = rest {
        if node.kind() != "boolean_operator" || is_or(node) != or {
            operands.push(node);
            break;
        }
        operands.extend(tree::field(node, "right"));
        rest = tree::field(node, "left");
    }
    operands.reverse();
    operands
}

/// None of the operands so far ended the evaluation.
fn undecided(preds: &[Pred], or: bool) -> Pred {
    let passed = preds.iter().rev().take(MAX_PASSED).rev().cloned();
    let mut passed: Vec<Pred> = passed.map(|pred| if or { pred.negate() } else { pred }).collect();
    match (passed.len(), passed.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            passed.push(last);
            Pred::And(passed)
        }
        (_, None) => Pred::Opaque(Vec::new()),
    }
}

fn comparing(operator: &str) -> BinaryOp {
    match operator {
        "in" => BinaryOp::In,
        "is" | "==" => BinaryOp::Same,
        "is not" | "!=" | "<>" => BinaryOp::Differs,
        _ => BinaryOp::Other,
    }
}

fn compare(operator: &str, left: Value, right: Value) -> Pred {
    match operator {
        "is" | "==" => equal(left, right),
        "is not" | "!=" | "<>" => equal(left, right).negate(),
        "in" => Pred::Has(right, left),
        "not in" => Pred::Has(right, left).negate(),
        _ => Pred::Opaque(vec![left, right]),
    }
}

fn equal(left: Value, right: Value) -> Pred {
    match (left, right) {
        (place, Value::Literal(Literal::Null)) | (Value::Literal(Literal::Null), place) => Pred::Null(place),
        (Value::Global(name), Value::Literal(Literal::Str(text)))
        | (Value::Literal(Literal::Str(text)), Value::Global(name))
            if name == "__name__" && text == "__main__" =>
        {
            Pred::Main
        }
        (place, Value::Literal(literal)) | (Value::Literal(literal), place) => Pred::Eq(place, literal),
        (left, right) => Pred::Same(left, right),
    }
}
