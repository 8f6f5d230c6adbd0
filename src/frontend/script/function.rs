//! Functions of every kind: parameters, bodies, names.
//!
//! Knows how functions are written; who calls them and when is not known here.

use crate::facts::{
    Arg, CallId, CallKind, FnId, FnKind, LocalKind, Node as Op, Param, ParamKind, Pred, Span, Value, VarRef,
};

use super::kind::{Field, Kind};
use super::statement::flattened;
use super::tree::Node;
use super::{Hint, Lower, types};

impl Lower {
    /// `function f() {}`: lowered when its block is entered.
    pub(super) fn function_declaration(&mut self, node: Node) {
        let id = self.open(node, FnKind::Function, node.field(Field::Name).map(Node::text), Span::default());
        if let Some(name) = node.field(Field::Name) {
            self.b.function().name_span = name.span();
            self.local_kind(name, LocalKind::Function(id));
        }
        self.this_scope(Value::This, |lower| lower.parameters_and_body(node, &[]));
        self.b.close_function();
        self.b.push(Op::Closure { function: id, inline: false });
    }

    /// Arrow functions and function expressions.
    pub(super) fn closure(&mut self, node: Node, hint: &Hint) -> Value {
        let own = node.field(Field::Name);
        let name = own.map(|name| name.text().to_string()).or_else(|| hint.text());
        let id = self.open(node, FnKind::Closure, name.as_deref(), Span::default());
        if let Some(named) = own.or(hint.name) {
            self.b.function().name_span = named.span();
        }
        if name.is_none() {
            self.b.function().anchor = hint.anchor.clone();
        }
        if let Some(own) = own {
            self.declare(own, LocalKind::Function(id), None);
        }
        match node.is(Kind::Arrow) {
            true => self.parameters_and_body(node, &[]),
            false => self.this_scope(Value::This, |lower| lower.parameters_and_body(node, &[])),
        }
        self.b.close_function();
        self.b.push(Op::Closure { function: id, inline: hint.inline });
        Value::Closure(id)
    }

    /// A method of an object literal.
    pub(super) fn method_value(&mut self, node: Node, kind: FnKind, key: Node) -> Value {
        let decorators = self.parameter_decorators(node);
        let id = self.open_method(node, kind, key);
        self.this_scope(Value::This, |lower| lower.parameters_and_body(node, &decorators));
        self.b.close_function();
        self.b.push(Op::Closure { function: id, inline: false });
        Value::Closure(id)
    }

    pub(super) fn open_method(&mut self, node: Node, kind: FnKind, key: Node) -> FnId {
        let mut name = super::object::key_text(key);
        if node.has(Kind::Set) {
            name.insert_str(0, "set ");
        }
        self.open(node, kind, Some(&name), key.span())
    }

    fn open(&mut self, node: Node, kind: FnKind, name: Option<&str>, name_span: Span) -> FnId {
        let id = self.b.open_function(kind, name.map(str::to_string), node.span());
        let function = self.b.function();
        function.flags.is_async = node.has(Kind::Async);
        function.flags.is_static = node.has(Kind::Static);
        function.flags.generator =
            node.has(Kind::Star) || matches!(node.kind(), Kind::GeneratorDeclaration | Kind::GeneratorExpression);
        function.returns = node.field(Field::ReturnType).map(types::type_ref);
        if name_span != Span::default() {
            function.name_span = name_span;
        }
        id
    }

