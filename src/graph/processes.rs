//! What runs together: the files that one process loads.
//!
//! A process is what one entry loads: a file that nothing imports, or all entry files of a framework
//! in one package. Knows no framework and no library by name.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::reach::Reach;
use super::reach::by_package;
use crate::facts::Language;
use crate::source::globs::{Along, Globs};
use crate::values::Program;
use crate::values::calls::top;
use crate::values::sites::is_product;

/// Which processes load a file: found backwards from those that are asked for, which are few.
pub struct Processes {
    /// By file: the processes that start with it.
    starts: Vec<Vec<u32>>,
    known: RefCell<FxHashMap<u32, Arc<[u32]>>>,
}

impl Processes {
    pub fn new(program: &Program, reach: &Reach) -> Self {
        let mut starts = vec![Vec::new(); program.units.len()];
        for (process, files) in roots(program, reach).into_iter().enumerate() {
            files.into_iter().for_each(|file| starts[file as usize].push(process as u32));
        }
        Self { starts, known: RefCell::default() }
    }

    /// Some process loads both files.
    pub fn share(&self, reach: &Reach, one: u32, other: u32) -> bool {
        let other = self.of(reach, other);
        self.of(reach, one).iter().any(|process| other.binary_search(process).is_ok())
    }

    /// The processes that load the file, in order.
    fn of(&self, reach: &Reach, file: u32) -> Arc<[u32]> {
        Arc::clone(self.known.borrow_mut().entry(file).or_insert_with(|| self.search(reach, file)))
    }

    fn search(&self, reach: &Reach, file: u32) -> Arc<[u32]> {
        let mut seen = FxHashSet::from_iter([file]);
        let mut queue = vec![file];
        let mut found = Vec::new();
        while let Some(file) = queue.pop() {
            found.extend_from_slice(&self.starts[file as usize]);
            queue.extend(reach.importers(file).iter().filter(|importer| seen.insert(**importer)));
        }
        found.sort_unstable();
        found.dedup();
        found.into()
    }
}

/// For each process the files that it starts with.
fn roots(program: &Program, reach: &Reach) -> Vec<Vec<u32>> {
    let entries = entry_files(program);
    let mut roots: Vec<Vec<u32>> = Vec::new();
    for (folder, files) in by_package(program) {
        let script: Vec<u32> =
            files.iter().copied().filter(|file| program.language(*file) == Language::Script).collect();
        let entry = |file: &u32| entries.get(file);
        let own: Vec<u32> = script.iter().copied().filter(|file| entry(file).is_some()).collect();
        let (apart, together): (Vec<u32>, Vec<u32>) = own.into_iter().partition(|file| entry(file) == Some(&true));
        let any = !apart.is_empty();
        roots.extend(apart.into_iter().map(|file| vec![file]));
        if !together.is_empty() || any {
            roots.push(together);
        } else if serves(program, &folder) {
            roots.push(script.into_iter().filter(|file| is_product(program, top(*file))).collect());
        }
    }
    roots.extend(alone(program, reach).into_iter().map(|file| vec![file]));
    roots.sort();
    roots.retain(|files| !files.is_empty());
    roots
}

/// Files that nothing imports; where all import each other, the one nearest to the root.
fn alone(program: &Program, reach: &Reach) -> Vec<u32> {
    let product: Vec<u32> = (0..program.units.len() as u32).filter(|file| is_product(program, top(*file))).collect();
    let mut imported = vec![false; program.units.len()];
    product.iter().flat_map(|file| reach.imports(*file)).for_each(|target| imported[*target as usize] = true);
    let mut roots: Vec<u32> = product.iter().copied().filter(|file| !imported[*file as usize]).collect();
    let mut reached = reach.closure(roots.iter().copied());
    let mut left = product;
    left.sort_by_key(|file| (program.units[*file as usize].path.matches('/').count(), *file));
    for file in left {
        if !reached[file as usize] {
            roots.push(file);
            reach.spread(&mut reached, [file]);
        }
    }
    roots
}

/// The package at the folder depends on a framework whose dev server loads its files.
fn serves(program: &Program, folder: &str) -> bool {
    let package =
        program.manifests.packages.iter().find(|package| package.folder == folder && package.ecosystem == "npm");
    let frameworks =
        program.active.iter().map(|id| program.catalog.package(*id)).filter(|file| file.dev_reload.is_some());
    let names: Vec<&String> = frameworks.flat_map(|file| &file.dependencies).collect();
    package.is_some_and(|package| names.iter().any(|name| package.dependencies.contains(*name)))
}

/// Files that a framework loads by their paths, and whether each is a process of its own.
fn entry_files(program: &Program) -> FxHashMap<u32, bool> {
    let together = files_of(program, false);
    let apart = files_of(program, true).into_iter().filter(|file| !together.contains(file)).map(|file| (file, true));
    apart.chain(together.iter().map(|file| (*file, false))).collect()
}

fn files_of(program: &Program, apart: bool) -> FxHashSet<u32> {
    let mut globs: FxHashMap<Language, Vec<&str>> = FxHashMap::default();
    for id in program.active.iter() {
        let file = program.catalog.package(*id);
        let rows = file.files.iter().filter(|row| row.directive.is_empty() || row.directive.starts_with('!'));
        let own = globs.entry(crate::catalog::language(file.ecosystem)).or_default();
        own.extend(rows.filter(|row| row.apart == apart).flat_map(|row| &row.globs).map(String::as_str));
    }
    let sets: FxHashMap<Language, Globs> = globs.into_iter().map(|(l, globs)| (l, Globs::new(globs))).collect();
    let mut along: FxHashMap<Language, Along> = sets.iter().map(|(language, set)| (*language, set.along())).collect();
    let files = 0..program.units.len() as u32;
    let fits = |file: &u32| {
        let unit = &program.units[*file as usize];
        is_product(program, top(*file))
            && along.get_mut(&unit.facts.language).is_some_and(|set| set.fit(program.within_package(*file)))
    };
    files.filter(fits).collect()
}
