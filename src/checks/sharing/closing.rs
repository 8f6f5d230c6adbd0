//! Calls and `with` blocks on a request path that close a client which others share.
//!
//! The receiver is followed to its construction; only what the process keeps counts. Knows no
//! library by name.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Shared, libraries, shared_sites};
use crate::body::cfg::{Event, Flow, NodeId};
use crate::catalog::TypeId;
use crate::catalog::lookup_words::words;
use crate::catalog::schema::Kind;
use crate::catalog::words::checks::{CLOSERS, ENDING_EVENTS};
use crate::catalog::words::release::DELIVERIES;
use crate::checks::Project;
use crate::contexts::{Context, Step};
use crate::facts::returned;
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{Block, Call, FnId, FnKind, Node, Param, ParamKind, Span, Value, VarRef};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::follow::{At, behind};
use crate::values::passing::passed;
use crate::values::sites::info;
use crate::values::sites::is_product;
use crate::values::sites::{Site, last_name};

/// A database, and what caches it: who is done with a request may close so many.
const CLIENTS_OF_A_REQUEST: usize = 2;

/// A release of a shared client by one request.
pub struct Closed<'s> {
    /// The call, or the head of the `with` over the client.
    pub span: Span,
    /// Missing where a `with` closes it.
    pub call: Option<CallRef>,
    pub function: FnRef,
    pub shared: Shared<'s>,
    pub trigger: Trigger,
    pub chain: Vec<Step>,
}

/// What may release a client, with the client as written there.
struct Release<'a> {
    span: Span,
    call: Option<CallRef>,
    at: At<'a>,
}

pub fn closed<'s>(project: &'s Project) -> Vec<Closed<'s>> {
    let calls = project.program.calls().filter_map(|call| released_by(project, call));
    let mut releases: Vec<Release> = calls.collect();
    releases.extend(project.program.functions().flat_map(|f| released_by_scopes(project, f)));
    let mut found = libraries::closed(project);
    if !releases.is_empty() {
        releases.sort_by_key(|release| (release.at.f, release.span));
        let shared = shared_sites(project).into_iter().chain(libraries::kept(project));
        let built: FxHashMap<CallRef, Shared> = shared.map(|shared| (shared.site.call, shared)).collect();
        let served = OnceCell::new();
        let served = || served.get_or_init(|| served_with(project, &built));
        let closed = releases.into_iter().filter_map(|release| judge(project, &built, &served, release)).collect();
        found.extend(without_ends(closed));
        found.sort_by_key(|closed| (closed.function, closed.span));
    }
    found
}

/// Those of functions that go on: one that closes more clients than a request has, ends the work of the process.
fn without_ends(closed: Vec<Closed>) -> Vec<Closed> {
    let mut by_function: FxHashMap<FnRef, FxHashSet<CallRef>> = FxHashMap::default();
    for one in &closed {
        by_function.entry(one.function).or_default().insert(one.shared.site.call);
    }
    closed.into_iter().filter(|one| by_function[&one.function].len() <= CLIENTS_OF_A_REQUEST).collect()
}

/// A call that releases a client that owns something.
fn released_by<'a>(project: &Project<'a>, call: CallRef) -> Option<Release<'a>> {
    let program = &project.program;
    let ty = project.graph.target(call)?.receiver?;
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let Value::Member(base, _) = &data.callee else { return None };
    // What sends all that is still waiting goes on after it.
    let name = last_name(&data.callee);
    let releases = program.catalog.releases(ty, name) && !DELIVERIES.contains(&name);
    (releases && counts(project, f, ty)).then_some(Release {
        span: data.span,
        call: Some(call),
        at: At { f, value: base },
    })
}

/// `with client:` over a client that was there before.
fn released_by_scopes<'a>(project: &Project<'a>, f: FnRef) -> Vec<Release<'a>> {
    let found = scopes(&project.program.function(f).body);
    let over = |(resource, span): (&'a Value, Span)| {
        let ty = project.program.eval(f, resource).concept()?;
        let closes = project.program.catalog.ty(ty).row.context_manager && counts(project, f, ty);
        closes.then(|| Release { span: head(project, f, span), call: None, at: At { f, value: resource } })
    };
    found.into_iter().filter_map(over).collect()
}

fn scopes(block: &Block) -> Vec<(&Value, Span)> {
    let scopes = nodes(block).filter_map(|node| match node {
        Node::Scope { resource, span, .. } if !matches!(resource, Value::Call(_)) => Some((resource, *span)),
        _ => None,
    });
    scopes.collect()
}

