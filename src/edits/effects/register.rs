//! A release that is registered by a call: `onUnmounted(() => …)`, `onCleanup(() => …)`.
//!
//! The frameworks' rows name the function; it is imported where the file does not do so yet. Knows no
//! framework.

use super::naming::{Reach, Writer};
use super::{Closing, Mend, stands_in_try};
use crate::edits::imports::in_order;
use crate::facts::walk::returns;
use crate::facts::{FileFacts, FnId, Function, ImportKind, LocalKind, Span, Value};
use crate::finding::{Style, lines};
use crate::ownership::effects::model::{Hook, Owner};
use crate::ownership::effects::{Effects, Open};
use crate::packages::manifests::version;

pub(crate) fn registered<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    hook: &Hook<'a>,
    mut writer: Writer<'_>,
) -> Option<Mend> {
    let file = open.call.file;
    let function = effects.program.function(open.from);
    let started = &effects.program.units[owner.start.file as usize].path;
    let applies = hook.cleanup.files.is_empty() || hook.cleanup.files.iter().any(|end| started.ends_with(end.as_str()));
    let beside = owner.effect.filter(|_| !hook.cleanup.inside).map(|call| effects.program.call(call).span);
    let late = function.flags.is_async && beside.is_some() && open.late && stands_in_try(&function.body, open);
    // What is registered beside the hook is, whichever way the start is left.
    let early = returns(&function.body) && owner.effect.is_some() && beside.is_none();
    if !applies || function.flags.is_async && !late || early {
        return None;
    }
    let (reach, at, indent) = match beside {
        None => {
            let (at, indent) = writer.after_statement()?;
            (Reach::Here, at, indent)
        }
        Some(span) => {
            let (start, at, indent) = whole_lines(writer.text, span)?;
            (Reach::Beside { at: start, indent: indent.clone() }, at, indent)
        }
    };
    let (name, edit) = named(effects, owner, hook, file, writer.text)?;
    writer.edits.extend(edit);
    let mut lines = Vec::new();
    if late {
        lines.push(flag(&mut writer, &reach)?);
    }
    lines.push(writer.release(effects, open, &reach)?);
    let (step, end) = (writer.style.step, writer.style.end());
    let end = Closing {
        at,
        head: format!("{indent}{name}(() => {{\n"),
        lines,
        indent: format!("{indent}{step}"),
        tail: format!("{indent}}}){end}\n"),
        single: Some((format!("{indent}{name}(() => "), format!("){end}\n"))),
    };
    Some(Mend::new(file, writer, Some(end)))
}

/// A flag that says whether the owner has ended while something was waited for: nothing is opened then. The statement
/// that sets it.
fn flag(writer: &mut Writer, reach: &Reach) -> Option<String> {
    let Reach::Beside { at, indent } = reach else { return None };
    let name = writer.free_name(&["unmounted".into(), "gone".into()])?;
    let line = lines::around(writer.text, writer.call.span)?;
    let written = writer.text.get(line.range())?;
    let (deep, step, end) = (lines::indent(written), writer.style.step, writer.style.end());
    let start = lines::above_remarks(writer.text, line.start);
    writer.insert(*at, format!("let {name} = false{end}\n{indent}"));
    writer.insert(start, format!("{deep}if ({name}) {{\n{deep}{step}return{end}\n{deep}}}\n"));
    Some(format!("{name} = true{end}"))
}

/// The hook's name where the owner starts, and the edit that brings it there: a parameter, or an import.
fn named<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    hook: &Hook<'a>,
    file: u32,
    text: &str,
) -> Option<(String, Option<(Span, String)>)> {
    let function = effects.program.function(owner.start);
    let given = hook.cleanup.parameter.and_then(|at| function.params.get(at));
    if let Some(param) = given {
        return (!param.name.is_empty()).then(|| (param.name.clone(), None));
    }
    match hook.cleanup.parameter {
        Some(at) if !is_exported(effects, hook, file) => {
            Some((PARAMETER.into(), Some(parameters(function, text, at)?)))
        }
        _ => Some((hook.cleanup.call.clone(), import(effects, owner, hook, file, text)?)),
    }
}

const PARAMETER: &str = "onCleanup";

