//! Lowers compound statements: branches, loops, `try`, `with`, `match`.
//!
//! Knows control flow only; which context manager releases what is not its business.

use super::bind::index_of;
use super::tree::Syntax;
use super::{Lowering, MAX_DEPTH, names, tree};
use crate::facts::{Arm, Block, Handler, Literal, LoopKind, Node, Pattern, Pred, Value};

impl<'t> Lowering<'t> {
    pub(super) fn if_statement(&mut self, node: Syntax<'t>) {
        let alternatives = tree::fields(node, "alternative");
        self.branch(node, &alternatives);
    }

    /// An `if` or `elif` with the clauses that follow it.
    fn branch(&mut self, node: Syntax<'t>, rest: &[Syntax<'t>]) {
        let condition = tree::field(node, "condition");
        let pred = condition.map_or(Pred::Opaque(Vec::new()), |condition| self.pred(condition));
        let outer = self.type_only;
        self.type_only |= condition.is_some_and(|condition| self.is_type_checking(condition));
        let then = self.suite(tree::field(node, "consequence"));
        self.type_only = outer;
        let otherwise = self.otherwise(rest);
        self.b.push(Node::branch(pred, then, otherwise, tree::span(node)));
    }

    fn otherwise(&mut self, rest: &[Syntax<'t>]) -> Block {
        let Some((clause, rest)) = rest.split_first() else { return Block::new() };
        if clause.kind() == "else_clause" {
            return self.suite(tree::field(*clause, "body"));
        }
        self.block(|l| {
            // Very long chains go on side by side: nesting is what costs stack.
            if l.depth < MAX_DEPTH / 2 {
                return l.nested(|l| l.branch(*clause, rest));
            }
            l.branch(*clause, &[]);
            for clause in rest.iter().filter(|clause| clause.kind() == "elif_clause") {
                l.branch(*clause, &[]);
            }
        })
    }

    fn is_type_checking(&self, condition: Syntax<'t>) -> bool {
        let text = self.text_of(tree::peel(condition));
        text == "TYPE_CHECKING" || text.ends_with(".TYPE_CHECKING")
    }

    pub(super) fn for_statement(&mut self, node: Syntax<'t>) {
        let each = tree::field(node, "right").map_or(Value::Unknown, |right| self.expr(right));
        let receive = tree::child_of_kind(node, "async").is_some();
        let kind = if receive { LoopKind::Receive } else { LoopKind::Each };
        let body = self.block(|l| {
            if let Some(left) = tree::field(node, "left") {
                l.bind(left, each.clone().element(), tree::span(left));
            }
            tree::field(node, "body").into_iter().for_each(|body| l.statements(body));
        });
        self.b.push(Node::Loop { kind, label: None, each: Some(each), body, span: tree::span(node) });
        self.loop_else(node);
    }

    /// The condition's own calls happen on each round, and the loop is left where it no longer holds.
    pub(super) fn while_statement(&mut self, node: Syntax<'t>) {
        let mut kind = LoopKind::While;
        let body = self.block(|l| {
            match tree::field(node, "condition").map(|condition| (l.pred(condition), tree::span(condition))) {
                Some((condition, _)) if always(&condition) => kind = LoopKind::Endless,
                Some((condition, span)) => l.b.push(Node::leave_unless(condition, span)),
                None => {}
            }
            tree::field(node, "body").into_iter().for_each(|body| l.statements(body));
        });
        self.b.push(Node::Loop { kind, label: None, each: None, body, span: tree::span(node) });
        self.loop_else(node);
    }

    /// Runs unless the loop was left by `break`.
    fn loop_else(&mut self, node: Syntax<'t>) {
        let Some(clause) = tree::field(node, "alternative") else { return };
        let then = self.suite(tree::field(clause, "body"));
        let pred = Pred::Opaque(Vec::new());
        self.b.push(Node::branch(pred, then, Block::new(), tree::span(clause)));
    }

    pub(super) fn try_statement(&mut self, node: Syntax<'t>) {
        let clauses = tree::named(node);
        let of = |kind: &str| clauses.iter().find(|clause| clause.kind() == kind).copied();
        let body = self.block(|l| {
            tree::field(node, "body").into_iter().for_each(|body| l.statements(body));
            if let Some(clause) = of("else_clause").filter(|_| !l.exited()) {
                tree::field(clause, "body").into_iter().for_each(|body| l.statements(body));
            }
        });
        let excepts = clauses.iter().filter(|clause| clause.kind() == "except_clause");
        let handlers = excepts.map(|clause| self.handler(*clause)).collect();
        let finally = of("finally_clause").map_or_else(Block::new, |clause| self.suite(last_block(clause)));
        self.b.push(Node::Try { body, handlers, finally, span: tree::span(node) });
    }

    fn handler(&mut self, clause: Syntax<'t>) -> Handler {
        let caught = tree::fields(clause, "value").first().copied();
        let caught = match caught {
            Some(value) if value.kind() == "as_pattern" => tree::first(value),
            value => value,
        };
        let caught = caught.map(|value| self.caught_type(value));
        Handler { caught, body: self.suite(last_block(clause)), span: tree::span(clause) }
    }

    pub(super) fn with_statement(&mut self, node: Syntax<'t>) {
        let clause = tree::child_of_kind(node, "with_clause");
        let items = clause.map_or_else(Vec::new, |clause| with_items(clause));
        self.scopes(&items, node);
    }

    fn scopes(&mut self, items: &[Syntax<'t>], node: Syntax<'t>) {
        let Some((item, rest)) = items.split_first() else {
            return tree::field(node, "body").into_iter().for_each(|body| self.statements(body));
        };
        let (value, target) = match item.kind() {
            "as_pattern" => (tree::first(*item), tree::field(*item, "alias").and_then(tree::first)),
            _ => (Some(*item), None),
        };
        let resource = value.map_or(Value::Unknown, |value| {
            let read = self.expr(value);
            self.run_property(read, value)
        });
        self.b.open_block();
        let bound = target.and_then(|target| self.bound(target, &resource));
        self.nested(|l| l.scopes(rest, node));
        let body = self.b.close_block();
        self.b.push(Node::Scope { resource, bound, body, span: tree::span(node) });
    }

    /// The place after `as`; a pattern is taken apart at the start of the body instead.
    fn bound(&mut self, target: Syntax<'t>, resource: &Value) -> Option<Value> {
        let target = tree::peel(target);
        match target.kind() {
            "identifier" | "attribute" | "subscript" => {
                let place = self.target(target);
                self.note_field(&place, None, tree::span(target));
                Some(place)
            }
            _ => {
                self.bind(target, resource.clone(), tree::span(target));
                None
            }
        }
    }

    pub(super) fn match_statement(&mut self, node: Syntax<'t>) {
        let mut subjects: Vec<Value> =
            tree::fields(node, "subject").into_iter().map(|subject| self.expr(subject)).collect();
        let subject = match (subjects.len(), subjects.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                subjects.extend(last);
                Value::List(subjects)
            }
        };
        let cases = tree::field(node, "body").map_or_else(Vec::new, |body| tree::fields(body, "alternative"));
        let mut arms: Vec<Arm> = cases.into_iter().map(|case| self.arm(case, &subject)).collect();
        if !arms.iter().any(|arm| arm.pattern == Pattern::Any) {
            arms.push(Arm { pattern: Pattern::Any, body: Block::new(), span: tree::span(node) });
        }
        self.b.push(Node::Match { subject, arms, span: tree::span(node) });
    }

    fn arm(&mut self, case: Syntax<'t>, subject: &Value) -> Arm {
        let patterns = tree::named(case);
        let patterns: Vec<Syntax<'t>> = patterns.into_iter().filter(|child| child.kind() == "case_pattern").collect();
        let guard = tree::field(case, "guard");
        let written = match patterns.as_slice() {
            [only] => self.pattern(*only),
            _ => Pattern::Other,
        };
        // A guarded `case _` does not take all.
        let pattern = if guard.is_some() && written == Pattern::Any { Pattern::Other } else { written };
        let body = self.block(|l| {
            l.capture(&patterns, subject);
            match guard.and_then(tree::first) {
                Some(guard) => l.guarded(guard, case),
                None => tree::field(case, "consequence").into_iter().for_each(|body| l.statements(body)),
            }
        });
        Arm { pattern, body, span: tree::span(case) }
    }

    fn guarded(&mut self, guard: Syntax<'t>, case: Syntax<'t>) {
        let pred = self.pred(guard);
        let then = self.suite(tree::field(case, "consequence"));
        self.b.push(Node::branch(pred, then, Block::new(), tree::span(guard)));
    }

    /// Binds what the patterns name: the whole subject or something inside it.
    fn capture(&mut self, patterns: &[Syntax<'t>], subject: &Value) {
        for (index, pattern) in patterns.iter().enumerate() {
            let taken = if patterns.len() > 1 { index_of(subject.clone(), index) } else { subject.clone() };
            for name in names::captures(*pattern) {
                let whole = names_whole(*pattern, name);
                let value = if whole { taken.clone() } else { taken.clone().element() };
                self.bind(name, value, tree::span(name));
            }
        }
    }

    fn pattern(&mut self, case: Syntax<'t>) -> Pattern {
        let Some(inner) = tree::first(case) else { return Pattern::Any };
        let text = self.text_of(case);
        match inner.kind() {
            "case_pattern" => self.nested(|l| Some(l.pattern(inner))).unwrap_or(Pattern::Other),
            "as_pattern" => tree::first(inner).map_or(Pattern::Other, |inner| self.pattern(inner)),
            "dotted_name" if text.contains('.') => Pattern::Name(text.split_whitespace().collect()),
            "dotted_name" => Pattern::Any,
            "class_pattern" => tree::first(inner)
                .map_or(Pattern::Other, |name| Pattern::Name(self.text_of(name).split_whitespace().collect())),
            "string" | "concatenated_string" | "true" | "false" | "none" => literal_pattern(self.expr(inner)),
            "integer" | "float" if text.starts_with('-') => negated(literal_pattern(self.expr(inner))),
            "integer" | "float" => literal_pattern(self.expr(inner)),
            _ => Pattern::Other,
        }
    }
}

fn always(pred: &Pred) -> bool {
    match pred {
        Pred::Truthy(Value::Literal(Literal::Bool(truth))) => *truth,
        Pred::Truthy(Value::Literal(Literal::Num(number))) => *number != 0.0,
        _ => false,
    }
}

/// The suite of an `except` or `finally` clause, which the grammar gives no name.
fn last_block<'t>(clause: Syntax<'t>) -> Option<Syntax<'t>> {
    tree::named(clause).into_iter().rfind(|child| child.kind() == "block")
}