/// The first line of a statement.
fn head(project: &Project, f: FnRef, span: Span) -> Span {
    let source = project.program.units[f.file as usize].source;
    let text = project.inputs.files.get(source.index()).and_then(|file| file.text.get(span.range()));
    let length = text.and_then(|text| text.lines().next()).map_or(0, |line| line.trim_end().len());
    Span { start: span.start, end: span.start + length as u32 }
}

/// Clients whose closing others feel, in product code.
fn counts(project: &Project, f: FnRef, ty: TypeId) -> bool {
    let program = &project.program;
    let info = program.catalog.ty(ty);
    info.owns && info.row.kind != Kind::Realtime && !info.row.by_thread && is_product(program, f)
}

fn judge<'s, 'k, 'a>(
    project: &Project<'a>,
    built: &FxHashMap<CallRef, Shared<'s>>,
    served: &impl Fn() -> &'k FxHashSet<CallRef>,
    release: Release<'a>,
) -> Option<Closed<'s>> {
    let program = &project.program;
    let Release { span, call, at } = release;
    let construction = construction(project, at).filter(|made| !is_made_here(project, at, *made))?;
    let shared = built.get(&construction).filter(|shared| !is_remade(at.f, span, shared.site))?.clone();
    if call.is_some_and(|call| is_replaced(project, at, call)) {
        return None;
    }
    let (context, trigger) = request(project, at, info(program, shared.site).row.reusable)
        .or_else(|| beside_requests(project, at, shared.site, served))?;
    let chain = project.contexts.chain(Point::Fn(at.f), context);
    Some(Closed { span, call, function: at.f, shared, trigger, chain })
}

/// The function that keeps it closes one that failed, or was for another address, and makes the next.
fn is_remade(f: FnRef, closed: Span, site: &Site) -> bool {
    site.function == f && closed.end <= site.span.start
}

/// Whatever way the function goes on after the call, it puts the next one into the same place.
fn is_replaced(project: &Project, at: At, call: CallRef) -> bool {
    let cfg = project.program.cfg(at.f);
    let fills = |id: &NodeId| match cfg.node(*id).event {
        Event::Bind { target, value } => target == at.value && !matches!(value, Value::Literal(_)),
        _ => false,
    };
    let closed = cfg.of_call(call.id);
    let follows = |fill: NodeId| closed.iter().all(|closed| cfg.post_dominates(fill, *closed, Flow::Normal));
    !closed.is_empty() && cfg.ids().filter(fills).any(follows)
}

/// A function that makes one for each who asks, others at start-up among them: this function asked, too.
fn is_made_here(project: &Project, at: At, made: CallRef) -> bool {
    let Value::Var(var) = at.value else { return false };
    let makes = |g: &FnRef| {
        let values = project.program.given_by(*g);
        g.file == made.file && values == [&Value::Call(made.id)] && !project.graph.kept.contains(g)
    };
    let asks = |value: &Value| match value {
        Value::Call(id) => {
            let target = project.graph.target(CallRef { file: at.f.file, id: *id });
            target.is_some_and(|target| matches!(target.functions.as_slice(), [only] if makes(only)))
        }
        _ => false,
    };
    let bound = project.program.bound(at.f.file, *var);
    var.function == at.f.id && bound.iter().any(|bound| asks(bound.value))
}

/// The context in which a request runs the function, when nothing else (a shutdown, a script) does.
fn request(project: &Project, at: At, reusable: bool) -> Option<(usize, Trigger)> {
    let f = at.f;
    if f.id == FnId::TOP || is_closer(project, at) {
        return None;
    }
    let contexts = project.contexts.of(Point::Fn(f));
    if contexts.iter().any(|context| matches!(context.trigger, Trigger::Shutdown | Trigger::Script)) {
        return None;
    }
    let excuses =
        |step: &Step| is_event_of_end(&step.label) || !is_served(project, super::file_of(project, step.point));
    let goes_on = |at: usize| !project.contexts.chain(Point::Fn(f), at).first().is_some_and(excuses);
    let wanted = |at: usize, context: &Context| match context.trigger {
        Trigger::Request | Trigger::Message => true,
        Trigger::Event => !context.weak && is_served(project, f.file) && goes_on(at),
        Trigger::Job => !reusable,
        _ => false,
    };
    let at = project.contexts.position_of(Point::Fn(f), wanted)?;
    Some((at, contexts[at].trigger))
}

