//! Calls, struct literals, `.await` and `?`.
//!
//! Says which value is called with what. `Some(x)` and `Ok(x)` are `x`; all other constructors are
//! calls like any other. Knows no library.

use syn::punctuated::Punctuated;
use syn::{Expr, ExprCall, ExprMethodCall, ExprStruct, Lit, Token};

use super::exprs::{name_of, peel};
use super::types::dotted;
use super::{Hint, Lowerer, spans};
use crate::facts::{Arg, Block, Call, CallKind, Node, Pred, TypeRef, Value, redact};

type Args = Punctuated<Expr, Token![,]>;

impl Lowerer {
    pub(super) fn call(&mut self, e: &ExprCall, hint: Hint) -> Value {
        if let Some(value) = self.constructor(e) {
            return value;
        }
        let callee = match peel(&e.func) {
            Expr::Closure(closure) => {
                self.inline = true;
                self.closure(closure, Hint::default())
            }
            other => self.expr(other),
        };
        let (name, generics) = match &*e.func {
            Expr::Path(path) => (dotted(&path.path), self.turbofish(&path.path)),
            _ => (String::new(), Vec::new()),
        };
        let passed_on = name == "Box.pin" && (hint.name.is_some() || !hint.anchor.is_empty());
        let hint = if passed_on { hint } else { Hint { name: None, anchor: anchor(&name, &e.args) } };
        let args = self.args(&e.args, &hint);
        let span = spans::between(spans::start(&e.func), e.paren_token.span.close());
        self.finish_call(CallKind::Call, callee, args, generics, (span, spans::expr(&e.func)))
    }

    pub(super) fn finish_call(
        &mut self,
        kind: CallKind,
        callee: Value,
        args: Vec<Arg>,
        generics: Vec<TypeRef>,
        (span, callee_span): (crate::facts::Span, crate::facts::Span),
    ) -> Value {
        let function = self.b.current();
        let (args, generics) = (args.into(), generics.into());
        self.place_call(Call { kind, function, callee, args, generics, awaited: false, span, callee_span })
    }

    /// `Some(x)` and `Ok(x)` are `x`; nothing is known of an error.
    fn constructor(&mut self, e: &ExprCall) -> Option<Value> {
        let (Expr::Path(path), Some(arg), 1) = (&*e.func, e.args.first(), e.args.len()) else { return None };
        match dotted(&path.path).as_str() {
            "Some" | "Ok" | "Option.Some" | "Result.Ok" => Some(self.expr(arg)),
            "Err" | "Result.Err" => {
                self.expr(arg);
                Some(Value::Unknown)
            }
            _ => None,
        }
    }

    pub(super) fn method_call(&mut self, e: &ExprMethodCall) -> Value {
        let receiver = self.expr(&e.receiver);
        let method = name_of(&e.method);
        let anchor = anchor(&method_text(e, &method), &e.args);
        let args = self.args(&e.args, &Hint { name: None, anchor });
        let generics = e.turbofish.iter().flat_map(|turbofish| &turbofish.args);
        let generics = generics.filter_map(|arg| self.generic_argument(arg, 0)).collect();
        let start = spans::start(&e.receiver);
        let place = (spans::between(start, e.paren_token.span.close()), spans::between(start, e.method.span()));
        self.finish_call(CallKind::Call, receiver.member(method), args, generics, place)
    }

    fn args(&mut self, args: &Args, hint: &Hint) -> Vec<Arg> {
        let arg = |arg: &Expr| {
            let hint = Hint { name: hint.name.clone(), anchor: hint.anchor.clone() };
            Arg { name: None, value: self.hinted(arg, hint), spread: false, span: spans::expr(arg) }
        };
        args.iter().map(arg).collect()
    }

