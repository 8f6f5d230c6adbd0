//! Where the program of a file runs, as far as it is certain.
//!
//! What a folder above says of its platform may be meant for another package, and a program that is
//! also put into a container may run there alone. Knows no platform by name.

use crate::catalog::schema::Platform;
use crate::contexts::linked::Linked;
use crate::facts::{FnId, Naming, Node, Pred};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::packages::manifests::Package;
use crate::packages::settings::files::Files;
use crate::program::FnRef;
use crate::values::Program;
use crate::values::sites::is_product;

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

/// Somebody starts the file by hand: nothing of the project imports it, nothing in it is known to be run, and it has
/// nothing that a platform could call.
pub fn is_started_by_hand(project: &Linked, file: u32) -> bool {
    let program = &project.program;
    let imported = project.reach().importers(file).iter().any(|from| program.class_of(*from) != FileClass::Test);
    !imported && !serving(project).any(|entered| entered == file) && gives_nothing(program, file)
}

/// Product code, or a script that a program loads which serves: a file is what its users make of it.
pub fn is_of_product(project: &Linked, f: FnRef) -> bool {
    let program = &project.program;
    if is_product(program, f) {
        return true;
    }
    if program.class_of(f.file) != FileClass::Script || program.is_written_as_test(f) {
        return false;
    }
    let users = project.reach().users(f.file).into_iter();
    let loaded = project.reach().closure(users.filter(|user| program.class_of(*user) == FileClass::Source));
    serving(project).any(|file| loaded[file as usize])
}

/// The files of what requests, messages, pages or the clock run.
fn serving(project: &Linked) -> impl Iterator<Item = u32> {
    project.graph.roots.iter().filter(|root| serves(root.trigger)).filter_map(|root| match root.to {
        Point::Fn(f) => Some(f.file),
        Point::Alloc(class) => Some(class.file),
        Point::Site(_) => None,
    })
}

fn serves(trigger: Trigger) -> bool {
    !matches!(
        trigger,
        Trigger::Load | Trigger::Startup | Trigger::Shutdown | Trigger::Script | Trigger::Test | Trigger::Build
    )
}

/// It exports nothing; where languages export all names, it does its work only when it is the program itself.
fn gives_nothing(program: &Program, file: u32) -> bool {
    let facts = program.facts(file);
    let is_guard = |node: &Node| matches!(node, Node::Branch { pred, .. } if matches!(**pred, Pred::Main));
    match program.semantics(file).naming {
        Naming::Exports => facts.exports.is_empty(),
        Naming::Dotted => facts.function(FnId::TOP).body.iter().any(is_guard),
        Naming::Paths => false,
    }
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
