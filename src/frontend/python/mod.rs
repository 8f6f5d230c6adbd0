//! Lowers Python source, stubs and Python 2 leftovers included, to facts.
//!
//! The grammar's tree is walked once for each function's names and once for its code. Knows the
//! language and the builtins that are part of it (`super`, `isinstance`, `importlib`), no library,
//! no other file and no rule.

mod bind;
mod call;
mod class;
mod cond;
mod def;
mod expr;
mod flow;
mod import;
mod literal;
mod names;
mod scope;
mod stmt;
#[cfg(test)]
mod tests;
mod tree;
mod types;

use rustc_hash::{FxHashMap, FxHashSet};
use tree::{Syntax, Tree};

use crate::facts::build::Builder;
use crate::facts::{
    ClassId, Comment, Directive, Export, Exported, FileFacts, FnId, Language, LocalKind, Span, SyntaxProblem, Value,
    VarRef,
};

/// Nesting beyond this is lowered to `Unknown`.
const MAX_DEPTH: usize = 200;
const MAX_PROBLEMS: usize = 20;

/// The facts of one file. What does not parse becomes a problem beside the facts of the rest.
pub fn lower(text: &str) -> FileFacts {
    let tree = Tree::parse(text);
    let mut lowering = Lowering::new(text);
    match &tree {
        Some(tree) => lowering.file(tree.root()),
        None => lowering.problem(Span::new(0, 0), "not parsed".to_string()),
    }
    lowering.b.finish()
}

struct Lowering<'t> {
    text: &'t str,
    b: Builder,
    depth: usize,
    /// `self` or `cls` of the innermost method.
    receiver: Option<Receiver>,
    /// The classes whose bodies are open, innermost last.
    classes: Vec<ClassScope<'t>>,
    /// Loops of comprehensions that are open: inside them a class body's names are not seen.
    comprehensions: usize,
    fields: FxHashMap<(ClassId, bool, String), usize>,
    /// The text has a `:=` somewhere, so names may be bound inside expressions.
    walrus: bool,
    /// Inside `if TYPE_CHECKING:`.
    type_only: bool,
}

#[derive(Clone, Copy)]
struct Receiver {
    var: VarRef,
    class: ClassId,
    is_static: bool,
    constructor: bool,
}

/// A class body runs in the enclosing function, but its names are the class's members.
struct ClassScope<'t> {
    id: ClassId,
    var: VarRef,
    function: FnId,
    names: FxHashSet<&'t str>,
    /// The names of its properties that are worked out on each read.
    properties: FxHashSet<&'t str>,
}

impl<'t> Lowering<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            b: Builder::new(Language::Python, Span::new(0, text.len())),
            depth: 0,
            receiver: None,
            classes: Vec::new(),
            comprehensions: 0,
            fields: FxHashMap::default(),
            walrus: text.contains(":="),
            type_only: false,
        }
    }

    fn file(&mut self, root: Syntax<'t>) {
        self.directive();
        self.comments(root);
        self.problems(root);
        let mut names = self.hoist(root);
        names.extend(self.hoist_globals(root));
        self.statements(root);
        self.exports(names);
    }

    fn directive(&mut self) {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        if !text.starts_with("#!") {
            return;
        }
        let line = text.lines().next().unwrap_or_default().trim_end().to_string();
        self.b.facts.directives.push(Directive { text: line, function: FnId::TOP });
    }

    fn comments(&mut self, root: Syntax<'t>) {
        if !self.text.contains("connlint") {
            return;
        }
        tree::each(root, |node| {
            let text = self.text_of(node);
            if node.kind() == "comment" && text.contains("connlint") {
                let text = text.trim_start_matches('#').trim().to_string();
                self.b.facts.comments.push(Comment { text, span: tree::span(node) });
            }
            true
        });
    }

    fn problems(&mut self, root: Syntax<'t>) {
        tree::each(root, |node| {
            if !node.has_error() || self.b.facts.problems.len() >= MAX_PROBLEMS {
                return false;
            }
            if node.is_missing() {
                self.problem(tree::span(node), format!("missing {}", node.kind()));
            } else if node.is_error() {
                self.problem(tree::span(node), "syntax error".to_string());
            }
            !node.is_error()
        });
    }

    fn problem(&mut self, span: Span, message: String) {
        self.b.facts.problems.push(SyntaxProblem { span, message });
    }

    /// Python has no private names: whatever the top level binds can be imported.
    fn exports(&mut self, names: Vec<VarRef>) {
        let mut exported = Vec::with_capacity(names.len());
        for var in names {
            let local = self.b.facts.local(var);
            exported.push(Export {
                name: local.name.clone(),
                what: Exported::Value(Value::Var(var)),
                span: local.span,
            });
        }
        self.b.facts.exports.extend(exported);
    }

    fn text_of(&self, node: Syntax) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Runs `lower` one level deeper; beyond the limit gives the default instead.
    fn nested<T: Default>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            return T::default();
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        result
    }

    /// Lowers into a block apart, with its own lexical scope.
    fn block(&mut self, fill: impl FnOnce(&mut Self)) -> crate::facts::Block {
        self.b.open_block();
        fill(self);
        self.b.close_block()
    }

    /// Makes a variable that something else also writes no longer constant.
    fn rebound(&mut self, var: VarRef) {
        let local = self.b.local_mut(var);
        if let LocalKind::Let { constant } = &mut local.kind {
            *constant = false;
        }
    }
}
