//! The syntax tree as a flat array, and small readings of it.
//!
//! Children and siblings are found by index, so walking asks no parser and never recurses. Knows the parser's nodes;
//! must not know facts beyond spans, nor what any node means.

use std::num::NonZeroU16;
use std::ops::Range;
use std::sync::OnceLock;

use tree_sitter::{Language, TreeCursor};

use crate::facts::Span;
use crate::frontend::syntax;

pub(super) struct Tree {
    grammar: &'static Grammar,
    nodes: Vec<Raw>,
}

/// Small, as a large file has a million of them.
struct Raw {
    /// The number in the grammar.
    kind: u16,
    /// The same; 0 for a child without one.
    field: u16,
    start: u32,
    end: u32,
    /// Index after the last descendant: the next sibling, if there is one.
    next: u32,
    flags: Flags,
}

#[derive(Clone, Copy)]
struct Flags {
    named: bool,
    extra: bool,
    missing: bool,
    /// It or something below is an error.
    broken: bool,
    /// No sibling follows.
    last: bool,
}

/// The names of the grammar's kinds and fields by their numbers.
struct Grammar {
    language: &'static Language,
    kinds: Vec<&'static str>,
    fields: Vec<&'static str>,
}

/// The kind of what could not be parsed; it stands in no table.
const ERROR: &str = "ERROR";

impl Grammar {
    fn get() -> &'static Self {
        static LANGUAGE: OnceLock<Language> = OnceLock::new();
        static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
        GRAMMAR.get_or_init(|| {
            let language = LANGUAGE.get_or_init(|| tree_sitter_python::LANGUAGE.into());
            let kind = |id: usize| language.node_kind_for_id(id as u16).unwrap_or_default();
            let field = |id: usize| language.field_name_for_id(id as u16).unwrap_or_default();
            let kinds = (0..language.node_kind_count()).map(kind).collect();
            let fields = (0..=language.field_count()).map(field).collect();
            Self { kinds, fields, language }
        })
    }
}

impl Tree {
    /// `None` when the parser gives nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let grammar = Grammar::get();
        let parsed = syntax::parse(text, grammar.language)?;
        let mut tree = Self { grammar, nodes: Vec::with_capacity(text.len() / 4) };
        tree.fill(&mut parsed.walk());
        Some(tree)
    }

    fn fill(&mut self, cursor: &mut TreeCursor) {
        let mut open: Vec<usize> = Vec::new();
        loop {
            let id = self.enter(cursor);
            if cursor.goto_first_child() {
                open.push(id);
                continue;
            }
            let mut done = id;
            while !cursor.goto_next_sibling() {
                self.nodes[done].flags.last = true;
                let Some(above) = open.pop() else { return };
                self.nodes[above].next = self.nodes.len() as u32;
                cursor.goto_parent();
                done = above;
            }
        }
    }

    fn enter(&mut self, cursor: &TreeCursor) -> usize {
        let node = cursor.node();
        let id = self.nodes.len();
        let flags = Flags {
            named: node.is_named(),
            extra: node.is_extra(),
            missing: node.is_missing(),
            broken: node.has_error(),
            last: false,
        };
        self.nodes.push(Raw {
            kind: node.kind_id(),
            field: cursor.field_id().map_or(0, NonZeroU16::get),
            start: node.start_byte() as u32,
            end: node.end_byte() as u32,
            next: id as u32 + 1,
            flags,
        });
        id
    }

    pub(super) fn root(&self) -> Syntax<'_> {
        Syntax { tree: self, at: 0 }
    }
}

/// A node of the tree.
#[derive(Clone, Copy)]
pub(super) struct Syntax<'t> {
    tree: &'t Tree,
    at: u32,
}

impl PartialEq for Syntax<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && std::ptr::eq(self.tree, other.tree)
    }
}

impl<'t> Syntax<'t> {
    fn raw(self) -> &'t Raw {
        &self.tree.nodes[self.at as usize]
    }

    pub(super) fn kind(self) -> &'static str {
        self.tree.grammar.kinds.get(usize::from(self.raw().kind)).copied().unwrap_or(ERROR)
    }

    /// What it is to the node above; empty where that has no name.
    fn field(self) -> &'static str {
        self.tree.grammar.fields[usize::from(self.raw().field)]
    }

    pub(super) fn byte_range(self) -> Range<usize> {
        self.raw().start as usize..self.raw().end as usize
    }

    pub(super) fn is_named(self) -> bool {
        self.raw().flags.named
    }

    /// Something that may stand anywhere: a comment, a continued line.
    fn is_extra(self) -> bool {
        self.raw().flags.extra
    }

    /// Not in the text, where the grammar wants it.
    pub(super) fn is_missing(self) -> bool {
        self.raw().flags.missing
    }

    pub(super) fn is_error(self) -> bool {
        self.kind() == ERROR
    }

    pub(super) fn has_error(self) -> bool {
        self.raw().flags.broken
    }

    pub(super) fn next_sibling(self) -> Option<Self> {
        (!self.raw().flags.last).then_some(Self { at: self.raw().next, ..self })
    }

    /// All children, tokens and comments too.
    fn children(self) -> impl Iterator<Item = Self> {
        let first = (self.at + 1 < self.raw().next).then_some(Self { at: self.at + 1, ..self });
        std::iter::successors(first, |child| child.next_sibling())
    }

    pub(super) fn named_child_count(self) -> usize {
        self.children().filter(|child| child.is_named()).count()
    }
}

pub(super) fn span(node: Syntax) -> Span {
    Span { start: node.raw().start, end: node.raw().end }
}

/// The named children without comments and line continuations.
pub(super) fn named<'t>(node: Syntax<'t>) -> Vec<Syntax<'t>> {
    node.children().filter(|child| child.is_named() && (!child.is_extra() || child.is_error())).collect()
}

pub(super) fn first<'t>(node: Syntax<'t>) -> Option<Syntax<'t>> {
    node.children().find(|child| child.is_named() && !child.is_extra())
}

pub(super) fn child_of_kind<'t>(node: Syntax<'t>, kind: &str) -> Option<Syntax<'t>> {
    node.children().find(|child| child.kind() == kind)
}

pub(super) fn field<'t>(node: Syntax<'t>, name: &str) -> Option<Syntax<'t>> {
    node.children().find(|child| child.field() == name)
}

pub(super) fn fields<'t>(node: Syntax<'t>, name: &str) -> Vec<Syntax<'t>> {
    let children = node.children().filter(|child| child.field() == name);
    children.filter(|child| child.is_named() && !child.is_extra()).collect()
}

/// The expression inside any number of parentheses.
pub(super) fn peel(mut node: Syntax) -> Syntax {
    while node.kind() == "parenthesized_expression" {
        match first(node) {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// Visits a tree in order without recursion; `visit` says whether to go into the node.
pub(super) fn each<'t>(root: Syntax<'t>, mut visit: impl FnMut(Syntax<'t>) -> bool) {
    let mut at = root.at;
    while at < root.raw().next {
        let node = Syntax { at, ..root };
        at = if visit(node) { at + 1 } else { node.raw().next };
    }
}

/// The anonymous tokens of an operator expression: `is not`, `<`, `in`.
pub(super) fn operators<'t>(node: Syntax<'t>) -> Vec<&'t str> {
    node.children().filter(|child| !child.is_named()).map(Syntax::kind).collect()
}
