//! The data that the parts of this analysis hand each other: what a function holds, how that came to it, and what
//! becomes of it on each way out.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::handed_up::HandedUp;
use super::origins::Origins;
use super::proceeds::Rest;
use crate::catalog::{PackageId, TypeId};
use crate::facts::{CallId, FnId, Language, Span, Value, VarRef};
use crate::graph::Graph;
use crate::program::fixpoint::Fixpoint;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::passing::Slot;

/// What all walks of a project share.
pub struct World<'p, 'a> {
    pub program: &'p Program<'a>,
    pub graph: &'p Graph,
    pub classes: &'p Classes,
    pub summaries: &'p Summaries<'p, 'a>,
    pub records: &'p Records,
    pub origins: &'p Origins<'p>,
    pub rest: &'p Rest<'a>,
    /// By call: the pools that it takes connections out of.
    pub(crate) taken: Fixpoint<CallRef, Arc<[Checkout<'a>]>>,
    /// By function and local parameter: whether it ends the transaction of a session that it is given.
    pub(crate) ending: Fixpoint<(FnRef, u32), bool>,
}

/// A pool that a call takes a connection out of, and the call at the end of its way that does so.
#[derive(Clone, PartialEq)]
pub struct Checkout<'a> {
    pub pool: Source<'a>,
    pub by: CallRef,
}

/// What a walk came by.
#[derive(Default)]
pub struct Trace {
    pub returned: bool,
    /// It is yielded: to a `with` that waits for it, as it may be.
    pub lent: bool,
    /// Something else is returned on another path.
    pub returned_other: bool,
    /// It is returned among other things.
    pub bundled: Option<Bundle>,
    pub bundled_otherwise: bool,
    pub kept: bool,
    pub released: bool,
    /// A timer releases it, later.
    pub deferred: bool,
    /// Some variable or call used it.
    pub used: bool,
    /// It is opened again while the last one is still open.
    pub reopened: bool,
    /// Uses at which it is released on every path that leads there.
    pub used_after: Vec<(CallId, Span)>,
    /// The first `yield` at which it is open and which gives something else.
    pub yields: Option<Span>,
    /// Calls and awaits made while it is open.
    pub during: FxHashSet<CallId>,
    /// Those of them that end it.
    pub ends: FxHashSet<CallId>,
    /// A callback gives it on.
    pub handed: Option<Handed>,
    pub gave_up: bool,
    /// The first call that takes it over, where nobody knows what is called.
    pub unknown: Option<CallId>,
}

pub struct Walk<'w, 'p, 'a> {
    pub world: &'w World<'p, 'a>,
    pub f: FnRef,
    pub acquisition: CallRef,
    /// Other calls that open one like it, where it does not matter which one it is.
    pub(crate) alike: Vec<CallId>,
    pub resource: Resource,
    pub language: Language,
    /// How often each condition is asked.
    pub(crate) keys: FxHashMap<String, u32>,
    /// Closures that run where they stand.
    pub(crate) inline: Vec<FnId>,
    /// Variables that ever stand for the resource.
    pub ever: FxHashSet<VarRef>,
    /// Variables that work over it: cursors, channels, objects around it.
    pub handles: FxHashSet<VarRef>,
    /// The place outside of the function that it fills and empties itself.
    pub(crate) slot: Option<&'a Value>,
    /// What the function is given, where it is the callback of the call.
    pub(crate) given: Option<Given>,
    /// Callbacks of the resource's own calls that the walk is in, from the outside.
    pub(crate) following: Vec<FnId>,
    /// What the acquisition gives, where the resource is only a part of that.
    pub(crate) bundled: Bundled,
    /// Loops that the walk is in.
    pub(crate) loops: u32,
    pub trace: Trace,
    pub(super) steps: u32,
    pub(super) nesting: u32,
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    Catalog(TypeId),
    /// An object that owns something with a life of its own.
    Object(ClassRef),
}

/// When the obligation to release begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Start {
    /// With the call that gives it.
    Now,
    /// With its first use; when that fails, nothing is open.
    FirstUse,
    /// As soon as somebody waits for what the call gives; until then, with its first use.
    OnceAwaited,
    /// With its first use, also when that fails.
    FirstTry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    pub what: What,
    pub start: Start,
    /// Taken out of something that is shared.
    pub acquired: bool,
    /// Started for whoever asks: nobody waits for it.
    pub private: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodRole {
    Opens,
    Closes,
    /// It does something else, and closes as it is told or made.
    ClosesAtTimes,
    ClosesIfThrown,
    Neutral,
}

