//! Documents of JSON, TOML, YAML and INI as one kind of tree, and how a tree becomes entries.
//!
//! Knows no file by name and no key by meaning.

use crate::facts::settings::Entry;
use crate::facts::{Literal, Span, redact};

/// Deeper documents are refused: everything that walks a tree recurses.
pub(super) const DEPTH: usize = 100;
/// Most entries of one file, and longest text of one value: beyond it is data, not settings.
const ENTRIES: usize = 5000;
const LENGTH: usize = 10_000;

/// A value of a document with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub span: Span,
    pub data: Data,
}

/// Numbers of all kinds are floats: settings count no further than these are exact.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Null,
    Bool(bool),
    Num(f64),
    Str(String),
    List(Vec<Node>),
    Map(Vec<Member>),
}

/// A key of a table with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

/// Why a document does not parse. The message is the parser's and quotes no input.
#[derive(Debug, Clone, PartialEq)]
pub struct Syntax {
    pub line: usize,
    pub message: String,
}

impl Syntax {
    pub fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..text.floor_char_boundary(offset)).unwrap_or("");
        Self { line: before.matches('\n').count() + 1, message: message.into() }
    }

    pub fn problem(&self, file_name: &str) -> String {
        let Self { line, message } = self;
        format!("{file_name}: line {line}: {message}; correct it, until then connlint leaves this file out")
    }
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members().iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// Follows keys; nothing where one is missing.
    pub fn path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub fn members(&self) -> &[Member] {
        match &self.data {
            Data::Map(members) => members,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    pub fn str(&self) -> Option<&str> {
        match &self.data {
            Data::Str(text) => Some(text),
            _ => None,
        }
    }

    pub fn is_true(&self) -> bool {
        self.data == Data::Bool(true)
    }

    /// A scalar as text.
    pub fn text(&self) -> Option<String> {
        match &self.data {
            Data::Str(text) => Some(text.clone()),
            Data::Num(number) => Some(number.to_string()),
            Data::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// The texts of a list, or the one text that stands in its place.
    pub fn texts(&self) -> Vec<String> {
        match &self.data {
            Data::List(items) => items.iter().filter_map(Node::text).collect(),
            _ => self.text().into_iter().collect(),
        }
    }

    fn literal(&self, key: &str) -> Option<Literal> {
        Some(match &self.data {
            // The name of a pair, not a key to anything.
            Data::Str(text) if key == "key" && is_variable(text) => Literal::Str(text.clone()),
            Data::Null => Literal::Null,
            Data::Bool(value) => Literal::Bool(*value),
            Data::Num(_) if redact::secret_key(key) => Literal::Str(redact::MARK.to_string()),
            Data::Num(number) => Literal::Num(*number),
            Data::Str(text) if text.len() <= LENGTH => Literal::Str(redact::setting(key, text)),
            _ => return None,
        })
    }
}

/// `WEB_CONCURRENCY`
fn is_variable(text: &str) -> bool {
    text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// Every scalar of the tree with the path to it.
pub(super) fn flatten(root: &Node) -> Vec<Entry> {
    let mut entries = Vec::new();
    walk(root, "", root.span, &mut entries);
    entries
}

fn walk(node: &Node, path: &str, key_span: Span, entries: &mut Vec<Entry>) {
    let join = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match &node.data {
        _ if entries.len() >= ENTRIES => {}
        Data::Map(members) => {
            for member in members {
                match named(members, member) {
                    Some(data) => {
                        let value = Node { span: member.value.span, data };
                        walk(&value, &join(&member.key), member.key_span, entries);
                    }
                    None => walk(&member.value, &join(&member.key), member.key_span, entries),
                }
            }
        }
        Data::List(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &join(&index.to_string()), key_span, entries);
            }
        }
        _ => entries.extend(entry(node, path, key_span)),
    }
}

/// Of `{ name: DB_PASSWORD, value: x }` the value, redacted by the name; `name` may be `key`.
fn named(members: &[Member], member: &Member) -> Option<Data> {
    let name = members.iter().find(|other| matches!(other.key.as_str(), "name" | "key"))?.value.str()?;
    match (&member.key[..], &member.value.data) {
        ("value", Data::Str(text)) => Some(Data::Str(redact::setting(name, text))),
        ("value", Data::Num(_)) if redact::secret_key(name) => Some(Data::Str(redact::MARK.to_string())),
        _ => None,
    }
}

fn entry(node: &Node, path: &str, key_span: Span) -> Option<Entry> {
    // The last name that is no index tells what the value is.
    let mut names = path.rsplit('.').filter(|part| part.parse::<usize>().is_err());
    let name = names.next().unwrap_or("");
    // `secretKeyRef: { name: …, key: … }` says where a secret is, and not what it is.
    let refers = names.next().is_some_and(|outer| outer.ends_with("KeyRef"));
    let value = match node.str().filter(|_| refers) {
        Some(text) => Literal::Str(text.to_string()),
        None => node.literal(name)?,
    };
    Some(Entry { key: path.to_string(), value, span: node.span, key_span })
}

/// An entry of a text, redacted by its key.
pub(super) fn text_entry(key: impl Into<String>, text: &str, span: Span, key_span: Span) -> Entry {
    let key = key.into();
    let name = key.rsplit('.').next().unwrap_or("");
    let value = Literal::Str(redact::setting(name, text));
    Entry { key, value, span, key_span }
}
