//! What a program remembers of its evaluations.
//!
//! Pure functions of the linked project: values that depend on each other are worked out to a fixpoint
//! ([`crate::program::fixpoint`]). No two threads share what they find; clones share what was known before.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::{CallRef, ClassRef, FnRef};
use crate::body::cfg::Cfg;
use crate::facts::{Language, Value, VarRef};
use crate::program::fixpoint::Fixpoint;
use crate::values::eval::Ty;

#[derive(Clone, Default)]
pub struct Memo<'a> {
    answers: Fixpoint<Question<'a>, Answer<'a>>,
    pub(crate) callers: crate::values::callers::Memo<'a>,
    pub(crate) callbacks: crate::values::callbacks::Memo,
    /// By callback the list of which it is given each element.
    pub(crate) gone_through: Arc<OnceLock<FxHashMap<FnRef, &'a Value>>>,
    /// By call the one around it.
    pub(crate) around: Arc<OnceLock<FxHashMap<CallRef, CallRef>>>,
    /// By name the files that assign to a member of it.
    pub(crate) assigning: Arc<OnceLock<FxHashMap<&'a str, Vec<u32>>>>,
    /// Python modules, and whether packages of the data have them.
    pub(crate) modules: RefCell<FxHashMap<String, bool>>,
    pub(crate) graphs: RefCell<FxHashMap<FnRef, Arc<Cfg<'a>>>>,
    depth: Cell<u32>,
    steps: Cell<u32>,
}

/// What may depend on itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Question<'a> {
    Var(u32, VarRef),
    Call(CallRef),
    Return(FnRef),
    Field(ClassRef, Name),
    /// The class and its bases.
    Ancestry(ClassRef),
    /// A member of a variable, by what is put into it.
    Member(u32, VarRef, &'a str),
    /// What a registry, by its row, has under a name.
    Kept(usize, &'a str, Language),
    /// The modules that a file imports whole.
    Globs(u32),
    Entry(Record, Name),
}

/// A name by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Name(u64);

impl Name {
    pub fn of(name: &str) -> Self {
        Name(xxh3_64(name.as_bytes()))
    }
}

/// A record literal where it stands, by its address among the facts, and the function in which its entries make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Record(FnRef, usize);

impl Record {
    pub fn of(owner: FnRef, value: &Value) -> Self {
        Record(owner, std::ptr::from_ref(value).addr())
    }
}

#[derive(Clone, PartialEq)]
enum Answer<'a> {
    One(Ty<'a>),
    Several(Arc<[Ty<'a>]>),
    Classes(Arc<[ClassRef]>),
}

/// Deeper than this, a value is unknown: real chains are short, and the stack is finite.
const MAX_DEPTH: u32 = 400;
/// More steps than this for one question, and the answer is unknown.
const MAX_STEPS: u32 = 400_000;

impl<'a> Memo<'a> {
    pub fn clear(&mut self) {
        self.answers = Fixpoint::default();
    }

    /// Lets clones share what is known by now.
    pub fn settle(&mut self) {
        self.answers.settle();
    }

    /// Takes over what another memory of the same project has and this one has not.
    pub fn extend(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.modules.get_mut().extend(other.modules.into_inner());
        self.graphs.get_mut().extend(other.graphs.into_inner());
    }

    /// A type that is worked out once.
    pub(crate) fn one(&self, question: Question<'a>, work: impl Fn() -> Ty<'a>) -> Ty<'a> {
        let unknown = Answer::One(Ty::Unknown);
        match self.answers.get(&question, &unknown, &unknown, || Answer::One(work())) {
            Answer::One(ty) => ty,
            _ => Ty::Unknown,
        }
    }

    pub(crate) fn several(&self, question: Question<'a>, work: impl Fn() -> Arc<[Ty<'a>]>) -> Arc<[Ty<'a>]> {
        let none = Answer::Several(Arc::default());
        match self.answers.get(&question, &none, &none, || Answer::Several(work())) {
            Answer::Several(all) => all,
            _ => Arc::default(),
        }
    }

    pub(crate) fn classes(&self, question: Question<'a>, work: impl Fn() -> Vec<ClassRef>) -> Arc<[ClassRef]> {
        let none = Answer::Classes(Arc::default());
        match self.answers.get(&question, &none, &none, || Answer::Classes(work().into())) {
            Answer::Classes(all) => all,
            _ => Arc::default(),
        }
    }

    /// Runs one step of an evaluation, unless too many are under way.
    pub(crate) fn guarded(&self, step: impl FnOnce() -> Ty<'a>) -> Ty<'a> {
        let depth = self.depth.get();
        let steps = if depth == 0 { 0 } else { self.steps.get() };
        if depth > MAX_DEPTH || steps > MAX_STEPS {
            self.answers.cut();
            return Ty::Unknown;
        }
        self.steps.set(steps + 1);
        self.depth.set(depth + 1);
        let ty = step();
        self.depth.set(depth);
        ty
    }
}
