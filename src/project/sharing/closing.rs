//! Calls on a request path that close a client which others share.
//!
//! The receiver is followed to its construction; only what the process keeps counts. Knows no
//! library by name.

use rustc_hash::FxHashMap;

use super::{Shared, info, is_product, shared_sites};
use crate::catalog::schema::Kind;
use crate::facts::{FnId, Value};
use crate::project::Project;
use crate::project::contexts::{Context, Step, Trigger};
use crate::project::eval::returned;
use crate::project::graph::Point;
use crate::project::program::{CallRef, FnRef};
use crate::project::settings::follow::{At, behind};
use crate::project::sites::last_name;

/// A release of a shared client by one request.
pub struct Closed<'s> {
    pub call: CallRef,
    pub function: FnRef,
    pub shared: Shared<'s>,
    pub trigger: Trigger,
    pub chain: Vec<Step>,
}

pub fn closed<'s>(project: &'s Project) -> Vec<Closed<'s>> {
    let mut releases: Vec<CallRef> = project.graph.targets.keys().filter_map(|call| releases(project, *call)).collect();
    if releases.is_empty() {
        return Vec::new();
    }
    releases.sort();
    let built: FxHashMap<CallRef, usize> =
        shared_sites(project).iter().enumerate().map(|(at, shared)| (shared.site.call, at)).collect();
    releases.into_iter().filter_map(|call| judge(project, &built, call)).collect()
}

/// The call itself, when it releases a client that owns something.
fn releases(project: &Project, call: CallRef) -> Option<CallRef> {
    let program = &project.program;
    let ty = project.graph.target(call)?.receiver?;
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let info = program.catalog.ty(ty);
    let holds = info.owns && !matches!(info.row.kind, Kind::Realtime | Kind::HttpClient);
    (holds && program.catalog.releases(ty, last_name(&data.callee)) && is_product(program, f)).then_some(call)
}

fn judge<'s>(project: &'s Project, built: &FxHashMap<CallRef, usize>, call: CallRef) -> Option<Closed<'s>> {
    let program = &project.program;
    let data = program.call(call);
    let function = FnRef { file: call.file, id: data.function };
    let Value::Member(base, _) = &data.callee else { return None };
    let construction = construction(project, At { f: function, value: base }, 0)?;
    let shared = shared_sites(project).into_iter().nth(*built.get(&construction)?)?;
    let (at, trigger) = request(project, function, info(program, shared.site).row.reusable)?;
    let chain = project.contexts.chain(Point::Fn(function), at);
    Some(Closed { call, function, shared, trigger, chain })
}

/// The context in which a request runs the function, when nothing else (a shutdown, a script) does.
fn request(project: &Project, f: FnRef, reusable: bool) -> Option<(usize, Trigger)> {
    if f.id == FnId::TOP || is_closer(project, f) {
        return None;
    }
    let contexts = project.contexts.of(Point::Fn(f));
    if contexts.iter().any(|context| matches!(context.trigger, Trigger::Shutdown | Trigger::Script)) {
        return None;
    }
    let wanted = |context: &Context| match context.trigger {
        Trigger::Request | Trigger::Message => true,
        Trigger::Job => !reusable,
        _ => false,
    };
    let at = contexts.iter().position(wanted)?;
    Some((at, contexts[at].trigger))
}

/// A function that is there to close: whoever calls it means to.
fn is_closer(project: &Project, f: FnRef) -> bool {
    let name = project.program.function(f).name.as_deref().unwrap_or_default().to_ascii_lowercase();
    ["shutdown", "close", "disconnect", "dispose", "teardown", "destroy", "reset", "stop", "exit"]
        .iter()
        .any(|word| name.contains(word))
}

/// The call that made a value, through variables, imports, getters and chains.
pub fn construction<'a>(project: &Project<'a>, at: At<'a>, depth: u32) -> Option<CallRef> {
    if depth > 6 {
        return None;
    }
    let program = &project.program;
    match at.value {
        Value::Call(id) => {
            let call = CallRef { file: at.f.file, id: *id };
            if project.graph.sites.iter().any(|site| site.call == call) {
                return Some(call);
            }
            through_call(project, call, depth)
        }
        Value::Choice(values) => {
            values.iter().find_map(|value| construction(project, At { f: at.f, value }, depth + 1))
        }
        _ => behind(program, at).into_iter().take(4).find_map(|inner| construction(project, inner, depth + 1)),
    }
}

fn through_call<'a>(project: &Project<'a>, call: CallRef, depth: u32) -> Option<CallRef> {
    let program = &project.program;
    let data = program.call(call);
    let target = project.graph.target(call)?;
    let from = FnRef { file: call.file, id: data.function };
    if let [only] = target.functions.as_slice() {
        let mut values = Vec::new();
        returned(&program.function(*only).body, &mut values);
        return values.into_iter().find_map(|value| construction(project, At { f: *only, value }, depth + 1));
    }
    let Value::Member(base, _) = &data.callee else { return None };
    let same = program.eval(from, base).concept().is_some() && program.eval(from, base) == program.call_result(call);
    if same { construction(project, At { f: from, value: base }, depth + 1) } else { None }
}
