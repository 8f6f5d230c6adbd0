//! Which clients speak to the same server, and what they can open there together.
//!
//! A server is known by the host of an address in sight, else by the settings that hold its address.
//! Knows no library by name; only masked addresses come in.

use super::{Client, Rate};
use crate::catalog::plans::is_counted;
use crate::catalog::schema::{Kind, Platform};
use crate::facts::{Language, Value};
use crate::finding::Place;
use crate::project::Project;
use crate::project::contexts::Trigger;
use crate::project::program::Program;
use crate::project::settings::addresses::{Text, sources, variable_of};
use crate::project::settings::budget::{has_own_manager, pools, together};
use crate::project::settings::exclusive::exclusive;
use crate::project::settings::follow::{At, behind};
use crate::project::settings::hosts::shown_host;
use crate::project::settings::limits::{Allowed, allowed, family_of};
use crate::project::settings::load::Package;
use crate::project::settings::platform::platform;

use crate::project::sharing::address::address;
use crate::project::sharing::info;

/// A server with the clients that open connections to it.
#[derive(Default)]
pub struct Server {
    /// `postgres`, `redis`
    pub family: String,
    /// `localhost:5432`, as far as an address that is no example tells.
    pub host: Option<String>,
    /// Settings that hold the address, where nothing else tells.
    pub settings: Vec<String>,
    pub allowed: Option<Allowed>,
    /// What is open at once as far as it can be told: clients that live as long as the process.
    pub shares: Vec<Share>,
    /// Clients that are built again and again, or on demand: what they add has no bound in sight.
    pub unbounded: Vec<usize>,
    /// Clients that no entry point in sight reaches.
    pub unplaced: Vec<usize>,
}

/// One client's part of a server's connections.
pub struct Share {
    /// Index into the clients.
    pub client: usize,
    /// Folder of the package whose processes open it.
    pub folder: String,
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

#[derive(PartialEq)]
struct Key {
    family: String,
    host: Option<String>,
    settings: Vec<String>,
    /// Where nothing tells which server it is: the package.
    folder: Option<String>,
}

pub(super) fn servers(project: &Project, clients: &mut [Client]) -> Vec<Server> {
    let mut found: Vec<(Key, Server)> = Vec::new();
    for (at, client) in clients.iter_mut().enumerate() {
        let Some((key, allowed)) = key(project, client) else { continue };
        let slot = found.iter().position(|(known, _)| *known == key).unwrap_or(found.len());
        if slot == found.len() {
            found.push((key, Server::default()));
        }
        found[slot].1.allowed = found[slot].1.allowed.take().or(allowed);
        join(project, &mut found[slot].1, client, at);
        client.server = Some(slot);
    }
    found.iter_mut().for_each(|(_, server)| mark_alternatives(project, clients, &mut server.shares));
    arranged(found, clients)
}

/// Of shares that stand for each other the largest counts.
fn mark_alternatives(project: &Project, clients: &[Client], shares: &mut [Share]) {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let total = |at: &usize| shares[*at].total().unwrap_or(f64::MAX);
    order.sort_by(|left, right| total(right).total_cmp(&total(left)).then(left.cmp(right)));
    let instead = |one: &usize, other: &usize| {
        let (one, other) = (&shares[*one], &shares[*other]);
        let site = |share: &Share| &clients[share.client].site;
        one.folder == other.folder && exclusive(&project.program, site(one), site(other))
    };
    let kept = together(order, instead);
    shares.iter_mut().enumerate().for_each(|(at, share)| share.instead = !kept.contains(&at));
}

fn join(project: &Project, server: &mut Server, client: &Client, at: usize) {
    match client.rate {
        Rate::Process => {
            server.shares.extend(client.runs_in.iter().map(|folder| Share {
                client: at,
                folder: folder.clone(),
                most: client.most(project),
                instead: false,
                processes: processes(project, folder, client.language(project)),
            }));
        }
        // A connection that a pool has made is one of the pool's.
        Rate::Script | Rate::Repeated(Trigger::PoolGrowth) => {}
        Rate::Unknown => server.unplaced.push(at),
        Rate::Repeated(_) | Rate::Loop | Rate::Call => server.unbounded.push(at),
    }
}

/// The busiest server first; the clients' indices follow.
fn arranged(found: Vec<(Key, Server)>, clients: &mut [Client]) -> Vec<Server> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    let weight = |at: usize| found[at].1.total().0;
    order.sort_by(|left, right| weight(*right).total_cmp(&weight(*left)).then(left.cmp(right)));
    for client in clients.iter_mut() {
        client.server = client.server.and_then(|old| order.iter().position(|at| *at == old));
    }
    let mut servers: Vec<Option<Server>> = found
        .into_iter()
        .map(|(key, server)| Some(Server { family: key.family, host: key.host, settings: key.settings, ..server }))
        .collect();
    order.into_iter().filter_map(|at| servers[at].take()).collect()
}

