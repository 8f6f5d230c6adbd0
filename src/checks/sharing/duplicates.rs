//! Several modules of one process that each build a shared client of the same service.
//!
//! Knows no framework and no library by name.

use crate::catalog::words::checks::{DEDICATED_CONNECTIONS, HOME_NAMES, OWN_CONNECTION_OPTIONS, SESSION_OPERATIONS};
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::guard::{Guard, guard, slots};
use super::{Shared, binding, is_awaited, keeper, libraries, shared_sites};
use crate::capacity::unbound::is_called;
use crate::catalog::plans::{families, is_counted};
use crate::catalog::schema::{Kind, Platform};
use crate::catalog::{TypeId, TypeInfo};
use crate::checks::Project;
use crate::facts::{Call, FnId, ParamKind, Value};
use crate::graph::Point;
use crate::graph::reach::Reach;
use crate::graph::trigger::Trigger;
use crate::packages::settings::files::named_by_schemas;
use crate::program::FnRef;
use crate::servers::address::{Address, address};
use crate::servers::family::{ANY_SQL, service};
use crate::values::Program;
use crate::values::calls::top;
use crate::values::eval::Ty;
use crate::values::follow::{At, key};
use crate::values::sites::Site;
use crate::values::sites::info;
use crate::values::sites::is_product;

/// One surplus construction, and the one to keep.
pub struct Duplicate<'s> {
    pub surplus: Shared<'s>,
    pub kept: usize,
}

pub struct Duplicates<'s> {
    /// The constructions to keep; several surplus ones share one.
    pub kept: Vec<Shared<'s>>,
    pub surplus: Vec<Duplicate<'s>>,
}

pub fn duplicates<'s>(project: &'s Project) -> Option<Duplicates<'s>> {
    let mut groups = groups(project);
    groups.extend(across(project));
    if groups.is_empty() {
        return None;
    }
    let reach = project.reach();
    let mut found = Duplicates { kept: Vec::new(), surplus: Vec::new() };
    for mut group in groups {
        group.sort_by_cached_key(|shared| (lends(project, shared), rank(project, reach, shared), place(shared)));
        while let Some(surplus) = split(project, &mut group) {
            let kept = found.kept.len();
            let mut members = surplus.into_iter();
            found.kept.extend(members.next());
            found.surplus.extend(members.map(|surplus| Duplicate { surplus, kept }));
        }
    }
    Some(found)
}

/// Constructions of one type with one address, two files at least.
fn groups<'s>(project: &'s Project) -> Vec<Vec<Shared<'s>>> {
    let mut groups: BTreeMap<(TypeId, Address), Vec<Shared>> = BTreeMap::new();
    for shared in shared_sites(project).into_iter().filter(|shared| counts(project, shared)) {
        if let Some(address) = told(project, shared.site) {
            groups.entry((shared.site.ty, address)).or_default().push(shared);
        }
    }
    let several = |group: &Vec<Shared>| {
        let files: FxHashSet<u32> = group.iter().map(|shared| shared.site.call.file).collect();
        files.len() > 1
    };
    groups.into_values().filter(several).collect()
}

/// Clients of several libraries that speak to one server, with one address, and wait for it in the same way: what must
/// not block cannot use a client that does.
fn across<'s>(project: &'s Project) -> Vec<Vec<Shared<'s>>> {
    let program = &project.program;
    let mut groups: BTreeMap<(&str, BTreeSet<String>), Vec<Shared>> = BTreeMap::new();
    for shared in shared_sites(project).into_iter().chain(libraries::kept(project)) {
        let server = server(program, shared.site);
        if !counts(project, &shared) || is_given_client(program, shared.site) {
            continue;
        }
        let names = told(project, shared.site).map_or_else(BTreeSet::new, |address| address.names);
        if !names.is_empty() {
            groups.entry((server, names)).or_default().push(shared);
        }
    }
    let libraries =
        |group: &[Shared]| group.iter().map(|shared| info(program, shared.site).package).collect::<BTreeSet<_>>().len();
    // Two kinds of server at one address: one of them is chosen.
    let kinds = |group: &[Shared]| {
        let named = group.iter().map(|one| service(program, one.site)).filter(|name| *name != ANY_SQL);
        named.collect::<BTreeSet<_>>().len()
    };
    let several = groups.into_values().filter(|group| libraries(group) > 1 && kinds(group) < 2);
    let by_wait = several.flat_map(|group| {
        let (waiting, blocking): (Vec<_>, Vec<_>) = group.into_iter().partition(|one| is_awaited(project, one.site));
        [waiting, blocking]
    });
    let alike = by_wait.map(|mut group| {
        group.retain(|one| is_opened(project, one.site));
        // Of each library one: several of it are told of already.
        group.sort_by_key(|shared| (shared.site.ty, shared.site.call));
        group.dedup_by_key(|shared| info(program, shared.site).package);
        group
    });
    alike.filter(|group| group.len() > 1).collect()
}

