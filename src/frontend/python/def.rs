//! Lowers functions, methods, lambdas and their parameters.
//!
//! Decorators, defaults and annotations' metadata run in the enclosing function, at `def`. Knows
//! what the language's own decorators make of a function; must not know any library's.

use super::tree::Syntax;
use super::{Lowering, Receiver, tree};
use crate::facts::{CallId, CallKind, FnFlags, FnId, FnKind, LocalKind, Node, Param, ParamKind, Span, TypeRef, Value};

/// The decorators of one definition, outermost first.
#[derive(Default)]
pub(super) struct Decorators<'t> {
    pub(super) calls: Vec<CallId>,
    /// The last name of each.
    names: Vec<&'t str>,
}

/// A parameter whose default is already evaluated, before its function is open.
struct Draft<'t> {
    name: &'t str,
    /// What stands in the parameter's place where Python 2 unpacks a tuple.
    pattern: Option<Syntax<'t>>,
    kind: ParamKind,
    ty: Option<TypeRef>,
    default: Option<Value>,
    decorators: Vec<CallId>,
    span: Span,
}

impl Decorators<'_> {
    fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    fn property(&self) -> bool {
        self.names.iter().any(|name| name.ends_with("property") || *name == "computed_field")
    }
}

impl<'t> Lowering<'t> {
    pub(super) fn decorated(&mut self, node: Syntax<'t>) {
        let mut decorators = Decorators::default();
        for child in tree::named(node).into_iter().filter(|child| child.kind() == "decorator") {
            self.decorator(child, &mut decorators);
        }
        match tree::field(node, "definition") {
            Some(class) if class.kind() == "class_definition" => self.class(class, decorators),
            Some(function) => self.function(function, decorators),
            None => {}
        }
    }

    fn decorator(&mut self, node: Syntax<'t>, decorators: &mut Decorators<'t>) {
        let Some(expression) = tree::first(node).map(tree::peel) else { return };
        let function = tree::field(expression, "function").filter(|_| expression.kind() == "call");
        let callee = function.unwrap_or(expression);
        let arguments = function.and_then(|_| tree::field(expression, "arguments"));
        if let Value::Call(id) = self.apply(CallKind::Decorator, expression, callee, arguments) {
            decorators.calls.push(id);
            decorators.names.push(self.last_name(callee));
        }
    }

