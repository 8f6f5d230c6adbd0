//! Several modules of one process that each build a shared client of the same service.
//!
//! A process is what one entry loads: a file that nothing imports, or all entry files of a framework
//! in one package. Knows no framework and no library by name.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::address::{Address, address};
use super::guard::{Guard, guard, slots};
use super::reach::by_package;
use super::{Reach, Shared, binding, info, is_product, keeper, shared_sites};
use crate::catalog::TypeId;
use crate::catalog::plans::is_counted;
use crate::catalog::schema::{Kind, Platform};
use crate::facts::{Call, FnId, Language, ParamKind, Value};
use crate::project::Project;
use crate::project::calls::top;
use crate::project::contexts::Trigger;
use crate::project::graph::Point;
use crate::project::program::{FnRef, Program};
use crate::source::globs::{Along, Globs};

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
    let groups = groups(project);
    if groups.is_empty() {
        return None;
    }
    let reach = project.reach();
    let processes = processes(&project.program, reach);
    let mut found = Duplicates { kept: Vec::new(), surplus: Vec::new() };
    for mut group in groups {
        group.sort_by_cached_key(|shared| rank(project, reach, shared));
        while let Some(surplus) = split(&project.program, &mut group, &processes) {
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
        if let Some(address) = address(&project.program, shared.site) {
            groups.entry((shared.site.ty, address)).or_default().push(shared);
        }
    }
    let several = |group: &Vec<Shared>| {
        let files: FxHashSet<u32> = group.iter().map(|shared| shared.site.call.file).collect();
        files.len() > 1
    };
    groups.into_values().filter(several).collect()
}

/// Several of such a client in one process are too many.
pub(super) fn counts(project: &Project, shared: &Shared) -> bool {
    let program = &project.program;
    let info = info(program, shared.site);
    let kind = matches!(info.row.kind, Kind::Pool | Kind::OrmClient | Kind::LazyClient | Kind::Connection);
    let path = &program.units[shared.site.call.file as usize].path;
    kind && !matches!(info.row.service.as_str(), "" | "http")
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

/// Options by which a connection has a name of its own at the server, or works over a pool that is given.
const APART: &[&str] = &[
    "client_name",
    "clientname",
    "connectionname",
    "connection_name",
    "application_name",
    "applicationname",
    "appname",
    "connection_pool",
    "connectionpool",
    "pool",
];

fn is_set_apart(program: &Program, shared: &Shared) -> bool {
    let apart = |name: &str| APART.contains(&name.to_ascii_lowercase().as_str());
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

/// Words in a variable's or file's name for a connection that must be its own: subscribers block it.
const DEDICATED: &[&str] =
    &["sub", "pub", "listen", "queue", "worker", "bull", "stream", "block", "lock", "notif", "replica", "read"];

/// A variable or class that is called after a use that needs a connection of its own.
pub(super) fn is_for_one_use(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    DEDICATED.iter().any(|word| name.contains(word))
}

fn is_dedicated(program: &Program, shared: &Shared) -> bool {
    let by_name = is_for_one_use(binding(program, shared.site).map_or("", |binding| binding.name));
    let facts = program.facts(shared.site.call.file);
    let subscribes = facts.calls.iter().any(|call| {
        let name = crate::project::sites::last_name(&call.callee).to_ascii_lowercase();
        let on_it = matches!(&call.callee, Value::Member(..));
        on_it
            && matches!(
                name.as_str(),
                "subscribe"
                    | "psubscribe"
                    | "ssubscribe"
                    | "brpop"
                    | "blpop"
                    | "xread"
                    | "xreadgroup"
                    | "listen"
                    | "pubsub"
            )
    });
    by_name || subscribes
}

/// The best one to keep comes first: guarded, imported most, named like a home, nearest to the root.
fn rank(project: &Project, reach: &Reach, shared: &Shared) -> (bool, u32, bool, usize, u32, u32) {
    let file = shared.site.call.file;
    let path = &project.program.units[file as usize].path;
    let name = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let home = is_home_name(project, shared, name) || path.contains("lib/");
    let guarded = guard(project, &shared.chain) == Guard::Kept;
    let importers = u32::MAX - reach.importers(file);
    (!guarded, importers, !home, path.matches('/').count(), file, shared.site.span.start)
}

/// A file that is called after what it shares: a connection, the service, the library.
fn is_home_name(project: &Project, shared: &Shared, name: &str) -> bool {
    const NAMES: &[&str] = &["db", "client", "database", "pool", "engine", "connection", "session"];
    let info = info(&project.program, shared.site);
    let package = &project.program.catalog.package(info.package).package;
    NAMES.contains(&name) || info.row.service == name || name.len() > 3 && package.contains(name)
}

/// Takes out the first construction and all others that some process loads beside it.
fn split<'s>(program: &Program, group: &mut Vec<Shared<'s>>, processes: &[Vec<bool>]) -> Option<Vec<Shared<'s>>> {
    while group.len() > 1 {
        let first = group.remove(0);
        let kept = slots(program, &first.chain);
        let here: Vec<&Vec<bool>> = processes.iter().filter(|process| process[first.home as usize]).collect();
        let beside = |other: &Shared| {
            other.site.call.file != first.site.call.file
                && here.iter().any(|process| process[other.home as usize])
                && !slots(program, &other.chain).iter().any(|slot| kept.contains(slot))
        };
        let (with, rest): (Vec<Shared>, Vec<Shared>) = std::mem::take(group).into_iter().partition(beside);
        *group = rest;
        if !with.is_empty() {
            return Some(std::iter::once(first).chain(with).collect());
        }
    }
    None
}

