//! What one event starts and another stops in part: what was made of the handle ends, and the handle itself goes on.
//!
//! `recorder.stop()` leaves the tracks that it recorded running. Told of only where nothing that runs meanwhile ends the
//! handle: what runs when the start has failed, when the page is left or the component goes, comes too late for that.
//! The rows name what is made of a handle and leaves its end to others. Knows no library and no framework.

use rustc_hash::FxHashSet;

use super::ends::events_in;
use super::judge::ends_of;
use super::leave::registrations;
use super::lifespan::is_aside;
use super::model::{Event, Fit, Fitting, Handle, Homes, Owner};
use super::opens::{opened, opened_by};
use super::tested::all_tested;
use super::unseen::may_release;
use super::{Effects, End, Fault, Leak, Open, Whose};
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::catalog::words::effects::{OBJECT_ENDS, OBJECT_PAUSES, OBJECT_STOPS};
use crate::facts::trail::Trail;
use crate::facts::walk::around_call;
use crate::facts::{CallId, FnId, Language, Node, Value, hands_on};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::eval::Ty;
use crate::values::sites::last_name;

pub(crate) fn stopped<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, owners: &[Owner<'a>]) -> Vec<Leak<'a>> {
    let program = effects.program;
    let lends = |call: &CallRef| effects.opener(*call).is_some_and(|(_, opener)| !opener.lent.is_empty());
    let calls = program.calls().filter(|call| program.language(call.file) == Language::Script && lends(call));
    let started: Vec<CallRef> = calls.filter(|call| is_on_event(effects, effects.at(*call))).collect();
    if started.is_empty() {
        return Vec::new();
    }
    let too_late = TooLate::of(effects, homes, owners);
    started.into_iter().filter_map(|call| left_running(effects, &too_late, call)).collect()
}

/// Events run it, and nothing else.
fn is_on_event(effects: &Effects, f: FnRef) -> bool {
    let contexts = effects.project.contexts.of(Point::Fn(f));
    let mut strong = contexts.iter().filter(|context| !context.weak).peekable();
    let run = strong.peek().is_some() && strong.all(|context| context.trigger == Trigger::Event);
    (run || effects.is_handler(f) || is_assigned(effects, f)) && !is_aside(effects, f)
}

/// `button.onclick = f`
fn is_assigned(effects: &Effects, f: FnRef) -> bool {
    let members = effects.program.index[f.file as usize].members.iter();
    let mut handlers = members.filter(|(name, _)| name.starts_with("on")).flat_map(|(_, bounds)| bounds);
    handlers.any(|(_, bound)| *bound.value == Value::Closure(f.id))
}

/// What runs when the page is left, or at the end of a component.
struct TooLate {
    functions: FxHashSet<FnRef>,
    /// Calls that are given such functions.
    calls: FxHashSet<CallRef>,
    /// Functions whose results are such.
    starts: FxHashSet<FnRef>,
}

impl TooLate {
    fn of<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, owners: &[Owner<'a>]) -> Self {
        let leaving = registrations(effects);
        let lasting = || owners.iter().filter(|owner| !owner.handler);
        let ends = lasting().flat_map(|owner| ends_of(effects, homes, owner, &opened(effects, owner.start)).functions);
        let unmounts = |call: &CallRef| {
            let rows = effects.project.graph.target(*call).map_or(&[][..], |target| target.rows.as_slice());
            let mut handovers = rows.iter().filter(|row| row.kind == RowKind::Handover);
            handovers.any(|row| effects.program.catalog.handover(*row).run == Run::Unmount)
        };
        TooLate {
            functions: ends.chain(leaving.iter().flat_map(|one| one.handlers.iter().copied())).collect(),
            calls: effects.program.calls().filter(unmounts).chain(leaving.iter().filter_map(|one| one.call)).collect(),
            starts: lasting().filter(|owner| owner.returns).map(|owner| owner.start).collect(),
        }
    }
}

fn left_running<'a>(effects: &Effects<'_, 'a>, too_late: &TooLate, call: CallRef) -> Option<Leak<'a>> {
    let from = effects.at(call);
    let open = opened_by(effects, from).find(|open| open.call == call)?;
    let handle = Handle::of(effects, &open);
    let asked = all_tested(&open.preds).into_iter().any(|(file, value)| handle.relates(file, value));
    if handle.escapes || asked || super::once::is_gated(effects, &open) {
        return None;
    }
    let meanwhile = Meanwhile { effects, too_late };
    let functions: Vec<FnRef> = handle
        .files
        .iter()
        .flat_map(|file| effects.program.facts(*file).function_ids().map(|id| FnRef { file: *file, id }))
        .collect();
    let events: Vec<Event> = events_in(effects, &functions)
        .into_iter()
        .filter(|event| event.call.is_some_and(|call| call != open.call && meanwhile.runs(call, &Trail::default())))
        .collect();
    let made = Made::of(effects, &open, &handle);
    let fitting = Fitting { effects, open: &open, handle: &handle };
    let ends = |event: &Event<'a>| fitting.fit(event) != Fit::Unrelated || may_release(effects, &open, &handle, event);
    if events.iter().any(|event| !made.is_making(event) && !made.is_stop(event) && ends(event)) {
        return None;
    }
    let mut stops = events.iter().filter(|event| is_elsewhere(effects, from, event.from) && made.is_stop(event));
    let stop = stops.next()?.call;
    Some(Leak {
        effect: None,
        start: from,
        open,
        fault: Fault::Unstopped,
        proof: stop,
        loose: false,
        whose: Whose::Handler,
        owned: None,
        end: End::Unknown,
    })
}

fn is_elsewhere(effects: &Effects, from: FnRef, f: FnRef) -> bool {
    !effects.within(from, f) && !effects.within(f, from)
}

/// What the start makes of the handle, and that leaves its end to who opened it.
struct Made<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    calls: Vec<CallRef>,
    handles: Vec<Handle<'e, 'a>>,
}

