//! Imports that only types use: the compiler drops them, so they load nothing.
//!
//! Where decorators occur, written types may be emitted as values, and nothing is said. Knows the
//! syntax of names; no other file.

use rustc_hash::FxHashSet;

use crate::facts::{FileFacts, FnId, ImportId, LocalKind};

use super::kind::Kind;
use super::tree::Node;

/// Marks the imports of a module whose names occur in types alone.
pub(super) fn mark(root: Node, facts: &mut FileFacts) {
    let Some(names) = typed_names(root) else { return };
    let locals = facts.function(FnId::TOP).locals.iter();
    let imported = locals.filter_map(|local| match local.kind {
        LocalKind::Import(id) if names.contains(local.name.as_str()) => Some(id),
        _ => None,
    });
    let erased: Vec<ImportId> = imported.collect();
    let from_root = |id: &ImportId| root.slice(facts.import(*id).statement).starts_with("import");
    let erased: Vec<ImportId> = erased.into_iter().filter(from_root).collect();
    erased.into_iter().for_each(|id| facts.imports[id.index()].type_only = true);
}

/// Names that stand for types and never for values; `None` where types may become values.
fn typed_names<'t>(root: Node<'t>) -> Option<FxHashSet<&'t str>> {
    let (mut types, mut values) = (FxHashSet::default(), FxHashSet::default());
    let whole = |kind| matches!(kind, Kind::ImportStatement | Kind::NestedTypeIdentifier | Kind::TypeQuery);
    for node in root.descend(whole) {
        match node.kind() {
            Kind::Decorator => return None,
            Kind::Identifier | Kind::Shorthand => drop(values.insert(node.text())),
            Kind::TypeIdentifier => drop(types.insert(node.text())),
            Kind::NestedTypeIdentifier => types.extend(node.text().split('.').next()),
            Kind::TypeQuery => types.extend(node.text().trim_start_matches("typeof").trim().split('.').next()),
            _ => {}
        }
    }
    types.retain(|name| !values.contains(name));
    Some(types)
}
