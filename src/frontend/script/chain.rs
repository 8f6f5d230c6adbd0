//! Calls, member access and optional chaining; `require`, `import()` and other module strings.
//!
//! A chain is lowered from its innermost object outwards. Each `?.` opens a block that holds the
//! effects of all that follows in the chain; they become branches when the chain ends.

use crate::facts::{Arg, Block, Call, CallKind, ImportKind, Literal, LocalKind, Node as Op, Pred, Span, Value};

use super::kind::{Field, Kind};
use super::logic::choice;
use super::tree::Node;
use super::{Hint, Lower, text, types};
use crate::frontend::own_folder;

/// What loads a module: a page of a desktop program has it as its own.
const REQUIRING: [&str; 2] = ["require", "window.require"];

impl Lower {
    pub(super) fn chain(&mut self, node: Node) -> Value {
        let outer = self.gates.len();
        let value = self.link(node);
        let mut guarded = false;
        while self.gates.len() > outer {
            let Some(on) = self.gates.pop() else { break };
            let then = self.b.close_block();
            if !then.is_empty() {
                guarded = true;
                let pred = Pred::Null(on).negate();
                self.b.push(Op::branch(pred, then, Block::new(), node.span()));
            }
        }
        if guarded { choice(vec![value, Value::Literal(Literal::Null)]) } else { value }
    }

    fn link(&mut self, node: Node) -> Value {
        self.deeper(|lower| lower.link_kind(node)).unwrap_or(Value::Unknown)
    }

    fn link_kind(&mut self, node: Node) -> Value {
        match node.kind() {
            Kind::Member => self.member(node),
            Kind::Subscript => self.subscript(node),
            Kind::Call => self.call(node),
            Kind::NonNull => node.first().map_or(Value::Unknown, |inner| self.link(inner)),
            _ => self.expr(node),
        }
    }

    /// The value that a chain goes on from; what follows runs only if it is there.
    fn gate(&mut self, node: Node, value: &Value) {
        if node.has(Kind::OptionalChain) || node.has(Kind::QuestionDot) {
            self.gates.push(value.clone());
            self.b.open_block();
        }
    }

    fn object_of(&mut self, node: Node) -> Value {
        let base = node.field(Field::Object).map_or(Value::Unknown, |object| self.link(object));
        self.gate(node, &base);
        base
    }

    fn member(&mut self, node: Node) -> Value {
        let base = self.object_of(node);
        base.member(node.field(Field::Property).map(Node::text).unwrap_or_default())
    }

    fn subscript(&mut self, node: Node) -> Value {
        let base = self.object_of(node);
        match node.field(Field::Index).map(|index| self.expr(index)) {
            Some(Value::Literal(Literal::Str(name))) => base.member(name),
            Some(key) => Value::Index(Box::new(base), Box::new(key)),
            None => Value::Unknown,
        }
    }

    fn call(&mut self, node: Node) -> Value {
        let (Some(function), Some(arguments)) = (node.field(Field::Function), node.field(Field::Arguments)) else {
            return Value::Unknown;
        };
        if let Some(module) = self.module_call(node, function, arguments) {
            return module;
        }
        let callee = self.callee(function);
        self.gate(node, &callee);
        let args = self.call_arguments(function, arguments);
        self.reference(&callee, &args, node.span());
        let generics = types::arguments(node);
        let function_id = self.b.current();
        let (span, callee_span) = (node.span(), function.span());
        let kind = CallKind::Call;
        let (args, generics) = (args.into(), generics.into());
        self.b.call(Call { kind, function: function_id, callee, args, generics, awaited: false, span, callee_span })
    }

    /// The callee; a function expression called on the spot runs here and once.
    fn callee(&mut self, function: Node) -> Value {
        let inner = function.stripped();
        if inner.kind().is_function() {
            return self.closure(inner, &Hint::inline());
        }
        let (object, property) = (inner.field(Field::Object).map(Node::stripped), inner.field(Field::Property));
        match (object, property.map(Node::text)) {
            (Some(object), Some(name @ ("call" | "apply"))) if object.kind().is_function() => {
                self.closure(object, &Hint::inline()).member(name)
            }
            _ => self.link(function),
        }
    }

    fn call_arguments(&mut self, callee: Node, arguments: Node) -> Vec<Arg> {
        if arguments.is(Kind::TemplateString) {
            let value = self.template(arguments);
            self.handlers_in_markup(&value, arguments.span());
            return vec![Arg { name: None, value, spread: false, span: arguments.span() }];
        }
        self.arguments(callee, arguments, false)
    }

    /// Arguments in order. `executor`: the first one is a function that runs at once.
    pub(super) fn arguments(&mut self, callee: Node, arguments: Node, executor: bool) -> Vec<Arg> {
        let mut args = Vec::new();
        for item in arguments.items() {
            if item.is(Kind::Error) {
                self.expr(item);
                continue;
            }
            let inner = item.stripped();
            let hint = match inner.kind().is_function() {
                true => {
                    Hint { anchor: anchor(callee, arguments), inline: executor && args.is_empty(), ..Hint::default() }
                }
                false => Hint::default(),
            };
            let value = self.expr_as(item, &hint);
            args.push(Arg { name: None, value, spread: item.is(Kind::Spread), span: item.span() });
        }
        args
    }

