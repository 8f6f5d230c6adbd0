//! Pools against their servers: one that is too large, one without a bound.
//!
//! Structured answers for the rules. Knows no library by name.

use std::sync::Arc;

use super::bounds::Pool;
use super::limits::{Allowed, allowed, endpoint, is_pooled};
use super::load::{Load, Loads, Package};
use super::platform::{is_of_product, is_started_by_hand, platform};
use super::pool::{Found, has_key, pool, raw, speaks};
use super::unbound::is_unbound;
use crate::catalog::plans::is_counted;
use crate::catalog::schema::{Kind, Platform, SettingRole};
use crate::contexts::linked::Linked;
use crate::contexts::programs::Runner;
use crate::facts::{Language, Literal, Part, Value};
use crate::finding::Place;
use crate::packages::settings::files::Files;
use crate::servers::addresses::{Text, query, sources};
use crate::servers::family::{ANY_SQL, service};
use crate::values::calls::How;
use crate::values::sites::Site;
use crate::values::sites::info;

/// A pool of the project, with what its server allows.
pub struct Sized<'c> {
    pub site: Site,
    pub pool: Pool<'c>,
    pub allowed: Option<Allowed>,
    /// The processes that run the pool's package.
    pub load: Load,
}

pub struct Pools<'c> {
    pub all: Vec<Sized<'c>>,
    pub files: Arc<Files>,
    pub loads: Loads<'c>,
}

/// Why a pool has no bound.
#[derive(Debug, Clone, PartialEq)]
pub enum Unbounded {
    /// The value means "as many as asked for".
    Unlimited { setting: String, value: f64, place: Place, literal: Option<Place> },
    /// The default holds for each of many instances.
    Serverless { setting: String, place: Place },
    /// A text where the library wants a number gives a pool of one.
    Text { setting: String, place: Place },
    /// The address has no parameter that bounds it.
    NoParameter { setting: String, place: Place },
}

/// Reads the pools of the project.
pub fn pools<'a>(project: &Linked<'a>) -> Pools<'a> {
    let program = &project.program;
    let files = project.inputs.memory.settings(project.inputs.files, program.catalog, program.manifests);
    let sites = project.graph.sites.iter().filter(|site| counts(project, site));
    let loads = Loads::new(project, &files);
    let all = sites.map(|site| {
        let pool = pool(project, &files, site);
        let allowed = allowed(project, &files, site, &pool.address);
        let (runner, language) = (Runner::of(folder(project, site)), project.program.language(site.call.file));
        let load = loads.of(project, &files, Package { runner: &runner, language }, Some(site.call.file));
        Sized { site: site.clone(), pool, allowed, load }
    });
    Pools { all: all.collect(), files, loads }
}

/// The folder of the package that a construction belongs to.
fn folder(project: &Linked, site: &Site) -> String {
    let path = &project.program.units[site.call.file as usize].path;
    project.program.manifests.package_of(path).map_or(String::new(), |package| package.folder.clone())
}

fn counts(project: &Linked, site: &Site) -> bool {
    let info = info(&project.program, site);
    let sized = info.row.settings.iter().any(|row| row.role == SettingRole::PoolSize);
    sized
        && site.how == How::Built
        && !matches!(info.row.kind, Kind::HttpClient)
        && is_counted(&project.program.catalog.limits, service(&project.program, site))
        && is_of_product(project, site.function)
        && !has_own_manager(project, site)
        && !is_unbound(project, site)
}

/// The project's own class makes the connections of a pool for any SQL server: which one it speaks to is
/// not in sight.
pub fn has_own_manager(project: &Linked, site: &Site) -> bool {
    let program = &project.program;
    let row = &info(program, site).row;
    let mut args = program.call(site.call).args.iter();
    row.service == ANY_SQL
        && row.kind == Kind::Pool
        && program.language(site.call.file) == Language::Rust
        && args.any(|arg| program.eval(site.function, &arg.value).class().is_some())
}

/// The pool alone takes all that its server has.
pub fn too_large<'p>(sized: &'p Sized) -> Option<(f64, &'p Allowed)> {
    let most = sized.pool.most()?;
    let allowed = sized.allowed.as_ref()?;
    let written = sized.pool.place().is_some();
    (written && !allowed.behind && !sized.pool.other_class && most >= allowed.connections).then_some((most, allowed))
}

pub fn unbounded<'c>(project: &Linked<'c>, pools: &Pools, sized: &Sized<'c>) -> Option<Unbounded> {
    if sized.pool.other_class || sized.pool.lent {
        return None;
    }
    unlimited(sized)
        .or_else(|| text(project, pools, sized))
        .or_else(|| without_parameter(project, pools, sized))
        .or_else(|| serverless(project, &pools.files, sized))
}

fn unlimited(sized: &Sized) -> Option<Unbounded> {
    [sized.pool.size, sized.pool.overflow].into_iter().flatten().find_map(|part| {
        let value = part.value.filter(|_| part.is_unlimited())?;
        Some(Unbounded::Unlimited { setting: part.row.name.clone(), value, place: part.place?, literal: part.literal })
    })
}

/// The environment gives texts, and the library takes a text for a pool of one.
fn text<'c>(project: &Linked<'c>, pools: &Pools, sized: &Sized<'c>) -> Option<Unbounded> {
    let row = sized.pool.size.filter(|size| size.row.string == "one")?.row;
    let (found, place) = raw(project, &pools.files, &sized.site, row)?;
    let Found::Value(at) = found else { return None };
    is_text(at.value).then(|| Unbounded::Text { setting: row.name.clone(), place })
}

