//! Which calls, bases and types of a file the data name as making something, or as taking it out.
//!
//! By the names that the file imports, before linking. Knows no library.

use rustc_hash::{FxHashMap, FxHashSet};

use super::seeds::Seeds;
use crate::facts::{
    Call, DEFAULT_EXPORT, FileFacts, FnId, Import, ImportId, Language, LocalKind, TypeRef, Value, VarRef, walk,
};
use crate::frontend::scan::name_hash;

/// What the names of a file stand for, as far as the data know them.
pub(super) struct KnownNames<'s> {
    /// Variables that are of a module.
    bound: FxHashMap<VarRef, ImportId>,
    methods: Vec<&'s FxHashSet<String>>,
}

impl<'s> KnownNames<'s> {
    pub(super) fn of(facts: &'s FileFacts, seeds: &'s Seeds) -> Self {
        Self { bound: bound_modules(facts), methods: known_methods(facts, seeds) }
    }
}

/// The call is one that the data names as making or taking something.
pub(super) fn makes(facts: &FileFacts, known: &KnownNames, call: &Call, seeds: &Seeds) -> bool {
    let KnownNames { bound, methods } = known;
    let is_method = |name: &str| methods.iter().any(|names| names.contains(name));
    let last = call.callee_name(facts).unwrap_or_default();
    let typed = if facts.language == Language::Rust { members(&call.callee) } else { Vec::new() };
    let below = |root: &str| {
        let mut names = typed.iter().copied().chain([last]);
        names.any(|name| seeds.makes_below(facts.language, root, name))
    };
    let from = |import: ImportId, symbol: &str| {
        let import = facts.import(import);
        match facts.language {
            Language::Script => {
                let name = if import.name == "*" { symbol } else { import.name.as_str() };
                let namespace = import.name == DEFAULT_EXPORT || import.name == "*";
                seeds.makes_in_module(&import.module, name)
                    || seeds.symbols.contains(&name_hash(name))
                    || namespace && seeds.makes_in_module(&import.module, symbol)
            }
            language => {
                let root = root_of(import);
                // A module of the project may hand the library itself on: `from .setup import redis`.
                seeds.makes_below(language, root, &import.name) || below(root) || below(&import.name)
            }
        }
    };
    match call.callee.root() {
        Value::Var(var) => match facts.local(*var).kind {
            // What a generator has written into the project has the methods of the library that it is for.
            LocalKind::Import(_) if facts.language == Language::Rust && is_method(last) => true,
            LocalKind::Import(import) => {
                from(import, if call.callee.root() == &call.callee { DEFAULT_EXPORT } else { last })
            }
            _ => {
                bound.get(var).is_some_and(|import| from(*import, if last.is_empty() { DEFAULT_EXPORT } else { last }))
            }
        },
        Value::Module(import) => {
            from(*import, if call.callee == Value::Module(*import) { DEFAULT_EXPORT } else { last })
        }
        Value::Global(root) => below(root),
        _ => is_method(last),
    }
}

/// The names that are taken one of the other, from the last: `open` and `Client` in `redis::Client::open`.
pub(super) fn members(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = value;
    while let Value::Member(of, name) = at {
        found.push(name.as_str());
        at = of;
    }
    found
}

/// A base that the data names as a client: whoever makes an object of the class builds one.
pub(super) fn is_made(facts: &FileFacts, base: &Value, seeds: &Seeds) -> bool {
    let import = match base.root() {
        Value::Var(var) => match facts.local(*var).kind {
            LocalKind::Import(import) => facts.import(import),
            _ => return false,
        },
        Value::Module(import) => facts.import(*import),
        _ => return false,
    };
    let name = match base {
        Value::Member(_, name) => name,
        _ => &import.name,
    };
    match facts.language {
        Language::Script => seeds.makes_in_module(&import.module, name),
        language => seeds.makes_below(language, root_of(import), name),
    }
}

/// `const pg = require("pg")`, `const {Pool} = require("pg")`: the variables of a function that are of a module.
fn bound_modules(facts: &FileFacts) -> FxHashMap<VarRef, ImportId> {
    let mut found = FxHashMap::default();
    for id in facts.function_ids() {
        walk::binds(&facts.function(id).body).for_each(|walk::Bind { target, value, .. }| {
            match (target, value.root()) {
                (Value::Var(var), Value::Module(import)) if var.function == id => {
                    found.insert(*var, *import);
                }
                _ => {}
            }
        });
    }
    found
}

/// The first name of the path that is imported.
fn root_of(import: &Import) -> &str {
    import.module.split(['.', ':']).find(|part| !part.is_empty()).unwrap_or(&import.name)
}

/// The names of methods to which the data gives a meaning in a file that has such a root or module:
/// `engine.connect()`, `redis.duplicate()`.
fn known_methods<'s>(facts: &'s FileFacts, seeds: &'s Seeds) -> Vec<&'s FxHashSet<String>> {
    let names = |import: &'s Import| match facts.language {
        Language::Script => seeds.names_of(&import.module).collect(),
        language => Vec::from_iter(seeds.names_below(language, root_of(import))),
    };
    facts.imports.iter().flat_map(names).collect()
}

/// A type that the data names as one that is built.
pub(crate) fn is_made_type(facts: &FileFacts, ty: &TypeRef, seeds: &Seeds) -> bool {
    let (head, last) = (ty.name.split('.').next().unwrap_or_default(), ty.last_name());
    if facts.language == Language::Script {
        return imported_as(facts, head).is_some_and(|import| {
            let name = if head == last { &import.name } else { last };
            seeds.makes_in_module(&import.module, name)
        });
    }
    let import = facts.imports.iter().find(|import| import.name == head);
    let root = import.map_or(head, |import| root_of(import));
    seeds.makes_below(facts.language, root, last)
}

/// What the file imports under a name.
fn imported_as<'f>(facts: &'f FileFacts, name: &str) -> Option<&'f Import> {
    let mut locals = facts.function(FnId::TOP).locals.iter().filter(|local| local.name == name);
    locals.find_map(|local| match local.kind {
        LocalKind::Import(id) => Some(facts.import(id)),
        _ => None,
    })
}