/// For each process the files that it loads.
pub(super) fn processes(program: &Program, reach: &Reach) -> Vec<Vec<bool>> {
    let entries = entry_files(program);
    let mut roots: Vec<Vec<u32>> = Vec::new();
    for (folder, files) in by_package(program) {
        let script: Vec<u32> =
            files.iter().copied().filter(|file| program.language(*file) == Language::Script).collect();
        let entry = |file: &u32| entries.get(file);
        let own: Vec<u32> = script.iter().copied().filter(|file| entry(file).is_some()).collect();
        let (apart, together): (Vec<u32>, Vec<u32>) = own.into_iter().partition(|file| entry(file) == Some(&true));
        let any = !apart.is_empty();
        roots.extend(apart.into_iter().map(|file| vec![file]));
        if !together.is_empty() || any {
            roots.push(together);
        } else if serves(program, &folder) {
            roots.push(script.into_iter().filter(|file| is_product(program, top(*file))).collect());
        }
    }
    roots.extend(alone(program, reach).into_iter().map(|file| vec![file]));
    roots.sort();
    roots.into_iter().filter(|files| !files.is_empty()).map(|files| reach.closure(files)).collect()
}

/// Files that nothing imports; where all import each other, the one nearest to the root.
fn alone(program: &Program, reach: &Reach) -> Vec<u32> {
    let product: Vec<u32> = (0..program.units.len() as u32).filter(|file| is_product(program, top(*file))).collect();
    let mut imported = vec![false; program.units.len()];
    product.iter().flat_map(|file| reach.imports(*file)).for_each(|target| imported[*target as usize] = true);
    let mut roots: Vec<u32> = product.iter().copied().filter(|file| !imported[*file as usize]).collect();
    let mut reached = reach.closure(roots.iter().copied());
    let mut left = product;
    left.sort_by_key(|file| (program.units[*file as usize].path.matches('/').count(), *file));
    for file in left {
        if !reached[file as usize] {
            roots.push(file);
            let more = reach.closure([file]);
            reached.iter_mut().zip(more).for_each(|(known, new)| *known |= new);
        }
    }
    roots
}

/// The package at the folder depends on a framework whose dev server loads its files.
fn serves(program: &Program, folder: &str) -> bool {
    let package =
        program.manifests.packages.iter().find(|package| package.folder == folder && package.ecosystem == "npm");
    let frameworks =
        program.active.iter().map(|id| program.catalog.package(*id)).filter(|file| file.dev_reload.is_some());
    let names: Vec<&String> = frameworks.flat_map(|file| &file.dependencies).collect();
    package.is_some_and(|package| names.iter().any(|name| package.dependencies.contains(*name)))
}

/// Files that a framework loads by their paths, and whether each is a process of its own.
fn entry_files(program: &Program) -> FxHashMap<u32, bool> {
    let together = files_of(program, false);
    let apart = files_of(program, true).into_iter().filter(|file| !together.contains(file)).map(|file| (file, true));
    apart.chain(together.iter().map(|file| (*file, false))).collect()
}

fn files_of(program: &Program, apart: bool) -> FxHashSet<u32> {
    let mut globs: FxHashMap<Language, Vec<&str>> = FxHashMap::default();
    for id in program.active.iter() {
        let file = program.catalog.package(*id);
        let rows = file.files.iter().filter(|row| row.directive.is_empty() || row.directive.starts_with('!'));
        let own = globs.entry(crate::catalog::language(file.ecosystem)).or_default();
        own.extend(rows.filter(|row| row.apart == apart).flat_map(|row| &row.globs).map(String::as_str));
    }
    let sets: FxHashMap<Language, Globs> = globs.into_iter().map(|(l, globs)| (l, Globs::new(globs))).collect();
    let mut along: FxHashMap<Language, Along> = sets.iter().map(|(language, set)| (*language, set.along())).collect();
    let files = 0..program.units.len() as u32;
    let fits = |file: &u32| {
        let unit = &program.units[*file as usize];
        is_product(program, top(*file))
            && along.get_mut(&unit.facts.language).is_some_and(|set| set.fit(program.within_package(*file)))
    };
    files.filter(fits).collect()
}