    fn last_name(&self, node: Syntax<'t>) -> &'t str {
        let text = self.text_of(node);
        text.rsplit('.').next().unwrap_or(text).trim()
    }

    pub(super) fn function(&mut self, node: Syntax<'t>, decorators: Decorators<'t>) {
        let Some(name_node) = tree::field(node, "name") else { return };
        let name = self.text_of(name_node);
        let flags = self.flags(node, name, &decorators);
        let method = self.class_scope().is_some();
        let kind = kind_of(name, method, &decorators);
        let receives = method && !decorators.has("staticmethod");
        let drafts = tree::field(node, "parameters").map_or_else(Vec::new, |list| self.parameters(list, receives));
        let returns = tree::field(node, "return_type").map(|ty| self.type_ref(ty));
        let id = self.b.open_function(kind, Some(name.to_string()), tree::span(node));
        let function = self.b.function();
        function.flags = flags;
        function.returns = returns;
        function.decorators = decorators.calls;
        function.name_span = tree::span(name_node);
        self.body(node, drafts, method.then_some(kind));
        self.b.close_function();
        self.place(id, name, tree::span(name_node));
    }

    fn flags(&self, node: Syntax<'t>, name: &str, decorators: &Decorators<'t>) -> FnFlags {
        let class = self.class_scope().map(|scope| self.b.facts.class(scope.id).name.as_str());
        let implicit = matches!(name, "__new__" | "__init_subclass__" | "__class_getitem__");
        FnFlags {
            is_async: tree::child_of_kind(node, "async").is_some(),
            is_static: class.is_some() && (implicit || decorators.has("staticmethod") || decorators.has("classmethod")),
            test: name.starts_with("test_")
                || class.is_some_and(|class| class.starts_with("Test"))
                || decorators.has("fixture"),
            ..FnFlags::default()
        }
    }

    /// Fills the open function. `method` is the kind of one.
    fn body(&mut self, node: Syntax<'t>, drafts: Vec<Draft<'t>>, method: Option<FnKind>) {
        let outer = self.receiver;
        let first = drafts.first().map(|draft| draft.kind);
        let vars = self.declare_parameters(&drafts);
        if let Some(kind) = method {
            self.receiver = match first {
                Some(ParamKind::Receiver) => self.receiver_of(vars.first().copied(), kind),
                _ => None,
            };
        }
        if let Some(body) = tree::field(node, "body") {
            self.hoist(body);
            self.unpack_parameters(drafts, &vars);
            self.statements(body);
        }
        self.receiver = outer;
    }

    fn receiver_of(&self, local: Option<u32>, kind: FnKind) -> Option<Receiver> {
        let function = self.b.current();
        let class = self.classes.last()?.id;
        let is_static = self.b.facts.function(function).flags.is_static;
        let var = crate::facts::VarRef { function, local: local? };
        Some(Receiver { var, class, is_static, constructor: kind == FnKind::Constructor })
    }

    /// A closed function takes its place: a method in its class, others as a name and a closure.
    fn place(&mut self, id: FnId, name: &str, span: Span) {
        if let Some(class) = self.adopt_method(id) {
            self.b.facts.functions[id.index()].class = Some(class);
            return;
        }
        self.b.push(Node::Closure { function: id, inline: false });
        self.define(name, LocalKind::Function(id), Some(Value::Closure(id)), span);
    }

    fn parameters(&mut self, list: Syntax<'t>, receives: bool) -> Vec<Draft<'t>> {
        let mut drafts: Vec<Draft<'t>> = Vec::new();
        let mut keyword_only = false;
        for node in tree::named(list) {
            let Some(mut draft) = self.parameter(node) else {
                keyword_only |= node.kind() == "keyword_separator";
                continue;
            };
            match draft.kind {
                ParamKind::Normal if receives && drafts.is_empty() => draft.kind = ParamKind::Receiver,
                ParamKind::Normal if keyword_only => draft.kind = ParamKind::KeywordOnly,
                kind => keyword_only |= kind == ParamKind::Rest,
            }
            drafts.push(draft);
        }
        drafts
    }

    fn parameter(&mut self, node: Syntax<'t>) -> Option<Draft<'t>> {
        let written = match node.kind() {
            "default_parameter" | "typed_default_parameter" => tree::field(node, "name")?,
            "typed_parameter" => tree::first(node)?,
            _ => node,
        };
        let (kind, name) = match written.kind() {
            "identifier" => (ParamKind::Normal, written),
            "list_splat_pattern" => (ParamKind::Rest, tree::first(written)?),
            "dictionary_splat_pattern" => (ParamKind::KeywordRest, tree::first(written)?),
            "tuple_pattern" => (ParamKind::Normal, written),
            _ => return None,
        };
        let name = self.text_of(name);
        let ty = tree::field(node, "type");
        Some(Draft {
            name,
            pattern: (written.kind() == "tuple_pattern").then_some(written),
            kind,
            ty: ty.map(|ty| self.type_ref(ty)),
            decorators: ty.map_or_else(Vec::new, |ty| self.metadata(ty)),
            default: tree::field(node, "value").map(|value| self.named_value(value, Some(name), "")),
            span: tree::span(node),
        })
    }

    fn declare_parameters(&mut self, drafts: &[Draft<'t>]) -> Vec<u32> {
        let mut vars = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let var = self.b.declare(draft.name, LocalKind::Param, draft.ty.clone(), draft.span);
            vars.push(var.local);
            self.b.function().params.push(Param {
                local: var.local,
                name: draft.name.to_string(),
                kind: draft.kind,
                ty: draft.ty.clone(),
                by_value: false,
                default: draft.default.clone(),
                decorators: draft.decorators.clone(),
                span: draft.span,
            });
        }
        vars
    }

    fn unpack_parameters(&mut self, drafts: Vec<Draft<'t>>, vars: &[u32]) {
        let function = self.b.current();
        for (draft, local) in drafts.into_iter().zip(vars) {
            if let Some(pattern) = draft.pattern {
                let var = crate::facts::VarRef { function, local: *local };
                self.bind(pattern, Value::Var(var), draft.span);
            }
        }
    }

    /// A value that may be a lambda, which then takes the name and anchor.
    pub(super) fn named_value(&mut self, node: Syntax<'t>, name: Option<&str>, anchor: &str) -> Value {
        let inner = tree::peel(node);
        if inner.kind() == "lambda" { self.lambda(inner, name, anchor, false) } else { self.expr(node) }
    }

    /// `inline`: called where it stands.
    pub(super) fn lambda(&mut self, node: Syntax<'t>, name: Option<&str>, anchor: &str, inline: bool) -> Value {
        let made = self.nested(|l| Some(l.closure(node, name, anchor)));
        let Some(function) = made else { return Value::Unknown };
        self.b.push(Node::Closure { function, inline });
        Value::Closure(function)
    }

    fn closure(&mut self, node: Syntax<'t>, name: Option<&str>, anchor: &str) -> FnId {
        let drafts = tree::field(node, "parameters").map_or_else(Vec::new, |list| self.parameters(list, false));
        let id = self.b.open_function(FnKind::Closure, name.map(str::to_string), tree::span(node));
        self.b.function().anchor = anchor.to_string();
        let vars = self.declare_parameters(&drafts);
        self.unpack_parameters(drafts, &vars);
        if let Some(body) = tree::field(node, "body") {
            let value = self.expr(body);
            self.b.push(Node::Return { value: Some(value), span: tree::span(body) });
        }
        self.b.close_function();
        id
    }
}

fn kind_of(name: &str, method: bool, decorators: &Decorators) -> FnKind {
    match (method, name) {
        (false, _) => FnKind::Function,
        (true, "__init__") => FnKind::Constructor,
        (true, _) if decorators.property() => FnKind::Getter,
        _ => FnKind::Method,
    }
}
