//! Functions of all kinds: items, methods, closures, async blocks; their parameters and bodies.
//!
//! Knows no items beside functions and no library.

use syn::{Expr, ExprAsync, ExprClosure, FnArg, Pat, Signature, Stmt};

use super::attrs::{is_test, of_expr};
use super::exprs::name_of;
use super::patterns::{bare_name, peel_pattern};
use super::{Frame, Hint, Lowerer, spans};
use crate::facts::{CallId, FnId, FnKind, LocalKind, Node, Param, ParamKind, Span, TypeRef, Value, VarRef};

/// What surrounds a function while its body is lowered.
pub(super) struct Outside {
    dead: bool,
    in_test: bool,
    frames: Vec<Frame>,
}

impl Lowerer {
    /// Opens a function's body; to be ended by [`Self::close`].
    pub(super) fn open(&mut self, kind: FnKind, name: Option<String>, span: Span) -> (FnId, Outside) {
        let outside = Outside {
            dead: std::mem::replace(&mut self.dead, false),
            in_test: self.in_test,
            frames: std::mem::take(&mut self.frames),
        };
        let id = self.b.open_function(kind, name, span);
        self.b.function().flags.test = self.in_test;
        (id, outside)
    }

    pub(super) fn close(&mut self, outside: Outside) {
        self.b.close_function();
        self.dead = outside.dead;
        self.in_test = outside.in_test;
        self.frames = outside.frames;
    }

    /// Parameters, return type and body of a declared function, which is open.
    pub(super) fn signature(&mut self, sig: &Signature, body: Option<&syn::Block>, decorators: Vec<Vec<CallId>>) {
        self.open_generics(&sig.generics);
        for (input, decorators) in sig.inputs.iter().zip(decorators) {
            match input {
                FnArg::Receiver(receiver) => self.receiver(receiver),
                FnArg::Typed(typed) => {
                    let ty = Some(self.ty(&typed.ty));
                    self.param(&typed.pat, ty, spans::small(typed), decorators);
                    self.note_by_value(&typed.ty);
                }
            }
        }
        let returns = self.returned(&sig.output);
        let unit = returns.is_none();
        let function = self.b.function();
        function.flags.is_async = sig.asyncness.is_some();
        function.flags.is_static = function.class.is_some() && sig.receiver().is_none();
        function.returns = returns;
        if let Some(body) = body {
            self.function_body(body, !unit);
        }
        self.close_generics();
    }

    /// The attributes of each parameter; they stand outside the function.
    pub(super) fn param_decorators(&mut self, sig: &Signature) -> Vec<Vec<CallId>> {
        let attrs = sig.inputs.iter().map(|input| match input {
            FnArg::Receiver(receiver) => &receiver.attrs,
            FnArg::Typed(typed) => &typed.attrs,
        });
        attrs.map(|attrs| self.decorators(attrs)).collect()
    }

    fn receiver(&mut self, receiver: &syn::Receiver) {
        let span = spans::of(receiver.self_token.span);
        let ty = match &receiver.kind {
            syn::ReceiverKind::Typed(_, ty) => Some(self.ty(ty)),
            _ => None,
        };
        let var = self.b.anonymous(self.b.current(), "self", LocalKind::Param, ty.clone(), span);
        self.add_param(var, "self".into(), ParamKind::Receiver, ty, span, Vec::new());
        if let (syn::ReceiverKind::Value, Some(param)) = (&receiver.kind, self.b.function().params.last_mut()) {
            param.by_value = true;
        }
    }

    /// Declares a parameter; the parts of a pattern are bound at the start of the body.
    fn param(&mut self, pat: &Pat, ty: Option<TypeRef>, span: Span, decorators: Vec<CallId>) {
        let index = self.b.function().params.len();
        if let Some(name) = bare_name(pat) {
            let var = self.b.declare(&name, LocalKind::Param, ty.clone(), span);
            return self.add_param(var, name, ParamKind::Normal, ty, span, decorators);
        }
        let name = if matches!(pat, Pat::Wild(_)) { "_".into() } else { format!("_{index}") };
        let var = self.b.anonymous(self.b.current(), &name, LocalKind::Param, ty.clone(), span);
        self.add_param(var, name, ParamKind::Normal, ty, span, decorators);
        self.bind_pattern(pat, Value::Var(var), span.end);
    }

    /// The last parameter takes its argument away from the caller, unless its type is a reference.
    fn note_by_value(&mut self, ty: &syn::Type) {
        if let Some(param) = self.b.function().params.last_mut() {
            param.by_value = !matches!(ty, syn::Type::Reference(_));
        }
    }

    fn add_param(
        &mut self,
        var: VarRef,
        name: String,
        kind: ParamKind,
        ty: Option<TypeRef>,
        span: Span,
        decorators: Vec<CallId>,
    ) {
        let param = Param { local: var.local, name, kind, ty, by_value: false, default: None, decorators, span };
        self.b.function().params.push(param);
    }

    /// Lowers a body's statements; the tail is what it returns.
    fn function_body(&mut self, body: &syn::Block, returns: bool) {
        let value = self.block_value(body);
        if let Some(span) = tail_span(body)
            && returns
        {
            self.push(Node::Return { value: Some(value), span });
        }
    }

