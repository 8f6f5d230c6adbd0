//! Object and array literals.
//!
//! Knows how keys are written; methods and accessors are functions like any other.

use crate::facts::{FnKind, RecordEntry, Value};

use super::kind::{Field, Kind};
use super::tree::Node;
use super::{Hint, Lower, events, text};

/// The option that holds a component's template.
const TEMPLATE: &str = "template";

#[derive(Default)]
struct Entries {
    entries: Vec<RecordEntry>,
    spreads: Vec<Value>,
    open: bool,
}

impl Lower {
    pub(super) fn object(&mut self, node: Node) -> Value {
        let mut out = Entries::default();
        for item in node.items() {
            match item.kind() {
                Kind::Pair => self.pair(item, &mut out),
                Kind::Shorthand => {
                    let value = self.b.name(item.text());
                    out.add(item, item, item, value);
                }
                Kind::MethodDefinition => self.object_method(item, &mut out),
                Kind::Spread => {
                    let value = self.expr(item);
                    out.spread(value);
                }
                _ => drop(self.expr(item)),
            }
        }
        let Entries { entries, spreads, open } = out;
        Value::Record { entries: entries.into(), spreads: spreads.into(), open }
    }

    fn pair(&mut self, item: Node, out: &mut Entries) {
        let (Some(key), Some(value)) = (item.field(Field::Key), item.field(Field::Value)) else { return };
        self.computed(key);
        let lowered = self.expr_as(value, &Hint::named(key));
        if key.text() == TEMPLATE && matches!(value.kind(), Kind::String | Kind::TemplateString) {
            self.b.facts.handlers.extend(events::in_template(value.text()).map(String::from));
            self.b.facts.ids.extend(events::ids(value.text()).map(String::from));
        }
        out.add(key, item, value, lowered);
    }

    /// The effects of a computed key.
    pub(super) fn computed(&mut self, key: Node) {
        if let Some(inner) = key.first().filter(|_| key.is(Kind::ComputedName)) {
            self.effect(inner);
        }
    }

    fn object_method(&mut self, item: Node, out: &mut Entries) {
        let Some(key) = item.field(Field::Name) else { return };
        self.computed(key);
        let kind = if item.has(Kind::Get) { FnKind::Getter } else { FnKind::Method };
        let value = self.method_value(item, kind, key);
        out.add(key, item, item, value);
    }

    pub(super) fn array(&mut self, node: Node) -> Value {
        let mut items = Vec::new();
        for item in node.items() {
            items.push(self.expr(item));
        }
        Value::List(items)
    }
}

impl Entries {
    fn add(&mut self, key: Node, item: Node, value: Node, lowered: Value) {
        self.open |= key.is(Kind::ComputedName) && key.first().is_some_and(|inner| !inner.is(Kind::String));
        let key = key_text(key);
        self.entries.push(RecordEntry { key, value: lowered, span: item.span(), value_span: value.span() });
    }

    /// The entries of a literal that is spread, else a spread that may hold anything.
    fn spread(&mut self, value: Value) {
        match value {
            Value::Record { entries, spreads, open } => {
                self.entries.extend(entries);
                self.spreads.extend(spreads);
                self.open |= open;
            }
            other => {
                self.spreads.push(other);
                self.open = true;
            }
        }
    }
}

/// A property key, variable or member name as text; a computed one keeps its brackets.
pub(super) fn key_text(key: Node) -> String {
    const LONGEST: usize = 60;
    match key.kind() {
        Kind::String => text::unquote(key.text()),
        Kind::ComputedName => match key.first().filter(|inner| inner.is(Kind::String)) {
            Some(inner) => text::unquote(inner.text()),
            None => key.text().chars().take(LONGEST).collect(),
        },
        _ => key.text().to_string(),
    }
}
