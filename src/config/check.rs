//! Whether what settings name exists: rules, plans, tables, services.
//!
//! Says at which place and what was probably meant. Reads no file.

use std::path::Path;

use globset::Glob;

use super::error::ConfigError;
use super::tree::{Place, Tree};
use super::{Config, Written};
use crate::catalog::plans::{connection_limits, families, family_named, plan_name, planned};
use crate::catalog::{Catalog, embedded_limits};
use crate::source::SourceFile;

/// The first thing that is wrong.
pub fn check(config: &Config, written: &Tree, rules: &[&str]) -> Result<(), ConfigError> {
    lint(written.get("lint"), rules)?;
    for item in written.get("overrides").map_or(&[][..], Tree::items) {
        lint(Some(item), rules)?;
        let paths = item.get("paths").map_or(&[][..], Tree::items);
        if paths.is_empty() {
            return Err(ConfigError::at(&item.place, "", "an override needs `paths`: the files that it holds for"));
        }
        patterns(paths)?;
    }
    patterns(written.get("exclude").map_or(&[][..], Tree::items))?;
    plans(config, written)?;
    kinds(config, written)?;
    tables(config, written)
}

fn lint(tree: Option<&Tree>, rules: &[&str]) -> Result<(), ConfigError> {
    let Some(tree) = tree else { return Ok(()) };
    let listed = ["select", "ignore"].into_iter().filter_map(|key| tree.get(key)).flat_map(Tree::items);
    let listed = listed.filter_map(|item| Some((item.text()?, &item.place)));
    let graded = tree.get("severity").into_iter().flat_map(Tree::members).map(|(key, member)| (key, &member.place));
    match listed.chain(graded).find(|(id, _)| !rules.contains(id)) {
        Some((id, place)) => Err(ConfigError::unknown("rule", id, rules.iter().copied(), place)),
        None => Ok(()),
    }
}

/// Lines of a `.gitignore`, in which dots at the beginning are names of files: such a line fits nothing.
fn patterns(items: &[Tree]) -> Result<(), ConfigError> {
    for item in items {
        let pattern = item.text().unwrap_or_default();
        let wrong = |message: String| ConfigError::at(&item.place, "", message);
        let path = pattern.trim_start_matches('!');
        if let Some(rest) = path.strip_prefix("./") {
            return Err(wrong(format!("`{pattern}` fits no file: write `/{rest}` for what stands beside this file")));
        }
        if path.starts_with("../") {
            return Err(wrong(format!("`{pattern}` fits no file: patterns count from the folder of this file")));
        }
        Glob::new(path.trim_start_matches('/')).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(())
}

fn plans(config: &Config, written: &Tree) -> Result<(), ConfigError> {
    if config.server.values().all(|server| server.plan.is_none()) {
        return Ok(());
    }
    let mut limits = embedded_limits();
    limits.push(config.limits.clone());
    for (name, member) in written.get("server").into_iter().flat_map(Tree::members) {
        let Some(plan) = member.value.get("plan") else { continue };
        let text = plan.text().unwrap_or_default();
        if planned(&limits, text).is_none() {
            let what = format!("plan of `server.{name}`:");
            let known: Vec<String> = connection_limits(&limits).map(plan_name).collect();
            return Err(ConfigError::unknown(&what, text, known.iter().map(String::as_str), &plan.place));
        }
    }
    Ok(())
}

fn kinds(config: &Config, written: &Tree) -> Result<(), ConfigError> {
    if config.server.values().all(|server| server.family.is_none()) {
        return Ok(());
    }
    let mut limits = embedded_limits();
    limits.push(config.limits.clone());
    for (name, member) in written.get("server").into_iter().flat_map(Tree::members) {
        let Some(family) = member.value.get("family") else { continue };
        let text = family.text().unwrap_or_default();
        if family_named(&limits, text).is_none() {
            let what = format!("family of `server.{name}`:");
            let known = families(&limits).filter(|family| !family.uncounted).map(|family| family.name.as_str());
            return Err(ConfigError::unknown(&what, text, known, &family.place));
        }
    }
    Ok(())
}

/// The user's own tables fit the catalogue, and homes are given to what is in it.
fn tables(config: &Config, written: &Tree) -> Result<(), ConfigError> {
    let own = config.own();
    if own.is_empty() && config.home.is_empty() {
        return Ok(());
    }
    let catalog = Catalog::load(&own)
        .map_err(|error| ConfigError::at(&package_place(written, &error.path), "", error.to_string()))?;
    for (key, member) in written.get("home").into_iter().flat_map(Tree::members) {
        if !catalog.types.iter().any(|ty| catalog.is_called(ty, key)) {
            let names = catalog.types.iter().flat_map(|ty| catalog.names(ty));
            return Err(ConfigError::unknown("client or service", key, names, &member.place));
        }
    }
    Ok(())
}

fn package_place(written: &Tree, package: &str) -> Option<Place> {
    let all = ["catalog", "frameworks"].into_iter().filter_map(|key| written.get(key)).flat_map(Tree::items);
    let named = |item: &&Tree| item.get("package").and_then(Tree::text) == Some(package);
    all.into_iter().find(named).and_then(|item| item.get("package")).and_then(|name| name.place.clone())
}

/// Every home is a file or folder below the root or elsewhere, or a pattern that fits some of the project's files.
pub fn homes(config: &Config, written: &Written, root: &Path, files: &[SourceFile]) -> Result<(), ConfigError> {
    for (name, home) in &config.home {
        let error = |message: String| {
            let tree = written.tree.get("home").and_then(|homes| homes.get(name));
            let place = tree.and_then(|tree| tree.place.clone());
            ConfigError::at(&place, "", format!("`home.{name}`: {message}"))
        };
        for module in home.modules() {
            let pattern = super::home_pattern(module).map_err(|reason| error(reason.to_string()))?;
            if !root.join(module).exists() && !files.iter().any(|file| pattern.is_match(&file.path)) {
                return Err(error(format!("there is no `{module}`")));
            }
        }
    }
    Ok(())
}
