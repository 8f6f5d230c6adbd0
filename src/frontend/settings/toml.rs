//! TOML to a tree, members in the order of the file. Knows no file by name.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{DEPTH, Data, Member, Node, Syntax};
use crate::facts::Span;

pub(super) fn parse(text: &str) -> Result<Node, Syntax> {
    let document = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        Syntax::at(text, offset, "it is no valid TOML")
    })?;
    let data = table(document.get_ref(), 0).ok_or_else(|| Syntax::at(text, 0, "it is nested too deeply"))?;
    Ok(Node { span: Span::new(0, text.len()), data })
}

fn table(table: &DeTable, depth: usize) -> Option<Data> {
    let mut members = Vec::with_capacity(table.len());
    for (key, value) in table {
        let value = node(value, depth + 1)?;
        members.push(Member { key: key.get_ref().to_string(), key_span: span(key), value });
    }
    members.sort_by_key(|member| member.key_span.start);
    Some(Data::Map(members))
}

/// Nothing when the value is nested too deeply.
fn node(value: &Spanned<DeValue>, depth: usize) -> Option<Node> {
    if depth > DEPTH {
        return None;
    }
    let data = match value.get_ref() {
        DeValue::String(text) => Data::Str(text.to_string()),
        DeValue::Integer(number) => integer(number.as_str(), number.radix()),
        DeValue::Float(number) => number.as_str().parse().map_or(Data::Null, Data::Num),
        DeValue::Boolean(value) => Data::Bool(*value),
        DeValue::Datetime(time) => Data::Str(time.to_string()),
        DeValue::Array(items) => Data::List(items.iter().map(|item| node(item, depth + 1)).collect::<Option<_>>()?),
        DeValue::Table(inner) => table(inner, depth)?,
    };
    Some(Node { span: span(value), data })
}

fn integer(text: &str, radix: u32) -> Data {
    i64::from_str_radix(text, radix).map_or(Data::Null, |number| Data::Num(number as f64))
}

fn span<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start, range.end)
}
