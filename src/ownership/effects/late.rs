//! Openings that may happen after the owner's life has ended, so that the cleanup comes too early.
//!
//! After an await, or where a promise brings the handle: silent as soon as something tells the two apart (a flag
//! that the cleanup sets, an abort, waiting for the promise). Knows no library.

use super::ends::{Ends, Event};
use super::fits::Fitting;
use super::handles::Handle;
use super::judge::all_tested;
use super::owners::Owner;
use super::{Effects, Open};
use crate::catalog::schema::{Gives, Kind};
use crate::catalog::words::effects::{CANCELLING, TIMER_STOPS};
use crate::facts::walk::{self, nodes};
use crate::facts::{CallId, Node, Pred, Value};
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::sites::last_name;

/// The release fits, and runs before the opening when the owner ends early. What hangs on a stream of the owner itself
/// goes away with it, whenever it is opened.
pub fn is_late<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    fitting: &Fitting<'_, 'a>,
    ends: &Ends<'a>,
    event: &Event<'a>,
) -> bool {
    let (open, handle) = (fitting.open, fitting.handle);
    let promised = matches!(open.opener.gives, Gives::PromiseHandle | Gives::PromiseDisposer);
    let late = if open.repeats { open.awaited } else { open.late };
    let comes_late = late || promised && is_filled_later(effects, handle, event);
    comes_late
        && !waits(effects, event)
        && !is_told(effects, open, handle, ends)
        && !super::receivers::is_of_own_stream(effects, owner, open)
}

/// The place that the release reads is filled by a callback of the promise, or after an await.
fn is_filled_later<'a>(effects: &Effects<'_, 'a>, handle: &Handle<'_, 'a>, event: &Event<'a>) -> bool {
    let file = event.from.file;
    let base = match event.callee {
        Value::Member(base, _) if !handle.relates(file, event.callee) || handle.relates(file, base) => &**base,
        other => other,
    };
    let args = event.args.iter().map(|arg| &arg.value);
    let read = [base].into_iter().chain(args).find(|value| handle.relates(file, value));
    let Some(read) = read.map(|value| source(effects, file, value, 0)) else { return false };
    let bounds = filled(effects, file, read);
    !bounds.is_empty() && bounds.iter().all(|(f, value)| in_callback(effects, *f) || is_awaited(effects, *f, value))
}

/// What is assigned to a place, or given to a state of the component.
fn filled<'a>(effects: &Effects<'_, 'a>, file: u32, place: &'a Value) -> Vec<(FnRef, &'a Value)> {
    let mut given = match place {
        Value::Var(var) => effects.given_to_state(file, *var),
        _ => Vec::new(),
    };
    if given.is_empty() {
        given = effects.bound_to(file, place);
    }
    given.retain(|(_, value)| !value.is_null());
    given
}

/// The place behind a chain of calls, or behind one of its parts: what a closure or the body of a loop is given.
fn source<'a>(effects: &Effects<'_, 'a>, file: u32, value: &'a Value, depth: u32) -> &'a Value {
    match value {
        Value::Var(var) if depth < 8 => {
            if let [Bound { value: Value::Element(whole), .. }] = effects.program.bound(file, *var) {
                return source(effects, file, whole, depth + 1);
            }
        }
        _ => {}
    }
    let call = match value {
        Value::Call(id) => Some(*id),
        Value::Var(var) if effects.is_param(file, *var) => {
            effects.handed_to(FnRef { file, id: var.function }).map(|call| call.id)
        }
        _ => None,
    };
    let callee = call.map(|id| &effects.program.facts(file).call(id).callee);
    match callee {
        Some(Value::Member(base, _)) if depth < 8 => source(effects, file, base, depth + 1),
        _ => value,
    }
}

fn in_callback(effects: &Effects, f: FnRef) -> bool {
    let then = |call: CallRef| last_name(&effects.program.call(call).callee) == "then";
    effects.handed_to(f).is_some_and(then)
}

fn is_awaited(effects: &Effects, f: FnRef, value: &Value) -> bool {
    let awaited = |value: &Value| matches!(value, Value::Call(id) if effects.program.facts(f.file).call(*id).awaited);
    match value {
        Value::Var(var) => matches!(effects.program.bound(f.file, *var), [only] if awaited(only.value)),
        other => awaited(other),
    }
}

/// When it is called something has been awaited: it stands in a callback of a promise, or after an await. The set-up
/// code of a file of its own goes on where it was.
pub(crate) fn comes_after_wait(effects: &Effects, call: CallRef) -> bool {
    let f = effects.at(call);
    let component = effects.program.facts(f.file).component == Some(f.id);
    in_callback(effects, f) || !component && is_after_await(&effects.program.function(f).body, call.id) == Some(true)
}

/// `None` where the call is not in the block.
fn is_after_await(block: &[Node], call: CallId) -> Option<bool> {
    let at = block.iter().position(|node| match node {
        Node::Call(id) => *id == call,
        other => other.blocks().any(|inner| is_after_await(inner, call).is_some()),
    })?;
    let within = block[at].blocks().find_map(|inner| is_after_await(inner, call));
    let waits = |node: &Node| matches!(node, Node::Await { .. });
    Some(within == Some(true) || nodes(&block[..at]).any(waits))
}

/// The release itself waits: it stands in a callback of the promise, or after an await.
fn waits(effects: &Effects, event: &Event) -> bool {
    let function = effects.program.function(event.from);
    let called_back = |call: CallRef| {
        matches!(last_name(&effects.program.call(call).callee), "then" | "finally" | "catch" | "allSettled")
    };
    effects.handed_to(event.from).is_some_and(called_back)
        || nodes(&function.body).any(|node| matches!(node, Node::Await { .. }))
}