impl<'e, 'a> Made<'e, 'a> {
    fn of(effects: &'e Effects<'e, 'a>, open: &Open<'a>, handle: &Handle<'e, 'a>) -> Self {
        let program = effects.program;
        let file = open.call.file;
        let is_given = |call: &CallRef| {
            let data = program.call(*call);
            let name = data.callee_name(program.facts(file)).unwrap_or_default();
            let lent = open.opener.lent.iter().any(|own| own == name);
            lent && data.args.iter().any(|arg| handle.relates(file, &arg.value))
        };
        let calls = program.ids_within(open.from).into_iter().map(|id| CallRef { file, id });
        let calls: Vec<CallRef> = calls.filter(is_given).collect();
        let of = |call: &CallRef| {
            let mut made = Handle::from(effects, open, *call);
            made.spread(open);
            made
        };
        Made { effects, handles: calls.iter().map(of).collect(), calls }
    }

    fn is_making(&self, event: &Event<'a>) -> bool {
        event.call.is_some_and(|call| self.calls.contains(&call))
    }

    /// A method by which such a thing, or what has made it, ends or waits.
    fn is_stop(&self, event: &Event<'a>) -> bool {
        let verb = last_name(event.callee);
        let stops = [OBJECT_STOPS, OBJECT_ENDS, OBJECT_PAUSES].iter().any(|words| words.contains(&verb));
        let Value::Member(base, _) = event.callee else { return false };
        let file = event.from.file;
        let is_maker = |call: &CallRef| match &self.effects.program.call(*call).callee {
            Value::Member(maker, _) => {
                let key = self.effects.key(call.file, maker);
                key.is_some() && key == self.effects.key(file, base)
            }
            _ => false,
        };
        stops && (self.handles.iter().any(|made| made.relates(file, base)) || self.calls.iter().any(is_maker))
    }
}

struct Meanwhile<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    too_late: &'e TooLate,
}

impl Meanwhile<'_, '_> {
    /// The call may run after a start that has not failed, and before the end.
    fn runs(&self, call: CallRef, trail: &Trail) -> bool {
        let f = self.effects.at(call);
        !self.is_caught(f, call) && self.is_run(f, trail)
    }

    /// What does not work as it should leads there.
    fn is_caught(&self, f: FnRef, call: CallRef) -> bool {
        let around = around_call(&self.effects.program.function(f).body, call.id);
        around.iter().any(|region| match region.node {
            Node::Try { handlers, .. } => handlers.iter().any(|handler| std::ptr::eq(&handler.body, region.block)),
            _ => false,
        })
    }

    fn is_run(&self, f: FnRef, trail: &Trail) -> bool {
        let Some(here) = trail.step(f) else { return false };
        let mut callers = self.effects.calls_of(f).iter();
        f.id == FnId::TOP || self.is_entered(f, &here) || callers.any(|call| self.runs(*call, &here))
    }

    /// Something else than a call that is to be seen runs it.
    fn is_entered(&self, f: FnRef, trail: &Trail) -> bool {
        let outer = self.effects.handed_to(f);
        match outer.map(|outer| (outer, last_name(&self.effects.program.call(outer).callee))) {
            Some((_, "catch")) => false,
            Some((outer, _)) if self.too_late.calls.contains(&outer) => false,
            Some((outer, _)) if self.effects.opener(outer).is_none() => self.runs(outer, trail),
            _ if self.is_handed_on(f) => true,
            _ => self.effects.calls_of(f).is_empty() && !self.too_late.functions.contains(&f),
        }
    }

    /// The function is given away, otherwise than to be run too late.
    fn is_handed_on(&self, f: FnRef) -> bool {
        let facts = self.effects.program.facts(f.file);
        let is = |value: &Value| match value {
            Value::Var(var) => matches!(self.effects.program.eval_var(f.file, *var), Ty::Fn(other) if other == f),
            _ => false,
        };
        let given = facts.calls.iter().enumerate().any(|(at, data)| {
            let call = CallRef { file: f.file, id: CallId(at as u32) };
            let mut args = data.args.iter();
            !self.too_late.calls.contains(&call) && args.any(|arg| arg.value.holds(&is))
        });
        let kept = |id: FnId| {
            let start = self.too_late.starts.contains(&FnRef { file: f.file, id });
            !start && hands_on(&facts.function(id).body, &mut |value| value.holds(&is))
        };
        given || facts.function_ids().any(kept)
    }
}
