//! Handlers of page-leave events: what they release, and whether their event comes at all.
//!
//! The rows say which calls, assignments and decorators register such handlers, and which events
//! are reliable. Knows no library and no framework.

use super::Effects;
use super::ends::ends;
use super::model::{Event, Same};
use crate::catalog::lookup_words::words;
use crate::catalog::schema::{Kind, Leaving, PackageFile};
use crate::catalog::words::effects::{
    BEACONS, CONNECTION_ENDS, CONNECTION_NAMES, GIVING_BACK, LEAVING, PAGE_REQUESTS, RENDERED_MEMBERS, TELLING,
    WRITING_REQUESTS,
};
use crate::catalog::{Row, RowKind, TypeId};
use crate::facts::{CallId, FnId, Literal, Node, Part, Span, Value, VarRef, walk};
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::conditions::record_key;
use crate::values::handover::functions_of;
use crate::values::sites::last_name;

/// A handler that releases something lasting or tells somebody of the end, registered for an event that may never come.
pub struct Leave {
    /// The registration.
    pub at: FnRef,
    pub span: Span,
    /// The call in the handler that releases or tells.
    pub release: CallRef,
    /// It only tells the other side, over something that ends with the page.
    pub tells: bool,
    /// Names of the event, in the registration and where it is taken back, that could be
    /// exchanged; empty when the handler looks at its event or the name stands elsewhere.
    pub names: Vec<Span>,
}

/// One handler registered for a page-leave event.
pub(crate) struct Registration {
    pub at: FnRef,
    pub span: Span,
    pub call: Option<CallRef>,
    pub handlers: Vec<FnRef>,
    pub leaving: Leaving,
}

/// The option by which a request outlives its page.
const KEEPALIVE: &str = "keepalive";

/// All unreliable ones that no reliable one stands beside.
pub(crate) fn leaves(effects: &Effects) -> Vec<Leave> {
    let all = registrations(effects);
    let (unreliable, reliable): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.leaving == Leaving::Unreliable);
    let judged =
        unreliable.iter().filter(|one| !super::lifespan::is_aside(effects, one.at) && !fires_always(effects, one));
    judged.filter_map(|one| leave(effects, one, &reliable)).collect()
}

pub(crate) fn registrations(effects: &Effects) -> Vec<Registration> {
    let mut found: Vec<Registration> = effects.program.calls().filter_map(|call| registered(effects, call)).collect();
    found.extend(decorated(effects));
    found.extend(assigned(effects));
    found.extend(super::wrapped::wrapped(effects));
    found
}

fn registered(effects: &Effects, call: CallRef) -> Option<Registration> {
    let target = effects.project.graph.target(call)?;
    let rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
    let row = rows.map(|row| effects.program.catalog.handover(*row)).find(|row| row.leave.is_some())?;
    let data = effects.program.call(call);
    Some(Registration {
        at: effects.at(call),
        span: data.span,
        call: Some(call),
        handlers: effects.given_functions(call, &row.args),
        leaving: row.leave?,
    })
}

fn decorated(effects: &Effects) -> Vec<Registration> {
    let program = effects.program;
    let leaving = |row: &Row| match row.kind {
        RowKind::Decorator => program.catalog.decorator(*row).leave,
        _ => None,
    };
    let mut found = Vec::new();
    for f in program.functions() {
        let calls = program.function(f).decorators.iter().map(|id| CallRef { file: f.file, id: *id });
        for call in calls {
            let rows = effects.project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
            if let Some(leaving) = rows.first().and_then(leaving) {
                let span = program.call(call).span;
                found.push(Registration { at: f, span, call: Some(call), handlers: vec![f], leaving });
            }
        }
    }
    found
}

/// `window.onunload = …`, also without its `window`.
fn assigned(effects: &Effects) -> Vec<Registration> {
    let program = effects.program;
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).handovers);
    let names: Vec<(&str, Leaving)> = rows
        .filter_map(|row| Some((row, row.leave?)))
        .flat_map(|(row, leaving)| row.assigned.iter().map(move |name| (name.as_str(), leaving)))
        .collect();
    let mut found = Vec::new();
    for (file, index) in program.index.iter().enumerate() {
        let file = file as u32;
        for (name, leaving) in &names {
            let members = index.members.get(name).into_iter().flatten();
            let on_page = members.filter(|(base, _)| is_page(effects, file, base)).map(|(_, bound)| bound);
            let bare = index.globals.get(name).into_iter().flatten();
            found.extend(on_page.chain(bare).filter_map(|bound| assignment(effects, file, bound, name, *leaving)));
        }
    }
    found
}

