//! What holds where a node of a body stands: the conditions on the way to it, and the loops around.
//!
//! What follows from the conditions is the same for every operation under them, and found once.
//! Knows no library by name.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::facts::trail::Visited;
use crate::facts::{FnId, Pred, Value};
use crate::graph::daemons::Pace;
use crate::program::FnRef;
use crate::values::Program;
use crate::values::gates::{Conditions, Side};
use crate::values::passing::Slot;
use crate::values::places::Owner;

#[derive(Clone, Default)]
pub struct Spot<'a> {
    conditions: Conditions<'a>,
    held: Rc<OnceCell<Held>>,
    /// Inside a loop over elements or messages.
    pub many: bool,
    /// The same of the innermost loop itself.
    pub many_around: bool,
    /// It is started, and nobody waits here for its end.
    pub started: bool,
    /// The element of a loop around the function says which of several things happens.
    pub named: bool,
    /// In a loop that goes on as long as the process.
    pub serves: bool,
    /// In such a loop that goes round as fast as its work is done.
    pub works: bool,
    /// In such a loop that waits so many seconds on each iteration, which are few.
    pub every: Option<u32>,
    /// Each iteration of that loop does what somebody put into a queue.
    pub takes: bool,
}

/// What the conditions come to.
#[derive(Clone, Copy)]
pub struct Held {
    /// Only when the file is the program.
    pub main: bool,
    /// Only where there is a page, or only where there is none.
    pub side: Side,
    /// Only when this slot of the function is missing or empty.
    pub missing: Option<Slot>,
    /// Only when this slot is given, which is nothing by default.
    pub present: Option<Slot>,
    /// Whose cell keeps what is made here.
    pub keeper: Option<Owner>,
}

impl<'a> Spot<'a> {
    /// The same place under one more condition: `holds` is whether the predicate is true there.
    pub fn under(&self, pred: &'a Pred, holds: bool) -> Spot<'a> {
        // What answers a failure is not what each iteration does.
        let every = self.every.filter(|_| !is_failure(pred, holds));
        Spot { conditions: self.conditions.with(pred, holds), held: Rc::default(), every, ..*self }
    }

    /// What follows here stands in a loop that goes on as long as the process, at that pace.
    pub fn paced(&mut self, pace: Pace) {
        self.serves = true;
        self.works |= pace == Pace::Work;
        self.every = match pace {
            Pace::Short(seconds) => Some(seconds),
            Pace::Work | Pace::Slow => None,
        };
    }

    /// The same place, where something happens once for all turns of the innermost loop.
    pub fn once_a_loop(&self) -> Spot<'a> {
        Spot { many: self.many_around, ..self.clone() }
    }

    /// The same place, where the element that runs the function says which of several things happens.
    pub fn of_one(&self) -> Spot<'a> {
        Spot { named: true, ..self.clone() }
    }

    /// The same place, where what is called is only started.
    pub fn started(&self) -> Spot<'a> {
        Spot { started: true, ..self.clone() }
    }

    /// What follows here is under the condition too.
    pub fn add(&mut self, pred: &'a Pred, holds: bool) {
        self.conditions.add(pred, holds);
        self.held = Rc::default();
    }

    /// What follows here is under the condition, unless something else kept from asking.
    pub fn add_unless_skipped(&mut self, pred: &'a Pred, holds: bool) {
        self.conditions.add_unless_skipped(pred, holds);
        self.held = Rc::default();
    }

    /// What follows here comes after a loop that emptied the container.
    pub fn add_drained(&mut self, container: &'a Value) {
        self.conditions.add_drained(container);
        self.held = Rc::default();
    }

    /// What follows here runs only where the value is empty.
    pub fn add_missed(&mut self, receiver: &'a Value) {
        self.conditions.add_missed(receiver);
        self.held = Rc::default();
    }

    /// Settings decide whether it comes here: one that is on, and that the function is not given.
    pub fn is_chosen(&self, program: &Program<'a>, f: FnRef) -> bool {
        self.conditions.certain().into_iter().any(|(atom, holds)| match atom {
            Pred::Truthy(value) if holds => is_setting(program, f, value),
            _ => false,
        })
    }

    /// What the conditions come to in their function.
    pub fn held(&self, program: &Program<'a>, f: FnRef) -> Held {
        *self.held.get_or_init(|| Held {
            main: self.conditions.is_main(),
            side: program.side(f, &self.conditions),
            missing: program.missing_slot(f, &self.conditions),
            present: program.given_slot(f, &self.conditions),
            keeper: program.gate(f, &self.conditions),
        })
    }
}

/// The condition is that something failed.
fn is_failure(pred: &Pred, holds: bool) -> bool {
    match pred {
        Pred::Is(_, name) => name == if holds { "Err" } else { "Ok" },
        Pred::Not(inner) => is_failure(inner, !holds),
        _ => false,
    }
}

/// A member of what a function without arguments gives, of the object, or of something of the file.
fn is_setting<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> bool {
    let mut at = program.deref(f, value);
    // A variable may be bound to a member of itself: `node = node.next`.
    let visited = Visited::default();
    while visited.enter(at) {
        let Value::Member(base, _) = at else { break };
        at = program.deref(f, base);
    }
    match at {
        Value::This | Value::Global(_) => at != value,
        Value::Call(id) => program.facts(f.file).call(*id).args.is_empty(),
        Value::Var(var) => var.function == FnId::TOP,
        _ => false,
    }
}