/// An environment read without conversion, or a text.
fn is_text(value: &Value) -> bool {
    match value {
        Value::Literal(Literal::Str(_)) => true,
        Value::Template(parts) => parts.iter().any(|part| matches!(part, Part::Text(_))),
        Value::Choice(values, _) => values.iter().all(is_text),
        Value::Member(base, _) | Value::Index(base, _) => matches!(&**base, Value::Member(_, name) if name == "env"),
        _ => false,
    }
}

/// Where a construction runs.
pub(crate) fn runs_on(project: &Linked, files: &Files, site: &Site) -> Option<Platform> {
    let found = platform(project, files, &project.program.units[site.call.file as usize].path);
    found.filter(|_| !is_started_by_hand(project, site.call.file))
}

/// A default pool for each instance of a function.
fn serverless(project: &Linked, files: &Files, sized: &Sized) -> Option<Unbounded> {
    let size = sized.pool.size.filter(|size| size.place.is_none())?;
    let many = size.value.is_some_and(|default| default >= 5.0);
    let on_url = size.row.places.iter().all(|place| place == "url");
    let direct = !sized.pool.address.iter().any(|address| query(&address.text, &size.row.name).is_some());
    let options_known = !project
        .program
        .call(sized.site.call)
        .args
        .iter()
        .any(|arg| arg.spread || is_opaque(project, &sized.site, &arg.value));
    let place = Place { file: project.program.units[sized.site.call.file as usize].source, span: sized.site.span };
    let found = runs_on(project, files, &sized.site) == Some(Platform::Serverless)
        && many
        && direct
        && options_known
        && !on_url;
    found.then(|| Unbounded::Serverless { setting: size.row.name.clone(), place })
}

/// A whole record of options that is not in sight may hold the bound.
fn is_opaque(project: &Linked, site: &Site, value: &Value) -> bool {
    match value {
        Value::Record { open, .. } => *open,
        Value::Var(var) => {
            let bound = project.program.bound(site.call.file, *var);
            !matches!(bound, [only] if matches!(only.value, Value::Record { open: false, .. } | Value::Literal(_) | Value::Member(..) | Value::Template(_) | Value::Choice(..) | Value::Call(_) | Value::Binary(..)))
        }
        _ => false,
    }
}

/// The bound is a parameter of the address, the address is in sight, and has none.
fn without_parameter(project: &Linked, pools: &Pools, sized: &Sized) -> Option<Unbounded> {
    let size = sized.pool.size.filter(|size| size.place.is_none() && size.value.is_none())?;
    let program = &project.program;
    let data = program.call(sized.site.call);
    let path = &program.units[sized.site.call.file as usize].path;
    let plain = data.args.iter().all(|arg| matches!(&arg.value, Value::Record { open: false, .. }))
        && !size.row.unless.iter().any(|key| has_key(data, key));
    if !plain || !size.row.places.iter().any(|place| place == "url") || !multiplies(project, &pools.files, &sized.site)
    {
        return None;
    }
    let rows = &info(program, &sized.site).row.settings;
    let flags = rows.iter().filter(|row| row.role == SettingRole::PreparedStatements);
    let flags: Vec<&str> = flags.map(|row| row.name.as_str()).collect();
    let bare = |text: &Text| {
        text.text.contains("://")
            && query(&text.text, &size.row.name).is_none()
            && !flags.iter().any(|flag| query(&text.text, flag).is_some())
            && !endpoint(program.catalog, &pools.files, &text.text).is_some_and(is_pooled)
            && speaks(size.row, &text.text)
            && pools.files.is_environment(text.place)
    };
    let text = sources(&pools.files, path).into_iter().filter(|text| !text.sample).find(bare)?;
    Some(Unbounded::NoParameter { setting: size.row.name.clone(), place: text.place })
}

/// Many instances run, or a dev server makes many of one.
fn multiplies(project: &Linked, files: &Files, site: &Site) -> bool {
    let program = &project.program;
    let path = &program.units[site.call.file as usize].path;
    let package = program.manifests.package_of(path);
    let frameworks =
        program.active.iter().map(|id| program.catalog.package(*id)).filter(|file| file.dev_reload.is_some());
    let reloads = package.is_some_and(|package| {
        frameworks.flat_map(|file| &file.dependencies).any(|name| package.dependencies.contains(name))
    });
    reloads || runs_on(project, files, site) == Some(Platform::Serverless)
}

/// The first ones of which none is built instead of another.
pub fn together<T>(all: Vec<T>, instead: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for one in all {
        if !kept.iter().any(|known| instead(known, &one)) {
            kept.push(one);
        }
    }
    kept
}

/// The largest pool of `members` equal ones that leaves the server a fifth of what it allows, over all
/// processes; at most what is enough for one process.
pub fn fitting(allowed: &Allowed, load: Load, members: usize) -> Option<u32> {
    let share = (allowed.connections * 0.8 / load.processes() / members as f64).floor();
    (share >= 1.0).then(|| share.min(ENOUGH) as u32)
}

/// Connections that one process keeps busy, in most services.
const ENOUGH: f64 = 20.0;
