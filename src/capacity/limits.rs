//! What a server allows: by the configuration, by the address, or by the default of its family.
//!
//! Looks into the rows of `rules/limits`. Knows no server by name.

use super::deployed;
use crate::catalog::Catalog;
use crate::catalog::plans::{all_planned, connection_limits, families, family_named};
use crate::catalog::servers::{Endpoint, Limit};
use crate::config::Server;
use crate::contexts::linked::Linked;
use crate::packages::settings::files::Files;
use crate::packages::settings::workloads::{Order, Workload};
use crate::servers::addresses::Text;
use crate::servers::family::family_of;
use crate::servers::hosts::host_and_port;
use crate::source::globs::fits;
use crate::values::sites::Site;

/// How many connections may be open, and why we think so.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowed {
    pub connections: f64,
    /// `a postgres server allows 100 by default, 3 of them reserved`
    pub text: String,
    /// Nothing says which server or plan it is.
    pub presumed: bool,
    /// Of the server behind a pooler, which lets more clients in.
    pub behind: bool,
}

pub fn allowed(project: &Linked, files: &Files, site: &Site, addresses: &[Text]) -> Option<Allowed> {
    allowed_of(project, files, addresses, || family_of(project, files, site, addresses))
}

/// What the server at an address allows, or one of the family.
pub fn allowed_of(
    project: &Linked,
    files: &Files,
    addresses: &[Text],
    family: impl FnOnce() -> Option<String>,
) -> Option<Allowed> {
    let catalog = project.program.catalog;
    let family = family();
    if let Some(told) = configured(project, family.as_deref()) {
        return Some(told);
    }
    if let Some(pooler) = addresses.iter().find_map(|text| deployed::allowed(catalog, files, &text.text)) {
        return Some(pooler);
    }
    match addresses.iter().find_map(|text| by_host(catalog, &text.text)) {
        // What a service allows is not what its server's defaults say.
        Some(endpoint) if endpoint.host != ANY_HOST => {
            ordered(catalog, files, |limit| limit.service == endpoint.service)
                .filter(|_| !is_pooled(endpoint))
                .or_else(|| by_endpoint(catalog, endpoint))
        }
        _ => {
            let family = family?;
            let own = own_servers(catalog, files, &family, addresses);
            let ordered = || ordered(catalog, files, |limit| own.is_empty() && limit.family == family);
            started(catalog, &family, &own).or_else(ordered).or_else(|| by_family(catalog, &family, &own))
        }
    }
}

/// What the one plan allows that a settings file orders.
fn ordered(catalog: &Catalog, files: &Files, wanted: impl Fn(&Limit) -> bool) -> Option<Allowed> {
    let named = |limit: &Limit, plan: &str| limit.ordered_as.iter().any(|name| fits(name, plan));
    let found = files.orders.iter().flat_map(|order| {
        let own = connection_limits(&catalog.limits).filter(|limit| limit.service == order.service);
        own.filter(|limit| named(limit, &order.plan.text)).map(move |limit| (order, limit))
    });
    let found: Vec<(&Order, &Limit)> = found.filter(|(_, limit)| wanted(limit)).collect();
    let [(order, limit)] = found.as_slice() else { return None };
    let connections = limit.value? - limit.reserved;
    let text = format!("the plan `{}` that the settings order allows {connections} connections", order.plan.text);
    Some(Allowed { connections, text, presumed: false, behind: false })
}

/// The pattern of endpoints that only their port tells.
const ANY_HOST: &str = "*";

/// What connlint's settings say of servers of the family, or of a client that may speak to any.
fn configured(project: &Linked, family: Option<&str>) -> Option<Allowed> {
    let config = project.inputs.config;
    let limits = &project.program.catalog.limits;
    let is_own = |other: &str| family.is_none_or(|family| family == other);
    let plan = |server: &Server| all_planned(limits, server.plan.as_deref()?).into_iter().find(|it| is_own(&it.family));
    let meant = |server: &&Server| match (&server.family, &server.plan) {
        (Some(named), _) => family_named(limits, named).is_none_or(|it| is_own(&it.name)),
        (None, Some(_)) => plan(server).is_some(),
        (None, None) => true,
    };
    let own = |server: &Server| server.max_connections.map(|most| (f64::from(most.get()), "connlint.toml".to_string()));
    let planned = |server: &Server| {
        let limit = plan(server)?;
        Some((limit.value? - limit.reserved, format!("the plan {} of {}", limit.plan, limit.service)))
    };
    let platform = config.platform.max_connections.map(|most| (f64::from(most.get()), "connlint.toml".to_string()));
    let mut servers = config.server.values().filter(meant);
    let found = platform.or_else(|| servers.find_map(|server| own(server).or_else(|| planned(server))));
    found.map(|(connections, source)| Allowed {
        connections,
        text: format!("{source} allows {connections}"),
        presumed: false,
        behind: false,
    })
}

