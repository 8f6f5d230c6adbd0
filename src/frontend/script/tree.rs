//! The syntax tree as a flat array, without comments, punctuation and the insides of strings.
//!
//! Children and siblings are found by index, so walking costs nothing and never recurses. Knows
//! the parser; knows nothing of facts but comments and problems.

use crate::facts::{Comment, Span, SyntaxProblem};
use crate::frontend::syntax;

use super::kind::{Field, Grammar, Kind};
use super::{Dialect, repair};

const MAX_PROBLEMS: usize = 20;

pub(super) struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Raw>,
    pub(super) problems: Vec<SyntaxProblem>,
    pub(super) errors: usize,
    pub(super) comments: Vec<Comment>,
}

struct Raw {
    kind: Kind,
    field: Field,
    start: u32,
    end: u32,
    /// Index after the last descendant: the next sibling, if there is one.
    next: u32,
}

/// Parses with the given grammar. Where that finds errors, repairs and the other grammar are tried.
pub(super) fn parse(text: &str, dialect: Dialect) -> Tree<'_> {
    let mut best = parse_as(text, &repair::without_tag_types(text), dialect);
    for dialect in [dialect, dialect.other()] {
        if best.errors == 0 {
            break;
        }
        let places: Vec<usize> = best.problems.iter().map(|problem| problem.span.start as usize).collect();
        let next = parse_as(text, &repair::repaired(text, &places), dialect);
        if next.errors < best.errors {
            best = next;
        }
    }
    best
}

/// The tree of `source`, which is `text` with parts rewritten in place.
fn parse_as<'t>(text: &'t str, source: &str, dialect: Dialect) -> Tree<'t> {
    let grammar = Grammar::of(dialect);
    let mut tree = Tree { text, nodes: Vec::new(), problems: Vec::new(), errors: 0, comments: Vec::new() };
    match syntax::parse(source, &grammar.language) {
        Some(parsed) => {
            tree.fill(&parsed, grammar);
            (0..tree.nodes.len()).for_each(|at| tree.hoist_prefix(at));
        }
        None => tree.problem(Span::new(0, text.len()), "not parsed".into()),
    }
    tree
}

impl<'t> Tree<'t> {
    pub(super) fn root(&self) -> Option<Node<'_>> {
        (!self.nodes.is_empty()).then_some(Node { tree: self, id: 0 })
    }

    fn fill(&mut self, parsed: &tree_sitter::Tree, grammar: &Grammar) {
        let broken = parsed.root_node().has_error();
        let mut cursor = parsed.walk();
        let mut open: Vec<usize> = Vec::new();
        loop {
            let entered = self.enter(&cursor, grammar, broken, open.last().copied());
            if let Some(id) = entered
                && cursor.goto_first_child()
            {
                open.push(id);
                continue;
            }
            while !cursor.goto_next_sibling() {
                let Some(id) = open.pop() else { return };
                self.nodes[id].next = self.nodes.len() as u32;
                cursor.goto_parent();
            }
        }
    }

    /// The parser takes `await f<T>(x)` for a call of `await f`, and `a + f<T>(x)` for one of `a + f`. What stands before
    /// the chain is put around all of it.
    fn hoist_prefix(&mut self, at: usize) {
        if !matches!(self.nodes[at].kind, Kind::AwaitExpression | Kind::Unary | Kind::Binary) {
            return;
        }
        let mut top = at;
        while top > 0 && self.is_callee(top) {
            top -= 1;
        }
        if top == at {
            return;
        }
        let children = Children { tree: self, at: at as u32 + 1, end: self.nodes[at].next };
        let operand = children.filter(|child| !child.kind().is_token()).last().map(|child| child.id as usize);
        let Some(operand) = operand else { return };
        let (field, inner, start) = (self.nodes[at].field, self.nodes[operand].field, self.nodes[operand].start);
        let (whole, end, next) = (self.nodes[top].field, self.nodes[top].end, self.nodes[top].next);
        let chain = at - top;
        self.nodes[top..operand].rotate_left(chain);
        let first = operand - chain;
        for (id, node) in self.nodes.iter_mut().enumerate().take(operand).skip(top) {
            match id {
                id if id == top => (node.field, node.end, node.next) = (whole, end, next),
                id if id < first => node.next -= chain as u32,
                _ => node.start = start,
            }
        }
        self.nodes[first].field = inner;
        self.nodes[operand].field = field;
    }

    /// The node is what the one before it, its parent, calls or goes on from.
    fn is_callee(&self, id: usize) -> bool {
        let (parent, node) = (&self.nodes[id - 1], &self.nodes[id]);
        let linked = match parent.kind {
            Kind::Call => node.field == Field::Function,
            Kind::Member | Kind::Subscript => node.field == Field::Object,
            Kind::NonNull => true,
            _ => false,
        };
        linked && parent.next as usize > id
    }

    /// Adds the node if it is kept, and gives its index if its children are of interest.
    fn enter(
        &mut self,
        cursor: &tree_sitter::TreeCursor,
        grammar: &Grammar,
        broken: bool,
        parent: Option<usize>,
    ) -> Option<usize> {
        let node = cursor.node();
        let kind = grammar.kind(node.kind_id());
        let span = Span::new(node.start_byte(), node.end_byte());
        if broken && (kind == Kind::Error || node.is_missing()) {
            self.error(&node, kind, span);
        }
        let field = grammar.field(cursor.field_id());
        if !self.keeps(kind, field, parent) {
            self.comment(kind, span);
            return None;
        }
        let id = self.nodes.len();
        self.nodes.push(Raw { kind, field, start: span.start, end: span.end, next: id as u32 + 1 });
        (!matches!(kind, Kind::String | Kind::Regex)).then_some(id)
    }

    fn keeps(&self, kind: Kind, field: Field, parent: Option<usize>) -> bool {
        match kind {
            Kind::Comment | Kind::HtmlComment | Kind::StringFragment | Kind::Escape | Kind::JsxText => false,
            Kind::Token => field != Field::None,
            // Holes in array patterns show only by their commas.
            Kind::Comma => parent.is_some_and(|id| matches!(self.nodes[id].kind, Kind::ArrayPattern | Kind::Array)),
            _ => true,
        }
    }

    fn comment(&mut self, kind: Kind, span: Span) {
        if !matches!(kind, Kind::Comment | Kind::HtmlComment) {
            return;
        }
        let text = self.text.get(span.range()).unwrap_or_default();
        if text.contains("connlint") {
            self.comments.push(Comment { text: comment_text(text).to_string(), span });
        }
    }

    fn error(&mut self, node: &tree_sitter::Node, kind: Kind, span: Span) {
        let message = match kind {
            Kind::Error => "unexpected syntax".to_string(),
            _ => format!("missing {}", node.kind()),
        };
        self.problem(span, message);
    }

    fn problem(&mut self, span: Span, message: String) {
        self.errors += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(SyntaxProblem { span, message });
        }
    }
}

