//! Statements and blocks.
//!
//! Each gives whether control never reaches the statement after it, so that dead code is left
//! out. Knows nothing of expressions but that they have effects and a value.

use crate::facts::{Arg, Block, CallKind, Directive, FnKind, LocalKind, Node as Op, Span, TypeRef, Value};

use super::kind::{Field, Kind};
use super::tree::Node;
use super::{Hint, Lower, text};

/// What runs a reactive statement of Svelte, by the name that the data have for it.
const REACTIVE: &str = "$reactive";

/// The statements of a block or program, those inside broken parts included.
pub(super) fn flattened(block: Node) -> Vec<Node> {
    let mut out = Vec::new();
    let mut rest = vec![block.children()];
    while let Some(last) = rest.last_mut() {
        match last.next() {
            None => drop(rest.pop()),
            Some(node) if node.is(Kind::Error) => rest.push(node.children()),
            Some(node) if node.kind().is_token() => {}
            Some(node) => out.push(node),
        }
    }
    out
}

impl Lower {
    /// A whole block in the scope that is open: declarations, functions, then the rest in order.
    pub(super) fn block_items(&mut self, items: &[Node]) -> bool {
        self.hoist(items);
        for item in items {
            self.hoisted_function(*item);
        }
        self.run(items)
    }

    fn hoisted_function(&mut self, item: Node) {
        match item.kind() {
            kind if kind.is_function_declaration() => self.function_declaration(item),
            Kind::ExportStatement => {
                if let Some(inner) = item.field(Field::Declaration).filter(|d| d.kind().is_function_declaration()) {
                    self.function_declaration(inner);
                }
            }
            _ => {}
        }
    }

    fn run(&mut self, items: &[Node]) -> bool {
        for (index, item) in items.iter().enumerate() {
            if let Some(using) = using_declaration(*item) {
                return self.using(using, &items[index + 1..]);
            }
            if self.statement(*item) {
                return true;
            }
        }
        false
    }

    /// `using x = f()`: the rest of the block is the scope in which `x` lives.
    fn using(&mut self, using: Node, rest: &[Node]) -> bool {
        let (Some(left), Some(right)) = (using.field(Field::Left), using.field(Field::Right)) else {
            return self.run(rest);
        };
        let resource = self.expr(right);
        let bound = self.b.name(left.text());
        self.note_bind(&bound, true);
        let mut exits = false;
        let body = self.block(|lower| exits = lower.deeper(|lower| lower.run(rest)).unwrap_or(false));
        self.b.push(Op::Scope { resource, bound: Some(bound), body, span: using.span() });
        exits
    }

    /// A statement or block as a block of its own.
    pub(super) fn nested(&mut self, node: Option<Node>) -> (Block, bool) {
        let Some(node) = node else { return (Block::new(), false) };
        let mut exits = false;
        let block = self.block(|lower| {
            exits = match node.kind() {
                Kind::StatementBlock | Kind::Error => {
                    lower.deeper(|l| l.block_items(&flattened(node))).unwrap_or(false)
                }
                _ => lower.block_items(&[node]),
            }
        });
        (block, exits)
    }

    pub(super) fn statement(&mut self, node: Node) -> bool {
        let outer = std::mem::replace(&mut self.statement, node.span());
        let exits = self.deeper(|lower| lower.statement_kind(node)).unwrap_or(false);
        self.statement = outer;
        exits
    }

    fn statement_kind(&mut self, node: Node) -> bool {
        match node.kind() {
            Kind::If => self.if_statement(node),
            Kind::Switch => self.switch(node),
            Kind::Try => self.try_statement(node),
            Kind::While | Kind::Do | Kind::For | Kind::ForIn => self.loop_statement(node),
            Kind::StatementBlock => self.group(node),
            Kind::Labeled => self.labeled(node),
            Kind::With => self.with(node),
            Kind::Return => self.return_statement(node),
            Kind::Throw => self.throw(node),
            Kind::Break | Kind::Continue => self.jump(node),
            _ => {
                self.simple(node);
                false
            }
        }
    }

    /// Statements that control always passes.
    fn simple(&mut self, node: Node) {
        match node.kind() {
            Kind::ExpressionStatement => node.items().for_each(|inner| self.dropped(inner)),
            Kind::LexicalDeclaration | Kind::VariableDeclaration => self.declaration(node),
            Kind::ExportStatement => self.export_statement(node),
            Kind::EnumDeclaration => self.enum_declaration(node),
            Kind::InterfaceDeclaration | Kind::TypeAlias => self.interface(node),
            Kind::InternalModule | Kind::Module => self.namespace(node),
            Kind::ImportAlias => self.import_alias(node),
            kind if kind.is_class_declaration() => self.class_declaration(node, &[]),
            // Lowered when their block was entered, or nothing at run time.
            Kind::FunctionDeclaration | Kind::GeneratorDeclaration | Kind::ImportStatement => {}
            Kind::FunctionSignature | Kind::Ambient | Kind::EmptyStatement | Kind::HashBang | Kind::Other => {}
            _ => self.effect(node),
        }
    }

    /// An expression that the text itself drops: a function that stands there is handed to nobody, so that it is
    /// never made (`save(x), (error) => done(error)`).
    pub(super) fn dropped(&mut self, node: Node) {
        match node.stripped().kind() {
            Kind::Sequence => node.stripped().items().for_each(|inner| self.dropped(inner)),
            kind if kind.is_function() => {
                self.block(|lower| lower.effect(node));
            }
            _ => self.effect(node),
        }
    }

    /// An expression whose value nobody takes.
    pub(super) fn effect(&mut self, node: Node) {
        let _ = match node.kind() {
            Kind::Assignment => self.assignment(node, false),
            _ => self.expr(node),
        };
    }

