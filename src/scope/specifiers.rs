//! The names in what imports are written with, and in the patterns of calls.

use crate::catalog::schema::PackageFile;

/// A specifier of scripts without the mark of a module of the platform.
pub(crate) fn plain(module: &str) -> &str {
    module.strip_prefix("node:").unwrap_or(module)
}

/// The last name of a pattern of a call; `None` where that is one letter.
pub(crate) fn last(call: &str) -> Option<&str> {
    call.rsplit(['.', '#', ':', ' ']).next().filter(|name| name.len() > 1)
}

/// The last name of a module path.
pub fn tail(module: &str) -> &str {
    module.rsplit(['/', '.']).next().unwrap_or_default()
}

/// The root of a module's path; of a family of packages, as they are named in manifests, that of each.
pub(super) fn roots(file: &PackageFile, root: &str) -> Vec<String> {
    let Some(prefix) = root.strip_suffix('*') else { return vec![root.to_string()] };
    let names = file.dependencies.iter().map(|name| name.replace('-', "_"));
    names.filter(|name| name.starts_with(prefix)).collect()
}
