//! Keeps on the global object what a function builds for its module, in the place of a new one for each evaluation of it.
//!
//! For a statement that builds from what stays the same. Where the module empties its variable, the slot is emptied too.
//! Knows no library by name.

use super::hoist::top_line;
use super::kept::{is_constant, is_late, is_steady, locals, taken_by, text};
use super::rewrite::{Slot, filling};
use crate::checks::Project;
use crate::checks::sharing::lift::{is_closed, is_prepared};
use crate::facts::trail::Trail;
use crate::facts::{FnId, Language, LocalKind, Span, Value};
use crate::finding::{Edit, Style, lines};
use crate::values::flow::{Flow, mentions};
use crate::values::sites::Site;

/// The edits; `None` where that is not sound or not plain.
pub fn guarded_inside(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let program = &project.program;
    let text = text(project, site)?;
    let script = program.language(site.call.file) == Language::Script && site.function.id != FnId::TOP;
    let same = || is_steady(project, site, text) || is_told_once(project, site, text);
    if !script || program.call(site.call).awaited || !same() {
        return None;
    }
    if is_closed(project, site) || is_prepared(project, site) || is_begun(project, site) {
        return None;
    }
    let line = lines::around(text, Span { start: site.span.start, end: site.span.start })?;
    let head = text.get(line.start as usize..site.span.start as usize)?;
    let bare = head.trim_start().trim_start_matches("const ");
    let name = bare.strip_suffix(" = ").filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))?;
    let last = lines::around(text, site.span)?;
    let rest = text.get(site.span.end as usize..last.end as usize)?.trim_end();
    if !matches!(rest, "" | ";") {
        return None;
    }
    let slot = Slot::of_module(project, site, name.trim_start_matches('_'))?;
    let source = program.units[site.call.file as usize].source;
    let insert = |at: u32, text: String| Edit { file: source, span: Span { start: at, end: at }, text };
    let end = site.span.end + rest.len() as u32;
    let filled = format!("\n{}{}", lines::indent(head), filling(text, &slot.path, name));
    let mut edits = vec![
        insert(top_line(project, text, site.function)?, slot.declared.clone()),
        insert(site.span.start, slot.read()),
        insert(end, filled),
    ];
    edits.extend(emptied(project, site, text, name, &slot.path)?.into_iter().map(|(at, text)| insert(at, text)));
    Some(edits)
}

/// The function asks it for something itself, as to connect: one that is there already would be asked again.
fn is_begun(project: &Project, site: &Site) -> bool {
    let flow = Flow::of(&project.program, site.call);
    let kept: Vec<&Value> = taken_by(project, site).collect();
    let own = project.program.facts(site.call.file).calls.iter().filter(|call| call.function == site.function.id);
    let is_it = |base: &Value| flow.is_alias(base) || kept.contains(&base);
    own.into_iter().any(|call| matches!(&call.callee, Value::Member(base, _) if is_it(base)))
}

/// Beside each statement that empties the variable of the module, one that empties the slot; `None` where something else
/// is put into it.
fn emptied(project: &Project, site: &Site, text: &str, name: &str, path: &str) -> Option<Vec<(u32, String)>> {
    let (program, file) = (&project.program, site.call.file);
    let Some(var) = program.index[file as usize].top.get(name) else { return Some(Vec::new()) };
    let built = Value::Call(site.call.id);
    let others = program.bound(file, *var).iter().filter(|bound| *bound.value != built && bound.function != FnId::TOP);
    if !others.clone().all(|bound| bound.value.is_null()) {
        return None;
    }
    let end = Style::of(text).end();
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len() as u32;
        let code = line.trim().trim_end_matches(';');
        let empties = ["null", "undefined"].iter().any(|empty| code == format!("{name} = {empty}"));
        if empties {
            found.push((at, format!("{}{path} = undefined{end}\n", lines::indent(line))));
        }
    }
    (found.len() == others.count()).then_some(found)
}

/// It reads what the one call of its function tells it, which is the same each time.
fn is_told_once(project: &Project, site: &Site, text: &str) -> bool {
    let program = &project.program;
    let callers: Vec<_> = project.callers().of(site.function).iter().collect();
    let [call] = callers.as_slice() else { return false };
    let mut late = |part: &Value| is_late(project, call.file, part, &Trail::default());
    let told = program.call(**call).args.iter().all(|arg| !mentions(program, call.file, &arg.value, &mut late));
    let facts = program.facts(site.call.file);
    let Some(written) = text.get(site.span.range()) else { return false };
    let known = |var| {
        matches!(facts.local(var).kind, LocalKind::Param) && var.function == site.function.id
            || is_constant(project, site.call.file, var, &Trail::default())
    };
    let steady = locals(project, site, written).into_iter().all(|(var, _)| known(var));
    told && steady && !["this", "await", "yield", "arguments"].into_iter().any(|word| lines::mentions(written, word))
}
