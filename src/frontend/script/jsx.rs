//! JSX elements as calls.
//!
//! Props are named arguments, children unnamed ones. A tag in small letters is an intrinsic
//! element and never a variable.

use crate::facts::{Arg, CallKind, Literal, Value};

use super::kind::{Field, Kind};
use super::tree::Node;
use super::{Hint, Lower, text};

impl Lower {
    pub(super) fn jsx(&mut self, node: Node) -> Value {
        let opening = node.field(Field::OpenTag).unwrap_or(node);
        let tag = opening.field(Field::Name);
        let callee = self.tag(tag);
        let mut args = Vec::new();
        for attribute in opening.fields(Field::Attribute) {
            args.extend(self.attribute(attribute));
        }
        for child in node.items() {
            args.extend(self.child(child, tag));
        }
        let callee_span = tag.map_or(opening.span(), Node::span);
        self.push_call(CallKind::Jsx, callee, args, (node.span(), callee_span))
    }

    fn tag(&mut self, tag: Option<Node>) -> Value {
        let Some(tag) = tag else { return Value::Global("Fragment".into()) };
        match tag.kind() {
            Kind::Identifier if !tag.text().starts_with(|c: char| c.is_ascii_lowercase()) => self.expr(tag),
            Kind::Member => self.expr(tag),
            _ => Value::Global(tag.text().to_string()),
        }
    }

    fn attribute(&mut self, node: Node) -> Option<Arg> {
        if node.is(Kind::JsxExpression) {
            let value = self.expr(node.first()?);
            return Some(Arg { name: None, value, spread: true, span: node.span() });
        }
        let mut items = node.items();
        let name = items.next()?;
        let value = match items.next() {
            None => Value::Literal(Literal::Bool(true)),
            Some(value) if value.is(Kind::String) => Value::str(&text::unquote(value.text())),
            Some(value) if value.is(Kind::JsxExpression) => self.expr_as(value.first()?, &Hint::named(name)),
            Some(value) => self.expr(value),
        };
        Some(Arg { name: Some(name.text().to_string()), value, spread: false, span: node.span() })
    }

    fn child(&mut self, node: Node, tag: Option<Node>) -> Option<Arg> {
        let inner = match node.kind() {
            Kind::JsxElement | Kind::JsxSelfClosing => node,
            Kind::JsxExpression => node.first()?,
            _ => return None,
        };
        let anchor = tag.map(|tag| tag.text().to_string()).unwrap_or_default();
        let value = self.expr_as(inner, &Hint { anchor, ..Hint::default() });
        Some(Arg { name: None, value, spread: inner.is(Kind::Spread), span: node.span() })
    }
}
