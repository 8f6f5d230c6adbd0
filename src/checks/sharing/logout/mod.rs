//! Sign-outs in an application whose realtime connection belongs to a user and stays open.
//!
//! | piece | answers |
//! | --- | --- |
//! | [`users`] | which connections know who the user is |
//! | [`ways`] | which calls sign the user out: by their names, by a request, by what they erase |
//! | [`paths`] | where a way begins, and what runs on it |
//! | [`origins`] | which package an object comes from |
//!
//! A release that a sign-out alone runs counts for that one; any other ends the connection whoever signs out, and a page
//! that loads anew closes by itself. Knows no library by name.

mod origins;
mod paths;
mod users;
mod ways;

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::catalog::TypeId;
use crate::catalog::words::checks::RENEWING;
use crate::checks::Project;
use crate::facts::{DEFAULT_EXPORT, Exported, FnId, FnKind, Value, hands_on, walk};
use crate::graph::Point;
use crate::ownership::effects::{Effects, Fault};
use crate::packages::unit::Unit;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::handover::functions_of as functions_given;
use crate::values::sites::last_name;
use paths::Paths;
use ways::Way;

pub struct SignOut {
    pub call: CallRef,
    pub function: FnRef,
    /// What the call leads to and what ends the session, where that is another one.
    pub through: Option<CallRef>,
    /// Where the user's connection is opened.
    pub opened: CallRef,
    pub ty: TypeId,
}

pub fn sign_outs(project: &Project) -> Vec<SignOut> {
    let program = &project.program;
    let opened = users::opened(project);
    if opened.is_empty() {
        return Vec::new();
    }
    let paths = Paths::new(project);
    let mut found: Vec<SignOut> = Vec::new();
    for (opened, ty) in opened {
        let folder = folder(program, opened.file);
        if found.iter().any(|other| self::folder(program, other.call.file) == folder) {
            continue;
        }
        let ways = ways::ways(project, &paths, &folder);
        let open = left_open(project, &paths, &ways, &releases(project, (opened, ty), &folder));
        found.extend(open.into_iter().map(|(call, ends)| {
            let function = FnRef { file: call.file, id: program.call(call).function };
            let through = Some(ends).filter(|ends| *ends != call);
            SignOut { call, function, through, opened, ty }
        }));
    }
    found
}

/// Ways apart where nothing releases; else those that a person begins and that come by none of the releases, each of
/// which stands on other such ways. Each with what ends the session on it.
fn left_open(project: &Project, paths: &Paths, ways: &[Way], releases: &[CallRef]) -> Vec<(CallRef, CallRef)> {
    if releases.is_empty() {
        let apart = apart(project, paths, ways).into_iter();
        return apart.map(|call| (call, ways::ending(project, call).unwrap_or(call))).collect();
    }
    let begins = |f: &FnRef| ways.iter().any(|way| way.entries.contains(f));
    let own = |call: &CallRef| paths.entries(paths.around(*call)).iter().all(begins);
    if !releases.iter().all(own) {
        return Vec::new();
    }
    // Several things that a person does may set the same timer.
    let mut open: BTreeMap<CallRef, CallRef> = BTreeMap::new();
    let mut known: FxHashSet<FnRef> = FxHashSet::default();
    for way in ways {
        let begun = way.entries.iter().filter(|entry| paths.is_begun(**entry) && !paths.comes_by(**entry, releases));
        for entry in begun {
            if known.insert(*entry) {
                open.entry(paths.on_the_way(*entry, way.call)).or_insert(way.call);
            }
        }
    }
    open.into_iter().collect()
}

