//! What handlers of a component's events open: each event opens one more, or the component goes before another handler
//! ends it.
//!
//! Listeners are told of only where nothing in their files removes any. Knows no library and no framework.

use super::classes::of_method;
use super::ends::events_in;
use super::handlers::is_components;
use super::lifespan::{home_of, inside};
use super::lives::Lives;
use super::model::{Fit, Fitting, Handle, Homes, Owner};
use super::opens::opened;
use super::repeats::{adds_up, is_ended, is_unconditional};
use super::{Effects, Open, Whose};
use crate::catalog::schema::Kind;
use crate::facts::{CallId, Value, VarRef};
use crate::program::{CallRef, FnRef};

/// Handlers as owners: they begin on events, and end with their component.
pub fn handlers<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let mut handlers: Vec<FnRef> =
        effects.tables.handlers.iter().copied().filter(|f| is_components(effects, *f)).collect();
    handlers.sort();
    let owner = |start| {
        let of_class = of_method(effects, homes, lives, start);
        of_class.unwrap_or_else(|| Owner::in_home(effects, homes, lives, home_of(effects, start), start))
    };
    handlers.into_iter().map(|start| Owner { handler: true, ..owner(start) }).collect()
}

/// It is left open, for each event or when the component goes; `None` where that cannot be told.
pub(crate) fn left_by_handler<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>) -> Option<Whose> {
    let start = owner.start;
    let mut functions = of_file(effects, start.file);
    functions.extend(of_file(effects, open.call.file).into_iter().filter(|f| f.file != start.file));
    let listens = open.opener.kind == Kind::Listener;
    if is_given_away(effects, open) {
        return None;
    }
    match is_ended(effects, open, &events_in(effects, &functions)) {
        false if owner.page => adds_up(effects, start, open).then_some(Whose::Handler),
        false => is_unconditional(effects, start, open, false).then_some(Whose::Handler),
        true => (!listens && !owner.page && is_ended_by_another(effects, owner, open)).then_some(Whose::Begun),
    }
}

/// It is put into something that the component was handed: whoever has that may end it.
fn is_given_away<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let (file, handle) = (open.call.file, Handle::of(effects, open));
    let home = home_of(effects, open.from);
    let others = |value: &Value| matches!(value.root(), Value::Var(var) if !is_own(effects, home, *var));
    effects.program.facts(file).calls.iter().any(|call| match &call.callee {
        Value::Member(base, _) => others(base) && call.args.iter().any(|arg| handle.relates(file, &arg.value)),
        _ => false,
    })
}

fn of_file(effects: &Effects, file: u32) -> Vec<FnRef> {
    effects.program.facts(file).function_ids().map(|id| FnRef { file, id }).collect()
}

/// Some function of the file ends it, and it is none that a timer itself runs; the component has the place.
fn is_ended_by_another<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>) -> bool {
    let handle = Handle::of(effects, open);
    let fitting = Fitting { effects, open, handle: &handle };
    let ends = |functions: &[FnRef]| {
        let mut events = events_in(effects, functions).into_iter();
        events.any(|event| {
            event.call != Some(open.call) && !handle.is_in_disposer(event.from) && fitting.fit(&event) == Fit::Releases
        })
    };
    let runs = effects.given_functions(open.call, &[]).into_iter().filter(|_| open.opener.kind == Kind::Timer);
    let run: Vec<FnRef> = runs.flat_map(|f| inside(effects, &opened(effects, f).visited)).collect();
    let all: Vec<FnRef> = handle.files.iter().flat_map(|file| of_file(effects, *file)).collect();
    let own = handle.vars_of(owner.home).into_iter().all(|var| is_own(effects, owner.home, var));
    own && (open.repeats || !ends(&run)) && ends(&all)
}

/// The component has it, and nobody who handed the place to it.
fn is_own(effects: &Effects, home: FnRef, var: VarRef) -> bool {
    let is_param = |var: VarRef| effects.is_param(home.file, var);
    let part = |value: &Value| matches!(value.root(), Value::Var(root) if is_param(*root));
    !is_param(var) && !effects.program.bound(home.file, var).iter().any(|bound| part(bound.value))
}

/// Where a loop that asks for itself again begins.
pub(crate) fn first_step(effects: &Effects, visited: &[FnRef], open: &Open) -> CallRef {
    let calls = (0..effects.program.facts(open.from.file).calls.len() as u32).map(CallId);
    let mut calls = calls.map(|id| CallRef { file: open.from.file, id });
    let begins = |call: &CallRef| {
        let from = effects.at(*call);
        from != open.from
            && visited.contains(&from)
            && effects.any_opener(*call).is_some()
            && effects.given_functions(*call, &[]).contains(&open.from)
    };
    calls.find(begins).unwrap_or(open.call)
}
