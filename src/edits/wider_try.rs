//! The fix of `connection-not-released` in scripts where a `try` comes too late: what stands between the acquisition and
//! the `try` whose `finally` releases goes into one that does.
//!
//! Handlers keep what they catch: where there are some, the `finally` moves to a `try` around theirs. Moves text, line
//! by line, and gives up on anything that is not plain. Names no library.

use super::try_finally::{bound, declared, end, waits};
use crate::checks::Project;
use crate::facts::{Call, CallId, FileFacts, Language, Node, Span, Value, VarRef};
use crate::finding::lines;
use crate::finding::{Applicability, Edit, Fix};
use crate::ownership::release::{Leak, Path, What};

/// What follows the acquisition in its block.
struct Late<'f> {
    bind: Span,
    /// Names that are declared before the `try`.
    declared: Vec<&'f str>,
    tried: Span,
    release: Span,
    handled: bool,
    /// The last statement of the block.
    end: u32,
    /// Something is awaited after the `try`.
    waits_after: bool,
}

pub fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    let program = &project.program;
    let (Path::Throw(thrown), What::Catalog(ty)) = (leak.path, leak.resource.what) else { return None };
    if program.language(leak.call.file) != Language::Script || leak.deferred {
        return None;
    }
    let facts = program.facts(leak.call.file);
    let body = &facts.function(program.call(leak.call).function).body;
    let (var, bind, rest) = bound(body, leak.call.id)?;
    let late = late(facts, rest, (var, bind), &program.catalog.ty(ty).row.release)?;
    let file = program.units[leak.call.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let between = bind.end <= thrown.start && thrown.end <= late.tried.start;
    let (span, text) = rewrite(text, &late).filter(|_| between)?;
    let title = "Begin the `try` where it is acquired".to_string();
    Some(Fix::new(title, Applicability::Unsafe, vec![Edit { file, span, text }]))
}

fn late<'f>(facts: &'f FileFacts, rest: &[Node], (var, bind): (VarRef, Span), methods: &[String]) -> Option<Late<'f>> {
    let releases = |call: &Call| matches!(&call.callee, Value::Member(base, name) if **base == Value::Var(var) && methods.contains(name));
    let is_release = |node: &Node| matches!(node, Node::Call(id) if releases(facts.call(*id)));
    let at =
        rest.iter().position(|node| matches!(node, Node::Try { finally, .. } if finally.iter().any(is_release)))?;
    let Node::Try { finally, handlers, span, .. } = &rest[at] else { return None };
    let release = finally.iter().find_map(|node| released(node, &is_release))?;
    let only = facts.calls.iter().filter(|call| releases(call)).count() == 1;
    only.then(|| Late {
        bind,
        declared: declared(&rest[..at]).into_iter().map(|var| facts.local(var).name.as_str()).collect(),
        tried: *span,
        release: facts.call(release).span,
        handled: !handlers.is_empty(),
        end: rest.iter().filter_map(|node| end(facts, node)).max().unwrap_or(span.end),
        waits_after: rest[at + 1..].iter().any(waits),
    })
}

fn released(node: &Node, is_release: &dyn Fn(&Node) -> bool) -> Option<CallId> {
    match node {
        Node::Call(id) if is_release(node) => Some(*id),
        _ => None,
    }
}

fn rewrite(text: &str, late: &Late) -> Option<(Span, String)> {
    let point = |at: u32| lines::around(text, Span { start: at, end: at });
    let (head, opening, release) =
        (lines::around(text, late.bind)?, point(late.tried.start)?, lines::around(text, late.release)?);
    let (before, closing) = (point(release.start.checked_sub(1)?)?, point(release.end)?);
    let indent = lines::indent(text.get(head.range())?);
    let written = |span: Span| text.get(span.range()).map(str::trim);
    let plain = written(opening)? == "try {" && written(before)? == "} finally {" && written(closing)? == "}";
    let close = written(release)?;
    let call = text.get(late.release.range())?;
    let alone = [call.to_string(), format!("await {call}")].contains(&close.trim_end_matches(';').to_string());
    let between = text.get(head.end as usize..opening.start as usize)?;
    let last = point(late.end)?.end.max(closing.end);
    let rest = text.get(closing.end as usize..last as usize)?;
    let outlived = late.declared.iter().any(|name| lines::mentions(rest, name));
    if !plain || !alone || between.trim().is_empty() || outlived && late.waits_after {
        return None;
    }
    let end = if outlived { last } else { closing.end };
    let whole = text.get(head.end as usize..end as usize)?;
    if !lines::are_within(whole, indent) {
        return None;
    }
    let step = lines::step(text);
    let finally = format!("{indent}}} finally {{\n{indent}{step}{close}\n{indent}}}\n");
    if !late.handled && !outlived {
        let moved = lines::deeper(lines::unpadded(between), step)?;
        return Some((Span { start: head.end, end: opening.end }, format!("{indent}try {{\n{moved}")));
    }
    let tried = text.get(opening.start as usize..before.start as usize)?;
    let inner = match late.handled {
        true => format!(
            "{}{tried}{indent}}}\n{}",
            lines::unpadded(between).to_string() + blank(between),
            text.get(closing.end as usize..end as usize)?
        ),
        false => return None,
    };
    let moved = lines::deeper(lines::unpadded(&inner), step)?;
    Some((Span { start: head.end, end }, format!("{indent}try {{\n{moved}{finally}")))
}

/// The blank line that stood below the lines.
fn blank(lines: &str) -> &'static str {
    if lines::ends_with_blank(lines.trim_end_matches([' ', '\t'])) { "\n" } else { "" }
}
