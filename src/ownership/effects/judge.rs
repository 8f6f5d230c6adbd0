//! The verdict on each thing that an owner opens.
//!
//! Silence wherever something unknown may release it, where it goes away with what holds it, and
//! where it lives as long as the page. Knows no library.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use super::ends::{ends, events_in};
use super::lifespan::{home_of, inside, returned_by};
use super::model::{Case, Ending, Ends, Event, Fit, Fitting, Handle, Home, Homes, Opened, Owner, Told};
use super::opens::opened;
use super::tested::all_tested;
use super::unseen::{is_cancellable, may_release};
use super::{Effects, Fault, Leak, Open, Owned, Whose};
use crate::catalog::RowKind;
use crate::catalog::schema::{Gives, Handover, Kind, ResultTo, Run};
use crate::facts::{CallId, CallKind, FnId, Pred, Value};
use crate::program::{CallRef, FnRef};
use crate::values::flow::mentions;

pub fn judge<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, owner: &Owner<'a>) -> Vec<Leak<'a>> {
    let found = opened(effects, owner.start);
    if found.opens.is_empty() && found.presumed.is_empty() {
        return Vec::new();
    }
    let case = Case::new(effects, homes, owner, &found);
    let faults = case.faults(&found.presumed);
    // Where others keep the connection, they will go on with one, and what hangs on it adds up.
    let hangs = |open: &Open<'a>| {
        let own = |other: &Open<'a>| !super::let_go::is_kept_by_other(effects, owner, other);
        faults.iter().any(|(other, _)| own(other) && hangs_on(effects, open, other))
    };
    let own: Vec<_> = faults.iter().filter(|(open, _)| !hangs(open)).collect();
    let mendable = !own.is_empty() && !owner.handler && !owner.attached;
    let owned = mendable.then(|| Arc::new(Owned { owner: owner.clone(), opens: found.opens.clone() }));
    own.into_iter().filter_map(|(open, fault)| case.leak(open, *fault, owned.clone())).collect()
}

/// All that runs at the end of the owner's life.
pub(super) fn ends_of<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    owner: &Owner<'a>,
    found: &Opened<'a>,
) -> Ends<'a> {
    let used = used_homes(effects, homes, owner, &found.visited);
    let own = owner.ends.iter().chain(&found.ends).copied();
    let functions: Vec<FnRef> = own.chain(used.iter().flat_map(|home| home.ends.iter().copied())).collect();
    let beside = used.iter().flat_map(|home| &home.effects).filter(|other| other.returns);
    let mut disposers = owner.disposers(effects);
    disposers.extend(beside.flat_map(|other| returned_by(effects, other.start)));
    let mut ends = ends(effects, &functions, &disposers);
    if owner.attached {
        ends.events.extend(super::attached::at_end(effects, owner.start));
    }
    ends
}

/// What the component uses and hands its functions to the start: `const { start } = useSize()`. It ends when the
/// component does.
fn used_homes<'h, 'a>(
    effects: &Effects<'_, 'a>,
    homes: &'h Homes<'a>,
    owner: &Owner<'a>,
    visited: &[FnRef],
) -> Vec<&'h Home<'a>> {
    let mut around: Vec<FnRef> = visited.iter().map(|f| home_of(effects, *f)).collect();
    around.sort();
    around.dedup();
    around.into_iter().filter(|home| *home != owner.home).filter_map(|home| homes.get(&home)).collect()
}

/// A channel of a connection that is left open itself: it goes when that does.
fn hangs_on<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, other: &Open<'a>) -> bool {
    if other.opener.kind != Kind::Realtime || open.opener.kind == Kind::Realtime {
        return false;
    }
    let Some((file, receiver)) = effects.receiver_of(open) else { return false };
    let root = effects.chain_root(file, receiver);
    let behind = effects.bound_to(file, root).into_iter().map(|(_, value)| effects.chain_root(file, value));
    let own = effects.receiver_of(other).and_then(|(file, value)| effects.key(file, value));
    let handle = Handle::of(effects, other);
    let is_other = |value| own.is_some() && effects.key(file, value) == own || handle.relates(file, value);
    std::iter::once(root).chain(behind).any(is_other)
}

