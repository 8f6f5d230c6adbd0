//! The objects that one file has in variables and fields, with the imported classes of which they are.
//!
//! Looks at one file, before linking. Knows no library.

use rustc_hash::FxHashMap;

use super::carrier::Keeper;
use super::carriers::keeper;
use crate::facts::trail::Trail;
use crate::facts::walk::binds;
use crate::facts::{CallId, FileFacts, FnId, ImportId, LocalKind, TypeRef, Value, VarRef};

/// The objects of a file, by the variables and fields that hold them.
pub(super) struct Objects<'f> {
    facts: &'f FileFacts,
    /// What variables are bound to first.
    bound: FxHashMap<VarRef, &'f Value>,
    /// The calls that make them.
    vars: FxHashMap<VarRef, CallId>,
    fields: FxHashMap<&'f str, CallId>,
    /// The types that are written for fields.
    types: FxHashMap<&'f str, &'f TypeRef>,
    imports: FxHashMap<&'f str, ImportId>,
    /// The methods of the file's classes by name, and the imported bases of these.
    methods: FxHashMap<&'f str, Vec<FnId>>,
    bases: Vec<Keeper>,
}

impl<'f> Objects<'f> {
    pub fn of(facts: &'f FileFacts) -> Self {
        let (mut bound, mut vars, mut fields) = <(FxHashMap<_, _>, FxHashMap<_, _>, FxHashMap<_, _>)>::default();
        for bind in facts.functions.iter().flat_map(|function| binds(&function.body)) {
            if let Value::Var(var) = bind.target {
                bound.entry(*var).or_insert(bind.value);
            }
            let Value::Call(id) = bind.value else { continue };
            match bind.target {
                Value::Var(var) => _ = vars.entry(*var).or_insert(*id),
                Value::Member(of, name) if **of == Value::This => _ = fields.entry(name.as_str()).or_insert(*id),
                _ => {}
            }
        }
        let written = facts.classes.iter().flat_map(|class| &class.fields);
        let types = written.filter_map(|field| Some((field.name.as_str(), field.ty.as_ref()?))).collect();
        let imported = facts.function(FnId::TOP).locals.iter().filter_map(|local| match local.kind {
            LocalKind::Import(id) => Some((local.name.as_str(), id)),
            _ => None,
        });
        let mut methods: FxHashMap<&str, Vec<FnId>> = FxHashMap::default();
        for id in facts.classes.iter().flat_map(|class| &class.methods) {
            let name = facts.function(*id).name.as_deref();
            name.into_iter().for_each(|name| methods.entry(name).or_default().push(*id));
        }
        let bases = facts.classes.iter().flat_map(|class| &class.bases).filter_map(|base| keeper(facts, base));
        Objects { facts, bound, vars, fields, types, imports: imported.collect(), methods, bases: bases.collect() }
    }

    /// A method of an object whose class is imported: `recorder.save(connection)`, `self.recorder.save(connection)`.
    pub fn method(&self, callee: &Value) -> Option<Keeper> {
        let Value::Member(object, name) = callee else { return None };
        let (made, written) = match &**object {
            Value::Var(var) => (self.vars.get(var), self.facts.local(*var).ty.as_ref()),
            Value::Member(of, field) if **of == Value::This => {
                (self.fields.get(field.as_str()), self.types.get(field.as_str()).copied())
            }
            _ => return None,
        };
        let made = made.and_then(|id| keeper(self.facts, &self.facts.call(*id).callee));
        let class = made.or_else(|| self.imported(written?))?;
        Some(Keeper { member: Some(name.clone()), ..class })
    }

    /// The methods of the file's classes that have the name.
    pub fn methods(&self, name: &str) -> &[FnId] {
        self.methods.get(name).map_or(&[], Vec::as_slice)
    }

    /// A method that no class of the file has: that of an imported base.
    pub fn inherited(&self, callee: &Value) -> Vec<Keeper> {
        let Value::Member(_, name) = callee else { return Vec::new() };
        let bases = self.bases.iter().filter(|_| self.methods(name).is_empty());
        bases.map(|base| Keeper { member: Some(name.clone()), ..base.clone() }).collect()
    }

    /// The import behind a chain of members and calls: that of what it begins with, or of the class of that.
    /// `this.orders.list().pipe(last()).subscribe`
    pub fn behind(&self, chain: &Value) -> Option<Keeper> {
        self.behind_within(chain, &Trail::default())
    }

    fn behind_within(&self, chain: &Value, trail: &Trail) -> Option<Keeper> {
        if let Some(found) = keeper(self.facts, chain).or_else(|| self.method(chain)) {
            return Some(found);
        }
        match chain {
            Value::Member(of, _) | Value::Index(of, _) => self.behind_within(of, trail),
            Value::Call(id) => self.behind_within(&self.facts.call(*id).callee, trail),
            Value::Var(var) => self.behind_within(self.bound.get(var)?, &trail.step(chain)?),
            _ => None,
        }
    }

    /// The import that a written type names.
    fn imported(&self, written: &TypeRef) -> Option<Keeper> {
        let import = self.facts.import(*self.imports.get(written.name.as_str())?);
        Some(Keeper { module: import.module.clone(), name: import.name.clone(), member: None })
    }
}
