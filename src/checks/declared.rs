//! Connections that settings declare for a framework, against what their server allows and how many threads there are.
//!
//! Reads the same inventory as the map, so that both say the same. Knows no framework by name.

use super::Project;
use super::map::{Client, Declared, Inventory, Made, Server, Share, inventory, load};
use crate::capacity::bounds::Bound;
use crate::capacity::limits::Allowed;
use crate::capacity::load::Load;
use crate::catalog::schema::SettingRole;
use crate::finding::Place;

/// What is wrong with a declaration.
pub enum Fault<'a> {
    /// All processes and threads together want more than the server gives.
    OverBudget { load: Load, most: f64, total: f64, allowed: Allowed },
    /// Connections are kept for each thread, and nothing bounds the threads.
    Threads { setting: &'a str, age: f64, load: Load },
}

/// A declaration with its fault.
pub struct Found<'a> {
    pub place: Place,
    pub declared: Declared<'a>,
    pub fault: Fault<'a>,
}

/// All faults of declarations, in the order of files.
pub fn declared<'a>(project: &Project<'a>) -> Vec<Found<'a>> {
    let program = &project.program;
    if program.active.iter().all(|package| program.catalog.package(*package).declared.is_empty()) {
        return Vec::new();
    }
    let Inventory { clients, servers } = inventory(project);
    let of_server = |server: &Server| server.shares.iter().find_map(|share| found(project, &clients, server, share));
    let mut found: Vec<Found> = servers.iter().filter_map(of_server).collect();
    found.sort_by_key(|one| one.place);
    found
}

fn found<'a>(project: &Project<'a>, clients: &[Client<'a>], server: &Server, share: &Share) -> Option<Found<'a>> {
    let client = &clients[share.client];
    let Made::Declared(declared) = &client.made else { return None };
    let load = load(project, &share.runner, client.language(project), Some(client.file()));
    let fault = threads(client, share, load).or_else(|| over_budget(client, server, share, load))?;
    let place = Place { file: project.program.units[client.file() as usize].source, span: client.span() };
    Some(Found { place, declared: declared.clone(), fault })
}

/// How long a connection is kept for its thread, in seconds.
fn age<'c, 'a>(client: &'c Client<'a>) -> Option<&'c Bound<'a>> {
    client.pool.other.iter().find(|bound| bound.row.role == SettingRole::Recycle)
}

fn threads<'a>(client: &Client<'a>, share: &Share, load: Load) -> Option<Fault<'a>> {
    let bound = age(client).filter(|_| client.is_per_thread() && share.most.is_none())?;
    let age = bound.value.filter(|age| *age > 0.0)?;
    load.threads.is_none().then_some(Fault::Threads { setting: &bound.row.name, age, load })
}

/// A limit that nobody wrote down counts only where connections are kept between requests.
fn over_budget<'a>(client: &Client<'a>, server: &Server, share: &Share, load: Load) -> Option<Fault<'a>> {
    let (allowed, most) = (server.allowed.clone()?, share.most?);
    let keeps = age(client).and_then(|bound| bound.value).is_some_and(|age| age > 0.0);
    let (total, _) = server.total();
    let many = load.processes() * most > 1.0;
    let counts = many && (!allowed.presumed || keeps || client.pool.size.is_some_and(|size| size.place.is_some()));
    (counts && total >= allowed.connections).then_some(Fault::OverBudget { load, most, total, allowed })
}
