//! Requirement lines of Python: `name[extra]>=1; marker`, `name @ url`, `-e ./folder`.
//!
//! Knows no package by name.

use crate::facts::settings::Dependency;

/// Nothing for blank lines, comments and options.
pub(super) fn parse(line: &str, dev: bool) -> Option<Dependency> {
    let line = without_comment(line);
    if let Some(folder) = editable(line) {
        return folder_dependency(folder, dev);
    }
    if line.starts_with('-') || line.is_empty() {
        return None;
    }
    if line.starts_with(['.', '/']) {
        return folder_dependency(line, dev);
    }
    let requirement = line.split(';').next().unwrap_or("").split(" --").next().unwrap_or("").trim();
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(rest, |(_, rest)| rest).trim();
    let valid = rest.is_empty() || rest.starts_with(['=', '<', '>', '~', '!', '@', '(']);
    if name.is_empty() || !valid {
        return None;
    }
    Some(with_source(name, rest, dev))
}

fn with_source(name: &str, rest: &str, dev: bool) -> Dependency {
    let mut dependency = Dependency { name: normal(name), dev, ..Dependency::default() };
    let source = rest.strip_prefix('@').map(str::trim);
    dependency.path =
        source.and_then(|url| url.strip_prefix("file:")).map(|path| path.trim_start_matches("//").to_string());
    let version = source.unwrap_or(rest.trim_matches(['(', ')']));
    dependency.version = (!version.is_empty()).then(|| version.to_string());
    dependency
}

/// The name as the registry compares it: lower case, `-` for runs of `-`, `_` and `.`.
pub(super) fn normal(name: &str) -> String {
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

fn without_comment(line: &str) -> &str {
    let line = line.trim();
    let comment = if line.starts_with('#') { Some(0) } else { line.find(" #") };
    line[..comment.unwrap_or(line.len())].trim_end()
}

fn editable(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("--editable").or_else(|| line.strip_prefix("-e"))?;
    Some(rest.trim_start_matches(['=', ' ']).trim())
}

/// A folder's package has the folder's name, as far as can be told from here; an address may name
/// it after `#egg=`.
fn folder_dependency(target: &str, dev: bool) -> Option<Dependency> {
    if let Some((url, egg)) = target.split_once("#egg=") {
        let name = egg.split(['&', '[']).next()?;
        return Some(Dependency { name: normal(name), version: Some(url.to_string()), dev, ..Dependency::default() });
    }
    if target.contains("://") {
        return None;
    }
    let path = target.split('[').next()?.trim_end_matches('/');
    let name = path.rsplit('/').next().filter(|name| !name.trim_matches('.').is_empty())?;
    Some(Dependency { name: normal(name), path: Some(path.to_string()), dev, ..Dependency::default() })
}