/// Something that the end changes is looked at on the way to the opening, or after it. What is looked at only to show
/// something, and a place that is empty until the opening fills it, tell nothing.
pub fn is_told<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, handle: &Handle<'_, 'a>, ends: &Ends<'a>) -> bool {
    // What a loop opens anew is not called off by the end of the first one.
    let way = open.path.iter().map(|call| effects.at(*call)).chain([open.from]);
    let timed = !open.repeats && way.into_iter().any(|f| is_timed(effects, f));
    is_called_off(effects, open, handle, ends, timed)
}

/// As [`is_told`]; `timed`: a timer that the end clears keeps it from happening.
pub(crate) fn is_called_off<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    handle: &Handle<'_, 'a>,
    ends: &Ends<'a>,
    timed: bool,
) -> bool {
    let way: Vec<FnRef> = open.path.iter().map(|call| effects.at(*call)).chain([open.from]).collect();
    let calls_off = |name: &str| CANCELLING.contains(&name) || timed && TIMER_STOPS.contains(&name);
    if ends.events.iter().any(|event| calls_off(last_name(event.callee))) {
        return true;
    }
    let set: Vec<String> = ends.functions.iter().flat_map(|f| places_set(effects, *f)).collect();
    let mut preds: Vec<(u32, &'a Pred)> = open.preds.clone();
    for f in way {
        told_in(effects, f, &effects.program.function(f).body, handle, &mut preds);
        callbacks_of(effects, f, handle, &mut preds);
    }
    all_tested(&preds).into_iter().any(|(file, value)| {
        let flag = matches!(value, Value::Member(_, name) if matches!(name.as_str(), "aborted" | "current" | "value"));
        !handle.relates(file, value) && (flag || effects.key(file, value).is_some_and(|key| set.contains(&key)))
    })
}

/// The end sets a place that what runs until then looks at, or that holds what was opened.
pub fn is_flagged(effects: &Effects, open: &Open, ends: &Ends, running: &[FnRef]) -> bool {
    let set: Vec<String> = ends.functions.iter().flat_map(|f| places_set(effects, *f)).collect();
    let is_set = |file: u32, value: &Value| effects.key(file, value).is_some_and(|key| set.contains(&key));
    let made = |value: &Value| {
        let calls = [Some(open.call), open.object];
        calls.into_iter().flatten().any(|call| *value == Value::Call(call.id))
    };
    let mut preds = Vec::new();
    for f in running {
        preds.extend(nodes(&effects.program.function(*f).body).filter_map(|node| match node {
            Node::Branch { pred, .. } => Some((f.file, &**pred)),
            _ => None,
        }));
    }
    let mut binds = running.iter().flat_map(|f| binds_of(effects, *f).into_iter().map(|bind| (f.file, bind)));
    all_tested(&preds).into_iter().any(|(file, value)| is_set(file, value))
        || binds.any(|(file, (target, value))| made(value) && is_set(file, target))
}

/// It is, or stands in, a function that a timer of the file is given.
fn is_timed(effects: &Effects, f: FnRef) -> bool {
    let calls =
        (0..effects.program.facts(f.file).calls.len() as u32).map(|id| CallRef { file: f.file, id: CallId(id) });
    let timer = |call: &CallRef| effects.opener(*call).is_some_and(|(_, opener)| opener.kind == Kind::Timer);
    let mut given = calls.filter(timer).flat_map(|call| effects.given_functions(call, &[]));
    given.any(|outer| effects.within(outer, f))
}

/// Conditions in closures that stand in the function: callbacks of the promise.
fn callbacks_of<'a>(effects: &Effects<'_, 'a>, f: FnRef, handle: &Handle<'_, 'a>, preds: &mut Vec<(u32, &'a Pred)>) {
    let ids = effects.program.facts(f.file).function_ids().map(|id| FnRef { file: f.file, id });
    let inner = ids.filter(|inner| *inner != f && effects.within(f, *inner) && in_callback(effects, *inner));
    inner.for_each(|inner| told_in(effects, inner, &effects.program.function(inner).body, handle, preds));
}

/// Conditions on which more depends than what the component shows.
fn told_in<'a>(
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
fn screens(pred: &Pred) -> Vec<&Value> {
    let tested = all_tested(&[(0, pred)]).into_iter().map(|(_, value)| value);
    tested.filter(|value| matches!(value, Value::Member(_, name) if name == "current")).collect()
}

/// What under a condition only shows something.
struct Shown<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    f: FnRef,
    handle: &'e Handle<'e, 'a>,
    /// What the condition is about.
    screens: Vec<&'a Value>,
}

impl<'a> Shown<'_, 'a> {
    /// Calls that set states of the component, and what is done to that which the condition is about: nothing else.
    fn is_all_of(&self, block: &'a [Node]) -> bool {
        nodes(block).all(|node| match node {
            Node::Call(id) => {
                let data = self.effects.program.facts(self.f.file).call(*id);
                let told = data.args.iter().any(|arg| self.handle.relates(self.f.file, &arg.value));
                !told && (self.effects.is_setter(self.f.file, &data.callee) || self.is_on_screen(&data.callee))
            }
            Node::Bind { target, .. } => self.is_on_screen(target),
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

/// Places that a function assigns to.
pub(crate) fn places_set(effects: &Effects, f: FnRef) -> Vec<String> {
    binds_of(effects, f).into_iter().filter_map(|(target, _)| effects.key(f.file, target)).collect()
}

/// What a function assigns to which place.
pub(crate) fn binds_of<'a>(effects: &Effects<'_, 'a>, f: FnRef) -> Vec<(&'a Value, &'a Value)> {
    walk::binds(&effects.program.function(f).body).map(|bind| (bind.target, bind.value)).collect()
}
