//! The fix of `connection-not-released` for blocks that end with a plain close: a `with` instead.
//!
//! Moves text, line by line, and gives up on anything that is not plain. Names no library.

use crate::facts::{Block, Call, CallId, Language, Node, Span, Value, VarRef};
use crate::finding::{Applicability, Edit, Fix};
use crate::project::Project;
use crate::project::release::{Leak, Path, What};

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
    let plain = program.language(leak.call.file) == Language::Python && matches!(leak.path, Path::Throw(_));
    let What::Catalog(ty) = leak.resource.what else { return None };
    let row = &program.catalog.ty(ty).row;
    if !plain || !row.context_manager || program.call(leak.call).awaited {
        return None;
    }
    let facts = program.facts(leak.call.file);
    let function = facts.function(program.call(leak.call).function);
    let bounds = bounds(&function.body, leak.call.id, &facts.calls, &row.release, 0)?;
    let file = program.units[leak.call.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let expression = text.get(program.call(leak.call).span.range())?;
    let (span, text) = rewrite(text, &bounds, &facts.local(bounds.var).name, expression)?;
    let title = "Open it in a `with` block".to_string();
    Some(Fix { title, applicability: Applicability::Unsafe, edits: vec![Edit { file, span, text }] })
}

/// Finds the block that binds the call's result and later closes it, once and nowhere else.
fn bounds(block: &Block, call: CallId, calls: &[Call], release: &[String], depth: u32) -> Option<Bounds> {
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
            _ if depth < 100 => {
                let found = node.blocks().find_map(|inner| bounds(inner, call, calls, release, depth + 1));
                if found.is_some() {
                    return found;
                }
            }
            _ => {}
        }
    }
    None
}

fn is_close(call: &Call, var: VarRef, release: &[String]) -> bool {
    matches!(&call.callee, Value::Member(base, name) if **base == Value::Var(var) && release.contains(name))
}

/// The lines from the binding to the close, with the ones between them moved into the block.
fn rewrite(text: &str, bounds: &Bounds, name: &str, expression: &str) -> Option<(Span, String)> {
    let start = text.get(..bounds.bind.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let end = bounds.close.end as usize + text.get(bounds.close.end as usize..)?.find('\n')? + 1;
    let mut lines: Vec<&str> = text.get(start..end)?.split_inclusive('\n').collect();
    let (first, last) = (lines.remove(0), lines.pop()?);
    let blank = |line: &&&str| line.trim().is_empty();
    lines.drain(..lines.iter().take_while(blank).count());
    lines.truncate(lines.len() - lines.iter().rev().take_while(blank).count());
    let indent = &first[..first.len() - first.trim_start().len()];
    let comment = first.trim().strip_prefix(&format!("{name} = {expression}"))?;
    let (wait, with) = if bounds.waits { ("await ", "async with") } else { ("", "with") };
    let close = text.get(bounds.close.range())?;
    let plain = (comment.is_empty() || comment.trim_start().starts_with('#'))
        && last.trim().strip_prefix(wait).is_some_and(|last| last == close);
    let fits = |line: &&str| {
        line.trim().is_empty() || line.starts_with(indent) && !line.contains("\"\"\"") && !line.contains("'''")
    };
    if !plain || lines.is_empty() || !lines.iter().all(fits) {
        return None;
    }
    let step = if indent.contains('\t') { "\t" } else { "    " };
    let mut moved = format!("{indent}{with} {expression} as {name}:{comment}\n");
    for line in lines {
        let blank = line.trim().is_empty();
        moved.push_str(if blank { "" } else { step });
        moved.push_str(line);
    }
    Some((Span::new(start, end), moved))
}