    pub(super) fn closure(&mut self, e: &ExprClosure, hint: Hint) -> Value {
        let inline = std::mem::take(&mut self.inline);
        let is_async = e.asyncness.is_some();
        let (function, outside) = self.anonymous_function(FnKind::Closure, hint, spans::closure(e), is_async);
        self.b.function().flags.moves = e.capture.is_some();
        for input in &e.inputs {
            match peel_pattern(input) {
                Pat::Type(typed) => {
                    let ty = Some(self.ty(&typed.ty));
                    self.param(&typed.pat, ty, spans::small(&typed.pat), Vec::new());
                }
                pat => self.param(pat, None, spans::small(pat), Vec::new()),
            }
        }
        self.b.function().returns = self.returned(&e.output);
        match &*e.body {
            Expr::Block(body) if body.label.is_none() => self.function_body(&body.block, true),
            body => {
                let value = self.expr(body);
                self.push(Node::Return { value: Some(value), span: spans::expr(body) });
            }
        }
        self.close(outside);
        self.push(Node::Closure { function, inline });
        Value::Closure(function)
    }

    pub(super) fn async_block(&mut self, e: &ExprAsync, hint: Hint) -> Value {
        let span = spans::between(e.async_token.span, e.block.brace_token.span.close());
        let value = self.block_function(&e.block, hint, span, true);
        if let Value::Closure(function) = value {
            self.b.facts.functions[function.0 as usize].flags.moves = e.capture.is_some();
        }
        value
    }

    /// A block that is a value: it runs when its owner polls it.
    pub(super) fn block_function(&mut self, body: &syn::Block, hint: Hint, span: Span, is_async: bool) -> Value {
        let inline = std::mem::take(&mut self.inline);
        let (function, outside) = self.anonymous_function(FnKind::Block, hint, span, is_async);
        self.function_body(body, true);
        self.close(outside);
        self.push(Node::Closure { function, inline });
        Value::Closure(function)
    }

    fn anonymous_function(&mut self, kind: FnKind, hint: Hint, span: Span, is_async: bool) -> (FnId, Outside) {
        let opened = self.open(kind, hint.name, span);
        let function = self.b.function();
        function.anchor = hint.anchor;
        function.flags.is_async = is_async;
        opened
    }

    /// Lowers the statements of a block into the open one and gives its tail's value.
    pub(super) fn block_value(&mut self, block: &syn::Block) -> Value {
        let items: Vec<&syn::Item> = block.stmts.iter().filter_map(as_item).collect();
        if !items.is_empty() {
            self.items(&items);
        }
        let mut value = Value::Literal(crate::facts::Literal::Null);
        for stmt in &block.stmts {
            if self.dead {
                return Value::Unknown;
            }
            value = self.stmt(stmt);
        }
        value
    }

    fn stmt(&mut self, stmt: &Stmt) -> Value {
        let null = Value::Literal(crate::facts::Literal::Null);
        if is_for_test_builds(stmt) {
            return null;
        }
        match stmt {
            Stmt::Local(local) => self.local(local),
            Stmt::Item(_) => {}
            Stmt::Expr(expr, None) => return self.expr(expr),
            Stmt::Expr(expr, Some(_)) => drop(self.expr(expr)),
            Stmt::Macro(stmt) => {
                let value = self.statement_macro(&stmt.mac);
                return if stmt.semi_token.is_none() { value } else { null };
            }
        }
        null
    }

    fn local(&mut self, local: &syn::Local) {
        let Some(init) = &local.init else { return self.declare_pattern(&local.pat) };
        let hint = Hint { name: bare_name(&local.pat), anchor: String::new() };
        let value = self.hinted(&init.expr, hint);
        let end = spans::of(spans::end(&init.expr)).end;
        if let Some((_, diverge)) = &init.diverge {
            self.diverge(&local.pat, &value, diverge, spans::between(local.let_token.span, spans::end(diverge)));
        }
        self.bind_pattern(&local.pat, value, end);
    }
}

/// A statement that only the test build has: `#[cfg(test)] { … }`.
fn is_for_test_builds(stmt: &Stmt) -> bool {
    is_test(match stmt {
        Stmt::Local(local) => &local.attrs,
        Stmt::Macro(stmt) => &stmt.attrs,
        Stmt::Expr(expr, _) => of_expr(expr),
        Stmt::Item(_) => &[],
    })
}

fn as_item(stmt: &Stmt) -> Option<&syn::Item> {
    match stmt {
        Stmt::Item(item) => Some(item),
        _ => None,
    }
}

/// Where the value of a block stands, if it has one.
fn tail_span(block: &syn::Block) -> Option<Span> {
    match block.stmts.last()? {
        Stmt::Expr(expr, None) => Some(spans::expr(expr)),
        Stmt::Macro(stmt) if stmt.semi_token.is_none() => {
            Some(spans::between(spans::path_start(&stmt.mac.path), stmt.mac.delimiter.span().close()))
        }
        _ => None,
    }
}

/// The name of an item function, with the span of the whole.
pub(super) fn declared(sig: &Signature, vis: &syn::Visibility, end: proc_macro2::Span) -> (String, Span) {
    let keyword = sig.asyncness.as_ref().map_or(sig.fn_token.span, |token| token.span);
    (name_of(&sig.ident), spans::between(spans::visibility(vis, keyword), end))
}
