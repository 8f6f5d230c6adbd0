//! Who opens what for how long, and whether the end of that life releases it.
//!
//! One analysis for effects, components, classes and option objects: an owner has functions that
//! run at its start and functions that run at its end. Knows no framework or library by name (the
//! data says what opens and what ends) and no output.

mod again;
mod answered;
mod arms;
mod assigned;
mod attached;
mod begun;
mod bodies;
mod called_off;
mod chains;
mod classes;
pub(crate) mod components;
mod disposers;
mod dropped;
mod early;
mod elements;
mod ended;
mod ending;
mod endless;
pub(crate) mod ends;
mod fits;
mod gone;
mod handlers;
mod handles;
mod judge;
mod kept;
mod latched;
mod late;
mod leave;
mod lent;
mod let_go;
pub(crate) mod lifespan;
mod lifted;
mod lives;
mod made_by_others;
pub(crate) mod model;
mod models;
mod nobody;
mod objects;
mod occasions;
mod once;
mod opens;
mod options;
mod overwritten;
mod owners;
mod parts;
mod pending;
mod placed;
mod places;
mod presumed;
mod props;
mod ready;
mod rearmed;
mod receivers;
mod reconnects;
mod reopened;
mod repeats;
mod rerun;
mod results;
mod revived;
mod roots;
mod same;
mod set_off;
mod shared;
mod signalled;
mod sources;
mod stale;
mod stopped;
mod stores;
mod subscribed;
mod tested;
mod unmoved;
mod unseen;
mod vain;
mod visits;
mod waits;
mod wrapped;

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::Row;
use crate::catalog::schema::Opener;
use crate::contexts::linked::Linked;
use crate::facts::{FnId, ImportId, Mount, Pred, Span, Value};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
pub use leave::Leave;
use model::Owner;
pub use stale::Stale;

/// Something that an owner opens and does not (rightly) release.
pub struct Leak<'a> {
    /// The call that registers the effect; `None` for methods and set-up code.
    pub effect: Option<CallRef>,
    /// What runs at the start of the owner's life.
    pub start: FnRef,
    pub open: Open<'a>,
    pub fault: Fault,
    /// The release that does not fit, or the place that proves the fault.
    pub proof: Option<CallRef>,
    /// Opener and release stand outside of any life that is known; they do not fit each other all the same.
    pub loose: bool,
    pub whose: Whose,
    /// What the release that is missing has to fit.
    pub owned: Option<Arc<Owned<'a>>>,
    /// Where the release belongs.
    pub end: End<'a>,
}

/// An owner with all that its start opens.
pub struct Owned<'a> {
    pub owner: Owner<'a>,
    pub opens: Vec<Open<'a>>,
}

/// What opens it, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// An effect or component, on each of its lives.
    Owner,
    /// A handler, on each event.
    Handler,
    /// A handler, for the component, whose end comes when it likes.
    Begun,
    /// A component's function or what it calls, on each rendering.
    Rendering,
    /// A server's function, for each client that comes.
    Visit,
    /// A handler of a client that connects again by itself, each time that it has.
    Reconnect,
    /// What makes a stream, for each that subscribes to it.
    Subscriber,
    /// Each object of a class, which has this end.
    Object(FnRef),
}

/// Where what an owner opened is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End<'a> {
    /// In a function that the effect returns.
    Returned,
    /// In a method or hook of this name.
    Named(&'a str),
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing at the end of the owner's life releases it.
    Missing,
    OtherHandler,
    /// The release is called on another object than the opener.
    OtherTarget,
    /// The release ends the object itself, which others use.
    ForAll,
    /// The release is for one of several things that the handle was told of.
    Partly,
    OtherEvent,
    OtherCapture,
    /// The release is given something that is not the handle.
    WrongValue,
    /// The package's version has no such release any more.
    Abolished,
    /// The release ends what it is called on, which the next start opens again with all that hangs on it.
    Reopened,
    /// The cleanup opens it once more.
    AddsAgain,
    /// The place that the end releases holds something that was opened later.
    Overwritten,
    /// The effect runs again and opens another one, and the release waits for the end of the component.
    Rerun,
    /// The release stands in a function that the framework does not call.
    Uncalled,
    /// The release is registered when something has been awaited, so the framework does not know whose end is meant.
    Unregistered,
    /// Closing it sets off a handler that opens it again.
    Revived,
    /// Closing a connection sets off a handler that starts it when the release has been.
    SetOff,
    /// The variable is emptied before the release.
    EmptiedFirst,
    /// The release depends on another place that has changed by then.
    Guarded,
    /// The release is for what is open already: what is still opening stays.
    Opening,
    /// The cleanup sees the value of the first render only.
    Stale,
    /// The disposer is returned to a caller that drops it.
    Nobody,
    /// The cleanup only sets a variable.
    FlagOnly,
    /// A loop goes on opening it, and nothing at the end of the owner's life ends the loop.
    Endless,
    /// What stops the things that were made of it leaves it running.
    Unstopped,
    /// Nothing can end what the call itself keeps going.
    Kept,
    /// What should end the stream stands in its chain before an operator that goes on with another one.
    Outrun,
    /// Opened after the owner may have gone.
    Late,
    /// The call sets a timer that opens it again, and the cleanup leaves that running.
    Pending(CallRef),
    /// A way out of the start, here, hands over no cleanup.
    Skipped(Span),
    /// A way out of the start, here, hands over a cleanup of other things.
    Parted(Span),
}

