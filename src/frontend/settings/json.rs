//! JSON, with comments and trailing commas, to a tree. Knows no file by name.

use jsonc_parser::ast::{Object, ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::tree::{DEPTH, Data, Member, Node, Syntax};
use crate::facts::Span;

pub(super) fn parse(text: &str) -> Result<Node, Syntax> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default())
        .map_err(|error| Syntax::at(text, error.range().start, "it is no valid JSON"))?;
    let value = parsed.value.ok_or_else(|| Syntax::at(text, 0, "it is empty"))?;
    node(&value, 0).ok_or_else(|| Syntax::at(text, 0, "it is nested too deeply"))
}

/// Nothing when the value is nested too deeply.
fn node(value: &Value, depth: usize) -> Option<Node> {
    if depth > DEPTH {
        return None;
    }
    let data = match value {
        Value::StringLit(text) => Data::Str(text.value.to_string()),
        Value::NumberLit(number) => number.value.parse().map_or(Data::Null, Data::Num),
        Value::BooleanLit(value) => Data::Bool(value.value),
        Value::NullKeyword(_) => Data::Null,
        Value::Array(array) => {
            Data::List(array.elements.iter().map(|item| node(item, depth + 1)).collect::<Option<_>>()?)
        }
        Value::Object(object) => Data::Map(members(object, depth)?),
    };
    Some(Node { span: span(value), data })
}

fn members(object: &Object, depth: usize) -> Option<Vec<Member>> {
    let member = |property: &jsonc_parser::ast::ObjectProp| {
        let (key, key_span) = match &property.name {
            ObjectPropName::String(name) => (name.value.to_string(), span(name)),
            ObjectPropName::Word(name) => (name.value.to_string(), span(name)),
        };
        Some(Member { key, key_span, value: node(&property.value, depth + 1)? })
    };
    object.properties.iter().map(member).collect()
}

fn span(node: &impl Ranged) -> Span {
    Span::new(node.start(), node.end())
}
