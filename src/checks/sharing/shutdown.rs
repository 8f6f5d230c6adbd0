//! Clients of a long-running server that nothing closes when it stops.
//!
//! Absence is judged over the whole package: one release of the type anywhere is enough for silence.
//! Knows no library by name.

use rustc_hash::FxHashMap;

use super::closing::constructions;
use super::idle::is_idle;
use super::steps::Transactions;
use super::{Shared, kept_by_others, shared_sites};
use crate::catalog::plans::is_counted;
use crate::catalog::schema::{Kind, PackageFile, Platform, Run};
use crate::catalog::{PackageId, Row, RowKind, TypeId};
use crate::checks::Project;
use crate::checks::lasting;
use crate::facts::walk::nodes;
use crate::facts::{Call, CallId, FnKind, ImportId, LocalKind, Node, Value};
use crate::finding::Place;
use crate::graph::trigger::Trigger;
use crate::graph::{Point, Root};
use crate::ownership::release::{gives_coroutine, inside, is_unstarted, releases_by_name as releases};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::flow::Flow;
use crate::values::follow::At;
use crate::values::sites::info;
use crate::values::sites::is_product;
use crate::values::sites::{Site, last_name};

pub struct Unclosed<'s> {
    pub shared: Shared<'s>,
    /// Where the server begins to listen, when that is in sight.
    pub start: Option<Place>,
    /// The function that would close it, which nothing runs.
    pub idle: Option<FnRef>,
    /// Others of the package that work on jobs and that nothing closes either.
    pub others: Vec<CallRef>,
}

pub fn unclosed<'s>(project: &'s Project) -> Vec<Unclosed<'s>> {
    let mut seen: FxHashMap<(TypeId, String), Vec<usize>> = FxHashMap::default();
    let mut found: Vec<Unclosed> = Vec::new();
    let transactions = Transactions::of(project);
    for shared in shared_sites(project).into_iter().chain(kept_by_others(project)) {
        let folder = folder(&project.program, shared.home);
        if !counts(project, &shared, &folder, &transactions) {
            continue;
        }
        let start = start(project, &shared, &folder);
        let idle = idle_end(project, &shared, &folder);
        let known = seen.entry((shared.site.ty, folder)).or_default();
        let home = |at: &usize| found[*at].shared.home;
        match known.iter().copied().find(|at| !are_apart(project, home(at), shared.home)) {
            Some(first) => found[first].add(project, &shared),
            None => {
                known.push(found.len());
                found.push(Unclosed { shared, start, idle, others: Vec::new() });
            }
        }
    }
    found
}

/// Two programs of one package, each of which starts a server of its own: what one closes the other does not.
fn are_apart(project: &Project, one: u32, other: u32) -> bool {
    let starts = |file: u32| {
        let mut listening = (0..project.program.units.len() as u32).filter(|at| listens(project, *at));
        listening.any(|at| project.run_together(at, file))
    };
    !project.run_together(one, other) && starts(one) && starts(other)
}

impl Unclosed<'_> {
    fn add(&mut self, project: &Project, other: &Shared) {
        if takes_jobs(project, other) {
            self.others.push(other.site.call);
        }
    }
}

pub(crate) fn folder(program: &Program, file: u32) -> String {
    program.package_of(file).map_or(String::new(), |package| package.folder.clone())
}

fn counts(project: &Project, shared: &Shared, folder: &str, transactions: &Transactions) -> bool {
    let program = &project.program;
    let row = &info(program, shared.site).row;
    let kind = matches!(row.kind, Kind::Pool | Kind::OrmClient | Kind::Connection | Kind::Broker);
    let path = &program.units[shared.home as usize].path;
    let works = takes_jobs(project, shared);
    // Who waits for jobs runs in a process that stays, whatever platform has another part of the package.
    let stays = stays(program, shared.home) || works && program.platform(path) == Some(Platform::Serverless);
    let lasts = kind && (works || is_counted(&program.catalog.limits, &row.service))
        || row.complains && (is_of_startup(project, shared) || !hooks(project, folder).is_empty());
    lasts
        && !row.self_closing
        && !row.release.is_empty()
        && stays
        && !reloads(program, folder)
        && (shared.trigger == Trigger::Script || serves(project, folder))
        && (works
            || row.complains
            || closes_others(project, folder, Some(shared.home))
            || is_cut_off(project, shared, folder, transactions)
            || is_of_startup(project, shared)
            || row.kind == Kind::Broker && offers_hooks(program, folder)
            || idle_end(project, shared, folder).is_some())
        && !is_released(project, shared, folder)
}