fn assignment<'a>(
    effects: &Effects<'_, 'a>,
    file: u32,
    bound: &Bound<'a>,
    name: &str,
    leaving: Leaving,
) -> Option<Registration> {
    let at = FnRef { file, id: bound.function };
    let mut handlers = Vec::new();
    functions_of(effects.program, at, bound.value, false, &mut handlers);
    let span = span_of_bind(effects, at, name)?;
    Some(Registration { at, span, call: None, handlers, leaving })
}

fn is_page(effects: &Effects, file: u32, value: &Value) -> bool {
    effects.key(file, value).is_some_and(|key| key.starts_with("page"))
}

fn span_of_bind(effects: &Effects, f: FnRef, name: &str) -> Option<Span> {
    let named = |target: &Value| matches!(target, Value::Member(_, own) | Value::Global(own) if own == name);
    walk::binds(&effects.program.function(f).body).find(|bind| named(bind.target)).map(|bind| bind.span)
}

/// The package runs in windows that always tell.
fn fires_always(effects: &Effects, one: &Registration) -> bool {
    let program = effects.program;
    let Some(package) = program.package_of(one.at.file) else { return false };
    let reliable = |file: &&PackageFile| file.leave == Some(Leaving::Reliable);
    let files = program.active.iter().map(|id| program.catalog.package(*id)).filter(reliable);
    files.into_iter().any(|file| file.dependencies.iter().any(|name| package.dependencies.contains(name)))
}

fn leave(effects: &Effects, one: &Registration, reliable: &[Registration]) -> Option<Leave> {
    if one.handlers.is_empty() || one.handlers.iter().any(|f| prompts(effects, *f)) {
        return None;
    }
    let events = ends(effects, &one.handlers, &[]).events;
    let ended = events.iter().find_map(|event| lasting_release(effects, event));
    let tells = ended.is_none();
    let release = ended.or_else(|| told(effects, &events))?;
    let name = last_name(&effects.program.call(release).callee);
    let beside = reliable.iter().filter(|other| same_package(effects, one, other));
    let covered = beside.into_iter().any(|other| {
        let calls = ends(effects, &other.handlers, &[]).events;
        other.handlers.iter().any(|f| one.handlers.contains(f))
            || calls.iter().any(|event| last_name(event.callee) == name)
    });
    let lasts = |call| departs(effects, call) || speaks(effects, call) || takes_leave(effects, call);
    let names = || if tells && !lasts(release) { Vec::new() } else { names(effects, one) };
    (!covered).then(|| Leave { at: one.at, span: one.span, release, tells, names: names() })
}

fn same_package(effects: &Effects, one: &Registration, other: &Registration) -> bool {
    let program = effects.program;
    let folder = |file: u32| program.package_of(file).map(|p| &p.folder);
    folder(one.at.file) == folder(other.at.file)
}

/// The handler prompts the user: it cancels the event, or gives it a value.
fn prompts(effects: &Effects, f: FnRef) -> bool {
    let gives = |node: &Node| match node {
        Node::Bind { target: Value::Member(_, name), .. } => name == "returnValue",
        Node::Return { value: Some(Value::Literal(literal)), .. } => *literal != Literal::Null,
        _ => false,
    };
    let facts = effects.program.facts(f.file);
    let prevents = facts.calls.iter().filter(|call| call.function == f.id);
    let mut prevents = prevents.filter(|call| call.callee_name(facts) == Some("preventDefault"));
    prevents.next().is_some() || walk::nodes(&effects.program.function(f).body).any(gives)
}

/// The call, when it ends a connection that a server or a peer knows of.
fn lasting_release<'a>(effects: &Effects<'_, 'a>, event: &Event<'a>) -> Option<CallRef> {
    let call = event.call?;
    let target = effects.project.graph.target(call)?;
    let name = last_name(event.callee);
    if let Some(ty) = target.receiver {
        let info = effects.program.catalog.ty(ty);
        let lasting = matches!(info.row.kind, Kind::Realtime | Kind::Subscription);
        return (lasting && info.row.release.iter().any(|known| known == name)).then_some(call);
    }
    let known = target.functions.iter().any(|f| !target.by_name && !effects.program.function(*f).body.is_empty());
    (!known && sounds_lasting(effects, event, name)).then_some(call)
}

