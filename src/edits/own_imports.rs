//! What a function of Python imports for itself, and what stays of that once a construction has moved out.
//!
//! By words of the text, as [`super::leftover`] does for the imports at the top. Knows no library by name.

use super::kept::locals;
use super::leftover::without;
use super::shared_module::{Imported, python_import};
use crate::checks::Project;
use crate::facts::{ImportKind, LocalKind, Span, VarRef};
use crate::finding::lines;
use crate::values::sites::Site;

/// What the functions around it import for themselves, in the order of the text.
pub(super) fn own_imports<'p>(project: &'p Project, site: &Site, written: &str) -> Option<Vec<(VarRef, Imported<'p>)>> {
    let facts = project.program.facts(site.call.file);
    let mut found = Vec::new();
    for (var, name) in locals(project, site, written) {
        if let LocalKind::Import(id) = facts.local(var).kind {
            let import = facts.import(id);
            let plain = matches!(import.kind, ImportKind::Named | ImportKind::Namespace) && !import.type_only;
            let one = (name, import.module.as_str(), import.name.as_str(), import.kind);
            found.push(plain.then_some((var, one))?);
        }
    }
    found.sort_by_key(|(var, _)| facts.local(*var).span);
    Some(found)
}

/// Those of the imports that only the construction needed, where a block does not lose all that it has.
pub(super) fn left_imports(
    project: &Project,
    site: &Site,
    text: &str,
    all: &[(VarRef, Imported)],
) -> Vec<(Span, String)> {
    let facts = project.program.facts(site.call.file);
    let statement = |var: VarRef| match facts.local(var).kind {
        LocalKind::Import(id) => facts.import(id).statement,
        _ => Span::default(),
    };
    let within = |span: Span, name: &str| text.get(span.range()).map_or(0, |part| lines::count(part, name));
    let mut statements: Vec<Span> = all.iter().map(|(var, _)| statement(*var)).collect();
    statements.dedup();
    let is_left = |(var, (name, ..)): &&(VarRef, Imported)| {
        let used: usize = statements.iter().map(|span| within(*span, name)).sum();
        // What stands before them, as the type of what the function gives, does not mean them.
        let first = statements.iter().map(|span| span.start).min().unwrap_or_default();
        let below = Span { start: first, end: facts.function(var.function).span.end };
        within(below, name) == used + within(site.span, name)
    };
    let left: Vec<VarRef> = all.iter().filter(is_left).map(|(var, _)| *var).collect();
    let rest = |span: Span| {
        let names: Vec<VarRef> = left.iter().copied().filter(|var| statement(*var) == span).collect();
        let function = names.first()?.function;
        let locals = 0..facts.function(function).locals.len() as u32;
        let brought = locals.filter(|local| statement(VarRef { function, local: *local }) == span).count();
        let written = text.get(span.range())?;
        if brought > names.len() {
            let names: Vec<u32> = names.iter().map(|var| facts.local(*var).span.start - span.start).collect();
            return Some((span, without(written, &names)?));
        }
        let line = lines::around(text, span)?;
        let alone = text.get(line.range())?.trim() == format!("{written}{}", remark(text, span));
        (alone && !is_all_of_its_block(text, line)).then(|| (lines::with_blank(text, line), String::new()))
    };
    statements.into_iter().filter_map(rest).collect()
}

/// The line that imports it, with what the text says of it.
pub(super) fn line(project: &Project, file: u32, text: &str, (var, one): &(VarRef, Imported)) -> String {
    let facts = project.program.facts(file);
    let remark = match facts.local(*var).kind {
        LocalKind::Import(id) => remark(text, facts.import(id).statement),
        _ => "",
    };
    format!("{}{remark}\n", python_import(one).trim_end())
}

/// The comment that ends the line of a statement.
fn remark(text: &str, statement: Span) -> &str {
    let rest = text.get(statement.end as usize..).and_then(|rest| rest.lines().next()).unwrap_or_default().trim_end();
    if rest.trim_start().starts_with('#') { rest } else { "" }
}

/// The block that opens above the line has nothing else.
fn is_all_of_its_block(text: &str, line: Span) -> bool {
    let own = lines::indent(text.get(line.range()).unwrap_or_default());
    let rest = text.get(line.end as usize..).unwrap_or_default();
    let next = rest.lines().find(|line| !line.trim().is_empty());
    let opens = text.get(..line.start as usize).is_some_and(|before| before.trim_end().ends_with(':'));
    opens && next.is_none_or(|next| lines::indent(next) != own)
}
