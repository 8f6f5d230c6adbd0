//! Lowers expressions to values, pushing their calls in evaluation order.
//!
//! Knows every kind of expression of the grammar; must not know what any name stands for.

use super::tree::Syntax;
use super::{Lowering, bind, literal, tree};
use crate::facts::{Block, Literal, LocalKind, LoopKind, Node, Pred, RecordEntry, Value};

impl<'t> Lowering<'t> {
    pub(super) fn expr(&mut self, node: Syntax<'t>) -> Value {
        self.nested(|l| Some(l.expr_at(tree::peel(node)))).unwrap_or(Value::Unknown)
    }

    fn expr_at(&mut self, node: Syntax<'t>) -> Value {
        match node.kind() {
            "identifier" => self.name(self.text_of(node)),
            "attribute" => self.attribute(node),
            "call" => self.call(node),
            "string" | "concatenated_string" => self.string(node),
            "integer" | "float" => literal::number(self.text_of(node)),
            "true" => Value::Literal(Literal::Bool(true)),
            "false" => Value::Literal(Literal::Bool(false)),
            "none" => Value::Literal(Literal::Null),
            "list" | "tuple" | "set" | "expression_list" | "pattern_list" => self.list(node),
            "dictionary" => self.dictionary(node),
            "subscript" => self.subscript(node),
            "binary_operator" => self.binary(node),
            "unary_operator" => self.unary(node),
            "boolean_operator" | "comparison_operator" | "not_operator" => self.test(node).1,
            "conditional_expression" => self.conditional_expression(node),
            _ => self.rarer(node),
        }
    }

