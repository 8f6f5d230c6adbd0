//! Import statements.
//!
//! Knows their forms; where a module is found is not known here.

use crate::facts::{Import, ImportId, ImportKind, LocalKind, Span};

use super::kind::{Field, Kind};
use super::tree::Node;
use super::{Lower, text};

/// What the specifiers of one statement share.
pub(super) struct From {
    pub(super) module: String,
    pub(super) type_only: bool,
    pub(super) statement: Span,
}

impl From {
    pub(super) fn of(node: Node, source: Node) -> Self {
        let type_only = is_type(node) || node.text().starts_with("export type");
        Self { module: text::unquote(source.text()), type_only, statement: node.span() }
    }
}

impl Lower {
    /// Records an import that binds no name. `spans`: its own and its statement's.
    pub(super) fn import(&mut self, module: &str, name: &str, kind: ImportKind, spans: (Span, Span)) -> ImportId {
        let (span, statement) = spans;
        let (module, name) = (module.to_string(), name.to_string());
        self.b.import(Import { module, name, kind, type_only: false, span, statement })
    }

    pub(super) fn import_from(&mut self, from: &From, name: &str, kind: ImportKind, node: Node) -> ImportId {
        let id = self.import(&from.module, name, kind, (node.span(), from.statement));
        self.b.facts.imports[id.index()].type_only = from.type_only || is_type(node);
        id
    }

    fn import_name(&mut self, from: &From, name: &str, kind: ImportKind, at: (Node, Node)) {
        let (node, local) = at;
        let id = self.import_from(from, name, kind, node);
        self.declare(local, LocalKind::Import(id), None);
    }

    pub(super) fn import_statement(&mut self, node: Node) {
        if let Some(clause) = node.child(Kind::ImportRequire) {
            return self.import_require(node, clause);
        }
        let Some(source) = node.field(Field::Source) else { return };
        let from = From::of(node, source);
        match node.child(Kind::ImportClause) {
            Some(clause) => self.import_clause(&from, clause),
            None => drop(self.import_from(&from, "*", ImportKind::Effect, node)),
        }
    }

    /// `import x = require("m")`
    fn import_require(&mut self, node: Node, clause: Node) {
        if let (Some(source), Some(local)) = (clause.field(Field::Source), clause.first()) {
            let from = From::of(node, source);
            self.import_name(&from, "*", ImportKind::Namespace, (clause, local));
        }
    }

    fn import_clause(&mut self, from: &From, clause: Node) {
        for item in clause.items() {
            match item.kind() {
                Kind::Identifier => self.import_name(from, "default", ImportKind::Named, (item, item)),
                Kind::NamespaceImport => {
                    if let Some(local) = item.first() {
                        self.import_name(from, "*", ImportKind::Namespace, (item, local));
                    }
                }
                Kind::NamedImports => item.items().for_each(|specifier| self.import_specifier(from, specifier)),
                _ => {}
            }
        }
    }

    fn import_specifier(&mut self, from: &From, specifier: Node) {
        let Some(name) = specifier.field(Field::Name) else { return };
        let local = specifier.field(Field::Alias).unwrap_or(name);
        self.import_name(from, &exported_name(name), ImportKind::Named, (specifier, local));
    }
}

fn is_type(node: Node) -> bool {
    node.has(Kind::Type) || node.has(Kind::Typeof)
}

/// An exported name, which may be written as a string.
pub(super) fn exported_name(node: Node) -> String {
    if node.is(Kind::String) { text::unquote(node.text()) } else { node.text().to_string() }
}
