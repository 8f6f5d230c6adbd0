//! Poolers that a project's own settings start: which mode they are in and how many clients they let in.
//!
//! By the rows of `rules/limits`: images and variables. Knows no pooler by name.

use super::limits::{Allowed, started_as};
use crate::catalog::Catalog;
use crate::catalog::servers::{Endpoint, Pooler};
use crate::packages::manifests::version;
use crate::packages::settings::files::Files;
use crate::packages::settings::workloads::Workload;
use crate::servers::hosts::host_and_port;

/// A pooler among the workloads.
struct Deployed<'c, 'f> {
    row: &'c Pooler,
    workload: &'f Workload,
    /// What holds its settings, where that is one file.
    settings: Option<&'f Workload>,
}

/// The endpoint of the pooler that an address leads to.
pub fn endpoint<'c>(catalog: &'c Catalog, files: &Files, address: &str) -> Option<&'c Endpoint> {
    let found = deployed(catalog, files, address)?;
    let mode = found.mode();
    let keeps = mode != "session" && found.keeps_statements();
    let id = format!("{}.{}", found.row.service, if keeps { "keeping" } else { mode });
    catalog.limits.iter().flat_map(|file| &file.endpoints).find(|endpoint| endpoint.id == id)
}

/// How many clients the pooler that an address leads to lets in.
pub fn allowed(catalog: &Catalog, files: &Files, address: &str) -> Option<Allowed> {
    let found = deployed(catalog, files, address)?;
    let told = found.told(&found.row.clients).and_then(|text| text.parse().ok());
    let server = || started_as(catalog, files, found.workload.before.as_deref()?);
    if let Some(behind) = server().filter(|_| told.is_none()) {
        return Some(Allowed { behind: true, ..behind });
    }
    let connections: f64 = told.or(found.row.default_clients)?;
    let default = if told.is_none() { ", the default" } else { "" };
    let name = found.workload.names.first()?;
    let text = format!("the pooler `{name}` lets {connections} clients in{default}");
    Some(Allowed { connections, text, presumed: told.is_none(), behind: false })
}

fn deployed<'c, 'f>(catalog: &'c Catalog, files: &'f Files, address: &str) -> Option<Deployed<'c, 'f>> {
    let (host, _) = host_and_port(catalog, address)?;
    let name = host.split_once('.').filter(|(_, rest)| rest.contains(CLUSTER)).map_or(&*host, |(name, _)| name);
    let workload =
        files.workloads.iter().find(|one| !one.is_settings && one.names.first().is_some_and(|own| own == name))?;
    let mut rows = catalog.limits.iter().flat_map(|file| &file.poolers);
    let row = rows.find(|row| workload.names.iter().skip(1).any(|image| row.images.contains(image)))?;
    let apart = files.workloads.iter().filter(|one| one.is_settings);
    let mut apart = apart.filter(|one| one.names.iter().skip(1).any(|image| row.images.contains(image)));
    let settings = apart.next().filter(|_| apart.next().is_none());
    Some(Deployed { row, workload, settings })
}

/// What follows the name of a service and its namespace, within a cluster.
const CLUSTER: &str = "svc";

impl Deployed<'_, '_> {
    /// The value of the first of the variables that is set.
    fn told(&self, variables: &[String]) -> Option<&str> {
        let mut all = std::iter::once(self.workload).chain(self.settings);
        all.find_map(|one| variables.iter().find_map(|name| one.variable(name))).map(|said| said.text.trim())
    }

    fn mode(&self) -> &str {
        self.told(&self.row.mode).unwrap_or(&self.row.default_mode)
    }

    /// Prepared statements follow a client; so they may where the version is not told.
    fn keeps_statements(&self) -> bool {
        match self.told(&self.row.statements) {
            Some(number) => number != "0",
            None => {
                let tag = self.workload.tag.as_deref().filter(|tag| tag.starts_with(|c: char| c.is_ascii_digit()));
                tag.is_none_or(|tag| version(tag) >= version(&self.row.statements_since))
            }
        }
    }
}
