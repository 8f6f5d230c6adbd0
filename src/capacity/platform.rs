//! Where the program of a file runs, as far as it is certain.
//!
//! What a folder above says of its platform may be meant for another package, and a program that is
//! also put into a container may run there alone. Knows no platform by name.

use crate::catalog::schema::Platform;
use crate::contexts::linked::Linked;
use crate::packages::manifests::Package;
use crate::packages::settings::files::Files;

pub fn platform(project: &Linked, files: &Files, path: &str) -> Option<Platform> {
    if let Some(told) = project.inputs.config.platform.kind {
        return Some(told);
    }
    let deployment = project.program.deployment(path)?;
    let found = deployment.platform;
    let own = project.program.manifests.package_of(path).filter(|package| package.folder != deployment.folder);
    if own.is_some_and(|package| is_left_out(project, files, &deployment.folder, package)) {
        return None;
    }
    let serves = own.is_some_and(|package| package.listens(project.program.catalog));
    (found != Platform::Serverless || !serves && !is_hosted(files, path)).then_some(found)
}

/// The settings of the folder name packages that they deploy, and this is neither one of them nor needed by one.
fn is_left_out(project: &Linked, files: &Files, folder: &str, own: &Package) -> bool {
    let packages = &project.program.manifests.packages;
    let texts: Vec<&str> = files.platform_texts(folder).collect();
    let words = || texts.iter().flat_map(|text| text.split([' ', '=', '"', '\'', '{', '}']));
    let named = |package: &&Package| {
        let is_name = |word: &str| !package.name.is_empty() && word.trim_end_matches("...") == package.name;
        let is_path = |word: &str| {
            let path = word.trim_start_matches("./");
            path == package.folder || path.starts_with(&format!("{}/", package.folder))
        };
        package.folder != folder && !package.folder.is_empty() && words().any(|word| is_name(word) || is_path(word))
    };
    let deployed: Vec<&Package> = packages.iter().filter(named).collect();
    let needed = |package: &&Package| package.folder == own.folder || package.dependencies.contains(&own.name);
    !deployed.is_empty() && !deployed.iter().any(needed)
}

/// Settings start it as a program that lasts.
fn is_hosted(files: &Files, path: &str) -> bool {
    files.workloads.iter().any(|one| one.lasting && files.runs(one, path))
}
