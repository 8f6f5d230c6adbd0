//! Whether the end of a life keeps an opening from happening, or is seen by it: a flag, an abort, a timer that is
//! cleared.
//!
//! Knows no library.

use super::assigned::places_set;
use super::model::{Ends, Handle};
use super::tested::all_tested;
use super::unmoved::{counts, is_noted};
use super::waits::in_callback;
use super::{Effects, Open};
use crate::body::cfg::{Event, Flow, NodeId};
use crate::catalog::schema::Kind;
use crate::catalog::words::effects::{CANCELLING, LIVENESS_MARKS, TIMER_STOPS};
use crate::facts::walk::nodes;
use crate::facts::{CallId, FnId, Node, Pred, Value, hands_on};
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::sites::last_name;

/// Something that the end changes is looked at on the way to the opening, or after it. What is looked at only to show
/// something, and a place that is empty until the opening fills it, tell nothing.
pub fn is_told<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
    looked: Looked,
) -> bool {
    // What a loop opens anew is not called off by the end of the first one.
    let mut way = open.path.iter().map(|call| effects.at(*call)).chain([open.from]);
    let timed =
        !open.repeats && (open.path.iter().any(|call| is_timer(effects, *call)) || way.any(|f| is_timed(effects, f)));
    is_called_off(effects, open, handle, ends, (timed, looked))
}

/// As [`is_told`], for what is opened again and again.
pub(crate) fn is_loop_told<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
) -> bool {
    let looked = if open.repeats { Looked::InTurns } else { Looked::Anywhere };
    (open.repeats || open.endless) && is_told(effects, open, handle, ends, looked)
}

/// Where something must be looked at for the opening to be seen as called off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// On the way to the opening, or after it.
    Anywhere,
    /// On the way of each turn of a loop: what is asked once before the first one tells the later ones nothing.
    InTurns,
    /// After it: what the end releases comes with its promise, and that may be when the end has been.
    Afterwards,
}

/// As [`is_told`]; `timed`: a timer that the end clears keeps it from happening.
pub(crate) fn is_called_off<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
    (timed, looked): (bool, Looked),
) -> bool {
    let calls_off = |name: &str| CANCELLING.contains(&name) || timed && TIMER_STOPS.contains(&name);
    if ends.events.iter().any(|event| calls_off(last_name(event.callee))) {
        return true;
    }
    // Whatever a turn looks at, every way of it leads to the next one; what was looked at before the first one counts
    // where the turns wait for nothing, as the end clears their timer.
    if open.repeats && (looked == Looked::InTurns || effects.waits_in_turn(open.call)) {
        return false;
    }
    let set: Vec<String> = ends.functions.iter().flat_map(|f| places_set(effects, *f)).collect();
    let waited = looked == Looked::Afterwards && effects.program.call(open.call).awaited;
    let mut preds: Vec<(u32, &'a Pred)> = if waited { Vec::new() } else { open.preds.clone() };
    for call in open.path.iter().chain([&open.call]) {
        let f = effects.at(*call);
        let from = preds.len();
        told_in(effects, f, &effects.program.function(f).body, handle, &mut preds);
        if waited {
            let tests = tests_after(effects, f, *call);
            let kept = preds
                .split_off(from)
                .into_iter()
                .filter(|(_, pred)| tests.iter().any(|test| std::ptr::eq(*test, *pred)));
            preds.extend(kept);
        }
        callbacks_of(effects, f, handle, &mut preds);
    }
    all_tested(&preds).into_iter().any(|(file, value)| {
        let is_set = || effects.key(file, value).is_some_and(|key| set.contains(&key));
        !handle.relates(file, value) && (is_flag(effects, file, value) || is_set())
    })
}

/// What the platform says of a signal, an element or a component, or a cell that others may change when the owner goes.
fn is_flag<'a>(effects: &Effects<'_, 'a>, file: u32, value: &'a Value) -> bool {
    let Value::Member(cell, name) = value else { return false };
    match name.as_str() {
        name if LIVENESS_MARKS.contains(&name) => effects.bound_to(file, value).is_empty(),
        "current" | "value" => !is_own_cell(effects, file, cell) || !is_mark(effects, file, value),
        _ => false,
    }
}

/// Only ever filled with what is written there, or a number that counts: by its own functions, and with nothing that
/// came from elsewhere.
pub(super) fn is_mark<'a>(effects: &Effects<'_, 'a>, file: u32, place: &'a Value) -> bool {
    let filled = effects.bound_to(file, place);
    let (written, counted): (Vec<_>, Vec<_>) = filled.iter().partition(|(_, value)| matches!(value, Value::Literal(_)));
    let counts = || counted.iter().all(|(_, value)| counts(place, value)) && !is_noted(effects, file, place);
    !filled.is_empty() && (written.len() == filled.len() || counts())
}