/// The call that tells a server or a peer of the end. What arrives for sure counts where it says that somebody leaves:
/// what it reports otherwise may well be lost.
fn told<'a>(effects: &Effects<'_, 'a>, events: &[Event<'a>]) -> Option<CallRef> {
    let surely = |event: &&Event| BEACONS.contains(&last_name(event.callee));
    let calls = || events.iter().filter_map(|event| event.call);
    let mut sure = events.iter().filter(surely).filter_map(|event| event.call).peekable();
    if sure.peek().is_some() {
        return sure.find(|call| takes_leave(effects, *call));
    }
    let kept_alive = |call: CallRef| is_kept_alive(effects, call) && takes_leave(effects, call);
    calls().find(|call| departs(effects, *call) || asks(effects, *call) || speaks(effects, *call) || kept_alive(*call))
}

/// A request that outlives its page.
fn is_kept_alive(effects: &Effects, call: CallRef) -> bool {
    option_of(effects, call, KEEPALIVE).is_some_and(|value| *value == Value::Literal(Literal::Bool(true)))
}

fn option_of<'a>(effects: &Effects<'_, 'a>, call: CallRef, key: &str) -> Option<&'a Value> {
    let data = effects.program.call(call);
    let options = data.positional(1).filter(|_| PAGE_REQUESTS.contains(&last_name(&data.callee)))?;
    record_key(effects.program.deref(effects.at(call), &options.value), key)
}

/// A library tells the others there that this one leaves.
fn departs(effects: &Effects, call: CallRef) -> bool {
    let target = effects.project.graph.target(call);
    target.is_some_and(|target| target.rows.iter().any(|row| row.kind == RowKind::Departure))
}

/// `navigator.sendBeacon("/rooms/leave", …)`: the last part of the address is a word for leaving, or for giving back
/// what is held; or the request takes something away.
fn takes_leave(effects: &Effects, call: CallRef) -> bool {
    option_of(effects, call, "method").and_then(Value::as_str).is_some_and(|method| method == "DELETE")
        || is_sent_to_leave(effects, call)
}

fn is_sent_to_leave(effects: &Effects, call: CallRef) -> bool {
    let Some(address) = effects.program.call(call).positional(0) else { return false };
    let end = match effects.program.deref(effects.at(call), &address.value) {
        Value::Template(parts) => match parts.last() {
            Some(Part::Text(text)) => text.as_str(),
            _ => return false,
        },
        value => match value.as_str() {
            Some(text) => text,
            None => return false,
        },
    };
    let last = end.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').rsplit('/').next();
    let leaves = |last: &str| LEAVING.iter().any(|verb| last.to_ascii_lowercase().starts_with(verb));
    let gives_back = |last: &str| words(last).first().is_some_and(|first| GIVING_BACK.contains(&first.as_str()));
    last.is_some_and(|last| leaves(last) || gives_back(last))
}

/// It sends a request that nothing keeps alive once the page is gone.
fn asks(effects: &Effects, call: CallRef) -> bool {
    let program = effects.program;
    let data = program.call(call);
    let name = last_name(&data.callee);
    if PAGE_REQUESTS.contains(&name)
        && program
            .value_name(call.file, data.callee.root())
            .is_some_and(|root| root == name || is_page(effects, call.file, data.callee.root()))
    {
        let from = effects.at(call);
        return data.positional(1).is_none_or(|options| match program.deref(from, &options.value) {
            Value::Record { entries, open, .. } => !open && entries.iter().all(|entry| entry.key != KEEPALIVE),
            _ => false,
        });
    }
    let target = effects.project.graph.target(call);
    let http = |ty: TypeId| program.catalog.ty(ty).row.service == "http";
    let once = target.and_then(|target| target.gives).is_some_and(|given| given.how == How::OneShot && http(given.ty));
    let writes = WRITING_REQUESTS.contains(&name);
    match target.and_then(|target| target.receiver) {
        _ if once => true,
        Some(ty) => writes && http(ty),
        None => {
            let unknown = target.is_none_or(|target| target.functions.is_empty());
            writes && unknown && data.positional(0).is_some_and(|arg| is_address(&arg.value))
        }
    }
}

