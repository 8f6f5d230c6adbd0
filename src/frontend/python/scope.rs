//! Resolves and declares names: functions, the module, class bodies, `global` and `nonlocal`.
//!
//! Knows how Python scopes work; must not know expressions or statements beyond names.

use super::names::{Names, Outer};
use super::tree::Syntax;
use super::{ClassScope, Lowering, tree};
use crate::facts::{ImportKind, LocalKind, Span, Value, VarRef};

impl<'t> Lowering<'t> {
    /// Declares every name that the current function's body binds, and gives their variables.
    pub(super) fn hoist(&mut self, body: Syntax<'t>) -> Vec<VarRef> {
        let names = Names::collect(body, self.text, self.walrus);
        for outer in &names.outer {
            self.alias(outer);
        }
        let mut declared = Vec::with_capacity(names.bound.len());
        for bound in &names.bound {
            let kind = if bound.caught { LocalKind::Caught } else { LocalKind::Let { constant: bound.times == 1 } };
            let ty = bound.ty.map(|ty| self.type_ref(ty));
            declared.push(self.b.declare_in_function(bound.name, kind, ty, tree::span(bound.node)));
        }
        declared
    }

    fn alias(&mut self, outer: &Outer<'t>) {
        let found = if outer.global { self.b.lookup_top(outer.name) } else { self.b.lookup(outer.name) };
        if let Some(var) = found {
            self.rebound(var);
            self.b.alias(outer.name, var);
        }
    }

    /// Declares at the top level what only `global` statements of functions bind, so that
    /// functions before them find it too.
    pub(super) fn hoist_globals(&mut self, root: Syntax<'t>) -> Vec<VarRef> {
        let mut declared = Vec::new();
        if !self.text.contains("global") {
            return declared;
        }
        tree::each(root, |node| {
            if node.kind() == "global_statement" {
                declared.extend(tree::named(node).into_iter().filter_map(|name| self.declare_global(name)));
            }
            true
        });
        declared
    }

    fn declare_global(&mut self, node: Syntax<'t>) -> Option<VarRef> {
        let name = self.text_of(node);
        if self.b.lookup_top(name).is_some() {
            return None;
        }
        Some(self.b.declare_in_function(name, LocalKind::Let { constant: false }, None, tree::span(node)))
    }

    /// The class whose body is being lowered, unless inside a function of it.
    pub(super) fn class_scope(&self) -> Option<&ClassScope<'t>> {
        self.classes.last().filter(|class| class.function == self.b.current())
    }

    fn class_member(&self, name: &str) -> Option<Value> {
        let class = self.class_scope()?;
        if !class.names.contains(name) || self.comprehensions > 0 {
            return None;
        }
        Some(Value::Var(class.var).member(name))
    }

    /// The value of a name.
    pub(super) fn name(&self, name: &str) -> Value {
        if let Some(member) = self.class_member(name) {
            return member;
        }
        match self.b.lookup(name) {
            Some(var) if self.receiver.is_some_and(|receiver| receiver.var == var) => Value::This,
            Some(var) => Value::Var(var),
            None => Value::Global(name.to_string()),
        }
    }

    /// The place that an assignment to a name writes.
    pub(super) fn name_target(&mut self, name: &str, span: Span) -> Value {
        if let Some(member) = self.class_member(name) {
            return member;
        }
        Value::Var(self.variable(name, span))
    }

    fn variable(&mut self, name: &str, span: Span) -> VarRef {
        match self.b.lookup_own(name) {
            Some(var) => var,
            None => self.b.declare_in_function(name, LocalKind::Let { constant: false }, None, span),
        }
    }

    /// Gives a defined or imported name its meaning. The first definition is what the variable
    /// is; later ones (`except ImportError`, `else`) are bound to it. `value` of an import is none.
    pub(super) fn define(&mut self, name: &str, kind: LocalKind, value: Option<Value>, span: Span) -> VarRef {
        if let Some(target) = self.class_member(name) {
            let (var, value) = self.stand_in(name, kind, value, span);
            self.static_field(name, Some(value.clone()), span);
            self.b.bind(target, value, span);
            return var;
        }
        let var = self.variable(name, span);
        if self.is_open(var, kind) {
            self.b.local_mut(var).kind = kind;
            return var;
        }
        let (other, value) = self.stand_in(name, kind, value, span);
        self.b.bind(Value::Var(var), value, span);
        other
    }

    fn stand_in(&mut self, name: &str, kind: LocalKind, value: Option<Value>, span: Span) -> (VarRef, Value) {
        let var = self.b.anonymous(self.b.current(), name, kind, None, span);
        (var, value.unwrap_or(Value::Var(var)))
    }

    /// Nothing but assignments, an import for types, or overload signatures, so far.
    fn is_open(&self, var: VarRef, kind: LocalKind) -> bool {
        match self.b.facts.local(var).kind {
            LocalKind::Let { .. } => true,
            LocalKind::Import(id) => self.b.facts.import(id).type_only,
            LocalKind::Function(id) => {
                let decorators = &self.b.facts.function(id).decorators;
                let mut names = decorators.iter().map(|id| self.b.facts.call(*id).callee_name(&self.b.facts));
                matches!(kind, LocalKind::Function(_)) && names.any(|name| name == Some("overload"))
            }
            _ => false,
        }
    }

    /// The name already stands for the whole module `module`.
    pub(super) fn is_namespace_of(&self, name: &str, module: &str) -> bool {
        let Some(var) = self.b.lookup_own(name) else { return false };
        let LocalKind::Import(id) = self.b.facts.local(var).kind else { return false };
        let import = self.b.facts.import(id);
        import.kind == ImportKind::Namespace && import.module == module
    }
}
