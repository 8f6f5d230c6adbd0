//! Which clients speak to the same server, and what they can open there together.
//!
//! A server is known by the host of an address in sight, else by the settings that hold its address.
//! Knows no library by name; only masked addresses come in.

use super::{Client, Rate};
use crate::catalog::schema::{Kind, Platform};
use crate::finding::Place;
use crate::project::Project;
use crate::project::settings::budget::{pools, workers};
use crate::project::settings::limits::{Allowed, allowed, family_of, host_and_port};
use crate::project::settings::pool::{Text, addresses, sources};
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
}

/// One client's part of a server's connections.
pub struct Share {
    /// Index into the clients.
    pub client: usize,
    /// Folder of the package whose processes open it.
    pub folder: String,
    /// Connections of one process; `None` when not known.
    pub most: Option<f64>,
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
        Some(self.most? * self.processes.workers * self.processes.instances)
    }
}

impl Server {
    /// All that can be open at once, and whether some part of it is not known.
    pub fn total(&self) -> (f64, bool) {
        let known: f64 = self.shares.iter().filter_map(Share::total).fold(0.0, |sum, share| sum + share);
        let open = self.shares.iter().any(|share| share.most.is_none() || share.processes.elastic);
        (known, open || !self.unbounded.is_empty())
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
    arranged(found, clients)
}

fn join(project: &Project, server: &mut Server, client: &Client, at: usize) {
    match client.rate {
        Rate::Process => {
            server.shares.extend(client.runs_in.iter().map(|folder| Share {
                client: at,
                folder: folder.clone(),
                most: client.most(project),
                processes: processes(project, folder),
            }));
        }
        Rate::Script | Rate::Unknown => {}
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
    if row.kind == Kind::HttpClient || matches!(service.as_str(), "" | "http" | "sqlite") {
        return None;
    }
    let texts = addresses(&project.program, files, &client.site);
    let plain: Vec<String> = texts.iter().map(|text| text.text.clone()).collect();
    let family = family_of(project, files, service, &plain)?;
    if family == "sqlite" || family == "file" {
        return None;
    }
    let host = texts.iter().filter(|text| !text.sample).find_map(|text: &Text| host_and_port(&text.text));
    let settings = if host.is_some() { Vec::new() } else { settings(project, client) };
    let unknown = host.is_none() && settings.is_empty();
    let folder = unknown.then(|| super::package(project, &client.site).map_or(String::new(), |it| it.folder.clone()));
    let allowed = allowed(project, files, service, &plain);
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
    let inner = |text: &str| {
        text.strip_prefix("env(")?.strip_suffix(')').map(|name| name.trim_matches(['"', '\'']).to_string())
    };
    let mut names: Vec<String> = files.sources().filter_map(|entry| inner(entry.text)).collect();
    names.sort();
    names.dedup();
    names
}

/// Looks like the name of a variable that says where a server is.
fn is_variable(name: &str) -> bool {
    const WORDS: &[&str] =
        &["URL", "URI", "DSN", "HOST", "DATABASE", "ENDPOINT", "CONNECTION", "SERVER", "BROKER", "ADDRESS"];
    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && WORDS.iter().any(|word| name.contains(word))
}

/// The processes and instances that run a package.
pub fn processes(project: &Project, folder: &str) -> Processes {
    let config = &project.inputs.config.platform;
    let (workers, command) = workers(project, pools(project), folder);
    let inside = if folder.is_empty() { "main".to_string() } else { format!("{folder}/main") };
    let platform = config.kind.or_else(|| project.program.platform(&inside));
    let elastic = platform == Some(Platform::Serverless) && config.instances.is_none();
    Processes { workers, command, instances: f64::from(config.instances.unwrap_or(1)), elastic }
}
