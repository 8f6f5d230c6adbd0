//! Functions of other files that are given what a file opens: what becomes of it is written there.
//!
//! Looks at names and at variables of one file at a time, before linking. Knows no library.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use super::carrier::Keeper;
use super::carriers::keeper;
use super::objects::Objects;
use crate::facts::walk::{Bind, binds};
use crate::facts::{
    Block, CallId, DEFAULT_EXPORT, Exported, FileFacts, FnId, LocalKind, Node, Value, VarRef, returned,
};

/// What a file does with what it opens or is given.
#[derive(Debug, Default)]
pub struct Handed {
    /// The imported functions and classes that are given it.
    pub to: FxHashSet<Keeper>,
    /// The names of the functions that return it.
    pub returns: FxHashSet<String>,
}

/// What stands for something opened in a file.
struct Tracked<'f, 'o> {
    facts: &'f FileFacts,
    opens: &'o dyn Fn(CallId) -> bool,
    /// Which functions and types of other files give such a thing, by their names.
    gives: &'o dyn Fn(&str) -> bool,
    /// Names for types that a framework gives: of this file, or imported.
    types: FxHashSet<&'f str>,
    vars: FxHashSet<VarRef>,
    /// The functions of the file that are given something opened.
    given: FxHashSet<FnId>,
    objects: OnceCell<Objects<'f>>,
}

/// `opens` tells which calls give something that somebody has to end, `gives` which functions of other files do, and `given`
/// which functions are handed such a thing.
pub fn handed(
    facts: &FileFacts,
    opens: &dyn Fn(CallId) -> bool,
    gives: &dyn Fn(&str) -> bool,
    given: &dyn Fn(&str) -> bool,
) -> Handed {
    let named = |id: &FnId| facts.function(*id).name.as_deref().is_some_and(given);
    let in_class = |id: &FnId| facts.function(*id).class.is_some_and(|class| given(&facts.class(class).name));
    let whole = given(DEFAULT_EXPORT) || given("*");
    let given: FxHashSet<FnId> =
        facts.function_ids().filter(|id| *id != FnId::TOP && (whole || named(id) || in_class(id))).collect();
    let imports = || facts.imports.iter().any(|import| gives(&import.name));
    if given.is_empty() && !imports() && !(0..facts.calls.len() as u32).any(|id| opens(CallId(id))) {
        return Handed::default();
    }
    let (types, vars, objects) = Default::default();
    let mut tracked = Tracked { facts, opens, gives, types, vars, given, objects };
    tracked.given.extend(lent(facts, opens));
    tracked.types = tracked.own_types().chain(tracked.imported_types()).collect();
    while tracked.grow() {}
    let calls = facts.calls.iter().filter(|call| call.args.iter().any(|arg| tracked.is(&arg.value)));
    let to = calls.flat_map(|call| match keeper(facts, &call.callee).or_else(|| tracked.method(&call.callee)) {
        Some(keeper) => vec![keeper],
        None => tracked.objects().inherited(&call.callee),
    });
    Handed { to: to.collect(), returns: tracked.returns() }
}

/// The callbacks of what opens: it is given to them, or why there is none.
fn lent<'f>(facts: &'f FileFacts, opens: &'f dyn Fn(CallId) -> bool) -> impl Iterator<Item = FnId> + 'f {
    let opening = facts.calls.iter().enumerate().filter(|(id, _)| opens(CallId(*id as u32)));
    opening.flat_map(|(_, call)| &call.args).filter_map(|arg| match arg.value {
        Value::Closure(id) => Some(id),
        _ => None,
    })
}

