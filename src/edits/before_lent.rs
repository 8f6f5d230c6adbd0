//! The fix of `connection-held-across-io` where a callback that is lent what is held waits first: the statements up to
//! the wait go in front of the one that asks for it.
//!
//! Only where they neither use what is lent nor leave the callback for less than the function. Names no library.

use super::statements::Below;
use crate::checks::Project;
use crate::facts::{Arg, FnId, Function, Language, ParamKind, Span, Value};
use crate::finding::{Applicability, Edit, Fix, lines};
use crate::ownership::release::{Meanwhile, Overlap, Slow};
use crate::program::FnRef;

pub(super) fn fix(project: &Project, overlap: &Overlap) -> Option<Fix> {
    let program = &project.program;
    let file = overlap.call.file;
    // What the rest of a request does may need what is held.
    if matches!(overlap.what, Meanwhile::Waits(Slow::Handler | Slow::Stream | Slow::Serve | Slow::Lifespan(_))) {
        return None;
    }
    let (facts, lending) = (program.facts(file), program.call(overlap.call));
    let source = program.units[file as usize].source;
    let text = &*project.inputs.files.get(source.index())?.text;
    // What comes behind it may be told of a failure.
    let callback = facts.function(closure(lending.args.last()?)?);
    let outer = program.function(FnRef { file, id: lending.function });
    let given = callback.params.first().filter(|param| param.kind == ParamKind::Normal && !param.name.is_empty())?;
    let fits = program.language(file) == Language::Script && outer.flags.is_async && callback.params.len() == 1;
    let place = program.call(overlap.at).span;
    if !fits || overlap.at.file != file || !callback.span.contains(place) {
        return None;
    }
    let line = lines::around(text, Span { start: lending.span.start, end: lending.span.start })?;
    let head = text.get(line.range())?;
    let indent = lines::indent(head);
    let own = text.get(line.start as usize..lending.span.start as usize)?.trim();
    let body = body(text, callback)?;
    let step = body.indent.strip_prefix(indent).filter(|step| !step.is_empty())?;
    let statements = body.statements()?;
    let wait = statements.iter().find(|own| own.start <= place.start && place.end <= own.end)?;
    let first = Span { start: body.span.start, end: wait.end };
    let written = text.get(first.range())?;
    let leaves = lines::mentions(written, "return") && !own.starts_with("return");
    let clashes = declared(written).any(|name| outer.locals.iter().any(|local| local.name == name));
    let all = statements.last().is_some_and(|last| last.end == wait.end);
    if !is_alone(own) || lines::mentions(written, &given.name) || leaves || clashes || all {
        return None;
    }
    let blank = body.text.get(wait.end as usize..)?;
    let blank = blank.len() - blank.trim_start_matches(['\n', '\r']).len();
    let moved = format!("{}\n", lines::shallower(written, step)?);
    let gone = Span { start: first.start, end: wait.end + blank as u32 };
    let edit = |span: Span, text: String| Edit { file: source, span, text };
    let edits = vec![edit(Span { start: line.start, end: line.start }, moved), edit(gone, String::new())];
    Some(Fix::new("Wait before it is asked for", Applicability::Unsafe, edits))
}

pub(super) fn closure(arg: &Arg) -> Option<FnId> {
    match arg.value {
        Value::Closure(id) => Some(id),
        _ => None,
    }
}

/// The lines between the braces of an arrow function.
pub(super) fn body<'t>(text: &'t str, callback: &Function) -> Option<Below<'t>> {
    let written = text.get(callback.span.range())?;
    let open = lines::behind(written, "=> {")?;
    let start = callback.span.start + open as u32;
    let first = text.get(start as usize..)?.lines().find(|line| !line.trim().is_empty())?;
    let plain = written.starts_with("async ") && !written.get(..open)?.contains(';');
    plain.then(|| Below::at(text, start, lines::indent(first))).flatten()
}

/// What stands before the call makes a statement of it.
fn is_alone(before: &str) -> bool {
    let named = || {
        let rest = ["const ", "let "].iter().find_map(|word| before.strip_prefix(word));
        rest.and_then(|rest| rest.split_once('=')).is_some_and(|(_, value)| value.trim() == "await")
    };
    matches!(before, "await" | "return" | "return await") || named()
}

/// The names that lines declare.
fn declared(lines: &str) -> impl Iterator<Item = &str> {
    let heads = lines.lines().filter_map(|line| {
        let rest = ["const ", "let ", "function "].iter().find_map(|word| line.trim_start().strip_prefix(word))?;
        Some(rest.split(" = ").next().unwrap_or(rest))
    });
    heads
        .flat_map(|head| head.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$'))
        .filter(|name| !name.is_empty())
}
