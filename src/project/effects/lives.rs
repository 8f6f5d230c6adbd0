//! Which components live as long as the page.
//!
//! A root is named by the frameworks' rows; what a template places without a condition in such a
//! one lives as long. What cannot be found out is taken to come and go. Knows no framework.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Effects;
use super::owners::home_of;
use crate::facts::{CallKind, FileFacts, FnId, Guard, LocalKind, Value, VarRef};
use crate::project::eval::{Ty, returned};
use crate::project::program::{CallRef, FnRef};
use crate::source::globs::Globs;

pub struct Lives {
    /// Files that hold a root component.
    roots: FxHashSet<u32>,
    /// Components placed in templates: the file of the component, by whom and how.
    mounts: FxHashMap<u32, Vec<(u32, Guard)>>,
}

impl Lives {
    pub fn new(effects: &Effects) -> Self {
        Self { roots: roots(effects), mounts: mounts(effects) }
    }

    pub fn is_page(&self, effects: &Effects, home: FnRef) -> bool {
        self.is_page_at(effects, home, 0)
    }

    /// A hook lives as long as what calls it; `App` is what everybody calls the root.
    fn is_page_at(&self, effects: &Effects, home: FnRef, depth: u32) -> bool {
        if home.id == FnId::TOP || self.is_page_file(effects, home.file) {
            return true;
        }
        let name = effects.program.function(home).name.as_deref().unwrap_or_default();
        if name == "App" {
            return true;
        }
        let callers = effects.calls_of(home);
        let lasting = |call: &CallRef| self.is_page_at(effects, home_of(effects, effects.at(*call)), depth + 1);
        name.starts_with("use") && depth < 4 && !callers.is_empty() && callers.iter().all(lasting)
    }

    pub fn is_page_file(&self, _effects: &Effects, file: u32) -> bool {
        self.lasts(file, 0)
    }

    fn lasts(&self, file: u32, depth: u32) -> bool {
        if self.roots.contains(&file) {
            return true;
        }
        let Some(mounts) = self.mounts.get(&file).filter(|_| depth < 12) else { return false };
        let lasting = |(parent, guard): &(u32, Guard)| match guard {
            Guard::IfShow | Guard::KeepAlive => true,
            Guard::None | Guard::Show => *parent != file && self.lasts(*parent, depth + 1),
            Guard::If | Guard::Each | Guard::Route => false,
        };
        mounts.iter().all(lasting)
    }
}

fn roots(effects: &Effects) -> FxHashSet<u32> {
    let program = effects.program;
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).components);
    let globs = Globs::new(rows.flat_map(|row| &row.roots));
    let is_root = |file: usize| globs.fit(program.within_package(file as u32));
    let units = program.units.iter().enumerate();
    units
        .filter(|(file, unit)| is_root(*file) || renders(&unit.facts) || boots(effects, &unit.facts))
        .map(|(file, _)| file as u32)
        .collect()
}

/// A class of the file is handed to what starts the page: by a call, or in a list of that name.
fn boots(effects: &Effects, facts: &FileFacts) -> bool {
    let names: Vec<&str> = facts.classes.iter().map(|class| class.name.as_str()).collect();
    !names.is_empty() && effects.booted.iter().any(|name| names.contains(&name.as_str()))
}

/// The module itself gives an element to something.
fn renders(facts: &FileFacts) -> bool {
    let element = |value: &Value| matches!(value, Value::Call(id) if facts.call(*id).kind == CallKind::Jsx);
    let own = facts.calls.iter().filter(|call| call.function == FnId::TOP && call.kind == CallKind::Call);
    own.into_iter().any(|call| call.args.iter().any(|arg| arg.name.is_none() && element(&arg.value)))
}

fn mounts(effects: &Effects) -> FxHashMap<u32, Vec<(u32, Guard)>> {
    let stems = stems(effects);
    let mut found: FxHashMap<u32, Vec<(u32, Guard)>> = FxHashMap::default();
    for (parent, unit) in effects.program.units.iter().enumerate() {
        let parent = parent as u32;
        for mount in &unit.facts.mounts {
            let by_name = || match stems.get(&mount.component.to_ascii_lowercase()).map(Vec::as_slice) {
                Some([child]) => Some(*child),
                _ => None,
            };
            if let Some(child) = imported(effects, parent, &mount.component).or_else(by_name) {
                found.entry(child).or_default().push((parent, mount.guard));
            }
        }
        for (child, guard) in super::placed::placed(effects, parent) {
            found.entry(child).or_default().push((parent, guard));
        }
    }
    found
}

/// Components by the name of their file, for tags that no import explains.
fn stems(effects: &Effects) -> FxHashMap<String, Vec<u32>> {
    let mut stems: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    for (file, unit) in effects.program.units.iter().enumerate() {
        if unit.facts.component.is_some() {
            stems.entry(stem(&unit.path)).or_default().push(file as u32);
        }
    }
    stems
}

/// The file behind a name: imported, or imported lazily by a call that it is bound to.
fn imported(effects: &Effects, file: u32, name: &str) -> Option<u32> {
    let facts = effects.program.facts(file);
    let locals = facts.function_ids().flat_map(|id| {
        let locals = facts.function(id).locals.iter().enumerate();
        locals.filter(|(_, local)| local.name == name).map(move |(at, _)| VarRef { function: id, local: at as u32 })
    });
    locals.into_iter().find_map(|var| match facts.local(var).kind {
        LocalKind::Import(id) => file_of(&effects.program.eval_import(file, id)),
        _ => effects.program.bound(file, var).iter().find_map(|bound| lazily(effects, file, bound.value, 0)),
    })
}

fn lazily(effects: &Effects, file: u32, value: &Value, depth: u32) -> Option<u32> {
    if depth > 6 {
        return None;
    }
    match value {
        Value::Module(import) => file_of(&effects.program.eval_import(file, *import)),
        Value::Call(id) => {
            let args = &effects.program.facts(file).call(*id).args;
            args.iter().find_map(|arg| lazily(effects, file, &arg.value, depth + 1))
        }
        Value::Closure(id) => {
            let mut values = Vec::new();
            returned(&effects.program.facts(file).function(*id).body, &mut values);
            values.into_iter().find_map(|value| lazily(effects, file, value, depth + 1))
        }
        _ => None,
    }
}

fn file_of(ty: &Ty) -> Option<u32> {
    match ty {
        Ty::Module(file) => Some(*file),
        Ty::Fn(f) | Ty::Record(f, _) => Some(f.file),
        Ty::Class(class) | Ty::Instance(class) => Some(class.file),
        _ => None,
    }
}

fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name).replace(['-', '_'], "").to_ascii_lowercase()
}
