//! Fills a variable of the module only where it is empty, in the place of a new client for each call of the function
//! that fills it.
//!
//! Only where nothing else fills or empties it, and nothing ends what is in it. Knows no library by name.

use super::kept::{is_steady, may_serve_all, taken_by};
use crate::checks::Project;
use crate::checks::sharing::lift::is_closed;
use crate::facts::{FnId, Language, Span, Value, VarRef};
use crate::finding::{Edit, lines};
use crate::values::sites::Site;

/// The edits; `None` where that is not sound or not plain.
pub fn filled(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let program = &project.program;
    let source = program.units[site.call.file as usize].source;
    let text = &*project.inputs.files.get(source.index())?.text;
    let mut taken = taken_by(project, site);
    let (Value::Var(var), None) = (taken.next()?, taken.next()) else { return None };
    let own = var.function == FnId::TOP && site.function.id != FnId::TOP && is_filled_here(project, site, *var);
    if !own || is_ended(project, site, *var) || is_closed(project, site) {
        return None;
    }
    if !may_serve_all(project, site) || !is_steady(project, site, text) {
        return None;
    }
    let name = &program.facts(site.call.file).local(*var).name;
    let line = lines::around(text, site.span)?;
    let written = text.get(line.range())?;
    let head = format!("{}{name} = ", lines::indent(written));
    let plain = written.starts_with(&head) && line.start + head.len() as u32 == site.span.start;
    let rest = text.get(site.span.end as usize..line.end as usize)?.trim();
    if !plain || !matches!(rest, "" | ";") {
        return None;
    }
    let (span, text) = match program.language(site.call.file) {
        Language::Script => {
            let at = site.span.start - "= ".len() as u32;
            (Span { start: at, end: at }, "??".to_string())
        }
        Language::Python => {
            let step = lines::step(text);
            let deep = lines::deeper(written, step).filter(|_| !lines::holds_long_text(written))?;
            (line, format!("{}if {name} is None:\n{deep}", lines::indent(written)))
        }
        Language::Rust => return None,
    };
    Some(vec![Edit { file: source, span, text }])
}

/// Nothing but the construction fills the variable, and it is empty before.
fn is_filled_here(project: &Project, site: &Site, var: VarRef) -> bool {
    let program = &project.program;
    let built = Value::Call(site.call.id);
    let bound = program.bound(site.call.file, var);
    let empty = bound.iter().any(|bound| bound.function == FnId::TOP && bound.value.is_null());
    let declared = empty || program.language(site.call.file) == Language::Script;
    declared && bound.iter().all(|bound| *bound.value == built || bound.function == FnId::TOP && bound.value.is_null())
}

/// Some function of the file releases what is in the variable.
fn is_ended(project: &Project, site: &Site, var: VarRef) -> bool {
    let program = &project.program;
    let held = Value::Var(var);
    program.facts(site.call.file).calls.iter().any(|call| match &call.callee {
        Value::Member(base, name) => **base == held && program.catalog.releases(site.ty, name),
        _ => false,
    })
}