impl<'f> Tracked<'f, '_> {
    fn is(&self, value: &Value) -> bool {
        value.holds(&|part| match part {
            Value::Var(var) => self.vars.contains(var) || self.is_param(*var),
            Value::Call(id) => (self.opens)(*id) || self.asks(*id),
            _ => false,
        })
    }

    /// The call names a function that gives it: `Depends(get_session)`.
    fn asks(&self, call: CallId) -> bool {
        self.facts.call(call).args.iter().any(|arg| match &arg.value {
            Value::Var(var) => match self.facts.local(*var).kind {
                LocalKind::Import(id) => (self.gives)(&self.facts.import(id).name),
                LocalKind::Function(id) => self.facts.function(id).name.as_deref().is_some_and(self.gives),
                _ => false,
            },
            _ => false,
        })
    }

    fn is_param(&self, var: VarRef) -> bool {
        self.facts.local(var).kind == LocalKind::Param && (self.given.contains(&var.function) || self.is_lent(var))
    }

    /// A framework gives it: `db: Session = Depends(get_session)`, `db: SessionDep`.
    fn is_lent(&self, var: VarRef) -> bool {
        let opened = |value: &Value| matches!(value, Value::Call(id) if self.asks(*id));
        let mut params = self.facts.function(var.function).params.iter().filter(|param| param.local == var.local);
        params.any(|param| {
            param.default.as_ref().is_some_and(opened)
                || param.decorators.iter().any(|id| self.asks(*id))
                || param.ty.as_ref().is_some_and(|ty| self.types.contains(ty.name.as_str()))
        })
    }

    fn method(&self, callee: &Value) -> Option<Keeper> {
        self.objects().method(callee)
    }

    fn objects(&self) -> &Objects<'f> {
        self.objects.get_or_init(|| Objects::of(self.facts))
    }

    /// Variables that are bound to it, and functions of the file that are called with it; whether any is new.
    fn grow(&mut self) -> bool {
        let before = (self.vars.len(), self.given.len());
        let mut vars = Vec::new();
        for id in self.facts.function_ids() {
            let body = &self.facts.function(id).body;
            let mut bound = |target: &Value, value: &Value| match target {
                Value::Var(var) if self.is(value) => vars.push(*var),
                _ => {}
            };
            binds(body).for_each(|Bind { target, value, .. }| bound(target, value));
            entered(body, &mut bound);
        }
        let called = self.facts.calls.iter().filter(|call| call.args.iter().any(|arg| self.is(&arg.value)));
        let own = called.flat_map(|call| match &call.callee {
            Value::Var(var) => match self.facts.local(*var).kind {
                LocalKind::Function(id) => vec![id],
                _ => Vec::new(),
            },
            Value::Member(_, name) => self.objects().methods(name).to_vec(),
            _ => Vec::new(),
        });
        let own: Vec<FnId> = own.collect();
        self.given.extend(own);
        self.vars.extend(vars);
        before != (self.vars.len(), self.given.len())
    }

    fn returns(&self) -> FxHashSet<String> {
        let gives = |id: &FnId| {
            let mut values = Vec::new();
            returned(&self.facts.function(*id).body, &mut values);
            values.into_iter().any(|value| self.is(value))
        };
        let names = |id: FnId| {
            let exports = self.facts.exports.iter().filter(move |export| match &export.what {
                Exported::Value(Value::Closure(own)) => *own == id,
                Exported::Value(Value::Var(var)) => self.facts.local(*var).kind == LocalKind::Function(id),
                _ => false,
            });
            self.facts.function(id).name.iter().chain(exports.map(|export| &export.name))
        };
        let giving = self.facts.function_ids().filter(|id| *id != FnId::TOP).filter(gives);
        giving.flat_map(names).cloned().chain(self.own_types().map(str::to_string)).collect()
    }

    /// `SessionDep = Annotated[Session, Depends(get_session)]`
    fn own_types(&self) -> impl Iterator<Item = &'f str> {
        let facts = self.facts;
        let asking = |value: &Value| value.holds(&|part| matches!(part, Value::Call(id) if self.asks(*id)));
        binds(&facts.function(FnId::TOP).body).filter_map(move |Bind { target, value, .. }| match (target, value) {
            (Value::Var(var), Value::Index(_, told)) if asking(told) => Some(facts.local(*var).name.as_str()),
            _ => None,
        })
    }

    fn imported_types(&self) -> impl Iterator<Item = &'f str> {
        let facts = self.facts;
        facts.function(FnId::TOP).locals.iter().filter_map(move |local| match local.kind {
            LocalKind::Import(id) if (self.gives)(&facts.import(id).name) => Some(local.name.as_str()),
            _ => None,
        })
    }
}

/// What a `with` binds.
fn entered<'f>(block: &'f Block, visit: &mut dyn FnMut(&'f Value, &'f Value)) {
    for node in block {
        if let Node::Scope { resource, bound: Some(target), .. } = node {
            visit(target, resource);
        }
        node.blocks().for_each(|inner| entered(inner, visit));
    }
}
