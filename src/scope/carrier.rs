//! Names whose callers matter, and what one file says of them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::CallId;
use crate::frontend::scan::name_hash;

/// A name whose callers matter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Carrier {
    pub name: Arc<str>,
    pub to: Reach,
}

impl Carrier {
    /// Under which a scan knows the name: of a private member without its mark.
    pub fn hash(&self) -> u32 {
        name_hash(self.name.strip_prefix('#').unwrap_or(&self.name))
    }
}

/// Who matters besides what a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// It leads to a construction: all that call it, and so on.
    Callers,
    /// Objects of a class open something, or a hook does: those that make or use one.
    Makers,
    /// It opens something that effects may have to release: those that have effects.
    Effects,
}

/// Something imported that is given a function, decorates one, or is the base of a class: it decides how often
/// functions run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Keeper {
    pub module: String,
    /// The imported name, then the member that is taken of it.
    pub name: String,
    pub member: Option<String>,
}

/// What carries in a file by itself, and what does when a name that it calls does.
#[derive(Debug, Default)]
pub struct Callers {
    pub seeds: Vec<Carrier>,
    /// Something is built here, at the top level or in a function.
    pub builds: bool,
    /// The calls that make something or take it out.
    pub made: FxHashSet<CallId>,
    /// The names of what makes others when it is called.
    pub factories: Vec<Arc<str>>,
    /// Functions that hand out what they take out, or release what others have.
    pub hands: Vec<Carrier>,
    /// Classes whose objects are given something that the file has.
    pub owners: FxHashSet<Keeper>,
    pub(super) by_callee: FxHashMap<Arc<str>, Vec<Arc<str>>>,
    /// Names that no other file can mean.
    pub(super) hidden: FxHashSet<Arc<str>>,
    /// Names of functions that are called on a class, or by those who know it, with the hashes of the classes' names.
    pub(super) fixed: FxHashMap<Arc<str>, Vec<u32>>,
}

/// Where a name that carries in a file may be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'c> {
    /// In this file; of Rust also in the modules below.
    Hidden,
    /// Where one of the classes is mentioned.
    Classes(&'c [u32]),
    Anywhere,
}

impl Callers {
    /// The carriers above a called name.
    pub fn of(&self, callee: &str) -> impl Iterator<Item = Carrier> + use<> {
        let names = self.by_callee.get(callee).cloned().unwrap_or_default();
        names.into_iter().map(|name| Carrier { name, to: Reach::Callers })
    }

    /// Who can mean a name of this file.
    pub fn scope(&self, name: &str) -> Scope<'_> {
        match self.fixed.get(name) {
            _ if self.hidden.contains(name) => Scope::Hidden,
            Some(classes) => Scope::Classes(classes),
            None => Scope::Anywhere,
        }
    }

    /// The carriers above names that carry.
    pub fn above(&self, carries: impl Fn(&str) -> bool) -> Vec<Carrier> {
        let called = self.by_callee.iter().filter(|(callee, _)| carries(callee));
        called.flat_map(|(_, above)| above).map(|name| Carrier { name: name.clone(), to: Reach::Callers }).collect()
    }
}
