//! Bounds that impl blocks write for the parameters of a struct: `struct Job<C>` with `impl<C: Store> Job<C>`.
//!
//! A struct that bounds nothing itself has its fields typed by them. Sees the items of one module only.

use rustc_hash::FxHashMap;
use syn::{GenericArgument, GenericParam, Generics, Item, ItemImpl, Path, PathArguments, Type};

use super::Lowerer;
use super::types::bounded;
use crate::facts::TypeRef;

/// The bounds by struct and parameter.
pub(super) type Lent = FxHashMap<String, FxHashMap<String, Vec<TypeRef>>>;

impl Lowerer {
    pub(super) fn lent_by(&mut self, items: &[&Item]) -> Lent {
        let mut structs: FxHashMap<String, Vec<String>> = FxHashMap::default();
        for item in items {
            if let Item::Struct(item) = item
                && item.generics.type_params().next().is_some()
            {
                structs.insert(item.ident.to_string(), parameters(&item.generics));
            }
        }
        let mut lent = Lent::default();
        for item in items {
            if let Item::Impl(item) = item
                && !structs.is_empty()
            {
                self.lend(item, &structs, &mut lent);
            }
        }
        lent
    }

    fn lend(&mut self, item: &ItemImpl, structs: &FxHashMap<String, Vec<String>>, lent: &mut Lent) {
        let Type::Path(ty) = &*item.self_ty else { return };
        let Some(name) = ty.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
        let Some(params) = structs.get(&name) else { return };
        self.open_generics(&item.generics);
        for (param, given) in params.iter().zip(type_arguments(&ty.path)) {
            let bounds = given.and_then(|own| self.bounds_of(&own)).unwrap_or_default();
            let known = lent.entry(name.clone()).or_default().entry(param.clone()).or_default();
            let new: Vec<TypeRef> = bounds.iter().filter(|bound| !known.contains(bound)).cloned().collect();
            known.extend(new);
        }
        self.close_generics();
    }

    /// The parameters of the struct, which [`Self::open_generics`] has opened, that it leaves unbounded.
    pub(super) fn bound_by_impls(&mut self, name: &str) {
        let Some(lent) = self.lent.get(name) else { return };
        let Some(scope) = self.generics.last_mut() else { return };
        for (param, bounds) in lent {
            if let Some(own) = scope.get_mut(param).filter(|own| own.args.is_empty()) {
                *own = bounded(param.clone(), bounds.clone()).1;
            }
        }
    }
}

fn parameters(generics: &Generics) -> Vec<String> {
    let names = generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(param.ident.to_string()),
        _ => None,
    });
    names.collect()
}

/// The names among the type arguments of the last segment, by position.
fn type_arguments(path: &Path) -> Vec<Option<String>> {
    let Some(PathArguments::AngleBracketed(args)) = path.segments.last().map(|segment| &segment.arguments) else {
        return Vec::new();
    };
    let types = args.args.iter().filter_map(|arg| match arg {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    let name = |ty: &Type| match ty {
        Type::Path(ty) => ty.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    types.map(name).collect()
}
