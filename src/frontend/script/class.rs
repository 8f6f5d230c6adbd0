//! Classes, interfaces, object types and enums.
//!
//! Instance initialisers and parameter properties become binds at the start of the constructor.
//! Knows how members are written, not what any base class does.

use crate::facts::{
    Block, CallId, CallKind, Class, ClassId, ClassKind, Field as Member, FnId, FnKind, LocalKind, Node as Op, Span,
    TypeRef, Value,
};

use super::kind::{Field, Kind};
use super::tree::Node;
use super::{Hint, Lower, object, types};

struct Header<'t> {
    node: Node<'t>,
    name: String,
    name_span: Span,
    kind: ClassKind,
}

/// A class whose members are being lowered.
struct Open<'t> {
    id: ClassId,
    /// The class as a value, for static members.
    place: Value,
    /// Instance fields with initialisers, by index among the fields.
    initialisers: Vec<(usize, Node<'t>)>,
    span: Span,
    derived: bool,
}

impl Lower {
    /// `outer`: decorators that stand before `export`.
    pub(super) fn class_declaration(&mut self, node: Node, outer: &[Node]) {
        let Some(name) = node.field(Field::Name) else { return };
        let header = Header { node, name: name.text().into(), name_span: name.span(), kind: ClassKind::Class };
        let id = self.class_head(&header, outer);
        let place = self.local_kind(name, LocalKind::Class(id)).unwrap_or(Value::Class(id));
        self.class_body(id, place, node);
    }

    pub(super) fn class_expression(&mut self, node: Node, hint: &Hint) -> Value {
        let own = node.field(Field::Name);
        let name = own.map(|name| name.text().to_string()).or_else(|| hint.text()).unwrap_or_default();
        let name_span = own.or(hint.name).map_or(node.span(), Node::span);
        let id = self.class_head(&Header { node, name, name_span, kind: ClassKind::Class }, &[]);
        self.b.open_block();
        if let Some(own) = own {
            self.declare(own, LocalKind::Class(id), None);
        }
        self.class_body(id, Value::Class(id), node);
        self.splice();
        Value::Class(id)
    }

    fn class_head(&mut self, header: &Header, outer: &[Node]) -> ClassId {
        let mut decorators = self.decorators(outer.iter().copied());
        decorators.extend(self.decorators(header.node.fields(Field::Decorator)));
        let heritage = header.node.child(Kind::ClassHeritage);
        let bases = heritage.and_then(|h| h.child(Kind::ExtendsClause)).map(|clause| self.bases(clause));
        let implements = heritage.and_then(|h| h.child(Kind::ImplementsClause));
        let implements = implements.map(|clause| clause.items().map(types::type_ref).collect());
        let id = self.new_class(header);
        let class = &mut self.b.facts.classes[id.index()];
        class.decorators = decorators;
        class.bases = bases.unwrap_or_default();
        class.implements = implements.unwrap_or_default();
        id
    }

    fn bases(&mut self, clause: Node) -> Vec<Value> {
        let mut bases = Vec::new();
        for base in clause.fields(Field::Value) {
            bases.push(self.expr(base));
        }
        bases
    }

    fn new_class(&mut self, header: &Header) -> ClassId {
        let function = self.b.current();
        self.b.class(Class {
            name: header.name.clone(),
            kind: header.kind,
            bases: Vec::new(),
            metaclass: None,
            implements: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            function,
            span: header.node.span(),
            name_span: header.name_span,
        })
    }

    fn class_body(&mut self, id: ClassId, place: Value, node: Node) {
        let Some(body) = node.field(Field::Body) else { return };
        let derived = !self.b.facts.class(id).bases.is_empty();
        let mut open = Open { id, place, initialisers: Vec::new(), span: node.span(), derived };
        for item in body.items() {
            self.field_member(item, &mut open);
        }
        let mut constructed = false;
        let mut pending = Vec::new();
        for item in body.items() {
            match item.kind() {
                Kind::Decorator => pending.push(item),
                Kind::MethodDefinition => constructed |= self.method(item, &std::mem::take(&mut pending), &open),
                Kind::StaticBlock => self.static_block(item, &open),
                _ => {}
            }
        }
        if !constructed && !open.initialisers.is_empty() {
            self.implied_constructor(&open);
        }
    }

