//! Conditions, and expressions that evaluate a part only sometimes.
//!
//! A condition is lowered once and gives both its value and its predicate.

use crate::facts::{BinaryOp, Block, CallKind, Chosen, Literal, Node as Op, Pred, Span, Value};

use super::kind::{Field, Kind};
use super::tree::Node;
use super::{Hint, Lower, types};

impl Lower {
    pub(super) fn pred(&mut self, node: Node) -> Pred {
        self.logic(node).1
    }

    /// The value of an expression and what its truth says.
    pub(super) fn logic(&mut self, node: Node) -> (Value, Pred) {
        let nothing = || (Value::Unknown, Pred::Opaque(Vec::new()));
        self.deeper(|lower| lower.logic_kind(node.stripped())).unwrap_or_else(nothing)
    }

    fn logic_kind(&mut self, node: Node) -> (Value, Pred) {
        match node.kind() {
            Kind::Unary if operator(node) == "!" => self.not(node),
            Kind::Binary => match operator(node) {
                "&&" | "||" | "??" => self.short_circuit(node),
                "==" | "===" | "!=" | "!==" | "<" | ">" | "<=" | ">=" | "instanceof" | "in" => self.comparison(node),
                _ => truthy(self.expr(node)),
            },
            Kind::Call => {
                let value = self.expr(node);
                let pred = if is_main_test(node) { Pred::Main } else { self.call_pred(&value) };
                (value, pred)
            }
            Kind::Member if node.text() == "import.meta.main" => (Value::Unknown, Pred::Main),
            Kind::Member if node.text() == "module.parent" => (Value::Unknown, Pred::Not(Box::new(Pred::Main))),
            _ => truthy(self.expr(node)),
        }
    }

    fn not(&mut self, node: Node) -> (Value, Pred) {
        let Some(argument) = node.field(Field::Argument) else { return (Value::Unknown, Pred::Opaque(Vec::new())) };
        (Value::Unknown, self.pred(argument).negate())
    }

    fn sides(&mut self, node: Node) -> (Value, Value) {
        let left = node.field(Field::Left).map_or(Value::Unknown, |left| self.expr(left));
        let right = node.field(Field::Right).map_or(Value::Unknown, |right| self.expr(right));
        (left, right)
    }

    /// `a && b`, `a || b`, `a ?? b`: the right side's effects are conditional.
    fn short_circuit(&mut self, node: Node) -> (Value, Pred) {
        let (Some(left), Some(right)) = (node.field(Field::Left), node.field(Field::Right)) else {
            return (Value::Unknown, Pred::Opaque(Vec::new()));
        };
        let (first, test) = self.logic(left);
        let op = operator(node);
        let runs = match op {
            "&&" => test.clone(),
            "||" => test.clone().negate(),
            _ => Pred::Null(first.clone()),
        };
        self.b.open_block();
        let (second, other) = self.logic(right);
        self.close_arm(runs, node.span());
        let pred = match op {
            "&&" => all(test, other),
            "||" => any(test, other),
            _ => Pred::Truthy(first_set(first.clone(), second.clone())),
        };
        let value = if op == "&&" { choice(vec![first, second]) } else { first_set(first, second) };
        (value, pred)
    }

    /// Closes the open block, which runs under `pred` only.
    pub(super) fn close_arm(&mut self, pred: Pred, span: Span) {
        let then = self.b.close_block();
        if !then.is_empty() {
            self.b.push(Op::branch(pred, then, Block::new(), span));
        }
    }

    pub(super) fn ternary(&mut self, node: Node, hint: &Hint) -> Value {
        let pred = node.field(Field::Condition).map_or(Pred::Opaque(Vec::new()), |condition| self.pred(condition));
        self.b.open_block();
        let first = node.field(Field::Consequence).map_or(Value::Unknown, |arm| self.expr_as(arm, hint));
        let then = self.b.close_block();
        self.b.open_block();
        let second = node.field(Field::Alternative).map_or(Value::Unknown, |arm| self.expr_as(arm, hint));
        let otherwise = self.b.close_block();
        if !then.is_empty() || !otherwise.is_empty() {
            self.b.push(Op::branch(pred, then, otherwise, node.span()));
        }
        choice(vec![first, second])
    }

    fn comparison(&mut self, node: Node) -> (Value, Pred) {
        let op = operator(node);
        if let Some(pred) = self.typeof_test(node) {
            return (Value::Unknown, if op.starts_with('!') { pred.negate() } else { pred });
        }
        let (left, right) = self.sides(node);
        let pred = match op {
            "instanceof" => Pred::Is(left.clone(), node.field(Field::Right).map(types::dotted).unwrap_or_default()),
            "in" => Pred::Has(right.clone(), left.clone()),
            "==" | "===" if is_main_test(node) => Pred::Main,
            "==" | "===" => equal(left.clone(), right.clone()),
            "!=" | "!==" if is_main_test(node) => Pred::Main.negate(),
            "!=" | "!==" => equal(left.clone(), right.clone()).negate(),
            _ => Pred::Opaque(vec![left.clone(), right.clone()]),
        };
        (Value::Binary(comparing(op), Box::new(left), Box::new(right)), pred)
    }

