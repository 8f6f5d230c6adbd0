//! Clients against the pooler that their address leads to: prepared statements through transactions,
//! serverless instances on lasting server connections, pools over a pool.
//!
//! Structured answers for the rule. Knows no library and no server by name.

use super::bounds::Pool;
use super::budget::{Pools, runs_on};
use super::limits::{endpoint, is_pooled};
use super::pool::{Switch, pool, speaks, switch};
use crate::catalog::TypeId;
use crate::catalog::schema::{Platform, Setting, SettingRole};
use crate::catalog::servers::Endpoint;
use crate::catalog::words::servers::PLACEHOLDERS;
use crate::contexts::linked::Linked;
use crate::finding::Place;
use crate::packages::settings::files::Files;
use crate::program::{CallRef, FnRef};
use crate::servers::addresses::Text;
use crate::servers::hosts::host_and_port;
use crate::servers::statements::stays_with_session;
use crate::values::calls::How;
use crate::values::sites::{Site, last_name};
use crate::values::sites::{info, is_product};

/// What does not fit.
pub enum Mismatch<'c> {
    /// Statements are prepared on connections that the pooler hands to others.
    Statements { row: &'c Setting, place: Place, written: bool },
    /// Each serverless instance keeps a server connection of the session pooler.
    Session,
    /// Serverless instances connect past the pooler that the service has.
    Direct,
    /// What stays with one connection, as a subscription, is lost with the end of the transaction.
    Bound { name: String, place: Place },
    /// One process takes more than half of what the session pooler lets in.
    Large { most: f64, cap: f64 },
}

pub struct Found<'c> {
    pub site: Site,
    pub mismatch: Mismatch<'c>,
    pub endpoint: &'c Endpoint,
    pub address: Text,
}

pub fn mismatches<'a>(project: &Linked<'a>, pools: &Pools<'a>) -> Vec<Found<'a>> {
    let sites =
        project.graph.sites.iter().filter(|site| site.how == How::Built && is_product(&project.program, site.function));
    sites.filter_map(|site| one(project, pools, site)).collect()
}

fn one<'a>(project: &Linked<'a>, pools: &Pools, site: &Site) -> Option<Found<'a>> {
    let own = pool(project, &pools.files, site);
    let known = |text: &Text| endpoint(project.program.catalog, &pools.files, &text.text);
    let (address, endpoint) = own.address.iter().find_map(|text| Some((text.clone(), known(text)?)))?;
    let mismatch = statements(project, pools, site, &address, endpoint)
        .or_else(|| on_platform(project, &pools.files, site, &address, endpoint))
        .or_else(|| bound(project, site, endpoint))
        .or_else(|| large(pools, site, &own, endpoint))?;
    Some(Found { site: site.clone(), mismatch, endpoint, address })
}

fn statements<'a>(
    project: &Linked<'a>,
    pools: &Pools,
    site: &Site,
    address: &Text,
    endpoint: &Endpoint,
) -> Option<Mismatch<'a>> {
    if endpoint.prepared_statements != "no" {
        return None;
    }
    let program = &project.program;
    let rows =
        program.catalog.ty(site.ty).row.settings.iter().filter(|row| row.role == SettingRole::PreparedStatements);
    let rows: Vec<&Setting> = rows.filter(|row| !row.off.is_empty() && speaks(row, &address.text)).collect();
    let first = rows.iter().find(|row| !row.write.is_empty()).or(rows.first())?;
    let data = program.call(site.call);
    let excepted = |name: &String| super::pool::has_key(data, name);
    if rows.iter().any(|row| row.unless.iter().any(excepted)) {
        return None;
    }
    let mut on = None;
    for row in &rows {
        match switch(project, &pools.files, site, row) {
            Switch::Off | Switch::Unknown => return None,
            Switch::On(place) => on = on.or(Some(place)),
            Switch::Absent => {}
        }
    }
    let missing =
        if first.places.iter().all(|place| place == "url") { address.place } else { construction(project, site.call) };
    Some(Mismatch::Statements { row: first, place: on.unwrap_or(missing), written: on.is_some() })
}