/// Of the ways that lead to each other by functions of the project, one: a release in it is for all of them. Those that
/// no person begins stand back where some person begins another.
fn apart(project: &Project, paths: &Paths, ways: &[Way]) -> Vec<CallRef> {
    let mut groups: Vec<(FxHashSet<FnRef>, Vec<&Way>)> = Vec::new();
    for way in ways {
        let mut known: FxHashSet<FnRef> = functions_of(project, way.call).into_iter().collect();
        known.extend(way.entries.iter().copied().chain([paths.around(way.call)]));
        let (joined, others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(functions, _)| !functions.is_disjoint(&known));
        groups = others;
        let mut members = vec![way];
        for (functions, own) in joined {
            known.extend(functions);
            members.extend(own);
        }
        groups.push((known, members));
    }
    let order = |way: &&Way| (way.sign, project.program.call(way.call).span.start, way.call);
    let first = ways.iter().min_by_key(order).map(|way| way.call);
    let begun = |way: &&Way| way.entries.iter().any(|entry| paths.is_begun(*entry));
    let told = groups.into_iter().filter_map(|(_, members)| {
        let is_told = members.iter().any(begun) || members.iter().any(|way| Some(way.call) == first);
        members.into_iter().min_by_key(order).filter(|_| is_told).map(|way| way.call)
    });
    let mut open: Vec<CallRef> = told.collect();
    open.sort();
    open
}

/// The project's functions that a call runs or is given: `useMutation({ mutationFn: logout })`.
fn functions_of(project: &Project, call: CallRef) -> Vec<FnRef> {
    let program = &project.program;
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let runs = project.graph.target(call).map_or(&[][..], |target| target.functions.as_slice());
    let mut found = runs.to_vec();
    data.args.iter().for_each(|arg| functions_given(program, from, &arg.value, true, &mut found));
    found
}

fn folder(program: &Program, file: u32) -> String {
    program.package_of(file).map_or(String::new(), |package| package.folder.clone())
}

/// The calls of the package that release the client, or call a method of such a name on something unknown. What never
/// works, waits for the page to be left or connects anew does not count.
fn releases(project: &Project, (opened, ty): (CallRef, TypeId), folder: &str) -> Vec<CallRef> {
    let program = &project.program;
    let around = |call: CallRef| FnRef { file: call.file, id: program.call(call).function };
    let effects = Effects::again(project, project.effects());
    let release = &program.catalog.ty(ty).row.release;
    let void = void_releases(project);
    let ends = |call: &CallRef| {
        let name = last_name(&program.call(*call).callee);
        let receiver = project.graph.target(*call).and_then(|target| target.receiver);
        let renews = RENEWING.contains(&name) && receiver.is_some();
        (renews || release.iter().any(|known| known == name))
            && receiver.is_none_or(|receiver| receiver == ty)
            && self::folder(program, call.file) == folder
            && !is_of_others(project, *call, ty)
            && !void.contains(call)
            && !is_unused(project, *call)
            && !effects.always_leads(around(*call), around(opened))
    };
    program.calls().filter(ends).collect()
}

/// What another package gives has the method, or the page itself: `modals.close()`, `browser.create(url).close()`, `close()`.
fn is_of_others(project: &Project, call: CallRef, ty: TypeId) -> bool {
    let program = &project.program;
    let data = program.call(call);
    let modules = &program.catalog.package(program.catalog.ty(ty).package).modules;
    match &data.callee {
        Value::Member(base, _) => {
            let from = FnRef { file: call.file, id: data.function };
            origins::origin(project, from, base).is_some_and(|module| !modules.contains(&module))
        }
        Value::Global(_) => project.graph.target(call).is_none_or(|target| target.functions.is_empty()),
        _ => false,
    }
}

