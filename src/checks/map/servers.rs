//! Which clients speak to the same server, and what they can open there together.
//!
//! A server is known by the host of an address in sight, else by the settings that hold its address.
//! Knows no library by name; only masked addresses come in.

use crate::catalog::words::checks::{ADDRESS_VARIABLES, OWN_MACHINES};
use crate::facts::trail::Trail;
use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::declared::Reader;
use super::{Client, Made, Rate};
use crate::capacity::budget::{has_own_manager, together};
use crate::capacity::limits::{Allowed, allowed, allowed_of};
use crate::capacity::load::{Load, Package};
use crate::capacity::platform::platform;
use crate::capacity::unused::stands_aside;
use crate::catalog::plans::{families, is_counted};
use crate::catalog::schema::{Kind, Platform};
use crate::checks::Project;
use crate::contexts::programs::{Programs, Runner};
use crate::facts::{Arg, Language, Value};
use crate::finding::Place;
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::settings::expand::variable_of;
use crate::servers::addresses::{Text, sources};
use crate::servers::callers::arguments;
use crate::servers::family::{ANY_SQL, family_of, service};
use crate::servers::hosts::shown_host;
use crate::servers::kept::kept;
use crate::values::Program;
use crate::values::follow::{At, behind, made};

use crate::servers::address::{address, is_address_key, is_tuning_position, names_behind, variable_name};
use crate::values::sites::Site;
use crate::values::sites::info;

/// A server with the clients that open connections to it.
#[derive(Default)]
pub struct Server {
    /// `postgres`, `redis`
    pub family: String,
    /// `localhost:5432`, as far as an address that is no example tells.
    pub host: Option<String>,
    /// Settings that hold the address, where nothing else tells.
    pub settings: Vec<String>,
    /// The folder of the package whose process speaks to it, where that is all that is known.
    pub folder: Option<String>,
    pub allowed: Option<Allowed>,
    /// What is open at once as far as it can be told: clients that live as long as the process.
    pub shares: Vec<Share>,
    /// Clients that are built again and again, or on demand: what they add has no bound in sight.
    pub unbounded: Vec<usize>,
    /// Clients that no entry point in sight reaches.
    pub unplaced: Vec<usize>,
    /// Clients of scripts: they are there for a while, and add nothing.
    pub scripts: Vec<usize>,
}

/// One client's part of a server's connections.
pub struct Share {
    /// Index into the clients.
    pub client: usize,
    /// Whose processes open it.
    pub runner: Runner,
    /// Connections of one process; `None` when not known.
    pub most: Option<f64>,
    /// A condition decides whether this one or a larger one is built: it adds nothing.
    pub instead: bool,
    pub processes: Processes,
}

/// How many processes of a package run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Processes {
    /// Of one instance.
    pub workers: f64,
    /// Where their number is said.
    pub command: Option<Place>,
    pub instances: f64,
    /// The platform starts as many instances as it likes.
    pub elastic: bool,
}

impl Share {
    pub fn total(&self) -> Option<f64> {
        if self.instead {
            return Some(0.0);
        }
        Some(self.most? * self.processes.workers * self.processes.instances)
    }
}

impl Server {
    /// All that can be open at once, and whether some part of it is not known.
    pub fn total(&self) -> (f64, bool) {
        let known: f64 = self.shares.iter().filter_map(Share::total).fold(0.0, |sum, share| sum + share);
        let open = self.shares.iter().any(|share| share.most.is_none() || share.processes.elastic);
        (known, open || !self.unbounded.is_empty() || !self.unplaced.is_empty())
    }
}

#[derive(Clone, PartialEq)]
struct Key {
    family: String,
    host: Option<String>,
    settings: Vec<String>,
    /// Where nothing tells which server it is: the folder of the package whose process speaks to it.
    folder: Option<String>,
}

/// What leads to the clients, as the call graph has it.
pub(crate) struct Graph<'g> {
    pub programs: &'g Programs,
    /// Of each client, the points that lead to it.
    pub above: Vec<FxHashSet<Point>>,
}

pub(crate) fn servers<'a>(project: &Project<'a>, graph: &Graph, clients: &mut [Client<'a>]) -> Vec<Server> {
    let mut found: Vec<(Key, Server)> = Vec::new();
    let mut keys: Vec<Option<(Key, Option<Allowed>)>> = clients.iter().map(|client| key(project, client)).collect();
    for (at, known) in told_by_alternatives(project, clients, &keys) {
        keys[at] = Some(known);
    }
    for (at, (client, key)) in clients.iter_mut().zip(keys).enumerate() {
        let Some((key, allowed)) = key else { continue };
        let slot = found.iter().position(|(known, _)| *known == key).unwrap_or(found.len());
        if slot == found.len() {
            found.push((key, Server::default()));
        }
        found[slot].1.allowed = found[slot].1.allowed.take().or(allowed);
        join(project, &mut found[slot].1, client, at);
        client.server = Some(slot);
    }
    found.iter_mut().for_each(|(_, server)| set_aside(project, clients, server));
    found.iter_mut().for_each(|(_, server)| mark_alternatives(project, graph, clients, &mut server.shares));
    arranged(found, clients)
}

