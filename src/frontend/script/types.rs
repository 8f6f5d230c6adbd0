//! Written types to [`TypeRef`].
//!
//! Names stay as written; what they stand for is the linker's question. A type that has no form
//! in the model has an empty name.

use crate::facts::TypeRef;

use super::kind::{Field, Kind};
use super::tree::Node;

const MAX_DEPTH: u32 = 40;

/// The type of an annotation (`: T`, a return type) or the type itself.
pub(super) fn type_ref(node: Node) -> TypeRef {
    lower(node, 0)
}

/// The annotated type of a declarator, parameter, field or signature.
pub(super) fn annotation(node: Node) -> Option<TypeRef> {
    node.field(Field::Type).map(type_ref)
}

/// `<A, B>` after a callee or name.
pub(super) fn arguments(node: Node) -> Vec<TypeRef> {
    node.field(Field::TypeArguments).map(|args| all(args, 0)).unwrap_or_default()
}

/// A method or function signature as the type of a function: parameters, then result.
pub(super) fn signature(node: Node) -> TypeRef {
    function(node, 0)
}

fn lower(node: Node, depth: u32) -> TypeRef {
    if depth > MAX_DEPTH {
        return TypeRef::default();
    }
    match node.kind() {
        Kind::TypeAnnotation | Kind::ReadonlyType | Kind::ParenthesizedType | Kind::OptionalType | Kind::RestType => {
            node.first().map(|inner| lower(inner, depth + 1)).unwrap_or_default()
        }
        Kind::PredefinedType | Kind::TypeIdentifier | Kind::Identifier => TypeRef::named(node.text()),
        Kind::NestedTypeIdentifier => TypeRef::named(dotted(node)),
        Kind::ThisType => TypeRef::named("this"),
        Kind::LiteralType => literal(node),
        Kind::TypePredicateAnnotation => TypeRef::named("boolean"),
        Kind::AssertsAnnotation => TypeRef::named("void"),
        Kind::ObjectType => TypeRef::named("{}"),
        kind => compound(node, kind, depth),
    }
}

fn compound(node: Node, kind: Kind, depth: u32) -> TypeRef {
    let of = |name: &str, args: Vec<TypeRef>| TypeRef { name: name.to_string(), args: args.into() };
    match kind {
        Kind::GenericType => of(&node.field(Field::Name).map(dotted).unwrap_or_default(), generic_args(node, depth)),
        Kind::UnionType => of("|", flat(node, Kind::UnionType, depth)),
        Kind::IntersectionType => of("dyn", flat(node, Kind::IntersectionType, depth)),
        Kind::ArrayType => of("[]", all(node, depth)),
        Kind::TupleType => of("()", node.items().map(|item| member(item, depth)).collect()),
        Kind::FunctionType => function(node, depth),
        // `new () => Worker`: what makes such objects, as the class itself does.
        Kind::ConstructorType => {
            of("typeof", node.field(Field::Type).map(|ty| lower(ty, depth + 1)).into_iter().collect())
        }
        Kind::TypeQuery => of("typeof", node.first().map(|of| vec![TypeRef::named(dotted(of))]).unwrap_or_default()),
        Kind::FlowMaybeType => of("|", all(node, depth).into_iter().chain([TypeRef::named("null")]).collect()),
        _ => TypeRef::default(),
    }
}

fn generic_args(node: Node, depth: u32) -> Vec<TypeRef> {
    node.field(Field::TypeArguments).map(|args| all(args, depth)).unwrap_or_default()
}

fn all(node: Node, depth: u32) -> Vec<TypeRef> {
    node.items().map(|item| lower(item, depth + 1)).collect()
}

/// The members of a union, which the grammar nests to the left.
fn flat(node: Node, kind: Kind, depth: u32) -> Vec<TypeRef> {
    let mut members = Vec::new();
    let mut rest = vec![node];
    while let Some(next) = rest.pop() {
        if next.is(kind) {
            rest.extend(next.items().collect::<Vec<_>>().into_iter().rev());
        } else {
            members.push(lower(next, depth + 1));
        }
    }
    members
}

/// A tuple member or parameter: its own type where it is named.
fn member(node: Node, depth: u32) -> TypeRef {
    match node.kind() {
        Kind::RequiredParameter | Kind::OptionalParameter => {
            node.field(Field::Type).map(|ty| lower(ty, depth + 1)).unwrap_or_default()
        }
        _ => lower(node, depth + 1),
    }
}

fn function(node: Node, depth: u32) -> TypeRef {
    let params = node.field(Field::Parameters).into_iter().flat_map(|params| params.items().collect::<Vec<_>>());
    let mut args: Vec<TypeRef> = params.map(|param| member(param, depth)).collect();
    args.push(node.field(Field::ReturnType).map(|ty| lower(ty, depth + 1)).unwrap_or_default());
    TypeRef { name: "fn".into(), args: args.into() }
}

fn literal(node: Node) -> TypeRef {
    match node.first().map(Node::kind) {
        Some(Kind::Null) => TypeRef::named("null"),
        Some(Kind::Undefined) => TypeRef::named("undefined"),
        _ => TypeRef::default(),
    }
}

/// A dotted name as written, without spaces; empty for anything else.
pub(super) fn dotted(node: Node) -> String {
    let text = node.text();
    let plain = |c: char| c.is_alphanumeric() || "_$.#".contains(c);
    if text.chars().all(plain) {
        return text.to_string();
    }
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace() && *c != '?' && *c != '!').collect();
    if squeezed.chars().all(plain) { squeezed } else { String::new() }
}
