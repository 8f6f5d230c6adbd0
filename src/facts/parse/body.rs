//! Blocks of the text form.

use thin_vec::ThinVec;

use super::text::Cursor;
use super::{Parsed, Parser, Text};
use crate::facts::{Arm, Block, CallId, FnId, Handler, LoopKind, Node, Pattern, Value};

impl Parser {
    /// The nodes at that depth.
    pub(super) fn block(&mut self, function: FnId, depth: usize, text: &mut Text) -> Parsed<Block> {
        let mut block = ThinVec::new();
        while let Some(line) = text.at(depth).filter(|line| *line != ".") {
            text.lines.next();
            self.line += 1;
            let mut node = self.node(function, &mut Cursor::new(line))?;
            let mut blocks = Vec::new();
            while let Some(inner) = self.inner(function, depth, text)? {
                blocks.push(inner);
            }
            fill(&mut node, blocks)?;
            block.push(node);
        }
        Ok(block)
    }

    /// The next block of the node that was read last.
    fn inner(&mut self, function: FnId, depth: usize, text: &mut Text) -> Parsed<Option<Block>> {
        let deeper = text.at(depth + 1).is_some();
        if !deeper && text.at(depth) != Some(".") {
            return Ok(None);
        }
        let block = self.block(function, depth + 1, text)?;
        if text.at(depth) != Some(".") {
            return Err("a block does not end".into());
        }
        text.lines.next();
        self.line += 1;
        Ok(Some(block))
    }

    /// One line; its blocks are empty.
    fn node(&mut self, function: FnId, at: &mut Cursor) -> Parsed<Node> {
        let span = self.span();
        let node = if let Some(id) = result(at) {
            *self.call_at(id) = self.call(function, at)?;
            Node::Call(id)
        } else if at.take("await ") {
            Node::Await { value: self.value(at)?, span }
        } else if at.take("yield") {
            Node::Yield { value: self.optional(at)?, span }
        } else if at.take("return") {
            Node::Return { value: self.optional(at)?, span }
        } else if at.take("throw") {
            Node::Throw { span }
        } else if at.take("break") {
            Node::Break { label: label(at) }
        } else if at.take("continue") {
            Node::Continue { label: label(at) }
        } else if at.take("closure ") {
            Node::Closure { function: self.label(at)?, inline: at.take(" inline") }
        } else {
            self.region(at)?
        };
        at.end().map(|()| node)
    }

    fn region(&mut self, at: &mut Cursor) -> Parsed<Node> {
        let span = self.span();
        if at.take("group") {
            return Ok(Node::Group(Block::new()));
        }
        if at.take("branch ") {
            return Ok(Node::branch(self.pred(at)?, Block::new(), Block::new(), span));
        }
        if at.take("match ") {
            let subject = self.value(at)?;
            at.expect(" ")?;
            let mut arms = Vec::new();
            at.list("[", "]", |at| {
                self.pattern(at).map(|pattern| arms.push(Arm { pattern, body: Block::new(), span }))
            })?;
            return Ok(Node::Match { subject, arms, span });
        }
        if at.take("loop ") {
            let kind = loop_kind(&at.word()?)?;
            let each = if at.starts(" '") { None } else { self.optional(at)? };
            return Ok(Node::Loop { kind, label: label(at).map(Into::into), each, body: Block::new(), span });
        }
        if at.take("try ") {
            let mut handlers = Vec::new();
            at.list("[", "]", |at| {
                let caught = at.type_ref().map(|ty| Some(ty).filter(|ty| ty.name != "_"));
                caught.map(|caught| handlers.push(Handler { caught, body: Block::new(), span }))
            })?;
            return Ok(Node::Try { body: Block::new(), handlers, finally: Block::new(), span });
        }
        if at.take("scope ") {
            let resource = self.value(at)?;
            at.expect(" as ")?;
            let bound = if at.take("_") { None } else { Some(self.value(at)?) };
            return Ok(Node::Scope { resource, bound, body: Block::new(), span });
        }
        let target = self.value(at)?;
        at.expect(" := ")?;
        Ok(Node::Bind { target, value: self.value(at)?, span })
    }

    fn optional(&mut self, at: &mut Cursor) -> Parsed<Option<Value>> {
        at.take(" ");
        if at.is_empty() { Ok(None) } else { self.value(at).map(Some) }
    }

    fn pattern(&mut self, at: &mut Cursor) -> Parsed<Pattern> {
        if at.take("?") {
            return Ok(Pattern::Other);
        }
        let mut ahead = *at;
        match ahead.dotted()?.as_str() {
            "_" => {
                *at = ahead;
                Ok(Pattern::Any)
            }
            name if at.starts("\"") || is_literal(name) => match self.value(at)? {
                Value::Literal(literal) => Ok(Pattern::Literal(literal)),
                _ => Err("no literal".into()),
            },
            name => {
                let name = name.to_string();
                *at = ahead;
                Ok(Pattern::Name(name))
            }
        }
    }
}

fn is_literal(name: &str) -> bool {
    matches!(name, "null" | "true" | "false" | "regex" | "inf" | "NaN")
        || name.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

/// `%3 = `.
fn result(at: &mut Cursor) -> Option<CallId> {
    let mut ahead = *at;
    let id = if ahead.take("%") { ahead.number().ok()? } else { return None };
    let found = ahead.take(" = ");
    if found {
        *at = ahead;
    }
    found.then_some(CallId(id))
}

fn label(at: &mut Cursor) -> Option<String> {
    if at.take(" '") || at.take("'") { at.word().ok() } else { None }
}

fn loop_kind(word: &str) -> Parsed<LoopKind> {
    use LoopKind::*;
    let kinds = [Each, While, Endless, Receive];
    kinds.into_iter().find(|kind| format!("{kind:?}") == word).ok_or(format!("no kind of loops: {word}"))
}

fn fill(node: &mut Node, blocks: Vec<Block>) -> Parsed<()> {
    let mut places = node.blocks_mut();
    if places.len() < blocks.len() {
        return Err("more blocks than the node has".into());
    }
    places.iter_mut().zip(blocks).for_each(|(place, block)| **place = block);
    Ok(())
}
