//! A flag for what may open, or be opened again, when the owner's life has ended: the cleanup sets it, and the opener
//! looks at it first.
//!
//! Where the handle is waited for, it is released right there instead. Knows no library.

use super::Mend;
use super::naming::{self, Writer};
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::edits::statements::innermost;
use crate::facts::walk::around_call;
use crate::facts::{CallId, Language, Node, Span, Value, returned};
use crate::finding::lines;
use crate::ownership::effects::model::Owner;
use crate::ownership::effects::{Effects, Fault, Open};
use crate::program::{CallRef, FnRef};

/// `proof` is the release, which may come too early.
pub(super) fn flagged<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    fault: Fault,
    proof: CallRef,
) -> Option<Mend> {
    let (program, file) = (effects.program, open.call.file);
    let end = FnRef { file, id: program.call(proof).function };
    let near = proof.file == file && owner.start.file == file && open.from.file == file;
    if !near || program.language(file) != Language::Script {
        return None;
    }
    let mut writer = Writer::new(effects, file, program.call(open.call))?;
    let callback = answered(effects, open);
    let scope = scope(effects, owner, open, end)?;
    let text = writer.text;
    let written = text.get(scope.range())?;
    let name = NAMES.into_iter().find(|name| !lines::mentions(written, name))?;
    match callback {
        Some(callback) => looked_in(effects, open, callback, name, &mut writer)?,
        None => looked_before(effects, open, fault, name, &mut writer)?,
    }
    let semicolon = writer.style.end();
    let first = first_line(text, scope)?;
    let next = text.get(first as usize..)?.lines().next()?;
    let joined = ["let ", "const "].iter().any(|word| next.trim_start().starts_with(word)) || next.trim().is_empty();
    let parted = if joined { "" } else { "\n" };
    writer.insert(first, format!("{}let {name} = false{semicolon}\n{parted}", lines::indent(next)));
    set(&mut writer, program.function(end).span, &format!("{name} = true{semicolon}"))?;
    writer.names.push((owner.start.id, name.to_string()));
    Some(Mend::new(file, writer, None))
}

/// The function that opens looks at the flag: before it does so, or once the handle has come that it waits for.
fn looked_before(effects: &Effects, open: &Open, fault: Fault, name: &str, writer: &mut Writer) -> Option<()> {
    let (program, text) = (effects.program, writer.text);
    let from = program.function(open.from);
    let mut given = Vec::new();
    returned(&from.body, &mut given);
    let span = program.call(open.call).span;
    let statement = innermost(text, lines::around(text, from.span)?.start, span)?;
    let inside = from.span.start < statement.start && statement.end < from.span.end;
    let waits = program.call(open.call).awaited && open.opener.gives.is_promise();
    let release = if waits { released(text, statement, open) } else { None };
    let late = open.awaited || release.is_some() || matches!(fault, Fault::Pending(_));
    (inside && late && given.is_empty()).then_some(())?;
    let semicolon = writer.style.end();
    let deep = lines::indent(text.get(lines::around(text, span)?.range())?);
    let leave = format!("return{semicolon}");
    match release {
        Some(release) => {
            let ends = text.get(statement.end as usize..)?.trim_start().starts_with('}');
            let inner = std::iter::once(format!("{release}{semicolon}")).chain((!ends).then_some(leave));
            writer.insert(statement.end, block(writer, deep, name, &inner.collect::<Vec<_>>()));
        }
        // A `return` there would lose an error.
        None if is_in_finally(&from.body, open.call.id) => {
            let written = text.get(statement.range())?.trim();
            let new = block(writer, deep, &format!("!{name}"), &[written.to_string()]);
            writer.edits.push((statement, new));
            (!written.contains('\n')).then_some(())?;
        }
        None => {
            let parted = text.get(..statement.start as usize).is_some_and(lines::ends_with_blank);
            let new = format!("{}{}", block(writer, deep, name, &[leave]), if parted { "\n" } else { "" });
            writer.insert(statement.start, new);
        }
    }
    Some(())
}

/// The callback that is given the handle looks at the flag first.
fn looked_in(effects: &Effects, open: &Open, callback: FnRef, name: &str, writer: &mut Writer) -> Option<()> {
    let (text, function) = (writer.text, effects.program.function(callback));
    let [param] = function.params.as_slice() else { return None };
    let written = text.get(function.span.range())?;
    let head = lines::behind(written, "=> {")?;
    let start = function.span.start + head as u32;
    let deep = lines::indent(text.get(start as usize..)?.lines().next()?);
    let release = ended(open, &param.name).filter(|_| !param.name.is_empty())?;
    let semicolon = writer.style.end();
    let inner = [format!("{release}{semicolon}"), format!("return{semicolon}")];
    let plain = written.get(..head)?.lines().count() == 1;
    writer.insert(start, block(writer, deep, name, &inner));
    plain.then_some(())
}

/// What a promise of the handle is told by `then`.
fn answered(effects: &Effects, open: &Open) -> Option<FnRef> {
    let facts = effects.program.facts(open.call.file);
    let opened = Value::Call(open.call.id);
    let then = facts
        .calls
        .iter()
        .find(|call| matches!(&call.callee, Value::Member(base, name) if **base == opened && name == "then"));
    match then.filter(|_| open.opener.gives.is_promise())?.args.as_slice() {
        [only] => match only.value {
            Value::Closure(id) => Some(FnRef { file: open.call.file, id }),
            _ => None,
        },
        _ => None,
    }
}