    fn rarer(&mut self, node: Syntax<'t>) -> Value {
        match node.kind() {
            "await" => self.awaited(node),
            "yield" => self.yielded(node),
            "lambda" => self.lambda(node, None, "", false),
            "named_expression" => self.walrus(node),
            "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
                self.comprehension(node)
            }
            "list_splat" | "dictionary_splat" | "list_splat_pattern" | "as_pattern" | "type" => self.inner(node),
            "generic_type" => self.generic_type(node),
            "assignment" | "augmented_assignment" => {
                self.statement(node);
                Value::Unknown
            }
            "ellipsis" => Value::Unknown,
            _ => self.effects(node),
        }
    }

    fn inner(&mut self, node: Syntax<'t>) -> Value {
        tree::first(node).map_or(Value::Unknown, |inner| self.expr(inner))
    }

    /// What is not understood still calls what it calls.
    pub(super) fn effects(&mut self, node: Syntax<'t>) -> Value {
        for child in tree::named(node) {
            self.expr(child);
        }
        Value::Unknown
    }

    fn attribute(&mut self, node: Syntax<'t>) -> Value {
        let (Some(object), Some(name)) = (tree::field(node, "object"), tree::field(node, "attribute")) else {
            return Value::Unknown;
        };
        self.expr(object).member(self.text_of(name))
    }

    fn list(&mut self, node: Syntax<'t>) -> Value {
        Value::List(tree::named(node).into_iter().map(|item| self.expr(item)).collect())
    }

    fn subscript(&mut self, node: Syntax<'t>) -> Value {
        let slices = tree::fields(node, "subscript").iter().any(|key| key.kind() == "slice");
        let place = self.subscript_place(node);
        if slices { Value::Unknown } else { place }
    }

    pub(super) fn subscript_place(&mut self, node: Syntax<'t>) -> Value {
        let base = tree::field(node, "value").map_or(Value::Unknown, |base| self.expr(base));
        let mut keys: Vec<Value> = tree::fields(node, "subscript").into_iter().map(|key| self.expr(key)).collect();
        let key = match (keys.len(), keys.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                keys.extend(last);
                Value::List(keys)
            }
        };
        Value::Index(Box::new(base), Box::new(key))
    }

    /// `Annotated[T, f()]` as the right side of a `type` statement.
    fn generic_type(&mut self, node: Syntax<'t>) -> Value {
        let base = self.inner(node);
        let list = tree::child_of_kind(node, "type_parameter");
        let arguments = list.map_or(Value::Unknown, |list| self.list(list));
        Value::Index(Box::new(base), Box::new(arguments))
    }

    fn binary(&mut self, node: Syntax<'t>) -> Value {
        let operand = |l: &mut Self, name| tree::field(node, name).map_or(Value::Unknown, |side| l.expr(side));
        let left = operand(self, "left");
        let right = operand(self, "right");
        let op = tree::field(node, "operator").map_or("", |op| op.kind());
        Value::Binary(bind::operator(op), Box::new(left), Box::new(right))
    }

    fn unary(&mut self, node: Syntax<'t>) -> Value {
        let negative = tree::field(node, "operator").is_some_and(|op| op.kind() == "-");
        match tree::field(node, "argument").map(|argument| self.expr(argument)) {
            Some(Value::Literal(Literal::Num(number))) if negative => Value::num(-number),
            _ => Value::Unknown,
        }
    }

    fn awaited(&mut self, node: Syntax<'t>) -> Value {
        let Some(inner) = tree::first(node).map(tree::peel) else { return Value::Unknown };
        let value = self.expr(inner);
        if let (Value::Call(id), "call") = (&value, inner.kind()) {
            self.b.facts.calls[id.index()].awaited = true;
        }
        self.b.push(Node::Await { value: value.clone(), span: tree::span(node) });
        value
    }

    /// What `yield` gives back is the consumer's.
    fn yielded(&mut self, node: Syntax<'t>) -> Value {
        let from = tree::child_of_kind(node, "from").is_some();
        let value = tree::first(node).map(|inner| self.expr(inner));
        let value = if from { value.map(Value::element) } else { value };
        self.b.function().flags.generator = true;
        self.b.push(Node::Yield { value, span: tree::span(node) });
        Value::Unknown
    }

    fn walrus(&mut self, node: Syntax<'t>) -> Value {
        let (Some(name), Some(value)) = (tree::field(node, "name"), tree::field(node, "value")) else {
            return self.effects(node);
        };
        let value = self.named_value(value, Some(self.text_of(name)), "");
        self.bind(name, value, tree::span(node));
        self.expr(name)
    }

    fn dictionary(&mut self, node: Syntax<'t>) -> Value {
        let (mut entries, mut others, mut spreads) = (Vec::new(), Vec::new(), Vec::new());
        for child in tree::named(node) {
            match child.kind() {
                "pair" => match self.pair(child) {
                    (Some(entry), _) => entries.push(entry),
                    (None, value) => others.push(value),
                },
                _ => spreads.push(self.expr(child)),
            }
        }
        if entries.is_empty() && spreads.is_empty() && !others.is_empty() {
            return Value::List(others);
        }
        let open = !others.is_empty() || spreads.iter().any(|spread| !matches!(spread, Value::Record { .. }));
        Value::Record { entries: entries.into(), spreads: spreads.into(), open }
    }

    /// An entry if the key is a plain string, and else the value alone.
    fn pair(&mut self, node: Syntax<'t>) -> (Option<RecordEntry>, Value) {
        let (Some(key), Some(value)) = (tree::field(node, "key"), tree::field(node, "value")) else {
            return (None, self.effects(node));
        };
        let name = match self.expr(key) {
            Value::Literal(Literal::Str(name)) => Some(name),
            _ => None,
        };
        let written = self.named_value(value, name.as_deref(), name.as_deref().unwrap_or_default());
        match name {
            Some(key) => {
                let (span, value_span) = (tree::span(node), tree::span(value));
                (Some(RecordEntry { key, value: written, span, value_span }), Value::Unknown)
            }
            None => (None, written),
        }
    }

    /// A loop in place with variables of its own; its value is a list of what the body gives.
    fn comprehension(&mut self, node: Syntax<'t>) -> Value {
        let Some(body) = tree::field(node, "body") else { return self.effects(node) };
        let clauses = tree::named(node);
        let clauses: Vec<Syntax<'t>> =
            clauses.into_iter().filter(|child| matches!(child.kind(), "for_in_clause" | "if_clause")).collect();
        Value::List(vec![self.clauses(&clauses, body)])
    }

    fn clauses(&mut self, clauses: &[Syntax<'t>], body: Syntax<'t>) -> Value {
        let Some((clause, rest)) = clauses.split_first() else { return self.element(body) };
        let lowered = self.nested(|l| match clause.kind() {
            "if_clause" => Some(l.filtered(*clause, rest, body)),
            _ => Some(l.iterated(*clause, rest, body)),
        });
        lowered.unwrap_or(Value::Unknown)
    }

    fn element(&mut self, body: Syntax<'t>) -> Value {
        if body.kind() == "pair" { self.pair_value(body) } else { self.expr(body) }
    }

    fn pair_value(&mut self, pair: Syntax<'t>) -> Value {
        if let Some(key) = tree::field(pair, "key") {
            self.expr(key);
        }
        tree::field(pair, "value").map_or(Value::Unknown, |value| self.expr(value))
    }

    fn filtered(&mut self, clause: Syntax<'t>, rest: &[Syntax<'t>], body: Syntax<'t>) -> Value {
        let pred = tree::first(clause).map_or(Pred::Opaque(Vec::new()), |condition| self.pred(condition));
        let mark = self.b.mark();
        let value = self.clauses(rest, body);
        let then = self.b.split_block(mark);
        if !then.is_empty() {
            self.b.push(Node::branch(pred, then, Block::new(), tree::span(clause)));
        }
        value
    }

    fn iterated(&mut self, clause: Syntax<'t>, rest: &[Syntax<'t>], body: Syntax<'t>) -> Value {
        let each = tree::field(clause, "right").map_or(Value::Unknown, |right| self.expr(right));
        let receive = tree::child_of_kind(clause, "async").is_some();
        let kind = if receive { LoopKind::Receive } else { LoopKind::Each };
        self.b.open_block();
        self.comprehensions += 1;
        if let Some(left) = tree::field(clause, "left") {
            self.declare_targets(left);
            self.bind(left, each.clone().element(), tree::span(left));
        }
        let value = self.clauses(rest, body);
        self.comprehensions -= 1;
        let inner = self.b.close_block();
        self.b.push(Node::Loop { kind, label: None, each: Some(each), body: inner, span: tree::span(clause) });
        value
    }

    fn declare_targets(&mut self, pattern: Syntax<'t>) {
        let mut names = Vec::new();
        tree::each(pattern, |node| {
            names.extend((node.kind() == "identifier").then_some(node));
            !matches!(node.kind(), "attribute" | "subscript")
        });
        for node in names {
            let name = self.text_of(node);
            self.b.declare(name, LocalKind::Let { constant: true }, None, tree::span(node));
        }
    }
}
