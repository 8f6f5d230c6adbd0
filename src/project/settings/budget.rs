//! Pools against their servers: one that is too large, one without a bound, several that are too many
//! together.
//!
//! Structured answers for the rules. Knows no library by name.

use rustc_hash::FxHashMap;

use super::files::Files;
use super::limits::{Allowed, allowed};
use super::pool::{Pool, Text, pool, query, sources};
use crate::catalog::schema::{Kind, Platform, SettingRole};
use crate::facts::{FnId, Value};
use crate::finding::Place;
use crate::project::Project;
use crate::project::calls::How;
use crate::project::sharing::address::{Address, address};
use crate::project::sharing::{info, is_product};
use crate::project::sites::Site;

/// A pool of the project, with what its server allows.
pub struct Sized<'c> {
    pub site: Site,
    pub pool: Pool<'c>,
    pub allowed: Option<Allowed>,
}

pub struct Pools<'c> {
    pub all: Vec<Sized<'c>>,
    pub files: Files,
}

/// Why a pool has no bound.
#[derive(Debug, Clone, PartialEq)]
pub enum Unbounded {
    /// The value means "as many as asked for".
    Unlimited { setting: String, value: f64, place: Place, literal: Option<Place> },
    /// The default holds for each of many instances.
    Serverless { setting: String, place: Place },
    /// The address has no parameter that bounds it.
    NoParameter { setting: String, place: Place },
}

/// The pools of the project, read once.
pub fn pools<'p, 'a>(project: &'p Project<'a>) -> &'p Pools<'a> {
    project.pools.get_or_init(|| read(project))
}

fn read<'a>(project: &Project<'a>) -> Pools<'a> {
    let files = Files::read(project.inputs.files);
    let sites = project.graph.sites.iter().filter(|site| counts(project, site));
    let all = sites.map(|site| {
        let pool = pool(&project.program, &files, site);
        let allowed = allowed(project, &files, &info(&project.program, site).row.service, &pool.address);
        Sized { site: site.clone(), pool, allowed }
    });
    Pools { all: all.collect(), files }
}

fn counts(project: &Project, site: &Site) -> bool {
    let info = info(&project.program, site);
    let sized = info.row.settings.iter().any(|row| row.role == SettingRole::PoolSize);
    sized
        && site.how == How::Built
        && !matches!(info.row.kind, Kind::HttpClient)
        && !matches!(info.row.service.as_str(), "" | "http" | "sqlite")
        && is_product(&project.program, site.function)
}

/// The pool alone takes all that its server has.
pub fn too_large<'p>(sized: &'p Sized) -> Option<(f64, &'p Allowed)> {
    let most = sized.pool.most()?;
    let allowed = sized.allowed.as_ref()?;
    let written = sized.pool.place().is_some();
    (written && !sized.pool.other_class && most >= allowed.connections).then_some((most, allowed))
}

pub fn unbounded(project: &Project, pools: &Pools, sized: &Sized) -> Option<Unbounded> {
    if sized.pool.other_class {
        return None;
    }
    unlimited(sized).or_else(|| without_parameter(project, pools, sized)).or_else(|| serverless(project, sized))
}

fn unlimited(sized: &Sized) -> Option<Unbounded> {
    [sized.pool.size, sized.pool.overflow].into_iter().flatten().find_map(|part| {
        let value = part.value.filter(|value| part.row.unlimited.contains(value))?;
        Some(Unbounded::Unlimited { setting: part.row.name.clone(), value, place: part.place?, literal: part.literal })
    })
}

fn platform(project: &Project, site: &Site) -> Option<Platform> {
    let path = &project.program.units[site.call.file as usize].path;
    project.inputs.config.platform.kind.or_else(|| project.program.platform(path))
}

/// A default pool for each instance of a function.
fn serverless(project: &Project, sized: &Sized) -> Option<Unbounded> {
    let size = sized.pool.size.filter(|size| size.place.is_none())?;
    let many = size.row.default.is_some_and(|default| default >= 5.0);
    let on_url = size.row.places.iter().all(|place| place == "url");
    let direct = !sized.pool.address.iter().any(|address| query(address, &size.row.name).is_some());
    let options_known = !project
        .program
        .call(sized.site.call)
        .args
        .iter()
        .any(|arg| arg.spread || is_opaque(project, &sized.site, &arg.value));
    let place = Place { file: project.program.units[sized.site.call.file as usize].source, span: sized.site.span };
    let found =
        platform(project, &sized.site) == Some(Platform::Serverless) && many && direct && options_known && !on_url;
    found.then(|| Unbounded::Serverless { setting: size.row.name.clone(), place })
}

/// A whole record of options that is not in sight may hold the bound.
fn is_opaque(project: &Project, site: &Site, value: &Value) -> bool {
    match value {
        Value::Record { open, .. } => *open,
        Value::Var(var) => {
            let bound = project.program.bound(site.call.file, *var);
            !matches!(bound, [only] if matches!(only.value, Value::Record { open: false, .. } | Value::Literal(_) | Value::Member(..) | Value::Template(_) | Value::Choice(_) | Value::Call(_) | Value::Binary(..)))
        }
        _ => false,
    }
}