/// Text that begins like an address.
fn is_address(value: &Value) -> bool {
    let begins = |text: &str| text.starts_with('/') || text.starts_with("http");
    match value {
        Value::Template(parts) => matches!(parts.first(), Some(Part::Text(text)) if begins(text)),
        value => value.as_str().is_some_and(begins),
    }
}

/// It sends something over a connection that ends with the page.
fn speaks(effects: &Effects, call: CallRef) -> bool {
    let data = effects.program.call(call);
    let Value::Member(base, name) = &data.callee else { return false };
    if !TELLING.contains(&name.as_str()) || data.args.is_empty() {
        return false;
    }
    let target = effects.project.graph.target(call);
    match target.and_then(|target| target.receiver) {
        Some(ty) => matches!(effects.program.catalog.ty(ty).row.kind, Kind::Realtime | Kind::Subscription),
        None => {
            let holder = effects.program.value_name(call.file, held(base)).unwrap_or_default().to_ascii_lowercase();
            let unknown = target.is_none_or(|target| target.functions.is_empty());
            // `socketRef.current`
            unknown && CONNECTION_NAMES.iter().any(|noun| holder.trim_end_matches("ref").ends_with(noun))
        }
    }
}

/// What a cell of the component holds.
fn held(value: &Value) -> &Value {
    match value {
        Value::Member(base, name) if RENDERED_MEMBERS.contains(&name.as_str()) => base,
        other => other,
    }
}

fn sounds_lasting<'a>(effects: &Effects<'_, 'a>, event: &Event<'a>, name: &str) -> bool {
    let plain = name.to_ascii_lowercase();
    let compound = |name: &str| {
        let rests = LEAVING.iter().filter_map(|verb| name.strip_prefix(verb));
        rests.into_iter().any(|rest| rest == "user" || CONNECTION_NAMES.iter().any(|noun| rest.starts_with(noun)))
    };
    let Value::Member(base, _) = event.callee else { return compound(&plain) };
    let holder = effects.program.value_name(event.from.file, base).unwrap_or_default().to_ascii_lowercase();
    let connection = CONNECTION_NAMES.iter().any(|noun| holder.ends_with(noun));
    // An object that stands for what is done: `leaveRoom.mutate()`.
    compound(&plain) || compound(&holder) || connection && CONNECTION_ENDS.contains(&plain.as_str())
}

/// The literal event names of the registration and of the calls that take it back.
fn names(effects: &Effects, one: &Registration) -> Vec<Span> {
    let Some(call) = one.call.filter(|_| !looks_at_event(effects, one)) else { return Vec::new() };
    let data = effects.program.call(call);
    let (Some(event), Some(handler)) = (data.positional(0), data.positional(1)) else { return Vec::new() };
    let Some(text) = event.value.as_str() else { return Vec::new() };
    let mut found = vec![event.span];
    for other in &effects.program.facts(call.file).calls {
        let removes = last_name(&other.callee).starts_with("remove") || last_name(&other.callee) == "off";
        let (Some(name), Some(arg)) = (other.positional(0), other.positional(1)) else { continue };
        let same = || effects.same_handler((call.file, &handler.value), (call.file, &arg.value)) == Same::Yes;
        if removes && name.value.as_str() == Some(text) && same() {
            found.push(name.span);
        }
    }
    found
}

fn looks_at_event(effects: &Effects, one: &Registration) -> bool {
    one.handlers.iter().any(|f| {
        let params = effects.program.function(*f).params.iter();
        let vars: Vec<VarRef> = params.map(|p| VarRef { function: f.id, local: p.local }).collect();
        reads(effects, f.file, &vars)
    })
}

fn reads(effects: &Effects, file: u32, vars: &[VarRef]) -> bool {
    let facts = effects.program.facts(file);
    let is_one = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let ids = (0..facts.calls.len() as u32).map(CallId);
    let called =
        ids.map(|id| facts.call(id)).any(|call| is_one(&call.callee) || call.args.iter().any(|arg| is_one(&arg.value)));
    let bound = facts.function_ids().any(|id| id != FnId::TOP && binds(&facts.function(id).body, &is_one));
    called || bound
}

fn binds(block: &[Node], test: &dyn Fn(&Value) -> bool) -> bool {
    walk::binds(block).any(|bind| test(bind.target) || test(bind.value))
}