/// Lasting, and stored in a field: a method that is called later opens it for the object's life; or in a cell of the
/// component that was found empty.
fn is_kept<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let lasting = matches!(open.opener.kind, Kind::Realtime | Kind::Timer | Kind::Handle) && !open.opener.pedantic;
    let holds = |value: &Value| matches!(value, Value::Call(id) if *id == open.call.id);
    let fields = &effects.program.index[open.call.file as usize].fields;
    let in_field = || fields.values().flatten().any(|bound| holds(bound.value));
    lasting && open.path.is_empty() && (in_field() || super::kept::fills_empty_cell(effects, open))
}

impl<'e, 'a> Case<'e, 'a> {
    fn new(effects: &'e Effects<'e, 'a>, homes: &'e Homes<'a>, owner: &'e Owner<'a>, found: &'e Opened<'a>) -> Self {
        let ends = ends_of(effects, homes, owner, found);
        let mut lost = inside(effects, &super::nobody::lost_disposers(effects, &found.visited));
        lost.extend(inside(effects, &owner.unregistered));
        let mut running = inside(effects, &found.visited);
        running.retain(|f| !ends.functions.contains(f) && !lost.contains(f));
        // The component may go before anybody clicks.
        running.retain(|f| owner.handler || !effects.is_of_element(*f));
        Case {
            effects,
            owner,
            opens: &found.opens,
            visited: &found.visited,
            body: events_in(effects, &running),
            running,
            ends,
            ends_of_runs: &found.ends,
            homes,
            others: OnceCell::new(),
        }
    }

    /// The function that ends the object, of an owner that is one.
    fn end_of_object(&self) -> Option<FnRef> {
        match self.owner.ending {
            Ending::Own(end) => Some(end),
            _ => None,
        }
    }

    /// What is judged of all that the owner opens.
    fn counts(&self, open: &Open<'a>) -> bool {
        let (effects, owner) = (self.effects, self.owner);
        (!owner.kept_only || is_kept(effects, open))
            && (!owner.lasting_only || super::objects::lasts(effects, open))
            && (self.end_of_object().is_none() || !super::ended::is_excused(effects, owner, open))
            && (!owner.handler || !open.opener.pedantic || open.repeats)
            // What a handler has an object of others open is to stay.
            && (!owner.handler || !super::let_go::is_kept_by_other(effects, owner, open))
    }