/// The component has it from a library, and gives it to nobody.
pub(super) fn is_own_cell(effects: &Effects, file: u32, cell: &Value) -> bool {
    let Value::Var(var) = cell else { return false };
    let [Bound { value: Value::Call(id), .. }] = effects.program.bound(file, *var) else { return false };
    let target = effects.project.graph.target(CallRef { file, id: *id });
    let facts = effects.program.facts(file);
    let mut is = |value: &Value| value.holds(&|part| part == cell);
    var.function != FnId::TOP
        && target.is_some_and(|target| target.functions.is_empty())
        && !facts.calls.iter().any(|call| call.args.iter().any(|arg| is(&arg.value)))
        && !facts.functions.iter().any(|f| hands_on(&f.body, &mut is))
}

fn is_timer(effects: &Effects, call: CallRef) -> bool {
    effects.opener(call).is_some_and(|(_, opener)| opener.kind == Kind::Timer)
}

/// The conditions of the function that are asked after the call.
fn tests_after<'a>(effects: &Effects<'_, 'a>, f: FnRef, call: CallRef) -> Vec<&'a Pred> {
    let cfg = effects.program.cfg(f);
    let after: Vec<Vec<bool>> = cfg.of_call(call.id).iter().map(|node| cfg.after(*node, Flow::All)).collect();
    let reached = |id: &NodeId| after.iter().any(|after| after[id.index()]);
    let tests = cfg.ids().filter(reached).filter_map(|id| match cfg.node(id).event {
        Event::Test(pred) => Some(pred),
        _ => None,
    });
    tests.collect()
}

/// It is, or stands in, a function that a timer of the file is given.
pub(crate) fn is_timed(effects: &Effects, f: FnRef) -> bool {
    let calls =
        (0..effects.program.facts(f.file).calls.len() as u32).map(|id| CallRef { file: f.file, id: CallId(id) });
    let mut given = calls.filter(|call| is_timer(effects, *call)).flat_map(|call| effects.given_functions(call, &[]));
    given.any(|outer| effects.within(outer, f))
}

/// Conditions in closures that stand in the function: callbacks of the promise.
pub(crate) fn callbacks_of<'a>(
    effects: &Effects<'_, 'a>,
    f: FnRef,
    handle: &Handle<'_, 'a>,
    preds: &mut Vec<(u32, &'a Pred)>,
) {
    let ids = effects.program.facts(f.file).function_ids().map(|id| FnRef { file: f.file, id });
    let inner = ids.filter(|inner| *inner != f && effects.within(f, *inner) && in_callback(effects, *inner));
    inner.for_each(|inner| told_in(effects, inner, &effects.program.function(inner).body, handle, preds));
}

/// Conditions on which more depends than what the component shows.
pub(crate) fn told_in<'a>(
    effects: &Effects<'_, 'a>,
    f: FnRef,
    block: &'a [Node],
    handle: &Handle<'_, 'a>,
    preds: &mut Vec<(u32, &'a Pred)>,
) {
    for node in nodes(block) {
        if let Node::Branch { pred, then, otherwise, .. } = node {
            let shown = Shown { effects, f, handle, screens: screens(pred) };
            if !shown.is_all_of(then) || !shown.is_all_of(otherwise) {
                preds.push((f.file, pred));
            }
        }
    }
}

/// What a condition says to be there, where that is a cell of the component: an element, mostly.
pub(crate) fn screens(pred: &Pred) -> Vec<&Value> {
    let tested = all_tested(&[(0, pred)]).into_iter().map(|(_, value)| value);
    tested.filter(|value| matches!(value, Value::Member(_, name) if name == "current")).collect()
}

/// What under a condition only shows something.
pub(crate) struct Shown<'e, 'a> {
    pub(super) effects: &'e Effects<'e, 'a>,
    pub(super) f: FnRef,
    pub(super) handle: &'e Handle<'e, 'a>,
    /// What the condition is about.
    pub(super) screens: Vec<&'a Value>,
}

impl<'a> Shown<'_, 'a> {
    /// Calls that set states of the component, what is done to that which the condition is about, and the stop of a
    /// timer that it is about: nothing else.
    fn is_all_of(&self, block: &'a [Node]) -> bool {
        nodes(block).all(|node| match node {
            Node::Call(id) => {
                let data = self.effects.program.facts(self.f.file).call(*id);
                let told = data.args.iter().any(|arg| self.handle.relates(self.f.file, &arg.value));
                let stopped = TIMER_STOPS.contains(&last_name(&data.callee))
                    && data.args.iter().all(|arg| self.screens.contains(&&arg.value));
                let shows = self.effects.is_setter(self.f.file, &data.callee) || self.is_on_screen(&data.callee);
                !told && (shows || stopped)
            }
            Node::Bind { target, value, .. } => {
                value.is_null() && self.screens.contains(&target) || self.is_on_screen(target)
            }
            Node::Closure { .. } => true,
            Node::Await { .. } => !self.screens.is_empty(),
            other => other.is_region(),
        })
    }

    /// Something of what the condition is about, and nothing that calls off.
    fn is_on_screen(&self, value: &Value) -> bool {
        let mut bases = std::iter::successors(Some(value), |value| match value {
            Value::Member(base, _) => Some(&**base),
            _ => None,
        });
        let ends = CANCELLING.contains(&last_name(value)) || TIMER_STOPS.contains(&last_name(value));
        !ends && bases.any(|base| base != value && self.screens.contains(&base))
    }
}
