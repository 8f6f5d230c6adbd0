//! All answers about a project, as the rules read them.

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;

use rustc_hash::{FxHashMap, FxHashSet};

use super::lasting::Lasting;
use super::lifetime;
use super::sharing::{self, lift};
use crate::capacity::budget;
use crate::catalog::TypeId;
use crate::contexts::linked::Linked;
use crate::finding::Style;
use crate::ownership::{effects, release};

/// The linked project with the verdicts that several rules share, each made by the first rule that asks.
pub struct Project<'a> {
    linked: Linked<'a>,
    releases: OnceCell<release::Releases>,
    effects: OnceCell<effects::Found<'a>>,
    pools: OnceCell<budget::Pools<'a>>,
    pub(crate) verdicts: OnceCell<Vec<lifetime::Verdict>>,
    pub(crate) kept: OnceCell<sharing::KeptSites>,
    /// Types with a method that is waited for.
    pub(crate) awaited: OnceCell<FxHashSet<TypeId>>,
    pub(crate) lasting: OnceCell<Lasting>,
    pub(crate) reloaded: OnceCell<Vec<sharing::reload::Reloaded>>,
    pub(crate) lifts: lift::Memo,
    /// By file how it is written.
    styles: RefCell<FxHashMap<u32, Style>>,
}

impl<'a> Deref for Project<'a> {
    type Target = Linked<'a>;

    fn deref(&self) -> &Linked<'a> {
        &self.linked
    }
}

/// What rules of several lanes ask for, as far as it was made.
#[derive(Default)]
pub struct Made<'a> {
    releases: Option<release::Releases>,
    pools: Option<budget::Pools<'a>>,
    verdicts: Option<Vec<lifetime::Verdict>>,
    effects: Option<effects::Found<'a>>,
}

impl<'a> Project<'a> {
    pub fn new(linked: Linked<'a>) -> Self {
        Project {
            linked,
            releases: OnceCell::new(),
            effects: OnceCell::new(),
            pools: OnceCell::new(),
            verdicts: OnceCell::new(),
            kept: OnceCell::new(),
            awaited: OnceCell::new(),
            lasting: OnceCell::new(),
            reloaded: OnceCell::new(),
            lifts: lift::Memo::default(),
            styles: RefCell::default(),
        }
    }

    /// How a file is written.
    pub(crate) fn style(&self, file: u32) -> Style {
        let source = self.program.units[file as usize].source;
        let text = || self.inputs.files.get(source.index()).map_or("", |file| &file.text);
        *self.styles.borrow_mut().entry(file).or_insert_with(|| Style::of(text()))
    }

    /// The same for another thread, where nothing is made yet.
    pub fn beside(&self) -> Self {
        Project::new(self.linked.beside())
    }

    /// What was made here, for [`Project::take`].
    pub fn made(self) -> Made<'a> {
        Made {
            releases: self.releases.into_inner(),
            pools: self.pools.into_inner(),
            verdicts: self.verdicts.into_inner(),
            effects: self.effects.into_inner(),
        }
    }

    /// Takes over what another thread has made, and this one has not.
    pub fn take(&self, made: Made<'a>) {
        made.releases.into_iter().for_each(|releases| drop(self.releases.set(releases)));
        made.pools.into_iter().for_each(|pools| drop(self.pools.set(pools)));
        made.verdicts.into_iter().for_each(|verdicts| drop(self.verdicts.set(verdicts)));
        made.effects.into_iter().for_each(|effects| drop(self.effects.set(effects)));
    }

    /// What functions open and do not give back, and what happens meanwhile.
    pub fn releases(&self) -> &release::Releases {
        self.releases.get_or_init(|| release::releases(self))
    }

    /// What effects and other owners open and do not release.
    pub fn effects(&self) -> &effects::Found<'a> {
        self.effects.get_or_init(|| effects::found(self))
    }

    /// The pools of the project.
    pub fn pools(&self) -> &budget::Pools<'a> {
        self.pools.get_or_init(|| budget::pools(self))
    }

    /// What dev servers evaluate anew.
    pub fn reloaded(&self) -> &[sharing::reload::Reloaded] {
        self.reloaded.get_or_init(|| sharing::reload::reloaded(self))
    }
}
