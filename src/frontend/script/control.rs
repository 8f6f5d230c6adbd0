//! Branches, loops, `switch` and `try`.
//!
//! Knows how control flows; conditions and values come from the expression side.

use crate::facts::{Arm, Block, Handler, LocalKind, LoopKind, Node as Op, Pattern, Pred, Span, Value};

use super::kind::{Field, Kind};
use super::statement::flattened;
use super::tree::Node;
use super::{Lower, types};

/// Label of a `break` that leaves a `switch`, until [`settled`] has taken it out.
const SWITCH: &str = "\0switch";

impl Lower {
    pub(super) fn if_statement(&mut self, node: Node) -> bool {
        let pred = self.condition(node);
        let (then, leaves) = self.nested(node.field(Field::Consequence));
        let (otherwise, also) = self.nested(node.field(Field::Alternative).and_then(Node::first));
        self.b.push(Op::branch(pred, then, otherwise, node.span()));
        leaves && also
    }

    fn condition(&mut self, node: Node) -> Pred {
        match node.field(Field::Condition) {
            Some(condition) => self.pred(condition),
            None => Pred::Opaque(Vec::new()),
        }
    }

    pub(super) fn loop_statement(&mut self, node: Node) -> bool {
        match node.kind() {
            Kind::ForIn => self.for_in(node),
            Kind::For => self.for_counter(node),
            Kind::While => self.while_loop(node),
            _ => self.do_loop(node),
        }
        false
    }

    fn push_loop(&mut self, kind: LoopKind, each: Option<Value>, body: Block, span: Span) {
        self.b.push(Op::Loop { kind, label: None, each, body, span });
    }

    fn for_in(&mut self, node: Node) {
        let kind = if node.has(Kind::Await) { LoopKind::Receive } else { LoopKind::Each };
        let each = node.field(Field::Right).map_or(Value::Unknown, |right| self.expr(right));
        let element = each.clone().element();
        let body = self.block(|lower| {
            lower.loop_variable(node, element);
            lower.loop_body(node);
        });
        self.push_loop(kind, Some(each), body, node.span());
    }

    fn loop_variable(&mut self, node: Node, element: Value) {
        let Some(left) = node.field(Field::Left) else { return };
        let keyword = node.field(Field::Keyword);
        if keyword.is_some_and(|kind| kind.text() != "var") {
            self.declare_pattern(left, LocalKind::Let { constant: false }, None);
        }
        self.bind_pattern(left, element, keyword.is_some(), left.span());
    }

    fn loop_body(&mut self, node: Node) {
        let Some(body) = node.field(Field::Body) else { return };
        match body.kind() {
            Kind::StatementBlock => {
                let items = flattened(body);
                self.deeper(|lower| lower.block_items(&items));
            }
            _ => {
                self.block_items(&[body]);
            }
        }
    }

    fn for_counter(&mut self, node: Node) {
        // The counter lives outside of the loop's body and inside of the statement.
        self.b.open_block();
        if let Some(init) = node.field(Field::Initializer) {
            self.block_items(&[init]);
        }
        let condition =
            node.field(Field::Condition).filter(|c| !matches!(c.kind(), Kind::EmptyStatement | Kind::Token));
        let kind = if condition.is_some_and(|c| !is_true(c)) { LoopKind::Each } else { LoopKind::Endless };
        let body = self.block(|lower| {
            condition.into_iter().for_each(|condition| lower.effect(condition));
            lower.loop_body(node);
            node.field(Field::Increment).into_iter().for_each(|step| lower.effect(step));
        });
        self.push_loop(kind, None, body, node.span());
        self.splice();
    }

    /// Closes the open block and puts its nodes into the one around it.
    pub(super) fn splice(&mut self) {
        for op in self.b.close_block() {
            self.b.push(op);
        }
    }

    fn while_loop(&mut self, node: Node) {
        let condition = node.field(Field::Condition).map(Node::stripped);
        let endless = condition.is_some_and(is_true);
        let body = self.block(|lower| {
            if !endless {
                lower.leave_unless(node);
            }
            lower.loop_body(node);
        });
        self.push_loop(if endless { LoopKind::Endless } else { LoopKind::While }, None, body, node.span());
    }

    fn do_loop(&mut self, node: Node) {
        let endless = node.field(Field::Condition).map(Node::stripped).is_some_and(is_true);
        let body = self.block(|lower| {
            lower.loop_body(node);
            if !endless {
                lower.leave_unless(node);
            }
        });
        self.push_loop(if endless { LoopKind::Endless } else { LoopKind::While }, None, body, node.span());
    }

    /// The test of a loop, as the branch out of it that it is.
    fn leave_unless(&mut self, node: Node) {
        let condition = self.condition(node);
        let span = node.field(Field::Condition).map_or(node.span(), Node::span);
        self.b.push(Op::leave_unless(condition, span));
    }

    pub(super) fn try_statement(&mut self, node: Node) -> bool {
        let (body, leaves) = self.nested(node.field(Field::Body));
        let mut handlers = Vec::new();
        let mut handled = true;
        if let Some(clause) = node.field(Field::Handler) {
            let (handler, exits) = self.catch(clause);
            handlers.push(handler);
            handled = exits;
        }
        let (finally, always) = self.nested(node.field(Field::Finalizer).and_then(|clause| clause.field(Field::Body)));
        self.b.push(Op::Try { body, handlers, finally, span: node.span() });
        always || leaves && handled
    }

