//! What one process loads: the files that an entry file imports, at any depth.
//!
//! Follows imports of all three languages. Type-only imports load nothing; a worker's file is
//! another process. Knows no framework by name.

use rustc_hash::FxHashMap;

use crate::facts::{Import, ImportId, ImportKind, Naming};
use crate::values::Program;

pub struct Reach {
    imports: Vec<Vec<u32>>,
    importers: Vec<Vec<u32>>,
}

impl Reach {
    pub fn new(program: &Program) -> Self {
        let files = 0..program.units.len() as u32;
        let imports: Vec<Vec<u32>> = files.map(|file| imported(program, file)).collect();
        let mut importers = vec![Vec::new(); imports.len()];
        for (file, imports) in imports.iter().enumerate() {
            imports.iter().for_each(|target| importers[*target as usize].push(file as u32));
        }
        Reach { imports, importers }
    }

    /// The files that import it.
    pub fn importers(&self, file: u32) -> &[u32] {
        &self.importers[file as usize]
    }

    /// The files that load it, by whatever files between.
    pub fn users(&self, file: u32) -> Vec<u32> {
        let mut seen = vec![false; self.importers.len()];
        let mut queue = vec![file];
        let mut found = Vec::new();
        while let Some(at) = queue.pop() {
            for user in &self.importers[at as usize] {
                if !std::mem::replace(&mut seen[*user as usize], true) {
                    found.push(*user);
                    queue.push(*user);
                }
            }
        }
        found
    }

    pub fn imports(&self, file: u32) -> &[u32] {
        &self.imports[file as usize]
    }

    /// Whether loading one file loads the other.
    pub fn loads(&self, from: u32, file: u32) -> bool {
        self.closure([from])[file as usize]
    }

    /// The files that loading these loads, themselves included.
    pub fn closure(&self, roots: impl IntoIterator<Item = u32>) -> Vec<bool> {
        let mut seen = vec![false; self.imports.len()];
        self.spread(&mut seen, roots);
        seen
    }

    /// Adds the files that loading these loads to those that are seen already, with all that they load.
    pub fn spread(&self, seen: &mut [bool], roots: impl IntoIterator<Item = u32>) {
        let mut queue: Vec<u32> = roots.into_iter().collect();
        while let Some(file) = queue.pop() {
            if std::mem::replace(&mut seen[file as usize], true) {
                continue;
            }
            queue.extend(self.imports[file as usize].iter().filter(|next| !seen[**next as usize]));
        }
    }
}

fn imported(program: &Program, file: u32) -> Vec<u32> {
    let facts = program.facts(file);
    let loads = |import: &&Import| !import.type_only && import.kind != ImportKind::Reference;
    let loaded = facts.imports.iter().filter(loads);
    let scripts = || facts.imports.iter().enumerate().filter(|(_, import)| loads(import));
    let mut found: Vec<u32> = match facts.language.semantics().naming {
        Naming::Exports => {
            scripts().filter_map(|(id, _)| program.modules.imported(file, ImportId(id as u32))).collect()
        }
        Naming::Dotted => python(program, file, loaded.collect()),
        Naming::Paths => rust(program, file),
    };
    found.sort_unstable();
    found.dedup();
    found.retain(|target| *target != file);
    found
}

/// The modules, the packages around them, and the names where those are modules too.
fn python(program: &Program, file: u32, imports: Vec<&Import>) -> Vec<u32> {
    let mut modules: Vec<&str> = imports.iter().map(|import| import.module.as_str()).collect();
    modules.dedup();
    let mut found: Vec<u32> = Vec::new();
    for mut module in modules {
        loop {
            found.extend(program.python_module(file, module));
            match module.rsplit_once('.') {
                Some((outer, _)) if !outer.trim_start_matches('.').is_empty() => module = outer,
                _ => break,
            }
        }
    }
    for import in imports.into_iter().filter(|import| import.kind == ImportKind::Named) {
        let dot = if import.module.ends_with('.') { "" } else { "." };
        found.extend(program.python_module(file, &format!("{}{dot}{}", import.module, import.name)));
    }
    found
}

fn rust(program: &Program, file: u32) -> Vec<u32> {
    let facts = program.facts(file);
    let children = facts.submodules.iter().filter_map(|declared| program.modules.rust_child(file, &declared.name));
    let heads = facts.imports.iter().filter_map(|import| import.module.split("::").next());
    let crates = heads.filter_map(|head| program.modules.rust_crate(file, head));
    children.chain(crates).collect()
}

/// For each package's folder, the files in it.
pub fn by_package(program: &Program) -> FxHashMap<String, Vec<u32>> {
    let mut found: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    for file in 0..program.units.len() as u32 {
        let folder = program.package_of(file).map_or(String::new(), |package| package.folder.clone());
        found.entry(folder).or_default().push(file);
    }
    found
}
