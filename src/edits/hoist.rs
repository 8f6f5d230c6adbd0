//! Moves a construction out of the functions that repeat it, to the top of their file.
//!
//! Only where its settings are known at the top, which need not be awaited. Where a dev server would build it
//! anew, it is kept on the global object from the start. Knows no library by name.

use super::reopened::is_opened_once;
use super::rerun;
use super::rewrite::Slot;
use super::statements::Below;
use crate::checks::Project;
use crate::checks::sharing::duplicates::counts;
use crate::checks::sharing::kept_beside;
use crate::checks::sharing::lift::{Lift, is_prepared, waits};
use crate::checks::sharing::reload::is_reloaded;
use crate::facts::{FileFacts, FnId, ImportId, ImportKind, Language, LocalKind, Span, Value, VarRef};
use crate::finding::{Edit, lines};
use crate::program::{CallRef, FnRef};
use crate::servers::address::address;
use crate::values::Program;
use crate::values::flow::mentions;
use crate::values::sites::Site;

/// The edits that hoist the construction; `None` where that is not sound or not plain.
pub fn hoisted(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let program = &project.program;
    let info = program.catalog.ty(site.ty);
    let fits = info.is_for_all_threads() && !info.row.running_loop;
    let fits = fits && !is_prepared(project, site) && !is_opened_once(project, site);
    if !fits || waits(project, site) || is_shared(project, site) || rerun::row(project, site).is_some() {
        return None;
    }
    let mut lifts = Lift::together(project, site)?;
    let tops = lifts.iter().map(|lift| top_line(project, lift.text, lift.site.function));
    let at = tops.collect::<Option<Vec<u32>>>()?.into_iter().min()?;
    lifts.retain(|lift| !lift.conditional && is_known_at(program, lift.site, at));
    lifts.iter().find(|lift| lift.site.call == site.call)?;
    let source = program.units[site.call.file as usize].source;
    let first = lifts.first()?;
    let blank = if program.language(site.call.file) == Language::Python { "\n\n\n" } else { "\n\n" };
    let above = first.text.get(..at as usize)?.lines().next_back().unwrap_or_default();
    let imports = ["import ", "from ", "} from "].iter().any(|word| above.starts_with(word));
    let before = if imports { &blank[1..] } else { "" };
    let text = format!("{before}{}{blank}", top_level(project, first)?);
    let mut edits = vec![Edit { file: source, span: Span { start: at, end: at }, text }];
    let gone = lifts.iter().map(|lift| lift.giving_way(first, lift.comments()));
    edits.extend(gone.map(|(span, text)| Edit { file: source, span, text }));
    Some(edits)
}

/// A program that loads the file shares the same one elsewhere: another one at the top of a file would be too many.
pub(crate) fn is_shared(project: &Project, site: &Site) -> bool {
    let Some(own) = address(&project.program, site) else { return false };
    let mut same = kept_beside(project, site).filter(|kept| kept.address.as_ref() == Some(&own));
    same.any(|kept| {
        let shared = kept.shared(project);
        counts(project, &shared) && project.run_together(shared.home, site.call.file)
    })
}

/// The declaration as it stands at the top, with the comments above it.
fn top_level(project: &Project, lift: &Lift) -> Option<String> {
    let comments = lift.text.get(lift.comments().range())?;
    let written = lift.text.get(lift.span.range())?;
    let (build, indent) = ((lift.site.span.start - lift.span.start) as usize, lines::indent(written));
    if lines::holds_long_text(written) && written.trim_end().contains('\n') {
        return None;
    }
    let out = |text: &str| text.replace(&format!("\n{indent}"), "\n");
    let (before, after) = (out(written.get(indent.len()..build)?), out(written.get(build..)?.trim_end()));
    let comments = out(comments.strip_prefix(indent).unwrap_or_default());
    if !is_reloaded(project, lift.site) {
        return Some(format!("{comments}{before}{after}"));
    }
    let slot = Slot::of(project, lift.site, lift.name)?;
    let written = slot.written(lift.text, lift.name);
    Some(format!("{}{comments}{before}{}{after}{written}", slot.declared, slot.read()))
}

/// All that the construction reads is there when the top of the file has run up to `at`.
pub(crate) fn is_known_at(program: &Program, site: &Site, at: u32) -> bool {
    let facts = program.facts(site.call.file);
    let mut late = |value: &Value| match value {
        Value::Var(var) => !is_there(program, site.call.file, *var, at),
        Value::Module(id) => facts.import(*id).kind == ImportKind::Dynamic,
        Value::This | Value::Super | Value::Closure(_) => true,
        _ => false,
    };
    !program.has_folded(site.call.file, site.span)
        && !mentions(program, site.call.file, &Value::Call(site.call.id), &mut late)
}

fn is_there(program: &Program, file: u32, var: VarRef, at: u32) -> bool {
    let facts = program.facts(file);
    let local = facts.local(var);
    let floats =
        facts.language == Language::Script && matches!(local.kind, LocalKind::Function(_) | LocalKind::Import(_));
    let bound = match local.kind {
        LocalKind::Import(id) => !is_request_bound(program, facts, id),
        // What a function fills is not there yet.
        _ => program.bound(file, var).iter().all(|bound| bound.function == FnId::TOP),
    };
    var.function == FnId::TOP && bound && (floats || local.span.end <= at && !program.is_conditional(file, local.span))
}

/// The framework gives the name a meaning only while a request is served.
pub(crate) fn is_request_bound(program: &Program, facts: &FileFacts, id: ImportId) -> bool {
    let import = facts.import(id);
    let packages = program.active.iter().map(|id| program.catalog.package(*id));
    let mut named = packages.filter(|package| package.request_bound.contains(&import.name));
    named.any(|package| package.modules.contains(&import.module))
}

/// Where the top-level statement begins that holds the function, its decorators included.
pub(crate) fn top_line(project: &Project, text: &str, f: FnRef) -> Option<u32> {
    let facts = project.program.facts(f.file);
    let mut id = f.id;
    while let Some(parent) = facts.function(id).parent.filter(|parent| *parent != FnId::TOP) {
        id = parent;
    }
    let function = facts.function(id);
    let class = function.class.map(|class| facts.class(class));
    let listed = function.decorators.iter().chain(class.iter().flat_map(|class| &class.decorators));
    let class = class.map(|class| class.span);
    let decorators = listed.map(|call| project.program.call(CallRef { file: f.file, id: *call }).span.start);
    let start = decorators.chain([class.unwrap_or(function.span).start]).min()?;
    let line = text.get(..start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let flush = !text.get(line..)?.starts_with(char::is_whitespace);
    match flush {
        true => Some(lines::above_comments(text, line as u32)),
        // It stands in a statement: a value of a record, an argument of a call.
        false if facts.component.is_none() => at_margin(text, function.span),
        false => None,
    }
}

/// Where the statement at the margin begins that holds it, with the comments above it.
pub(super) fn at_margin(text: &str, inner: Span) -> Option<u32> {
    let whole = Below { text, span: Span::new(0, text.len()), indent: "" };
    whole.statements()?.into_iter().find(|own| own.contains(inner)).map(|own| own.start)
}
