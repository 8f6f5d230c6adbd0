//! Items: functions, types, traits, impl blocks, modules.
//!
//! Every impl block is a class of its own that holds its methods; the linker joins it with the
//! type of its name. Knows no expressions.

use syn::{
    Attribute, Fields, ImplItem, Item, ItemEnum, ItemFn, ItemImpl, ItemMod, ItemTrait, Signature, TraitItem, Type,
    Visibility,
};

use super::attrs::is_test;
use super::exprs::name_of;
use super::functions::declared;
use super::{Lowerer, spans};
use crate::facts::{ClassId, ClassKind, Field, FnId, FnKind, LocalKind, Node, Span, TypeRef, Value, VarRef};

/// A declared function, wherever it stands.
struct Declared<'a> {
    attrs: &'a [Attribute],
    vis: &'a Visibility,
    sig: &'a Signature,
    body: Option<&'a syn::Block>,
    end: proc_macro2::Span,
}

impl Lowerer {
    pub(super) fn item(&mut self, item: &Item, vars: &[VarRef]) {
        match item {
            Item::Fn(item) => self.function_item(item, vars),
            Item::Struct(item) => {
                let end = item.semi_token.as_ref().map_or_else(|| fields_end(&item.fields), |token| token.span);
                let start = spans::visibility(&item.vis, item.struct_token.span);
                self.open_generics(&item.generics);
                self.bound_by_impls(&item.ident.to_string());
                self.struct_item(&item.attrs, &item.fields, vars, spans::between(start, end));
                self.close_generics();
            }
            Item::Union(item) => {
                let start = spans::visibility(&item.vis, item.union_token.span);
                let span = spans::between(start, item.fields.brace_token.span.close());
                self.open_generics(&item.generics);
                self.struct_item(&item.attrs, &Fields::Named(item.fields.clone()), vars, span);
                self.close_generics();
            }
            Item::Enum(item) => self.enum_item(item, vars),
            Item::Trait(item) => self.trait_item(item, vars),
            Item::Impl(item) => self.impl_item(item),
            Item::Mod(item) => self.module(item, vars),
            Item::Static(item) => {
                let start = spans::visibility(&item.vis, item.static_token.span);
                self.static_item(&item.attrs, vars, &item.expr, spans::between(start, item.semi_token.span));
            }
            Item::Const(item) => {
                let start = spans::visibility(&item.vis, item.const_token.span);
                self.static_item(&item.attrs, vars, &item.expr, spans::between(start, item.semi_token.span));
            }
            Item::Macro(item) => self.item_macro(item, vars),
            Item::Verbatim(tokens) => self.mention(tokens),
            _ => {}
        }
    }

    fn function_item(&mut self, item: &ItemFn, vars: &[VarRef]) {
        let end = item.block.brace_token.span.close();
        let function = Declared { attrs: &item.attrs, vis: &item.vis, sig: &item.sig, body: Some(&item.block), end };
        let nested = self.b.current() != FnId::TOP;
        let id = self.declared_function(function, None);
        if let Some(var) = vars.first() {
            self.b.local_mut(*var).kind = LocalKind::Function(id);
        }
        if nested {
            self.push(Node::Closure { function: id, inline: false });
        }
    }

    fn declared_function(&mut self, item: Declared, class: Option<ClassId>) -> FnId {
        let decorators = self.decorators(item.attrs);
        let param_decorators = self.param_decorators(item.sig);
        let (name, span) = declared(item.sig, item.vis, item.end);
        let kind = if class.is_some() { FnKind::Method } else { FnKind::Function };
        let (id, outside) = self.open(kind, Some(name), span);
        self.in_test |= is_test(item.attrs);
        let test = self.in_test;
        let function = self.b.function();
        function.class = class;
        function.decorators = decorators;
        function.name_span = spans::of(item.sig.ident.span());
        function.flags.public = matches!(item.vis, Visibility::Public(_));
        function.flags.test = test;
        self.signature(item.sig, item.body, param_decorators);
        self.close(outside);
        id
    }