/// The servers of clients of which nothing tells where they go, but which are built instead of one that is known.
fn told_by_alternatives(
    project: &Project,
    clients: &[Client],
    keys: &[Option<(Key, Option<Allowed>)>],
) -> Vec<(usize, (Key, Option<Allowed>))> {
    let site = |at: usize| match &clients[at].made {
        Made::Call(site) => Some(site),
        Made::Declared(_) => None,
    };
    let lost = |at: &usize| matches!(&keys[*at], Some((key, _)) if key.folder.is_some() && key.settings.is_empty());
    let known = |at: usize| {
        let (own, one) = (site(at)?, &keys[at].as_ref()?.0);
        let other = (0..clients.len()).find(|other| {
            let same = matches!(&keys[*other], Some((key, _)) if key.folder.is_none() && key.family == one.family);
            same && site(*other).is_some_and(|other| project.program.exclude(own.call, other.call))
        })?;
        Some((at, keys[other].clone()?))
    };
    (0..clients.len()).filter(lost).filter_map(known).collect()
}

/// What only a tool loads beside the program's own client adds nothing.
fn set_aside(project: &Project, clients: &[Client], server: &mut Server) {
    let site = |share: &Share| match &clients[share.client].made {
        Made::Call(site) => Some(site),
        Made::Declared(_) => None,
    };
    let aside = |share: &Share| {
        let others = server.shares.iter().filter(|other| other.runner == share.runner);
        site(share).is_some_and(|own| stands_aside(project, own, others.filter_map(site)))
    };
    let aside: Vec<usize> = server.shares.iter().filter(|share| aside(share)).map(|share| share.client).collect();
    server.shares.retain(|share| !aside.contains(&share.client));
    server.scripts.extend(aside);
}

/// Of shares that stand for each other the largest counts.
fn mark_alternatives(project: &Project, graph: &Graph, clients: &[Client], shares: &mut [Share]) {
    let above = |share: &Share| &graph.above[share.client];
    let programs = graph.programs;
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let total = |at: &usize| shares[*at].total().unwrap_or(f64::MAX);
    order.sort_by(|left, right| total(right).total_cmp(&total(left)).then(left.cmp(right)));
    let instead = |one: &usize, other: &usize| {
        let (one, other) = (&shares[*one], &shares[*other]);
        let made = |share: &Share| &clients[share.client].made;
        one.runner == other.runner
            && match (made(one), made(other)) {
                (Made::Call(left), Made::Call(right)) => {
                    is_within(left, right)
                        || is_within(right, left)
                        || project.program.exclude(left.call, right.call)
                        || programs.apart(project, &one.runner, above(one), above(other))
                }
                // A process has one settings module.
                (Made::Declared(one), Made::Declared(other)) => one.name == other.name,
                _ => false,
            }
    };
    let kept = together(order, instead);
    shares.iter_mut().enumerate().for_each(|(at, share)| share.instead = !kept.contains(&at));
}

/// The one is built by a function that the other is given: it is the other's pool.
fn is_within(inner: &Site, outer: &Site) -> bool {
    inner.call.file == outer.call.file && inner.span != outer.span && outer.span.contains(inner.span)
}

fn join(project: &Project, server: &mut Server, client: &Client, at: usize) {
    match client.rate {
        Rate::Process => {
            server.shares.extend(client.runs_in.iter().map(|runner| Share {
                client: at,
                runner: runner.clone(),
                most: most(project, client, runner),
                instead: false,
                processes: processes(project, runner, client.language(project), home(client)),
            }));
        }
        // A connection that a pool has made is one of the pool's.
        Rate::Repeated(Trigger::PoolGrowth) => {}
        Rate::Script => server.scripts.push(at),
        Rate::Unknown => server.unplaced.push(at),
        Rate::Repeated(_) | Rate::Loop | Rate::Call => server.unbounded.push(at),
    }
}

/// The connections of one process: of what is declared without a pool, one for each of its threads.
fn most(project: &Project, client: &Client, runner: &Runner) -> Option<f64> {
    match client.is_per_thread() {
        true => load(project, runner, client.language(project), home(client)).threads,
        false => client.most(project),
    }
}