    /// All that is wrong; of objects, handlers and functions of elements only what is never released.
    fn faults(&self, presumed: &'e [Open<'a>]) -> Vec<(Cow<'e, Open<'a>>, Told)> {
        let (effects, owner) = (self.effects, self.owner);
        let missing_only = self.end_of_object().is_some() || owner.handler || owner.attached;
        let opens = self.opens.iter().filter(|open| self.counts(open));
        let faults = opens.filter_map(|open| Some((Cow::Borrowed(open), self.verdict(open)?)));
        let mut faults: Vec<_> = faults.filter(|(_, (fault, _))| !missing_only || *fault == Fault::Missing).collect();
        let told = |open| {
            let fault = super::presumed::fault(effects, owner, open, &self.ends, &self.body);
            fault.or_else(|| self.presumed_to_nobody(open))
        };
        self.tell_loops_once(&mut faults);
        let presumed = presumed.iter().filter(|_| !owner.handler);
        faults.extend(presumed.filter_map(|open| Some((Cow::Borrowed(open), told(open)?))));
        if !missing_only && !owner.page {
            faults.extend(self.set_off().into_iter().map(|(open, told)| (Cow::Owned(open), told)));
        }
        faults
    }

    /// A loop that sets a timer in several places is one fault.
    fn tell_loops_once(&self, faults: &mut Vec<(Cow<'e, Open<'a>>, Told)>) {
        let repeated: Vec<CallRef> =
            faults.iter().filter(|(open, _)| open.repeats).map(|(open, _)| open.call).collect();
        faults.retain(|(open, _)| {
            let mut before = repeated.iter().take_while(|other| **other != open.call);
            !open.repeats || !before.any(|other| self.effects.is_same_loop(*other, open.call))
        });
    }

    fn leak(&self, open: &Open<'a>, (fault, proof): Told, owned: Option<Arc<Owned<'a>>>) -> Option<Leak<'a>> {
        let (effects, owner) = (self.effects, self.owner);
        let whose = match self.end_of_object() {
            Some(end) => Whose::Object(end),
            None if owner.handler => super::begun::left_by_handler(effects, owner, open)?,
            None => Whose::Owner,
        };
        let mut open = open.clone();
        if owner.handler && open.repeats {
            open.call = super::begun::first_step(effects, self.visited, &open);
        }
        let end = super::ending::end_of(effects, owner);
        Some(Leak { effect: owner.effect, start: owner.start, open, fault, proof, loose: false, whose, owned, end })
    }

    fn verdict(&self, open: &Open<'a>) -> Option<Told> {
        if !open.opener.instead.is_empty() {
            return (!self.is_kept_once(open)).then_some((Fault::Kept, None));
        }
        let handle = Handle::of(self.effects, open);
        let fitting = Fitting { effects: self.effects, open, handle: &handle };
        let (mut exact, mut near, mut fault, mut perhaps) = (None, None, None, false);
        for event in &self.ends.events {
            match self.settled(&fitting, event) {
                Fit::Releases => match self.skipped(&fitting, event) {
                    Some(fault) => exact = exact.or(Some((fault, None))),
                    None => return None,
                },
                Fit::Fails(why) if open.object.is_some() && !why.is_of_object() => return None,
                // The release that is meant for it says more than those that are not.
                Fit::Fails(why) if fitting.fit(event) == Fit::Releases => exact = exact.or(Some((why, event.call))),
                Fit::Fails(why) if !self.is_claimed(open, event) && !self.is_siblings(event) => {
                    let found = if fitting.is_on_own(event) { &mut near } else { &mut fault };
                    *found = found.or(Some((why, event.call)));
                }
                other => perhaps |= other == Fit::Perhaps,
            }
        }
        // What may be left out is told of where it is meant for another one.
        let fault = exact.filter(|_| !open.optional).or(near).or(fault);
        if perhaps && fault.is_none() {
            return None;
        }
        if let Some(proof) = self.returned_to_nobody(&fitting).filter(|_| !open.optional) {
            return Some((Fault::Nobody, proof));
        }
        let in_time = |event: &Event<'a>| {
            let gone = super::gone::is_told(self.effects, open, &handle, event);
            !self.is_replaced(event) && !gone && !super::arms::is_of_other_runs(self.effects, open, event)
        };
        let now = |event: &Event<'a>| {
            !handle.is_in_disposer(event.from)
                && in_time(event)
                && !super::latched::is_latched(self.effects, open, event)
                && (self.owner.handler || !super::answered::is_brought(self.effects, open, &handle, &self.ends, event))
        };
        let fits = |event: &&Event<'a>| fitting.fit(event) == Fit::Releases && now(event);
        let mut fitting_ones = self.body.iter().filter(fits).filter(|event| !self.misses_a_turn(&fitting, event));
        // What comes after the end no later run ends.
        let renewed = fault.is_some_and(|(fault, _)| !fault.is_late());
        let in_body = fitting_ones.any(|event| self.comes_after(open, event) && (renewed || !self.renews(open, event)));
        let kept = || self.owner.kept_only || self.owner.handler && handle.is_kept(self.owner.home);
        if in_body && !kept() || self.ends_with_call(open, &fitting) {
            return None;
        }
        let again = || self.added_again(open).filter(|_| !open.optional);
        let missing = || {
            let told = self.missing(open, &handle)?;
            let mut releases = self.body.iter().filter(|event| fitting.fit(event) == Fit::Releases);
            let stop = releases.find(|event| told.0 == Fault::Missing && self.misses_a_turn(&fitting, event));
            Some(stop.map_or(told, |event| (Fault::Late, event.call)))
        };
        fault.or_else(again).or_else(missing)
    }

    /// A loop that waits sets its next timer when what stops it has cleared the last one, and nothing tells it.
    fn misses_a_turn(&self, fitting: &Fitting<'_, 'a>, event: &Event<'a>) -> bool {
        let told = || Ends { events: self.body.clone(), functions: self.running.clone() };
        fitting.open.repeats && super::late::is_late(self.effects, self.owner, fitting, &told(), event)
    }

    /// It is there once for the page, or for all who ask.
    fn is_kept_once(&self, open: &Open<'a>) -> bool {
        self.owner.page || super::once::is_gated(self.effects, open) || super::stores::is_gated(self.effects, open)
    }

    fn skipped(&self, fitting: &Fitting<'_, 'a>, event: &Event<'a>) -> Option<Fault> {
        super::early::Ways { owner: self.owner, fitting, body: &self.body }.without(event)
    }

    /// The function that makes the next value of a state ends the last one.
    fn is_replaced(&self, event: &Event<'a>) -> bool {
        let Value::Member(base, _) = event.callee else { return false };
        let own = matches!(base.root(), Value::Var(var) if var.function == event.from.id);
        let given = || self.effects.handed_to(event.from).map(|call| &self.effects.program.call(call).callee);
        own && given().is_some_and(|callee| self.effects.is_setter(event.from.file, callee))
    }

    /// Released by the very function that opens, later on.
    fn ends_with_call(&self, open: &Open<'a>, fitting: &Fitting<'_, 'a>) -> bool {
        let own = self.body.iter().filter(|event| event.from == open.from);
        let mut later = own.filter(|event| event.call.is_some_and(|call| call.id > open.call.id));
        let others = |event: &Event<'a>| super::arms::is_of_other_runs(self.effects, open, event);
        later.any(|event| fitting.fit(event) == Fit::Releases && !others(event))
    }

    /// A connection that is closed before it is opened anew is open all the same, unless the way to
    /// it closes what somebody else had opened.
    fn comes_after(&self, open: &Open<'a>, event: &Event<'a>) -> bool {
        let later = event.from == open.from && event.call.is_some_and(|call| call.id > open.call.id);
        let reconnects = open.path.iter().skip(1).any(|call| self.effects.at(*call) == event.from);
        open.opener.kind != Kind::Realtime && !self.owner.handler
            || later
            || reconnects
            || !self.visited.contains(&event.from)
    }

    /// A release that always runs before the opening ends what an earlier run has opened, not this one; unless it
    /// ends what other owners have opened too.
    fn renews(&self, open: &Open<'a>, event: &Event<'a>) -> bool {
        let Some(call) = event.call.filter(|call| event.from == open.from && call.id < open.call.id) else {
            return false;
        };
        let listener = open.opener.kind == Kind::Listener;
        let handler = open.opener.handler.and_then(|at| self.effects.program.call(open.call).positional(at));
        let own = |value: &Value| match value.root() {
            Value::Var(var) => var.function != FnId::TOP,
            Value::Global(_) => false,
            _ => true,
        };
        let ends_all = listener && (event.args.len() < 2 || handler.is_some_and(|arg| !own(&arg.value)));
        // What an observer looks at is mostly the owner's own, and goes with it.
        let local = open.opener.kind == Kind::Observer;
        let body = &self.effects.program.function(open.from).body;
        !ends_all && !local && !self.runs_always() && !super::arms::apart(body, call.id, open.call.id)
    }

    /// A fitting release that comes too late, or only if something else holds, fails.
    fn settled(&self, fitting: &Fitting<'_, 'a>, event: &Event<'a>) -> Fit {
        if fitting.fit(event) != Fit::Releases {
            return fitting.fit(event);
        }
        if fitting.is_for_all(event) && !super::receivers::goes_by_itself(self.effects, self.owner, fitting.open) {
            return Fit::Fails(Fault::ForAll);
        }
        if super::reopened::is_reopened(self.effects, self.owner, fitting.open, event, (&self.body, &self.ends)) {
            return Fit::Fails(Fault::Reopened);
        }
        let lost = super::overwritten::is_filled_again(self.effects, fitting.open, event)
            || self.is_filled_when_shown(fitting)
            || super::overwritten::is_filled_for_each(self.effects, fitting.open, event);
        if lost {
            return Fit::Fails(Fault::Overwritten);
        }
        if !self.owner.page && super::revived::is_revived(self.effects, fitting.open, fitting.handle, &self.ends, event)
        {
            return Fit::Fails(Fault::Revived);
        }
        if self.outruns(fitting, event) {
            return Fit::Fails(Fault::Rerun);
        }
        if !self.owner.page && super::parts::leaves_some(self.effects, fitting, event, &self.ends) {
            return Fit::Fails(Fault::Partly);
        }
        if self.is_emptied(event) {
            return Fit::Fails(Fault::EmptiedFirst);
        }
        if self.is_guarded(fitting, event) && !super::receivers::goes_by_itself(self.effects, self.owner, fitting.open)
        {
            return Fit::Fails(Fault::Guarded);
        }
        if super::ready::waits_till_ready(self.effects, fitting.open, fitting.handle, event) {
            return Fit::Fails(Fault::Opening);
        }
        if self.is_stale(event) {
            return Fit::Fails(Fault::Stale);
        }
        let pending = || super::pending::pending(self.effects, fitting.open, fitting.handle, &self.ends);
        if let Some(timer) = (!self.owner.page).then(pending).flatten() {
            return Fit::Fails(Fault::Pending(timer));
        }
        let lasts = || !super::receivers::goes_by_itself(self.effects, self.owner, fitting.open);
        let late = !self.owner.page && super::late::is_late(self.effects, self.owner, fitting, &self.ends, event);
        match late && lasts() {
            true if fitting.is_certain(event) => Fit::Fails(Fault::Late),
            true => Fit::Perhaps,
            false => Fit::Releases,
        }
    }

    /// The row of the hook that the start is given to.
    pub(crate) fn hook(&self) -> Option<&'a Handover> {
        let rows = &self.effects.project.graph.target(self.owner.effect?)?.rows;
        let rows = rows.iter().filter(|row| row.kind == RowKind::Handover);
        rows.map(|row| self.effects.program.catalog.handover(*row)).find(|row| row.run == Run::Mount)
    }

    /// The start's result goes nowhere.
    pub(crate) fn is_let_go(&self) -> bool {
        self.hook().is_some_and(|row| row.result == ResultTo::Nobody)
    }

    /// The effect could say when to run, and does not: it runs again and again.
    pub(crate) fn runs_always(&self) -> bool {
        self.owner.deps.is_none() && self.hook().is_some_and(|row| row.deps.is_some())
    }

    fn targets(&self, event: &Event<'a>) -> Vec<&'a Value> {
        let base = match event.callee {
            Value::Member(base, _) => &**base,
            other => other,
        };
        let mut found = vec![base];
        found.extend(event.args.iter().map(|arg| &arg.value));
        found
    }

    fn is_emptied(&self, event: &Event<'a>) -> bool {
        let file = event.from.file;
        // A variable of the function that releases is empty before it opens, and is another one each time.
        let fresh = |value: &Value| matches!(value, Value::Var(var) if var.function == event.from.id);
        let named = self.targets(event).into_iter().filter(|value| !fresh(value) && !self.effects.is_copy(file, value));
        let mut keys = named.filter_map(|value| self.effects.key(file, value));
        keys.any(|key| event.emptied.contains(&key))
    }

    /// The release stands under a test of a cell that the opening tested too, and that is empty
    /// again by then. Not where the cell has what is released, or the object that releases it.
    fn is_guarded(&self, fitting: &Fitting<'_, 'a>, event: &Event<'a>) -> bool {
        let file = event.from.file;
        let targets = self.targets(event).into_iter().filter_map(|value| self.effects.key(file, value));
        let through = event.way.iter().filter_map(|call| match &self.effects.program.call(*call).callee {
            Value::Member(base, _) => self.effects.key(call.file, base),
            _ => None,
        });
        let own: Vec<String> = targets.chain(through).collect();
        let at_opening = self.cells(&fitting.open.preds);
        let cells = self.cells(&event.preds);
        cells.into_iter().any(|cell| at_opening.contains(&cell) && !own.iter().any(|key| key.starts_with(&cell)))
    }

    /// Cells (`ref.current`) that conditions read directly, not through a constant.
    fn cells(&self, preds: &[(u32, &'a Pred)]) -> Vec<String> {
        let cells = all_tested(preds)
            .into_iter()
            .filter(|(_, value)| matches!(value, Value::Member(_, name) if name == "current"));
        cells.filter_map(|(file, value)| self.effects.key(file, value)).collect()
    }

    /// The cleanup of an effect that never runs again reads a state variable of the first render.
    fn is_stale(&self, event: &Event<'a>) -> bool {
        let Some(Value::List(deps)) = self.owner.deps else { return false };
        if !self.effects.within(self.owner.start, event.from) {
            return false;
        }
        if self.is_never_reached(event, deps) {
            return true;
        }
        self.targets(event).into_iter().any(|value| {
            let Value::Var(var) = value.root() else { return false };
            let file = event.from.file;
            let state = var.function == self.owner.home.id && self.effects.is_filled_later(file, *var);
            state && !deps.iter().any(|dep| dep.root() == value.root())
        })
    }

    /// Another opener's release: of the same owner, or of one that shares its home.
    fn is_claimed(&self, open: &Open<'a>, event: &Event<'a>) -> bool {
        let others = self.others.get_or_init(|| self.claimants());
        others
            .iter()
            .filter(|(other, _)| (other.call, &other.path) != (open.call, &open.path))
            .any(|(other, handle)| Fitting { effects: self.effects, open: other, handle }.fit(event) == Fit::Releases)
    }

    /// All that may claim a release, each with where it went.
    fn claimants(&self) -> Vec<(Open<'a>, Handle<'e, 'a>)> {
        let opens = self.opens.iter().cloned().chain(self.at_home());
        opens.map(|open| (open.clone(), Handle::of(self.effects, &open))).collect()
    }

    /// Part of the end of something else in the home that opens and ends for itself.
    fn is_siblings(&self, event: &Event<'a>) -> bool {
        let own = self.effects.within(self.owner.start, event.from);
        let ends = |other: &Open<'a>| other.from != event.from && self.effects.within(other.from, event.from);
        self.owner.effect.is_some() && !own && self.at_home().iter().any(ends)
    }

    /// What else stands in the home and opens something.
    fn at_home(&self) -> Vec<Open<'a>> {
        let home = self.owner.home;
        let calls = (0..self.effects.program.facts(home.file).calls.len() as u32)
            .map(|id| CallRef { file: home.file, id: CallId(id) });
        let here = calls.filter(|call| self.effects.within(home, self.effects.at(*call)));
        let open = |call: CallRef| {
            let (row, opener) = self.effects.opener(call)?;
            let (from, path, preds) = (self.effects.at(call), Vec::new(), Vec::new());
            Some(Open {
                call,
                from,
                row,
                opener,
                path,
                object: None,
                preds,
                late: false,
                awaited: false,
                asked: false,
                repeats: false,
                endless: false,
                optional: false,
            })
        };
        here.filter_map(open).filter(|other| !self.opens.iter().any(|own| own.call == other.call)).collect()
    }

    /// The end opens the same thing once more.
    fn added_again(&self, open: &Open<'a>) -> Option<Told> {
        let own = self.effects.program.call(open.call);
        let again = self.ends.events.iter().find(|event| {
            let Some(call) = event.call.filter(|call| *call != open.call) else { return false };
            let data = self.effects.program.call(call);
            let same_event = || match (own.args.first(), data.args.first()) {
                (Some(a), Some(b)) => {
                    self.effects.same_event((open.call.file, &a.value), (call.file, &b.value))
                        == super::model::Same::Yes
                }
                _ => false,
            };
            super::again::repeats(self.effects, open, event)
                || open.opener.gives == Gives::Nothing
                    && self
                        .effects
                        .key(open.call.file, &own.callee)
                        .is_some_and(|key| Some(key) == self.effects.key(call.file, &data.callee))
                    && same_event()
        });
        again.map(|event| (Fault::AddsAgain, event.call))
    }

    fn missing(&self, open: &Open<'a>, handle: &Handle<'_, 'a>) -> Option<Told> {
        let fitting = Fitting { effects: self.effects, open, handle };
        let replaces = |event: &Event<'a>| self.is_replaced(event) && fitting.fit(event) == Fit::Releases;
        let silent = self.is_left_to_others(open, handle)
            || self.owner.page && !self.owner.handler && (!self.runs_again(open) || self.body.iter().any(replaces))
            || self.owner.open_ended
            || open.optional && (self.owner.effect.is_none() || self.owner.handler || !open.path.is_empty())
            || handle.escapes
            || self.is_ended_above(open, handle)
            || super::called_off::is_loop_told(self.effects, open, handle, &self.ends)
            || super::once::is_gated(self.effects, open)
            || super::stores::is_gated(self.effects, open)
            || is_cancellable(self.effects, self.owner.start, open)
            || super::sources::is_given(self.effects, open)
            || super::objects::is_kept(self.effects, open, &self.ends.events, &self.body)
            || super::objects::ends_itself(self.effects, open, handle)
            || self.owner.lasting_only && super::objects::is_shown(self.effects, self.owner.start.file, handle)
            || self.ends.events.iter().any(|event| super::sources::ends_source(self.effects, open, event))
            || super::receivers::goes_by_itself(self.effects, self.owner, open) && !self.is_left_on(open)
            || self
                .ends
                .events
                .iter()
                .any(|event| !self.is_claimed(open, event) && may_release(self.effects, open, handle, event));
        if silent {
            return None;
        }
        let in_vain = [(Fault::Uncalled, &self.owner.uncalled), (Fault::Unregistered, &self.owner.unregistered)];
        for (fault, functions) in in_vain {
            let events = super::ends::ends(self.effects, functions, &[]).events;
            if let Some(release) = events.into_iter().find(|event| fitting.fit(event) == Fit::Releases) {
                return Some((fault, release.call));
            }
        }
        if open.endless {
            return Some((Fault::Endless, None));
        }
        if let Some(end) = self.effects.outrun(open.call) {
            return Some((Fault::Outrun, Some(end)));
        }
        let flag =
            self.ends.events.is_empty() && super::late::is_flagged(self.effects, open, &self.ends, &self.running);
        // An end that releases other things proves that this one was forgotten.
        let other = self.ends.events.iter().find_map(|event| event.call).filter(|_| !self.owner.attached);
        Some(if flag { (Fault::FlagOnly, None) } else { (Fault::Missing, other) })
    }

    /// The effect runs again, and what it opens then is another one, however long the component lives.
    fn runs_again(&self, open: &Open<'a>) -> bool {
        let again = || self.repeats() || self.waits_for_state(open);
        self.connects_anew(open) || again() && !super::repeats::is_same_again(self.effects, open, true)
    }

    /// The effect depends on something that the opening is about: a condition under which it opens, or an argument.
    fn connects_anew(&self, open: &Open<'a>) -> bool {
        if !matches!(open.opener.kind, Kind::Realtime | Kind::Media) {
            return false;
        }
        self.watched().into_iter().any(|(file, deps)| {
            let vars: Vec<&Value> = deps.iter().map(Value::root).filter(|root| matches!(root, Value::Var(_))).collect();
            let about = |value: &Value| mentions(self.effects.program, file, value, &mut |v| vars.contains(&v));
            let calls = open.path.iter().chain([&open.call]).filter(|call| call.file == file);
            let given = calls.flat_map(|call| &self.effects.program.call(*call).args);
            let tested = all_tested(&open.preds).into_iter().filter(|(other, _)| *other == file);
            given.map(|arg| &arg.value).chain(tested.map(|(_, value)| value)).any(about)
        })
    }
}

impl<'a> Effects<'_, 'a> {
    /// As [`Effects::chain_root`], for a value of any lifetime, without following variables.
    pub fn chain_root_ref<'v>(&'v self, file: u32, value: &'v Value) -> &'v Value {
        let mut value = value.root();
        while let Value::Call(id) = value
            && let Some(base) = self.called_on(file, *id)
        {
            value = base.root();
        }
        value
    }

    pub fn is_new(&self, call: CallRef) -> bool {
        self.program.call(call).kind == CallKind::New
    }
}
