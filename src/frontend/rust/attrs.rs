//! Attributes as decorator calls, and what they say about tests.
//!
//! Arguments are kept as plain values: nothing in an attribute runs. Knows the compiler's own
//! attributes and no library's.

use proc_macro2::TokenStream;
use syn::{Attribute, Expr, Meta};

use super::exprs::{literal, name_of, peel};
use super::types::dotted;
use super::{Lowerer, macro_args, spans};
use crate::facts::{Arg, Call, CallId, CallKind, Node, Value};

/// Attributes that mean nothing beyond the compiler's diagnostics and code generation.
const SILENT: &[&str] = &["doc", "allow", "warn", "deny", "expect", "forbid", "inline", "must_use", "rustfmt"];

/// Keys of attributes under which a field's default stands.
const DEFAULTS: &[&str] = &["default", "default_value", "default_value_t"];

impl Lowerer {
    /// Pushes a decorator call for each attribute, outermost first.
    pub(super) fn decorators(&mut self, attrs: &[Attribute]) -> Vec<CallId> {
        let told = |attr: &&Attribute| !SILENT.iter().any(|name| attr.path().is_ident(name));
        attrs.iter().filter(told).map(|attr| self.decorator(attr)).collect()
    }

    fn decorator(&mut self, attr: &Attribute) -> CallId {
        let callee = self.macro_path(attr.path());
        let args = match &attr.meta {
            Meta::Path(_) => Vec::new(),
            Meta::List(list) => self.attribute_args(&list.tokens),
            Meta::NameValue(pair) => {
                vec![Arg {
                    name: None,
                    value: self.constant_value(&pair.value),
                    spread: false,
                    span: spans::expr(&pair.value),
                }]
            }
        };
        let span = spans::between(attr.pound_token.span, attr.bracket_token.span.close());
        let id = self.b.record_call(Call {
            kind: CallKind::Decorator,
            function: self.b.current(),
            callee,
            args: args.into(),
            generics: Default::default(),
            awaited: false,
            span,
            callee_span: spans::path(attr.path()),
        });
        self.push(Node::Call(id));
        id
    }

    fn attribute_args(&mut self, tokens: &TokenStream) -> Vec<Arg> {
        let args = macro_args::list(tokens).unwrap_or_default();
        args.into_iter().map(|arg| self.attribute_arg(arg)).collect()
    }

    /// `all(a, b = "c")` is a named list.
    fn attribute_arg(&mut self, arg: macro_args::MacroArg) -> Arg {
        let span = arg.span();
        if let (None, Expr::Call(call)) = (&arg.name, peel(&arg.expr))
            && let Expr::Path(path) = &*call.func
        {
            let values = call.args.iter().map(|arg| self.constant_value(arg)).collect();
            return Arg { name: Some(dotted(&path.path)), value: Value::List(values), spread: false, span };
        }
        Arg { value: self.constant_value(&arg.expr), name: arg.name.map(|(name, _)| name), spread: false, span }
    }

    /// What a field holds where nothing is given for it, as an attribute says: `default = 10`,
    /// `default = "Self::size"` for a function's name in a text.
    pub(super) fn default_of(&mut self, attrs: &[Attribute]) -> Option<Value> {
        let lists = attrs.iter().filter_map(|attr| match &attr.meta {
            Meta::List(list) => macro_args::list(&list.tokens),
            _ => None,
        });
        let arg =
            lists.flatten().find(|arg| arg.name.as_ref().is_some_and(|(name, _)| DEFAULTS.contains(&name.as_str())))?;
        let value = self.constant_value(&arg.expr);
        match value.as_str().and_then(|text| syn::parse_str::<syn::Path>(text).ok()) {
            Some(path) => Some(self.macro_path(&path)),
            None => Some(value).filter(|value| !matches!(value, Value::Unknown)),
        }
    }

    /// An expression without effects: literals, paths and lists of them.
    fn constant_value(&mut self, expr: &Expr) -> Value {
        match peel(expr) {
            Expr::Lit(lit) => literal(&lit.lit).map_or(Value::Unknown, Value::Literal),
            Expr::Path(path) if path.qself.is_none() => self.macro_path(&path.path),
            Expr::Array(array) => {
                let literals = array.elems.iter().map(|elem| match peel(elem) {
                    Expr::Lit(lit) => literal(&lit.lit).map_or(Value::Unknown, Value::Literal),
                    _ => Value::Unknown,
                });
                Value::List(literals.collect())
            }
            _ => Value::Unknown,
        }
    }
}

/// The attributes of an expression that stands as a statement.
pub(super) fn of_expr(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Assign(expr) => &expr.attrs,
        Expr::Await(expr) => &expr.attrs,
        Expr::Block(expr) => &expr.attrs,
        Expr::Call(expr) => &expr.attrs,
        Expr::ForLoop(expr) => &expr.attrs,
        Expr::If(expr) => &expr.attrs,
        Expr::Loop(expr) => &expr.attrs,
        Expr::Macro(expr) => &expr.attrs,
        Expr::Match(expr) => &expr.attrs,
        Expr::MethodCall(expr) => &expr.attrs,
        Expr::Return(expr) => &expr.attrs,
        Expr::Try(expr) => &expr.attrs,
        Expr::While(expr) => &expr.attrs,
        _ => &[],
    }
}

/// `#[test]`, `#[x::test]`, `#[bench]`, `#[cfg(test)]`.
pub(super) fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let last = attr.path().segments.last().map(|segment| name_of(&segment.ident));
        match (last.as_deref(), &attr.meta) {
            (Some("cfg"), Meta::List(list)) => cfg_test(&list.tokens),
            (Some(name), _) => matches!(name, "test" | "bench" | "rstest" | "test_case"),
            _ => false,
        }
    })
}

/// A feature that is there for tests: `test_util`, `testing`.
fn is_test_feature(expr: &Expr) -> bool {
    let Expr::Lit(lit) = expr else { return false };
    matches!(&lit.lit, syn::Lit::Str(name) if name.value().split(['_', '-']).any(|word| word.starts_with("test")))
}

/// The predicate holds in test builds only: `test`, `all(test, …)`, `any(test, feature = "testing")`.
fn cfg_test(tokens: &TokenStream) -> bool {
    let args = macro_args::list(tokens).unwrap_or_default();
    args.iter().any(|arg| match &arg.expr {
        expr if arg.name.as_ref().is_some_and(|(name, _)| name == "feature") => is_test_feature(expr),
        _ if arg.name.is_some() => false,
        Expr::Path(path) => path.path.is_ident("test"),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) if path.path.is_ident("all") => call.args.iter().any(is_for_tests),
            Expr::Path(path) if path.path.is_ident("any") => call.args.iter().all(is_for_tests),
            _ => false,
        },
        _ => false,
    })
}

/// `test`, or `feature = "testing"` inside of `any` and `all`.
fn is_for_tests(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.path.is_ident("test"),
        Expr::Assign(pair) => {
            matches!(&*pair.left, Expr::Path(path) if path.path.is_ident("feature")) && is_test_feature(&pair.right)
        }
        _ => false,
    }
}
