//! What a server allows: by the configuration, by the address, or by the default of its family.
//!
//! Looks into the rows of `rules/limits`. Knows no server by name.

use globset::Glob;

use super::files::Files;
use crate::catalog::Catalog;
use crate::catalog::schema::Limit;
use crate::config::Server;
use crate::project::Project;

/// How many connections may be open, and why we think so.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowed {
    pub connections: f64,
    /// `a Postgres server allows 100 by default, 3 of them reserved`
    pub text: String,
    /// Nothing says which server it is.
    pub presumed: bool,
}

pub fn allowed(project: &Project, files: &Files, family: &str, addresses: &[String]) -> Option<Allowed> {
    let catalog = project.program.catalog;
    configured(project)
        .or_else(|| by_host(catalog, addresses))
        .or_else(|| by_family(catalog, &family_of(project, files, family, addresses)?))
}

fn configured(project: &Project) -> Option<Allowed> {
    let config = project.inputs.config;
    let own = |server: &Server| server.max_connections.map(|most| (f64::from(most), "connlint.toml".to_string()));
    let plan = |server: &Server| {
        let wanted = server.plan.as_deref()?.to_ascii_lowercase();
        let limit = connection_limits(project.program.catalog)
            .find(|limit| named(limit).contains(&wanted) || limit.id.to_ascii_lowercase() == wanted)?;
        Some((limit.value? - limit.reserved, format!("the plan {} of {}", limit.plan, limit.service)))
    };
    let platform = config.platform.max_connections.map(|most| (f64::from(most), "connlint.toml".to_string()));
    let found = platform.or_else(|| config.server.values().find_map(|server| own(server).or_else(|| plan(server))));
    found.map(|(connections, source)| Allowed {
        connections,
        text: format!("{source} allows {connections}"),
        presumed: false,
    })
}

fn named(limit: &Limit) -> String {
    format!("{} {}", limit.service, limit.plan).to_ascii_lowercase()
}

fn connection_limits(catalog: &Catalog) -> impl Iterator<Item = &Limit> {
    catalog
        .limits
        .iter()
        .flat_map(|file| &file.limits)
        .filter(|limit| limit.resource == "connections" && limit.value.is_some())
}

/// The smallest plan of the service whose host the address names.
fn by_host(catalog: &Catalog, addresses: &[String]) -> Option<Allowed> {
    let host = addresses.iter().find_map(|address| host(address))?;
    let endpoints = catalog.limits.iter().flat_map(|file| &file.endpoints).filter(|endpoint| endpoint.host != "*");
    let fits = |pattern: &str| Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(&host));
    let endpoint = endpoints.filter(|endpoint| fits(&endpoint.host)).max_by_key(|endpoint| endpoint.host.len())?;
    let limits = connection_limits(catalog).filter(|limit| limit.service == endpoint.service);
    let smallest =
        limits.min_by(|left, right| left.value.unwrap_or(f64::MAX).total_cmp(&right.value.unwrap_or(f64::MAX)))?;
    let connections = smallest.value? - smallest.reserved;
    let text = format!("the plan {} of {} allows {connections}", smallest.plan, smallest.service);
    Some(Allowed { connections, text, presumed: true })
}

fn host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    (host.contains('.') && !host.contains('_')).then(|| host.to_ascii_lowercase())
}

/// The host of an address with its port, when it names both or the host alone; not of templates.
pub fn host_and_port(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit('@').next()?.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:*,[]".contains(c);
    (!host.is_empty() && host.chars().all(plain) && !host.starts_with(':')).then_some(host)
}

fn by_family(catalog: &Catalog, family: &str) -> Option<Allowed> {
    let limit = connection_limits(catalog).find(|limit| limit.family == family && limit.plan.starts_with("default"))?;
    let connections = limit.value? - limit.reserved;
    let text = format!("a {family} server allows {} by default, {} of them reserved", limit.value?, limit.reserved);
    Some(Allowed { connections, text, presumed: true })
}

/// The family of a server that a type can speak to: its own, that of the address or schema, or that of
/// the only driver in use.
pub fn family_of(project: &Project, files: &Files, service: &str, addresses: &[String]) -> Option<String> {
    if service != "sql" {
        return Some(service.to_string());
    }
    let families: Vec<&str> = connection_limits(project.program.catalog)
        .map(|limit| limit.family.as_str())
        .filter(|family| !family.is_empty())
        .collect();
    let scheme = |address: &String| address.split("://").next().unwrap_or_default().to_ascii_lowercase();
    let known =
        |text: &str| families.iter().find(|family| text.starts_with(**family)).map(|family| (*family).to_string());
    let written = addresses.iter().map(scheme).find(|scheme| !scheme.is_empty());
    if let Some(scheme) = written {
        return known(&scheme);
    }
    if let Some(provider) = files.provider() {
        return known(provider);
    }
    let catalog = project.program.catalog;
    let drivers = project
        .program
        .active
        .iter()
        .flat_map(|id| catalog.types.iter().filter(move |ty| ty.package == *id && ty.owns));
    let mut used: Vec<&str> = drivers
        .map(|ty| ty.row.service.as_str())
        .filter(|service| {
            families.contains(service) && matches!(*service, "postgres" | "mysql" | "mariadb" | "mssql" | "oracle")
        })
        .collect();
    used.sort_unstable();
    used.dedup();
    match used.as_slice() {
        [only] => Some((*only).to_string()),
        _ => Some("postgres".to_string()),
    }
}
