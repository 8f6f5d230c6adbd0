//! Functions that make a client for each who calls them, and who calls them alike when a process starts.
//!
//! Knows no library by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Made, is_done_with, is_shared, is_told, runs_once};
use crate::body::cfg::Flow;
use crate::capacity::unbound::is_unbound;
use crate::catalog::TypeId;
use crate::checks::Project;
use crate::checks::sharing::duplicates::is_for_one_use;
use crate::facts::{Arg, Call, FnId, FnKind, LocalKind, ParamKind, Value};
use crate::graph::Point;
use crate::program::{CallRef, FnRef};
use crate::servers::address::{address, names_behind};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::conditions::literal_text;
use crate::values::flow::{Fate, Flow as Fresh};
use crate::values::follow::At;
use crate::values::sites::{Site, is_product};

/// Each such function with those calls of it that lead to one server.
pub(super) fn called(project: &Project) -> Vec<(FnRef, TypeId, Vec<Made>)> {
    let mut found: BTreeMap<(FnRef, TypeId, BTreeSet<String>), Vec<CallRef>> = BTreeMap::new();
    for (at, site) in project.graph.sites.iter().enumerate() {
        if !makes(project, at as u32, site) {
            continue;
        }
        for call in project.graph.targets.callers(site.function).iter().copied() {
            let f = FnRef { file: call.file, id: project.program.call(call).function };
            if let Some(names) = told(project, site, call).filter(|_| keeps(project, f, call, site.function)) {
                found.entry((site.function, site.ty, names)).or_default().push(call);
            }
        }
    }
    let place = |call: CallRef| Made { file: call.file, span: project.program.call(call).span, listed: false };
    let found = found.into_iter().map(|((f, ty, _), calls)| (f, ty, together(&project.program, calls)));
    let several = found.filter(|(.., calls)| calls.len() > 1);
    several.map(|(f, ty, calls)| (f, ty, calls.into_iter().map(place).collect())).collect()
}

/// Of the calls in one file, those that one run of a function makes: what other functions do, other commands may.
fn together(program: &Program, mut calls: Vec<CallRef>) -> Vec<CallRef> {
    calls.sort();
    calls.dedup();
    let mut kept: Vec<CallRef> = Vec::new();
    for call in calls {
        let f = FnRef { file: call.file, id: program.call(call).function };
        let cfg = program.cfg(f);
        let beside = |other: &CallRef| {
            other.file != call.file
                || program.call(*other).function == f.id && !cfg.exclude(other.id, call.id, Flow::Normal)
        };
        if kept.iter().all(beside) {
            kept.push(call);
        }
    }
    kept
}

/// The function builds one each time, and gives it back: itself, a part of it, or either inside what it makes of it.
fn makes(project: &Project, at: u32, site: &Site) -> bool {
    let program = &project.program;
    let function = program.function(site.function);
    let plainly = || {
        let edges = project.graph.edges.get(&Point::Fn(site.function)).into_iter().flatten();
        edges.into_iter().any(|edge| edge.to == Point::Site(at))
    };
    let named = || function.name.is_some() && function.parent == Some(FnId::TOP);
    site.how == How::Built
        && (matches!(function.kind, FnKind::Function | FnKind::Method) || function.kind == FnKind::Closure && named())
        && function.decorators.is_empty()
        && is_shared(program, site.ty, site.call.file)
        && is_product(program, site.function)
        && !project.graph.kept.contains(&site.function)
        && !is_unbound(project, site)
        && plainly()
        && is_given_back(program, site)
        && !is_told(project, site)
}

fn is_given_back(program: &Program, site: &Site) -> bool {
    let flow = Fresh::of(program, site.call);
    flow.fate() == Fate::Returned || flow.is_wrapped() || flow.gives_part()
}

/// Who calls runs once and keeps what it is given.
fn keeps(project: &Project, f: FnRef, call: CallRef, maker: FnRef) -> bool {
    let program = &project.program;
    let plainly = |edge: &crate::graph::Edge| {
        edge.to == Point::Fn(maker) && edge.call == Some(call) && !edge.many && !edge.weak && !edge.main
    };
    let edges = project.graph.edges.get(&Point::Fn(f)).into_iter().flatten();
    let facts = program.facts(call.file);
    let takes = |value: &Value| value.root() == &Value::Call(call.id);
    let names = crate::facts::walk::binds(&program.function(f).body).filter_map(|bind| match bind.target {
        Value::Var(var) if takes(bind.value) => Some(facts.local(*var).name.as_str()),
        Value::Member(_, name) if takes(bind.value) => Some(name.as_str()),
        _ => None,
    });
    is_product(program, f)
        && runs_once(project, f)
        && edges.into_iter().any(plainly)
        && !is_done_with(project, f, call)
        && !names.into_iter().any(is_for_one_use)
}

/// Those arguments of a call that the maker hands on to the client as they are; all of them where it makes something of
/// them.
fn handed_on<'a>(program: &Program<'a>, site: &Site, data: &'a Call) -> Vec<&'a Arg> {
    let (function, facts) = (program.function(site.function), program.facts(site.call.file));
    let position = |value: &Value| match value {
        Value::Var(var) if var.function == site.function.id && facts.local(*var).kind == LocalKind::Param => {
            let mut params = function.params.iter().filter(|param| param.kind == ParamKind::Normal);
            params.position(|param| param.local == var.local)
        }
        _ => None,
    };
    let built = &program.call(site.call).args;
    let positions: Option<Vec<usize>> = built.iter().map(|arg| position(&arg.value)).collect();
    match positions.filter(|found| !found.is_empty()) {
        Some(positions) => positions.into_iter().filter_map(|at| data.positional(at)).collect(),
        None => data.args.iter().collect(),
    }
}

/// What the call leads to: the names behind what it is given for the client, or the function's own where that is
/// nothing.
fn told(project: &Project, site: &Site, call: CallRef) -> Option<BTreeSet<String>> {
    let program = &project.program;
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let args = handed_on(program, site, data);
    if args.is_empty() {
        return address(program, site).map(|address| address.names);
    }
    let each = args.into_iter().map(|arg| match literal_text(&arg.value) {
        Some(text) => Some(BTreeSet::from([text])),
        None => Some(names_behind(program, At { f, value: &arg.value })).filter(|names| !names.is_empty()),
    });
    each.collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().collect())
}
