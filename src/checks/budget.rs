//! Pools that are too many together: what all clients of one server may open, as the map has it.
//!
//! Clients of one program add up; those of several do where it is certain that they speak to the same server. Knows no
//! library by name.

use super::Project;
use super::map::{Client, Inventory, Made, Server, Share, inventory};
use crate::capacity::budget::{Pools, too_large};
use crate::capacity::limits::Allowed;
use crate::catalog::words::checks::OWN_MACHINES;
use crate::contexts::programs::Runner;
use crate::servers::address::{Address, address};

/// Pools of one server, with what they come to.
pub struct Budget {
    /// The largest pool first.
    pub members: Vec<Member>,
    pub total: f64,
    pub allowed: Allowed,
}

/// A pool in the processes of one program.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Index into [`Pools::all`].
    pub at: usize,
    pub runner: Runner,
    pub most: f64,
    pub processes: f64,
}

impl Budget {
    /// All members are in the same processes.
    pub fn is_of_one_program(&self) -> bool {
        self.members.iter().all(|member| member.runner == self.members[0].runner)
    }
}

pub fn over_budget(project: &Project) -> Vec<Budget> {
    let pools = project.pools();
    if !may_be_over(project, pools) {
        return Vec::new();
    }
    let Inventory { clients, servers } = inventory(project);
    let mut found: Vec<Budget> = Vec::new();
    for server in &servers {
        for shares in groups(project, &clients, server) {
            let budget = budget(pools, &clients, server, &shares);
            found.extend(budget.filter(|one| !found.iter().any(|known| same(known, one))));
        }
    }
    found
}

fn same(one: &Budget, other: &Budget) -> bool {
    let places = |budget: &Budget| budget.members.iter().map(|member| member.at).collect::<Vec<_>>();
    places(one) == places(other)
}

/// Whether a look at the map is worth it: each pool may be in the processes of every package.
fn may_be_over(project: &Project, pools: &Pools) -> bool {
    let packages = project.program.manifests.packages.len().max(1) as f64;
    let most = pools.all.iter().filter_map(|sized| Some(sized.pool.most()? * sized.load.processes() * packages));
    let least = pools.all.iter().filter_map(|sized| Some(sized.allowed.as_ref()?.connections));
    most.sum::<f64>() >= least.fold(f64::INFINITY, f64::min)
}

/// The shares of a server that certainly add up.
fn groups<'s>(project: &Project, clients: &[Client], server: &'s Server) -> Vec<Vec<&'s Share>> {
    let key = |share: &Share| {
        let apart = !is_one_server(project, server);
        (apart.then(|| share.runner.clone()), server.folder.is_some().then(|| told(project, &clients[share.client])))
    };
    let mut found: Vec<(_, Vec<&Share>)> = Vec::new();
    for share in server.shares.iter().filter(|share| !share.instead && share.most.is_some()) {
        let key = key(share);
        // Nothing tells where it goes.
        if key.1 == Some(None) {
            continue;
        }
        match found.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(share),
            None => found.push((key, vec![share])),
        }
    }
    found.into_iter().map(|(_, shares)| shares).collect()
}

fn told(project: &Project, client: &Client) -> Option<Address> {
    match &client.made {
        Made::Call(site) => address(&project.program, site),
        Made::Declared(_) => None,
    }
}

/// The host is the same server for all programs: one of the internet, or the only one of that name that settings
/// start.
fn is_one_server(project: &Project, server: &Server) -> bool {
    let Some(host) = &server.host else { return false };
    let name = host.split(':').next().unwrap_or_default();
    let named = |one: &&crate::packages::settings::workloads::Workload| {
        !one.is_local && one.names.first().is_some_and(|own| own == name)
    };
    let started = project.pools().files.workloads.iter().filter(named).count();
    !OWN_MACHINES.contains(&name) && (started == 1 || started == 0 && name.contains('.'))
}

fn budget(pools: &Pools, clients: &[Client], server: &Server, shares: &[&Share]) -> Option<Budget> {
    let allowed = server.allowed.clone()?;
    let member = |share: &&Share| {
        let Made::Call(site) = &clients[share.client].made else { return None };
        let at = pools.all.iter().position(|sized| sized.site.call == site.call)?;
        let processes = share.processes.workers * share.processes.instances;
        Some(Member { at, runner: share.runner.clone(), most: share.most?, processes })
    };
    let mut members: Vec<Member> = shares.iter().filter_map(member).collect();
    members.sort_by(|left, right| right.most.total_cmp(&left.most).then(left.at.cmp(&right.at)));
    let first = members.first()?;
    let several = members.len() > 1 || first.processes > 1.0;
    let alone = members.iter().any(|member| too_large(&pools.all[member.at]).is_some());
    let written = !allowed.presumed || members.iter().any(|member| pools.all[member.at].pool.place().is_some());
    let total = members.iter().map(|member| member.most * member.processes).sum::<f64>();
    let over = several && !alone && written && !allowed.behind && total >= allowed.connections;
    over.then_some(Budget { members, total, allowed })
}