fn block(writer: &Writer, deep: &str, test: &str, inner: &[String]) -> String {
    let inner: String = inner.iter().map(|line| format!("{deep}{}{line}\n", writer.style.step)).collect();
    format!("{deep}if ({test}) {{\n{inner}{deep}}}\n")
}

fn is_in_finally(body: &[Node], call: CallId) -> bool {
    around_call(body, call).iter().any(|region| match region.node {
        Node::Try { finally, .. } => std::ptr::eq(finally, region.block),
        _ => false,
    })
}

const NAMES: [&str; 3] = ["unmounted", "ended", "gone"];

/// Where the flag is declared: the start, whose cleanup is returned, or what the start and the end stand in.
fn scope(effects: &Effects, owner: &Owner, open: &Open, end: FnRef) -> Option<Span> {
    let program = effects.program;
    let start = program.function(owner.start);
    let mut values = Vec::new();
    returned(&start.body, &mut values);
    if !effects.within(owner.start, open.from) {
        return beside(effects, owner, open);
    }
    if !values.is_empty() {
        let own = values.iter().all(|value| **value == Value::Closure(end.id));
        return (own && owner.effect.is_some()).then_some(start.span);
    }
    let text = super::source(effects, open.call.file)?;
    let line = |f: FnRef| {
        let at = program.call(effects.handed_to(f)?).span.start;
        lines::around(text, Span { start: at, end: at })
    };
    let (start, end) = (line(owner.start)?, line(end)?);
    let indent = |line: Span| text.get(line.range()).map(lines::indent);
    (indent(start) == indent(end)).then(|| Span { start: start.start.min(end.start), end: text.len() as u32 })
}

/// From the first of the call that registers the start and the function that opens, where both stand in set-up code that
/// runs once for each component.
fn beside(effects: &Effects, owner: &Owner, open: &Open) -> Option<Span> {
    let (program, file) = (effects.program, open.call.file);
    let call = owner.effect.filter(|_| !owner.again)?;
    let rows = &effects.project.graph.target(call)?.rows;
    let mut hooks = rows.iter().filter(|row| row.kind == RowKind::Handover).map(|row| program.catalog.handover(*row));
    let once = hooks.any(|row| row.run == Run::Mount && row.deps.is_none());
    let home = program.function(open.from).parent.map(|id| FnRef { file, id });
    if !once || home != Some(owner.home) || effects.at(call) != owner.home {
        return None;
    }
    let text = super::source(effects, file)?;
    let line = |at: u32| lines::around(text, Span { start: at, end: at });
    let (start, from) = (line(program.call(call).span.start)?, line(program.function(open.from).span.start)?);
    let indent = |line: Span| text.get(line.range()).map(lines::indent);
    (indent(start) == indent(from)).then(|| Span { start: start.start.min(from.start), end: text.len() as u32 })
}

/// The line before which the flag is declared: the first of a function's body, or the one that the span begins with.
fn first_line(text: &str, scope: Span) -> Option<u32> {
    let at_margin = scope.start == 0 || text.as_bytes().get(scope.start as usize - 1) == Some(&b'\n');
    if at_margin {
        return Some(lines::above_remarks(text, scope.start));
    }
    let head = text.get(scope.range())?;
    let open = lines::behind(head, "{")?;
    let plain = head.get(..open)?.lines().count() == 1;
    plain.then(|| scope.start + open as u32)
}

/// The statement as the first one of the cleanup.
fn set(writer: &mut Writer, cleanup: Span, statement: &str) -> Option<()> {
    let text = writer.text;
    let written = text.get(cleanup.range())?;
    let line = lines::around(text, Span { start: cleanup.start, end: cleanup.start })?;
    let outer = lines::indent(text.get(line.range())?);
    let indent = format!("{outer}{}", writer.style.step);
    let body = written.split_once("=>").map_or(written, |(_, body)| body);
    if body.trim_start().starts_with('{') || !written.contains("=>") {
        let open = lines::behind(written, "{")?;
        let plain = written.get(..open)?.lines().count() == 1;
        writer.insert(cleanup.start + open as u32, format!("{indent}{statement}\n"));
        return plain.then_some(());
    }
    let first = cleanup.end - body.trim_start().len() as u32;
    writer.insert(first, format!("{{\n{indent}{statement}\n{indent}"));
    writer.insert(cleanup.end, format!("{}\n{outer}}}", writer.style.end()));
    (!body.contains('\n')).then_some(())
}

/// What ends the handle that a statement has waited for.
fn released(text: &str, statement: Span, open: &Open) -> Option<String> {
    let written = text.get(statement.range())?.trim_start();
    let head = written.split_once(" = await ")?.0;
    let name = head.strip_prefix("const ").or_else(|| head.strip_prefix("let ")).unwrap_or(head);
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'));
    plain.then(|| ended(open, name)).flatten()
}

/// What ends the handle, where there is one way to do so.
fn ended(open: &Open, name: &str) -> Option<String> {
    let release = open.opener.releases.first().filter(|release| release.methods.len() <= 1)?;
    naming::ended(release, name, true)
}