/// What has to be told to open is told so: a data source that only tools read opens nothing in the server.
fn is_opened(project: &Project, site: &Site) -> bool {
    let reopened = info(&project.program, site).row.reopened.as_ref();
    reopened.is_none_or(|row| !row.until.is_empty() || is_called(project, site, &row.methods))
}

/// It works over a client or connections that it is given.
fn is_given_client(program: &Program, site: &Site) -> bool {
    let joins = &info(program, site).row.joins;
    let has = |value, option: &String| !key(program, At { f: site.function, value }, option).is_empty();
    let mut args = program.call(site.call).args.iter();
    args.any(|arg| joins.iter().any(|option| arg.name.as_ref() == Some(option) || has(&arg.value, option)))
}

/// The kind of server where every library can do what another one does: which kind of SQL it is the address says. Else the
/// client inside.
fn server<'c>(program: &Program<'c>, site: &Site) -> &'c str {
    let (limits, service) = (&program.catalog.limits, service(program, site));
    let sql = service == ANY_SQL || families(limits).any(|family| family.sql && family.name == service);
    if sql && is_counted(limits, service) { ANY_SQL } else { driver(info(program, site)) }
}

/// The client that a type has inside: itself, unless its row says otherwise.
fn driver(info: &TypeInfo) -> &str {
    if info.row.driver.is_empty() { &info.display } else { &info.row.driver }
}

/// Those whose client others can get at come first, then those that are the client which others take, then the object
/// mapper that the application is written with.
fn lends(project: &Project, shared: &Shared) -> (bool, bool, bool) {
    let info = info(&project.program, shared.site);
    (info.row.hands_out.is_empty(), driver(info) != info.display, info.row.kind != Kind::OrmClient)
}

/// Where nothing else tells them apart.
fn place(shared: &Shared) -> (u32, u32) {
    (shared.site.call.file, shared.site.span.start)
}

/// The address of a construction; of a generated client that is told none, what its schema names.
pub(super) fn told(project: &Project, site: &Site) -> Option<Address> {
    let address = address(&project.program, site)?;
    let package = project.program.catalog.package(info(&project.program, site).package);
    let names = match address.names.is_empty() {
        true => named_by_schemas(project.inputs.files, package),
        false => address.names,
    };
    Some(Address { names, ..address })
}

/// One of it serves the whole process.
pub(crate) fn is_one_enough(info: &TypeInfo) -> bool {
    let kind = matches!(info.row.kind, Kind::Pool | Kind::OrmClient | Kind::LazyClient | Kind::Connection);
    kind && !matches!(info.row.service.as_str(), "" | "http")
}

/// Several of such a client in one process are too many.
pub(crate) fn counts(project: &Project, shared: &Shared) -> bool {
    let program = &project.program;
    let path = &program.units[shared.site.call.file as usize].path;
    is_one_enough(info(program, shared.site))
        && program.platform(path) != Some(Platform::Workers)
        && !is_dedicated(program, shared)
        && !is_file_of_callers(program, shared)
        && !is_set_apart(program, shared)
        && !is_done_with(project, shared)
        && is_product(program, top(shared.home))
}

/// What is no server but a file, which the function's callers choose.
fn is_file_of_callers(program: &Program, shared: &Shared) -> bool {
    let service = &info(program, shared.site).row.service;
    let mut params = program.function(shared.site.function).params.iter();
    !is_counted(&program.catalog.limits, service) && params.any(|param| param.kind == ParamKind::Normal)
}