/// The signal that stops its server ends transactions on it before they are done.
fn is_cut_off(project: &Project, shared: &Shared, folder: &str, transactions: &Transactions) -> bool {
    let program = &project.program;
    let semantics = program.semantics(shared.home);
    let service = &info(program, shared.site).row.service;
    let own = |file: u32| !are_apart(project, file, shared.home);
    let begins = || transactions.are_on(program.catalog, folder, service, &own);
    !semantics.drops && !semantics.drains && begins() && start(project, shared, folder).is_some()
}

/// Its process runs until it is stopped.
pub(super) fn stays(program: &Program, file: u32) -> bool {
    matches!(program.platform(&program.units[file as usize].path), None | Some(Platform::Server))
}

/// It is given the function that does its jobs, when it is built or later: one that is under way is cut off, stays
/// locked, and runs again. So does a message of a group's member, whose others wait until it is taken for dead.
pub(crate) fn takes_jobs(project: &Project, shared: &Shared) -> bool {
    let (program, site) = (&project.program, shared.site.call);
    let is_it = |base: &Value| match base {
        Value::Call(id) => *id == site.id,
        Value::Var(var) => program.bound(site.file, *var).iter().any(|bound| bound.value == &Value::Call(site.id)),
        _ => false,
    };
    let calls = program.facts(site.file).calls.iter().enumerate();
    let mut on_it = calls.filter(|(_, call)| matches!(&call.callee, Value::Member(base, _) if is_it(base)));
    let works: &[Run] =
        if info(program, shared.site).row.group_member { &[Run::Job, Run::Message] } else { &[Run::Job] };
    is_given_work(project, shared.site)
        || on_it.any(|(id, _)| hands(project, CallRef { file: site.file, id: CallId(id as u32) }, works))
}

/// It is built with the function that does its jobs.
pub(crate) fn is_given_work(project: &Project, site: &Site) -> bool {
    hands(project, site.call, &[Run::Job, Run::Message])
}

/// The call is given a function that runs so.
fn hands(project: &Project, call: CallRef, runs: &[Run]) -> bool {
    let catalog = &project.program.catalog;
    let is = |row: &Row| row.kind == RowKind::Handover && runs.contains(&catalog.handover(*row).run);
    project.graph.target(call).is_some_and(|target| target.rows.iter().any(is))
}

/// The framework runs the process, and mostly where no process stays.
fn reloads(program: &Program, folder: &str) -> bool {
    let package = program.manifests.packages.iter().filter(|package| package.folder == folder);
    let frameworks =
        program.active.iter().map(|id| program.catalog.package(*id)).filter(|file| file.dev_reload.is_some());
    let names: Vec<&String> = frameworks.flat_map(|file| &file.dependencies).collect();
    package.into_iter().any(|package| names.iter().any(|name| package.dependencies.contains(*name)))
}

/// Something outside asks the package's code again and again. A bot that answers events says by its own shutdown that it
/// ends what it has.
fn serves(project: &Project, folder: &str) -> bool {
    let own = || is_run(project, folder, &[Trigger::Event]) && closes_others(project, folder, None);
    let listening = || {
        let mut files = (0..project.program.units.len() as u32).filter(|at| listens(project, *at));
        files.any(|at| self::folder(&project.program, at) == folder)
    };
    is_run(project, folder, &[Trigger::Request, Trigger::Message, Trigger::Job]) || listening() || own()
}

fn is_run(project: &Project, folder: &str, runs: &[Trigger]) -> bool {
    let program = &project.program;
    project.graph.roots.iter().any(|root| {
        let file = match root.to {
            Point::Fn(f) => f.file,
            Point::Alloc(class) => class.file,
            Point::Site(_) => return false,
        };
        runs.contains(&root.trigger) && super::shutdown::folder(program, file) == folder
    })
}

/// The package has a shutdown of its own, and releases something in it.
///
/// Where a process just ends, its sockets end with it: who writes no shutdown wants none. With a file, that of another
/// server says nothing of it.
fn closes_others(project: &Project, folder: &str, home: Option<u32>) -> bool {
    let own = |f: &FnRef| home.is_none_or(|home| !are_apart(project, f.file, home));
    hooks(project, folder).into_iter().filter(own).any(|f| releases_something(project, f))
}