/// The server first that is nearest to its limit, or furthest over it; the clients' indices follow.
fn arranged(found: Vec<(Key, Server)>, clients: &mut [Client]) -> Vec<Server> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    let weight = |at: usize| {
        let server = &found[at].1;
        let total = server.total().0;
        (server.allowed.as_ref().map_or(0.0, |allowed| total / allowed.connections), total)
    };
    let graver = |left: (f64, f64), right: (f64, f64)| right.0.total_cmp(&left.0).then(right.1.total_cmp(&left.1));
    order.sort_by(|left, right| graver(weight(*left), weight(*right)).then(left.cmp(right)));
    for client in clients.iter_mut() {
        client.server = client.server.and_then(|old| order.iter().position(|at| *at == old));
    }
    let mut servers: Vec<Option<Server>> = found
        .into_iter()
        .map(|(key, server)| {
            Some(Server { family: key.family, host: key.host, settings: key.settings, folder: key.folder, ..server })
        })
        .collect();
    order.into_iter().filter_map(|at| servers[at].take()).collect()
}

fn key<'a>(project: &Project<'a>, client: &Client<'a>) -> Option<(Key, Option<Allowed>)> {
    let spoken = spoken(project, client)?;
    let counted = |service: &str| is_counted(&project.program.catalog.limits, service);
    if !counted(&spoken.family) {
        return None;
    }
    let texts = &client.pool.address;
    let files = &project.pools().files;
    // The machine itself in a default of the code does not say where the setting leads.
    let says = |text: &Text, host: &str| spoken.settings.is_empty() || files.holds(text.place) || !is_own_machine(host);
    let shown = |text: &Text| shown_host(&text.text).filter(|host| says(text, host));
    let host = texts.iter().filter(|text| !text.sample).find_map(shown);
    let known = if host.is_some() { Vec::new() } else { spoken.settings };
    let unknown = host.is_none() && known.is_empty();
    let settings = if unknown { hint(project, client).into_iter().collect() } else { known };
    let folder = unknown.then(|| whose(project, client));
    let is_sql = families(&project.program.catalog.limits).any(|it| it.sql && it.name == spoken.family);
    if unknown && spoken.allowed.is_none() && !is_sql {
        return None;
    }
    Some((Key { family: spoken.family, host, settings, folder }, spoken.allowed))
}

/// The folder of the package whose process has the client: a library's is that of the one that runs it.
fn whose(project: &Project, client: &Client) -> String {
    match client.runs_in.as_slice() {
        [only] => only.folder.clone(),
        _ => super::package(project, client).map_or(String::new(), |it| it.folder.clone()),
    }
}

/// `localhost:5432`
fn is_own_machine(host: &str) -> bool {
    OWN_MACHINES.contains(&host.split(':').next().unwrap_or_default())
}

/// What a client speaks to, as far as one can tell.
struct Spoken {
    family: String,
    /// Names of settings that hold the address.
    settings: Vec<String>,
    allowed: Option<Allowed>,
}

fn spoken<'a>(project: &Project<'a>, client: &Client<'a>) -> Option<Spoken> {
    let files = &project.pools().files;
    let texts = &client.pool.address;
    match &client.made {
        Made::Call(site) => {
            let row = &info(&project.program, site).row;
            let own = service(&project.program, site);
            let service = if own.is_empty() { row.speaks.as_str() } else { own };
            let counted = is_counted(&project.program.catalog.limits, service);
            if row.kind == Kind::HttpClient || !counted || has_own_manager(project, site) {
                return None;
            }
            let family = family_of(project, files, site, texts);
            let other = service == ANY_SQL || own.is_empty();
            let family = family.or_else(|| other.then(|| service.to_string()))?;
            let allowed = match own.is_empty() {
                true => allowed_of(project, files, texts, || Some(family.clone())),
                false => allowed(project, files, site, texts),
            };
            Some(Spoken { family, settings: settings(project, client, site), allowed })
        }
        Made::Declared(one) => {
            let reader = Reader { project, files, one };
            let family = reader.family(texts);
            let allowed = allowed_of(project, files, texts, || family.clone());
            let named = reader.settings().into_iter().filter(|name| is_variable(name)).collect();
            Some(Spoken { family: family.unwrap_or(ANY_SQL.to_string()), settings: places(named), allowed })
        }
    }
}

/// Names of settings that reach the address; of a schema the variables of its data sources.
fn settings(project: &Project, client: &Client, site: &Site) -> Vec<String> {
    let program = &project.program;
    // What else it is given may not be in sight: the name of a queue.
    let each = || where_to(program, site).into_iter().flat_map(|at| handed(project, at, &Trail::default())).collect();
    let own = address(program, site).map_or_else(each, |address| address.names);
    let named: Vec<String> = own.into_iter().filter(|name| is_variable(name)).collect();
    if !named.is_empty() {
        return places(named);
    }
    let kept = kept(project, &program.catalog.ty(site.ty).row.address_settings, site.call.file);
    let mut read = kept.into_iter().map(|at| names_behind(program, at).into_iter().filter(|name| is_variable(name)));
    if let Some(named) = read.find_map(|names| Some(names.collect::<Vec<_>>()).filter(|names| !names.is_empty())) {
        return named;
    }
    let files = &project.pools().files;
    let path = client.path(project);
    let schema = client.pool.size.is_some_and(|size| size.row.places.iter().any(|place| place == "url"));
    if !schema || sources(files, path).is_empty() && files.sources().next().is_none() {
        return Vec::new();
    }
    let mut names: Vec<String> =
        files.sources().filter_map(|entry| variable_of(&entry.text).map(String::from)).collect();
    names.sort();
    names.dedup();
    names
}