/// The context in which a job works with the client and then closes it, though requests are served with it meanwhile.
fn beside_requests<'k>(
    project: &Project,
    at: At,
    site: &Site,
    served: &impl Fn() -> &'k FxHashSet<CallRef>,
) -> Option<(usize, Trigger)> {
    let Value::Var(var) = at.value else { return None };
    if at.f.id == FnId::TOP || is_closer(project, at) {
        return None;
    }
    let contexts = project.contexts.of(Point::Fn(at.f));
    let ends = |context: &Context| matches!(context.trigger, Trigger::Shutdown | Trigger::Script);
    let timed = |context: &Context| matches!(context.trigger, Trigger::Job | Trigger::Tick);
    let context = contexts.iter().position(timed).filter(|_| !contexts.iter().any(ends))?;
    let facts = project.program.facts(at.f.file);
    let within = |f: FnId| facts.enclosing(f).any(|around| around == var.function);
    let releases = |call: &Call| project.program.catalog.releases(site.ty, last_name(&call.callee));
    let own = |call: &&Call| within(call.function) && *call.callee.root() == Value::Var(*var) && !releases(call);
    let works = facts.calls.iter().any(|call| own(&call));
    (works && served().contains(&site.call)).then(|| (context, contexts[context].trigger))
}

/// The shared clients with which functions that requests run do something.
fn served_with(project: &Project, built: &FxHashMap<CallRef, Shared>) -> FxHashSet<CallRef> {
    let program = &project.program;
    let types: FxHashSet<TypeId> = built.values().map(|shared| shared.site.ty).collect();
    let asked = |context: &Context| matches!(context.trigger, Trigger::Request | Trigger::Message) && !context.weak;
    let with = |call: CallRef| {
        let data = program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let (Value::Member(..), root @ Value::Var(_)) = (&data.callee, data.callee.root()) else { return None };
        let is_asked = project.contexts.of(Point::Fn(f)).iter().any(asked);
        let ty = program.eval(f, root).concept().filter(|ty| is_asked && types.contains(ty))?;
        construction(project, At { f, value: root }).filter(|made| built.get(made).is_some_and(|it| it.site.ty == ty))
    };
    program.calls().filter_map(with).collect()
}

/// The file is of no page, where one user alone has the client: commands of bots, messages of sockets.
fn is_served(project: &Project, file: u32) -> bool {
    let program = &project.program;
    let facts = program.facts(file);
    let renders = facts.component.is_some() || facts.functions.iter().any(|function| function.flags.renders);
    !renders && !program.is_of_page(file) && !program.is_page_package(&program.units[file as usize].path)
}

/// Something has ended or failed, and who hears of it cleans up.
fn is_event_of_end(label: &str) -> bool {
    words(label).iter().any(|word| ENDING_EVENTS.contains(&word.as_str()))
}

/// A function that is there to close: whoever calls it means to. The end of an object that each request makes for
/// itself is none: what such an object was handed goes on without it.
fn is_closer(project: &Project, at: At) -> bool {
    let f = at.f;
    if is_of_request(project, f) && is_handed(project, at) {
        return false;
    }
    let name = project.program.function(f).name.as_deref().unwrap_or_default().to_ascii_lowercase();
    CLOSERS.iter().any(|word| name.contains(word))
}

/// A method of objects that requests make, each its own.
fn is_of_request(project: &Project, f: FnRef) -> bool {
    let served = |context: &Context| matches!(context.trigger, Trigger::Request | Trigger::Message);
    project.program.class_around(f).is_some_and(|class| {
        let made = project.contexts.of(Point::Alloc(class));
        !made.is_empty() && made.iter().all(served)
    })
}

/// A field of the object that holds what its constructor was handed.
fn is_handed(project: &Project, at: At) -> bool {
    let Value::Member(base, name) = at.value else { return false };
    let class = project.program.class_around(at.f).filter(|_| **base == Value::This);
    class.is_some_and(|class| project.program.is_lent(class, name))
}

/// The call that made a value, through variables, imports, getters and chains: the first of several.
pub fn construction<'a>(project: &Project<'a>, at: At<'a>) -> Option<CallRef> {
    constructions(project, at).into_iter().next()
}

/// The calls that may have made it.
pub fn constructions<'a>(project: &Project<'a>, at: At<'a>) -> Vec<CallRef> {
    made(project, at, &Trail::default())
}

