//! Plugins: modules that a program loads from wherever a computed path leads, for what each exports under one name.
//!
//! `const loaded = await import(path); const plugin = new loaded.pluginClass(); plugin.perform()`, and
//! `getattr(import_module(path), "PluginClass")`. Knows no library by name.

use rustc_hash::FxHashMap;

use super::by_name::is_common;
use super::eval::Ty;
use crate::facts::trail::Trail;
use crate::facts::{Call, DEFAULT_EXPORT, Exported, LocalKind, Value, VarRef};
use crate::packages::kinds::FileClass;
use crate::program::{ClassRef, FnRef};
use crate::values::Program;

impl<'a> Program<'a> {
    /// The call gives a module, and which is decided at run time: paths that are written down are imports.
    pub(crate) fn is_loading(&self, data: &Call) -> bool {
        matches!(&data.callee, Value::Global(name) if matches!(name.as_str(), "import" | "require"))
    }

    /// What a module that may be any has under a name: whatever those modules have that agree on the name, of the
    /// package or, where that has none, of the whole project. A name that only one of them has says nothing, nor does
    /// one that anything may have.
    pub(crate) fn plugins(&self, from: FnRef, name: &str) -> Ty<'a> {
        if is_common(name) || matches!(name, DEFAULT_EXPORT | "prototype") {
            return Ty::Unknown;
        }
        let all = self.exported.get_or_init(|| self.exported_parts()).get(name).into_iter().flatten();
        let language = self.language(from.file);
        let mut found: Vec<&(u32, Ty<'a>)> = all.filter(|(file, _)| self.language(*file) == language).collect();
        found.dedup_by_key(|(file, _)| *file);
        let here = |file: u32| self.package_folder(file) == self.package_folder(from.file);
        if found.iter().any(|(file, _)| here(*file)) {
            found.retain(|(file, _)| here(*file));
        }
        match found.len() {
            2.. => Ty::OneOf(found.into_iter().map(|(_, part)| part.clone()).collect()),
            _ => Ty::Unknown,
        }
    }

    /// The classes and functions that the product's files declare and export, with the file.
    fn exported_parts(&self) -> FxHashMap<&'a str, Vec<(u32, Ty<'a>)>> {
        let mut found: FxHashMap<&str, Vec<(u32, Ty<'a>)>> = FxHashMap::default();
        let files = (0..self.units.len() as u32).filter(|file| self.class_of(*file) != FileClass::Test);
        for (file, export) in files.flat_map(|file| self.facts(file).exports.iter().map(move |export| (file, export))) {
            let Exported::Value(value) = &export.what else { continue };
            if let Some(part) = self.declared_part(file, value, &Trail::default()) {
                found.entry(export.name.as_str()).or_default().push((file, part));
            }
        }
        found
    }

    fn declared_part(&self, file: u32, value: &'a Value, trail: &Trail) -> Option<Ty<'a>> {
        match value {
            Value::Class(id) => Some(Ty::Class(ClassRef { file, id: *id })),
            Value::Closure(id) => Some(Ty::Fn(FnRef { file, id: *id })),
            Value::Var(var) => self.declared_by(file, *var, &trail.step(value)?),
            _ => None,
        }
    }

    fn declared_by(&self, file: u32, var: VarRef, trail: &Trail) -> Option<Ty<'a>> {
        match (self.facts(file).local(var).kind, self.bound(file, var)) {
            (LocalKind::Class(id), _) => Some(Ty::Class(ClassRef { file, id })),
            (LocalKind::Function(id), _) => Some(Ty::Fn(FnRef { file, id })),
            (_, [only]) => self.declared_part(file, only.value, trail),
            _ => None,
        }
    }
}
