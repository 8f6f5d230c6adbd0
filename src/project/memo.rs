//! What a program remembers of its evaluations.
//!
//! Pure functions of the linked project but for one thing: inside of a value that depends on itself, the answer may
//! depend on where the question began. So no two threads share one.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::program::{CallRef, FnRef};
use crate::facts::VarRef;

#[derive(Clone, Default)]
pub struct Memo<'a> {
    pub(super) vars: RefCell<FxHashMap<(u32, VarRef), Option<Ty<'a>>>>,
    pub(super) calls: RefCell<FxHashMap<CallRef, Option<Ty<'a>>>>,
    pub(super) returns: RefCell<FxHashMap<FnRef, Option<Ty<'a>>>>,
    pub(super) fields: super::fields::Memo<'a>,
    pub(super) cells: super::cells::Memo<'a>,
    pub(super) makers: super::makers::Memo<'a>,
    pub(super) callbacks: super::callbacks::Memo,
    pub(super) globs: RefCell<FxHashMap<u32, Arc<[Ty<'a>]>>>,
    /// Python modules, and whether packages of the data have them.
    pub(super) modules: RefCell<FxHashMap<String, bool>>,
    pub(super) depth: Cell<u32>,
    pub(super) steps: Cell<u32>,
}

impl Memo<'_> {
    pub fn clear(&mut self) {
        self.vars.get_mut().clear();
        self.calls.get_mut().clear();
        self.returns.get_mut().clear();
        self.fields.clear();
        self.cells.get_mut().clear();
        self.globs.get_mut().clear();
    }

    /// Takes over what another memory of the same project has and this one has not.
    pub fn extend(&mut self, other: Self) {
        fill(&mut self.vars, other.vars);
        fill(&mut self.calls, other.calls);
        fill(&mut self.returns, other.returns);
        self.fields.extend(other.fields);
        fill(&mut self.cells, other.cells);
        fill(&mut self.globs, other.globs);
        fill(&mut self.modules, other.modules);
    }
}

/// The map of results, filled with those of another.
pub(super) fn fill<K: Eq + Hash, V>(map: &mut RefCell<FxHashMap<K, V>>, other: RefCell<FxHashMap<K, V>>) {
    let map = map.get_mut();
    match map.is_empty() {
        true => *map = other.into_inner(),
        false => other.into_inner().into_iter().for_each(|(key, value)| {
            map.entry(key).or_insert(value);
        }),
    }
}