    /// `typeof x === "undefined"`, either way round.
    fn typeof_test(&mut self, node: Node) -> Option<Pred> {
        let (left, right) = (node.field(Field::Left)?.stripped(), node.field(Field::Right)?.stripped());
        let is_typeof = |side: Node| side.is(Kind::Unary) && operator(side) == "typeof";
        let (tested, name) = if is_typeof(left) { (left, right) } else { (right, left) };
        if !is_typeof(tested) || !name.is(Kind::String) {
            return None;
        }
        let value = self.expr(tested.field(Field::Argument)?);
        Some(match super::text::unquote(name.text()).as_str() {
            "undefined" => Pred::Null(value),
            name => Pred::Is(value, name.to_string()),
        })
    }

    /// Queries of containers say more than that their result is true.
    fn call_pred(&self, value: &Value) -> Pred {
        let plain = || Pred::Truthy(value.clone());
        let Value::Call(id) = value else { return plain() };
        let call = self.b.facts.call(*id);
        let arg = |index: usize| call.positional(index).map(|arg| arg.value.clone());
        match (&call.callee, arg(0), arg(1)) {
            _ if call.kind != CallKind::Call => plain(),
            (Value::Member(object, name), Some(held), Some(key)) if name == "hasOwn" && is_global(object, "Object") => {
                Pred::Has(held, key)
            }
            (Value::Member(held, name), Some(key), None) if name == "has" || name == "hasOwnProperty" => {
                Pred::Has((**held).clone(), key)
            }
            (Value::Global(name), Some(tested), None) if name == "Boolean" => Pred::Truthy(tested),
            _ => plain(),
        }
    }
}

fn is_global(value: &Value, global: &str) -> bool {
    matches!(value, Value::Global(name) if name == global)
}

fn truthy(value: Value) -> (Value, Pred) {
    let pred = Pred::Truthy(value.clone());
    (value, pred)
}

fn operator(node: Node<'_>) -> &str {
    node.field(Field::Operator).map(Node::text).unwrap_or_default()
}

fn comparing(operator: &str) -> BinaryOp {
    match operator {
        "in" => BinaryOp::In,
        "==" | "===" => BinaryOp::Same,
        "!=" | "!==" => BinaryOp::Differs,
        _ => BinaryOp::Other,
    }
}

fn equal(left: Value, right: Value) -> Pred {
    match (left, right) {
        (Value::Literal(Literal::Null), value) | (value, Value::Literal(Literal::Null)) => Pred::Null(value),
        (value, Value::Literal(literal)) | (Value::Literal(literal), value) => Pred::Eq(value, literal),
        (left, right) => Pred::Same(left, right),
    }
}

/// `require.main === module`, and comparisons of the module's own URL with the program's path.
fn is_main_test(node: Node) -> bool {
    const LONGEST: usize = 300;
    let text = node.text();
    text.len() < LONGEST
        && (text.contains("require.main") && text.contains("module")
            || text.contains("import.meta") && text.contains("process.argv"))
}

/// One of several values; choices among choices are one choice.
pub(super) fn choice(values: Vec<Value>) -> Value {
    let mut flat = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Choice(inner, _) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    Value::Choice(flat, Chosen::Elsewhere)
}

/// One value, or where it is not set another. What a condition chooses among stays a plain choice.
pub(super) fn first_set(value: Value, otherwise: Value) -> Value {
    let firsts = match value {
        Value::Choice(values, Chosen::FirstSet) => values,
        Value::Choice(mut values, Chosen::Elsewhere) => {
            values.retain(|value| !value.is_null());
            if values.len() != 1 {
                return choice(values.into_iter().chain([otherwise]).collect());
            }
            values
        }
        one => vec![one],
    };
    let rest = match otherwise {
        Value::Choice(values, Chosen::FirstSet) => values,
        choice @ Value::Choice(..) => return self::choice(firsts.into_iter().chain([choice]).collect()),
        one => vec![one],
    };
    Value::Choice(firsts.into_iter().chain(rest).collect(), Chosen::FirstSet)
}

fn all(first: Pred, second: Pred) -> Pred {
    match first {
        Pred::And(mut preds) => {
            preds.push(second);
            Pred::And(preds)
        }
        first => Pred::And(vec![first, second]),
    }
}

fn any(first: Pred, second: Pred) -> Pred {
    match first {
        Pred::Or(mut preds) => {
            preds.push(second);
            Pred::Or(preds)
        }
        first => Pred::Or(vec![first, second]),
    }
}
