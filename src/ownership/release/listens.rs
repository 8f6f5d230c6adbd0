//! Listeners on the resource itself: from then on the event loop keeps it alive, and what it runs may end it.
//!
//! Knows no library by name.

use super::model::{Effect, Walk};
use super::names;
use crate::catalog::schema::Kind;
use crate::catalog::words::release::LOSING_EVENTS;
use crate::facts::{Call, FnId, Language, LocalKind, Value, VarRef};
use crate::program::FnRef;
use crate::values::Program;

impl Walk<'_, '_, '_> {
    /// What it comes to that a listener is added; `None` for other calls.
    pub(crate) fn listens(&self, data: &Call, name: &str) -> Option<Effect> {
        let handlers = || data.args.iter().filter(|arg| matches!(arg.value, Value::Closure(_) | Value::Var(_)));
        let listens = self.language == Language::Script
            && !self.resource.acquired
            && names::listens(name)
            && name != "once"
            && handlers().next().is_some();
        if let Some(begun) = begun_by(data).filter(|_| listens) {
            return Some(self.begins(begun));
        }
        let blind = |value: &Value| matches!(value, Value::Closure(id) if !self.captures(*id));
        let harmless = is_failure_event(data) || self.waits_for_us() && handlers().all(|arg| blind(&arg.value));
        listens.then_some(if harmless { Effect::Harmless } else { Effect::Escape })
    }

    /// What is done once the connection stands is done to what is open.
    fn begins(&self, handler: FnId) -> Effect {
        match self.closure_effect(handler) {
            Effect::None if self.captures(handler) => Effect::Use,
            Effect::None => Effect::Harmless,
            effect => effect,
        }
    }

    /// The function runs only when the resource tells of a failure: on any other way it ends nothing.
    pub(crate) fn awaits_failure(&self, id: FnId) -> bool {
        failing(self.world.program, FnRef { file: self.f.file, id }).is_some_and(|whose| self.is_ever(whose))
    }

    /// A server keeps the connection for as long as the program does. The other end of a socket may close it.
    fn waits_for_us(&self) -> bool {
        let kind = self.resource.kind(self.world.program);
        matches!(kind, Some(Kind::Connection | Kind::LazyClient | Kind::OrmClient | Kind::Pool | Kind::Broker))
    }

    /// The name of a function that works over the resource: `return wrapped`.
    pub(crate) fn is_function_over_it(&self, var: VarRef) -> bool {
        match self.world.program.facts(self.f.file).local(var).kind {
            LocalKind::Function(id) => self.captures(id),
            _ => false,
        }
    }

    /// The function calls it, gives it away or keeps it, alone or as part of something.
    pub(crate) fn captures(&self, id: FnId) -> bool {
        super::bodies::captures(self.world.program, FnRef { file: self.f.file, id }, &|value| self.is_ever(value))
    }
}

/// What the function listens to for failures.
pub fn failing<'a>(program: &Program<'a>, g: FnRef) -> Option<&'a Value> {
    let data = program.call(program.handed_to(g)?);
    match &data.callee {
        Value::Member(base, name) if names::listens(name) && event(data) == Some("error") => Some(base),
        _ => None,
    }
}

/// What tells the function that it has failed or ended.
pub(crate) fn losing<'a>(program: &Program<'a>, g: FnRef) -> Option<&'a Value> {
    let data = program.call(program.handed_to(g)?);
    let is_lost = LOSING_EVENTS.contains(&event(data)?);
    match &data.callee {
        Value::Member(base, name) if is_lost && names::listens(name) => Some(base),
        _ => None,
    }
}

fn event(data: &Call) -> Option<&str> {
    data.positional(0)?.value.as_str()
}

fn is_failure_event(data: &Call) -> bool {
    matches!(event(data), Some("error" | "connect"))
}

/// The handler that runs when the connection stands.
fn begun_by(data: &Call) -> Option<FnId> {
    match data.positional(1)?.value {
        Value::Closure(id) if event(data) == Some("connect") => Some(id),
        _ => None,
    }
}
