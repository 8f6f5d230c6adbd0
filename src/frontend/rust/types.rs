//! Written types as [`TypeRef`]s.
//!
//! References and lifetimes vanish, a generic parameter becomes its bounds. Knows no expressions
//! and no scopes: a path stays as it is written.

use rustc_hash::FxHashMap;
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, GenericParam, Generics, Path, PathArguments, ReturnType, Token, Type, TypeParamBound,
    WherePredicate,
};

use super::Lowerer;
use crate::facts::TypeRef;

const MAX_TYPE_DEPTH: u32 = 60;

type Bounds = Punctuated<TypeParamBound, Token![+]>;

impl Lowerer {
    pub(super) fn ty(&self, ty: &Type) -> TypeRef {
        self.ty_at(ty, 0)
    }

    pub(super) fn returned(&self, output: &ReturnType) -> Option<TypeRef> {
        match output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(self.ty(ty)),
        }
    }

    fn ty_at(&self, ty: &Type, depth: u32) -> TypeRef {
        if depth > MAX_TYPE_DEPTH {
            return TypeRef::default();
        }
        let deeper = |ty: &Type| self.ty_at(ty, depth + 1);
        match ty {
            Type::Path(path) => self.type_path(path, depth),
            Type::Reference(inner) => deeper(&inner.elem),
            Type::Ptr(inner) => deeper(&inner.elem),
            Type::Paren(inner) => deeper(&inner.elem),
            Type::Group(inner) => deeper(&inner.elem),
            Type::Array(inner) => TypeRef { name: "[]".into(), args: [deeper(&inner.elem)].into() },
            Type::Slice(inner) => TypeRef { name: "[]".into(), args: [deeper(&inner.elem)].into() },
            Type::Tuple(tuple) => TypeRef { name: "()".into(), args: tuple.elems.iter().map(deeper).collect() },
            Type::ImplTrait(inner) => self.bounds_at(&inner.bounds, depth),
            Type::TraitObject(inner) => self.bounds_at(&inner.bounds, depth),
            Type::FnPtr(function) => {
                let inputs = function.inputs.iter().map(|input| deeper(&input.ty)).collect();
                self.function_type("fn", inputs, &function.output, depth)
            }
            _ => TypeRef::default(),
        }
    }

    fn type_path(&self, ty: &syn::TypePath, depth: u32) -> TypeRef {
        let Some(qself) = &ty.qself else { return self.path_type(&ty.path, depth) };
        let mut out = self.ty_at(&qself.ty, depth + 1);
        for segment in ty.path.segments.iter().skip(qself.position) {
            out.name = format!("{}.{}", out.name, segment.ident);
        }
        out
    }

    pub(super) fn path_type(&self, path: &Path, depth: u32) -> TypeRef {
        if let Some(bound) = path.get_ident().and_then(|ident| self.generic(&ident.to_string())) {
            return bound.clone();
        }
        let name = dotted(path);
        match path.segments.last().map(|segment| &segment.arguments) {
            Some(PathArguments::AngleBracketed(args)) => {
                TypeRef { name, args: args.args.iter().filter_map(|arg| self.generic_argument(arg, depth)).collect() }
            }
            Some(PathArguments::Parenthesized(args)) => {
                let inputs = args.inputs.iter().map(|input| self.ty_at(&input.ty, depth + 1)).collect();
                self.function_type(&name, inputs, &args.output, depth)
            }
            _ => TypeRef::named(name),
        }
    }

    fn function_type(&self, name: &str, mut args: Vec<TypeRef>, output: &ReturnType, depth: u32) -> TypeRef {
        args.push(match output {
            ReturnType::Default => TypeRef::named("()"),
            ReturnType::Type(_, ty) => self.ty_at(ty, depth + 1),
        });
        TypeRef { name: name.into(), args: args.into() }
    }

    pub(super) fn generic_argument(&self, arg: &GenericArgument, depth: u32) -> Option<TypeRef> {
        match arg {
            GenericArgument::Type(ty) => Some(self.ty_at(ty, depth + 1)),
            GenericArgument::AssocType(assoc) => Some(self.ty_at(&assoc.ty, depth + 1)),
            _ => None,
        }
    }

    /// Type arguments of a path's last segment that has any.
    pub(super) fn turbofish(&self, path: &Path) -> Vec<TypeRef> {
        let args = path.segments.iter().rev().find_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(args) => Some(&args.args),
            _ => None,
        });
        args.map_or_else(Vec::new, |args| args.iter().filter_map(|arg| self.generic_argument(arg, 0)).collect())
    }

    fn bounds_at(&self, bounds: &Bounds, depth: u32) -> TypeRef {
        TypeRef { name: "dyn".into(), args: self.traits(bounds, depth + 1).collect() }
    }

    fn traits<'a>(&'a self, bounds: &'a Bounds, depth: u32) -> impl Iterator<Item = TypeRef> + 'a {
        bounds.iter().filter_map(move |bound| match bound {
            TypeParamBound::Trait(bound) if depth <= MAX_TYPE_DEPTH => Some(self.path_type(&bound.path, depth)),
            _ => None,
        })
    }

    fn generic(&self, name: &str) -> Option<&TypeRef> {
        self.generics.iter().rev().find_map(|scope| scope.get(name))
    }

    /// The traits that bound a generic parameter; `None` for any other name and for one without bounds.
    pub(super) fn bounds_of(&self, name: &str) -> Option<&[TypeRef]> {
        self.generic(name).map(|bound| bound.args.as_slice()).filter(|bounds| !bounds.is_empty())
    }

    /// Makes generic parameters stand for their bounds until [`Self::close_generics`]. Bounds
    /// themselves keep parameters by name, so that they stay as small as they are written.
    pub(super) fn open_generics(&mut self, generics: &Generics) {
        let outer = std::mem::take(&mut self.generics);
        let mut bounds: FxHashMap<String, Vec<TypeRef>> = FxHashMap::default();
        for param in &generics.params {
            if let GenericParam::Type(param) = param {
                bounds.entry(param.ident.to_string()).or_default().extend(self.traits(&param.bounds, 0));
            }
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            let WherePredicate::Type(predicate) = predicate else { continue };
            if let Some(known) = bounds.get_mut(&self.ty(&predicate.bounded_ty).name) {
                known.extend(self.traits(&predicate.bounds, 0));
            }
        }
        self.generics = outer;
        self.generics.push(bounds.into_iter().map(|(name, args)| bounded(name, args)).collect());
    }

    pub(super) fn close_generics(&mut self) {
        self.generics.pop();
    }
}

pub(super) fn bounded(name: String, args: Vec<TypeRef>) -> (String, TypeRef) {
    let ty = if args.is_empty() { TypeRef::named(&name) } else { TypeRef { name: "dyn".into(), args: args.into() } };
    (name, ty)
}

/// A path's names joined by dots.
pub(super) fn dotted(path: &Path) -> String {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join(".")
}
