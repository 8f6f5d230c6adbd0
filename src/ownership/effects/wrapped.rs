//! Page-leave handlers that are registered by a helper of the project: `onWindow("pagehide", leave)`.
//!
//! The helper hands its own parameters to the page as event and handler. The rows say which events
//! those are. Knows no library and no framework.

use rustc_hash::FxHashMap;

use super::Effects;
use super::leave::Registration;
use super::lifespan::home_of;
use crate::catalog::schema::{ArgKey, Leaving};
use crate::facts::{LocalKind, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};

pub(crate) fn wrapped(effects: &Effects) -> Vec<Registration> {
    let events = events(effects);
    let helpers: FxHashMap<FnRef, usize> = effects.program.calls().filter_map(|call| helper(effects, call)).collect();
    let calls = helpers.iter().flat_map(|(f, at)| effects.calls_of(*f).iter().map(move |call| (*call, *at)));
    let mut found: Vec<Registration> = calls.filter_map(|(call, at)| registered(effects, &events, call, at)).collect();
    found.sort_by_key(|one| one.call);
    found
}

/// The names of page-leave events, as the rows for calls have them.
fn events<'a>(effects: &Effects<'_, 'a>) -> FxHashMap<&'a str, Leaving> {
    let program = effects.program;
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).handovers);
    let mut found = FxHashMap::default();
    for (row, leaving) in rows.filter_map(|row| Some((row, row.leave?))) {
        let first = row.when.iter().filter(|when| when.arg == [ArgKey::Position(0)]);
        let names = first.flat_map(|when| when.is.iter().filter_map(|text| text.strip_prefix("literal:")));
        found.extend(names.map(|name| (name, leaving)));
    }
    found
}

/// The function around a call that registers a listener for an event which that function is
/// given, with the position of the event among its parameters.
fn helper(effects: &Effects, call: CallRef) -> Option<(FnRef, usize)> {
    let (_, opener) = effects.opener(call).filter(|_| is_on_page(effects, call))?;
    let data = effects.program.call(call);
    let (event, handler) = (data.positional(opener.event?)?, data.positional(opener.handler?)?);
    let home = home_of(effects, effects.at(call));
    let at = param_at(effects, home, &event.value)?;
    matches!(handler.value, Value::Var(_) | Value::Closure(_)).then_some((home, at))
}

/// The receiver is the page, or may be: `(target ?? window).addEventListener(…)`.
fn is_on_page(effects: &Effects, call: CallRef) -> bool {
    matches!(effects.program.call(call).callee, Value::Global(_))
        || effects.chain_names(call).iter().any(|name| matches!(name.as_str(), "window" | "document" | "globalThis"))
}

fn param_at(effects: &Effects, home: FnRef, value: &Value) -> Option<usize> {
    let Value::Var(var) = value else { return None };
    if var.function != home.id || effects.program.facts(home.file).local(*var).kind != LocalKind::Param {
        return None;
    }
    let params = effects.program.function(home).params.iter().filter(|param| param.kind == ParamKind::Normal);
    params.into_iter().position(|param| VarRef { function: home.id, local: param.local } == *var)
}

fn registered(effects: &Effects, events: &FxHashMap<&str, Leaving>, call: CallRef, at: usize) -> Option<Registration> {
    let data = effects.program.call(call);
    let name = effects.text(call.file, &data.positional(at)?.value)?;
    Some(Registration {
        at: effects.at(call),
        span: data.span,
        call: Some(call),
        handlers: effects.given_functions(call, &[]),
        leaving: *events.get(name)?,
    })
}
