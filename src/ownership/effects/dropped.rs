//! Functions that open something and return what releases it, and are run where nobody takes that.
//!
//! An event handler's result goes nowhere: each event opens one more. Knows no library.

use super::ends::ends;
use super::lifespan::{home_of, returned_by};
use super::model::{Fit, Fitting, Handle, Owner};
use super::opens::opened;
use super::{Effects, End, Fault, Leak, Open, Whose};
use crate::catalog::schema::Kind;
use crate::facts::{Language, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::flow::is_used;

pub fn dropped<'a>(effects: &Effects<'_, 'a>) -> Vec<Leak<'a>> {
    let functions = effects.program.functions().filter(|f| effects.program.language(f.file) == Language::Script);
    functions.filter(|f| !super::lifespan::is_aside(effects, *f)).flat_map(|f| of_function(effects, f)).collect()
}

fn of_function<'a>(effects: &Effects<'_, 'a>, f: FnRef) -> Vec<Leak<'a>> {
    let disposers: Vec<(FnRef, &Value)> =
        returned_by(effects, f).into_iter().filter(|(_, value)| matches!(value, Value::Closure(_))).collect();
    if disposers.is_empty() || !is_dropped(effects, f) {
        return Vec::new();
    }
    let events = ends(effects, &[], &disposers).events;
    let opens = opened(effects, f).opens.into_iter().filter(|open| open.from == f && outlives(effects, f, open));
    let leaks = opens.filter_map(|open| {
        let handle = Handle::of(effects, &open);
        let fitting = Fitting { effects, open: &open, handle: &handle };
        let release = events.iter().find(|event| fitting.fit(event) == Fit::Releases)?;
        if ends_in_time(effects, f, &fitting) {
            return None;
        }
        let proof = release.call;
        let end = End::Unknown;
        Some(Leak {
            effect: None,
            start: f,
            open,
            fault: Fault::Nobody,
            proof,
            loose: false,
            whose: Whose::Owner,
            owned: None,
            end,
        })
    });
    leaks.collect()
}

/// What it opens does not go away with the call.
fn outlives<'a>(effects: &Effects<'_, 'a>, f: FnRef, open: &Open<'a>) -> bool {
    let owner = Owner { returns: true, home: home_of(effects, f), ..Owner::starting(f) };
    !open.opener.pedantic && !super::receivers::goes_by_itself(effects, &owner, open)
}

/// A timer of one shot that the function sets releases it, too.
fn ends_in_time<'a>(effects: &Effects<'_, 'a>, f: FnRef, fitting: &Fitting<'_, 'a>) -> bool {
    let calls = effects.program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
    let one_shot =
        |call: &CallRef| effects.opener(*call).is_some_and(|(_, opener)| opener.kind == Kind::Timer && opener.pedantic);
    let given: Vec<FnRef> = calls.filter(one_shot).flat_map(|call| effects.given_functions(call, &[])).collect();
    !given.is_empty() && ends(effects, &given, &[]).events.iter().any(|event| fitting.fit(event) == Fit::Releases)
}

/// It is given away as a handler of events, or called by one that lets the result go.
fn is_dropped(effects: &Effects, f: FnRef) -> bool {
    effects.is_handler(f) || effects.calls_of(f).iter().any(|call| is_let_go(effects, *call))
}

fn is_let_go(effects: &Effects, call: CallRef) -> bool {
    let caller = effects.at(call);
    let contexts = effects.project.contexts.of(Point::Fn(caller));
    contexts.iter().any(|context| context.trigger == Trigger::Event && !context.weak) && !is_used(effects.program, call)
}