    pub(super) fn struct_literal(&mut self, e: &ExprStruct) -> Value {
        let callee = match &e.qself {
            Some(qself) => self.path_value(&e.path, Some(qself)),
            None => self.type_path_value(&e.path),
        };
        let mut args = Vec::with_capacity(e.fields.len());
        for field in &e.fields {
            let name = match &field.member {
                syn::Member::Named(ident) => name_of(ident),
                syn::Member::Unnamed(index) => index.index.to_string(),
            };
            let value = self.hinted(&field.expr, Hint { name: Some(name.clone()), anchor: name.clone() });
            let span = spans::between(spans::member(&field.member), spans::end(&field.expr));
            args.push(Arg { name: Some(name), value, spread: false, span });
        }
        if let Some(rest) = &e.rest {
            let own = default_of(rest, &e.path);
            let value = self.expr(own.as_ref().unwrap_or(rest));
            args.push(Arg { name: None, value, spread: true, span: spans::expr(rest) });
        }
        let callee_span = spans::path(&e.path);
        let end = spans::of(e.brace_token.span.close()).end;
        let span = crate::facts::Span { start: callee_span.start, end };
        let generics = self.turbofish(&e.path);
        self.finish_call(CallKind::Struct, callee, args, generics, (span, callee_span))
    }

    pub(super) fn awaited(&mut self, e: &syn::ExprAwait) -> Value {
        let base = peel(&e.base);
        let value = match base {
            Expr::Async(block) => {
                self.inline = true;
                self.async_block(block, Hint::default())
            }
            other => self.expr(other),
        };
        if matches!(base, Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_)) {
            self.mark_awaited(&value);
        }
        let span = spans::between(spans::start(&e.base), e.await_token.span);
        self.push(Node::Await { value: value.clone(), span });
        value
    }

    pub(super) fn mark_awaited(&mut self, value: &Value) {
        if let Value::Call(id) = value
            && let Some(call) = self.b.facts.calls.get_mut(id.index())
        {
            call.awaited = true;
        }
    }

    /// An early exit; the value is what is inside.
    pub(super) fn question(&mut self, e: &syn::ExprTry) -> Value {
        let value = self.expr(&e.expr);
        let span = spans::between(spans::start(&e.expr), e.question_token.span);
        let pred = Pred::Opaque(vec![value.clone()]);
        let then = [Node::Return { value: None, span }];
        self.push(Node::branch(pred, then.into(), Block::new(), span));
        value
    }
}

/// `Options { retries: 3, ..Default::default() }`: the default is that of the type, written where it stands.
fn default_of(rest: &Expr, ty: &syn::Path) -> Option<Expr> {
    let Expr::Call(call) = peel(rest) else { return None };
    let Expr::Path(callee) = peel(&call.func) else { return None };
    let mut names = callee.path.segments.iter().rev();
    let (function, owner) = (names.next()?, names.next()?);
    if function.ident != "default" || owner.ident != "Default" {
        return None;
    }
    let mut path = ty.clone();
    path.segments.iter_mut().for_each(|segment| segment.ident.set_span(owner.ident.span()));
    path.segments.push(function.clone());
    let mut own = call.clone();
    own.func = Box::new(Expr::Path(syn::ExprPath { path, ..callee.clone() }));
    Some(Expr::Call(own))
}

/// `router.route("/users")`: what tells a function argument from its siblings.
fn anchor(callee: &str, args: &Args) -> String {
    let function = |arg: &Expr| matches!(peel(arg), Expr::Closure(_) | Expr::Async(_) | Expr::Call(_));
    if !args.iter().any(function) {
        return String::new();
    }
    match args.first() {
        Some(Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. })) => {
            format!("{callee}({:?})", redact::text(&text.value()))
        }
        _ => callee.to_string(),
    }
}

/// The method with its receiver, where that is a name.
fn method_text(e: &ExprMethodCall, method: &str) -> String {
    match peel(&e.receiver) {
        Expr::Path(path) => format!("{}.{method}", dotted(&path.path)),
        Expr::Field(syn::ExprField { member: syn::Member::Named(field), .. }) => format!("{field}.{method}"),
        _ => method.to_string(),
    }
}