fn made<'a>(project: &Project<'a>, at: At<'a>, trail: &Trail) -> Vec<CallRef> {
    let Some(here) = trail.step(at.value) else { return Vec::new() };
    let all = |inner: Vec<At<'a>>| -> Vec<CallRef> {
        inner.into_iter().flat_map(|inner| made(project, inner, &here)).collect()
    };
    let behind = || all(behind(&project.program, at).into_iter().take(4).collect());
    match at.value {
        Value::Call(id) => {
            let call = CallRef { file: at.f.file, id: *id };
            if project.graph.site(call).is_some() {
                return vec![call];
            }
            let through = all(through_call(project, call));
            if through.is_empty() { behind() } else { through }
        }
        Value::Choice(values, _) => all(values.iter().map(|value| At { f: at.f, value }).collect()),
        Value::Var(var) => match handed(project, at.f, *var) {
            Some(values) => {
                let found: Vec<Vec<CallRef>> = values.into_iter().map(|value| all(vec![value])).collect();
                // Where they are not one and the same, nobody knows which one it is.
                if found.windows(2).all(|two| two[0] == two[1]) { found.concat() } else { Vec::new() }
            }
            None => {
                let found = behind();
                if found.is_empty() { extracted(project, at.f, *var).into_iter().collect() } else { found }
            }
        },
        _ => behind(),
    }
}

/// The one of its type that the package makes, where a framework gives it to a handler by the written type:
/// `State(pool): State<PgPool>`.
fn extracted(project: &Project, f: FnRef, var: VarRef) -> Option<CallRef> {
    let program = &project.program;
    let owner = FnRef { file: f.file, id: var.function };
    let is_param = |var: VarRef| program.function(owner).params.iter().any(|param| param.local == var.local);
    let given = match program.bound(f.file, var) {
        [] => is_param(var),
        [only] => {
            matches!(only.value, Value::Element(base) if matches!(**base, Value::Var(whole) if is_param(whole)))
        }
        _ => false,
    };
    let entered = |context: &Context| context.parent.is_none() && context.trigger == Trigger::Request;
    let handler = || project.contexts.of(Point::Fn(owner)).iter().any(entered);
    if !given || !program.semantics(f.file).traits || !handler() {
        return None;
    }
    let ty = program.eval_var(f.file, var).concept()?;
    let package = program.package_folder(f.file);
    let alike = |site: &&Site| {
        site.ty == ty
            && site.how == How::Built
            && is_product(program, site.function)
            && program.package_folder(site.call.file) == package
    };
    let mut sites = project.graph.sites.iter().filter(alike);
    let only = sites.next()?;
    sites.next().is_none().then_some(only.call)
}

/// What a parameter is handed: of a constructor by those who make objects, of a function by those who call it. Nothing
/// where it cannot be told of each of them.
fn handed<'a>(project: &Project<'a>, f: FnRef, var: VarRef) -> Option<Vec<At<'a>>> {
    let program = &project.program;
    let owner = FnRef { file: f.file, id: var.function };
    let own = |param: &Param| param.local == var.local && param.kind != ParamKind::Receiver;
    let param = program.function(owner).params.iter().position(own)?;
    let from = |call: CallRef| FnRef { file: call.file, id: program.call(call).function };
    let given = |call: CallRef| Some(At { f: from(call), value: passed(program, call, owner, param)? });
    let running: Vec<CallRef> = match program.function(owner).kind {
        FnKind::Constructor => {
            let class = program.class_around(owner)?;
            let making = project.graph.targets.makers(class).iter().copied();
            making.filter(|call| is_product(program, from(*call))).collect()
        }
        _ if !program.bound(f.file, var).is_empty() => return None,
        _ => {
            let calls = project.graph.targets.callers(owner).iter().copied();
            let calls: Vec<CallRef> = calls.filter(|call| is_product(program, from(*call))).collect();
            (!calls.is_empty() && !project.graph.targets.is_named(owner)).then_some(calls)?
        }
    };
    Some(running.into_iter().map(given).collect::<Option<Vec<At>>>().unwrap_or_default())
}

/// What the call gives back, or is called on where that is the same.
fn through_call<'a>(project: &Project<'a>, call: CallRef) -> Vec<At<'a>> {
    let program = &project.program;
    let data = program.call(call);
    let Some(target) = project.graph.target(call) else { return Vec::new() };
    let from = FnRef { file: call.file, id: data.function };
    if let [only] = target.functions.as_slice() {
        let mut values = Vec::new();
        returned(&program.function(*only).body, &mut values);
        return values.into_iter().map(|value| At { f: *only, value }).collect();
    }
    let Value::Member(base, _) = &data.callee else { return Vec::new() };
    let same = program.eval(from, base).concept().is_some() && program.eval(from, base) == program.call_result(call);
    if same { vec![At { f: from, value: base }] } else { Vec::new() }
}
