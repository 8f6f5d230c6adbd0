//! The fix of `connection-not-released` in scripts: what follows the acquisition goes into `try`, the
//! release into `finally`.
//!
//! Moves text, line by line, and gives up on anything that is not plain. Names no library.

use crate::checks::Project;
use crate::facts::walk::nodes;
use crate::facts::{Block, Call, CallId, FileFacts, Language, Node, Span, Value, VarRef};
use crate::finding::lines;
use crate::finding::{Applicability, Edit, Fix};
use crate::ownership::release::{Leak, Path, What};
use crate::program::CallRef;

/// The statements between the acquisition and the end of its block.
pub(super) struct Parts {
    bind: Span,
    call: CallId,
    release: Span,
    /// Names that are declared between the two.
    declared: Vec<String>,
    /// The last statement of the block.
    end: u32,
    /// Something is awaited after the release.
    pub(super) waits_after: bool,
}

pub fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    let program = &project.program;
    let script = program.language(leak.call.file) == Language::Script;
    let What::Catalog(ty) = leak.resource.what else { return None };
    if !script || !matches!(leak.path, Path::Throw(_) | Path::Return(_) | Path::Caught(_)) || leak.deferred {
        return None;
    }
    let facts = program.facts(leak.call.file);
    let function = facts.function(program.call(leak.call).function);
    let row = &program.catalog.ty(ty).row;
    let parts = parts(facts, &function.body, leak.call.id, &row.release)?;
    let file = program.units[leak.call.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let name = program.call(CallRef { file: leak.call.file, id: parts.call }).callee_name(facts)?;
    let (title, (span, text)) = match row.undo.get(name) {
        Some(undo) => (format!("Call `{undo}` where it fails"), undone(text, &parts, (name, undo))?),
        None => ("Release it in `finally`".to_string(), rewrite(text, &parts)?),
    };
    Some(Fix::new(title, Applicability::Unsafe, vec![Edit { file, span, text }]))
}

/// The declaration that takes a call's result, and what follows it in its block.
pub(super) fn bound(block: &Block, call: CallId) -> Option<(VarRef, Span, &[Node])> {
    let found = block.iter().enumerate().find_map(|(at, node)| match node {
        Node::Bind { target: Value::Var(var), value: Value::Call(id), span } if *id == call => {
            Some((*var, *span, &block[at + 1..]))
        }
        _ => None,
    });
    if found.is_some() {
        return found;
    }
    block.iter().flat_map(Node::blocks).find_map(|inner| bound(inner, call))
}

pub(super) fn parts(facts: &FileFacts, block: &Block, call: CallId, release: &[String]) -> Option<Parts> {
    let (var, bind, rest) = bound(block, call)?;
    in_block(facts, rest, var, bind, release)
}

impl Parts {
    /// The lines of the release, where nothing else stands on them.
    pub(super) fn closing_lines(&self, text: &str) -> Option<Span> {
        let lines = lines::around(text, self.release)?;
        let (written, call) = (text.get(lines.range())?.trim().trim_end_matches(';'), text.get(self.release.range())?);
        (written == call || written == format!("await {call}")).then_some(lines)
    }
}

fn in_block(facts: &FileFacts, rest: &[Node], var: VarRef, bind: Span, release: &[String]) -> Option<Parts> {
    let releases = |call: &Call| matches!(&call.callee, Value::Member(base, name) if **base == Value::Var(var) && release.contains(name));
    let at = rest.iter().position(|node| matches!(node, Node::Call(id) if releases(facts.call(*id))))?;
    let Node::Call(id) = &rest[at] else { return None };
    let only = facts.calls.iter().filter(|call| releases(call)).count() == 1;
    let end = rest.iter().filter_map(|node| end(facts, node)).max()?;
    let own = |node: &Node| matches!(node, Node::Await { value: Value::Call(of), .. } if of == id);
    let waits_after = rest[at + 1..].iter().any(|node| !own(node) && waits(node));
    let declared = declared(&rest[..at]).into_iter().map(|var| facts.local(var).name.clone()).collect();
    only.then(|| Parts { bind, call: *id, release: facts.call(*id).span, declared, end, waits_after })
}

