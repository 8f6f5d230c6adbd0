//! Assignments and the patterns on their left.
//!
//! Destructuring becomes one bind a name. Knows scopes; what a value is does not matter here.

use crate::facts::{BinaryOp, LocalKind, Node as Op, Pred, Span, Value};

use super::kind::{Field, Kind};
use super::logic::{choice, first_set};
use super::tree::Node;
use super::{Hint, Lower, object};

impl Lower {
    /// `a = b`. The value is copied for the surroundings only if they want it.
    pub(super) fn assignment(&mut self, node: Node, wanted: bool) -> Value {
        let (Some(left), Some(right)) = (node.field(Field::Left), node.field(Field::Right)) else {
            return Value::Unknown;
        };
        let left = left.stripped();
        if matches!(left.kind(), Kind::ObjectPattern | Kind::ArrayPattern) {
            let value = self.expr(right);
            self.bind_pattern(left, value.clone(), false, node.span());
            return value;
        }
        let target = self.place(left);
        let value = self.expr_as(right, &assigned_name(left));
        self.commonjs_export(&target, &value, node);
        let result = if !wanted { Value::Unknown } else { self.reread(&target, &value) };
        self.note_bind(&target, false);
        self.b.bind(target, value, node.span());
        result
    }

    /// What an assignment is worth: the value itself, or the place if that is large.
    fn reread(&self, target: &Value, value: &Value) -> Value {
        if is_large(value) { target.clone() } else { value.clone() }
    }

    /// What is assigned to: a variable, member or element.
    pub(super) fn place(&mut self, node: Node) -> Value {
        self.expr(node.stripped())
    }

    pub(super) fn augmented(&mut self, node: Node) -> Value {
        let (Some(left), Some(right)) = (node.field(Field::Left), node.field(Field::Right)) else {
            return Value::Unknown;
        };
        let target = self.place(left);
        let runs = match node.field(Field::Operator).map(Node::text).unwrap_or_default() {
            "??=" => Pred::Null(target.clone()),
            "||=" => Pred::Truthy(target.clone()).negate(),
            "&&=" => Pred::Truthy(target.clone()),
            operator => return self.compound(target, operator, right, node.span()),
        };
        self.b.open_block();
        let value = self.expr_as(right, &assigned_name(left));
        let result = choice(vec![target.clone(), self.reread(&target, &value)]);
        self.note_bind(&target, false);
        self.b.bind(target, value, node.span());
        self.close_arm(runs, node.span());
        result
    }

    fn compound(&mut self, target: Value, operator: &str, right: Node, span: Span) -> Value {
        let op = match operator {
            "+=" => BinaryOp::Add,
            "-=" => BinaryOp::Sub,
            "*=" => BinaryOp::Mul,
            "/=" => BinaryOp::Div,
            _ => BinaryOp::Other,
        };
        let value = self.expr(right);
        let value = Value::Binary(op, Box::new(target.clone()), Box::new(value));
        self.note_bind(&target, false);
        self.b.bind(target.clone(), value, span);
        target
    }

    /// Binds what a pattern takes out of a value. `declares`: the names are initialised by this.
    pub(super) fn bind_pattern(&mut self, pattern: Node, value: Value, declares: bool, span: Span) {
        self.deeper(|lower| lower.bind_pattern_kind(pattern, value, declares, span));
    }

    fn bind_pattern_kind(&mut self, pattern: Node, value: Value, declares: bool, span: Span) {
        match pattern.kind() {
            Kind::ObjectPattern => self.bind_object(pattern, value, declares),
            Kind::ArrayPattern => self.bind_array(pattern, value, declares),
            Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => self.bind_default(pattern, value, declares),
            Kind::RestPattern => {
                if let Some(inner) = pattern.first() {
                    self.bind_pattern(inner, value.element(), declares, span);
                }
            }
            _ => {
                let target = self.place(pattern);
                self.note_bind(&target, declares);
                self.b.bind(target, value, span);
            }
        }
    }

    fn bind_object(&mut self, pattern: Node, value: Value, declares: bool) {
        let source = self.settled(value, pattern.span());
        for part in pattern.items() {
            match part.kind() {
                Kind::ShorthandPattern => {
                    self.bind_pattern(part, source.clone().member(part.text()), declares, part.span());
                }
                Kind::ObjectAssignmentPattern => {
                    let name = part.field(Field::Left).map(Node::text).unwrap_or_default();
                    self.bind_pattern(part, source.clone().member(name), declares, part.span());
                }
                Kind::PairPattern => self.bind_pair(part, source.clone(), declares),
                Kind::RestPattern => self.bind_pattern(part, source.clone(), declares, part.span()),
                _ => {}
            }
        }
    }

    fn bind_pair(&mut self, part: Node, source: Value, declares: bool) {
        let (Some(key), Some(inner)) = (part.field(Field::Key), part.field(Field::Value)) else { return };
        let value = match key.first().filter(|_| key.is(Kind::ComputedName)) {
            Some(computed) => Value::Index(Box::new(source), Box::new(self.expr(computed))),
            None => source.member(object::key_text(key)),
        };
        self.bind_pattern(inner, value, declares, part.span());
    }

    fn bind_array(&mut self, pattern: Node, value: Value, declares: bool) {
        let source = self.settled(value, pattern.span());
        let mut index = 0;
        for part in pattern.children() {
            match part.kind() {
                Kind::Comma => index += 1,
                Kind::RestPattern => self.bind_pattern(part, source.clone(), declares, part.span()),
                kind if kind.is_token() => {}
                _ => {
                    let element = Value::Index(Box::new(source.clone()), Box::new(Value::num(f64::from(index))));
                    self.bind_pattern(part, element, declares, part.span());
                }
            }
        }
    }

    /// `x = default` in a pattern.
    fn bind_default(&mut self, pattern: Node, value: Value, declares: bool) {
        let (Some(left), Some(right)) = (pattern.field(Field::Left), pattern.field(Field::Right)) else { return };
        self.b.open_block();
        let default = self.expr_as(right, &assigned_name(left));
        self.close_arm(Pred::Null(value.clone()), pattern.span());
        self.bind_pattern(left, first_set(value, default), declares, pattern.span());
    }

    /// A value that may be projected many times: a literal goes into a variable first.
    fn settled(&mut self, value: Value, span: Span) -> Value {
        if !is_large(&value) {
            return value;
        }
        let function = self.b.current();
        let whole = Value::Var(self.b.anonymous(function, "_", LocalKind::Let { constant: true }, None, span));
        self.b.push(Op::Bind { target: whole.clone(), value, span });
        whole
    }

    /// Remembers which variables are bound by their declaration alone.
    pub(super) fn note_bind(&mut self, target: &Value, declares: bool) {
        let Value::Var(var) = target else { return };
        let first = declares && self.initialised.insert(*var);
        if !first {
            self.reassigned.insert(*var);
        }
    }
}

fn is_large(value: &Value) -> bool {
    match value {
        Value::Record { .. } | Value::List(_) | Value::Template(_) => true,
        Value::Choice(values, _) => values.iter().any(is_large),
        _ => false,
    }
}

/// The name that a function takes from the place it is assigned to.
fn assigned_name(left: Node) -> Hint {
    match left.kind() {
        Kind::Identifier | Kind::ShorthandPattern => Hint::named(left),
        Kind::Member if left.text() == "module.exports" => Hint::given("default"),
        Kind::Member => left.field(Field::Property).map(Hint::named).unwrap_or_default(),
        _ => Hint::default(),
    }
}
