//! Lowers import statements and `importlib.import_module`: with a literal an import, with anything else a call of `import`.
//!
//! Knows how modules are written (leading dots are kept); must not know which file they are.

use super::tree::Syntax;
use super::{Lowering, tree};
use crate::facts::{Export, Exported, Import, ImportId, ImportKind, LocalKind, Span, Value};

impl<'t> Lowering<'t> {
    pub(super) fn import_statement(&mut self, node: Syntax<'t>) {
        for item in tree::fields(node, "name") {
            match item.kind() {
                "aliased_import" => self.import_as(item, node),
                _ => self.import_dotted(item, node),
            }
        }
    }

    /// `import a.b as c`: `c` is the inner module.
    fn import_as(&mut self, item: Syntax<'t>, statement: Syntax<'t>) {
        let (Some(path), Some(alias)) = (tree::field(item, "name"), tree::field(item, "alias")) else { return };
        let id = self.import(&self.compact(path), "*", ImportKind::Namespace, item, statement);
        self.define(self.text_of(alias), LocalKind::Import(id), None, tree::span(alias));
    }

    /// `import a.b` binds `a`, and loads `a.b` so that it is found as a member of `a`.
    fn import_dotted(&mut self, item: Syntax<'t>, statement: Syntax<'t>) {
        let path = self.compact(item);
        let Some(head) = tree::first(item) else { return };
        let name = self.text_of(head);
        if !self.is_namespace_of(name, name) {
            let id = self.import(name, "*", ImportKind::Namespace, item, statement);
            self.define(name, LocalKind::Import(id), None, tree::span(head));
        }
        if path != name {
            self.import(&path, "*", ImportKind::Namespace, item, statement);
        }
    }

    pub(super) fn import_from(&mut self, node: Syntax<'t>) {
        let Some(module) = tree::field(node, "module_name") else { return };
        let module = self.compact(module);
        for item in tree::fields(node, "name") {
            self.import_named(&module, item, node);
        }
        if let Some(star) = tree::child_of_kind(node, "wildcard_import") {
            let id = self.import(&module, "*", ImportKind::Glob, star, node);
            self.reexport(id, tree::span(star));
        }
    }

    fn import_named(&mut self, module: &str, item: Syntax<'t>, statement: Syntax<'t>) {
        let (name, alias) = match item.kind() {
            "aliased_import" => (tree::field(item, "name"), tree::field(item, "alias")),
            _ => (Some(item), Some(item)),
        };
        let (Some(name), Some(alias)) = (name, alias) else { return };
        let id = self.import(module, self.text_of(name), ImportKind::Named, item, statement);
        self.define(self.text_of(alias), LocalKind::Import(id), None, tree::span(alias));
    }

    /// What a module takes in whole can be imported from it too.
    fn reexport(&mut self, id: ImportId, span: Span) {
        self.b.facts.exports.push(Export { name: "*".to_string(), what: Exported::From(id), span });
    }

    fn import(&mut self, module: &str, name: &str, kind: ImportKind, item: Syntax, statement: Syntax) -> ImportId {
        self.b.import(Import {
            module: module.to_string(),
            name: name.to_string(),
            kind,
            type_only: self.type_only,
            span: tree::span(item),
            statement: tree::span(statement),
        })
    }

    /// The text without white space, as line breaks may stand inside dotted paths.
    fn compact(&self, node: Syntax) -> String {
        self.text_of(node).split_whitespace().collect()
    }

    /// `import_module("x")`, where the name comes from `importlib`.
    pub(super) fn dynamic_import(&mut self, callee: &Value, module: &str, node: Syntax) -> Option<Value> {
        if !self.is_import_module(callee) {
            return None;
        }
        Some(Value::Module(self.import(module, "*", ImportKind::Dynamic, node, node)))
    }

    pub(super) fn is_import_module(&self, callee: &Value) -> bool {
        match callee {
            Value::Global(name) => name == "__import__",
            Value::Member(base, name) if name == "import_module" => self.is_import(base, "importlib", "*"),
            Value::Var(_) => self.is_import(callee, "importlib", "import_module"),
            _ => false,
        }
    }

    /// Which argument a function gives back as it is, that only tells its type: `typing.cast(T, x)`.
    pub(super) fn typed_argument(&self, callee: &Value) -> Option<usize> {
        let named = |name: &str| {
            ["typing", "typing_extensions"].into_iter().any(|module| match callee {
                Value::Member(base, member) => member == name && self.is_import(base, module, "*"),
                callee => self.is_import(callee, module, name),
            })
        };
        if named("cast") {
            return Some(1);
        }
        ["assert_type", "reveal_type"].into_iter().any(named).then_some(0)
    }

    fn is_import(&self, value: &Value, module: &str, name: &str) -> bool {
        let Value::Var(var) = value else { return false };
        let LocalKind::Import(id) = self.b.facts.local(*var).kind else { return false };
        let import = self.b.facts.import(id);
        import.module == module && import.name == name
    }
}