fn construction(project: &Linked, call: CallRef) -> Place {
    Place { file: project.program.units[call.file as usize].source, span: project.program.call(call).span }
}

fn on_platform<'a>(
    project: &Linked<'a>,
    files: &Files,
    site: &Site,
    address: &Text,
    endpoint: &Endpoint,
) -> Option<Mismatch<'a>> {
    let sized = info(&project.program, site).row.settings.iter().any(|row| row.role == SettingRole::PoolSize);
    let placeholder = address.sample && !names_server(project, address, endpoint);
    if !sized || placeholder || runs_on(project, files, site) != Some(Platform::Serverless) {
        return None;
    }
    match endpoint.mode.as_str() {
        "session" => Some(Mismatch::Session),
        "direct" if has_pooler(project, endpoint) => Some(Mismatch::Direct),
        _ => None,
    }
}

/// The address of a sample leads to a server of a known service, and none of its words stands for another.
fn names_server(project: &Linked, address: &Text, endpoint: &Endpoint) -> bool {
    let host = host_and_port(project.program.catalog, &address.text).map_or(String::new(), |(host, _)| host);
    let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let mut words = host.split(|c: char| !c.is_ascii_alphanumeric());
    let stands = |word: &str| PLACEHOLDERS.contains(&word) || word.starts_with("xxx");
    endpoint.host.contains(|c: char| c.is_ascii_alphabetic()) && plain && !words.any(stands)
}

/// What the client, or one that it lends, does needs the same connection afterwards.
fn bound<'a>(project: &Linked<'a>, site: &Site, endpoint: &Endpoint) -> Option<Mismatch<'a>> {
    let program = &project.program;
    if endpoint.mode != "transaction" {
        return None;
    }
    let alike = |other: &&Site| other.ty == site.ty && other.how == How::Built && is_product(program, other.function);
    let only = project.graph.sites.iter().filter(alike).count() == 1;
    let found = program.calls().find_map(|call| {
        let data = program.call(call);
        let function = FnRef { file: call.file, id: data.function };
        let receiver = project.graph.target(call)?.receiver?;
        let near = only || call.file == site.call.file;
        if !near || !is_product(program, function) || receiver != site.ty && !lends(project, site.ty, receiver) {
            return None;
        }
        let name = last_name(&data.callee);
        let row = &program.catalog.ty(receiver).row;
        let stays = row.session_bound.iter().any(|own| own == name)
            || data.args.first().is_some_and(|arg| stays_with_session(&arg.value));
        stays.then(|| (name.to_string(), construction(project, call)))
    });
    found.map(|(name, place)| Mismatch::Bound { name, place })
}

/// A method of the one type gives the other.
fn lends(project: &Linked, ty: TypeId, other: TypeId) -> bool {
    let catalog = project.program.catalog;
    let (own, name) = (catalog.ty(ty), &catalog.ty(other).row.name);
    own.package == catalog.ty(other).package && own.row.methods.iter().any(|method| method.gives == *name)
}

/// The service lets clients in through a transaction pooler too.
fn has_pooler(project: &Linked, direct: &Endpoint) -> bool {
    let all = project.program.catalog.limits.iter().flat_map(|file| &file.endpoints);
    all.into_iter().any(|other| other.service == direct.service && other.mode == "transaction" && is_pooled(other))
}

fn large<'a>(pools: &Pools, site: &Site, own: &Pool, endpoint: &Endpoint) -> Option<Mismatch<'a>> {
    let sized = pools.all.iter().find(|sized| sized.site.call == site.call).filter(|_| endpoint.mode == "session")?;
    let (most, cap) = (own.most().filter(|_| !own.other_class)?, sized.allowed.as_ref()?.connections);
    (most * 2.0 > cap && most < cap).then_some(Mismatch::Large { most, cap })
}
