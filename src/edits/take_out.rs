//! The fix of `shared-client-closed`, and of a close after the other side's: the call that closes is taken out, with the
//! `finally` that held nothing else.
//!
//! Takes out whole lines, and gives up on anything that is not plain. Names no library.

use super::leftover::Leftover;
use crate::checks::Project;
use crate::checks::sharing::closing::Closed;
use crate::facts::walk::{around_call, nodes};
use crate::facts::{Block, CallId, Handler, Language, Node, Span, Value};
use crate::finding::lines;
use crate::finding::{Applicability, Edit, Fix};
use crate::ownership::release::{ClosedByPeer, tells_end};
use crate::program::CallRef;

/// How the block around the call has to change.
enum Place<'a> {
    /// Other statements stand beside it.
    Among,
    /// It is all that a `finally` does.
    Finally { body: &'a Block, handlers: &'a [Handler], span: Span },
    /// It is all that a handler does, which goes on to catch the error.
    Handler,
}

pub fn fix(project: &Project, closed: &Closed) -> Option<Fix> {
    let edits = match closed.call {
        Some(call) => taken_out(project, call)?,
        None => opened(project, closed)?,
    };
    let title = match closed.call {
        Some(_) => "Remove the call that closes it",
        None => "Remove the block that closes it",
    };
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// Without a call that releases, and the imports that only it needed.
pub(crate) fn taken_out(project: &Project, call: CallRef) -> Option<Vec<Edit>> {
    let program = &project.program;
    let facts = program.facts(call.file);
    let function = facts.call(call.id).function;
    let file = program.units[call.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let span = facts.call(call.id).span;
    let line = lines::around(text, span)?;
    let written = text.get(span.range())?;
    let statement = text.get(line.range())?.trim().trim_end_matches(';');
    if statement != written && statement != format!("await {written}") {
        return None;
    }
    // A `try` of its own goes with it.
    let line = match own_try(&facts.function(function).body, call.id) {
        Some(span) => lines::around(text, span)?,
        None => line,
    };
    let python = facts.language == Language::Python;
    let edits = match place(&facts.function(function).body, call.id)? {
        Place::Among => vec![(lines::with_blank(text, line), String::new())],
        Place::Finally { handlers: [], body, span } => unwrapped(text, span, line, body, python)?,
        Place::Finally { .. } => vec![(finally(text, line, python)?, if python { "" } else { "}\n" }.to_string())],
        Place::Handler => vec![passed_over(text, line).filter(|_| python)?],
    };
    let left = Leftover::of(project, call.file, text, &[line]);
    Some(edits.into_iter().map(|(span, text)| Edit { file, span, text }).chain(left.edits()).collect())
}

/// Without a call on what the other side has closed, where that is told where the call stands.
pub fn after_end(project: &Project, closed: &ClosedByPeer) -> Option<Fix> {
    let program = &project.program;
    let function = program.call(closed.call).function;
    let body = &program.facts(closed.call.file).function(function).body;
    let around = around_call(body, closed.call.id);
    let told = around.iter().any(|region| match region.node {
        Node::Try { handlers, .. } => {
            let own = handlers.iter().find(|handler| std::ptr::eq(&handler.body, region.block));
            own.is_some_and(|own| tells_end(program, closed.ty, own))
        }
        _ => false,
    });
    let edits = taken_out(project, closed.call).filter(|_| told)?;
    Some(Fix::new("Remove the call", Applicability::Unsafe, edits))
}

/// The lines of a `with` over a client that was there before, without their head.
fn opened(project: &Project, closed: &Closed) -> Option<Vec<Edit>> {
    let program = &project.program;
    let file = program.units[closed.function.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let head = lines::around(text, closed.span)?;
    let first = text.get(head.range())?;
    let indent = lines::indent(first);
    let resource =
        first.trim().strip_prefix("async ").unwrap_or(first.trim()).strip_prefix("with ")?.strip_suffix(':')?;
    let plain = !resource.contains([',', '(', '#']) && !resource.contains(" as ");
    let deep = format!("{indent}{}", lines::step(text));
    let length = lines::block_length(text.get(head.end as usize..)?, &deep).filter(|length| plain && *length > 0)?;
    let body = Span { start: head.end, end: head.end + length as u32 };
    let moved = lines::shallower(text.get(body.range())?, lines::step(text))?;
    Some(vec![Edit { file, span: Span { start: head.start, end: body.end }, text: moved }])
}

/// Other statements stand beside the call in its block.
pub(crate) fn is_among(block: &Block, call: CallId) -> bool {
    matches!(place(block, call), Some(Place::Among))
}

/// Where the call stands; `None` where taking it out leaves an empty block.
fn place<'a>(block: &'a Block, call: CallId) -> Option<Place<'a>> {
    let is_call = |node: &Node| is_it(node, call);
    if block.iter().any(is_call) {
        return (!is_alone(block, call)).then_some(Place::Among);
    }
    for node in block {
        if let Node::Try { body, handlers, finally, span } = node
            && finally.iter().any(is_call)
            && is_alone(finally, call)
        {
            return Some(Place::Finally { body, handlers, span: *span });
        }
        if let Node::Try { handlers, .. } = node
            && handlers.iter().any(|handler| handler.body.iter().any(is_call) && is_alone(&handler.body, call))
        {
            return Some(Place::Handler);
        }
        let inner = node.blocks().find_map(|inner| place(inner, call));
        if inner.is_some() {
            return inner;
        }
    }
    None
}

fn is_alone(block: &Block, call: CallId) -> bool {
    block.iter().all(|node| is_it(node, call))
}

/// The call, or a `try` that holds nothing else.
fn is_it(node: &Node, call: CallId) -> bool {
    match node {
        Node::Call(id) => *id == call,
        Node::Await { value, .. } => *value == Value::Call(call),
        Node::Try { body, finally, .. } => finally.is_empty() && !body.is_empty() && is_alone(body, call),
        _ => false,
    }
}

/// The `try` that holds nothing but the call.
fn own_try(block: &Block, call: CallId) -> Option<Span> {
    nodes(block).find_map(|node| match node {
        Node::Try { span, .. } if is_it(node, call) => Some(*span),
        _ => None,
    })
}

/// What stands in the place of the only statement of a block.
fn passed_over(text: &str, line: Span) -> Option<(Span, String)> {
    let written = text.get(line.range())?;
    let start = line.start as usize + lines::indent(written).len();
    Some((Span::new(start, line.start as usize + written.trim_end().len()), "pass".into()))
}

/// From the end of the block before to the end of the `finally`.
fn finally(text: &str, line: Span, python: bool) -> Option<Span> {
    let before = text.get(..line.start as usize)?;
    let start = before.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let head = before.get(start..)?.trim();
    if python {
        return (head == "finally:").then(|| Span::new(start, line.end as usize));
    }
    let after = text.get(line.end as usize..)?;
    let next = after.split_inclusive('\n').next()?;
    let closes = matches!(next.trim(), "}" | "};");
    let brace = start + before.get(start..)?.find('}')?;
    (squeezed(head) == "}finally{" && closes).then(|| Span::new(brace, line.end as usize + next.len()))
}

fn squeezed(line: &str) -> String {
    line.split_whitespace().collect()
}

/// Without handlers, nothing is left of the `try`: its body moves out.
fn unwrapped(text: &str, span: Span, line: Span, body: &Block, python: bool) -> Option<Vec<(Span, String)>> {
    let head = lines::around(text, Span { start: span.start, end: span.start })?;
    let opening = if python { "try:" } else { "try{" };
    let finally = finally(text, line, python)?;
    let inner =
        Span { start: head.end, end: lines::around(text, Span { start: finally.start, end: finally.start })?.start };
    let moved = text.get(inner.range())?;
    if squeezed(text.get(head.range())?) != opening || body.is_empty() {
        return None;
    }
    let outside = [text.get(..head.start as usize)?, text.get(finally.end as usize..)?];
    if !python && declared(moved).any(|name| outside.iter().any(|text| declared(text).any(|other| other == name))) {
        return None;
    }
    let moved = lines::shallower(moved, lines::step(text))?;
    Some(vec![(Span { start: head.start, end: finally.end }, moved)])
}

/// Names that lines declare, as far as their first words tell.
fn declared(lines: &str) -> impl Iterator<Item = &str> {
    lines.lines().filter_map(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("const ").or_else(|| line.strip_prefix("let "))?;
        Some(rest.split(['=', ':', ';', ' ']).next().unwrap_or(rest))
    })
}
