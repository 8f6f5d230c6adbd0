//! The fix of `connection-not-released` in Python: a `with` instead of the plain close at the end, or of none.
//!
//! Moves text, line by line, and gives up on anything that is not plain. Names no library.

use super::try_finally::{bound, end};
use crate::checks::Project;
use crate::facts::{Block, Call, CallId, FileFacts, FnId, Language, Node, Span, Value, VarRef};
use crate::finding::{Applicability, Edit, Fix, lines};
use crate::ownership::release::{Leak, Path, What, is_kept_by_with};

/// Where the resource is bound and where it is closed, in one block.
struct Bounds {
    var: VarRef,
    bind: Span,
    close: Span,
    /// The close is awaited, and so is the end of the block.
    waits: bool,
}

pub fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    let program = &project.program;
    let plain =
        program.language(leak.call.file) == Language::Python && matches!(leak.path, Path::Throw(_) | Path::Never);
    let What::Catalog(ty) = leak.resource.what else { return None };
    let row = &program.catalog.ty(ty).row;
    let manages = row.context_manager && !is_kept_by_with(program, &project.graph, leak.call, ty);
    if !plain || !manages || program.call(leak.call).awaited {
        return None;
    }
    let facts = program.facts(leak.call.file);
    let function = facts.function(program.call(leak.call).function);
    let file = program.units[leak.call.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let expression = text.get(program.call(leak.call).span.range())?;
    let (span, text) = match leak.path {
        Path::Never => {
            let (var, bind, rest) = bound(&function.body, leak.call.id)?;
            let own = Value::Var(var);
            if is_captured(facts, facts.call(leak.call.id).function, &own) {
                return None;
            }
            let waits = facts.calls.iter().any(|call| call.awaited && *call.callee.root() == own);
            // What is awaited may await the resource: nothing here tells which block it takes.
            if !waits && facts.calls.iter().any(|call| call.awaited && call.args.iter().any(|arg| arg.value == own)) {
                return None;
            }
            let only = program.bound(leak.call.file, var).len() == 1;
            let last = rest.iter().filter_map(|node| end(facts, node)).max().filter(|_| only)?;
            kept(text, (bind, last), &facts.local(var).name, expression, waits)?
        }
        _ => {
            let bounds = bounds(&function.body, leak.call.id, &facts.calls, &row.release)?;
            rewrite(text, &bounds, &facts.local(bounds.var).name, expression)?
        }
    };
    let title = "Open it in a `with` block".to_string();
    Some(Fix::new(title, Applicability::Unsafe, vec![Edit { file, span, text }]))
}

/// A function inside of this one has it, which may run when the block is over.
fn is_captured(facts: &FileFacts, f: FnId, own: &Value) -> bool {
    let mut inner = facts.calls.iter().filter(|call| call.function != f && facts.is_within(f, call.function));
    let reads = |value: &Value| value.root() == own || value.holds(&|part| part == own);
    inner.any(|call| reads(&call.callee) || call.args.iter().any(|arg| reads(&arg.value)))
}

/// Finds the block that binds the call's result and later closes it, once and nowhere else.
fn bounds(block: &Block, call: CallId, calls: &[Call], release: &[String]) -> Option<Bounds> {
    for (at, node) in block.iter().enumerate() {
        match node {
            Node::Bind { target: Value::Var(var), value: Value::Call(id), span } if *id == call => {
                let closes = |call: &&Call| is_close(call, *var, release);
                let close = block[at + 1..].iter().find_map(|node| match node {
                    Node::Call(id) => calls.get(id.index()).filter(closes),
                    _ => None,
                })?;
                let only = calls.iter().filter(closes).count() == 1;
                return only.then_some(Bounds { var: *var, bind: *span, close: close.span, waits: close.awaited });
            }
            _ => {
                let found = node.blocks().find_map(|inner| bounds(inner, call, calls, release));
                if found.is_some() {
                    return found;
                }
            }
        }
    }
    None
}

fn is_close(call: &Call, var: VarRef, release: &[String]) -> bool {
    matches!(&call.callee, Value::Member(base, name) if **base == Value::Var(var) && release.contains(name))
}

/// The binding as a `with` that holds all that follows in its block.
fn kept(text: &str, (bind, last): (Span, u32), name: &str, expression: &str, waits: bool) -> Option<(Span, String)> {
    let head = lines::around(text, bind)?;
    let indent = lines::indent(text.get(head.range())?);
    let rest = text.get(head.end as usize..)?;
    let length = lines::block_length(rest, indent)?;
    let code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let goes_on = rest.get(length..)?.lines().find(code).is_some_and(|line| line.starts_with(indent));
    let body = rest.get(..length)?;
    if goes_on || indent.is_empty() || last as usize > head.end as usize + body.len() {
        return None;
    }
    let moved = held(text.get(head.range())?, body, (name, expression), waits)?;
    Some((Span::new(head.start as usize, head.end as usize + body.len()), moved))
}

/// The lines from the binding to the close, with the ones between them moved into the block.
fn rewrite(text: &str, bounds: &Bounds, name: &str, expression: &str) -> Option<(Span, String)> {
    let head = lines::around(text, bounds.bind)?;
    let last = lines::around(text, bounds.close)?;
    let wait = if bounds.waits { "await " } else { "" };
    let close = text.get(last.range())?.trim().strip_prefix(wait)?;
    if text.get(bounds.close.range())? != close {
        return None;
    }
    let body = text.get(head.end as usize..last.start as usize)?;
    let moved = held(text.get(head.range())?, body, (name, expression), bounds.waits)?;
    Some((Span { start: head.start, end: last.end }, moved))
}

/// The binding as a `with` around the lines.
fn held(first: &str, body: &str, (name, expression): (&str, &str), waits: bool) -> Option<String> {
    let (body, indent) = (lines::unpadded(body), lines::indent(first));
    let comment = first.trim().strip_prefix(&format!("{name} = {expression}"))?;
    let plain = comment.is_empty() || comment.trim_start().starts_with('#');
    if !plain || body.is_empty() || !lines::are_within(body, indent) {
        return None;
    }
    let step = if indent.contains('\t') { "\t" } else { "    " };
    let with = if waits { "async with" } else { "with" };
    Some(format!("{indent}{with} {expression} as {name}:{comment}\n{}", lines::deeper(body, step)?))
}