/// What a package runs when it stops.
pub(crate) fn hooks(project: &Project, folder: &str) -> Vec<FnRef> {
    let program = &project.program;
    let here = |f: &FnRef| is_product(program, *f) && super::shutdown::folder(program, f.file) == folder;
    let hooks = project.graph.roots.iter().filter(|root| root.trigger == Trigger::Shutdown);
    let hooks = hooks.filter_map(|root| match root.to {
        Point::Fn(f) => Some(f),
        _ => None,
    });
    hooks.chain(lifespans(project)).chain(lasting::of(project).ends()).filter(here).collect()
}

/// The package's framework gives its classes a hook of shutdown: messages under way want one.
fn offers_hooks(program: &Program, folder: &str) -> bool {
    let hooks = |file: &&PackageFile| file.bases.iter().any(|row| row.run == Run::Shutdown);
    let frameworks = program.active.iter().map(|id| program.catalog.package(*id)).filter(hooks);
    let names: Vec<&String> = frameworks.flat_map(|file| &file.dependencies).collect();
    let packages = program.manifests.packages.iter().filter(|package| package.folder == folder);
    packages.into_iter().any(|package| names.iter().any(|name| package.dependencies.contains(*name)))
}

/// Generators that run at start-up: what follows their `yield` is shutdown.
fn lifespans(project: &Project) -> impl Iterator<Item = FnRef> {
    let program = &project.program;
    let started = project.graph.roots.iter().filter(|root| root.trigger == Trigger::Startup);
    started.filter_map(move |root| match root.to {
        Point::Fn(f) if program.function(f).flags.generator => Some(f),
        _ => None,
    })
}

/// A framework runs what builds it when the server starts: its end would stand there too, or in the hook that goes with it.
/// What the function gives is for others to end, and what ends with its variable needs no hook.
fn is_of_startup(project: &Project, shared: &Shared) -> bool {
    let program = &project.program;
    let f = shared.site.function;
    let is_hook = |root: &Root| root.trigger == Trigger::Startup && root.to == Point::Fn(f);
    let itself = |value: &Value| *value == Value::Call(shared.site.call.id);
    let given = !program.function(f).flags.generator && program.given_by(f).iter().any(|value| value.holds(&itself));
    let ends_itself = program.semantics(f.file).drops;
    program.class_around(f).is_none() && !given && !ends_itself && project.graph.roots.iter().any(is_hook)
}

/// The end of the process releases something, itself or by what it calls. Of a lifespan that is what follows its
/// `yield`, of a program what follows the call that keeps it going.
pub(super) fn releases_something(project: &Project, f: FnRef) -> bool {
    let program = &project.program;
    let (mut seen, mut queue) = (vec![f], vec![f]);
    let end = lasting::of(project).end_of(f);
    while let Some(at) = queue.pop() {
        let from = match program.function(at).flags.generator {
            true => given_away(program, at),
            false => lasting::of(project).end_of(at).unwrap_or_default(),
        };
        for (id, data) in program.facts(at.file).calls.iter().enumerate() {
            if !inside(program, at, data.function) || data.span.start < from {
                continue;
            }
            let target = project.graph.target(CallRef { file: at.file, id: CallId(id as u32) });
            let client = || target.and_then(|target| target.receiver).is_some_and(|ty| program.catalog.ty(ty).owns);
            // A program ends more than clients: tasks, threads, windows.
            if releases(last_name(&data.callee)) && (end.is_none() || client()) {
                return true;
            }
            let next = target.map_or(&[][..], |target| target.functions.as_slice()).iter().copied();
            let next: Vec<FnRef> = next.filter(|f| !seen.contains(f) && is_product(program, *f)).collect();
            seen.extend(&next);
            queue.extend(next);
        }
    }
    false
}

/// Where a generator gives control away for the first time.
fn given_away(program: &Program, f: FnRef) -> u32 {
    let yielded = nodes(&program.function(f).body).find_map(|node| match node {
        Node::Yield { span, .. } => Some(span.end),
        _ => None,
    });
    yielded.unwrap_or_default()
}

/// By its name, the call releases something.
pub(crate) fn is_release(program: &Program, call: CallRef) -> bool {
    releases(last_name(&program.call(call).callee))
}

