//! Which crate of the workspace a name or a file means.
//!
//! Reads manifests that are read already; knows no module tree.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::packages::manifests::Manifests;
use crate::packages::paths::parent;

#[derive(Default)]
pub(crate) struct Crates {
    all: Vec<Crate>,
    /// The first of each name.
    by_name: FxHashMap<String, u32>,
    /// By the number of a folder: the crate around it.
    around: Vec<Option<u32>>,
}

struct Crate {
    folder: String,
    library: Option<u32>,
    /// Dependency names of the manifest that are paths into the workspace are found by name.
    renamed: BTreeMap<String, String>,
}

impl Crates {
    /// `folders` has for each path the number of its folder; `library` finds a file in a crate's folder.
    pub fn of(
        manifests: &Manifests,
        paths: &[String],
        folders: &[u32],
        library: impl Fn(&str, &str) -> Option<u32>,
    ) -> Self {
        let mut crates = Crates::default();
        for (folder, name, renamed) in manifests.crates() {
            let library = ["src/lib.rs", "lib.rs"].iter().find_map(|inner| library(&folder, inner));
            // As code names it.
            crates.by_name.entry(name.replace('-', "_")).or_insert(crates.all.len() as u32);
            crates.all.push(Crate { folder, library, renamed });
        }
        for (path, folder) in paths.iter().zip(folders) {
            // Folders are numbered in the order of the paths.
            if *folder as usize == crates.around.len() {
                crates.around.push(crates.innermost(parent(path)));
            }
        }
        crates
    }

    fn innermost(&self, folder: &str) -> Option<u32> {
        let below =
            |outer: &str| folder.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let holds = |(_, known): &(usize, &Crate)| known.folder.is_empty() || below(&known.folder);
        let found = self.all.iter().enumerate().filter(holds).max_by_key(|(_, known)| known.folder.len());
        found.map(|(id, _)| id as u32)
    }

    /// The library of a crate, by the name that code in a folder uses.
    pub fn library(&self, folder: u32, name: &str) -> Option<u32> {
        let own = self.around.get(folder as usize).copied().flatten().map(|id| &self.all[id as usize]);
        let real = own.and_then(|own| own.renamed.get(name)).map_or(name, String::as_str);
        self.by_name.get(real).and_then(|id| self.all[*id as usize].library)
    }
}
