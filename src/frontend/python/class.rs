//! Lowers classes: bases, body, fields.
//!
//! A class body is code of the enclosing function whose names are members of the class. Knows
//! nothing of metaclasses, dataclasses or any base class.

use rustc_hash::FxHashSet;

use super::def::Decorators;
use super::names::Names;
use super::tree::Syntax;
use super::{ClassScope, Lowering, tree};
use crate::facts::{Call, CallKind, Class, ClassId, ClassKind, Field, FnId, LocalKind, Span, Value, VarRef};

impl<'t> Lowering<'t> {
    pub(super) fn class(&mut self, node: Syntax<'t>, decorators: Decorators<'t>) {
        let Some(name) = tree::field(node, "name") else { return };
        let (bases, metaclass) = tree::field(node, "superclasses").map(|list| self.bases(list)).unwrap_or_default();
        let id = self.b.class(Class {
            name: self.text_of(name).to_string(),
            kind: ClassKind::Class,
            bases,
            metaclass,
            implements: Vec::new(),
            decorators: decorators.calls,
            fields: Vec::new(),
            methods: Vec::new(),
            function: self.b.current(),
            span: tree::span(node),
            name_span: tree::span(name),
        });
        let var = self.define(self.text_of(name), LocalKind::Class(id), Some(Value::Class(id)), tree::span(name));
        if let Some(body) = tree::field(node, "body") {
            self.class_body(id, var, body);
        }
    }

    /// The base classes without type arguments, and the metaclass; other keyword arguments only have effects.
    fn bases(&mut self, list: Syntax<'t>) -> (Vec<Value>, Option<Value>) {
        let (mut bases, mut metaclass) = (Vec::new(), None);
        for node in tree::named(list) {
            match node.kind() {
                "keyword_argument" => {
                    let value = tree::field(node, "value").map(|value| self.expr(value));
                    let name = tree::field(node, "name").map(|name| self.text_of(name));
                    metaclass = value.filter(|_| name == Some("metaclass")).or(metaclass);
                }
                "subscript" => bases.extend(tree::field(node, "value").map(|base| self.expr(base))),
                _ => bases.push(self.expr(node)),
            }
        }
        (bases, metaclass)
    }

    fn class_body(&mut self, id: ClassId, var: VarRef, body: Syntax<'t>) {
        let bound = Names::collect(body, self.text, self.walrus).bound;
        let names: FxHashSet<&'t str> = bound.iter().map(|bound| bound.name).collect();
        let comprehensions = std::mem::take(&mut self.comprehensions);
        let properties = tree::named(body).into_iter().filter_map(|member| self.property(member)).collect();
        self.classes.push(ClassScope { id, var, function: self.b.current(), names, properties });
        self.statements(body);
        self.classes.pop();
        self.comprehensions = comprehensions;
    }

    /// The name of a member that is a plain `@property`.
    fn property(&self, member: Syntax<'t>) -> Option<&'t str> {
        let mut decorators = tree::named(member).into_iter().filter(|child| child.kind() == "decorator");
        let plain = |decorator| tree::first(decorator).is_some_and(|name| self.text_of(name) == "property");
        let definition = tree::field(member, "definition").filter(|_| decorators.any(plain))?;
        tree::field(definition, "name").map(|name| self.text_of(name))
    }

    /// What stands in a `with`: a property of the own object is run there, and its result is held.
    pub(super) fn run_property(&mut self, value: Value, node: Syntax<'t>) -> Value {
        let own = |name: &String| self.classes.last().is_some_and(|class| class.properties.contains(name.as_str()));
        match &value {
            Value::Member(object, name) if **object == Value::This && own(name) => self.b.call(Call {
                kind: CallKind::Call,
                function: self.b.current(),
                callee: value,
                args: Default::default(),
                generics: Default::default(),
                awaited: false,
                span: tree::span(node),
                callee_span: tree::span(node),
            }),
            _ => value,
        }
    }

    /// A method becomes known to its class; the name is bound at most as the class's member.
    pub(super) fn adopt_method(&mut self, function: FnId) -> Option<ClassId> {
        let class = self.class_scope()?.id;
        self.b.facts.classes[class.index()].methods.push(function);
        Some(class)
    }

    /// A class-level name gets its field.
    pub(super) fn static_field(&mut self, name: &str, value: Option<Value>, span: Span) {
        if let Some(class) = self.class_scope().map(|class| class.id) {
            self.field(class, true, name, span, |field| set_value(field, value));
        }
    }

    /// A written place that is a field of the class at hand is noted in the class.
    pub(super) fn note_field(&mut self, place: &Value, value: Option<&Value>, span: Span) {
        let Value::Member(base, name) = place else { return };
        if **base == Value::This {
            return self.note_own(name, value, span);
        }
        if self.class_scope().is_some_and(|class| **base == Value::Var(class.var)) {
            self.static_field(name, value.cloned(), span);
        }
    }

    /// `self.x = …`: the value counts only where it is the constructor that runs it.
    fn note_own(&mut self, name: &str, value: Option<&Value>, span: Span) {
        let Some(receiver) = self.receiver else { return };
        let initial = receiver.constructor && receiver.var.function == self.b.current();
        let value = value.filter(|_| initial).cloned();
        self.field(receiver.class, receiver.is_static, name, span, |field| set_value(field, value));
    }

    /// An annotated target: `x: T` in a class body, `self.x: T` in a method.
    pub(super) fn annotate(&mut self, target: Syntax<'t>, ty: Syntax<'t>, bound: bool) {
        let written = self.type_ref(ty);
        let declared = match target.kind() {
            "identifier" => self.declared_field(target, bound || written.name.ends_with("ClassVar")),
            "attribute" => self.own_attribute(target),
            _ => None,
        };
        let Some((class, is_static, name)) = declared else { return };
        let decorators = self.metadata(ty);
        self.field(class, is_static, name, tree::span(target), |field| {
            field.ty.get_or_insert(written);
            field.decorators.extend(decorators);
        });
    }

    /// A class-level name without a value only declares what instances have.
    fn declared_field(&self, target: Syntax<'t>, is_static: bool) -> Option<(ClassId, bool, &'t str)> {
        let class = self.class_scope()?.id;
        let name = self.text_of(target);
        let known = self.fields.contains_key(&(class, true, name.to_string()));
        Some((class, is_static || known, name))
    }

    /// `self.x` as the class of `self` and the name.
    fn own_attribute(&self, target: Syntax<'t>) -> Option<(ClassId, bool, &'t str)> {
        let receiver = self.receiver.filter(|_| self.class_scope().is_none())?;
        let object = tree::field(target, "object")?;
        let name = tree::field(target, "attribute")?;
        let own = self.name(self.text_of(object)) == Value::This;
        own.then(|| (receiver.class, receiver.is_static, self.text_of(name)))
    }

    fn field(&mut self, class: ClassId, is_static: bool, name: &str, span: Span, set: impl FnOnce(&mut Field)) {
        let fields = &mut self.b.facts.classes[class.index()].fields;
        let index = *self.fields.entry((class, is_static, name.to_string())).or_insert_with(|| {
            fields.push(Field {
                name: name.to_string(),
                ty: None,
                value: None,
                is_static,
                decorators: Vec::new(),
                span,
            });
            fields.len() - 1
        });
        if let Some(field) = fields.get_mut(index) {
            set(field);
        }
    }
}

fn set_value(field: &mut Field, value: Option<Value>) {
    if field.value.is_none() {
        field.value = value;
    }
}
