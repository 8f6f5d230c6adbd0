//! TypeScript and JavaScript, also inside single-file components.
//!
//! A tree-sitter tree is flattened ([`tree`]) and lowered by one walk, spread over the files here by
//! construct. Knows the syntax and scoping of the language; no library, no other file of the
//! project.

mod assign;
mod chain;
mod class;
mod component;
mod control;
mod element;
mod erase;
mod events;
mod export;
mod expression;
mod function;
mod handlers;
mod hoist;
mod import;
mod jsx;
mod kind;
mod logic;
mod object;
mod page;
mod repair;
mod statement;
mod template;
mod text;
mod tree;
mod types;

#[cfg(test)]
mod tests;

use rustc_hash::FxHashSet;

use crate::facts::build::Builder;
use crate::facts::{FileFacts, Language, LocalKind, Span, SyntaxProblem, Value, VarRef};

pub use component::{ComponentKind, lower_component};

use tree::{Node, Tree};

/// Which grammar is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `.ts`, `.mts`, `.cts`.
    Ts,
    /// `.tsx` and all of JavaScript.
    Tsx,
}

impl Dialect {
    fn other(self) -> Dialect {
        match self {
            Dialect::Ts => Dialect::Tsx,
            Dialect::Tsx => Dialect::Ts,
        }
    }
}

/// Expressions and statements nested deeper than this are `Unknown`: as deep as an unoptimised
/// build gets on the two megabytes of stack that a thread has.
const MAX_DEPTH: u32 = 300;

/// Lowers one file. What does not parse is recorded and left out.
pub fn lower(text: &str, dialect: Dialect) -> FileFacts {
    if text.len() > u32::MAX as usize / 2 {
        return too_large();
    }
    let tree = tree::parse(text, dialect);
    let mut lower = Lower::new(Span::new(0, text.len()));
    if let Some(root) = tree.root() {
        let items = statement::flattened(root);
        lower.directives(&items);
        lower.hoist_vars(&[root]);
        lower.block_items(&items);
    }
    let mut facts = lower.finish(&tree);
    if let Some(root) = tree.root() {
        erase::mark(root, &mut facts);
    }
    facts
}

fn too_large() -> FileFacts {
    let mut facts = Builder::new(Language::Script, Span::default()).finish();
    facts.problems.push(SyntaxProblem { span: Span::default(), message: "file too large".into() });
    facts
}

struct Lower {
    b: Builder,
    /// The statement that is being lowered.
    statement: Span,
    depth: u32,
    /// What `this` means here.
    this: Value,
    /// Values tested by the `?.` of the chains being lowered; a block is open for each.
    gates: Vec<Value>,
    /// The namespace whose body is being lowered.
    namespace: Option<VarRef>,
    initialised: FxHashSet<VarRef>,
    reassigned: FxHashSet<VarRef>,
    /// Variables that stand for what is in them, as in a template.
    unwrapped: FxHashSet<VarRef>,
}

impl Lower {
    fn new(span: Span) -> Self {
        Self {
            b: Builder::new(Language::Script, span),
            statement: span,
            depth: 0,
            this: Value::This,
            gates: Vec::new(),
            namespace: None,
            initialised: FxHashSet::default(),
            reassigned: FxHashSet::default(),
            unwrapped: FxHashSet::default(),
        }
    }

    fn finish(mut self, tree: &Tree) -> FileFacts {
        for var in &self.initialised {
            if let LocalKind::Let { constant } = &mut self.b.local_mut(*var).kind {
                *constant = !self.reassigned.contains(var);
            }
        }
        let mut facts = self.b.finish();
        facts.problems = tree.problems.clone();
        facts.comments = tree.comments.clone();
        facts
    }

    /// Runs `lower` one level deeper, or gives `None` where that is too deep.
    fn deeper<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        Some(result)
    }

    /// Fills a block with its own lexical scope.
    fn block(&mut self, fill: impl FnOnce(&mut Self)) -> crate::facts::Block {
        self.b.open_block();
        fill(self);
        self.b.close_block()
    }
}

/// What the surroundings say about a function or class expression.
#[derive(Default)]
struct Hint<'t> {
    /// The node whose text names it.
    name: Option<Node<'t>>,
    /// A name that is written nowhere.
    given: Option<&'static str>,
    anchor: String,
    inline: bool,
}

impl<'t> Hint<'t> {
    fn named(node: Node<'t>) -> Self {
        Self { name: Some(node), ..Self::default() }
    }

    fn given(name: &'static str) -> Self {
        Self { given: Some(name), ..Self::default() }
    }

    fn inline() -> Self {
        Self { inline: true, ..Self::default() }
    }

    fn text(&self) -> Option<String> {
        let written = self.name.map(object::key_text);
        written.or(self.given.map(str::to_string))
    }
}
