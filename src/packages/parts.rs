//! Which crates of a workspace are ever part of one program.
//!
//! A crate says all that it is made of, so two that no crate has both of never run together, whatever methods
//! they have in common. Knows manifests and folders alone.

use rustc_hash::{FxHashMap, FxHashSet};

use super::manifests::{Manifests, Package};

pub struct Parts {
    /// By folder.
    crates: FxHashMap<String, u32>,
    /// The crates that each one is a part of, itself too.
    wholes: Vec<FxHashSet<u32>>,
}

impl Parts {
    pub fn of(manifests: &Manifests) -> Self {
        let packages: Vec<&Package> = manifests.packages.iter().filter(|p| p.ecosystem == "crates").collect();
        let names = packages.iter().enumerate().map(|(at, package)| (as_code(&package.listed_as), at as u32));
        let by_name: FxHashMap<String, u32> = names.filter(|(name, _)| !name.is_empty()).collect();
        // A workspace's manifest may say for all of its crates what a name stands for.
        let renamed: FxHashMap<&String, &String> = packages.iter().flat_map(|package| &package.renamed).collect();
        let dependency = |name: &String| {
            let name = as_code(name);
            let real = renamed.get(&name).and_then(|real| by_name.get(*real));
            [by_name.get(&name), real].into_iter().flatten().copied().collect::<Vec<u32>>()
        };
        let parts: Vec<Vec<u32>> =
            packages.iter().map(|package| package.dependencies.iter().flat_map(dependency).collect()).collect();
        let mut wholes = vec![FxHashSet::default(); packages.len()];
        for whole in 0..packages.len() as u32 {
            let mut queue = vec![whole];
            while let Some(part) = queue.pop() {
                if wholes[part as usize].insert(whole) {
                    queue.extend(&parts[part as usize]);
                }
            }
        }
        let crates = packages.iter().enumerate().map(|(at, package)| (package.folder.clone(), at as u32)).collect();
        Parts { crates, wholes }
    }

    /// No program has the crates around both of the paths.
    pub fn are_apart(&self, manifests: &Manifests, one: &str, other: &str) -> bool {
        let around = |path| self.crates.get(&manifests.package_of(path)?.folder).map(|at| *at as usize);
        match (around(one), around(other)) {
            (Some(one), Some(other)) => self.wholes[one].is_disjoint(&self.wholes[other]),
            _ => false,
        }
    }
}

/// A crate's name as code writes it.
fn as_code(name: &str) -> String {
    name.replace('-', "_")
}