fn is_set_apart(program: &Program, shared: &Shared) -> bool {
    let apart = |name: &str| OWN_CONNECTION_OPTIONS.contains(&name.to_ascii_lowercase().as_str());
    program.call(shared.site.call).args.iter().any(|arg| match &arg.value {
        Value::Record { entries, .. } => entries.iter().any(|entry| apart(&entry.key)),
        _ => arg.name.as_deref().is_some_and(apart),
    })
}

/// The module closes its client while it is loaded: a program that is run once, whatever its path.
fn is_done_with(project: &Project, shared: &Shared) -> bool {
    let program = &project.program;
    let Some(var) = keeper(program, shared.site) else { return false };
    let facts = program.facts(shared.site.call.file);
    let release = &info(program, shared.site).row.release;
    let closes = |call: &&Call| match &call.callee {
        Value::Member(base, name) => **base == Value::Var(var) && release.iter().any(|method| method == name),
        _ => false,
    };
    let loads = |function: FnId| {
        let f = FnRef { file: shared.site.call.file, id: function };
        f.id == FnId::TOP || {
            let contexts = project.contexts.of(Point::Fn(f));
            !contexts.is_empty() && contexts.iter().all(|context| context.trigger == Trigger::Load && !context.weak)
        }
    };
    facts.calls.iter().filter(closes).any(|call| loads(call.function))
}

/// A variable or class that is called after a use that needs a connection of its own.
pub(crate) fn is_for_one_use(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    DEDICATED_CONNECTIONS.iter().any(|word| name.contains(word))
}

fn is_dedicated<'a>(program: &Program<'a>, shared: &Shared) -> bool {
    let by_name = is_for_one_use(binding(program, shared.site).map_or("", |binding| binding.name));
    let file = shared.site.call.file;
    let facts = program.facts(file);
    // What is known to be something else listens for itself: a server.
    let may_be_it =
        |f: FnRef, base: &'a Value| !matches!(program.eval(f, base), Ty::Concept(ty) if ty != shared.site.ty);
    let subscribes = facts.calls.iter().any(|call| match &call.callee {
        Value::Member(base, name) => {
            SESSION_OPERATIONS.contains(&name.to_ascii_lowercase().as_str())
                && may_be_it(FnRef { file, id: call.function }, base)
        }
        _ => false,
    });
    by_name || subscribes
}

/// The best one to keep comes first: guarded, imported most, named like a home, nearest to the root.
fn rank(project: &Project, reach: &Reach, shared: &Shared) -> (bool, u32, bool, usize, String) {
    let file = shared.site.call.file;
    let path = &project.program.units[file as usize].path;
    let name = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let home = is_home_name(project, shared, name) || path.contains("lib/");
    let guarded = guard(project, &shared.chain) == Guard::Kept;
    let importers = u32::MAX - reach.importers(file).len() as u32;
    let library = info(&project.program, shared.site).display.clone();
    (!guarded, importers, !home, path.matches('/').count(), library)
}

/// A file that is called after what it shares: a connection, the service, the library.
fn is_home_name(project: &Project, shared: &Shared, name: &str) -> bool {
    let info = info(&project.program, shared.site);
    let package = &project.program.catalog.package(info.package).package;
    HOME_NAMES.contains(&name) || info.row.service == name || name.len() > 3 && package.contains(name)
}

/// Takes out the first construction and all others that some process loads beside it.
fn split<'s>(project: &Project, group: &mut Vec<Shared<'s>>) -> Option<Vec<Shared<'s>>> {
    while group.len() > 1 {
        let first = group.remove(0);
        let kept = slots(&project.program, &first.chain);
        let beside = |other: &Shared| {
            (other.site.call.file != first.site.call.file || other.site.ty != first.site.ty)
                && project.run_together(first.home, other.home)
                && !slots(&project.program, &other.chain).iter().any(|slot| kept.contains(slot))
        };
        let (with, rest): (Vec<Shared>, Vec<Shared>) = std::mem::take(group).into_iter().partition(beside);
        *group = rest;
        if !with.is_empty() {
            return Some(std::iter::once(first).chain(with).collect());
        }
    }
    None
}
