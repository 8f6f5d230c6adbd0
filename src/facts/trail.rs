//! Where a walk over facts has been, so that it ends: by its own way ([`Trail`]), where each way may give another answer,
//! or on all ways together ([`Visited`]), where it is enough to have looked once.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashSet;

use super::{CallId, ClassId, FnId, ImportId, Value, VarRef};

/// What a walk has come through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A value, by its address among the facts.
    Value(usize),
    /// The same, as a call of a file has it worked out.
    Within(usize, u32, CallId),
    /// An import, variable, call, function or class of a file, by the file's index.
    Import(u32, ImportId),
    Var(u32, VarRef),
    Call(u32, CallId),
    Function(u32, FnId),
    Class(u32, ClassId),
}

impl From<&Value> for Step {
    fn from(value: &Value) -> Self {
        Step::Value(std::ptr::from_ref(value).addr())
    }
}

/// The steps from where a walk began to where it is. They live on the stack of the walk.
#[derive(Debug, Default)]
pub struct Trail<'t> {
    last: Option<(Step, &'t Trail<'t>)>,
    /// How many steps lie behind.
    length: u32,
    /// Of the beginning alone: how many steps were taken from it, on all ways together.
    taken: Cell<u32>,
}

/// More steps in a row than real code has; the stack is finite.
const MAX_LENGTH: u32 = 200;
/// More steps on all ways together than an answer is worth.
const MAX_TAKEN: u32 = 20_000;

impl<'t> Trail<'t> {
    /// One step on. `None` where the walk has been there, and where it is longer than real code asks for.
    pub fn step(&'t self, to: impl Into<Step>) -> Option<Trail<'t>> {
        let to = to.into();
        let mut at = self;
        while let Some((step, before)) = &at.last {
            if *step == to {
                return None;
            }
            at = before;
        }
        at.taken.set(at.taken.get() + 1);
        let goes_on = self.length < MAX_LENGTH && at.taken.get() <= MAX_TAKEN;
        goes_on.then(|| Trail { last: Some((to, self)), length: self.length + 1, taken: Cell::new(0) })
    }

    /// The walk is where it began.
    pub fn is_start(&self) -> bool {
        self.last.is_none()
    }
}

/// What a search has looked into, on whatever way: once is enough to find something that is there.
#[derive(Debug, Default)]
pub struct Visited(RefCell<FxHashSet<Step>>);

impl Visited {
    /// A search that begins inside of something.
    pub fn within(step: impl Into<Step>) -> Self {
        Self(RefCell::new(FxHashSet::from_iter([step.into()])))
    }

    /// The search comes to a place for the first time.
    pub fn enter(&self, step: impl Into<Step>) -> bool {
        self.0.borrow_mut().insert(step.into())
    }

    /// The search has not come to any place yet.
    pub fn is_start(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: u32) -> Step {
        Step::Call(0, CallId(id))
    }

    #[test]
    fn a_walk_ends_where_it_has_been() {
        let start = Trail::default();
        let first = start.step(call(1)).unwrap();
        let second = first.step(call(2)).unwrap();
        assert!(second.step(call(1)).is_none());
        assert!(second.step(call(2)).is_none());
        assert!(second.step(call(3)).is_some());
    }

    #[test]
    fn what_one_way_has_passed_another_may_pass() {
        let start = Trail::default();
        let one = start.step(call(1)).unwrap();
        assert!(one.step(call(9)).is_some());
        let other = start.step(call(2)).unwrap();
        assert!(other.step(call(9)).is_some());
    }

    #[test]
    fn a_call_and_a_function_are_no_circle() {
        let start = Trail::default();
        let first = start.step(call(1)).unwrap();
        assert!(first.step(Step::Function(0, FnId(1))).is_some());
        assert!(first.step(Step::Call(1, CallId(1))).is_some());
    }

    #[test]
    fn a_search_looks_once() {
        let visited = Visited::default();
        assert!(visited.is_start());
        assert!(visited.enter(call(1)));
        assert!(!visited.enter(call(1)));
        assert!(!Visited::within(call(1)).enter(call(1)));
    }

    #[test]
    fn an_endless_walk_ends() {
        fn walk(trail: &Trail, at: u32) -> u32 {
            trail.step(call(at)).map_or(at, |here| walk(&here, at + 1))
        }
        assert_eq!(walk(&Trail::default(), 0), MAX_LENGTH);
    }

    #[test]
    fn a_walk_that_spreads_ends() {
        fn walk(trail: &Trail, at: u32) -> u32 {
            (0..3).filter_map(|way| trail.step(call(3 * at + way))).map(|here| 1 + walk(&here, at + 1)).sum()
        }
        let steps = walk(&Trail::default(), 0);
        assert!((MAX_LENGTH..=MAX_TAKEN).contains(&steps));
    }
}
