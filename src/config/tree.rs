//! Settings as a tree in which every key and value knows the file and line that it was written in.
//!
//! Merges files and looks places up; knows no key's meaning.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::Span;
use crate::frontend::settings;
use crate::source::{LineIndex, Position};

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As errors name it.
    pub file: Arc<str>,
    pub position: Position,
}

/// A value, with its place unless it is a default.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub data: Data,
    pub place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Tree>),
    Table(BTreeMap<String, Member>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Of the key; a default has none.
    pub place: Option<Place>,
    pub value: Tree,
}

/// Makes trees of one file's nodes.
pub struct Reader<'t> {
    text: &'t str,
    lines: LineIndex,
    file: Arc<str>,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str, file: &str) -> Self {
        Self { text, lines: LineIndex::new(text), file: file.into() }
    }

    pub fn tree(&self, node: &settings::Node) -> Tree {
        let data = match &node.data {
            settings::Data::Null => Data::Null,
            settings::Data::Bool(value) => Data::Bool(*value),
            settings::Data::Num(number) => Data::Number(*number),
            settings::Data::Str(text) => Data::Text(text.clone()),
            settings::Data::List(items) => Data::List(items.iter().map(|item| self.tree(item)).collect()),
            settings::Data::Map(members) => Data::Table(members.iter().map(|member| self.member(member)).collect()),
        };
        Tree { data, place: Some(self.place(node.span)) }
    }

    fn member(&self, member: &settings::Member) -> (String, Member) {
        let place = Some(self.place(member.key_span));
        (member.key.clone(), Member { place, value: self.tree(&member.value) })
    }

    fn place(&self, span: Span) -> Place {
        Place { file: self.file.clone(), position: self.lines.position(self.text, span.start) }
    }
}

impl Tree {
    /// A table without keys.
    pub fn empty() -> Self {
        Self { data: Data::Table(BTreeMap::new()), place: None }
    }

    /// A default value, which stands nowhere.
    pub fn default_of(value: serde_json::Value) -> Self {
        use serde_json::Value;
        let data = match value {
            Value::Null => Data::Null,
            Value::Bool(value) => Data::Bool(value),
            Value::Number(number) => Data::Number(number.as_f64().unwrap_or_default()),
            Value::String(text) => Data::Text(text),
            Value::Array(items) => Data::List(items.into_iter().map(Self::default_of).collect()),
            Value::Object(map) => {
                let member = |(key, value)| (key, Member { place: None, value: Self::default_of(value) });
                Data::Table(map.into_iter().map(member).collect())
            }
        };
        Self { data, place: None }
    }

    /// This tree over another: tables are merged, lists of tables joined, all else replaced.
    pub fn over(self, base: Tree) -> Tree {
        let data = match (self.data, base.data) {
            (Data::Table(own), Data::Table(mut all)) => {
                for (key, member) in own {
                    let merged = match all.remove(&key) {
                        Some(below) => Member { place: member.place, value: member.value.over(below.value) },
                        None => member,
                    };
                    all.insert(key, merged);
                }
                Data::Table(all)
            }
            (Data::List(own), Data::List(mut all)) if own.iter().chain(&all).all(Tree::is_table) && !own.is_empty() => {
                all.extend(own);
                Data::List(all)
            }
            (own, _) => own,
        };
        Tree { data, place: self.place }
    }

    pub fn is_table(&self) -> bool {
        matches!(self.data, Data::Table(_))
    }

    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.members().find(|(name, _)| *name == key).map(|(_, member)| &member.value)
    }

    pub fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        let table = match &self.data {
            Data::Table(table) => Some(table),
            _ => None,
        };
        table.into_iter().flatten().map(|(key, member)| (key.as_str(), member))
    }

    pub fn items(&self) -> &[Tree] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As JSON, without the places.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => (*value).into(),
            Data::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => (*number as i64).into(),
            Data::Number(number) => (*number).into(),
            Data::Text(text) => text.as_str().into(),
            Data::List(items) => items.iter().map(Tree::json).collect(),
            Data::Table(_) => self.members().map(|(key, member)| (key.to_string(), member.value.json())).collect(),
        }
    }
}