/// Where the server begins to listen that has the client: before what a request is answered with, which is no server,
/// as `calendar.serve(response)`.
fn start(project: &Project, shared: &Shared, folder: &str) -> Option<Place> {
    let program = &project.program;
    let answers = |(file, call): &(u32, &Call)| {
        let contexts = project.contexts.of(Point::Fn(FnRef { file: *file, id: call.function }));
        contexts.iter().any(|context| context.trigger == Trigger::Request)
    };
    let files = (0..program.units.len() as u32).filter(|file| self::folder(program, *file) == folder);
    let starts = files.flat_map(|file| listening(project, file).map(move |call| (file, call)));
    let starts: Vec<(u32, &Call)> = starts.filter(|(file, _)| !are_apart(project, *file, shared.home)).collect();
    let (file, call) = starts.iter().find(|start| !answers(start)).or(starts.first())?;
    Some(Place { file: program.units[*file as usize].source, span: call.span })
}

/// Product code of the file begins to listen.
fn listens(project: &Project, file: u32) -> bool {
    listening(project, file).next().is_some()
}

fn listening<'p>(project: &'p Project, file: u32) -> impl Iterator<Item = &'p Call> {
    let product = move |call: &&Call| is_product(&project.program, FnRef { file, id: call.function });
    let calls = project.program.units[file as usize].facts.calls.iter();
    calls.filter(|call| begins_to_listen(call)).filter(product)
}

/// Some product code of the package that is run releases the type, hands it to something that does, or scopes it.
fn is_released(project: &Project, shared: &Shared, folder: &str) -> bool {
    let runs = |call: CallRef| !is_idle(project, call) && !is_never_run(project, shared, call);
    ends(project, shared, folder).any(runs) || is_scoped(project, shared)
}

/// The release of a library is a coroutine, which does nothing as nobody awaits it.
fn is_never_run(project: &Project, shared: &Shared, call: CallRef) -> bool {
    let program = &project.program;
    is_unstarted(program, call, || {
        gives_coroutine(&info(program, shared.site).row, last_name(&program.call(call).callee))
    })
}

/// A function that is there to release it, and that neither the package nor its tests run.
fn idle_end(project: &Project, shared: &Shared, folder: &str) -> Option<FnRef> {
    let program = &project.program;
    let ends = ends(project, shared, folder).filter(|call| is_idle(project, *call));
    let mut functions = ends.map(|call| FnRef { file: call.file, id: program.call(call).function });
    functions.find(|f| {
        let (function, name) = (program.function(*f), program.function(*f).name.as_deref().unwrap_or_default());
        let means_to = releases(name) || function.flags.generator;
        means_to && function.kind == FnKind::Function && function.class.is_none() && !is_tested(program, f.file)
    })
}

/// Tests use the file, and may end what it keeps.
fn is_tested(program: &Program, file: u32) -> bool {
    let units = program.units.iter().enumerate().filter(|(_, unit)| unit.class == FileClass::Test);
    units
        .map(|(test, unit)| (test as u32, unit.facts.imports.len() as u32))
        .any(|(test, imports)| (0..imports).any(|import| program.home_of(test, ImportId(import)) == Some(file)))
}

/// The calls of product code of the package that release the type, or hand it to something that does.
fn ends<'s>(project: &'s Project, shared: &'s Shared, folder: &'s str) -> impl Iterator<Item = CallRef> + 's {
    let program = &project.program;
    let ty = shared.site.ty;
    let row = &info(program, shared.site).row;
    let releases = move |call: &CallRef| {
        let data = program.call(*call);
        let name = last_name(&data.callee);
        let by_method = ends_with(&row.release, name) && !is_another(project, shared, *call);
        by_method && may_be(project, *call, ty)
            || row.release_functions.iter().any(|release| release == name || names(program, *call, release))
    };
    let built = super::shutdown::folder(program, shared.site.call.file);
    let here = move |call: &CallRef| {
        let own = super::shutdown::folder(program, call.file);
        (own == folder || own == built)
            && !are_apart(project, call.file, shared.home)
            && is_product(program, FnRef { file: call.file, id: program.call(*call).function })
    };
    program.calls().filter(releases).filter(here)
}

fn ends_with(releases: &[String], name: &str) -> bool {
    releases.iter().any(|release| release.rsplit('.').next() == Some(name))
}