/// The items of a `with`, also where the parenthesised form was read as a tuple.
fn with_items<'t>(clause: Syntax<'t>) -> Vec<Syntax<'t>> {
    let items = tree::named(clause).into_iter();
    let values: Vec<Syntax<'t>> = items.filter_map(|item| tree::field(item, "value")).collect();
    let [only] = values.as_slice() else { return values };
    let inner = tree::peel(*only);
    let listed = if inner.kind() == "tuple" { tree::named(inner) } else { vec![inner] };
    let aliased = listed.iter().any(|item| item.kind() == "as_pattern");
    if aliased { listed } else { values }
}

/// The pattern is nothing but the name, or `… as name` around it.
fn names_whole(pattern: Syntax, name: Syntax) -> bool {
    let Some(inner) = tree::first(pattern) else { return false };
    match inner.kind() {
        "as_pattern" => tree::child_of_kind(inner, "identifier").is_some_and(|alias| alias == name),
        "dotted_name" => true,
        _ => false,
    }
}

fn literal_pattern(value: Value) -> Pattern {
    match value {
        Value::Literal(literal) => Pattern::Literal(literal),
        _ => Pattern::Other,
    }
}

fn negated(pattern: Pattern) -> Pattern {
    match pattern {
        Pattern::Literal(Literal::Num(number)) => Pattern::Literal(Literal::Num(-number)),
        other => other,
    }
}
