//! Expressions: the dispatch, and the kinds that need no file of their own.
//!
//! An expression pushes its effects onto the open block and gives its value.

use crate::facts::{BinaryOp, Call, CallId, CallKind, Literal, Node as Op, Part, Span, Value};

use super::kind::{Field, Kind};
use super::text::TemplateText;
use super::tree::Node;
use super::{Hint, Lower, text};

impl Lower {
    pub(super) fn expr(&mut self, node: Node) -> Value {
        self.expr_as(node, &Hint::default())
    }

    /// An expression whose function or class takes what the hint says.
    pub(super) fn expr_as(&mut self, node: Node, hint: &Hint) -> Value {
        self.deeper(|lower| lower.expr_kind(node, hint)).unwrap_or(Value::Unknown)
    }

    fn expr_kind(&mut self, node: Node, hint: &Hint) -> Value {
        match node.kind() {
            Kind::Identifier | Kind::Shorthand | Kind::ShorthandPattern => self.named(node.text()),
            Kind::This => self.this.clone(),
            Kind::Super => Value::Super,
            kind if kind.is_function() => self.closure(node, hint),
            Kind::Class => self.class_expression(node, hint),
            Kind::Call | Kind::Member | Kind::Subscript => self.chain(node),
            Kind::New => self.new_expression(node),
            Kind::Parenthesized => self.wrapped(node, hint),
            kind if kind.is_wrapper() => self.wrapped(node, hint),
            Kind::Object => self.object(node),
            Kind::Array => self.array(node),
            Kind::Binary => self.binary(node),
            Kind::Ternary => self.ternary(node, hint),
            Kind::Assignment => self.assignment(node, true),
            Kind::Augmented => self.augmented(node),
            Kind::AwaitExpression => self.await_expression(node),
            Kind::JsxElement | Kind::JsxSelfClosing => self.jsx(node),
            _ => self.minor(node),
        }
    }

    /// The variable of that name, or what a template means by it.
    fn named(&self, name: &str) -> Value {
        match self.b.name(name) {
            Value::Var(var) if self.unwrapped.contains(&var) => Value::Var(var).member("value"),
            value => value,
        }
    }

    fn minor(&mut self, node: Node) -> Value {
        match node.kind() {
            Kind::String => Value::str(&text::unquote(node.text())),
            Kind::TemplateString => self.template(node),
            Kind::Unary => self.unary(node),
            Kind::Update => self.update(node),
            Kind::Sequence => self.sequence(node),
            Kind::Yield => self.yield_expression(node),
            Kind::Import => Value::Global("import".into()),
            Kind::MetaProperty if node.text().starts_with("import") => Value::Global("import".into()).member("meta"),
            Kind::Number => text::number(node.text()).map_or(Value::Unknown, Value::num),
            Kind::True | Kind::False => Value::Literal(Literal::Bool(node.is(Kind::True))),
            Kind::Null | Kind::Undefined => Value::Literal(Literal::Null),
            Kind::Regex => Value::Literal(Literal::Regex),
            Kind::Error => self.broken(node),
            Kind::Spread => node.first().map_or(Value::Unknown, |inner| self.expr(inner)),
            _ => Value::Unknown,
        }
    }

    /// Whatever a part that did not parse still holds.
    fn broken(&mut self, node: Node) -> Value {
        for item in node.items() {
            self.expr(item);
        }
        Value::Unknown
    }

    fn wrapped(&mut self, node: Node, hint: &Hint) -> Value {
        node.wrapped().map_or(Value::Unknown, |inner| self.expr_as(inner, hint))
    }

    fn sequence(&mut self, node: Node) -> Value {
        let mut items: Vec<Node> = node.items().collect();
        let last = items.pop();
        items.into_iter().for_each(|item| self.dropped(item));
        last.map_or(Value::Unknown, |last| self.expr(last))
    }

    fn await_expression(&mut self, node: Node) -> Value {
        let Some(inner) = node.first() else { return Value::Unknown };
        let value = self.expr(inner);
        let call = inner.stripped();
        if matches!(call.kind(), Kind::Call | Kind::New) {
            self.mark_awaited(&value, call.span());
        }
        self.b.push(Op::Await { value: value.clone(), span: node.span() });
        value
    }

    fn mark_awaited(&mut self, value: &Value, span: Span) {
        let Some(id) = result_of(value) else { return };
        if let Some(call) = self.b.facts.calls.get_mut(id.index()).filter(|call| call.span == span) {
            call.awaited = true;
        }
    }