/// The version of the package is known to export the hook.
fn is_exported(effects: &Effects, hook: &Hook, file: u32) -> bool {
    let program = effects.program;
    let names = &program.catalog.package(hook.package).dependencies;
    let used = program.manifests.version_of(&program.units[file as usize].path, names);
    hook.cleanup.since.is_empty() || used >= Some(version(&hook.cleanup.since))
}

/// The parameters up to the hook's, as what is added to those that are there.
fn parameters(function: &Function, text: &str, at: usize) -> Option<(Span, String)> {
    const BEFORE: [&str; 2] = ["_value", "_previous"];
    let start = function.span.start as usize;
    let opens = text.get(start..)?.starts_with('(').then_some(start + 1)?;
    let (end, lead) = function.params.last().map_or((opens as u32, ""), |last| (last.span.end, ", "));
    let missing = BEFORE.get(function.params.len()..at)?.iter().copied().chain([PARAMETER]);
    let added = missing.collect::<Vec<_>>().join(", ");
    let taken = function.locals.iter().any(|local| local.name == PARAMETER);
    (!taken).then(|| (Span { start: end, end }, format!("{lead}{added}")))
}

/// Where a statement that stands alone starts, where the line after it does, and its indentation.
pub(super) fn whole_lines(text: &str, span: Span) -> Option<(u32, u32, String)> {
    let line = lines::around(text, span)?;
    let head = text.get(line.start as usize..span.start as usize)?;
    let rest = text.get(span.end as usize..line.end as usize)?.trim_start_matches(';').trim();
    (head.trim().is_empty() && rest.is_empty()).then(|| (span.start, line.end, head.to_string()))
}

/// The edit that imports the hook; the inner `None` where the name is there already.
fn import<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    hook: &Hook<'a>,
    file: u32,
    text: &str,
) -> Option<Option<(Span, String)>> {
    let facts = effects.program.facts(file);
    let name = hook.cleanup.call.as_str();
    let modules = &effects.program.catalog.package(hook.package).modules;
    if let Some(known) = facts.functions.iter().flat_map(|function| &function.locals).find(|local| local.name == name) {
        let LocalKind::Import(id) = known.kind else { return None };
        return modules.contains(&facts.import(id).module).then_some(None);
    }
    let automatic = owner.effect.is_some_and(|call| matches!(effects.program.call(call).callee, Value::Global(_)));
    if automatic {
        return Some(None);
    }
    imported(facts, text, modules.first()?, name).map(Some)
}

/// The edit that adds a name to what a file imports from a module.
pub(crate) fn imported(facts: &FileFacts, text: &str, module: &str, name: &str) -> Option<(Span, String)> {
    let written = |span: Span| text.get(span.range()).unwrap_or_default();
    let named = facts.imports.iter().find(|import| {
        let statement = written(import.statement);
        import.module == module && statement.starts_with("import {") && !import.type_only
    });
    if let Some(import) = named {
        let statement = written(import.statement);
        let (open, close) = (statement.find('{')? + 1, statement.find('}')?);
        let (place, text) = in_order(statement.get(open..close)?, name);
        let at = import.statement.start + (open + place) as u32;
        return Some((Span { start: at, end: at }, text));
    }
    let style = Style::of(text);
    let line = format!("import {{ {name} }} from {}{}", style.quoted(module), style.end());
    let first = facts.imports.iter().filter(|import| is_static(import.kind) && import.statement.end > 0);
    let first = first.map(|import| import.statement.start).min();
    let at = first.or_else(|| script_start(facts, text))?;
    let before = text.get(..at as usize)?;
    let indent = lines::indent(before.get(before.rfind('\n').map_or(0, |at| at + 1)..)?).to_string();
    Some((Span { start: at, end: at }, format!("{line}\n{indent}")))
}

fn is_static(kind: ImportKind) -> bool {
    matches!(kind, ImportKind::Named | ImportKind::Namespace | ImportKind::Effect)
}

/// Where the first statement of a component's script begins.
fn script_start(facts: &FileFacts, text: &str) -> Option<u32> {
    facts.component?;
    let tag = text.find("<script")?;
    let open = tag + text.get(tag..)?.find('>')? + 1;
    let rest = text.get(open..)?;
    let code = rest.len() - rest.trim_start().len();
    let top = facts.function(FnId::TOP).span;
    (lines::starts_with_end(rest) && top.end as usize >= open + code).then_some((open + code) as u32)
}
