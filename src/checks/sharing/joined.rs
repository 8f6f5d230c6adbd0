//! Clients that could share one connection and open one each: queues of one process that are all told an address.
//!
//! Which option takes a connection is said by rows of libraries. Knows no library by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Shared, shared_sites};
use crate::checks::Project;
use crate::servers::address::names_behind;
use crate::values::follow::{At, key};
use crate::values::sites::{info, is_product};

/// The first of several, and the others.
pub struct Joinable<'s> {
    pub first: Shared<'s>,
    pub others: Vec<Shared<'s>>,
    /// The option that takes a connection.
    pub option: &'s str,
}

/// So many connections are worth a word.
const FEW: usize = 3;

pub fn joinable<'s>(project: &'s Project) -> Vec<Joinable<'s>> {
    let program = &project.program;
    let mut groups: BTreeMap<(&str, &str, BTreeSet<String>), Vec<Shared>> = BTreeMap::new();
    for shared in shared_sites(project) {
        let row = &info(program, shared.site).row;
        if row.service.is_empty() && !row.speaks.is_empty() && is_product(program, shared.site.function) {
            let told = row.joins.iter().find_map(|option| Some((option.as_str(), told(project, &shared, option)?)));
            let told = told.or_else(|| Some((row.joins.first()?.as_str(), at_address(project, &shared)?)));
            if let Some((option, names)) = told {
                groups.entry((&row.speaks, option, names)).or_default().push(shared);
            }
        }
    }
    let found = groups.into_iter().filter_map(|((_, option, _), mut group)| {
        group.sort_by_key(|shared| shared.site.call);
        let first = group.remove(0);
        let together = |other: &Shared| project.run_together(first.home, other.home);
        let others: Vec<Shared> = group.into_iter().filter(together).collect();
        (others.len() + 1 >= FEW).then_some(Joinable { first, others, option })
    });
    found.collect()
}

/// The names behind the address that it is given instead, after its own name.
fn at_address(project: &Project, shared: &Shared) -> Option<BTreeSet<String>> {
    let program = &project.program;
    let given = program.call(shared.site.call).args.iter().filter(|arg| arg.name.is_none()).nth(1)?;
    let names = names_behind(program, At { f: shared.site.function, value: &given.value });
    (!names.is_empty()).then_some(names)
}

/// The names behind the address under the option.
fn told(project: &Project, shared: &Shared, option: &str) -> Option<BTreeSet<String>> {
    let program = &project.program;
    let args = &program.call(shared.site.call).args;
    let given = args.iter().flat_map(|arg| {
        let at = At { f: shared.site.function, value: &arg.value };
        if arg.name.as_deref() == Some(option) { vec![at] } else { key(program, at, option) }
    });
    let names = given.into_iter().next().map(|at| names_behind(program, at))?;
    (!names.is_empty()).then_some(names)
}