/// It stands in a function that nothing calls, imports or gives away, and that is itself no sign-out.
fn is_unused(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let facts = program.facts(call.file);
    let mut id = program.call(call).function;
    let is_method = |id: FnId| facts.function(id).kind == FnKind::Method;
    while let Some(parent) = facts.function(id).parent.filter(|parent| *parent != FnId::TOP && !is_method(id)) {
        id = parent;
    }
    let (function, f) = (facts.function(id), FnRef { file: call.file, id });
    let top = &program.index[call.file as usize].top;
    let plain = |name: &&str| (is_method(id) || top.contains_key(name)) && !function.flags.renders;
    let Some(name) = function.name.as_deref().filter(plain) else { return false };
    let runs = || !project.contexts.of(Point::Fn(f)).is_empty();
    let signs_out = || {
        let mut own = program.calls().filter(|other| other.file == call.file && program.call(*other).function == id);
        own.any(|other| ways::names_sign_out(project, other) || ways::erases(program, other))
    };
    let used = if is_method(id) { is_method_used(project, f, name) } else { is_used(program, call.file, name) };
    !used && !runs() && !signs_out()
}

/// A function of a module is given away, called or imported.
fn is_used(program: &Program, file: u32, name: &str) -> bool {
    let facts = program.facts(file);
    let is = |value: &Value| matches!(value, Value::Var(var) if facts.local(*var).name == name);
    let given = facts.calls.iter().any(|data| data.args.iter().any(|arg| arg.value.holds(&is)))
        || facts.functions.iter().any(|other| hands_on(&other.body, &mut |value| value.holds(&is)))
        || facts.exports.iter().any(|export| export.name == DEFAULT_EXPORT && is_of(&export.what, &is));
    let used = |unit: &Unit| {
        unit.facts.imports.iter().any(|import| import.name == name)
            || unit.facts.calls.iter().any(|data| data.callee_name(&unit.facts) == Some(name))
    };
    given || program.units.iter().any(used)
}

/// Something names the method: a template, a value, or a call that is not known to be of something else.
fn is_method_used(project: &Project, f: FnRef, name: &str) -> bool {
    let program = &project.program;
    let elsewhere = |call: CallRef| {
        let target = project.graph.target(call).filter(|target| !target.by_name);
        let other = |target: &Target| target.receiver.is_some() || !target.functions.is_empty();
        target.is_some_and(|target| other(target) && !target.functions.contains(&f))
    };
    let named = |call: &CallRef| {
        let data = program.call(*call);
        let is = |value: &Value| matches!(value, Value::Member(_, member) if member == name);
        is(&data.callee) && !elsewhere(*call) || data.args.iter().any(|arg| arg.value.holds(&is))
    };
    let taken = |unit: &Unit| {
        let bodies = unit.facts.functions.iter();
        unit.facts.handlers.iter().any(|handler| handler == name)
            || bodies
                .flat_map(|function| walk::binds(&function.body))
                .any(|bind| bind.value.holds(&|value| matches!(value, Value::Member(_, member) if member == name)))
    };
    program.calls().any(|call| named(&call)) || program.units.iter().any(taken)
}

/// What a file exports as a whole is known by other names.
fn is_of(what: &Exported, is: &dyn Fn(&Value) -> bool) -> bool {
    matches!(what, Exported::Value(value) if value.holds(is))
}

/// Calls of broken cleanups, and of handlers that wait for the page to be left and do nothing else.
fn void_releases(project: &Project) -> Vec<CallRef> {
    let program = &project.program;
    let found = project.effects();
    // What comes too early for some openings ends the others, and what keeps a client's listeners ends the client.
    let fails = |fault: Fault| {
        !matches!(
            fault,
            Fault::Late
                | Fault::Pending(_)
                | Fault::SetOff
                | Fault::Opening
                | Fault::Skipped(_)
                | Fault::Parted(_)
                | Fault::Overwritten
                | Fault::Reopened
        )
    };
    let broken = found.leaks.iter().filter(|leak| fails(leak.fault)).filter_map(|leak| leak.proof);
    let broken = broken.chain(found.stale.iter().map(|stale| stale.call));
    let leaving = found.leaves.iter().map(|leave| leave.release);
    let elsewhere = |call: &CallRef| {
        let f = FnRef { file: call.file, id: program.call(*call).function };
        project.graph.targets.iter().any(|(_, target)| target.functions.contains(&f))
    };
    broken.chain(leaving.filter(|call| !elsewhere(call))).collect()
}