    fn catch(&mut self, clause: Node) -> (Handler, bool) {
        let mut exits = false;
        let body = self.block(|lower| {
            if let Some(caught) = clause.field(Field::Parameter) {
                lower.caught(caught, clause);
            }
            let items = clause.field(Field::Body).map(flattened).unwrap_or_default();
            exits = lower.deeper(|lower| lower.block_items(&items)).unwrap_or(false);
        });
        (Handler { caught: None, body, span: clause.span() }, exits)
    }

    fn caught(&mut self, caught: Node, clause: Node) {
        if caught.is(Kind::Identifier) {
            return self.declare(caught, LocalKind::Caught, types::annotation(clause));
        }
        let function = self.b.current();
        let error = self.b.anonymous(function, "error", LocalKind::Caught, None, caught.span());
        self.declare_pattern(caught, LocalKind::Let { constant: false }, None);
        self.bind_pattern(caught, Value::Var(error), true, caught.span());
    }

    pub(super) fn switch(&mut self, node: Node) -> bool {
        let subject = node.field(Field::Value).map_or(Value::Unknown, |value| self.expr(value));
        let cases: Vec<Node> = node.field(Field::Body).map(flattened).unwrap_or_default();
        let mut arms = Vec::new();
        let mut pending: Option<Pattern> = None;
        for case in cases {
            let pattern = joined(pending.take(), self.case_pattern(case));
            let items: Vec<Node> = case.fields(Field::Body).filter(|item| !item.kind().is_token()).collect();
            if items.is_empty() {
                pending = Some(pattern);
                continue;
            }
            arms.push(self.arm(pattern, &items, case.span()));
        }
        if !arms.iter().any(|arm: &Arm| arm.pattern == Pattern::Any) {
            arms.push(Arm { pattern: Pattern::Any, body: Block::new(), span: node.span() });
        }
        let op = Op::Match { subject, arms, span: node.span() };
        let exits = op.exits();
        self.b.push(op);
        exits
    }

    fn arm(&mut self, pattern: Pattern, items: &[Node], span: Span) -> Arm {
        let body = self.block(|lower| {
            lower.block_items(items);
        });
        let mut body = marked(body);
        settled(&mut body);
        Arm { pattern, body, span }
    }

    fn case_pattern(&mut self, case: Node) -> Pattern {
        let Some(value) = case.field(Field::Value).filter(|_| case.is(Kind::SwitchCase)) else { return Pattern::Any };
        match value.stripped().kind() {
            Kind::Identifier | Kind::Member => Pattern::Name(types::dotted(value.stripped())),
            _ => match self.expr(value) {
                Value::Literal(literal) => Pattern::Literal(literal),
                _ => Pattern::Other,
            },
        }
    }
}

fn is_true(condition: Node) -> bool {
    let condition = condition.stripped();
    condition.is(Kind::True) || condition.is(Kind::Number) && condition.text() != "0"
}

/// The pattern of a case that others fall through to.
fn joined(earlier: Option<Pattern>, pattern: Pattern) -> Pattern {
    match earlier {
        None => pattern,
        Some(Pattern::Any) => Pattern::Any,
        Some(_) if pattern == Pattern::Any => Pattern::Any,
        Some(_) => Pattern::Other,
    }
}

/// Marks the breaks that leave the `switch`, not an enclosing loop.
fn marked(block: Block) -> Block {
    block.into_iter().map(mark).collect()
}

fn mark(op: Op) -> Op {
    match op {
        Op::Break { label: None } => Op::Break { label: Some(SWITCH.into()) },
        Op::Branch { pred, then, otherwise, span } => {
            Op::Branch { pred, then: marked(then), otherwise: marked(otherwise), span }
        }
        Op::Group(body) => Op::Group(marked(body)),
        Op::Scope { resource, bound, body, span } => Op::Scope { resource, bound, body: marked(body), span },
        Op::Try { body, handlers, finally, span } => {
            let handlers = handlers.into_iter().map(|h| Handler { body: marked(h.body), ..h }).collect();
            Op::Try { body: marked(body), handlers, finally: marked(finally), span }
        }
        // A nested `switch` has taken its own; a loop keeps its own.
        other => other,
    }
}

/// Takes the marked breaks out: what follows a branch that breaks moves into its other arm.
/// Gives whether the block ended in one.
fn settled(block: &mut Block) -> bool {
    let mut at = 0;
    while at < block.len() {
        if matches!(&block[at], Op::Break { label: Some(label) } if label == SWITCH) {
            block.truncate(at);
            return true;
        }
        let rest = at + 1..block.len();
        if let Op::Branch { then, otherwise, .. } = &mut block[at] {
            match (settled(then), settled(otherwise)) {
                (true, true) => {
                    block.truncate(at + 1);
                    return true;
                }
                (false, false) => {}
                (then_breaks, _) => {
                    let mut tail: Block = block.drain(rest).collect();
                    let ended = settled(&mut tail);
                    append(&mut block[at], tail, !then_breaks);
                    return ended;
                }
            }
        } else {
            settle_inner(&mut block[at]);
        }
        at += 1;
    }
    false
}

fn append(branch: &mut Op, tail: Block, to_then: bool) {
    if let Op::Branch { then, otherwise, .. } = branch {
        let arm = if to_then { then } else { otherwise };
        if !arm.iter().any(Op::exits) {
            arm.extend(tail);
        }
    }
}

/// Inside `try` and plain blocks the break is only dropped: nothing in the model leaves them.
fn settle_inner(op: &mut Op) {
    match op {
        Op::Group(body) | Op::Scope { body, .. } => {
            settled(body);
        }
        Op::Try { body, handlers, finally, .. } => {
            settled(body);
            for handler in handlers {
                settled(&mut handler.body);
            }
            settled(finally);
        }
        _ => {}
    }
}
