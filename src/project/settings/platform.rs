//! Where the program of a file runs, as far as it is certain.
//!
//! What a folder above says of its platform may be meant for another package, and a program that is
//! also put into a container may run there alone. Knows no platform by name.

use super::budget::pools;
use crate::catalog::schema::Platform;
use crate::project::Project;
use crate::project::manifests::Package;

pub fn platform(project: &Project, path: &str) -> Option<Platform> {
    if let Some(told) = project.inputs.config.platform.kind {
        return Some(told);
    }
    let deployment = project.program.deployment(path)?;
    let found = deployment.platform;
    let own = project.program.manifests.package_of(path).filter(|package| package.folder != deployment.folder);
    let serves = own.is_some_and(|package| listens(project, package));
    (found != Platform::Serverless || !serves && !is_hosted(project, path)).then_some(found)
}

/// The package depends on a framework that listens by itself.
fn listens(project: &Project, package: &Package) -> bool {
    let servers = project.program.catalog.files.iter().filter(|file| file.platform == Some(Platform::Server));
    servers.flat_map(|file| &file.dependencies).any(|name| package.dependencies.contains(name))
}

/// Settings start it as a program that lasts.
fn is_hosted(project: &Project, path: &str) -> bool {
    let files = &pools(project).files;
    files.workloads.iter().any(|one| one.lasting && files.runs(one, path))
}
