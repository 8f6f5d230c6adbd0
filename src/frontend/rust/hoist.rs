//! Declares the items of a scope before any of them is lowered.
//!
//! So forward references resolve, and paths into inline modules do. Declares only; bodies are
//! lowered by `items`.

use proc_macro2::Ident;
use rustc_hash::FxHashMap;
use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta};

use super::attrs::is_test;
use super::exprs::{name_of, type_key};
use super::{Lowerer, Names, macro_args, spans};
use crate::facts::{Class, ClassKind, LocalKind, Span, Submodule, TypeRef, VarRef};

pub(super) type Scope = FxHashMap<String, VarRef>;

impl Lowerer {
    /// Declares and lowers the items of one scope into the open block.
    pub(super) fn items(&mut self, items: &[&Item]) {
        let wrapped: Vec<Option<Vec<Item>>> = items.iter().map(|item| wrapped(item)).collect();
        let all: Vec<&Item> = items
            .iter()
            .zip(&wrapped)
            .flat_map(|(item, inner)| inner.as_ref().map_or_else(|| vec![*item], |inner| inner.iter().collect()))
            .collect();
        let names = self.hoist(&all);
        self.lower_items(&all, &names);
    }

    pub(super) fn lower_items(&mut self, items: &[&Item], names: &Names) {
        for (name, var) in &names.names {
            self.b.alias(name, *var);
        }
        let lent = self.lent_by(items);
        let outer = std::mem::replace(&mut self.lent, lent);
        for (item, vars) in items.iter().zip(&names.vars) {
            self.item(item, vars);
        }
        self.lent = outer;
    }

    fn hoist(&mut self, items: &[&Item]) -> Names {
        let (mut names, mut of_tests) = (Scope::default(), Scope::default());
        let hoist = |item: &&Item| {
            let scope = if is_test(attributes(item)) { &mut of_tests } else { &mut names };
            self.hoist_item(item, scope)
        };
        let vars = items.iter().map(hoist).collect();
        // What test builds put in its place hides nothing.
        for (name, var) in of_tests {
            names.entry(name).or_insert(var);
        }
        Names { names, vars }
    }

    fn hoist_item(&mut self, item: &Item, names: &mut Scope) -> Vec<VarRef> {
        let value = LocalKind::Let { constant: true };
        match item {
            // The kind follows once the function is opened.
            Item::Fn(item) => vec![self.hoisted_function(names, &item.sig.ident, value)],
            Item::Type(item) => {
                let ty = Some(self.ty(&item.ty));
                vec![self.hoisted(names, &item.ident, value, ty)]
            }
            Item::Struct(item) => vec![self.hoisted_class(names, &item.ident, ClassKind::Struct)],
            Item::Union(item) => vec![self.hoisted_class(names, &item.ident, ClassKind::Struct)],
            Item::Enum(item) => vec![self.hoisted_class(names, &item.ident, ClassKind::Enum)],
            Item::Trait(item) => vec![self.hoisted_class(names, &item.ident, ClassKind::Trait)],
            Item::Static(item) => vec![self.hoisted_static(names, &item.ident, &item.ty)],
            Item::Const(item) if item.ident == "_" => Vec::new(),
            Item::Const(item) => vec![self.hoisted_static(names, &item.ident, &item.ty)],
            Item::Use(item) => self.use_item(item, names),
            Item::ExternCrate(item) => self.extern_crate(item, names),
            Item::Mod(item) => self.hoist_module(item, names),
            Item::Macro(item) => match macro_args::statics(&item.mac) {
                Some(decls) => decls.iter().map(|decl| self.hoisted_static(names, &decl.ident, &decl.ty)).collect(),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    pub(super) fn hoisted(&mut self, names: &mut Scope, ident: &Ident, kind: LocalKind, ty: Option<TypeRef>) -> VarRef {
        let name = name_of(ident);
        let var = self.b.anonymous(self.b.current(), &name, kind, ty, spans::of(ident.span()));
        if !matches!(kind, LocalKind::Static) {
            names.entry(type_key(&name)).or_insert(var);
        }
        names.insert(name, var);
        var
    }

    /// A function may share its name with a type or module.
    fn hoisted_function(&mut self, names: &mut Scope, ident: &Ident, kind: LocalKind) -> VarRef {
        let name = name_of(ident);
        let var = self.b.anonymous(self.b.current(), &name, kind, None, spans::of(ident.span()));
        names.insert(name, var);
        var
    }

    fn hoisted_static(&mut self, names: &mut Scope, ident: &Ident, ty: &syn::Type) -> VarRef {
        let ty = Some(self.ty(ty));
        self.hoisted(names, ident, LocalKind::Static, ty)
    }

    fn hoisted_class(&mut self, names: &mut Scope, ident: &Ident, kind: ClassKind) -> VarRef {
        let class = self.empty_class(name_of(ident), kind, spans::of(ident.span()));
        let id = self.b.class(class);
        self.hoisted(names, ident, LocalKind::Class(id), None)
    }

    /// A class whose content is filled in when the item is lowered.
    pub(super) fn empty_class(&self, name: String, kind: ClassKind, name_span: Span) -> Class {
        Class {
            name,
            kind,
            bases: Vec::new(),
            metaclass: None,
            implements: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            function: self.b.current(),
            span: name_span,
            name_span,
        }
    }

    /// An inline module is a namespace of its own; another is a file.
    fn hoist_module(&mut self, item: &ItemMod, names: &mut Scope) -> Vec<VarRef> {
        self.module_path.push(name_of(&item.ident));
        let vars = match &item.content {
            None => {
                let test = self.in_test || is_test(&item.attrs);
                let name = self.module_path.join("::");
                self.b.facts.submodules.push(Submodule { name, path: path_attribute(item), test });
                Vec::new()
            }
            Some((_, items)) => {
                let var = self.hoisted(names, &item.ident, LocalKind::Namespace, None);
                let inner = self.hoist(&items.iter().collect::<Vec<_>>());
                self.modules.insert(var, inner);
                vec![var]
            }
        };
        self.module_path.pop();
        vars
    }
}

/// The items that a macro only wraps: they are those of the scope around it.
fn wrapped(item: &Item) -> Option<Vec<Item>> {
    let Item::Macro(item) = item else { return None };
    if item.ident.is_some() || macro_args::statics(&item.mac).is_some() {
        return None;
    }
    macro_args::items(&item.mac)
}

/// The attributes of an item that has a name.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The value of `#[path = "…"]`.
fn path_attribute(item: &ItemMod) -> Option<String> {
    item.attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("path") => match &meta.value {
            Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}