impl Fault {
    /// The cleanup does its work, and what is opened comes after it.
    fn is_late(self) -> bool {
        matches!(self, Fault::Late | Fault::Pending(_))
    }

    /// It is told of what an object has opened for itself, too: the object's own end does not help.
    fn is_of_object(self) -> bool {
        self.is_late() || self == Fault::Revived
    }
}

/// One call that opens something lasting.
#[derive(Clone)]
pub struct Open<'a> {
    pub call: CallRef,
    pub from: FnRef,
    pub row: Row,
    pub opener: &'a Opener,
    /// Calls that lead from the owner's function to the function that opens.
    pub path: Vec<CallRef>,
    /// Where the object is made that opens it for itself.
    pub object: Option<CallRef>,
    /// Conditions under which it opens, with the file of each.
    pub preds: Vec<(u32, &'a Pred)>,
    /// After an await, or in a closure that runs later.
    pub late: bool,
    /// After an await.
    pub awaited: bool,
    /// After the answer of a server; told of what leaks within the page alone.
    pub asked: bool,
    /// It has the very function run again that it stands in, as every way through that function has.
    pub repeats: bool,
    /// It ends by itself, and stands in a loop that nothing ends.
    pub endless: bool,
    /// It needs no release; one that fails is a fault all the same.
    pub optional: bool,
}

/// What is wrong with the effects of a project.
pub struct Found<'a> {
    /// All that is opened and not released, in the order of the files.
    pub leaks: Vec<Leak<'a>>,
    /// Cleanups that see nothing of what they mean to release.
    pub stale: Vec<Stale>,
    /// Releases that hang on a page-leave event which may never come.
    pub leaves: Vec<Leave>,
    tables: Tables,
}

/// What all owners of a project open and do not release.
pub fn found<'a>(project: &Linked<'a>) -> Found<'a> {
    let effects = Effects::new(project);
    let homes = owners::homes(&effects);
    let owners = owners::owners(&effects, &homes);
    let mut leaks: Vec<Leak> = owners.iter().flat_map(|owner| judge::judge(&effects, &homes, owner)).collect();
    leaks.extend(dropped::dropped(&effects));
    leaks.extend(vain::vain(&effects));
    leaks.extend(occasions::occasions(&effects));
    leaks.extend(subscribed::subscribed(&effects, &homes, &owners));
    let untold = |leak: &Leak| !leaks.iter().any(|told| told.open.call == leak.open.call);
    let stopped: Vec<Leak> = stopped::stopped(&effects, &homes, &owners).into_iter().filter(untold).collect();
    leaks.extend(stopped);
    // An object is told of where it is made, a helper for each effect that it opens something for; a handler only of
    // what no effect opens. What proves a fault is told, whichever owner has it.
    let on_event = |leak: &Leak| matches!(leak.whose, Whose::Handler | Whose::Begun);
    leaks.sort_by_key(|leak| {
        let place = (leak.open.call, leak.open.object, leak.loose, on_event(leak), leak.effect);
        (place, leak.proof.is_none(), leak.proof)
    });
    leaks.dedup_by(|leak, told| {
        let same = (leak.open.call, leak.open.object) == (told.open.call, told.open.object);
        same && (leak.loose || on_event(leak) || told.effect.is_none() || leak.effect == told.effect)
    });
    let mut stale = stale::stale(&effects, &homes, &leave::registrations(&effects));
    stale.retain(|one| !leaks.iter().any(|leak| leak.effect == Some(one.effect)));
    let leaves = leave::leaves(&effects);
    Found { leaks, stale, leaves, tables: effects.tables.into_owned() }
}

