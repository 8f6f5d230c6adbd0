//! `use` and `extern crate`: one import a leaf.
//!
//! Modules keep their `::`. Says nothing about where a module is found.

use syn::{ItemExternCrate, ItemUse, UseTree, Visibility};

use super::exprs::{name_of, type_key};
use super::hoist::Scope;
use super::{Lowerer, spans};
use crate::facts::{Export, Exported, Import, ImportKind, LocalKind, Span, VarRef};

/// A leaf of a `use` tree.
struct Leaf {
    name: String,
    bound: String,
    span: Span,
}

struct Uses<'s> {
    statement: Span,
    public: bool,
    names: &'s mut Scope,
    vars: Vec<VarRef>,
}

impl Lowerer {
    pub(super) fn use_item(&mut self, item: &ItemUse, names: &mut Scope) -> Vec<VarRef> {
        let start = spans::visibility(&item.vis, item.use_token.span);
        let statement = spans::between(start, item.semi_token.span);
        let public = !matches!(item.vis, Visibility::Inherited);
        let mut uses = Uses { statement, public, names, vars: Vec::new() };
        self.use_tree(&item.tree, "", &mut uses);
        uses.vars
    }

    fn use_tree(&mut self, tree: &UseTree, module: &str, uses: &mut Uses) {
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &joined(module, &name_of(&path.ident)), uses),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, module, uses)),
            UseTree::Name(leaf) => {
                let name = name_of(&leaf.ident);
                let span = spans::of(leaf.ident.span());
                self.use_leaf(module, Leaf { bound: name.clone(), name, span }, uses);
            }
            UseTree::Rename(leaf) => {
                let span = spans::between(leaf.ident.span(), leaf.rename.span());
                let (name, bound) = (name_of(&leaf.ident), name_of(&leaf.rename));
                self.use_leaf(module, Leaf { name, bound, span }, uses);
            }
            UseTree::Glob(glob) => {
                let span = spans::of(glob.star_token.span);
                let leaf = Leaf { name: "*".into(), bound: "*".into(), span };
                self.add_import(module.to_string(), leaf, ImportKind::Glob, uses);
            }
        }
    }

    fn use_leaf(&mut self, module: &str, mut leaf: Leaf, uses: &mut Uses) {
        let own_name = leaf.bound == leaf.name;
        let (module, name) = match leaf.name.as_str() {
            "self" => module.rsplit_once("::").unwrap_or(("", module)),
            name => (module, name),
        };
        if own_name {
            leaf.bound = name.to_string();
        }
        if module.is_empty() {
            let (module, name) = (name.to_string(), "*".to_string());
            return self.add_import(module, Leaf { name, ..leaf }, ImportKind::Namespace, uses);
        }
        let name = name.to_string();
        self.add_import(module.to_string(), Leaf { name, ..leaf }, ImportKind::Named, uses);
    }

    fn add_import(&mut self, module: String, leaf: Leaf, kind: ImportKind, uses: &mut Uses) {
        let Leaf { name, bound, span } = leaf;
        let module = from_file(module, &self.module_path);
        let import = Import { module, name, kind, type_only: false, span, statement: uses.statement };
        let id = self.b.import(import);
        if uses.public {
            let export = Export { name: bound.clone(), what: Exported::From(id), span };
            self.b.facts.exports.push(export);
        }
        if kind == ImportKind::Glob || bound == "_" {
            return;
        }
        let var = self.b.anonymous(self.b.current(), &bound, LocalKind::Import(id), None, span);
        uses.names.insert(type_key(&bound), var);
        uses.names.insert(bound, var);
        uses.vars.push(var);
    }

    pub(super) fn extern_crate(&mut self, item: &ItemExternCrate, names: &mut Scope) -> Vec<VarRef> {
        let start = spans::visibility(&item.vis, item.extern_token.span);
        let statement = spans::between(start, item.semi_token.span);
        let name = name_of(&item.ident);
        let bound = item.rename.as_ref().map_or_else(|| name.clone(), |(_, rename)| name_of(rename));
        let mut uses = Uses { statement, public: false, names, vars: Vec::new() };
        let leaf = Leaf { name: "*".into(), bound, span: spans::of(item.ident.span()) };
        self.add_import(name, leaf, ImportKind::Namespace, &mut uses);
        uses.vars
    }
}

/// The path as it is for the file, when it stands in inline modules: there `super` may be the file itself.
fn from_file(module: String, inline: &[String]) -> String {
    let names: Vec<&str> = module.split("::").collect();
    let above = names.iter().take_while(|name| **name == "super").count();
    let relative = above > 0 || names[0] == "self";
    if !relative || inline.is_empty() {
        return module;
    }
    let rest = &names[above.max(1)..];
    if above > inline.len() {
        return [&vec!["super"; above - inline.len()], rest].concat().join("::");
    }
    let within = inline[..inline.len() - above].iter().map(String::as_str);
    ["self"].into_iter().chain(within).chain(rest.iter().copied()).collect::<Vec<_>>().join("::")
}

fn joined(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_string() } else { format!("{module}::{name}") }
}
