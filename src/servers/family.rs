//! The kind of server that a construction speaks to.
//!
//! By its own type, by the manager that makes its connections, by the scheme of its address, by an option that
//! names the kind, by a schema, by the only driver in use. What none of these tells is not known. Knows no
//! server by name.

use super::addresses::Text;
use super::hosts::{Kinds, kinds};
use crate::catalog::PackageId;
use crate::catalog::plans::{families, family_named, family_of_scheme, is_counted};
use crate::catalog::schema::Kind;
use crate::contexts::linked::Linked;
use crate::facts::Value;
use crate::facts::trail::Trail;
use crate::packages::settings::files::Files;
use crate::program::FnRef;
use crate::values::Program;
use crate::values::follow::{At, behind};
use crate::values::sites::Site;
use crate::values::sites::info;

/// The service of types that speak to whatever SQL server their address names.
pub const ANY_SQL: &str = "sql";

/// The family of a construction's server, as far as one can tell.
pub fn family_of(project: &Linked, files: &Files, site: &Site, addresses: &[Text]) -> Option<String> {
    let service = service(&project.program, site);
    let limits = &project.program.catalog.limits;
    let mut schemes = addresses.iter().filter_map(|text| text.text.split_once("://")).map(|(scheme, _)| scheme);
    let scheme = schemes.find(|scheme| !scheme.is_empty());
    if !service.is_empty() && service != ANY_SQL {
        // Some clients of brokers speak to stores too.
        let broker = info(&project.program, site).row.kind == Kind::Broker;
        let other = scheme.filter(|_| broker).and_then(|scheme| family_of_scheme(limits, scheme));
        return Some(other.map_or(service.to_string(), |family| family.name.clone()));
    }
    if let Some(scheme) = scheme {
        return family_of_scheme(limits, scheme).map(|family| family.name.clone());
    }
    if service.is_empty() {
        return None;
    }
    match kinds(project, files, site) {
        Kinds::Absent => match files.provider() {
            Some(provider) => family_named(limits, provider).map(|family| family.name.clone()),
            None => only_driver(project, files, &project.program.units[site.call.file as usize].path),
        },
        Kinds::Named(all) => chosen(project, &all).map(|(family, _)| family),
    }
}

/// Of several texts that name kinds, as a condition chooses them, the family that has a server, and its text.
pub fn chosen<'t>(project: &Linked, texts: &'t [String]) -> Option<(String, &'t str)> {
    let limits = &project.program.catalog.limits;
    let named = texts.iter().filter_map(|text| Some((family_named(limits, text)?.name.clone(), text.as_str())));
    let (mut served, mut other): (Vec<_>, Vec<_>) = named.partition(|(name, _)| is_counted(limits, name));
    served.dedup_by(|one, next| one.0 == next.0);
    other.dedup_by(|one, next| one.0 == next.0);
    match (served.as_slice(), other.as_slice()) {
        ([only], _) | ([], [only]) => Some(only.clone()),
        _ => None,
    }
}

/// The service of a type; of a pool for anything, that of the manager which makes its connections.
pub fn service<'c>(program: &Program<'c>, site: &Site) -> &'c str {
    let own = &info(program, site).row.service;
    if !own.is_empty() && own != ANY_SQL {
        return own;
    }
    let data = program.call(site.call);
    let mut given = data.args.iter().map(|arg| &arg.value).chain(builder_arguments(program, site));
    given.find_map(|value| managed(program, site.function, value, &Trail::default())).unwrap_or(own)
}

/// What the calls of a builder's chain were given.
fn builder_arguments<'c>(program: &Program<'c>, site: &Site) -> impl Iterator<Item = &'c Value> + use<'c> {
    let facts = program.facts(site.call.file);
    let step = move |callee: &'c Value| match callee {
        Value::Member(base, _) => program_call(base).map(|id| facts.call(id)),
        _ => None,
    };
    let first = step(&program.call(site.call).callee);
    std::iter::successors(first, move |call| step(&call.callee)).flat_map(|call| &call.args).map(|arg| &arg.value)
}

fn program_call(base: &Value) -> Option<crate::facts::CallId> {
    if let Value::Call(id) = base { Some(*id) } else { None }
}

/// The service of a catalogue value that is no client itself.
fn managed<'c>(program: &Program<'c>, f: FnRef, value: &'c Value, trail: &Trail) -> Option<&'c str> {
    let ty = program.eval(f, value).concept().map(|ty| program.catalog.ty(ty));
    if let Some(service) = ty.filter(|ty| !ty.owns).map(|ty| ty.row.service.as_str()).filter(|name| !name.is_empty()) {
        return Some(service);
    }
    let here = trail.step(value)?;
    behind(program, At { f, value }).into_iter().find_map(|at| managed(program, at.f, at.value, &here))
}

/// The kind of SQL server that a package's clients speak to; a package for several kinds tells nothing.
fn only_service(program: &Program, package: PackageId, is_sql: &dyn Fn(&str) -> bool) -> Option<String> {
    let types = program.catalog.types.iter().filter(|ty| ty.owns && ty.package == package);
    let mut services: Vec<&str> = types.map(|ty| ty.row.service.as_str()).filter(|service| is_sql(service)).collect();
    services.sort_unstable();
    services.dedup();
    <[&str; 1]>::try_from(services).ok().map(|[only]| only.to_string())
}

/// The one kind of SQL server whose drivers, or whose features of drivers, the project takes in; else
/// whose image its settings run beside it. Where no manifest lists anything, the usual one.
pub fn only_driver(project: &Linked, files: &Files, path: &str) -> Option<String> {
    let program = &project.program;
    let limits = &program.catalog.limits;
    let is_sql = |service: &str| families(limits).any(|family| family.sql && family.name == service);
    let mut used: Vec<String> =
        program.active.iter().filter_map(|package| only_service(program, *package, &is_sql)).collect();
    let package = program.manifests.package_of(path);
    let features = package.into_iter().flat_map(|package| package.features());
    let bare = package.is_none_or(|package| package.dependencies.is_empty());
    used.extend(features.filter_map(|name| family_named(limits, name)).map(|family| family.name.clone()));
    used.retain(|service| is_sql(service) && is_counted(limits, service));
    if used.is_empty() {
        let images = files.workloads.iter().flat_map(|one| one.names.iter().skip(1));
        used.extend(images.filter_map(|image| family_named(limits, image)).map(|family| family.name.clone()));
        used.retain(|service| is_sql(service));
    }
    used.sort_unstable();
    used.dedup();
    if used.is_empty() && bare {
        return families(limits).find(|family| family.presumed).map(|family| family.name.clone());
    }
    <[String; 1]>::try_from(used).ok().map(|[only]| only)
}
