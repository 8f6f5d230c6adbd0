//! Lowers calls and their arguments.
//!
//! Knows the calls that are syntax in all but name: `super()`, `getattr()` and imports by a literal.

use super::tree::Syntax;
use super::{Lowering, tree};
use crate::facts::{Arg, Call, CallKind, TypeRef, Value, redact};

const MAX_ANCHOR: usize = 120;

impl<'t> Lowering<'t> {
    pub(super) fn call(&mut self, node: Syntax<'t>) -> Value {
        let Some(function) = tree::field(node, "function") else { return Value::Unknown };
        if function.kind() == "identifier" && self.name(self.text_of(function)) == Value::Global("super".into()) {
            return Value::Super;
        }
        self.apply(CallKind::Call, node, function, tree::field(node, "arguments"))
    }

    pub(super) fn apply(
        &mut self,
        kind: CallKind,
        whole: Syntax<'t>,
        function: Syntax<'t>,
        arguments: Option<Syntax<'t>>,
    ) -> Value {
        let (callee, generics) = self.callee(function);
        let args = arguments.map_or_else(Vec::new, |list| self.arguments(list, function));
        if let Some(module) = args.first().and_then(|arg| arg.value.as_str())
            && let Some(imported) = self.dynamic_import(&callee, module, whole)
        {
            return imported;
        }
        let callee = if self.is_import_module(&callee) { Value::Global("import".into()) } else { callee };
        if let Some(member) = named_member(&callee, &args) {
            return member;
        }
        if let Some(at) = self.typed_argument(&callee)
            && let Some(arg) = args.get(at).filter(|arg| arg.name.is_none() && !arg.spread)
        {
            return arg.value.clone();
        }
        self.b.call(Call {
            kind,
            function: self.b.current(),
            callee,
            args: args.into(),
            generics: generics.into(),
            awaited: false,
            span: tree::span(whole),
            callee_span: tree::span(function),
        })
    }

    fn callee(&mut self, function: Syntax<'t>) -> (Value, Vec<TypeRef>) {
        let inner = tree::peel(function);
        match inner.kind() {
            "lambda" => (self.lambda(inner, None, "", true), Vec::new()),
            "subscript" => self.generic_callee(inner),
            _ => (self.expr(inner), Vec::new()),
        }
    }

    /// `Box[int](x)` names a class with type arguments; `table[key](x)` takes a function out.
    fn generic_callee(&mut self, node: Syntax<'t>) -> (Value, Vec<TypeRef>) {
        let arguments = tree::fields(node, "subscript");
        match tree::field(node, "value") {
            Some(base) if self.names_class(base) && arguments.iter().all(|node| names_type(*node)) => {
                let generics = arguments.into_iter().map(|node| self.type_ref(node)).collect();
                (self.expr(base), generics)
            }
            _ => (self.expr(node), Vec::new()),
        }
    }

    /// In the case of classes, not of constants or functions.
    fn names_class(&self, node: Syntax<'t>) -> bool {
        let name = match node.kind() {
            "identifier" => self.text_of(node),
            "attribute" => tree::field(node, "attribute").map_or("", |name| self.text_of(name)),
            _ => return false,
        };
        name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
    }

    fn arguments(&mut self, list: Syntax<'t>, function: Syntax<'t>) -> Vec<Arg> {
        if list.kind() == "generator_expression" {
            return vec![Arg { name: None, value: self.expr(list), spread: false, span: tree::span(list) }];
        }
        let nodes = tree::named(list);
        let lambdas = nodes.iter().any(|node| holds_lambda(*node));
        let anchor = if lambdas { self.anchor(function, nodes.first().copied()) } else { String::new() };
        nodes.into_iter().map(|node| self.argument(node, &anchor)).collect()
    }

    fn argument(&mut self, node: Syntax<'t>, anchor: &str) -> Arg {
        let span = tree::span(node);
        let spread = matches!(node.kind(), "list_splat" | "dictionary_splat");
        if node.kind() != "keyword_argument" {
            return Arg { name: None, value: self.named_value(node, None, anchor), spread, span };
        }
        let name = tree::field(node, "name").map(|name| self.text_of(name));
        let value = tree::field(node, "value").map(|value| self.named_value(value, name, anchor));
        Arg { name: name.map(str::to_string), value: value.unwrap_or(Value::Unknown), spread, span }
    }

    /// The callee and its first argument if that is a plain string: `bot.on("ready")`.
    fn anchor(&self, function: Syntax<'t>, first: Option<Syntax<'t>>) -> String {
        let mut text = self.dotted(function);
        let literal = first.filter(|node| node.kind() == "string").and_then(|node| self.plain_string(node));
        if let Some(literal) = literal {
            text = format!("{text}({:?})", redact::text(&literal));
        }
        text.chars().take(MAX_ANCHOR).collect()
    }

    /// Names and dots of a callee; calls and subscripts in it without what they are given.
    fn dotted(&self, node: Syntax<'t>) -> String {
        let mut parts: Vec<&str> = Vec::new();
        let mut node = node;
        loop {
            let inner = match node.kind() {
                "attribute" => {
                    parts.extend([tree::field(node, "attribute").map_or("", |name| self.text_of(name)), "."]);
                    tree::field(node, "object")
                }
                "call" => {
                    parts.push("()");
                    tree::field(node, "function")
                }
                "subscript" => {
                    parts.push("[]");
                    tree::field(node, "value")
                }
                "identifier" => {
                    parts.push(self.text_of(node));
                    None
                }
                _ => None,
            };
            match inner {
                Some(inner) if parts.len() < MAX_ANCHOR => node = inner,
                _ => return parts.into_iter().rev().collect(),
            }
        }
    }
}

/// `getattr(x, "name")` and `getattr(x, "name", None)` are `x.name`, there or not.
fn named_member(callee: &Value, args: &[Arg]) -> Option<Value> {
    let asked = matches!(callee, Value::Global(name) if name == "getattr");
    let [base, name, default @ ..] = args else { return None };
    let plain = args.iter().all(|arg| arg.name.is_none() && !arg.spread);
    let absent = default.iter().all(|arg| arg.value.is_null());
    let name = name.value.as_str().filter(|_| asked && plain && absent)?;
    Some(Value::Member(Box::new(base.value.clone()), name.to_string()))
}

fn holds_lambda(argument: Syntax) -> bool {
    let value = if argument.kind() == "keyword_argument" { tree::field(argument, "value") } else { Some(argument) };
    value.is_some_and(|value| tree::peel(value).kind() == "lambda")
}

fn names_type(node: Syntax) -> bool {
    matches!(node.kind(), "identifier" | "attribute" | "subscript" | "none" | "tuple")
}