/// What the parts of the analysis share.
pub struct Effects<'p, 'a> {
    pub project: &'p Linked<'a>,
    pub program: &'p Program<'a>,
    tables: Cow<'p, Tables>,
    /// What imports have been found to stand for.
    imported: RefCell<FxHashMap<(u32, ImportId), Option<places::Place>>>,
    /// What functions have been found to hand out.
    given: RefCell<FxHashMap<FnRef, Option<(u32, &'a Value)>>>,
    /// The names of all parts that the program takes out of something.
    read: OnceCell<FxHashSet<&'a str>>,
    /// Functions of classes that open what nobody can end.
    letting_go: OnceCell<FxHashSet<FnRef>>,
    /// The names of all members that something ends, or hands out.
    ended_fields: OnceCell<FxHashSet<&'a str>>,
    /// Whether one-shot timers run what sets them again.
    rearmed: RefCell<FxHashMap<CallRef, bool>>,
    lives: OnceCell<lives::Lives>,
    placed: OnceCell<Vec<(u32, u32, &'a Mount)>>,
}

/// Which functions of the project stand where, each found by looking at all calls.
#[derive(Clone, Default)]
struct Tables {
    /// The call to which a closure is given.
    handed: FxHashMap<FnRef, CallRef>,
    /// Calls that are given a function, also by its name, and keep what it gives for a component.
    kept: FxHashMap<FnRef, Vec<CallRef>>,
    /// Functions that are given away as handlers of events.
    handlers: FxHashSet<FnRef>,
    /// Those of them that are given to elements, or that templates name.
    of_elements: FxHashSet<FnRef>,
    /// Functions that are run on elements when they come and when they go.
    attached: FxHashSet<FnRef>,
    /// Functions in stores of the whole page.
    stores: FxHashSet<FnRef>,
    elements: props::Elements,
}

impl<'p, 'a> Effects<'p, 'a> {
    fn new(project: &'p Linked<'a>) -> Self {
        let program = &project.program;
        let mut handed = FxHashMap::default();
        for call in program.calls() {
            for arg in &program.call(call).args {
                if let Value::Closure(id) = arg.value {
                    handed.insert(FnRef { file: call.file, id }, call);
                }
            }
        }
        let (stores, elements) = (stores::functions_of_stores(project), props::Elements::new(program));
        let tables = Tables { handed, stores, elements, ..Tables::default() };
        let mut effects = Self::with(project, Cow::Owned(tables));
        let kept = effects.all_kept();
        effects.tables.to_mut().kept = kept;
        let attached = effects.all_attached();
        effects.tables.to_mut().attached = attached;
        let of_elements = effects.handlers_of_elements();
        effects.tables.to_mut().of_elements = of_elements;
        let handlers = effects.all_handlers();
        effects.tables.to_mut().handlers = handlers;
        effects
    }

    /// Of a project in which all that leaks has been found.
    pub fn again(project: &'p Linked<'a>, found: &'p Found<'a>) -> Self {
        Self::with(project, Cow::Borrowed(&found.tables))
    }

    fn with(project: &'p Linked<'a>, tables: Cow<'p, Tables>) -> Self {
        Self {
            project,
            program: &project.program,
            tables,
            imported: RefCell::default(),
            given: RefCell::default(),
            read: OnceCell::new(),
            letting_go: OnceCell::new(),
            ended_fields: OnceCell::new(),
            rearmed: RefCell::default(),
            lives: OnceCell::new(),
            placed: OnceCell::new(),
        }
    }

    /// Which components live as long as the page.
    pub(crate) fn lives(&self) -> &lives::Lives {
        self.lives.get_or_init(|| lives::Lives::new(self))
    }

    /// What templates place: the file of the component, and the one whose template it is.
    fn placed_by_templates(&self) -> &[(u32, u32, &'a Mount)] {
        self.placed.get_or_init(|| lives::placed_by_templates(self))
    }

    pub fn calls_of(&self, f: FnRef) -> &[CallRef] {
        self.project.graph.targets.callers(f)
    }

    /// The call that a closure is an argument of.
    pub fn handed_to(&self, f: FnRef) -> Option<CallRef> {
        self.tables.handed.get(&f).copied()
    }

    /// Also by its name, where the call keeps what it gives for a component.
    fn all_handed_to(&self, f: FnRef) -> impl Iterator<Item = CallRef> + '_ {
        self.handed_to(f).into_iter().chain(self.tables.kept.get(&f).into_iter().flatten().copied())
    }

    /// `inner` is `outer` or stands in it.
    pub fn within(&self, outer: FnRef, inner: FnRef) -> bool {
        outer.file == inner.file && self.program.facts(outer.file).is_within(outer.id, inner.id)
    }

    /// Declared at the top level of a module: it outlives every component.
    pub fn is_module_level(&self, var: crate::facts::VarRef) -> bool {
        var.function == FnId::TOP
    }

    /// Where a value of this function makes sense.
    pub fn at(&self, call: CallRef) -> FnRef {
        FnRef { file: call.file, id: self.program.call(call).function }
    }
}
