//! What an imported or unresolved name is: a file of the project, something in it, or something outside.
//!
//! The one place where the three languages' ways to name a module meet. Knows no library by name.

use std::borrow::Cow;
use std::sync::Arc;

use super::calls::top;
use super::eval::{External, Ty, external};
use crate::facts::trail::{Step, Trail};
use crate::facts::{
    DEFAULT_EXPORT, Exported, FnId, Import, ImportId, ImportKind, Language, LocalKind, Naming, Value, VarRef,
};
use crate::program::FnRef;
use crate::values::Program;
use crate::values::memo::Question;

impl<'a> Program<'a> {
    pub(crate) fn eval_global(&self, from: FnRef, name: &str) -> Ty<'a> {
        if let Some(ty) = self.glob_name(from.file, name) {
            return ty;
        }
        if self.semantics(from.file).naming == Naming::Paths {
            return self.rust_head(from.file, name);
        }
        if let Some((file, export)) = self.auto_import(from.file, name) {
            return self.module_member(file, export);
        }
        let registered = self.registered_global(from, name).or_else(|| self.known_by_file(from.file, name));
        registered.or_else(|| self.ambient_export(from.file, name)).unwrap_or_else(|| Ty::Global(name.into()))
    }

    /// What a name that nothing declares is of a framework that the package lists.
    fn ambient_export(&self, from: u32, name: &str) -> Option<Ty<'a>> {
        let language = self.language(from);
        self.ambient.iter().find_map(|id| {
            let module = self.catalog.package(*id).modules.first()?;
            if !self.catalog.may_hold(language, module, name) || !self.is_listed_around(from, *id) {
                return None;
            }
            self.known_inside(&External { language, module: module.clone(), path: Vec::new() }, name)
        })
    }

    /// What a file gives that a framework makes known by its name: `sails.helpers.getQueue`.
    pub(crate) fn known_by_file(&self, from: u32, name: &str) -> Option<Ty<'a>> {
        let (file, export) = self.file_named(from, name)?;
        let whole = self.module_member(file, DEFAULT_EXPORT);
        let part = if export.is_empty() { whole } else { self.member(top(file), whole, export) };
        Some(part).filter(Ty::is_known)
    }

    /// A name that a glob import (`from m import *`, `use m::*`) may bring in. Modules that import each
    /// other whole are each looked into once.
    pub(crate) fn glob_name(&self, file: u32, name: &str) -> Option<Ty<'a>> {
        let mut seen = vec![file];
        let mut waiting: Vec<Ty<'a>> = self.globs(file).iter().rev().cloned().collect();
        while let Some(module) = waiting.pop() {
            let found = match &module {
                Ty::Module(other) if seen.contains(other) => continue,
                Ty::Module(other) => {
                    seen.push(*other);
                    waiting.extend(self.globs(*other).iter().rev().cloned());
                    self.own_member(*other, name)
                }
                Ty::External(external) => self.known_inside(external, name).unwrap_or(Ty::Unknown),
                _ => continue,
            };
            if found.is_known() {
                return Some(found);
            }
        }
        None
    }

    /// The modules that a file imports whole, in order.
    fn globs(&self, file: u32) -> Arc<[Ty<'a>]> {
        // What a module's globs are does not depend on what they bring in.
        self.memo.several(Question::Globs(file), || {
            let imports = self.facts(file).imports.iter().enumerate();
            let globs = imports.filter(|(_, import)| import.kind == ImportKind::Glob);
            globs.map(|(id, _)| self.eval_import(file, ImportId(id as u32))).collect()
        })
    }

    /// A name declared in a module, or exported by it, without what its globs bring in.
    fn own_member(&self, file: u32, name: &str) -> Ty<'a> {
        if self.semantics(file).naming == Naming::Exports {
            return self.module_member(file, name);
        }
        match self.index[file as usize].top.get(name) {
            Some(var) => self.eval_var(file, *var),
            None => self.modules.rust_child(file, name).map_or(Ty::Unknown, Ty::Module),
        }
    }

    pub fn eval_import(&self, file: u32, id: ImportId) -> Ty<'a> {
        let import = self.facts(file).import(id);
        match self.semantics(file).naming {
            Naming::Exports => self.script_import(file, id, import),
            Naming::Dotted => self.python_import(file, &import.module, &import.name, import.kind),
            Naming::Paths => self.rust_import(file, &import.module, &import.name),
        }
    }

    /// The file of the project that something is imported from, by what is written.
    pub(crate) fn home_of(&self, file: u32, id: ImportId) -> Option<u32> {
        let import = self.facts(file).import(id);
        match self.semantics(file).naming {
            Naming::Exports => self.modules.imported(file, id),
            Naming::Dotted => self.python_module(file, &import.module),
            Naming::Paths => None,
        }
    }

    /// The variable at the top of another file that an import stands for, by whatever files it comes.
    pub(crate) fn imported_variable(&self, file: u32, import: ImportId) -> Option<(u32, VarRef)> {
        self.imported_variable_at(file, import, &Trail::default())
    }

    fn imported_variable_at(&self, file: u32, import: ImportId, trail: &Trail) -> Option<(u32, VarRef)> {
        let here = trail.step(Step::Import(file, import))?;
        let from = self.modules.imported(file, import)?;
        self.exported_variable(from, &self.facts(file).import(import).name, &here)
    }

    /// The variable that a file exports under the name, its own or that of another file.
    pub(crate) fn exported_variable(&self, from: u32, name: &str, trail: &Trail) -> Option<(u32, VarRef)> {
        let export = self.index[from as usize].exports.get(name)?;
        match &export.what {
            Exported::From(next) => self.imported_variable_at(from, *next, trail),
            Exported::Value(Value::Var(var)) => match self.facts(from).local(*var).kind {
                LocalKind::Import(next) => self.imported_variable_at(from, next, trail),
                LocalKind::Let { .. } if var.function == FnId::TOP => Some((from, *var)),
                _ => None,
            },
            Exported::Value(_) => None,
        }
    }

    fn script_import(&self, file: u32, id: ImportId, import: &Import) -> Ty<'a> {
        let Import { module, name, kind, .. } = import;
        let whole = matches!(kind, ImportKind::Namespace | ImportKind::Dynamic | ImportKind::Glob) || name == "*";
        if let Some(target) = self.modules.imported(file, id).filter(|_| !self.is_made_into_another(module)) {
            return if whole { Ty::Module(target) } else { self.module_member(target, name) };
        }
        let path = if whole { Vec::new() } else { vec![name.clone()] };
        let module = self.modules.generated(file, module, name).unwrap_or(module);
        external(Language::Script, &self.renamed_module(file, module), path)
    }

    /// The module of a package that the manifest lists under another name: `"db": "npm:pg@8"`. One that the data does
    /// not know stands in for the one whose name it has.
    fn renamed_module<'m>(&self, file: u32, module: &'m str) -> Cow<'m, str> {
        let end = module.match_indices('/').map(|(at, _)| at).nth(usize::from(module.starts_with('@')));
        let (package, rest) = module.split_at(end.unwrap_or(module.len()));
        let known = |name: &&str| self.catalog.packages(self.language(file), name).next().is_some();
        match self.manifests.real_name(&self.units[file as usize].path, package).filter(known) {
            Some(name) => Cow::Owned(format!("{name}{rest}")),
            None => Cow::Borrowed(module),
        }
    }

    /// The query of a path asks a bundler for something else than the file exports, which a row knows: `./sum?worker`.
    fn is_made_into_another(&self, module: &str) -> bool {
        module.contains(['?', '!']) && self.catalog.packages(Language::Script, module).next().is_some()
    }

    fn python_import(&self, file: u32, module: &str, name: &str, kind: ImportKind) -> Ty<'a> {
        let whole = matches!(kind, ImportKind::Namespace | ImportKind::Dynamic | ImportKind::Glob);
        let target = self.python_module(file, module);
        if whole {
            return target.map_or_else(|| external(Language::Python, module, Vec::new()), Ty::Module);
        }
        if let Some(target) = target {
            let member = self.module_member(target, name);
            if member.is_known() {
                return member;
            }
        }
        let sub = if module.ends_with('.') { format!("{module}{name}") } else { format!("{module}.{name}") };
        match self.python_module(file, &sub) {
            Some(target) => Ty::Module(target),
            None if target.is_some() => Ty::Unknown,
            None => external(Language::Python, module, vec![name.to_string()]),
        }
    }

    /// A module of a package: `a.b` after `import a.b`.
    pub(crate) fn submodule(&self, package: u32, name: &str) -> Option<Ty<'a>> {
        let path = &self.units[package as usize].path;
        let is_package = path.rsplit('/').next() == Some("__init__.py");
        is_package.then(|| self.python_module(package, &format!(".{name}"))).flatten().map(Ty::Module)
    }

    pub(crate) fn python_module(&self, file: u32, module: &str) -> Option<u32> {
        self.modules.python(file, module, self.is_known_module(module))
    }

    /// Packages of the data have a module of that path. Relative paths are never theirs.
    fn is_known_module(&self, module: &str) -> bool {
        if module.starts_with('.') {
            return false;
        }
        if let Some(known) = self.memo.modules.borrow().get(module) {
            return *known;
        }
        let known = !self.catalog.packages_of_import(Language::Python, module).is_empty();
        self.memo.modules.borrow_mut().insert(module.to_string(), known);
        known
    }

    /// The file of the project that a path of Rust in a file leads to.
    pub(crate) fn rust_home(&self, file: u32, module: &str) -> Option<u32> {
        match self.rust_import(file, module, "*") {
            Ty::Module(home) => Some(home),
            _ => None,
        }
    }

    /// A crate or module of the project that a file passes on whole: `pub use kit;`. Of one that says nothing else the
    /// paths are all that is known.
    pub(crate) fn passed_module(&self, file: u32, name: &str) -> Option<u32> {
        let whole = |import: &&Import| import.name == "*" && import.module.rsplit("::").next() == Some(name);
        let passed = self.facts(file).imports.iter().find(whole)?;
        self.rust_home(file, &passed.module)
    }

    fn rust_import(&self, file: u32, module: &str, name: &str) -> Ty<'a> {
        let mut segments: Vec<&str> = module.split("::").filter(|s| !s.is_empty()).collect();
        if name != "*" {
            segments.push(name);
        }
        let Some((head, rest)) = segments.split_first() else { return Ty::Unknown };
        let mut start = self.rust_path_head(file, head);
        // What a module's globs are may not depend on what they bring in.
        if name != "*" && matches!(start, Ty::External(_)) {
            start = self.glob_module(file, head).unwrap_or(start);
        }
        let Some((last, inner)) = rest.split_last() else { return start };
        let holder = inner.iter().fold(start, |ty, segment| self.path_holder(ty, segment));
        match self.path_member(holder.clone(), last) {
            // The name may be this import's own: `use routes::users` beside `mod routes { pub mod users; }`.
            Ty::Unknown => self.file_module(&holder, last).unwrap_or(Ty::Unknown),
            found => found,
        }
    }

    /// A module of the project that a glob import brings in: `use routes::users` after `use super::prelude::*`.
    fn glob_module(&self, file: u32, name: &str) -> Option<Ty<'a>> {
        self.glob_name(file, name).filter(|found| matches!(found, Ty::Module(_)))
    }

    /// A segment that others follow: a module, whatever else has its name (`pub use self::run::run`).
    fn path_holder(&self, ty: Ty<'a>, name: &str) -> Ty<'a> {
        self.file_module(&ty, name).unwrap_or_else(|| self.path_member(ty, name))
    }

    /// A module in a file of its own, below another.
    fn file_module(&self, ty: &Ty<'a>, name: &str) -> Option<Ty<'a>> {
        let Ty::Module(file) = ty else { return None };
        self.modules.rust_child(*file, name).map(Ty::Module)
    }

    /// The first segment of a `use` path. A function of that name is in another world.
    fn rust_path_head(&self, file: u32, head: &str) -> Ty<'a> {
        match head {
            "crate" | "self" | "super" => self.rust_head(file, head),
            _ => match self.index[file as usize].top.get(head) {
                Some(var) if self.may_hold(file, *var) => self.eval_var(file, *var),
                _ => self.rust_head(file, head),
            },
        }
    }

    fn may_hold(&self, file: u32, var: VarRef) -> bool {
        !matches!(self.facts(file).local(var).kind, LocalKind::Import(_) | LocalKind::Function(_))
    }

    fn rust_head(&self, file: u32, head: &str) -> Ty<'a> {
        match head {
            "crate" => self.modules.crate_root(file).map_or(Ty::Unknown, Ty::Module),
            "self" => Ty::Module(file),
            "super" => self.modules.rust_parent(file).map_or(Ty::Unknown, Ty::Module),
            _ => match self.modules.rust_child(file, head).or_else(|| self.modules.rust_crate(file, head)) {
                Some(target) => Ty::Module(target),
                None if self.is_inline_module(file, head) => Ty::Module(file),
                None => external(Language::Rust, &self.renamed_module(file, head), Vec::new()),
            },
        }
    }

    /// A module that is written out in the file, and holds others.
    fn is_inline_module(&self, file: u32, name: &str) -> bool {
        let var = self.index[file as usize].top.get(name);
        var.is_some_and(|var| self.facts(file).local(*var).kind == LocalKind::Namespace)
    }

    fn path_member(&self, ty: Ty<'a>, name: &str) -> Ty<'a> {
        match ty {
            Ty::Module(file) if name == "super" => self.modules.rust_parent(file).map_or(Ty::Unknown, Ty::Module),
            Ty::Module(file) => self.module_member(file, name),
            other => self.member(FnRef { file: 0, id: FnId::TOP }, other, name),
        }
    }
}