/// The roles of all classes that own something.
#[derive(Default)]
pub struct Classes {
    pub(super) roles: FxHashMap<ClassRef, Roles>,
    /// The class and its bases that have roles.
    pub(super) lines: FxHashMap<ClassRef, Vec<ClassRef>>,
    pub(super) handed_up: HandedUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing to do with the resource.
    None,
    /// Nothing to do with it, and may throw by its own words.
    Throws,
    /// Touches it without risk.
    Harmless,
    /// Works with it, and may throw.
    Use,
    /// Its own release.
    Release,
    /// Given to a function that releases it.
    HandBack,
    /// Someone else keeps it.
    Escape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    Used,
    /// Released where the function throws, and only there.
    ReleasedIfThrown,
    Released,
    Kept,
    /// Kept by what runs for somebody else from then on.
    Registered,
}

pub struct Summaries<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) graph: &'p Graph,
    pub(super) params: Fixpoint<Question, Fate>,
    pub(super) throws: Fixpoint<FnRef, bool>,
}

/// A pool: where it is kept, and where it is built when that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Source<'a> {
    /// Nothing for what only a function that has returned had a name for.
    pub(super) place: Option<Place<'a>>,
    pub(super) built: Option<CallRef>,
    /// The construction happens once.
    pub(super) once: bool,
}

/// A place in a tuple or record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    At(usize),
    Key(String),
}

/// Where the resource is in what a function returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub(super) part: Part,
    /// What else in it works over the resource: a cursor.
    pub(super) over: Vec<Part>,
    /// The functions in it that end the resource: `{ client, release }`.
    pub(super) ends: Vec<Part>,
    /// It is an object that keeps the resource in a field and works with it.
    pub(super) object: bool,
}

/// What a walk knows of the bundle that its acquisition gives.
#[derive(Default)]
pub struct Bundled {
    pub(super) given: Option<Bundle>,
    /// The variables that hold the whole of it.
    pub(super) wholes: FxHashSet<VarRef>,
    /// Those that hold a part of it which ends the resource.
    pub(super) enders: FxHashSet<VarRef>,
}

/// A function in the chain of a promise, with the call that began it.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    pub(super) root: CallId,
    pub(super) after: After,
}

/// The parameters of a callback: `(error, connection, done)`.
#[derive(Debug, Clone, Copy)]
pub struct Given {
    pub resource: Resource,
    pub callback: FnRef,
    /// The project function that gives it, where it is no call of a library.
    pub through: Option<FnRef>,
    pub(super) error: Option<VarRef>,
    pub connection: Option<VarRef>,
    /// Calling it gives the connection back.
    pub(super) end: Option<VarRef>,
    /// A promise gives it: an error that leaves the function is the promise's.
    pub promised: bool,
}

/// What a walk saw the connection being given to: a parameter of a function around, and where it has it.
#[derive(Debug, Clone, Copy)]
pub struct Handed {
    pub(super) to: VarRef,
    pub(super) at: usize,
}

/// A wait for something outside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slow {
    Sleep,
    Request,
    /// A request over what a handler was given, to whoever it serves: `message.answer(…)`.
    Answer,
    Mail,
    /// A message on its way to a broker, or the broker's word that it has it.
    Publish,
    /// What a middleware hands the request on to.
    Handler,
    /// What the other side of a socket says next.
    Message,
    /// What some other task puts into a queue, or says by an event.
    Task,
    /// The answer is sent piece by piece.
    Stream,
    /// The program answers requests for the rest of its life.
    Serve,
    /// It does so while the generator that it was started with waits at this `yield`.
    Lifespan(Span),
}

/// The packages whose records all belong to the one client that the program has of them.
pub struct Records(pub(super) FxHashSet<PackageId>);

#[derive(Default, Clone)]
pub(crate) struct Roles {
    /// Fields that hold something opened by the class itself.
    pub(super) fields: FxHashSet<String>,
    pub(super) opens: FxHashSet<FnRef>,
    pub(super) closes: FxHashSet<FnRef>,
    /// Methods that close it where they throw, and only there.
    pub(super) gives_up: FxHashSet<FnRef>,
    /// Methods that close it under a condition of their own.
    pub(super) at_times: FxHashSet<FnRef>,
    /// For each field that is opened, the constructor's parameters that may fill it instead.
    pub(super) given: FxHashMap<String, Vec<(FnRef, Slot)>>,
    /// What the constructor opens is so small a thing that the object lives no longer than its use.
    pub(super) brief: bool,
    /// Whoever makes an object hands it what was taken out of a pool for it.
    pub(super) adopts: bool,
    /// What the fields hold, where a method takes that out of something shared.
    pub(super) taken: FxHashSet<TypeId>,
}

/// A function, its parameter, the keys of a record under which that has the thing, and whether it comes back.
pub(crate) type Question = (FnRef, u32, Vec<String>, bool);

/// An access path whose names are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place<'a> {
    pub(super) root: Root<'a>,
    pub(super) fields: Vec<&'a str>,
}

/// When a function that is given to a promise runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Success,
    Failure,
    Either,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Root<'a> {
    Var(u32, VarRef),
    Receiver(u32, Option<ClassRef>),
    /// The object of the class that a framework makes for all who ask for it.
    Provided(ClassRef),
    Result(CallRef),
    Other(u32, &'a Value),
}