/// A comment without its markers.
pub(super) fn comment_text(text: &str) -> &str {
    let inner = text.trim_start_matches(['/', '*', '!']).trim_end_matches(['*', '/']);
    inner.trim_start_matches("<!--").trim_end_matches("-->").trim()
}

#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree<'t>,
    id: u32,
}

impl<'t> Node<'t> {
    fn raw(self) -> &'t Raw {
        &self.tree.nodes[self.id as usize]
    }

    pub(super) fn kind(self) -> Kind {
        self.raw().kind
    }

    pub(super) fn is(self, kind: Kind) -> bool {
        self.raw().kind == kind
    }

    pub(super) fn span(self) -> Span {
        Span { start: self.raw().start, end: self.raw().end }
    }

    pub(super) fn text(self) -> &'t str {
        self.slice(self.span())
    }

    pub(super) fn slice(self, span: Span) -> &'t str {
        self.tree.text.get(span.range()).unwrap_or_default()
    }

    /// All kept children, tokens too.
    pub(super) fn children(self) -> Children<'t> {
        Children { tree: self.tree, at: self.id + 1, end: self.raw().next }
    }

    /// The children that are not tokens.
    pub(super) fn items(self) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(|child| !child.kind().is_token())
    }

    /// The node itself and all its descendants, those of nodes that `skip` names left out.
    pub(super) fn descend(self, skip: impl Fn(Kind) -> bool) -> impl Iterator<Item = Node<'t>> {
        let (tree, end, mut at) = (self.tree, self.raw().next, self.id);
        std::iter::from_fn(move || {
            let node = (at < end).then_some(Node { tree, id: at })?;
            at = if node.id != self.id && skip(node.kind()) { node.raw().next } else { at + 1 };
            Some(node)
        })
    }

    pub(super) fn first(self) -> Option<Node<'t>> {
        self.items().next()
    }

    pub(super) fn field(self, field: Field) -> Option<Node<'t>> {
        self.children().find(|child| child.raw().field == field)
    }

    pub(super) fn fields(self, field: Field) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(move |child| child.raw().field == field)
    }

    pub(super) fn child(self, kind: Kind) -> Option<Node<'t>> {
        self.children().find(|child| child.is(kind))
    }

    pub(super) fn has(self, kind: Kind) -> bool {
        self.child(kind).is_some()
    }

    /// The expression under parentheses and type syntax.
    pub(super) fn stripped(self) -> Node<'t> {
        let mut node = self;
        while node.kind().is_wrapper() {
            let Some(inner) = node.wrapped() else { break };
            node = inner;
        }
        node
    }

    /// The expression that a parenthesis, cast or assertion holds.
    pub(super) fn wrapped(self) -> Option<Node<'t>> {
        match self.kind() {
            Kind::TypeAssertion => self.items().last(),
            _ => self.first(),
        }
    }
}

impl Kind {
    pub(super) fn is_wrapper(self) -> bool {
        matches!(
            self,
            Kind::Parenthesized
                | Kind::As
                | Kind::Satisfies
                | Kind::NonNull
                | Kind::TypeAssertion
                | Kind::Instantiation
        )
    }

    pub(super) fn is_function(self) -> bool {
        matches!(self, Kind::Arrow | Kind::FunctionExpression | Kind::GeneratorExpression)
    }

    pub(super) fn is_function_declaration(self) -> bool {
        matches!(self, Kind::FunctionDeclaration | Kind::GeneratorDeclaration)
    }

    pub(super) fn is_class_declaration(self) -> bool {
        matches!(self, Kind::ClassDeclaration | Kind::AbstractClassDeclaration)
    }
}

pub(super) struct Children<'t> {
    tree: &'t Tree<'t>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let node = Node { tree: self.tree, id: self.at };
        self.at = node.raw().next;
        Some(node)
    }
}