fn key(project: &Project, client: &Client) -> Option<(Key, Option<Allowed>)> {
    let files = &pools(project).files;
    let row = &info(&project.program, &client.site).row;
    let service = &row.service;
    let counted = |service: &str| is_counted(&project.program.catalog.limits, service);
    if row.kind == Kind::HttpClient || !counted(service) || has_own_manager(project, &client.site) {
        return None;
    }
    let texts = &client.pool.address;
    let family = family_of(project, files, service, texts)?;
    if !counted(&family) {
        return None;
    }
    let host = texts.iter().filter(|text| !text.sample).find_map(|text: &Text| shown_host(&text.text));
    let known = if host.is_some() { Vec::new() } else { settings(project, client) };
    let unknown = host.is_none() && known.is_empty();
    let settings = if unknown { hint(project, client).into_iter().collect() } else { known };
    let folder = unknown.then(|| super::package(project, &client.site).map_or(String::new(), |it| it.folder.clone()));
    let allowed = allowed(project, files, service, texts);
    if unknown && allowed.is_none() {
        return None;
    }
    Some((Key { family, host, settings, folder }, allowed))
}

/// Names of settings that reach the address; of a schema the variables of its data sources.
fn settings(project: &Project, client: &Client) -> Vec<String> {
    let own = address(&project.program, &client.site).map(|address| address.names).unwrap_or_default();
    let named: Vec<String> = own.into_iter().filter(|name| is_variable(name)).collect();
    if !named.is_empty() {
        return named;
    }
    let files = &pools(project).files;
    let path = &project.program.units[client.site.call.file as usize].path;
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

/// The name of the member that the address is read from, of whatever settings the function is given: two
/// names are two servers, as with a replica for reading.
fn hint(project: &Project, client: &Client) -> Option<String> {
    let program = &project.program;
    let args = program.call(client.site.call).args.iter().filter(|arg| arg.name.is_none()).take(2);
    let mut found = args.filter_map(|arg| member(program, At { f: client.site.function, value: &arg.value }, 0));
    found.find(|name| is_variable(name))
}

fn member<'a>(program: &Program<'a>, at: At<'a>, depth: u32) -> Option<String> {
    let inner = |value| member(program, At { f: at.f, value }, depth + 1);
    match at.value {
        _ if depth > 6 => None,
        Value::Member(_, name) => Some(name.to_ascii_uppercase()),
        Value::Element(base) | Value::Index(base, _) => inner(base),
        Value::Call(id) => match &program.facts(at.f.file).call(*id).callee {
            Value::Member(base, _) => inner(base),
            _ => None,
        },
        _ => behind(program, at).into_iter().find_map(|next| member(program, next, depth + 1)),
    }
}

/// Looks like the name of a variable that says where a server is.
fn is_variable(name: &str) -> bool {
    const WORDS: &[&str] =
        &["URL", "URI", "DSN", "HOST", "DATABASE", "ENDPOINT", "CONNECTION", "SERVER", "BROKER", "ADDRESS"];
    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && WORDS.iter().any(|word| name.contains(word))
}

/// The processes and instances that run a package's program of a language.
pub fn processes(project: &Project, folder: &str, language: Language) -> Processes {
    let known = pools(project);
    let load = known.loads.of(project, &known.files, Package { folder, language });
    let inside = if folder.is_empty() { "main".to_string() } else { format!("{folder}/main") };
    let config = &project.inputs.config.platform;
    let elastic = platform(project, &inside) == Some(Platform::Serverless) && config.instances.is_none();
    Processes { workers: load.workers, command: load.command, instances: load.instances, elastic }
}
