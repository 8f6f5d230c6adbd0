//! What a server allows: by the configuration, by the address, or by the default of its family.
//!
//! Looks into the rows of `rules/limits`. Knows no server by name.

use super::files::Files;
use super::pool::Text;
use crate::catalog::Catalog;
use crate::catalog::plans::{connection_limits, planned};
use crate::catalog::schema::{Endpoint, Limit};
use crate::config::Server;
use crate::project::Project;
use crate::source::globs::fits;

/// How many connections may be open, and why we think so.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowed {
    pub connections: f64,
    /// `a postgres server allows 100 by default, 3 of them reserved`
    pub text: String,
    /// Nothing says which server or plan it is.
    pub presumed: bool,
}

pub fn allowed(project: &Project, files: &Files, family: &str, addresses: &[Text]) -> Option<Allowed> {
    let catalog = project.program.catalog;
    configured(project)
        .or_else(|| by_endpoint(catalog, addresses))
        .or_else(|| by_family(catalog, &family_of(project, files, family, addresses)?))
}

fn configured(project: &Project) -> Option<Allowed> {
    let config = project.inputs.config;
    let own = |server: &Server| server.max_connections.map(|most| (f64::from(most), "connlint.toml".to_string()));
    let plan = |server: &Server| {
        let limit = planned(&project.program.catalog.limits, server.plan.as_deref()?)?;
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

fn limits_of<'c>(catalog: &'c Catalog, resource: &'c str) -> impl Iterator<Item = &'c Limit> {
    let all = catalog.limits.iter().flat_map(|file| &file.limits);
    all.filter(move |limit| limit.resource == resource && limit.value.is_some())
}

/// What stands behind an address, as far as host and port tell.
pub fn endpoint<'c>(catalog: &'c Catalog, address: &str) -> Option<&'c Endpoint> {
    let (host, port) = host_and_port(address)?;
    let all = catalog.limits.iter().flat_map(|file| &file.endpoints);
    let fits = all.filter(|endpoint| endpoint.port.is_none_or(|own| own == port) && fits(&endpoint.host, &host));
    // The longer pattern says more; with equal ones the port does.
    fits.max_by_key(|endpoint| (endpoint.host.len(), endpoint.port.is_some()))
}

/// Whether a pooler answers at the endpoint.
pub fn is_pooled(endpoint: &Endpoint) -> bool {
    matches!(endpoint.mode.as_str(), "session" | "transaction" | "pooler" | "http")
}

/// The smallest plan of the service that the address names; of a pooler, what it lets in.
fn by_endpoint(catalog: &Catalog, addresses: &[Text]) -> Option<Allowed> {
    let endpoint = addresses.iter().find_map(|text| endpoint(catalog, &text.text))?;
    let (resource, what) = match endpoint.mode.as_str() {
        "session" => ("pool-size", "the session pooler"),
        "transaction" => ("pooler-clients", "the pooler"),
        _ => ("connections", "the server"),
    };
    let limits = limits_of(catalog, resource).filter(|limit| limit.service == endpoint.service);
    let smallest =
        limits.min_by(|left, right| left.value.unwrap_or(f64::MAX).total_cmp(&right.value.unwrap_or(f64::MAX)))?;
    let connections = smallest.value? - smallest.reserved;
    let plan = if smallest.plan == "all" { String::new() } else { format!(" in the plan {}", smallest.plan) };
    let text = format!("{what} of {} lets {connections} clients in{plan}", smallest.service);
    Some(Allowed { connections, text, presumed: true })
}

/// Host in lower case and port, the scheme's own where none is written.
fn host_and_port(address: &str) -> Option<(String, u16)> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let authority = authority.rsplit('@').next()?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let port = if port.is_empty() { default_port(scheme) } else { port.parse().ok() };
    (!host.is_empty() && !host.contains('_')).then(|| Some((host.to_ascii_lowercase(), port?)))?
}

/// The registered ports of the schemes.
fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme.split('+').next()? {
        "postgres" | "postgresql" | "postgis" => 5432,
        "mysql" | "mariadb" => 3306,
        "mongodb" => 27017,
        "redis" | "rediss" => 6379,
        _ => 0,
    })
}

/// The host of an address with its port, when it names both or the host alone; not of templates.
pub fn shown_host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit('@').next()?.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:*,[]".contains(c);
    (!host.is_empty() && host.chars().all(plain) && !host.starts_with(':')).then_some(host)
}

fn by_family(catalog: &Catalog, family: &str) -> Option<Allowed> {
    let limit =
        connection_limits(&catalog.limits).find(|limit| limit.family == family && limit.plan.starts_with("default"))?;
    let (value, reserved) = (limit.value?, limit.reserved);
    let rest = if reserved > 0.0 { format!(", {reserved} of them reserved") } else { String::new() };
    let text = format!("nothing says which server it is, and a {family} server allows {value} by default{rest}");
    Some(Allowed { connections: value - reserved, text, presumed: true })
}

/// The family of a server that a type can speak to: its own, that of the address or schema, or that of
/// the only driver in use.
pub fn family_of(project: &Project, files: &Files, service: &str, addresses: &[Text]) -> Option<String> {
    if service != "sql" {
        return Some(service.to_string());
    }
    let families: Vec<&str> = connection_limits(&project.program.catalog.limits)
        .map(|limit| limit.family.as_str())
        .filter(|family| !family.is_empty())
        .collect();
    let scheme = |text: &Text| text.text.split("://").next().unwrap_or_default().to_ascii_lowercase();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Own;

    fn mode(address: &str) -> String {
        let catalog = Catalog::load(&Own::default()).unwrap();
        endpoint(&catalog, address).map_or("none".into(), |endpoint| format!("{} {}", endpoint.service, endpoint.mode))
    }

    #[test]
    fn host_and_port_decide_together() {
        assert_eq!(mode("postgres://***@aws-0-eu.pooler.supabase.com:5432/postgres"), "supabase session");
        assert_eq!(mode("postgresql+asyncpg://***@aws-0-eu.pooler.supabase.com:6543/postgres"), "supabase transaction");
        assert_eq!(mode("postgres://***@db.abc.supabase.co/postgres"), "supabase direct");
        assert_eq!(mode("postgres://***@ep-x-1-pooler.eu-1.aws.neon.tech/db?sslmode=require"), "neon transaction");
        assert_eq!(mode("postgres://***@ep-x-1.eu-1.aws.neon.tech/db"), "neon direct");
        assert_eq!(mode("postgres://db:6432/app"), "pgbouncer pooler");
        assert_eq!(mode("postgres://db:5432/app"), "none");
    }

    #[test]
    fn plans_are_found_by_their_words() {
        let catalog = Catalog::load(&Own::default()).unwrap();
        let value = |plan: &str| planned(&catalog.limits, plan).and_then(|limit| limit.value);
        assert_eq!(value("supabase-nano"), Some(60.0));
        assert_eq!(value("atlas m10"), Some(1500.0));
        assert_eq!(value("Atlas.M0"), Some(500.0));
        assert_eq!(value("no such plan"), None);
    }
}