    fn group(&mut self, node: Node) -> bool {
        let (body, exits) = self.nested(Some(node));
        self.b.push(Op::Group(body));
        exits
    }

    fn with(&mut self, node: Node) -> bool {
        if let Some(object) = node.field(Field::Object) {
            self.effect(object);
        }
        node.field(Field::Body).is_some_and(|body| self.statement(body))
    }

    fn return_statement(&mut self, node: Node) -> bool {
        let value = node.first().map(|value| self.expr(value));
        self.returns(value, node.span());
        true
    }

    pub(super) fn returns(&mut self, value: Option<Value>, span: Span) {
        if value.as_ref().is_some_and(|value| self.is_jsx(value)) {
            self.b.function().flags.renders = true;
        }
        self.b.push(Op::Return { value, span });
    }

    fn throw(&mut self, node: Node) -> bool {
        if let Some(value) = node.first() {
            self.effect(value);
        }
        self.b.push(Op::Throw { span: node.span() });
        true
    }

    /// `$: open(room)` in a component runs again and again: it becomes a function, given to a call of [`REACTIVE`]. What
    /// only sets a variable stays where it is.
    fn reactive(&mut self, label: Node, body: Node) {
        let function = self.b.open_function(FnKind::Closure, None, body.span());
        self.statement(body);
        self.b.close_function();
        self.b.push(Op::Closure { function, inline: false });
        let arg = Arg { name: None, value: Value::Closure(function), spread: false, span: body.span() };
        let whole = Span { start: label.span().start, end: body.span().end };
        self.push_call(CallKind::Call, Value::Global(REACTIVE.into()), vec![arg], (whole, label.span()));
    }

    /// The label of a block is left out: a `break` to it leaves the blocks around it.
    fn labeled(&mut self, node: Node) -> bool {
        if let (Some(label), Some(body)) = (node.field(Field::Label), node.field(Field::Body))
            && label.text() == "$"
            && !body.first().is_some_and(|inner| inner.stripped().is(Kind::Assignment))
        {
            self.reactive(label, body);
            return false;
        }
        let leaves = node.field(Field::Body).is_some_and(|body| self.statement(body));
        if let Some(Op::Loop { label, .. }) = self.b.last_mut() {
            *label = node.field(Field::Label).map(|label| label.text().into());
        }
        leaves
    }

    fn jump(&mut self, node: Node) -> bool {
        let label = node.field(Field::Label).map(|label| label.text().to_string());
        self.b.push(match node.kind() {
            Kind::Break => Op::Break { label },
            _ => Op::Continue { label },
        });
        true
    }

    /// `let a = 1, b;`
    fn declaration(&mut self, node: Node) {
        for declarator in node.items().filter(|item| item.is(Kind::VariableDeclarator)) {
            self.declarator(declarator);
        }
    }

    fn declarator(&mut self, node: Node) {
        let (Some(name), Some(value)) = (node.field(Field::Name), node.field(Field::Value)) else { return };
        let hint = if name.is(Kind::Identifier) { Hint::named(name) } else { Hint::default() };
        let value = self.expr_as(value, &hint);
        self.bind_pattern(name, value, true, node.span());
    }

    /// `namespace X { … }`: exported items become members of the namespace.
    fn namespace(&mut self, node: Node) {
        let (Some(name), Some(body)) = (node.field(Field::Name), node.field(Field::Body)) else { return };
        if name.is(Kind::String) {
            return;
        }
        let outer = std::mem::replace(&mut self.namespace, self.b.lookup(root_name(name)));
        let (block, _) = self.nested(Some(body));
        self.b.push(Op::Group(block));
        self.namespace = outer;
    }

    /// `import A = B.C`
    fn import_alias(&mut self, node: Node) {
        let mut items = node.items();
        let (Some(name), Some(from)) = (items.next(), items.next()) else { return };
        let mut path = from.text().split('.').map(str::trim);
        let root = self.b.name(path.next().unwrap_or_default());
        let value = path.fold(root, |base, part| base.member(part));
        self.bind_pattern(name, value, true, node.span());
    }

    /// `"use client"` and its like at the head of the function that is open, and a `#!` line.
    pub(super) fn directives(&mut self, items: &[Node]) {
        for item in items {
            let text = match (item.kind(), item.first().map(Node::kind)) {
                (Kind::HashBang, _) => item.text().to_string(),
                (Kind::ExpressionStatement, Some(Kind::String)) => {
                    text::unquote(item.first().map(Node::text).unwrap_or_default())
                }
                _ => return,
            };
            self.directive(text);
        }
    }

    pub(super) fn directive(&mut self, text: String) {
        let function = self.b.current();
        self.b.facts.directives.push(Directive { text: crate::facts::redact::text(&text), function });
    }

    pub(super) fn local_kind(&mut self, name: Node, kind: LocalKind) -> Option<Value> {
        let var = self.b.lookup(name.text())?;
        let local = self.b.local_mut(var);
        if local.span == name.span() {
            local.kind = kind;
        }
        Some(Value::Var(var))
    }

    pub(super) fn declare(&mut self, name: Node, kind: LocalKind, ty: Option<TypeRef>) {
        self.b.declare(name.text(), kind, ty, name.span());
    }
}

/// The first name of `A.B`.
pub(super) fn root_name(name: Node<'_>) -> &str {
    name.text().split('.').next().unwrap_or_default().trim()
}

/// The assignment inside `using x = …` and `await using x = …`.
pub(super) fn using_declaration(item: Node) -> Option<Node> {
    let mut inner = item.is(Kind::ExpressionStatement).then(|| item.first()).flatten()?;
    if inner.is(Kind::AwaitExpression) {
        inner = inner.first()?;
    }
    (inner.is(Kind::Assignment) && inner.has(Kind::Using)).then_some(inner)
}
