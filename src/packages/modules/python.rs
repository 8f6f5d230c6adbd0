//! Which file a Python module path means: in the roots of packages around the importing file.
//!
//! What lies where is gathered once, so that most paths, which lead outside or to what a module holds, are
//! told by their first and last names. Does not read the disk.

use crate::catalog::words::packages::{MODULE_PATH_FOLDERS, PYTHON_ROOTS};
use std::sync::Mutex;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Resolution;
use crate::packages::disk::locked;
use crate::packages::paths::parent;

/// The Python files of a project.
pub(crate) struct Pythons {
    /// By path without ending; a package by its folder.
    files: FxHashMap<String, u32>,
    /// Folders with an `__init__.py`.
    packages: FxHashSet<String>,
    /// All names of folders and files.
    names: FxHashSet<String>,
    /// By the name of a package the one folder that has it, where it is no part of another package; nothing where
    /// several have one of that name.
    homes: FxHashMap<String, Option<String>>,
    /// By folder, for absolute module paths that are no known modules outside, and for those that are.
    memo: [Vec<Memo>; 2],
}

/// By module path.
type Memo = Mutex<FxHashMap<String, Option<u32>>>;

impl Pythons {
    /// `folders` has the index of each path's folder.
    pub fn of(paths: &[String], folders: &[u32]) -> Self {
        let memos = || (0..=folders.iter().copied().max().unwrap_or(0)).map(|_| Memo::default()).collect();
        let (files, packages, names, homes) = Default::default();
        let mut pythons = Self { files, packages, names, homes, memo: [memos(), memos()] };
        // Of several files for one path, a module comes before a package, and both before what describes one.
        for ending in [".pyi", "/__init__.py", ".py"] {
            let ending_so = paths.iter().enumerate().filter_map(|(id, path)| Some((id, path.strip_suffix(ending)?)));
            for (id, path) in ending_so {
                pythons.files.insert(path.to_string(), id as u32);
                pythons.names.extend(path.split('/').map(str::to_string));
                if ending.starts_with('/') {
                    pythons.packages.insert(path.to_string());
                }
            }
        }
        if let Some(id) = paths.iter().position(|path| path == "__init__.py") {
            pythons.files.insert(String::new(), id as u32);
        }
        pythons.homes = pythons.homes();
        pythons
    }

    fn homes(&self) -> FxHashMap<String, Option<String>> {
        let mut homes = FxHashMap::default();
        for path in &self.packages {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let root = folder.rsplit('/').next().unwrap_or_default();
            if !self.packages.contains(folder) || MODULE_PATH_FOLDERS.contains(&root) {
                let home = homes.entry(name.to_string());
                home.and_modify(|home| *home = None).or_insert_with(|| Some(folder.to_string()));
            }
        }
        homes
    }

    /// Wherever the one package of that name lies: who runs the program puts its folder on the path of modules, as a
    /// layer of a function or an environment variable does.
    fn anywhere(&self, inner: &str) -> Option<u32> {
        let name = inner.split('/').next()?;
        self.module(self.homes.get(name)?.as_deref()?, inner)
    }

    /// The module in a folder; both paths with `/`.
    fn module(&self, folder: &str, inner: &str) -> Option<u32> {
        match (folder, inner) {
            (path, "") | ("", path) => self.files.get(path).copied(),
            _ => self.files.get(&format!("{folder}/{inner}")).copied(),
        }
    }

    /// In the folder or one around it, only in those that are packages or only in those that are not;
    /// then below the usual roots. What a package holds has no known module's name outside of it.
    fn above(&self, folder: &str, inner: &str, inside: bool, known: bool) -> Option<u32> {
        let mut folder = folder;
        loop {
            if self.packages.contains(folder) == inside
                && let Some(found) = self.module(folder, inner)
            {
                return Some(found);
            }
            if folder.is_empty() {
                let mut roots = PYTHON_ROOTS.iter().filter(|root| !known || !self.packages.contains(**root));
                return roots.find_map(|root| self.module(root, inner));
            }
            folder = parent(folder);
        }
    }
}

impl Resolution {
    pub(crate) fn python(&self, from: u32, module: &str, known: bool) -> Option<u32> {
        let mut folder = parent(&self.paths[from as usize]);
        let inner = module.trim_start_matches('.');
        let dots = module.len() - inner.len();
        if dots > 0 {
            (1..dots).for_each(|_| folder = parent(folder));
            return self.pythons.module(folder, &inner.replace('.', "/"));
        }
        let ends = [inner.split('.').next(), inner.rsplit('.').next()];
        if ends.into_iter().flatten().any(|name| !self.pythons.names.contains(name)) {
            return None;
        }
        let memo = &self.pythons.memo[usize::from(known)][self.folders[from as usize] as usize];
        let found = locked(memo).get(inner).copied();
        let found = found.unwrap_or_else(|| {
            let found = self.python_absolute(folder, &inner.replace('.', "/"), known);
            locked(memo).insert(inner.to_string(), found);
            found
        });
        found.filter(|file| *file != from)
    }

    /// Python 3 looks in the roots of packages, not beside the importing module; what is run from inside
    /// a package does, so that comes second.
    fn python_absolute(&self, folder: &str, inner: &str, known: bool) -> Option<u32> {
        let outside = self.pythons.above(folder, inner, false, known);
        let beside = || self.pythons.above(folder, inner, true, known);
        let elsewhere = || self.workspace.only(|root| self.pythons.module(root, inner));
        let anywhere = || self.pythons.anywhere(inner);
        outside.or_else(|| if known { None } else { beside().or_else(elsewhere).or_else(anywhere) })
    }
}
