//! The body of a function as a tree of regions.
//!
//! All three languages are structured, so a body is a tree and not a graph. Nodes stand in
//! evaluation order; conditional evaluation inside expressions (`?:`, `??`, `||`, `?.`, `?`) is a
//! branch like any other. Knows no library and no language.

use std::slice;

use serde::{Deserialize, Serialize};
use thin_vec::{ThinVec, thin_vec};

use super::{CallId, FnId, Literal, Span, TypeRef, Value};

/// Nodes in evaluation order.
pub type Block = ThinVec<Node>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// The call happens here; its callee's and arguments' own calls come before it.
    Call(CallId),
    /// Assignment or initialised declaration. `target` is a `Var`, `Member`, `Index` or `Global`.
    /// A destructuring declaration is one bind a name (`a = Member(value, "a")`).
    Bind {
        target: Value,
        value: Value,
        span: Span,
    },
    Await {
        value: Value,
        span: Span,
    },
    Yield {
        value: Option<Value>,
        span: Span,
    },
    Return {
        value: Option<Value>,
        span: Span,
    },
    Throw {
        span: Span,
    },
    Break {
        label: Option<String>,
    },
    Continue {
        label: Option<String>,
    },
    Branch {
        pred: Box<Pred>,
        then: Block,
        otherwise: Block,
        span: Span,
    },
    Match {
        subject: Value,
        arms: Vec<Arm>,
        span: Span,
    },
    /// `each` is what is iterated over for `Each` and `Receive`. The loop variable's bind is the
    /// first node of `body`, its value `Element(each)`.
    Loop {
        kind: LoopKind,
        label: Option<Box<str>>,
        each: Option<Value>,
        body: Block,
        span: Span,
    },
    Try {
        body: Block,
        handlers: Vec<Handler>,
        finally: Block,
        span: Span,
    },
    /// `with`, `async with`, `using`, `contextlib.closing`: `resource` is released at the end of
    /// `body` on every path. `bound` is the variable after `as`.
    Scope {
        resource: Value,
        bound: Option<Value>,
        body: Block,
        span: Span,
    },
    /// A function value is created here (closures, nested functions, async blocks). `inline` when
    /// it also runs here and once: an immediately invoked function, an async block that is
    /// awaited on the spot, the executor of `new Promise`.
    Closure {
        function: FnId,
        inline: bool,
    },
    /// A labelled or plain block that does not branch (`{ … }`, `unsafe { … }`).
    Group(Block),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    pub pattern: Pattern,
    pub body: Block,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    Literal(Literal),
    /// Enum variant, class pattern or path, as written with dots: `Some`, `AuthProvider.GitHub`.
    Name(String),
    /// `_`, `default`, a plain binding.
    Any,
    /// Several alternatives, or anything else.
    Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// The caught type; `None` catches all.
    pub caught: Option<TypeRef>,
    pub body: Block,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoopKind {
    /// Over the elements of something: `for … of`, `for x in xs`, comprehensions, C-style counters.
    Each,
    /// `while (cond)`.
    While,
    /// `while (true)`, `loop`, `for (;;)`, `while True`.
    Endless,
    /// Over what arrives: `for await`, `async for`, `while let Some(x) = rx.recv().await`.
    Receive,
}

/// A condition, as far as it says something about places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Pred {
    Truthy(Value),
    /// `x == null`, `x is None`, `x === undefined`, `Option::is_none`, `if let None`,
    /// `typeof x === "undefined"`.
    Null(Value),
    /// Equal to a literal.
    Eq(Value, Literal),
    /// Equal to another value (`===`, `==`, `is`).
    Same(Value, Value),
    /// `instanceof`, `isinstance`, a type or variant pattern.
    Is(Value, String),
    /// `key in container`, `container.has(key)`, `container.contains_key(key)`, `hasattr(x, "k")`.
    Has(Value, Value),
    /// `if __name__ == "__main__"`, `require.main === module`, `import.meta.main`.
    Main,
    And(Vec<Pred>),
    Or(Vec<Pred>),
    Not(Box<Pred>),
    /// Nothing is known, but these values were read.
    Opaque(Vec<Value>),
}

impl Handler {
    /// Whatever goes wrong in the body comes here.
    pub fn catches_all(&self) -> bool {
        const ALL: &[&str] = &["Exception", "BaseException", "Error", "any", "unknown", ""];
        self.caught.as_ref().is_none_or(|ty| ALL.contains(&ty.last_name()))
    }

    /// So does the end that somebody outside asks for.
    pub fn catches_cancellation(&self) -> bool {
        const ENDS: &[&str] = &["BaseException", "CancelledError", "GeneratorExit"];
        let named = |ty: &TypeRef| ENDS.contains(&ty.last_name());
        self.caught.as_ref().is_none_or(|ty| named(ty) || ty.args.iter().any(named))
    }
}

impl Pred {
    pub fn negate(self) -> Pred {
        match self {
            Pred::Not(inner) => *inner,
            other => Pred::Not(Box::new(other)),
        }
    }
}

/// The direct sub-blocks of a node. Bodies are walked often, so that nothing is allocated for it.
#[derive(Debug, Clone)]
pub struct Blocks<'a> {
    first: Option<&'a Block>,
    arms: slice::Iter<'a, Arm>,
    handlers: slice::Iter<'a, Handler>,
    last: Option<&'a Block>,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = &'a Block;

    fn next(&mut self) -> Option<&'a Block> {
        let first = self.first.take().or_else(|| self.arms.next().map(|arm| &arm.body));
        first.or_else(|| self.handlers.next().map(|handler| &handler.body)).or_else(|| self.last.take())
    }
}