    fn yield_expression(&mut self, node: Node) -> Value {
        let value = node.first().map(|inner| self.expr(inner));
        self.b.push(Op::Yield { value, span: node.span() });
        Value::Unknown
    }

    fn unary(&mut self, node: Node) -> Value {
        let (Some(operator), Some(argument)) = (node.field(Field::Operator), node.field(Field::Argument)) else {
            return Value::Unknown;
        };
        match operator.text() {
            "!" => self.logic(node).0,
            "delete" => self.delete(argument, node.span()),
            "void" => {
                self.expr(argument);
                Value::Literal(Literal::Null)
            }
            sign => signed(sign, self.expr(argument)),
        }
    }

    /// `delete a.b` leaves nothing there, as `a.b = undefined` does.
    fn delete(&mut self, argument: Node, span: Span) -> Value {
        let target = self.expr(argument);
        if matches!(target, Value::Member(..) | Value::Index(..)) {
            self.b.bind(target, Value::Literal(Literal::Null), span);
        }
        Value::Unknown
    }

    fn update(&mut self, node: Node) -> Value {
        let Some(argument) = node.field(Field::Argument) else { return Value::Unknown };
        let target = self.place(argument);
        let op = if node.text().contains("++") { BinaryOp::Add } else { BinaryOp::Sub };
        let value = Value::Binary(op, Box::new(target.clone()), Box::new(Value::num(1.0)));
        self.note_bind(&target, false);
        self.b.bind(target.clone(), value, node.span());
        target
    }

    fn binary(&mut self, node: Node) -> Value {
        let operator = node.field(Field::Operator).map(Node::text).unwrap_or_default();
        let op = match operator {
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Sub,
            "*" => BinaryOp::Mul,
            "/" => BinaryOp::Div,
            "**" => BinaryOp::Power,
            "%" | "|" | "&" | "^" | "<<" | ">>" | ">>>" => BinaryOp::Other,
            _ => return self.logic(node).0,
        };
        let left = node.field(Field::Left).map_or(Value::Unknown, |left| self.expr(left));
        let right = node.field(Field::Right).map_or(Value::Unknown, |right| self.expr(right));
        Value::Binary(op, Box::new(left), Box::new(right))
    }

    pub(super) fn template(&mut self, node: Node) -> Value {
        let mut parts = Vec::new();
        let mut texts = TemplateText::default();
        let mut at = node.span().start + 1;
        for hole in node.items().filter(|item| item.is(Kind::TemplateSubstitution)) {
            push_text(&mut parts, &mut texts, node.slice(Span { start: at, end: hole.span().start }));
            let value = hole.first().map_or(Value::Unknown, |inner| self.expr(inner));
            parts.push(Part::Value(value));
            at = hole.span().end;
        }
        push_text(&mut parts, &mut texts, node.slice(Span { start: at, end: node.span().end.saturating_sub(1) }));
        match parts.as_slice() {
            [] => Value::str(""),
            [Part::Text(text)] => Value::str(text),
            _ => Value::Template(parts),
        }
    }

    /// Records a call and gives its result.
    pub(super) fn push_call(
        &mut self,
        kind: CallKind,
        callee: Value,
        args: Vec<crate::facts::Arg>,
        at: (Span, Span),
    ) -> Value {
        let function = self.b.current();
        let (span, callee_span) = at;
        let (args, generics) = (args.into(), Default::default());
        self.b.call(Call { kind, function, callee, args, generics, awaited: false, span, callee_span })
    }

    /// JSX as it stands or as one of several choices.
    pub(super) fn is_jsx(&self, value: &Value) -> bool {
        match value {
            Value::Call(id) => self.b.facts.call(*id).kind == CallKind::Jsx,
            Value::Choice(values, _) => values.iter().any(|value| self.is_jsx(value)),
            _ => false,
        }
    }
}

fn push_text(parts: &mut Vec<Part>, texts: &mut TemplateText, raw: &str) {
    if !raw.is_empty() {
        parts.push(Part::Text(texts.next(raw)));
    }
}

fn signed(sign: &str, value: Value) -> Value {
    match (sign, value) {
        ("-", Value::Literal(Literal::Num(number))) => Value::num(-number),
        ("+", value) => value,
        _ => Value::Unknown,
    }
}

/// The call that an expression of its own gives, optional chaining included.
pub(super) fn result_of(value: &Value) -> Option<CallId> {
    match value {
        Value::Call(id) => Some(*id),
        Value::Choice(values, _) => match values.as_slice() {
            [Value::Call(id), Value::Literal(Literal::Null)] => Some(*id),
            _ => None,
        },
        _ => None,
    }
}
