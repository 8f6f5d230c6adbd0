//! Which deployables load a module: packages that import it, at any depth, and that no other package
//! of the project imports.
//!
//! A library of a workspace runs in each application that uses it. Knows no output.

use std::collections::BTreeSet;

use crate::checks::Project;
use crate::packages::kinds::FileClass;

pub struct Loaders {
    /// For each file, the product files that import it.
    importers: Vec<Vec<u32>>,
    /// For each file, its package's folder.
    folders: Vec<String>,
    /// Folders of packages that another package imports or depends on.
    used: BTreeSet<String>,
}

impl Loaders {
    pub fn new(project: &Project) -> Self {
        let program = &project.program;
        let reach = project.reach();
        let folder = |file: u32| program.package_of(file).map_or(String::new(), |it| it.folder.clone());
        let folders: Vec<String> = (0..program.units.len() as u32).map(folder).collect();
        let mut importers = vec![Vec::new(); folders.len()];
        let mut used = depended_on(project);
        for (file, unit) in program.units.iter().enumerate() {
            if unit.class != FileClass::Source {
                continue;
            }
            for target in reach.imports(file as u32) {
                importers[*target as usize].push(file as u32);
                if folders[*target as usize] != folders[file] {
                    used.insert(folders[*target as usize].clone());
                }
            }
        }
        used.retain(|folder| !is_deployed(project, folder));
        Loaders { importers, folders, used }
    }

    /// How many product files import it.
    pub fn importers(&self, file: u32) -> u32 {
        self.importers[file as usize].len() as u32
    }

    /// Folders of the packages that run the file: its own where nothing else loads it.
    pub fn deployables(&self, file: u32) -> Vec<String> {
        let mut seen = vec![false; self.importers.len()];
        let mut queue = vec![file];
        let mut found = BTreeSet::new();
        while let Some(at) = queue.pop() {
            if std::mem::replace(&mut seen[at as usize], true) {
                continue;
            }
            let folder = &self.folders[at as usize];
            if !self.used.contains(folder) {
                found.insert(folder.clone());
            }
            queue.extend(&self.importers[at as usize]);
        }
        if found.is_empty() {
            found.insert(self.folders[file as usize].clone());
        }
        found.into_iter().collect()
    }
}

/// Settings in the package's own folder start it, whoever imports it for its types.
fn is_deployed(project: &Project, folder: &str) -> bool {
    let workloads = &project.pools().files.workloads;
    workloads.iter().any(|one| one.lasting && one.placed && one.folder == folder && !folder.is_empty())
}

/// Folders of the packages that another manifest of the project lists.
fn depended_on(project: &Project) -> BTreeSet<String> {
    let packages = &project.program.manifests.packages;
    let listed = |name: &str| packages.iter().any(|other| other.name != name && other.dependencies.contains(name));
    let used = packages.iter().filter(|package| !package.name.is_empty() && listed(&package.name));
    used.map(|package| package.folder.clone()).collect()
}