    fn struct_item(&mut self, attrs: &[Attribute], fields: &Fields, vars: &[VarRef], span: Span) {
        let decorators = self.decorators(attrs);
        let mut list = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let name = field.ident.as_ref().map_or_else(|| index.to_string(), name_of);
            let decorators = self.decorators(&field.attrs);
            let value = self.default_of(&field.attrs);
            let ty = Some(self.ty(&field.ty));
            let start = field.ident.as_ref().map_or_else(|| syn::spanned::Spanned::span(&field.ty), |i| i.span());
            let span = spans::between(start, syn::spanned::Spanned::span(&field.ty));
            list.push(Field { name, ty, value, is_static: false, decorators, span });
        }
        self.fill_class(vars, decorators, list, span);
    }

    fn enum_item(&mut self, item: &ItemEnum, vars: &[VarRef]) {
        let decorators = self.decorators(&item.attrs);
        self.open_generics(&item.generics);
        let mut variants = Vec::with_capacity(item.variants.len());
        for variant in &item.variants {
            let name = name_of(&variant.ident);
            let decorators = self.decorators(&variant.attrs);
            let ty = self.payload_type(&variant.fields);
            let end = if variant.fields.is_empty() { variant.ident.span() } else { fields_end(&variant.fields) };
            let span = spans::between(variant.ident.span(), end);
            let named = variant.fields.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty)));
            let parts: Vec<Field> = named.map(|(ident, ty)| self.variant_part(&name, ident, ty)).collect();
            variants.push(Field { name, ty, value: None, is_static: true, decorators, span });
            variants.extend(parts);
        }
        self.close_generics();
        let start = spans::visibility(&item.vis, item.enum_token.span);
        self.fill_class(vars, decorators, variants, spans::between(start, item.brace_token.span.close()));
    }

    /// A field that one variant has.
    fn variant_part(&self, variant: &str, ident: &syn::Ident, ty: &Type) -> Field {
        let (name, span) = (format!("{variant}.{}", name_of(ident)), spans::of(ident.span()));
        Field { name, ty: Some(self.ty(ty)), value: None, is_static: false, decorators: Vec::new(), span }
    }

    fn payload_type(&self, fields: &Fields) -> Option<TypeRef> {
        let mut types: Vec<TypeRef> = fields.iter().map(|field| self.ty(&field.ty)).collect();
        match fields {
            Fields::Unit => None,
            Fields::Unnamed(_) if types.len() == 1 => types.pop(),
            Fields::Unnamed(_) => Some(TypeRef { name: "()".into(), args: types.into() }),
            Fields::Named(_) => Some(TypeRef { name: "{}".into(), args: types.into() }),
        }
    }

    fn fill_class(
        &mut self,
        vars: &[VarRef],
        decorators: Vec<crate::facts::CallId>,
        fields: Vec<Field>,
        span: Span,
    ) -> Option<ClassId> {
        let LocalKind::Class(id) = self.b.facts.local(*vars.first()?).kind else { return None };
        let class = self.b.facts.classes.get_mut(id.index())?;
        class.decorators = decorators;
        class.fields = fields;
        class.span = span;
        Some(id)
    }

    fn trait_item(&mut self, item: &ItemTrait, vars: &[VarRef]) {
        let decorators = self.decorators(&item.attrs);
        let start = spans::visibility(&item.vis, item.trait_token.span);
        let span = spans::between(start, item.brace_token.span.close());
        let Some(class) = self.fill_class(vars, decorators, Vec::new(), span) else { return };
        self.open_generics(&item.generics);
        self.self_values.push(vars.first().map_or(Value::Unknown, |var| Value::Var(*var)));
        let bases = item.supertraits.iter().filter_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => Some(self.type_path_value(&bound.path)),
            _ => None,
        });
        let bases = bases.collect();
        let (methods, fields) = self.trait_members(item, class);
        self.self_values.pop();
        self.close_generics();
        if let Some(class) = self.b.facts.classes.get_mut(class.index()) {
            (class.bases, class.methods, class.fields) = (bases, methods, fields);
        }
    }

    fn trait_members(&mut self, item: &ItemTrait, class: ClassId) -> (Vec<FnId>, Vec<Field>) {
        let (mut methods, mut fields) = (Vec::new(), Vec::new());
        let vis = &Visibility::Inherited;
        for member in &item.items {
            match member {
                TraitItem::Fn(f) => {
                    let semi = || f.semi_token.as_ref().map_or(f.sig.ident.span(), |token| token.span);
                    let end = f.default.as_ref().map_or_else(semi, |body| body.brace_token.span.close());
                    let function = Declared { attrs: &f.attrs, vis, sig: &f.sig, body: f.default.as_ref(), end };
                    methods.push(self.declared_function(function, Some(class)));
                }
                TraitItem::Const(c) => {
                    let value = c.default.as_ref().map(|(_, value)| value);
                    fields.push(self.constant(&c.ident, &c.ty, value, c.semi_token.span));
                }
                TraitItem::Macro(m) => self.mention(&m.mac.tokens),
                TraitItem::Verbatim(tokens) => self.mention(tokens),
                _ => {}
            }
        }
        (methods, fields)
    }

    fn impl_item(&mut self, item: &ItemImpl) {
        let decorators = self.decorators(&item.attrs);
        self.open_generics(&item.generics);
        let ty = self.ty(&item.self_ty);
        let name = ty_name(pointee(&ty));
        let mut class = self.empty_class(name, ClassKind::Impl, spans::small(&item.self_ty));
        class.decorators = decorators;
        class.span = spans::between(item.impl_token.span, item.brace_token.span.close());
        class.implements = item.trait_.iter().map(|(path, _)| self.path_type(path, 0)).collect();
        let id = self.b.class(class);
        let self_value = self.impl_self(&item.self_ty);
        self.self_values.push(self_value);
        let in_test = self.in_test;
        self.in_test |= is_test(&item.attrs);
        self.impl_members(&item.items, id);
        self.in_test = in_test;
        self.self_values.pop();
        self.close_generics();
    }

    fn impl_self(&mut self, ty: &Type) -> Value {
        match self.type_value(ty) {
            Value::Unknown => Value::Global(ty_name(&self.ty(ty))),
            value => value,
        }
    }

    fn impl_members(&mut self, items: &[ImplItem], class: ClassId) {
        let (mut methods, mut fields) = (Vec::new(), Vec::new());
        for member in items {
            match member {
                ImplItem::Fn(f) => {
                    let end = f.block.brace_token.span.close();
                    let function = Declared { attrs: &f.attrs, vis: &f.vis, sig: &f.sig, body: Some(&f.block), end };
                    methods.push(self.declared_function(function, Some(class)));
                }
                ImplItem::Const(c) => fields.push(self.constant(&c.ident, &c.ty, Some(&c.expr), c.semi_token.span)),
                ImplItem::Macro(m) => self.mention(&m.mac.tokens),
                ImplItem::Verbatim(tokens) => self.mention(tokens),
                _ => {}
            }
        }
        if let Some(class) = self.b.facts.classes.get_mut(class.index()) {
            (class.methods, class.fields) = (methods, fields);
        }
    }

    /// Items of an inline module stand in the same file, in a scope of their own.
    fn module(&mut self, item: &ItemMod, vars: &[VarRef]) {
        let (Some((_, items)), Some(var)) = (&item.content, vars.first()) else { return };
        let names = self.modules.get(var).cloned().unwrap_or_default();
        let in_test = self.in_test;
        self.in_test |= is_test(&item.attrs);
        let (body, _) = self.nested(|l| l.lower_items(&items.iter().collect::<Vec<_>>(), &names));
        self.in_test = in_test;
        if !body.is_empty() {
            self.push(Node::Group(body));
        }
    }
}

/// What a smart pointer of the language points at: who has the pointer calls the methods of either.
fn pointee(ty: &TypeRef) -> &TypeRef {
    match (ty_name_segment(&ty.name).as_str(), ty.args.first()) {
        ("Arc" | "Rc" | "Box", Some(inner)) => pointee(inner),
        _ => ty,
    }
}

/// The last segment of a type's name; of a trait object, the trait's.
fn ty_name(ty: &TypeRef) -> String {
    match (ty.name.as_str(), ty.args.first()) {
        ("dyn", Some(bound)) => ty_name_segment(&bound.name),
        (name, _) => ty_name_segment(name),
    }
}

fn ty_name_segment(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_string()
}

fn fields_end(fields: &Fields) -> proc_macro2::Span {
    match fields {
        Fields::Named(fields) => fields.brace_token.span.close(),
        Fields::Unnamed(fields) => fields.paren_token.span.close(),
        Fields::Unit => proc_macro2::Span::call_site(),
    }
}
