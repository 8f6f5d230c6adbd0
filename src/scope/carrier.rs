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
    /// A method of a class leads to a construction: those that make objects of it, and so on.
    Objects,
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
    /// By what is called or handed over, what carries above.
    pub(super) by_callee: FxHashMap<Arc<str>, Vec<Carrier>>,
    /// By the class of which objects are made, what carries above; and the classes below it.
    pub(super) by_class: FxHashMap<Arc<str>, Vec<Carrier>>,
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
    /// What carries when another does.
    pub fn of(&self, carrier: &Carrier) -> &[Carrier] {
        let above = match carrier.to {
            Reach::Callers => self.by_callee.get(&carrier.name),
            Reach::Objects => self.by_class.get(&carrier.name),
            Reach::Makers | Reach::Effects => None,
        };
        above.map_or(&[], Vec::as_slice)
    }

    /// The functions that call a carrier which opens something for effects: those open it, too.
    pub fn opening(&self, carrier: &Carrier) -> impl Iterator<Item = Carrier> {
        let calling = self.by_callee.get(&carrier.name).filter(|_| carrier.to == Reach::Effects);
        calling.into_iter().flatten().map(|above| Carrier { name: Arc::clone(&above.name), to: Reach::Effects })
    }

    /// Who can mean a name of this file.
    pub fn scope(&self, name: &str) -> Scope<'_> {
        match self.fixed.get(name) {
            _ if self.hidden.contains(name) => Scope::Hidden,
            Some(classes) => Scope::Classes(classes),
            None => Scope::Anywhere,
        }
    }

    /// What carries above names that do, and above classes whose objects do.
    pub fn above(&self, name: impl Fn(&str) -> bool, class: impl Fn(&str) -> bool) -> Vec<Carrier> {
        let called = self.by_callee.iter().filter(|(callee, _)| name(callee));
        let made = self.by_class.iter().filter(|(made, _)| class(made));
        called.chain(made).flat_map(|(_, above)| above).cloned().collect()
    }
}
