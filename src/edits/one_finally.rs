//! The fix of `connection-not-released` where each way through a `try` and its handlers releases by itself, and one that
//! fails before that does not: they all end in one `finally`.
//!
//! Only where nothing is waited for after a release that goes, so that no connection is held for longer. Where no way
//! releases, the `finally` is new. Names no library.

use super::statements::around;
use super::take_out::is_among;
use super::try_finally::bound;
use crate::catalog::schema::Kind;
use crate::checks::Project;
use crate::facts::{Call, CallId, Language, Node, Span, Value};
use crate::finding::{Applicability, Edit, Fix, Style, lines};
use crate::ownership::release::{Leak, Path, What};

pub fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    let program = &project.program;
    let language = program.language(leak.call.file);
    let ways = matches!(leak.path, Path::Throw(_) | Path::Return(_) | Path::Caught(_) | Path::End | Path::Never);
    if !ways || language == Language::Rust || leak.deferred {
        return None;
    }
    let facts = program.facts(leak.call.file);
    let body = &facts.function(program.call(leak.call).function).body;
    let (var, _, rest) = bound(body, leak.call.id)?;
    let known = |name: &str| match leak.resource.what {
        What::Catalog(ty) => program.catalog.releases(ty, name),
        What::Object(_) => leak.ends.iter().any(|end| end == name),
    };
    let on_it = |call: &Call| matches!(&call.callee, Value::Member(base, _) if **base == Value::Var(var));
    let calls = facts.calls.iter().enumerate().filter(|(_, call)| on_it(call));
    let releases: Vec<(CallId, &Call)> = calls
        .filter(|(_, call)| call.callee_name(facts).is_some_and(known))
        .map(|(id, call)| (CallId(id as u32), call))
        .collect();
    let own = |node: &Node| match node {
        Node::Call(id) => on_it(facts.call(*id)),
        Node::Await { value: Value::Call(id), .. } => on_it(facts.call(*id)),
        _ => false,
    };
    let at = rest.iter().position(|node| !own(node))?;
    let Node::Try { handlers, finally, span, .. } = &rest[at] else { return None };
    let file = program.units[leak.call.file as usize].source;
    let text = &*project.inputs.files.get(file.index())?.text;
    let within = |call: &Call| span.contains(call.span) && call.function == program.call(leak.call).function;
    let plain = finally.is_empty() && !handlers.is_empty() && rest.len() == at + 1;
    if !plain || !releases.iter().all(|(id, call)| within(call) && is_among(body, *id)) {
        return None;
    }
    let first = lines::around(text, Span { start: span.start, end: span.start })?;
    // What is no connection costs nothing while it is kept.
    let light = leak.resource.kind(program) == Some(Kind::Handle);
    let gone: Vec<Span> =
        releases.iter().map(|(_, call)| gone(text, first.start, call.span, light)).collect::<Option<Vec<_>>>()?;
    let close = match releases.is_empty() {
        true => anew(project, leak, &facts.local(var).name, project.style(leak.call.file))?,
        false => close(text, &gone)?.to_string(),
    };
    let (indent, step) = (lines::indent(text.get(first.range())?), lines::step(text));
    let last = lines::around(text, Span { start: span.end.checked_sub(1)?, end: span.end })?;
    let (place, new) = match language {
        Language::Python => {
            (Span { start: last.end, end: last.end }, format!("{indent}finally:\n{indent}{step}{close}\n"))
        }
        _ => {
            let ends = text.get(last.range())?.trim_end() == format!("{indent}}}");
            ends.then(|| (last, format!("{indent}}} finally {{\n{indent}{step}{close}\n{indent}}}\n")))?
        }
    };
    let mut edits: Vec<Edit> =
        gone.into_iter().map(|line| Edit { file, span: lines::with_blank(text, line), text: String::new() }).collect();
    edits.push(Edit { file, span: place, text: new });
    Some(Fix::new("Release it in one `finally`", Applicability::Unsafe, edits))
}

/// The lines of a release, where it is a statement and nothing behind it in its block waits.
fn gone(text: &str, from: u32, call: Span, light: bool) -> Option<Span> {
    let line = lines::around(text, call)?;
    let (written, call) = (statement(text, line)?, text.get(call.range())?);
    let alone = written == call || written == format!("await {call}");
    let block = around(text, from, line)?;
    let rest = text.get(line.end as usize..block.span.end as usize)?;
    (alone && (light || !lines::mentions(rest, "await"))).then_some(line)
}

/// A release where there was none.
fn anew(project: &Project, leak: &Leak, name: &str, style: Style) -> Option<String> {
    let What::Catalog(ty) = leak.resource.what else { return None };
    let row = &project.program.catalog.ty(ty).row;
    let method = row.release.first().filter(|method| !method.contains('.') && row.undo.is_empty())?;
    let wait = if row.release_awaited? { "await " } else { "" };
    let function = project.program.facts(leak.call.file).function(project.program.call(leak.call).function);
    let end = if project.program.language(leak.call.file) == Language::Script { style.end() } else { "" };
    (wait.is_empty() || function.flags.is_async).then(|| format!("{wait}{name}.{method}(){end}"))
}

fn statement(text: &str, line: Span) -> Option<&str> {
    text.get(line.range()).map(|line| line.trim().trim_end_matches(';'))
}

/// The statement that all of them are, waited for where one of them is.
fn close<'t>(text: &'t str, gone: &[Span]) -> Option<&'t str> {
    let bare = |line: &Span| statement(text, *line).map(|written| written.trim_start_matches("await "));
    let first = bare(gone.first()?)?;
    let waited = gone.iter().find(|line| statement(text, **line).is_some_and(|written| written.starts_with("await ")));
    let line = waited.or(gone.first())?;
    gone.iter().all(|line| bare(line) == Some(first)).then(|| text.get(line.range()).map(str::trim)).flatten()
}
