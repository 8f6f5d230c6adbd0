//! What a program remembers of its evaluations.
//!
//! Pure functions of the linked project but for one thing: inside of a value that depends on itself, the answer may
//! depend on where the question began. So no two threads share what they find; clones share what was known before.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{CallRef, FnRef};
use crate::body::cfg::Cfg;
use crate::facts::VarRef;
use crate::values::eval::Ty;

#[derive(Clone, Default)]
pub struct Memo<'a> {
    pub(crate) vars: Table<(u32, VarRef), Ty<'a>>,
    pub(crate) calls: Table<CallRef, Ty<'a>>,
    pub(crate) returns: Table<FnRef, Ty<'a>>,
    pub(crate) fields: crate::values::fields::Memo<'a>,
    pub(crate) cells: crate::values::cells::Memo<'a>,
    pub(crate) registries: crate::values::registries::Memo<'a>,
    pub(crate) callers: crate::values::callers::Memo<'a>,
    pub(crate) callbacks: crate::values::callbacks::Memo,
    pub(crate) globs: Table<u32, Arc<[Ty<'a>]>>,
    /// Python modules, and whether packages of the data have them.
    pub(crate) modules: RefCell<FxHashMap<String, bool>>,
    pub(crate) graphs: RefCell<FxHashMap<FnRef, Arc<Cfg<'a>>>>,
    pub(crate) depth: Cell<u32>,
    pub(crate) steps: Cell<u32>,
}

impl Memo<'_> {
    pub fn clear(&mut self) {
        self.vars = Table::default();
        self.calls = Table::default();
        self.returns = Table::default();
        self.fields.clear();
        self.cells = Table::default();
        self.registries = Table::default();
        self.globs = Table::default();
    }

    /// Lets clones share what is known by now.
    pub fn settle(&mut self) {
        self.vars.settle();
        self.calls.settle();
        self.returns.settle();
        self.cells.settle();
        self.registries.settle();
        self.globs.settle();
    }

    /// Takes over what another memory of the same project has and this one has not.
    pub fn extend(&mut self, other: Self) {
        self.vars.extend(other.vars);
        self.calls.extend(other.calls);
        self.returns.extend(other.returns);
        self.fields.extend(other.fields);
        self.cells.extend(other.cells);
        self.registries.extend(other.registries);
        self.globs.extend(other.globs);
        fill(&mut self.modules, other.modules);
        fill(&mut self.graphs, other.graphs);
    }
}

/// Results by what was asked for.
#[derive(Clone)]
pub(crate) struct Table<K, V> {
    own: RefCell<FxHashMap<K, V>>,
    /// What was known when this one was cloned.
    known: Arc<FxHashMap<K, V>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { own: RefCell::default(), known: Arc::default() }
    }
}

impl<K: Copy + Eq + Hash, V: Clone> Table<K, V> {
    /// What is known, or what the work gives. As long as it is under way, the answer is `open`.
    pub fn get_or(&self, key: K, open: V, work: impl FnOnce() -> V) -> V {
        let found = self.known.get(&key).cloned().or_else(|| self.own.borrow().get(&key).cloned());
        if let Some(found) = found {
            return found;
        }
        self.own.borrow_mut().insert(key, open);
        let value = work();
        self.own.borrow_mut().insert(key, value.clone());
        value
    }

    fn extend(&mut self, other: Self) {
        fill(&mut self.own, other.own);
    }

    /// Lets clones share what is known by now.
    fn settle(&mut self) {
        let own = std::mem::take(self.own.get_mut());
        match self.known.is_empty() {
            true => self.known = Arc::new(own),
            false => Arc::make_mut(&mut self.known).extend(own),
        }
    }
}

/// The map of results, filled with those of another.
pub(crate) fn fill<K: Eq + Hash, V>(map: &mut RefCell<FxHashMap<K, V>>, other: RefCell<FxHashMap<K, V>>) {
    let map = map.get_mut();
    match map.is_empty() {
        true => *map = other.into_inner(),
        false => other.into_inner().into_iter().for_each(|(key, value)| {
            map.entry(key).or_insert(value);
        }),
    }
}