/// The arguments of a construction that may say where its server is.
fn where_to<'a>(program: &Program<'a>, site: &Site) -> Vec<At<'a>> {
    let settings = &program.catalog.ty(site.ty).row.settings;
    let args = program.call(site.call).args.iter().enumerate();
    let says = |(position, arg): &(usize, &Arg)| match &arg.name {
        Some(name) => is_address_key(name),
        None => *position < 2 && !is_tuning_position(settings, *position),
    };
    args.filter(says).map(|(_, arg)| At { f: site.function, value: &arg.value }).collect()
}

/// The names behind a value, by way of callers and of functions that make it.
fn handed<'a>(project: &Project<'a>, at: At<'a>, trail: &Trail) -> BTreeSet<String> {
    let own = names_behind(&project.program, at);
    let Some(here) = trail.step(at.value).filter(|_| !own.iter().any(|name| is_variable(name))) else { return own };
    let further = arguments(project, at).into_iter().chain(made(&project.program, at));
    further.flat_map(|inner| handed(project, inner, &here)).collect()
}

/// The name of the member that the address is read from, of whatever settings the function is given: two
/// names are two servers, as with a replica for reading.
fn hint(project: &Project, client: &Client) -> Option<String> {
    let Made::Call(site) = &client.made else { return None };
    let program = &project.program;
    let settings = &program.catalog.ty(site.ty).row.settings;
    let args = program.call(site.call).args.iter().filter(|arg| arg.name.is_none()).take(2).enumerate();
    let args = args.filter(|(position, _)| !is_tuning_position(settings, *position));
    let mut found =
        args.filter_map(|(_, arg)| member(program, At { f: site.function, value: &arg.value }, &Trail::default()));
    found.find(|name| is_variable(&variable_name(name)))
}

fn member<'a>(program: &Program<'a>, at: At<'a>, trail: &Trail) -> Option<String> {
    let here = trail.step(at.value)?;
    let inner = |value| member(program, At { f: at.f, value }, &here);
    match at.value {
        // `dbUrl` stays: what it is called in the environment is not known.
        Value::Member(_, name) if name.contains(char::is_uppercase) => Some(name.clone()),
        Value::Member(_, name) => Some(name.to_ascii_uppercase()),
        Value::Element(base) | Value::Index(base, _) => inner(base),
        Value::Call(id) => match &program.facts(at.f.file).call(*id).callee {
            Value::Member(base, _) => inner(base),
            _ => None,
        },
        _ => behind(program, at).into_iter().find_map(|next| member(program, next, &here)),
    }
}

/// Of names that say where a server is, those of places: a database, its user and password are within one.
fn places(names: Vec<String>) -> Vec<String> {
    let strong = |name: &&String| ADDRESS_VARIABLES.iter().any(|word| name.contains(word));
    let own: Vec<String> = names.iter().filter(strong).cloned().collect();
    if own.is_empty() { names } else { own }
}

/// Looks like the name of a variable that says where a server is.
fn is_variable(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && (name.contains("DATABASE_")
            || name.contains("_DATABASE")
            || ADDRESS_VARIABLES.iter().any(|word| name.contains(word)))
}

/// The file whose loading brings the client; what a framework opens it opens in all processes.
fn home(client: &Client) -> Option<u32> {
    match &client.made {
        Made::Call(site) => Some(site.call.file),
        Made::Declared(_) => None,
    }
}

/// The processes and instances that run a package's program of a language, those with the client of a file.
pub fn processes(project: &Project, runner: &Runner, language: Language, client: Option<u32>) -> Processes {
    let load = load(project, runner, language, client);
    let folder = &runner.folder;
    let inside = if folder.is_empty() { "main".to_string() } else { format!("{folder}/main") };
    let config = &project.inputs.config.platform;
    let elastic =
        platform(project, &project.pools().files, &inside) == Some(Platform::Serverless) && config.instances.is_none();
    Processes { workers: load.workers, command: load.command, instances: load.instances, elastic }
}

pub(crate) fn load(project: &Project, runner: &Runner, language: Language, client: Option<u32>) -> Load {
    let known = project.pools();
    known.loads.of(project, &known.files, Package { runner, language }, client)
}
