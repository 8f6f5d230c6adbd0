//! Declares the names of a block before its statements are lowered.
//!
//! So forward references and captures find the right variable. Only names are declared here;
//! what they stand for is filled in when their declaration is lowered.

use crate::facts::{LocalKind, TypeRef};

use super::kind::{Field, Kind};
use super::statement::{root_name, using_declaration};
use super::tree::Node;
use super::{Lower, types};

const LET: LocalKind = LocalKind::Let { constant: false };

impl Lower {
    /// Names of the block itself; types last, as a value of the same name goes first.
    pub(super) fn hoist(&mut self, items: &[Node]) {
        for item in items {
            self.hoist_value(*item);
        }
        for item in items {
            let inner = if item.is(Kind::ExportStatement) { item.field(Field::Declaration) } else { Some(*item) };
            self.hoist_type(inner);
        }
    }

    fn hoist_value(&mut self, item: Node) {
        match item.kind() {
            Kind::LexicalDeclaration => self.hoist_declarators(item),
            Kind::ImportStatement => self.import_statement(item),
            Kind::ExportStatement => {
                if let Some(inner) = item.field(Field::Declaration) {
                    self.hoist_value(inner);
                }
            }
            Kind::ImportAlias => self.hoist_first(item),
            Kind::InternalModule | Kind::Module => self.hoist_namespace(item),
            Kind::ExpressionStatement => self.hoist_using(item),
            Kind::Labeled => self.hoist_reactive(item),
            kind if kind.is_function_declaration() || kind.is_class_declaration() => self.hoist_name(item),
            Kind::EnumDeclaration => self.hoist_name(item),
            _ => {}
        }
    }

    fn hoist_declarators(&mut self, item: Node) {
        for declarator in item.items().filter(|item| item.is(Kind::VariableDeclarator)) {
            let Some(pattern) = declarator.field(Field::Name) else { continue };
            self.declare_pattern(pattern, LET, types::annotation(declarator));
        }
    }

    fn hoist_name(&mut self, item: Node) {
        if let Some(name) = item.field(Field::Name) {
            self.declare(name, LET, None);
        }
    }

    fn hoist_first(&mut self, item: Node) {
        if let Some(name) = item.first() {
            self.declare(name, LET, None);
        }
    }

    fn hoist_namespace(&mut self, item: Node) {
        let Some(name) = item.field(Field::Name).filter(|name| !name.is(Kind::String)) else { return };
        // A namespace may be split, or extend a function or class of its name.
        if self.b.lookup_own(root_name(name)).is_none() {
            self.b.declare(root_name(name), LocalKind::Namespace, None, name.span());
        }
    }

    fn hoist_using(&mut self, item: Node) {
        if let Some(left) = using_declaration(item).and_then(|using| using.field(Field::Left)) {
            self.declare(left, LET, None);
        }
    }

    /// `$: x = f(y)` in a component declares `x`.
    fn hoist_reactive(&mut self, item: Node) {
        let reactive = item.field(Field::Label).filter(|label| label.text() == "$");
        let body = reactive.and(item.field(Field::Body)).and_then(Node::first).map(Node::stripped);
        let Some(left) = body.filter(|body| body.is(Kind::Assignment)).and_then(|body| body.field(Field::Left)) else {
            return;
        };
        if left.is(Kind::Identifier) && self.b.lookup(left.text()).is_none() {
            self.declare(left, LET, None);
        }
    }

    fn hoist_type(&mut self, item: Option<Node>) {
        let Some(item) = item.filter(|item| matches!(item.kind(), Kind::InterfaceDeclaration | Kind::TypeAlias)) else {
            return;
        };
        if let Some(name) = item.field(Field::Name)
            && self.b.lookup_own(name.text()).is_none()
        {
            self.declare(name, LET, None);
        }
    }

    /// All names that a pattern binds, in the innermost scope.
    pub(super) fn declare_pattern(&mut self, pattern: Node, kind: LocalKind, ty: Option<TypeRef>) {
        if pattern.is(Kind::Identifier) {
            return self.declare(pattern, kind, ty);
        }
        for name in pattern_names(pattern) {
            self.declare(name, kind, None);
        }
    }

    /// `var` declarations anywhere in the given parts of the function that is open.
    pub(super) fn hoist_vars(&mut self, parts: &[Node]) {
        for part in parts {
            for node in part.descend(is_other_scope) {
                match node.kind() {
                    Kind::VariableDeclaration => self.hoist_var_declaration(node),
                    Kind::ForIn if node.field(Field::Keyword).is_some_and(|kind| kind.text() == "var") => {
                        self.hoist_var(node.field(Field::Left), None);
                    }
                    _ => {}
                }
            }
        }
    }

    fn hoist_var_declaration(&mut self, node: Node) {
        for declarator in node.items().filter(|item| item.is(Kind::VariableDeclarator)) {
            self.hoist_var(declarator.field(Field::Name), types::annotation(declarator));
        }
    }

    fn hoist_var(&mut self, pattern: Option<Node>, ty: Option<TypeRef>) {
        for name in pattern.map(pattern_names).unwrap_or_default() {
            self.b.declare_in_function(name.text(), LET, ty.clone(), name.span());
        }
    }
}

/// Parts of a function whose `var` declarations are not its own.
fn is_other_scope(kind: Kind) -> bool {
    kind.is_function()
        || kind.is_function_declaration()
        || kind.is_class_declaration()
        || matches!(kind, Kind::Class | Kind::MethodDefinition | Kind::Ambient | Kind::InternalModule | Kind::Module)
}

/// The identifiers that a pattern binds, in order.
pub(super) fn pattern_names(pattern: Node) -> Vec<Node> {
    let mut names = Vec::new();
    let mut rest = vec![pattern];
    while let Some(node) = rest.pop() {
        match node.kind() {
            Kind::Identifier | Kind::ShorthandPattern => names.push(node),
            Kind::ObjectPattern | Kind::ArrayPattern | Kind::RestPattern => {
                let from = rest.len();
                rest.extend(node.items());
                rest[from..].reverse();
            }
            Kind::PairPattern => rest.extend(node.field(Field::Value)),
            Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => rest.extend(node.field(Field::Left)),
            _ => {}
        }
    }
    names
}