/// The values that a body returns or yields, in order, as they are written there.
pub fn returned<'a>(block: &'a [Node], values: &mut Vec<&'a Value>) {
    for node in block {
        match node {
            Node::Return { value: Some(value), .. } | Node::Yield { value: Some(value), .. } => values.push(value),
            _ => node.blocks().for_each(|inner| returned(inner, values)),
        }
    }
}

impl Node {
    pub fn branch(pred: Pred, then: Block, otherwise: Block, span: Span) -> Node {
        Node::Branch { pred: Box::new(pred), then, otherwise, span }
    }

    /// It has blocks, if only empty ones.
    pub fn is_region(&self) -> bool {
        matches!(
            self,
            Node::Branch { .. }
                | Node::Match { .. }
                | Node::Loop { .. }
                | Node::Scope { .. }
                | Node::Group(_)
                | Node::Try { .. }
        )
    }

    /// The direct sub-blocks, in the order they may run.
    pub fn blocks(&self) -> Blocks<'_> {
        let none = Blocks { first: None, arms: [].iter(), handlers: [].iter(), last: None };
        match self {
            Node::Branch { then, otherwise, .. } => Blocks { first: Some(then), last: Some(otherwise), ..none },
            Node::Match { arms, .. } => Blocks { arms: arms.iter(), ..none },
            Node::Loop { body, .. } | Node::Scope { body, .. } | Node::Group(body) => {
                Blocks { first: Some(body), ..none }
            }
            Node::Try { body, handlers, finally, .. } => {
                Blocks { first: Some(body), handlers: handlers.iter(), last: Some(finally), ..none }
            }
            _ => none,
        }
    }

    /// The same blocks, to be changed.
    pub fn blocks_mut(&mut self) -> Vec<&mut Block> {
        match self {
            Node::Branch { then, otherwise, .. } => vec![then, otherwise],
            Node::Match { arms, .. } => arms.iter_mut().map(|arm| &mut arm.body).collect(),
            Node::Loop { body, .. } | Node::Scope { body, .. } | Node::Group(body) => vec![body],
            Node::Try { body, handlers, finally, .. } => {
                let mut blocks = vec![body];
                blocks.extend(handlers.iter_mut().map(|handler| &mut handler.body));
                blocks.push(finally);
                blocks
            }
            _ => Vec::new(),
        }
    }

    /// The test of a loop, as the branch out of it that it is.
    pub fn leave_unless(condition: Pred, span: Span) -> Node {
        let then = thin_vec![Node::Break { label: None }];
        Node::branch(condition.negate(), then, Block::new(), span)
    }

    /// Control never reaches the node after this one.
    pub fn exits(&self) -> bool {
        match self {
            Node::Return { .. } | Node::Throw { .. } | Node::Break { .. } | Node::Continue { .. } => true,
            Node::Branch { then, otherwise, .. } => exits(then) && exits(otherwise),
            Node::Group(body) | Node::Scope { body, .. } => exits(body),
            Node::Match { arms, .. } => !arms.is_empty() && arms.iter().all(|arm| exits(&arm.body)),
            Node::Try { body, handlers, finally, .. } => {
                exits(finally) || exits(body) && handlers.iter().all(|handler| exits(&handler.body))
            }
            Node::Loop { kind: LoopKind::Endless, body, .. } => !has_break(body),
            _ => false,
        }
    }
}

/// Every path through the block leaves it otherwise than by its end.
pub fn exits(block: &Block) -> bool {
    block.iter().any(Node::exits)
}

/// Every path on which nothing is thrown leaves the block otherwise than by its end.
pub fn exits_normally(block: &Block) -> bool {
    block.iter().any(|node| match node {
        Node::Try { body, finally, .. } => exits_normally(body) || exits(finally),
        Node::Group(body) | Node::Scope { body, .. } => exits_normally(body),
        other => other.exits(),
    })
}

/// Something in the block binds, gives back or yields a value that the test passes for.
pub fn hands_on(block: &[Node], test: &mut dyn FnMut(&Value) -> bool) -> bool {
    block.iter().any(|node| match node {
        Node::Bind { value, .. } | Node::Return { value: Some(value), .. } | Node::Yield { value: Some(value), .. } => {
            test(value)
        }
        other => other.blocks().any(|inner| hands_on(inner, test)),
    })
}

/// The tests of each iteration that do nothing but leave the loop, or the function with nothing, where they hold: the
/// place in the body, and what is asked.
pub fn leaving_tests(body: &[Node]) -> impl Iterator<Item = (usize, &Pred)> {
    body.iter().enumerate().filter_map(|(at, node)| match node {
        Node::Branch { pred, then, otherwise, .. } if otherwise.is_empty() && only_leaves(then) => Some((at, &**pred)),
        _ => None,
    })
}

/// Calls, as of a logger, may come before.
fn only_leaves(block: &[Node]) -> bool {
    match block.split_last() {
        Some((Node::Break { label: None } | Node::Return { value: None, .. }, before)) => {
            before.iter().all(|node| matches!(node, Node::Call(_)))
        }
        _ => false,
    }
}

/// Something in the block leaves the loop around it.
fn has_break(block: &[Node]) -> bool {
    block.iter().any(|node| match node {
        Node::Break { .. } => true,
        Node::Loop { .. } => false,
        other => other.blocks().any(|inner| has_break(inner)),
    })
}
