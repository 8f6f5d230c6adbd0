//! YAML to a tree: anchors and merge keys are resolved, several documents become a list.
//!
//! Built from the parser's events with a stack of its own, so nesting costs no recursion. Knows no
//! file by name.

use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::tree::{DEPTH, Data, Member, Node, Syntax};
use crate::facts::Span;

/// Most nodes that aliases may copy: a small file can else ask for billions.
const COPIES: usize = 50_000;

pub(super) fn parse(text: &str) -> Result<Node, Syntax> {
    let offsets = Offsets::new(text);
    strict(text, &offsets).or_else(|error| strict(&joined(text), &offsets).map_err(|_| error))
}

/// Most readers allow a closing bracket at the indentation of its key; the standard does not. The
/// bracket is put on the line before, character for character, so that offsets hold.
fn joined(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let closes = lines.peek().is_some_and(|next| next.trim_start().starts_with([']', '}']));
        let code = if closes { line.find(" #").map_or(line.trim_end(), |comment| &line[..comment]) } else { line };
        result.push_str(code);
        result.extend(line[code.len()..].chars().map(|_| ' '));
    }
    result
}

fn strict(text: &str, offsets: &Offsets) -> Result<Node, Syntax> {
    let mut builder = Builder { open: Vec::new(), anchors: FxHashMap::default(), documents: Vec::new(), copies: 0 };
    for event in Parser::new_from_str(text) {
        let (event, at) = event.map_err(|error| {
            let line = error.marker().line();
            Syntax { line, message: String::from("it is no valid YAML") }
        })?;
        let span = Span::new(offsets.byte(at.start.index()), offsets.byte(at.end.index()));
        builder.event(event, span).map_err(|message| Syntax { line: at.start.line(), message: message.to_string() })?;
    }
    Ok(builder.finish())
}

/// The parser counts characters; facts count bytes.
struct Offsets {
    /// Byte offset of each character; empty for a text of one-byte characters.
    bytes: Vec<usize>,
    length: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let bytes = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        Self { bytes, length: text.len() }
    }

    fn byte(&self, index: usize) -> usize {
        let plain = self.bytes.is_empty();
        let byte = if plain { index } else { self.bytes.get(index).copied().unwrap_or(self.length) };
        byte.min(self.length)
    }
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    start: Span,
    data: Data,
    /// The key of a mapping that waits for its value.
    key: Option<(String, Span)>,
}

struct Builder {
    open: Vec<Open>,
    anchors: FxHashMap<usize, Node>,
    documents: Vec<Node>,
    copies: usize,
}

impl Builder {
    fn event(&mut self, event: Event, span: Span) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let data = if plain { resolve(&text) } else { Data::Str(text.into_owned()) };
                self.add(Node { span, data }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.start(Data::List(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => self.start(Data::Map(Vec::new()), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => {
                let node = self.copy(anchor)?.unwrap_or(Node { span, data: Data::Null });
                self.add(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, data: Data, anchor: usize, start: Span) -> Result<(), &'static str> {
        if self.open.len() >= DEPTH {
            return Err("it is nested too deeply");
        }
        self.open.push(Open { anchor, start, data, key: None });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), &'static str> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let span = Span { start: open.start.start, end: span.end.max(open.start.start) };
        self.add(Node { span, data: merged(open.data) }, open.anchor)
    }

    fn copy(&mut self, anchor: usize) -> Result<Option<Node>, &'static str> {
        let Some(node) = self.anchors.get(&anchor) else { return Ok(None) };
        self.copies += size(node);
        if self.copies > COPIES { Err("its aliases repeat too much") } else { Ok(Some(node.clone())) }
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), &'static str> {
        if anchor > 0 {
            self.anchors.insert(anchor, node);
            let Some(copy) = self.copy(anchor)? else { return Ok(()) };
            return self.add(copy, 0);
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match (&mut open.data, open.key.take()) {
            (Data::List(items), _) => items.push(node),
            (Data::Map(members), Some((key, key_span))) => members.push(Member { key, key_span, value: node }),
            _ => open.key = Some((node.text().unwrap_or_default(), node.span)),
        }
        Ok(())
    }

    fn finish(mut self) -> Node {
        if self.documents.len() == 1
            && let Some(node) = self.documents.pop()
        {
            return node;
        }
        let data = if self.documents.is_empty() { Data::Null } else { Data::List(self.documents) };
        Node { span: Span::default(), data }
    }
}

/// Recursion is bounded: written nesting by [`DEPTH`], nesting through aliases by [`COPIES`], as
/// every further level of copies costs the levels below it again.
fn size(node: &Node) -> usize {
    let inner: usize = match &node.data {
        Data::List(items) => items.iter().map(size).sum(),
        Data::Map(members) => members.iter().map(|member| size(&member.value)).sum(),
        _ => 0,
    };
    inner + 1
}

/// `<<: *base` gives the mapping the keys of the base that it does not have itself.
fn merged(data: Data) -> Data {
    let Data::Map(members) = data else { return data };
    let (bases, mut own): (Vec<Member>, Vec<Member>) = members.into_iter().partition(|member| member.key == "<<");
    for base in bases {
        let bases = if let Data::List(items) = base.value.data { items } else { vec![base.value] };
        for member in bases.iter().flat_map(Node::members) {
            if !own.iter().any(|it| it.key == member.key) {
                own.push(member.clone());
            }
        }
    }
    Data::Map(own)
}

/// A plain scalar of the core schema.
fn resolve(text: &str) -> Data {
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        _ if numeric && text.parse::<f64>().is_ok_and(f64::is_finite) => Data::Num(text.parse().unwrap_or(0.0)),
        _ => Data::Str(text.to_string()),
    }
}
