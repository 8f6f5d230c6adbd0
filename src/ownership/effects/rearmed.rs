//! Functions that have a one-shot timer or a frame run them once more, however they are left: a loop without an end.
//!
//! The way back may lead through closures, through other functions of the file and through callbacks of a promise.
//! What fails leaves such a loop, and is not looked at. Knows no library.

use std::collections::{BTreeMap, BTreeSet};

use super::Effects;
use super::waits::continued_by;
use crate::body::cfg::Event;
use crate::catalog::schema::Kind;
use crate::facts::CallId;
use crate::program::{CallRef, FnRef};

/// The functions that each call of a function leads to, now or when its timer or promise has come.
type Ways = BTreeMap<FnRef, Vec<(CallId, Vec<FnRef>)>>;

impl Effects<'_, '_> {
    /// The timer is given what runs the function around it again, and every way through that function sets such a one.
    pub(crate) fn is_rearmed(&self, timer: CallRef) -> bool {
        if let Some(known) = self.rearmed.borrow().get(&timer) {
            return *known;
        }
        let from = self.at(timer);
        let given = self.given_functions(timer, &[]);
        let found = !given.is_empty() && {
            let ways = ways_of(self, from);
            let back = leading_to(self, from, &ways);
            given.iter().any(|f| back.contains(f)) && is_always_led(self, from, &ways, &back)
        };
        self.rearmed.borrow_mut().insert(timer, found);
        found
    }

    /// A function of the loop that the timer keeps going waits for something else than its timer.
    pub(crate) fn waits_in_turn(&self, timer: CallRef) -> bool {
        let from = self.at(timer);
        let waits = |f: &FnRef| {
            let cfg = self.program.cfg(*f);
            cfg.nodes.iter().any(|node| match node.event {
                Event::Await(_) => true,
                Event::Call(id) => !continued_by(self, CallRef { file: f.file, id }).is_empty(),
                _ => false,
            })
        };
        leading_to(self, from, &ways_of(self, from)).iter().any(waits)
    }

    /// However the function is left, it leads to the other one, now or when a timer or promise has come.
    pub fn always_leads(&self, f: FnRef, to: FnRef) -> bool {
        f.file == to.file && leading_to(self, to, &ways_of(self, f)).contains(&f)
    }

    /// Each of the two timers leads to the function that sets the other one.
    pub(crate) fn is_same_loop(&self, one: CallRef, other: CallRef) -> bool {
        let leads = |one: CallRef, other: CallRef| ways_of(self, self.at(one)).contains_key(&self.at(other));
        leads(one, other) && leads(other, one)
    }
}

/// Of all functions of the file that it leads to.
fn ways_of(effects: &Effects, from: FnRef) -> Ways {
    let mut ways = Ways::new();
    let mut open = vec![from];
    while let Some(f) = open.pop() {
        if f.file != from.file || ways.contains_key(&f) {
            continue;
        }
        let cfg = effects.program.cfg(f);
        let calls = cfg.nodes.iter().filter_map(|node| match node.event {
            Event::Call(id) => Some(id),
            _ => None,
        });
        let led = calls.map(|id| (id, led_by(effects, CallRef { file: f.file, id })));
        let led: Vec<(CallId, Vec<FnRef>)> = led.filter(|(_, functions)| !functions.is_empty()).collect();
        open.extend(led.iter().flat_map(|(_, functions)| functions.iter().copied()));
        ways.insert(f, led);
    }
    ways
}

fn led_by(effects: &Effects, call: CallRef) -> Vec<FnRef> {
    let one_shot = effects.any_opener(call).filter(|(_, opener)| opener.kind == Kind::Timer && opener.pedantic);
    if one_shot.is_some() {
        return effects.given_functions(call, &[]);
    }
    let mut found = continued_by(effects, call);
    found.extend(effects.run_by(call));
    found.extend(effects.own_method(call));
    found
}

/// The functions that always lead to one of them, and that one itself.
fn leading_to(effects: &Effects, from: FnRef, ways: &Ways) -> BTreeSet<FnRef> {
    let mut found = BTreeSet::from([from]);
    loop {
        let leads = |f: &&FnRef| !found.contains(f) && is_always_led(effects, **f, ways, &found);
        let more: Vec<FnRef> = ways.keys().filter(leads).copied().collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn is_always_led(effects: &Effects, f: FnRef, ways: &Ways, back: &BTreeSet<FnRef>) -> bool {
    let led = ways.get(&f).map_or(&[][..], Vec::as_slice);
    let leads = |id: CallId| led.iter().any(|(call, to)| *call == id && to.iter().all(|f| back.contains(f)));
    led.iter().any(|(id, _)| leads(*id)) && effects.program.cfg(f).always_makes(leads)
}