/// What a release is called on may be of the type; one that has no such release is a guess (`app.state.engine`).
fn may_be(project: &Project, call: CallRef, ty: TypeId) -> bool {
    let catalog = &project.program.catalog;
    let target = project.graph.target(call);
    let Some(receiver) = target.and_then(|target| target.receiver) else {
        let own = target.is_some_and(|target| target.functions.iter().any(|f| releases_something(project, *f)));
        return !own && !is_of_framework(project, call) && !is_of_other_package(project, call, ty);
    };
    let (own, other) = (&catalog.ty(ty).row, &catalog.ty(receiver).row);
    let data = project.program.call(call);
    let released = ends_with(&other.release, last_name(&data.callee));
    let plain = matches!(&data.callee, Value::Member(base, _) if matches!(**base, Value::Var(_)));
    receiver == ty || own.service == other.service || !released && !plain
}

/// It is called on a server that listens, or on a part of a package whose clients are of other services:
/// `mongoose.connection.close()`.
fn is_of_other_package(project: &Project, call: CallRef, ty: TypeId) -> bool {
    let program = &project.program;
    let f = FnRef { file: call.file, id: program.call(call).function };
    let Value::Member(base, _) = &program.call(call).callee else { return false };
    if let Value::Call(made) = program.deref(f, base) {
        return begins_to_listen(program.facts(call.file).call(*made));
    }
    let Ty::External(external) = program.eval(f, base.root()) else { return false };
    let own = &program.catalog.ty(ty).row.service;
    let packages: Vec<PackageId> = program.catalog.packages(external.language, &external.module).collect();
    let of_package = program.catalog.types.iter().filter(|other| packages.contains(&other.package));
    let mut services = of_package.map(|other| &other.row.service).peekable();
    services.peek().is_some() && services.all(|service| service != own)
}

fn begins_to_listen(call: &Call) -> bool {
    matches!(last_name(&call.callee), "listen" | "serve") && matches!(call.callee, Value::Member(..))
}

/// It is called on what a framework hands a function, which is no client: `app: Application`, or the answer of a
/// handler that nobody else calls.
fn is_of_framework(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let data = program.call(call);
    let Value::Member(base, _) = &data.callee else { return false };
    let Value::Var(var) = &**base else { return false };
    let home = FnRef { file: call.file, id: var.function };
    let mut params = program.function(home).params.iter().filter(|param| param.local == var.local);
    let Some(param) = params.next() else { return false };
    let Some(written) = &param.ty else {
        let mut contexts = project.contexts.of(Point::Fn(home)).iter().filter(|context| context.parent.is_none());
        let requested = contexts.any(|context| context.trigger == Trigger::Request);
        return requested && param.default.is_none() && project.graph.targets.callers(home).is_empty();
    };
    let Ty::External(external) = program.type_path(home, &written.name) else { return false };
    let mut packages = program.catalog.packages(external.language, &external.module).peekable();
    packages.peek().is_some() && packages.all(|package| program.catalog.package(package).types.is_empty())
}

/// What is released is known to be built elsewhere. Of a parameter no more than its default is.
fn is_another(project: &Project, shared: &Shared, call: CallRef) -> bool {
    let f = FnRef { file: call.file, id: project.program.call(call).function };
    let Value::Member(base, _) = &project.program.call(call).callee else { return false };
    let facts = project.program.facts(call.file);
    let given = matches!(base.root(), Value::Var(var) if matches!(facts.local(*var).kind, LocalKind::Param));
    let built = constructions(project, At { f, value: base });
    !given && !built.is_empty() && !built.contains(&shared.site.call)
}

fn names(program: &Program, call: CallRef, release: &str) -> bool {
    program.call(call).callee_name(program.facts(call.file)) == Some(release)
}

/// `with C() as c: …` around the life of the program, or around each use of what a function gives.
fn is_scoped(project: &Project, shared: &Shared) -> bool {
    let program = &project.program;
    let site = shared.site;
    let callers = project.graph.targets.callers(site.function);
    let lent = || !callers.is_empty() && Flow::of(program, site.call).is_returned();
    holds(program, site.call) || lent() && callers.iter().all(|call| holds(program, *call))
}

/// A block that ends it is what the call stands at the head of.
fn holds(program: &Program, call: CallRef) -> bool {
    let body = &program.facts(call.file).function(program.call(call).function).body;
    nodes(body).any(|node| matches!(node, Node::Scope { resource: Value::Call(id), .. } if *id == call.id))
}
