//! Connections that are taken out of a field of what another file declares: `shop.pool.acquire()`.
//!
//! A file that does so names no library at all. Looks at names only, before linking, and at languages that write the
//! types of fields. Knows no library.

use rustc_hash::FxHashSet;

use super::carrier::Carrier;
use super::carriers::{Names, above};
use super::made::is_made_type;
use super::seeds::Seeds;
use crate::facts::{Call, FileFacts, Language, TypeRef, Value};

/// The fields of a file's classes that hold something which lends connections.
pub fn declared<'f>(facts: &'f FileFacts, seeds: &'f Seeds) -> impl Iterator<Item = &'f str> {
    let classes = facts.classes.iter().filter(|_| facts.language == Language::Rust);
    let fields = classes.flat_map(|class| &class.fields);
    fields.filter(|field| field.ty.as_ref().is_some_and(|ty| lends(facts, ty, seeds))).map(|field| field.name.as_str())
}

/// The type, or one that it is about: `Arc<PgPool>`.
fn lends(facts: &FileFacts, ty: &TypeRef, seeds: &Seeds) -> bool {
    seeds.lenders.contains(ty.last_name()) && is_made_type(facts, ty, seeds)
        || ty.args.iter().any(|inner| lends(facts, inner, seeds))
}

/// What carries above the functions that take something out of such a field.
pub fn takers(facts: &FileFacts, fields: &FxHashSet<String>, seeds: &Seeds) -> FxHashSet<Carrier> {
    let no_names = Names::default();
    let calls = facts.calls.iter().filter(|_| facts.language == Language::Rust);
    let taking = calls.filter(|call| takes(call, fields, seeds));
    taking.flat_map(|call| above(facts, call.function, &no_names).collect::<Vec<_>>()).collect()
}

fn takes(call: &Call, fields: &FxHashSet<String>, seeds: &Seeds) -> bool {
    let Value::Member(place, method) = &call.callee else { return false };
    let Value::Member(_, field) = &**place else { return false };
    seeds.lends.contains(method) && fields.contains(field)
}
