//! What a function is to the life that it belongs to: whose home it is, what it returns to be called at the end.

use super::Effects;
use super::lives::Lives;
use super::model::{Ending, Homes, Owner};
use crate::catalog::words::effects::DEMO_FOLDERS;
use crate::facts::{FnId, Value};
use crate::packages::kinds::FileClass;
use crate::program::FnRef;

pub(crate) fn is_aside(effects: &Effects, f: FnRef) -> bool {
    let path = &effects.program.units[f.file as usize].path;
    let mut folders = path.split('/').rev().skip(1);
    effects.program.class_of(f.file) != FileClass::Source || folders.any(|folder| DEMO_FOLDERS.contains(&folder))
}

/// The outermost function around a call: the component, hook or composable.
pub fn home_of(effects: &Effects, f: FnRef) -> FnRef {
    let facts = effects.program.facts(f.file);
    let mut id = f.id;
    while let Some(parent) = facts.function(id).parent.filter(|parent| *parent != FnId::TOP) {
        if facts.function(id).class.is_some() {
            break;
        }
        id = parent;
    }
    FnRef { file: f.file, id }
}

pub(crate) fn of_setup<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    lives: &Lives,
    start: FnRef,
    ending: Ending<'a>,
) -> Owner<'a> {
    let (mut ends, mut unregistered) = (Vec::new(), Vec::new());
    let mut siblings = Vec::new();
    for f in super::opens::opened(effects, start).visited {
        if let Some(home) = homes.get(&home_of(effects, f)) {
            ends.extend(home.ends.iter().copied());
            unregistered.extend(home.unregistered.iter().copied());
            siblings.extend(home.effects.iter().filter(|other| other.returns).map(|other| other.start));
        }
    }
    let page = lives.is_page(effects, start);
    Owner { ends, unregistered, siblings, page, ending, ..Owner::starting(start) }
}

impl<'a> Owner<'a> {
    /// A function by itself, with no end that is known.
    pub fn starting(start: FnRef) -> Self {
        Owner {
            effect: None,
            start,
            returns: false,
            ends: Vec::new(),
            leaves: Vec::new(),
            shown: Vec::new(),
            uncalled: Vec::new(),
            unregistered: Vec::new(),
            siblings: Vec::new(),
            deps: None,
            home: start,
            page: false,
            kept_only: false,
            handler: false,
            again: false,
            lasting_only: false,
            open_ended: false,
            attached: false,
            ending: Ending::Unknown,
        }
    }

    /// A function that something else than an effect runs for its home, which has the ends and what its effects return.
    pub fn in_home(effects: &Effects, homes: &Homes<'a>, lives: &Lives, home: FnRef, start: FnRef) -> Self {
        let data = homes.get(&home).cloned().unwrap_or_default();
        let siblings = data.effects.iter().filter(|other| other.returns).map(|other| other.start);
        Owner {
            siblings: siblings.collect(),
            leaves: data.leaves,
            unregistered: data.unregistered,
            ends: data.ends,
            home,
            page: lives.is_page(effects, home),
            ..Owner::starting(start)
        }
    }

    /// What the start and its siblings return to be called at the end.
    pub fn disposers(&self, effects: &Effects<'_, 'a>) -> Vec<(FnRef, &'a Value)> {
        let own = Some(self.start).filter(|_| self.returns);
        let functions = own.into_iter().chain(self.siblings.iter().copied());
        functions.flat_map(|f| returned_by(effects, f)).collect()
    }
}

pub(crate) fn returned_by<'a>(effects: &Effects<'_, 'a>, f: FnRef) -> Vec<(FnRef, &'a Value)> {
    if effects.program.function(f).flags.is_async {
        return Vec::new();
    }
    effects.program.given_by(f).into_iter().map(|value| (f, value)).collect()
}

/// The functions and all closures in them.
pub(crate) fn inside(effects: &Effects, functions: &[FnRef]) -> Vec<FnRef> {
    let mut found = Vec::new();
    for f in functions {
        let ids = effects.program.facts(f.file).function_ids().map(|id| FnRef { file: f.file, id });
        found.extend(ids.filter(|inner| effects.within(*f, *inner)));
    }
    found.sort();
    found.dedup();
    found
}
