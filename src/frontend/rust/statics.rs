//! `static`, `const`, and the macros that declare lazily built statics.
//!
//! All are binds that run where they are declared; a lazy initialiser is a closure handed to the
//! macro. Knows `lazy_static!` and `thread_local!` as syntax.

use proc_macro2::Ident;
use syn::{Attribute, Expr, ItemMacro, Macro, Type};

use super::exprs::name_of;
use super::macro_args::{self, StaticDecl};
use super::{Hint, Lowerer, spans};
use crate::facts::{Arg, CallKind, Field, FnKind, LocalKind, Node, Span, Value, VarRef};

impl Lowerer {
    pub(super) fn static_item(&mut self, attrs: &[Attribute], vars: &[VarRef], value: &Expr, span: Span) {
        self.decorators(attrs);
        let name = vars.first().map(|var| self.b.facts.local(*var).name.clone());
        let value = self.hinted(value, Hint { name, anchor: String::new() });
        if let Some(var) = vars.first() {
            self.bind(Value::Var(*var), value, span);
        }
    }

    /// An associated constant: a static field, bound where its block stands.
    pub(super) fn constant(&mut self, ident: &Ident, ty: &Type, value: Option<&Expr>, end: proc_macro2::Span) -> Field {
        let name = name_of(ident);
        let span = spans::between(ident.span(), end);
        let ty = Some(self.ty(ty));
        let value = value.map(|value| self.hinted(value, Hint { name: Some(name.clone()), anchor: String::new() }));
        if let (Some(value), Some(owner)) = (&value, self.self_values.last().cloned()) {
            self.bind(owner.member(&name), value.clone(), span);
        }
        Field { name, ty, value, is_static: true, decorators: Vec::new(), span }
    }

    /// A macro where an item stands.
    pub(super) fn item_macro(&mut self, item: &ItemMacro, vars: &[VarRef]) {
        if let Some(decls) = macro_args::statics(&item.mac) {
            return self.lazy_statics(&item.mac, &decls, vars);
        }
        if let Some(name) = &item.ident {
            return self.macro_rules(name, &item.mac);
        }
        match macro_args::items(&item.mac) {
            Some(items) => self.items(&items.iter().collect::<Vec<_>>()),
            None => drop(self.macro_call(&item.mac)),
        }
    }

    /// Binds what the macro declares; inside a body the names are not known before.
    pub(super) fn lazy_statics(&mut self, mac: &Macro, decls: &[StaticDecl], vars: &[VarRef]) {
        let callee = mac.path.segments.last().map(|segment| name_of(&segment.ident)).unwrap_or_default();
        for (index, decl) in decls.iter().enumerate() {
            let var = vars.get(index).copied().unwrap_or_else(|| {
                let ty = Some(self.ty(&decl.ty));
                self.b.declare(&name_of(&decl.ident), LocalKind::Static, ty, spans::of(decl.ident.span()))
            });
            self.lazy(decl, var, &callee, spans::path(&mac.path));
        }
    }

    fn lazy(&mut self, decl: &StaticDecl, var: VarRef, callee: &str, callee_span: Span) {
        let name = name_of(&decl.ident);
        let span = spans::expr(&decl.value);
        let (function, outside) = self.open(FnKind::Closure, Some(name), span);
        let value = self.expr(&decl.value);
        self.push(Node::Return { value: Some(value), span });
        self.close(outside);
        self.push(Node::Closure { function, inline: false });
        let args = vec![Arg { name: None, value: Value::Closure(function), spread: false, span }];
        let whole = Span { start: spans::of(decl.ident.span()).start, end: span.end };
        let callee = Value::Global(callee.to_string());
        let value = self.finish_call(CallKind::Call, callee, args, Vec::new(), (whole, callee_span));
        self.bind(Value::Var(var), value, whole);
    }
}
