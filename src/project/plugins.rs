//! Plugins: modules that a program loads from wherever a computed path leads, for what each exports under one name.
//!
//! `const loaded = await import(path); const plugin = new loaded.pluginClass(); plugin.run()`. Knows no library by name.

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::program::{ClassRef, FnRef, Program};
use crate::facts::{Call, CallKind, Exported, FnId, Language, Value};

impl<'a> Program<'a> {
    /// The methods that a call on an object of a plugin's class may run: those of all classes that are exported so.
    pub(super) fn plugin_methods(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>) -> Vec<FnRef> {
        let Value::Member(base, method) = &data.callee else { return Vec::new() };
        if !matches!(callee, Ty::Unknown) || data.kind != CallKind::Call {
            return Vec::new();
        }
        let Some(name) = self.plugin_of(from, base) else { return Vec::new() };
        let classes = self.exported.get_or_init(|| self.exported_classes()).get(name);
        classes.into_iter().flatten().filter_map(|class| self.find_method(*class, method)).collect()
    }

    /// The name under which the class of an object is taken from a module that a computed path names.
    fn plugin_of(&self, from: FnRef, object: &'a Value) -> Option<&'a str> {
        let Value::Call(made) = self.deref(from, object) else { return None };
        let made = self.facts(from.file).call(*made);
        let Value::Member(module, name) = &made.callee else { return None };
        let Value::Call(loading) = self.deref(from, module) else { return None };
        let loads = |callee: &Value| matches!(callee, Value::Global(name) if name == "import" || name == "require");
        let loaded = loads(&self.facts(from.file).call(*loading).callee);
        (made.kind == CallKind::New && loaded && name != "default").then_some(name)
    }

    fn exported_classes(&self) -> FxHashMap<&'a str, Vec<ClassRef>> {
        let mut found: FxHashMap<&str, Vec<ClassRef>> = FxHashMap::default();
        let files = (0..self.units.len() as u32).filter(|file| self.language(*file) == Language::Script);
        for (file, export) in files.flat_map(|file| self.facts(file).exports.iter().map(move |export| (file, export))) {
            let Exported::Value(value) = &export.what else { continue };
            if let Ty::Class(class) = self.eval(FnRef { file, id: FnId::TOP }, value) {
                found.entry(export.name.as_str()).or_default().push(class);
            }
        }
        found
    }
}
