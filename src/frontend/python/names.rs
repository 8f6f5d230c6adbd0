//! Finds the names that a block of statements binds, before any of it is lowered.
//!
//! A Python name that is bound anywhere in a function is local to all of it. Only reads syntax;
//! must not know the builder.

use rustc_hash::FxHashMap;

use super::tree::Syntax;
use super::{MAX_DEPTH, tree};

pub(super) struct Names<'t> {
    text: &'t str,
    walrus: bool,
    depth: usize,
    index: FxHashMap<&'t str, usize>,
    pub(super) bound: Vec<Bound<'t>>,
    /// Names of `global` and `nonlocal` statements.
    pub(super) outer: Vec<Outer<'t>>,
}

pub(super) struct Bound<'t> {
    pub(super) name: &'t str,
    pub(super) node: Syntax<'t>,
    /// The annotation, if one of the bindings has one.
    pub(super) ty: Option<Syntax<'t>>,
    pub(super) times: usize,
    /// Bound by `except … as`.
    pub(super) caught: bool,
}

pub(super) struct Outer<'t> {
    pub(super) name: &'t str,
    /// `global`, not `nonlocal`.
    pub(super) global: bool,
}

impl<'t> Names<'t> {
    /// The names bound by the statements of `body`, nested functions and classes left out.
    pub(super) fn collect(body: Syntax<'t>, text: &'t str, walrus: bool) -> Self {
        let mut names =
            Self { text, walrus, depth: 0, index: FxHashMap::default(), bound: Vec::new(), outer: Vec::new() };
        names.children(body);
        names
    }

    fn children(&mut self, node: Syntax<'t>) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        for child in tree::named(node) {
            self.statement(child);
        }
        self.depth -= 1;
    }

    fn statement(&mut self, node: Syntax<'t>) {
        match node.kind() {
            "function_definition" | "class_definition" => self.field(node, "name"),
            "import_statement" | "import_from_statement" => self.import(node),
            "global_statement" => self.outer(node, true),
            "nonlocal_statement" => self.outer(node, false),
            "assignment" => self.assignment(node),
            "augmented_assignment" => self.target_and_rest(node),
            "for_statement" => self.target_and_rest(node),
            "except_clause" => self.except(node),
            "as_pattern" => self.as_pattern(node),
            "case_clause" => self.case(node),
            "type_alias_statement" => self.field(node, "left"),
            "named_expression" => {
                self.field(node, "name");
                self.children(node);
            }
            "lambda" => {}
            kind if self.walrus || holds_statements(kind) => self.children(node),
            _ => {}
        }
    }

    fn field(&mut self, node: Syntax<'t>, field: &str) {
        if let Some(target) = tree::field(node, field) {
            self.target(target);
        }
    }

    fn target_and_rest(&mut self, node: Syntax<'t>) {
        self.field(node, "left");
        self.children(node);
    }

    fn assignment(&mut self, node: Syntax<'t>) {
        self.target_and_rest(node);
        let (Some(left), Some(ty)) = (tree::field(node, "left"), tree::field(node, "type")) else { return };
        if let Some(bound) = self.index.get(self.text_of(left)).and_then(|index| self.bound.get_mut(*index)) {
            bound.ty.get_or_insert(ty);
        }
    }

    /// `with x as y`; elsewhere the alias of a caught exception in odd places.
    fn as_pattern(&mut self, node: Syntax<'t>) {
        self.field(node, "alias");
        if self.walrus {
            self.children(node);
        }
    }

    fn except(&mut self, node: Syntax<'t>) {
        if let Some(alias) = caught_name(node) {
            self.bind(alias, true);
        }
        self.children(node);
    }

    fn case(&mut self, node: Syntax<'t>) {
        for pattern in tree::named(node).into_iter().filter(|child| child.kind() == "case_pattern") {
            for name in captures(pattern) {
                self.bind(name, false);
            }
        }
        self.children(node);
    }

    fn import(&mut self, node: Syntax<'t>) {
        for item in tree::fields(node, "name") {
            match item.kind() {
                "aliased_import" => self.field(item, "alias"),
                _ => self.bind_first(item),
            }
        }
    }

    fn bind_first(&mut self, dotted: Syntax<'t>) {
        if let Some(name) = tree::first(dotted) {
            self.bind(name, false);
        }
    }

    fn outer(&mut self, node: Syntax<'t>, global: bool) {
        for name in tree::named(node) {
            let name = self.text_of(name);
            self.outer.push(Outer { name, global });
        }
    }

    fn target(&mut self, node: Syntax<'t>) {
        match node.kind() {
            "identifier" => self.bind(node, false),
            "attribute" | "subscript" | "call" => {}
            _ => self.targets(node),
        }
    }

    fn targets(&mut self, node: Syntax<'t>) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        for child in tree::named(node) {
            self.target(child);
        }
        self.depth -= 1;
    }

    fn bind(&mut self, node: Syntax<'t>, caught: bool) {
        let name = self.text_of(node);
        if name.is_empty() {
            return;
        }
        match self.index.get(name).and_then(|index| self.bound.get_mut(*index)) {
            Some(bound) => bound.times += 1,
            None => {
                self.index.insert(name, self.bound.len());
                self.bound.push(Bound { name, node, ty: None, times: 1, caught });
            }
        }
    }

    fn text_of(&self, node: Syntax) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }
}

/// Kinds whose children may be statements or bind names.
fn holds_statements(kind: &str) -> bool {
    matches!(
        kind,
        "block"
            | "expression_statement"
            | "if_statement"
            | "elif_clause"
            | "else_clause"
            | "try_statement"
            | "finally_clause"
            | "with_statement"
            | "with_clause"
            | "with_item"
            | "while_statement"
            | "decorated_definition"
            | "match_statement"
            | "tuple"
            | "parenthesized_expression"
            | "ERROR"
    )
}

/// The name in `except E as name` and in Python 2's `except E, name`.
pub(super) fn caught_name<'t>(clause: Syntax<'t>) -> Option<Syntax<'t>> {
    if let Some(alias) = tree::field(clause, "alias") {
        return Some(alias);
    }
    let values = tree::fields(clause, "value");
    let alias = match values.as_slice() {
        [only] if only.kind() == "as_pattern" => tree::first(tree::field(*only, "alias")?),
        [_, second] => Some(*second),
        _ => None,
    };
    alias.filter(|name| name.kind() == "identifier")
}

/// The identifiers that a case pattern binds.
pub(super) fn captures<'t>(pattern: Syntax<'t>) -> Vec<Syntax<'t>> {
    let mut found = Vec::new();
    tree::each(pattern, |node| {
        match node.kind() {
            "dotted_name" if node.named_child_count() == 1 && !names_class(node) => found.extend(tree::first(node)),
            "as_pattern" | "splat_pattern" => found.extend(tree::child_of_kind(node, "identifier")),
            "string" | "dotted_name" => return false,
            _ => {}
        }
        node.kind() != "dotted_name"
    });
    found
}

/// The dotted name is directly followed by its class pattern's parenthesis.
fn names_class(name: Syntax) -> bool {
    name.next_sibling().is_some_and(|next| next.kind() == "(")
}