    /// Runs `lower` where `this` means something else.
    pub(super) fn this_scope(&mut self, this: Value, lower: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.this, this);
        lower(self);
        self.this = outer;
    }

    fn parameters_and_body(&mut self, node: Node, decorators: &[Vec<CallId>]) {
        self.parameters(node, decorators);
        self.body(node);
    }

    pub(super) fn body(&mut self, node: Node) {
        let Some(body) = node.field(Field::Body) else { return };
        if !body.is(Kind::StatementBlock) {
            let value = self.expr(body);
            return self.returns(Some(value), body.span());
        }
        let items = flattened(body);
        self.directives(&items);
        self.hoist_vars(&[body]);
        self.deeper(|lower| lower.block_items(&items));
    }

    /// Declares all parameters, then takes defaults and patterns apart in order.
    pub(super) fn parameters(&mut self, node: Node, decorators: &[Vec<CallId>]) {
        if let Some(name) = node.field(Field::Parameter) {
            self.parameter(name, name, ParamKind::Normal, Vec::new());
            return;
        }
        let Some(list) = node.field(Field::Parameters) else { return };
        let mut locals = Vec::new();
        for (index, param) in parameter_nodes(list).enumerate() {
            let Some(pattern) = param.field(Field::Pattern) else { continue };
            let (pattern, kind) = match pattern.kind() {
                Kind::RestPattern => (pattern.first().unwrap_or(pattern), ParamKind::Rest),
                Kind::This => (pattern, ParamKind::Receiver),
                _ => (pattern, ParamKind::Normal),
            };
            let local = self.parameter(param, pattern, kind, decorators.get(index).cloned().unwrap_or_default());
            locals.push((param, pattern, local));
        }
        for (param, pattern, local) in locals {
            self.default_and_parts(param, pattern, local);
        }
    }

    fn parameter(&mut self, param: Node, pattern: Node, kind: ParamKind, decorators: Vec<CallId>) -> VarRef {
        let function = self.b.current();
        let ty =
            types::annotation(param).filter(|_| param.is(Kind::RequiredParameter) || param.is(Kind::OptionalParameter));
        let position = self.b.function().params.len();
        let (var, name) = match pattern.kind() {
            Kind::Identifier => {
                let name = pattern.text().to_string();
                (self.b.declare(&name, LocalKind::Param, ty.clone(), pattern.span()), name)
            }
            _ => {
                let name = if pattern.is(Kind::This) { "this".to_string() } else { format!("_{position}") };
                (self.b.anonymous(function, &name, LocalKind::Param, ty.clone(), pattern.span()), name)
            }
        };
        let span = param.span();
        let param = Param { local: var.local, name, kind, ty, by_value: false, default: None, decorators, span };
        self.b.function().params.push(param);
        var
    }

    fn default_and_parts(&mut self, param: Node, pattern: Node, local: VarRef) {
        let whole = Value::Var(local);
        if let Some(default) = param.field(Field::Value) {
            self.parameter_default(default, pattern, local);
        }
        if matches!(pattern.kind(), Kind::ObjectPattern | Kind::ArrayPattern) {
            self.declare_pattern(pattern, LocalKind::Let { constant: false }, None);
            self.bind_pattern(pattern, whole, true, pattern.span());
        }
    }

    fn parameter_default(&mut self, default: Node, pattern: Node, local: VarRef) {
        let whole = Value::Var(local);
        let hint = if pattern.is(Kind::Identifier) { Hint::named(pattern) } else { Hint::default() };
        self.b.open_block();
        let value = self.expr_as(default, &hint);
        if self.b.mark() > 0 {
            self.b.bind(whole.clone(), value.clone(), default.span());
        }
        self.close_arm(Pred::Null(whole), default.span());
        let mut params = self.b.function().params.iter_mut();
        if let Some(param) = params.find(|param| param.local == local.local) {
            param.default = Some(value);
        }
    }

    /// The decorators of each parameter; they run outside of the function.
    pub(super) fn parameter_decorators(&mut self, node: Node) -> Vec<Vec<CallId>> {
        let Some(list) = node.field(Field::Parameters) else { return Vec::new() };
        parameter_nodes(list).map(|param| self.decorators(param.fields(Field::Decorator))).collect()
    }

    pub(super) fn decorators<'t>(&mut self, decorators: impl Iterator<Item = Node<'t>>) -> Vec<CallId> {
        decorators.filter_map(|decorator| self.decorator(decorator)).collect()
    }

    /// `@x(…)` as one call of kind `Decorator`; a bare `@x` has no arguments.
    fn decorator(&mut self, node: Node) -> Option<CallId> {
        let inner = node.first()?.stripped();
        let (callee, args) = match (inner.kind(), inner.field(Field::Function)) {
            (Kind::Call, Some(function)) => (function, inner.field(Field::Arguments)),
            _ => (inner, None),
        };
        let value = self.expr(callee);
        let args: Vec<Arg> = args.map(|args| self.arguments(callee, args, false)).unwrap_or_default();
        match self.push_call(CallKind::Decorator, value, args, (inner.span(), callee.span())) {
            Value::Call(id) => Some(id),
            _ => None,
        }
    }
}

fn parameter_nodes(list: Node) -> impl Iterator<Item = Node> {
    list.items().filter(|item| matches!(item.kind(), Kind::RequiredParameter | Kind::OptionalParameter))
}
