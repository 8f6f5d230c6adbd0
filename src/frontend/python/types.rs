//! Reads written types, in annotations and in strings.
//!
//! Knows the shapes of typing syntax (`Optional`, `|`, `Annotated`, `Callable`); must not know
//! any class.

use super::tree::Syntax;
use super::{Lowering, tree};
use crate::facts::{CallId, TypeRef, Value};

const MAX_NESTING: usize = 40;

impl<'t> Lowering<'t> {
    pub(super) fn type_ref(&self, node: Syntax<'t>) -> TypeRef {
        self.type_at(node, 0)
    }

    fn type_at(&self, node: Syntax<'t>, depth: usize) -> TypeRef {
        if depth > MAX_NESTING {
            return TypeRef::default();
        }
        let node = tree::peel(node);
        let all = |nodes: Vec<Syntax<'t>>| nodes.into_iter().map(|node| self.type_at(node, depth + 1)).collect();
        match node.kind() {
            "type" | "as_pattern" => {
                tree::first(node).map_or_else(TypeRef::default, |inner| self.type_at(inner, depth + 1))
            }
            "identifier" | "attribute" | "member_type" => TypeRef::named(self.dotted_type(node)),
            "none" => TypeRef::named("None"),
            "generic_type" | "subscript" => self.generic(node, depth),
            "union_type" | "binary_operator" => union(all(tree::named(node))),
            "string" => self.plain_string(node).map_or_else(TypeRef::default, |text| parse(&text)),
            "tuple" => TypeRef { name: "()".to_string(), args: all(tree::named(node)).into() },
            _ => TypeRef::default(),
        }
    }

    fn dotted_type(&self, node: Syntax<'t>) -> String {
        let text: String = self.text_of(node).split_whitespace().collect();
        let plain = text.chars().all(|c| c == '_' || c == '.' || c.is_alphanumeric());
        if plain { text } else { String::new() }
    }

    fn generic(&self, node: Syntax<'t>, depth: usize) -> TypeRef {
        let Some(base) = tree::first(node) else { return TypeRef::default() };
        let name = self.dotted_type(base);
        if is(&name, "Literal") {
            return TypeRef::named(name);
        }
        let mut args = Vec::new();
        for argument in arguments(node) {
            match unwrap(argument) {
                list if list.kind() == "list" && is(&name, "Callable") => {
                    args.extend(tree::named(list).into_iter().map(|node| self.type_at(node, depth + 1)));
                }
                argument => args.push(self.type_at(argument, depth + 1)),
            }
        }
        shaped(name, args)
    }

    /// The calls in `Annotated[T, f(), …]`, placed here.
    pub(super) fn metadata(&mut self, ty: Syntax<'t>) -> Vec<CallId> {
        let ty = unwrap(ty);
        let base = tree::first(ty).map_or_else(String::new, |base| self.dotted_type(base));
        if !matches!(ty.kind(), "generic_type" | "subscript") || !is(&base, "Annotated") {
            return Vec::new();
        }
        let calls = arguments(ty).into_iter().skip(1).map(unwrap).filter(|node| node.kind() == "call");
        let values: Vec<Value> = calls.map(|call| self.expr(call)).collect();
        values.into_iter().filter_map(|value| if let Value::Call(id) = value { Some(id) } else { None }).collect()
    }

    /// One exception class or a tuple of them.
    pub(super) fn caught_type(&self, node: Syntax<'t>) -> TypeRef {
        let mut ty = self.type_ref(node);
        if ty.name == "()" {
            ty.name = "|".to_string();
        }
        ty
    }
}

/// The type arguments of `X[…]` in either of the grammar's forms.
fn arguments<'t>(node: Syntax<'t>) -> Vec<Syntax<'t>> {
    match tree::child_of_kind(node, "type_parameter") {
        Some(list) => tree::named(list),
        None => {
            let written = tree::fields(node, "subscript");
            match written.as_slice() {
                [only] if only.kind() == "tuple" => tree::named(*only),
                _ => written,
            }
        }
    }
}

fn unwrap(node: Syntax) -> Syntax {
    let inner = if node.kind() == "type" { tree::first(node) } else { None };
    inner.unwrap_or(node)
}

fn is(name: &str, what: &str) -> bool {
    name.rsplit('.').next() == Some(what)
}

fn shaped(name: String, mut args: Vec<TypeRef>) -> TypeRef {
    if is(&name, "Annotated") && !args.is_empty() {
        return args.swap_remove(0);
    }
    if is(&name, "Union") {
        return union(args);
    }
    let name = if is(&name, "Callable") { "fn".to_string() } else { name };
    TypeRef { name, args: args.into() }
}

/// A union of unions is one.
fn union(members: Vec<TypeRef>) -> TypeRef {
    let mut args = Vec::new();
    for member in members {
        if member.name == "|" { args.extend(member.args) } else { args.push(member) }
    }
    TypeRef { name: "|".to_string(), args: args.into() }
}

/// A type written in a string, if it has the usual shape.
fn parse(text: &str) -> TypeRef {
    let mut rest = text.trim();
    let ty = members(&mut rest, 0);
    if rest.is_empty() { ty } else { TypeRef::default() }
}

fn members(rest: &mut &str, depth: usize) -> TypeRef {
    let first = single(rest, depth);
    if !rest.starts_with('|') {
        return first;
    }
    let mut all = vec![first];
    while let Some(after) = rest.strip_prefix('|') {
        *rest = after;
        all.push(single(rest, depth));
    }
    union(all)
}

fn single(rest: &mut &str, depth: usize) -> TypeRef {
    *rest = rest.trim_start().trim_start_matches(['\'', '"']);
    let end = rest.find(|c: char| c != '_' && c != '.' && !c.is_alphanumeric()).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = after.trim_start_matches(['\'', '"']).trim_start();
    let mut args = Vec::new();
    if depth < MAX_NESTING && rest.starts_with('[') {
        while let Some(after) = rest.strip_prefix(['[', ',']) {
            *rest = after;
            args.push(members(rest, depth + 1));
        }
        *rest = rest.strip_prefix(']').unwrap_or("?").trim_start();
    }
    shaped(name.to_string(), args)
}