pub(super) fn waits(node: &Node) -> bool {
    nodes(std::slice::from_ref(node)).any(|node| matches!(node, Node::Await { .. } | Node::Loop { .. }))
}

pub(super) fn declared(nodes: &[Node]) -> Vec<VarRef> {
    let target = |node: &Node| match node {
        Node::Bind { target: Value::Var(var), .. } => Some(*var),
        _ => None,
    };
    nodes.iter().filter_map(target).collect()
}

/// Where a statement ends.
pub(super) fn end(facts: &FileFacts, node: &Node) -> Option<u32> {
    Some(match node {
        Node::Call(id) => facts.call(*id).span.end,
        Node::Bind { span, .. }
        | Node::Await { span, .. }
        | Node::Return { span, .. }
        | Node::Throw { span }
        | Node::Branch { span, .. }
        | Node::Match { span, .. }
        | Node::Loop { span, .. }
        | Node::Try { span, .. }
        | Node::Scope { span, .. } => span.end,
        _ => return None,
    })
}

/// What stood before and after the release, with a blank line between them where there was one.
fn joined(before: &str, after: &str) -> String {
    let (start, end) = (lines::unpadded(before), lines::unpadded(after));
    let parted = !(before.ends_with(start) && after.starts_with(end));
    let blank = if parted && !end.is_empty() { "\n" } else { "" };
    format!("{start}{blank}{end}")
}

/// What a `try` takes in: the lines after the acquisition, up to the release or to the end of the block.
struct Body<'t> {
    start: u32,
    /// Of the lines that the new ones take the place of.
    end: u32,
    indent: &'t str,
    before: &'t str,
    close: &'t str,
    after: &'t str,
}

impl<'t> Body<'t> {
    fn of(text: &'t str, parts: &Parts) -> Option<Self> {
        let head = lines::around(text, parts.bind)?;
        let release = parts.closing_lines(text)?;
        let last = lines::around(text, Span { start: parts.end, end: parts.end })?.end.max(release.end);
        let rest = text.get(release.end as usize..last as usize)?;
        // What is declared in a `try` is not seen after it.
        let outlived = parts.declared.iter().any(|name| lines::mentions(rest, name));
        let end = if outlived { last } else { release.end };
        let before = text.get(head.end as usize..release.start as usize)?;
        let after = text.get(release.end as usize..end as usize)?;
        let indent = lines::indent(text.get(head.range())?);
        let plain = |part: &str| lines::are_within(part, indent);
        let whole = !before.trim().is_empty() && plain(before) && plain(after) && !(parts.waits_after && outlived);
        let close = text.get(release.range())?.trim();
        whole.then_some(Self { start: head.end, end, indent, before, close, after })
    }

    /// The lines in a `try`, with what follows it.
    fn tried(&self, text: &str, lines: &str, clause: &str, last: &[&str]) -> Option<(Span, String)> {
        let (indent, step) = (self.indent, lines::step(text));
        let inner = lines::deeper(lines, step)?;
        let last: String = last.iter().map(|line| format!("{indent}{step}{line}\n")).collect();
        let new = format!("{indent}try {{\n{inner}{indent}}} {clause} {{\n{last}{indent}}}\n");
        Some((Span { start: self.start, end: self.end }, new))
    }
}

fn rewrite(text: &str, parts: &Parts) -> Option<(Span, String)> {
    let body = Body::of(text, parts)?;
    body.tried(text, &joined(body.before, body.after), "finally", &[body.close])
}

/// The release stays where it is, and what undoes it goes where anything before it fails.
fn undone(text: &str, parts: &Parts, (name, undo): (&str, &str)) -> Option<(Span, String)> {
    let body = Body::of(text, parts).filter(|body| body.after.is_empty() && body.close.matches(name).count() == 1)?;
    let lines = format!("{}{}{}\n", lines::unpadded(body.before), body.indent, body.close);
    let end = if body.close.ends_with(';') { ";" } else { "" };
    let (undo, throw) = (body.close.replace(name, undo), format!("throw error{end}"));
    body.tried(text, &lines, "catch (error)", &[&undo, &throw])
}
