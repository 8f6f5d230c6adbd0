//! The data that the parts of this analysis hand each other: what has a life, what it opens, where that went, and
//! what runs at the end.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::{Effects, Fault, Open};
use crate::catalog::PackageId;
use crate::catalog::schema::{Cleanup, EndRow};
use crate::facts::{Arg, Pred, Value, VarRef};
use crate::program::{CallRef, FnRef};

/// Something with a life: one starting function, and all that runs at its end.
#[derive(Clone)]
pub struct Owner<'a> {
    /// The call that registers the start, where there is one.
    pub effect: Option<CallRef>,
    pub start: FnRef,
    /// What the start returns is called at the end.
    pub returns: bool,
    /// Functions that run at the end.
    pub ends: Vec<FnRef>,
    /// Those of them that run each time that the component's view is left, however long the component is kept.
    pub leaves: Vec<FnRef>,
    /// Other starts of the same home, which run each time that the view is shown: after this one for the first time.
    pub shown: Vec<FnRef>,
    /// Functions that go by the name of an end which the framework's version does not know: nothing runs them.
    pub uncalled: Vec<FnRef>,
    /// Functions that are registered for the end when it is too late for that: nothing runs them.
    pub unregistered: Vec<FnRef>,
    /// Other starts of the same home whose returned disposers run at the end too.
    pub siblings: Vec<FnRef>,
    /// The values that make the effect run again; `None` when it runs always.
    pub deps: Option<&'a Value>,
    /// The component, hook or composable around it.
    pub home: FnRef,
    /// It lives as long as the page.
    pub page: bool,
    /// A method that something else calls: only what it keeps in a field counts.
    pub kept_only: bool,
    /// It runs on events.
    pub handler: bool,
    /// It runs again while its owner lives.
    pub again: bool,
    /// Only what outlasts it for sure counts.
    pub lasting_only: bool,
    /// Parts of it that nobody can see may run at the end too.
    pub open_ended: bool,
    /// The start itself runs at the end too, with nothing where the element was.
    pub attached: bool,
    pub ending: Ending<'a>,
}

/// Where new code goes that ends what the owner opens.
#[derive(Clone)]
pub enum Ending<'a> {
    /// Into a function that the start returns.
    Returned,
    Call(Hook<'a>),
    Member(Last<'a>),
    /// The object's own end.
    Own(FnRef),
    Unknown,
}

/// A function that is called with what is to run at the end.
#[derive(Clone)]
pub struct Hook<'a> {
    pub package: PackageId,
    pub cleanup: &'a Cleanup,
}

/// The methods or options that a framework calls at the end.
#[derive(Clone)]
pub struct Last<'a> {
    pub package: PackageId,
    pub(super) ends: &'a [EndRow],
    /// Those of bases and mixins run too.
    pub merged: bool,
}

#[derive(Default, Clone)]
pub struct Home<'a> {
    pub effects: Vec<Registered<'a>>,
    pub ends: Vec<FnRef>,
    /// Those of them that run each time that the view is left.
    pub leaves: Vec<FnRef>,
    /// Functions that are registered for the end when it is too late for that.
    pub unregistered: Vec<FnRef>,
}

impl Home<'_> {
    /// Starts that run each time that the view is shown.
    pub fn shown(&self) -> impl Iterator<Item = FnRef> {
        self.effects.iter().filter(|registered| registered.each_view).map(|registered| registered.start)
    }
}

/// A function that an effect or mount hook is given.
#[derive(Clone)]
pub struct Registered<'a> {
    pub call: CallRef,
    pub start: FnRef,
    pub returns: bool,
    /// It runs each time that the view is shown.
    pub each_view: bool,
    pub deps: Option<&'a Value>,
    pub(super) ending: Ending<'a>,
}

pub type Homes<'a> = BTreeMap<FnRef, Home<'a>>;

/// All that one starting function opens.
#[derive(Default)]
pub struct Opened<'a> {
    pub opens: Vec<Open<'a>>,
    /// Listeners of objects that nothing is known of.
    pub presumed: Vec<Open<'a>>,
    /// Functions that run as part of it.
    pub visited: Vec<FnRef>,
    /// Functions that it registers for its own end.
    pub ends: Vec<FnRef>,
}

/// Something that is called at the end.
#[derive(Clone)]
pub struct Event<'a> {
    pub from: FnRef,
    pub callee: &'a Value,
    pub args: &'a [Arg],
    /// `None` for a function that is handed back to be called.
    pub call: Option<CallRef>,
    pub preds: Vec<(u32, &'a Pred)>,
    /// Places emptied before it.
    pub emptied: Vec<String>,
    /// Calls that lead to the function that it stands in.
    pub way: Vec<CallRef>,
}

#[derive(Default)]
pub struct Ends<'a> {
    pub events: Vec<Event<'a>>,
    pub functions: Vec<FnRef>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It has nothing to do with the opener.
    Unrelated,
    Releases,
    /// If it is the release of this one at all, it comes too early.
    Perhaps,
    /// It was meant to, and does not.
    Fails(Fault),
}

pub struct Fitting<'e, 'a> {
    pub effects: &'e Effects<'e, 'a>,
    pub open: &'e Open<'a>,
    pub handle: &'e Handle<'e, 'a>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Call(CallRef),
    Var(u32, VarRef),
}

/// All places that may hold one opener's result.
pub struct Handle<'e, 'a> {
    pub(crate) effects: &'e Effects<'e, 'a>,
    pub(crate) places: FxHashSet<Place>,
    /// Places that have a key: `this.timer`, `ref.current`.
    pub(crate) names: FxHashSet<(u32, String)>,
    pub(crate) files: Vec<u32>,
    /// Members that hold nothing of it.
    pub(super) plain: &'a [String],
    /// Something unknown has it, or it is kept by what outlives the owner.
    pub escapes: bool,
    /// What helpers on the way give to end it with.
    pub(crate) disposers: Vec<Disposer<'e, 'a>>,
    /// Components above the one that opens, whose states or functions got it.
    pub(crate) lifted: Vec<FnRef>,
}

/// A function that a helper returns and that releases what the helper has opened.
pub(crate) struct Disposer<'e, 'a> {
    pub(super) f: FnRef,
    /// Where the function went.
    pub(crate) handle: Handle<'e, 'a>,
}

/// What is wrong, and where that is to be seen.
pub(crate) type Told = (Fault, Option<CallRef>);

/// What one owner opens, and all that may release it.
pub(crate) struct Case<'e, 'a> {
    pub(crate) effects: &'e Effects<'e, 'a>,
    pub(crate) owner: &'e Owner<'a>,
    pub(crate) opens: &'e [Open<'a>],
    pub(crate) ends: Ends<'a>,
    pub(crate) visited: &'e [FnRef],
    /// Functions that a run of the start registers for its own end.
    pub(crate) ends_of_runs: &'e [FnRef],
    pub(crate) homes: &'e Homes<'a>,
    /// What the start itself, and closures that it makes, call.
    pub(crate) body: Vec<Event<'a>>,
    /// All of those functions.
    pub(super) running: Vec<FnRef>,
    pub(super) others: OnceCell<Vec<(Open<'a>, Handle<'e, 'a>)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    Yes,
    No,
    Maybe,
}