    fn field_member<'t>(&mut self, item: Node<'t>, open: &mut Open<'t>) {
        match item.kind() {
            Kind::FieldDefinition => self.field(item, open),
            Kind::AbstractMethod => self.signature(item, open.id),
            _ => {}
        }
    }

    fn field<'t>(&mut self, item: Node<'t>, open: &mut Open<'t>) {
        let Some(key) = item.field(Field::Name) else { return };
        self.computed(key);
        let decorators = self.decorators(item.fields(Field::Decorator));
        let is_static = item.has(Kind::Static);
        let ty = types::annotation(item);
        let name = object::key_text(key);
        let index = self.add_field(open.id, Member { name, ty, value: None, is_static, decorators, span: item.span() });
        match item.field(Field::Value) {
            Some(_) if !is_static => open.initialisers.push((index, item)),
            Some(_) => {
                let place = open.place.clone();
                self.this_scope(place.clone(), |lower| lower.initialise(open.id, index, item, place));
            }
            None => {}
        }
    }

    fn add_field(&mut self, class: ClassId, field: Member) -> usize {
        let fields = &mut self.b.facts.classes[class.index()].fields;
        fields.push(field);
        fields.len() - 1
    }

    /// A signature without a body, as a field of function type.
    fn signature(&mut self, item: Node, class: ClassId) {
        let Some(key) = item.field(Field::Name) else { return };
        let ty = match item.kind() {
            Kind::PropertySignature => types::annotation(item),
            _ if item.has(Kind::Get) => item.field(Field::ReturnType).map(types::type_ref),
            _ => Some(types::signature(item)),
        };
        let (name, is_static) = (object::key_text(key), item.has(Kind::Static));
        let field = Member { name, ty, value: None, is_static, decorators: Vec::new(), span: item.span() };
        self.add_field(class, field);
    }

    /// Evaluates a field's initialiser and binds it on `owner`.
    fn initialise(&mut self, class: ClassId, index: usize, item: Node, owner: Value) {
        let (Some(key), Some(value)) = (item.field(Field::Name), item.field(Field::Value)) else { return };
        let value = self.expr_as(value, &Hint::named(key));
        if let Some(field) = self.b.facts.classes[class.index()].fields.get_mut(index) {
            field.value = Some(value.clone());
        }
        self.b.bind(owner.member(object::key_text(key)), value, item.span());
    }

    /// Gives whether this is the constructor.
    fn method(&mut self, item: Node, decorators: &[Node], open: &Open) -> bool {
        let Some(key) = item.field(Field::Name) else { return false };
        self.computed(key);
        let decorators = self.decorators(decorators.iter().copied());
        let of_parameters = self.parameter_decorators(item);
        let kind = method_kind(item, key);
        let id = self.open_method(item, kind, key);
        self.enter_class(id, open.id, decorators);
        self.this_scope(Value::This, |lower| {
            lower.parameters(item, &of_parameters);
            if kind == FnKind::Constructor {
                lower.parameter_properties(item, open.id);
                lower.initialisers(open);
            }
            lower.body(item);
        });
        self.leave_method(id, open.id);
        kind == FnKind::Constructor
    }

    fn enter_class(&mut self, function: FnId, class: ClassId, decorators: Vec<CallId>) {
        let entered = &mut self.b.facts.functions[function.index()];
        entered.class = Some(class);
        entered.decorators = decorators;
    }

    fn leave_method(&mut self, id: FnId, class: ClassId) {
        self.b.close_function();
        self.b.push(Op::Closure { function: id, inline: false });
        self.b.facts.classes[class.index()].methods.push(id);
    }

    fn initialisers(&mut self, open: &Open) {
        for (index, item) in &open.initialisers {
            self.initialise(open.id, *index, *item, Value::This);
        }
    }

    /// The constructor that a class with initialisers has without writing one.
    fn implied_constructor(&mut self, open: &Open) {
        let id = self.b.open_function(FnKind::Constructor, Some("constructor".into()), open.span);
        self.b.function().name_span = self.b.facts.class(open.id).name_span;
        self.enter_class(id, open.id, Vec::new());
        self.this_scope(Value::This, |lower| {
            if open.derived {
                lower.push_call(CallKind::Call, Value::Super, Vec::new(), (open.span, open.span));
            }
            lower.initialisers(open);
        });
        self.leave_method(id, open.id);
    }

    /// `constructor(private db: Db)`: a field that is bound to the parameter.
    fn parameter_properties(&mut self, item: Node, class: ClassId) {
        let Some(list) = item.field(Field::Parameters) else { return };
        for param in list.items() {
            let modified = [Kind::Accessibility, Kind::Readonly, Kind::Override].iter().any(|kind| param.has(*kind));
            let Some(pattern) = param.field(Field::Pattern).filter(|p| modified && p.is(Kind::Identifier)) else {
                continue;
            };
            let (name, ty) = (pattern.text().to_string(), types::annotation(param));
            let value = self.b.name(&name);
            self.b.bind(Value::This.member(name.clone()), value, param.span());
            let span = param.span();
            self.add_field(class, Member { name, ty, value: None, is_static: false, decorators: Vec::new(), span });
        }
    }

    fn static_block(&mut self, item: Node, open: &Open) {
        let mut block = Block::new();
        self.this_scope(open.place.clone(), |lower| block = lower.nested(item.field(Field::Body)).0);
        self.b.push(Op::Group(block));
    }

    pub(super) fn enum_declaration(&mut self, node: Node) {
        let Some((id, name)) = self.named_class(node, ClassKind::Enum) else { return };
        for item in node.field(Field::Body).into_iter().flat_map(Node::items) {
            let key = if item.is(Kind::EnumAssignment) { item.field(Field::Name) } else { Some(item) };
            let Some(key) = key else { continue };
            let value = item.field(Field::Value).map(|value| self.expr(value));
            let (name, span) = (object::key_text(key), item.span());
            self.add_field(id, Member { name, ty: None, value, is_static: true, decorators: Vec::new(), span });
        }
        self.local_kind(name, LocalKind::Class(id));
    }

    /// `interface X { … }` and `type X = …`; an alias implements what it stands for.
    pub(super) fn interface(&mut self, node: Node) {
        let Some((id, name)) = self.named_class(node, ClassKind::Interface) else { return };
        self.local_kind(name, LocalKind::Class(id));
        let extends = node.child(Kind::ExtendsTypeClause).into_iter().flat_map(|clause| clause.fields(Field::Type));
        let mut implements: Vec<TypeRef> = extends.map(types::type_ref).collect();
        if let Some(body) = node.field(Field::Body) {
            self.signatures(body, id);
        }
        let mut rest: Vec<Node> = node.field(Field::Value).into_iter().collect();
        while let Some(part) = rest.pop() {
            match part.kind() {
                Kind::IntersectionType => rest.extend(part.items()),
                Kind::ObjectType => self.signatures(part, id),
                _ => implements.push(types::type_ref(part)),
            }
        }
        self.b.facts.classes[id.index()].implements = implements;
    }

    fn signatures(&mut self, body: Node, class: ClassId) {
        for item in body.items() {
            if matches!(item.kind(), Kind::PropertySignature | Kind::MethodSignature) {
                self.signature(item, class);
            }
        }
    }

    fn named_class<'t>(&mut self, node: Node<'t>, kind: ClassKind) -> Option<(ClassId, Node<'t>)> {
        let name = node.field(Field::Name)?;
        let header = Header { node, name: name.text().into(), name_span: name.span(), kind };
        Some((self.new_class(&header), name))
    }
}

fn method_kind(item: Node, key: Node) -> FnKind {
    match key.text() {
        "constructor" if !item.has(Kind::Static) => FnKind::Constructor,
        _ if item.has(Kind::Get) => FnKind::Getter,
        _ => FnKind::Method,
    }
}
