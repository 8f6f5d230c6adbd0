//! Which files import a file, and by what module path.

use rustc_hash::FxHashMap;

use crate::facts::{ImportId, Naming};
use crate::values::Program;

/// For each file, by whom and as what it is imported.
pub struct Importers<'a>(FxHashMap<u32, Vec<(u32, &'a str)>>);

impl<'a> Importers<'a> {
    pub fn new(program: &Program<'a>) -> Self {
        let mut found: FxHashMap<u32, Vec<(u32, &str)>> = FxHashMap::default();
        for (file, unit) in program.units.iter().enumerate() {
            let file = file as u32;
            for (id, import) in unit.facts.imports.iter().enumerate() {
                let target = match unit.facts.language.semantics().naming {
                    Naming::Exports => program.modules.imported(file, ImportId(id as u32)),
                    Naming::Dotted if import.module.starts_with('.') => None,
                    Naming::Dotted => program.python_module(file, &import.module),
                    Naming::Paths => None,
                };
                if let Some(target) = target.filter(|target| *target != file) {
                    found.entry(target).or_default().push((file, &import.module));
                }
            }
        }
        Self(found)
    }

    /// The files that import the target, each with the module path that it writes.
    pub fn of(&self, target: u32) -> &[(u32, &'a str)] {
        self.0.get(&target).map_or(&[], Vec::as_slice)
    }
}
