//! Module-level clients that a dev server builds anew on each reload.
//!
//! Frameworks' rows say which packages are re-evaluated and which files are their entries; the rest
//! follows from imports. Knows no framework by name.

use super::guard::{Guard, guard, is_guarded_call};
use super::{Shared, shared_sites};
use crate::catalog::schema::{Kind, PackageFile, Platform, Run};
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::{FnId, Value};
use crate::graph::reach::Reach;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::packages::manifests::Package;
use crate::program::{CallRef, FnRef};
use crate::source::globs::Globs;
use crate::values::Program;
use crate::values::sites::Site;
use crate::values::sites::info;

/// A client that a reload builds anew.
pub struct Leak<'s> {
    pub shared: Shared<'s>,
    pub guard: Guard,
    /// The framework whose dev server reloads.
    pub framework: String,
    /// What the other branches of the helper that builds it build instead.
    pub others: Vec<CallRef>,
}

pub fn leaks<'s>(project: &'s Project) -> Vec<Leak<'s>> {
    let reloaded = project.reloaded();
    if reloaded.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Leak> = Vec::new();
    for shared in shared_sites(project).into_iter().filter(|shared| shared.trigger == Trigger::Load) {
        let Some(framework) = framework_of(&project.program, reloaded, &shared) else { continue };
        if !holds_sockets(project, &shared) {
            continue;
        }
        // The branches of one helper are one client.
        let way = shared.chain.get(1).filter(|_| shared.chain.len() > 2).map(|step| step.place);
        let same = |other: &&mut Leak| other.shared.chain.get(1).map(|step| step.place) == way;
        if let Some(first) = found.iter_mut().find(same).filter(|_| way.is_some()) {
            first.others.push(shared.site.call);
            continue;
        }
        let guard = guard(project, &shared.chain);
        if guard != Guard::Kept && !called_guarded(project, shared.site.function, &Trail::default()) {
            found.push(Leak { shared, guard, framework: framework.to_string(), others: Vec::new() });
        }
    }
    found
}

/// A client like the site's at the top of its file would be built anew on each reload.
pub fn is_reloaded(project: &Project, site: &Site) -> bool {
    let shared = Shared { site, trigger: Trigger::Load, home: site.call.file, chain: Vec::new() };
    framework_of(&project.program, project.reloaded(), &shared).is_some() && holds_sockets(project, &shared)
}

fn holds_sockets(project: &Project, shared: &Shared) -> bool {
    let info = info(&project.program, shared.site);
    let kind =
        matches!(info.row.kind, Kind::Pool | Kind::Connection | Kind::LazyClient | Kind::OrmClient | Kind::Broker);
    let path = &project.program.units[shared.site.call.file as usize].path;
    kind && !matches!(info.row.service.as_str(), "" | "http" | "smtp")
        && !is_over_stateless(&project.program, shared)
        && project.program.platform(path) != Some(Platform::Workers)
}

/// The client is given a driver that the data knows to hold no sockets.
fn is_over_stateless<'p>(program: &Program<'p>, shared: &Shared) -> bool {
    let f = shared.site.function;
    let stateless = |value: &'p Value| {
        let ty = program.eval(f, value).concept().map(|ty| program.catalog.ty(ty));
        ty.is_some_and(|info| info.row.kind == Kind::Wrapper && !info.owns)
    };
    program.call(shared.site.call).args.iter().any(|arg| match &arg.value {
        Value::Record { entries, .. } => entries.iter().any(|entry| stateless(&entry.value)),
        value => stateless(value),
    })
}

/// Every call of the function stands behind a guard of the global object.
fn called_guarded(project: &Project, f: FnRef, trail: &Trail) -> bool {
    let Some(here) = trail.step(f).filter(|_| f.id != FnId::TOP) else { return false };
    let calls = project.graph.targets.callers(f);
    !calls.is_empty()
        && calls.iter().all(|call| {
            let data = project.program.call(*call);
            let from = FnRef { file: call.file, id: data.function };
            is_guarded_call(project, *call) || called_guarded(project, from, &here)
        })
}

/// What one framework's dev server evaluates anew.
pub struct Reloaded {
    framework: String,
    files: Vec<bool>,
}

fn framework_of<'r>(program: &Program, reloaded: &'r [Reloaded], shared: &Shared) -> Option<&'r str> {
    let here = shared.home as usize;
    let script = program.semantics(shared.home).renders && program.semantics(shared.site.call.file).renders;
    reloaded.iter().find(|one| script && one.files[here]).map(|one| one.framework.as_str())
}

pub fn reloaded(project: &Project) -> Vec<Reloaded> {
    let program = &project.program;
    let frameworks =
        program.active.iter().map(|id| program.catalog.package(*id)).filter(|file| file.dev_reload.is_some());
    let mut found = Vec::new();
    for framework in frameworks {
        let folders = program.manifests.packages.iter().filter(|package| {
            package.ecosystem == "npm" && framework.dependencies.iter().any(|name| package.dependencies.contains(name))
        });
        for package in folders {
            found.push(Reloaded {
                framework: framework.package.clone(),
                files: evaluated(program, project.reach(), framework, package),
            });
        }
    }
    found
}

/// The files that the framework loads in the package, and in those below it that have the framework from there.
fn evaluated(program: &Program, reach: &Reach, framework: &PackageFile, package: &Package) -> Vec<bool> {
    // What only the page runs is no entry of the server.
    let served = framework.files.iter().filter(|row| row.run != Run::Event);
    let entries = Globs::new(served.flat_map(|row| &row.globs).filter(|glob| *glob != EVERY));
    let reload = framework.dev_reload.as_ref();
    let wanted = Globs::new(reload.into_iter().flat_map(|row| &row.globs));
    let unwanted = Globs::new(reload.into_iter().flat_map(|row| &row.not));
    let inside = |file: u32| {
        let path = &program.units[file as usize].path;
        program.manifests.package_of(path).is_some_and(|own| own.folder == package.folder)
    };
    let below = |file: u32| {
        let path = &program.units[file as usize].path;
        program.manifests.dependent(path, &framework.dependencies).is_some_and(|own| own.folder == package.folder)
    };
    let stays = |file: u32| {
        let inner = program.within_package(file);
        let out = unwanted.fit(inner) || !wanted.is_empty() && !wanted.fit(inner);
        out || program.class_of(file) != FileClass::Source
    };
    let files = 0..program.units.len() as u32;
    let is_entry = |file: &u32| entries.fit(program.within_package(*file));
    let (roots, rest): (Vec<u32>, Vec<u32>) = files.filter(|file| below(*file) && !stays(*file)).partition(is_entry);
    // What an entry imports is evaluated with it, whatever its folder is called.
    if !roots.is_empty() {
        return reach.closure(roots);
    }
    // No entry in sight: a part of the project is looked at, and its modules are what entries load.
    let mut evaluated = reach.closure(rest.into_iter().filter(|file| inside(*file)));
    for (file, loaded) in evaluated.iter_mut().enumerate() {
        *loaded &= !(below(file as u32) && stays(file as u32));
    }
    evaluated
}

/// A row for every file says nothing of where a program starts.
const EVERY: &str = "**/*.{ts,tsx,js,jsx,mjs,cjs,mts,cts}";