/// The bound is a parameter of the address, the address is in sight, and has none.
fn without_parameter(project: &Project, pools: &Pools, sized: &Sized) -> Option<Unbounded> {
    let size = sized.pool.size.filter(|size| size.place.is_none() && size.row.default.is_none())?;
    let program = &project.program;
    let data = program.call(sized.site.call);
    let path = &program.units[sized.site.call.file as usize].path;
    let plain = data.args.iter().all(|arg| matches!(&arg.value, Value::Record { entries, open: false, .. } if !entries.iter().any(|entry| entry.key == "adapter" || entry.key.starts_with("datasource"))));
    if !plain || !size.row.places.iter().any(|place| place == "url") || !multiplies(project, &sized.site) {
        return None;
    }
    let bare = |text: &Text| {
        text.text.contains("://")
            && query(&text.text, &size.row.name).is_none()
            && !is_pooled(&text.text)
            && !text.text.starts_with("file:")
    };
    let text = sources(&pools.files, path).into_iter().filter(|text| !text.sample).find(bare)?;
    Some(Unbounded::NoParameter { setting: size.row.name.clone(), place: text.place })
}

fn is_pooled(address: &str) -> bool {
    address.contains("pgbouncer=true") || address.contains("pooler") || address.starts_with("prisma")
}

/// Many instances run, or a dev server makes many of one.
fn multiplies(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let path = &program.units[site.call.file as usize].path;
    let package = program.manifests.package_of(path);
    let frameworks =
        program.active.iter().map(|id| program.catalog.package(*id)).filter(|file| file.dev_reload.is_some());
    let reloads = package.is_some_and(|package| {
        frameworks.flat_map(|file| &file.dependencies).any(|name| package.dependencies.contains(name))
    });
    reloads || platform(project, site) == Some(Platform::Serverless)
}

/// Pools that one process opens to one server, with what they come to.
pub struct Budget {
    /// Indices into [`Pools::all`], the largest pool first.
    pub members: Vec<usize>,
    pub workers: f64,
    /// Where the number of workers is said.
    pub command: Option<Place>,
    pub total: f64,
    pub allowed: Allowed,
}

pub fn over_budget(project: &Project, pools: &Pools) -> Vec<Budget> {
    let mut groups: FxHashMap<(String, Address), Vec<usize>> = FxHashMap::default();
    for (at, sized) in pools.all.iter().enumerate() {
        let path = &project.program.units[sized.site.call.file as usize].path;
        let folder = project.program.manifests.package_of(path).map_or(String::new(), |package| package.folder.clone());
        if let Some(address) = address(&project.program, &sized.site).filter(|_| is_kept(project, &sized.site)) {
            groups.entry((folder, address)).or_default().push(at);
        }
    }
    let mut groups: Vec<((String, Address), Vec<usize>)> = groups.into_iter().collect();
    groups.sort();
    groups.into_iter().filter_map(|((folder, _), members)| budget(project, pools, &folder, members)).collect()
}

/// Built once in a process, as far as is known.
fn is_kept(project: &Project, site: &Site) -> bool {
    use crate::project::contexts::Trigger;
    use crate::project::graph::Point;
    let id = project.graph.sites.iter().position(|other| other.call == site.call).unwrap_or_default() as u32;
    let contexts = project.contexts.of(Point::Site(id));
    site.function.id == FnId::TOP
        || contexts.iter().any(|context| matches!(context.trigger, Trigger::Load | Trigger::Startup))
}

fn budget(project: &Project, pools: &Pools, folder: &str, mut members: Vec<usize>) -> Option<Budget> {
    let most = |at: &usize| pools.all[*at].pool.most().unwrap_or(0.0);
    members.retain(|at| pools.all[*at].pool.most().is_some() && !pools.all[*at].pool.other_class);
    members.sort_by(|left, right| most(right).total_cmp(&most(left)).then(left.cmp(right)));
    let (workers, command) = workers(project, pools, folder);
    let sum: f64 = members.iter().map(most).sum();
    let allowed = pools.all[*members.first()?].allowed.clone()?;
    let alone = members.iter().any(|at| too_large(&pools.all[*at]).is_some());
    let written = members.iter().any(|at| pools.all[*at].pool.place().is_some());
    let total = sum * workers;
    let found = !alone && written && total >= allowed.connections && (members.len() > 1 || workers > 1.0);
    found.then_some(Budget { members, workers, command, total, allowed })
}

/// The processes that run the package, by the configuration or a command.
pub fn workers(project: &Project, pools: &Pools, folder: &str) -> (f64, Option<Place>) {
    if let Some(workers) = project.inputs.config.platform.workers {
        return (f64::from(workers), None);
    }
    let flags =
        project.program.catalog.limits.iter().flat_map(|file| &file.multipliers).filter(|row| row.means == "processes");
    let flags: Vec<(&str, &str)> = flags
        .flat_map(|row| &row.detect)
        .filter_map(|detect| detect.rsplit_once(' '))
        .filter(|(_, flag)| flag.starts_with('-'))
        .collect();
    let mut best = (1.0, None);
    for command in pools.files.commands() {
        let above = crate::project::modules::parent(command.path);
        if !(above == folder || super::files::is_above(above, folder) && above.is_empty()) {
            continue;
        }
        let counts = flags
            .iter()
            .filter(|(tool, _)| command.text.contains(tool))
            .filter_map(|(_, flag)| flag_value(command.text, flag));
        let most = counts.fold(1.0, f64::max);
        if most > best.0 {
            best = (most, Some(command.place));
        }
    }
    best
}

/// `--workers 4`, `--workers=4`, `-w4`, also in the JSON form of a command.
fn flag_value(command: &str, flag: &str) -> Option<f64> {
    let words: Vec<&str> = command
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']' | '\''))
        .filter(|word| !word.is_empty())
        .collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let rest = word.strip_prefix(flag)?;
        let own = rest.trim_start_matches('=');
        if own.is_empty() { words.get(at + 1)?.parse().ok() } else { own.parse().ok() }
    })
}
