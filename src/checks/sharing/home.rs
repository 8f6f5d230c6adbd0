//! Clients that are built outside the module that the settings name as their home.
//!
//! Only what the settings name is judged. Knows no library by name.

use super::{Shared, shared_sites};
use crate::checks::Project;
use crate::config::{Home, home_pattern};
use crate::servers::address::address;
use crate::values::calls::How;
use crate::values::sites::info;
use crate::values::sites::is_product;
use crate::values::sites::{Site, is_super};

/// A construction that the settings want elsewhere.
pub struct Outside<'s> {
    pub site: &'s Site,
    /// The setting's key: a service, a package or a client.
    pub name: &'s str,
    /// Where it should be built. Relative to the root.
    pub homes: &'s [String],
    /// The client that a home shares for the same server.
    pub shared: Option<Kept<'s>>,
}

/// What could take the place of a construction.
pub struct Kept<'s> {
    pub own: Shared<'s>,
    pub home: Shared<'s>,
}

/// Nothing when no home is set.
pub fn strays<'s>(project: &'s Project) -> Vec<Outside<'s>> {
    if project.inputs.config.home.is_empty() {
        return Vec::new();
    }
    project.graph.sites.iter().filter_map(|site| outside(project, site)).collect()
}

fn outside<'s>(project: &'s Project, site: &'s Site) -> Option<Outside<'s>> {
    let program = &project.program;
    // `super(…)` is part of an object that is built elsewhere.
    let built = site.how == How::Built && !is_super(program.call(site.call));
    if !built || !program.owns(site.ty, site.call.file) || !is_product(program, site.function) {
        return None;
    }
    let named = homes_of(project, site);
    let path = &program.units[site.call.file as usize].path;
    let at_home = named.iter().any(|(_, home)| is_in(home, path));
    let (name, home) = named.first().filter(|_| !at_home)?;
    let shared = kept(project, site, home);
    Some(Outside { site, name, homes: home.modules(), shared })
}

/// The homes that are named for a client, the most special name first.
fn homes_of<'s>(project: &'s Project, site: &Site) -> Vec<(&'s str, &'s Home)> {
    let catalog = project.program.catalog;
    let info = info(&project.program, site);
    let homes = &project.inputs.config.home;
    let mut named: Vec<(&str, &Home)> = Vec::new();
    for name in catalog.names(info).iter().rev().filter(|name| !name.is_empty()) {
        let entry = homes.get_key_value(*name).map(|(key, home)| (key.as_str(), home));
        named.extend(entry.filter(|(key, _)| !named.iter().any(|(known, _)| known == key)));
    }
    named
}

fn is_in(home: &Home, path: &str) -> bool {
    home.modules().iter().any(|module| home_pattern(module).is_ok_and(|pattern| pattern.is_match(path)))
}

/// The same type and the same address, both kept by their modules.
fn kept<'s>(project: &'s Project, site: &Site, home: &Home) -> Option<Kept<'s>> {
    let program = &project.program;
    let same_type = shared_sites(project).into_iter().filter(|shared| shared.site.ty == site.ty);
    let (own, others): (Vec<Shared>, Vec<Shared>) = same_type.partition(|shared| shared.site.call == site.call);
    let own = own.into_iter().next()?;
    let wanted = address(program, own.site)?;
    let fits = |shared: &Shared| {
        let path = &program.units[shared.site.call.file as usize].path;
        is_in(home, path) && address(program, shared.site).as_ref() == Some(&wanted)
    };
    others.into_iter().find(fits).map(|home| Kept { own, home })
}
