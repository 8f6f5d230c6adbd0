//! Exports: statements, and assignments to `module.exports` and `exports`.
//!
//! Inside a namespace an export makes a member of the namespace instead.

use crate::facts::{Export, Exported, ImportKind, Literal, Span, Value};

use super::hoist::pattern_names;
use super::import::{From, exported_name};
use super::kind::{Field, Kind};
use super::tree::Node;
use super::{Hint, Lower};

/// Exported constants by which a framework configures a route.
const SETTINGS: [&str; 10] = [
    "runtime",
    "dynamic",
    "dynamicParams",
    "revalidate",
    "fetchCache",
    "preferredRegion",
    "maxDuration",
    "prerender",
    "ssr",
    "csr",
];

impl Lower {
    pub(super) fn export_statement(&mut self, node: Node) {
        if let Some(source) = node.field(Field::Source) {
            return self.reexport(node, source);
        }
        if let Some(declaration) = node.field(Field::Declaration) {
            return self.export_declaration(node, declaration);
        }
        if let Some(clause) = node.child(Kind::ExportClause) {
            return clause.items().for_each(|specifier| self.export_specifier(specifier));
        }
        let whole = node.has(Kind::Equals);
        let Some(value) = node.field(Field::Value).or_else(|| node.first().filter(|_| whole)) else { return };
        let lowered = self.expr_as(value, &Hint::given("default"));
        if whole {
            return self.export_all(&lowered, node.span());
        }
        self.export("default", lowered, node.span());
    }

    fn export(&mut self, name: &str, value: Value, span: Span) {
        if let Some(namespace) = self.namespace {
            return self.b.bind(Value::Var(namespace).member(name), value, span);
        }
        self.b.facts.exports.push(Export { name: name.to_string(), what: Exported::Value(value), span });
    }

    fn reexport(&mut self, node: Node, source: Node) {
        let from = From::of(node, source);
        if let Some(clause) = node.child(Kind::ExportClause) {
            for specifier in clause.items() {
                let Some(name) = specifier.field(Field::Name).map(exported_name) else { continue };
                let id = self.import_from(&from, &name, ImportKind::Named, specifier);
                let alias = specifier.field(Field::Alias).map_or(name, exported_name);
                self.export_from(&alias, id, specifier.span());
            }
            return;
        }
        match node.child(Kind::NamespaceExport) {
            Some(alias) => {
                let id = self.import_from(&from, "*", ImportKind::Namespace, alias);
                let name = alias.first().map(exported_name).unwrap_or_default();
                self.export_from(&name, id, node.span());
            }
            None => {
                let id = self.import_from(&from, "*", ImportKind::Glob, node);
                self.export_from("*", id, node.span());
            }
        }
    }

    fn export_from(&mut self, name: &str, import: crate::facts::ImportId, span: Span) {
        self.b.facts.exports.push(Export { name: name.to_string(), what: Exported::From(import), span });
    }

    fn export_specifier(&mut self, specifier: Node) {
        let Some(name) = specifier.field(Field::Name) else { return };
        let alias = exported_name(specifier.field(Field::Alias).unwrap_or(name));
        let value = self.b.name(name.text());
        self.export(&alias, value, specifier.span());
    }

    fn export_declaration(&mut self, node: Node, declaration: Node) {
        if declaration.kind().is_class_declaration() {
            let outer: Vec<Node> = node.fields(Field::Decorator).collect();
            self.class_declaration(declaration, &outer);
        } else {
            self.statement(declaration);
        }
        let default = node.has(Kind::Default);
        for name in declared_names(declaration) {
            let value = self.b.name(name.text());
            let exported = if default { "default" } else { name.text() };
            self.export(exported, value, name.span());
        }
        self.settings(declaration);
    }

    /// `export const runtime = "edge"` as the directive `runtime = edge`; also inside `config`.
    fn settings(&mut self, declaration: Node) {
        for declarator in declaration.items().filter(|item| item.is(Kind::VariableDeclarator)) {
            let (Some(name), Some(value)) = (declarator.field(Field::Name), declarator.field(Field::Value)) else {
                continue;
            };
            let value = value.stripped();
            self.setting(name, value);
            if name.text() == "config" && value.is(Kind::Object) {
                for pair in value.items() {
                    if let (Some(key), Some(value)) = (pair.field(Field::Key), pair.field(Field::Value)) {
                        self.setting(key, value.stripped());
                    }
                }
            }
        }
    }

    fn setting(&mut self, name: Node, value: Node) {
        if !SETTINGS.contains(&name.text()) {
            return;
        }
        let literal = matches!(value.kind(), Kind::String | Kind::Number | Kind::True | Kind::False);
        if literal {
            self.directive(format!("{} = {}", name.text(), exported_name(value)));
        }
    }

    /// `module.exports = v`, `module.exports.x = v`, `exports.x = v`.
    pub(super) fn commonjs_export(&mut self, target: &Value, value: &Value, node: Node) {
        let Value::Member(base, name) = target else { return };
        match (&**base, name.as_str()) {
            (Value::Global(root), "exports") if root == "module" => self.export_all(value, node.span()),
            (Value::Global(root), name) if root == "exports" => self.export_member(name, value, node.span()),
            (base, name) if is_module_exports(base) => self.export_member(name, value, node.span()),
            _ => {}
        }
    }

    fn export_member(&mut self, name: &str, value: &Value, span: Span) {
        if !matches!(value, Value::Literal(Literal::Null)) {
            self.export(name, value.clone(), span);
        }
    }

    /// A value that is the whole module: its default, and its keys if it is a record.
    fn export_all(&mut self, value: &Value, span: Span) {
        self.export("default", value.clone(), span);
        let Value::Record { entries, spreads, .. } = value else { return };
        for entry in entries {
            self.export(&entry.key, entry.value.clone(), entry.span);
        }
        for spread in spreads {
            if let Value::Module(import) = spread {
                self.export_from("*", *import, span);
            }
        }
    }
}

fn is_module_exports(value: &Value) -> bool {
    matches!(value, Value::Member(base, name) if name == "exports" && matches!(&**base, Value::Global(root) if root == "module"))
}

fn declared_names(declaration: Node) -> Vec<Node> {
    match declaration.kind() {
        Kind::LexicalDeclaration | Kind::VariableDeclaration => {
            let patterns = declaration.items().filter_map(|item| item.field(Field::Name));
            patterns.flat_map(pattern_names).collect()
        }
        Kind::ImportAlias => declaration.first().into_iter().collect(),
        Kind::Ambient => Vec::new(),
        _ => declaration.field(Field::Name).into_iter().filter(|name| !name.is(Kind::String)).collect(),
    }
}