    pub(super) fn new_expression(&mut self, node: Node) -> Value {
        let Some(constructor) = node.field(Field::Constructor) else { return Value::Unknown };
        let callee = self.expr(constructor);
        let callee = self.worker_class(&callee).unwrap_or(callee);
        let executor = matches!(&callee, Value::Global(name) if name == "Promise");
        let args = match node.field(Field::Arguments) {
            Some(arguments) => self.arguments(constructor, arguments, executor),
            None => Vec::new(),
        };
        self.reference(&callee, &args, node.span());
        let generics = types::arguments(node);
        let function = self.b.current();
        let (span, callee_span) = (node.span(), constructor.span());
        let (args, generics) = (args.into(), generics.into());
        self.b.call(Call { kind: CallKind::New, function, callee, args, generics, awaited: false, span, callee_span })
    }

    /// What bundlers give for `import X from "./x?worker"`: a class that runs the file as a worker.
    fn worker_class(&self, callee: &Value) -> Option<Value> {
        let Value::Var(var) = callee else { return None };
        let LocalKind::Import(id) = self.b.facts.local(*var).kind else { return None };
        let (_, query) = self.b.facts.import(id).module.split_once('?')?;
        let mut words = query.split('&');
        let name = match words.next() {
            Some("worker") => "Worker",
            Some("sharedworker") => "SharedWorker",
            _ => return None,
        };
        words.all(|word| word != "url").then(|| Value::Global(name.to_string()))
    }

    /// `require("x")` and `import("x")`: the module is the value and nothing is called. Which one a computed path names
    /// is not known: that stays a call.
    fn module_call(&mut self, node: Node, function: Node, arguments: Node) -> Option<Value> {
        let kind = match function.kind() {
            Kind::Import => ImportKind::Dynamic,
            Kind::Identifier | Kind::Member if REQUIRING.contains(&function.text()) => ImportKind::Namespace,
            _ => return None,
        };
        let specifier = arguments.first().and_then(|argument| literal_text(argument).or_else(|| own_path(argument)));
        specifier.map(|module| self.module(&module, kind, node.span()))
    }

    fn module(&mut self, module: &str, kind: ImportKind, span: Span) -> Value {
        Value::Module(self.import(module, "*", kind, (span, self.statement)))
    }

    /// Strings that name a module to be run or loaded elsewhere.
    fn reference(&mut self, callee: &Value, args: &[Arg], span: Span) {
        let Some(module) = args.first().and_then(|arg| arg.value.as_str()) else { return };
        if names_module(callee, args) {
            let module = module.to_string();
            self.import(&module, "*", ImportKind::Reference, (span, self.statement));
        }
    }
}

fn names_module(callee: &Value, args: &[Arg]) -> bool {
    let import_meta = |value: &Value| matches!(value, Value::Member(base, name) if name == "meta" && matches!(&**base, Value::Global(root) if root == "import"));
    match callee {
        Value::Global(name) if name == "URL" => {
            matches!(args.get(1).map(|arg| &arg.value), Some(Value::Member(base, url)) if url == "url" && import_meta(base))
        }
        Value::Global(name) | Value::Member(_, name) if name == "Worker" || name == "SharedWorker" => true,
        Value::Var(_) => false,
        Value::Member(base, name) if name == "resolve" => {
            import_meta(base) || matches!(&**base, Value::Global(root) if root == "require")
        }
        _ => false,
    }
}

/// The text of a string or of a template without holes.
pub(super) fn literal_text(node: Node) -> Option<String> {
    let plain = node.is(Kind::String) || node.is(Kind::TemplateString) && node.first().is_none();
    plain.then(|| text::unquote(node.text()))
}

/// A path from the folder of the file, to its end.
fn own_path(node: Node) -> Option<String> {
    own_folder::path(node.text()).filter(|(_, rest)| rest.trim().is_empty()).map(|(path, _)| path)
}

/// The callee and its literal first argument, as in `router.get("/users")`.
fn anchor(callee: Node, arguments: Node) -> String {
    let mut out = String::new();
    write_callee(callee, &mut out, 0);
    if let Some(literal) = arguments.first().and_then(literal_text) {
        write_literal(&literal, &mut out);
    }
    out
}

fn write_literal(literal: &str, out: &mut String) {
    const LONGEST: usize = 80;
    let literal: String = literal.chars().take(LONGEST).collect();
    out.push_str(&format!("({:?})", crate::facts::redact::text(&literal)));
}

fn write_callee(node: Node, out: &mut String, depth: u32) {
    const DEEPEST: u32 = 12;
    if depth > DEEPEST {
        return;
    }
    let mut base = |field| node.field(field).into_iter().for_each(|inner| write_callee(inner, out, depth + 1));
    match node.kind() {
        Kind::Identifier | Kind::This | Kind::Super | Kind::Import => out.push_str(node.text()),
        Kind::Member => {
            base(Field::Object);
            out.push('.');
            out.push_str(node.field(Field::Property).map(Node::text).unwrap_or_default());
        }
        Kind::Call => {
            base(Field::Function);
            match node.field(Field::Arguments).and_then(Node::first).and_then(literal_text) {
                Some(literal) => write_literal(&literal, out),
                None => out.push_str("()"),
            }
        }
        kind if kind.is_wrapper() => node.wrapped().into_iter().for_each(|inner| write_callee(inner, out, depth + 1)),
        _ => {}
    }
}