fn limits_of<'c>(catalog: &'c Catalog, resource: &'c str) -> impl Iterator<Item = &'c Limit> {
    let all = catalog.limits.iter().flat_map(|file| &file.limits);
    all.filter(move |limit| limit.resource == resource && limit.value.is_some())
}

/// What stands behind an address, as far as host and port tell.
pub fn endpoint<'c>(catalog: &'c Catalog, files: &Files, address: &str) -> Option<&'c Endpoint> {
    deployed::endpoint(catalog, files, address).or_else(|| by_host(catalog, address))
}

fn by_host<'c>(catalog: &'c Catalog, address: &str) -> Option<&'c Endpoint> {
    let (host, port) = host_and_port(catalog, address)?;
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
fn by_endpoint(catalog: &Catalog, endpoint: &Endpoint) -> Option<Allowed> {
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
    Some(Allowed { connections, text, presumed: true, behind: false })
}

/// The servers of the family that the project's settings start, where no address leads elsewhere.
fn own_servers<'f>(catalog: &Catalog, files: &'f Files, family: &str, addresses: &[Text]) -> Vec<&'f Workload> {
    let is_family = |image: &String| family_named(&catalog.limits, image).is_some_and(|own| own.name == family);
    let hosts: Vec<String> = addresses.iter().filter_map(|text| Some(host_and_port(catalog, &text.text)?.0)).collect();
    let meant = |one: &&Workload| hosts.is_empty() || one.names.first().is_some_and(|name| hosts.contains(name));
    files.workloads.iter().filter(|one| one.names.iter().skip(1).any(is_family)).filter(meant).collect()
}

/// What the command of the one server says that it allows.
fn started(catalog: &Catalog, family: &str, own: &[&Workload]) -> Option<Allowed> {
    let [server] = own else { return None };
    let row = families(&catalog.limits).find(|row| row.name == family)?;
    let value = told_connections(server, &row.told_by)?;
    let reserved = connection_limits(&catalog.limits)
        .find(|limit| limit.family == family && limit.plan.starts_with("default"))
        .map_or(0.0, |limit| limit.reserved);
    let rest = if reserved > 0.0 { format!(", {reserved} of them reserved") } else { String::new() };
    let text = format!("its {family} server is started with {value} connections{rest}");
    Some(Allowed { connections: value - reserved, text, presumed: false, behind: false })
}

fn told_connections(server: &Workload, marks: &[String]) -> Option<f64> {
    let said = || server.said().find_map(|said| number_after(&said.text, marks));
    server.connections.map(|count| count.value).or_else(said)
}

/// What a server of that name allows, as the settings that start it say.
pub(super) fn started_as(catalog: &Catalog, files: &Files, name: &str) -> Option<Allowed> {
    let own = files.workloads.iter().find(|one| one.names.first().is_some_and(|own| own == name))?;
    let family = own.names.iter().skip(1).find_map(|image| family_named(&catalog.limits, image))?;
    started(catalog, &family.name, &[own])
}

/// `-c max_connections=300`, `--maxclients 500`
fn number_after(command: &str, marks: &[String]) -> Option<f64> {
    let rest = marks.iter().find_map(|mark| command.split_once(mark.as_str()))?.1;
    let number: String =
        rest.trim_start_matches([' ', '=', '"', '\'']).chars().take_while(char::is_ascii_digit).collect();
    number.parse().ok()
}

fn by_family(catalog: &Catalog, family: &str, own: &[&Workload]) -> Option<Allowed> {
    let limit =
        connection_limits(&catalog.limits).find(|limit| limit.family == family && limit.plan.starts_with("default"))?;
    let (value, reserved) = (limit.value?, limit.reserved);
    let rest = if reserved > 0.0 { format!(", {reserved} of them reserved") } else { String::new() };
    let text = match own.iter().filter_map(|server| server.names.first()).collect::<Vec<_>>().as_slice() {
        [name] => format!("the {family} server `{name}` allows {value} connections by default{rest}"),
        _ => format!("nothing says which server it is, and a {family} server allows {value} by default{rest}"),
    };
    Some(Allowed { connections: value - reserved, text, presumed: true, behind: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Own;
    use crate::catalog::plans::planned;

    fn mode(address: &str) -> String {
        let catalog = Catalog::load(&Own::default()).unwrap();
        by_host(&catalog, address).map_or("none".into(), |endpoint| format!("{} {}", endpoint.service, endpoint.mode))
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
