//! Where the packages of a Python workspace keep their modules: other packages import them by name, whatever
//! folder they stand in.
//!
//! Knows manifests and folders alone.

use super::manifests::Manifests;

/// Folders that modules of the workspace's packages are found in.
pub struct Roots(Vec<String>);

impl Roots {
    pub fn of(manifests: &Manifests) -> Self {
        let packages = manifests.packages.iter().filter(|package| package.ecosystem == "pypi");
        let folders = packages.map(|package| package.folder.as_str()).filter(|folder| !folder.is_empty());
        let mut roots: Vec<String> = folders.flat_map(|folder| [folder.to_string(), format!("{folder}/src")]).collect();
        roots.sort();
        roots.dedup();
        Roots(roots)
    }

    /// What one root alone has; where several have it, any of them may be meant.
    pub fn only(&self, find: impl Fn(&str) -> Option<u32>) -> Option<u32> {
        let mut found = self.0.iter().filter_map(|root| find(root));
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }
}
