//! Takes a client out of the `with` that builds it on each call: it is built once at the top of the file, and what
//! stood in the block moves out.
//!
//! For clients that need not be entered, built from what is known at the top; what is written alike in several
//! functions becomes one. Knows no library by name.

use super::dispose::ended;
use super::hoist::{is_known_at, is_shared, top_line};
use super::kept::Maker;
use super::one_loop::is_of_one_loop;
use super::replace::{Giver, stands_for};
use super::rerun;
use super::visit::is_one_visit;
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::checks::sharing::kept_beside;
use crate::checks::sharing::lift::{is_guarded, is_prepared, waits};
use crate::facts::walk::nodes;
use crate::facts::{Block, ImportKind, Language, LocalKind, Node, Span, Value, VarRef};
use crate::finding::{Edit, lines};
use crate::values::flow::mentions;
use crate::values::sites::Site;
use rustc_hash::FxHashSet;

/// A `with` around a construction.
struct Entered<'p> {
    site: &'p Site,
    name: &'p str,
    built: &'p str,
    /// The lines of its head.
    head: Span,
    /// The lines of its block, and what they become.
    body: Span,
    moved: String,
}

/// The edits that hoist it; `None` where that is not sound or not plain.
pub fn taken_out(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let program = &project.program;
    let source = program.units[site.call.file as usize].source;
    let text = &*project.inputs.files.get(source.index())?.text;
    let known = |it: &Site| top_line(project, text, it.function).is_some_and(|at| is_known_at(program, it, at));
    let own = Entered::of(project, site, text)?;
    if let Some(edits) = own.handed_out(project, text) {
        return Some(edits);
    }
    let of_loop = program.catalog.ty(site.ty).row.running_loop;
    if !known(site) {
        return own.made_once(project, text).filter(|_| !of_loop);
    }
    let all = verdicts(project).iter().map(|verdict| &verdict.site);
    let of_file = all.filter(|it| it.call.file == site.call.file && known(it));
    let mut alike: Vec<Entered> = of_file.filter_map(|it| Entered::of(project, it, text)).collect();
    alike.sort_by_key(|entered| entered.head);
    alike.retain(|entered| entered.name == own.name);
    let mut kinds: Vec<&str> = alike.iter().map(|entered| entered.built).collect();
    let mut seen = FxHashSet::default();
    kinds.retain(|kind| seen.insert(*kind));
    let place = kinds.iter().position(|kind| *kind == own.built)?;
    alike.retain(|entered| entered.built == own.built);
    if of_loop {
        return made_by_function(project, &alike, text);
    }
    let there = is_there(project, &own, text);
    // The first of several kinds has the name, and the next one a function: the others are fixed after those.
    if there.is_none() || place > 0 {
        let next = place < if there.is_none() { 1 } else { 2 };
        return next.then(|| made_by_function(project, &alike, text)).flatten();
    }
    let mut edits = Vec::new();
    if !there? {
        let tops = alike.iter().map(|entered| top_line(project, text, entered.site.function));
        let at = tops.collect::<Option<Vec<u32>>>()?.into_iter().min()?;
        alike.iter().all(|entered| is_known_at(program, entered.site, at)).then_some(())?;
        let declaration = format!("{} = {}\n\n\n", own.name, own.at_margin()?);
        edits.push(Edit { file: source, span: Span { start: at, end: at }, text: declaration });
    }
    for entered in alike {
        let span = Span { start: entered.head.start, end: entered.body.end };
        edits.push(Edit { file: source, span, text: entered.moved });
    }
    Some(edits)
}

/// All that are built alike call a function that is run once.
fn made_by_function(project: &Project, alike: &[Entered], text: &str) -> Option<Vec<Edit>> {
    let first = alike.first()?;
    let source = project.program.units[first.site.call.file as usize].source;
    let tops = alike.iter().map(|entered| top_line(project, text, entered.site.function));
    let at = tops.collect::<Option<Vec<u32>>>()?.into_iter().min()?;
    let made = Maker::alone(project, first.site, text, at)?;
    let uses = alike.iter().map(|entered| entered.with_made(text, &made.call)).collect::<Option<Vec<_>>>()?;
    let uses = uses.into_iter().map(|(span, text)| Edit { file: source, span, text });
    let ended = ended(project, first.site, &made.call)?;
    Some(made.edits.into_iter().chain(uses).chain(ended).collect())
}

impl<'p> Entered<'p> {
    fn of(project: &'p Project, site: &'p Site, text: &'p str) -> Option<Self> {
        let program = &project.program;
        let info = program.catalog.ty(site.ty);
        let fits = program.language(site.call.file) == Language::Python && info.is_for_all_threads();
        let lasts = !info.row.running_loop || is_of_one_loop(project, site);
        let fits = fits && info.row.entering_optional && lasts && rerun::row(project, site).is_none();
        let body = &program.function(site.function).body;
        let scope = scope(body, site)?;
        if !fits || is_prepared(project, site) || waits(project, site) || is_shared(project, site) {
            return None;
        }
        let sure = !(scope.conditional || is_guarded(body, site)) || is_literal(project, site);
        let local = program.facts(site.call.file).local(scope.var);
        let plain = matches!(local.kind, LocalKind::Let { .. }) && scope.var.function == site.function.id;
        if !sure || !plain || !is_bound_here(project, site, scope.var) {
            return None;
        }
        let built = text.get(site.span.range())?;
        let (head, inner) = parts(text, scope.span, site.span, &local.name)?;
        let moved = moved(text, head, inner)?;
        // What answers with a cookie means the visit that goes on in the block.
        let asked = lines::mentions(&moved, &local.name);
        if info.row.light && !is_one_visit(project, site, scope.body, scope.var, asked) {
            return None;
        }
        let mut releases = info.row.release.iter().map(|method| format!("{}.{method}(", local.name));
        let released = releases.any(|release| moved.contains(&release));
        (!released).then_some(Self { site, name: &local.name, built, head, body: inner, moved })
    }

    /// The lines with what makes it in the place of the block.
    fn with_made(&self, text: &str, made: &str) -> Option<(Span, String)> {
        let indent = lines::indent(text.get(self.head.range())?);
        let span = Span { start: self.head.start, end: self.body.end };
        Some((span, format!("{indent}{} = {made}\n{}", self.name, self.moved)))
    }

    /// What another file hands out, where that is built with the same; all that are built alike in the file go together.
    fn handed_out(&self, project: &Project, text: &str) -> Option<Vec<Edit>> {
        let site = self.site;
        let source = project.program.units[site.call.file as usize].source;
        let mut beside = kept_beside(project, site).filter(|_| is_literal(project, site));
        beside.find_map(|kept| {
            let shared = kept.shared(project);
            let alike = shared.site.ty == site.ty && stands_for(project, site, &shared);
            if !alike || closes_circle(project, site.call.file, shared.site.call.file) {
                return None;
            }
            let giver = Giver::of(project, site, &shared)?;
            let all = verdicts(project).iter().map(|verdict| &verdict.site);
            let of_file = all.filter(|it| it.call.file == site.call.file && is_literal(project, it));
            let alike = of_file.filter_map(|it| Entered::of(project, it, text)).filter(|it| it.built == self.built);
            let alike: Vec<Entered> = alike.collect();
            let gone: Vec<Span> = alike.iter().map(|it| it.site.span).collect();
            let edits = alike.iter().map(|it| it.with_made(text, &giver.call)).collect::<Option<Vec<_>>>()?;
            let edits = edits.into_iter().map(|(span, text)| Edit { file: source, span, text });
            giver.used(project, site, edits.collect(), &gone)
        })
    }

    /// What only the function has, as what it imports for itself, goes into a function that is run once.
    fn made_once(self, project: &Project, text: &str) -> Option<Vec<Edit>> {
        let source = project.program.units[self.site.call.file as usize].source;
        let made = Maker::alone(project, self.site, text, top_line(project, text, self.site.function)?)?;
        let (span, text) = self.with_made(text, &made.call)?;
        let own = Edit { file: source, span, text };
        Some(made.edits.into_iter().chain(made.left).chain([own]).collect())
    }

    /// The construction as it stands at the margin.
    fn at_margin(&self) -> Option<String> {
        let indent = self.moved.lines().find(|line| !line.trim().is_empty()).map(lines::indent)?;
        (!lines::holds_long_text(self.built)).then(|| self.built.replace(&format!("\n{indent}"), "\n"))
    }
}

/// With an import of it, the other module and the file would import each other, which they do not do so far.
fn closes_circle(project: &Project, file: u32, other: u32) -> bool {
    let program = &project.program;
    let mut imports = program.facts(file).imports.iter().filter(|import| import.kind == ImportKind::Named);
    let there = imports.any(|import| program.python_module(file, &import.module) == Some(other));
    !there && project.reach().loads(other, file)
}

struct Scope<'p> {
    var: VarRef,
    body: &'p Block,
    span: Span,
    conditional: bool,
}

/// The block that is entered with the construction.
fn scope<'p>(block: &'p Block, site: &Site) -> Option<Scope<'p>> {
    let mut all = nodes(block);
    let (var, body, span) = all.find_map(|node| match node {
        Node::Scope { resource: Value::Call(id), bound: Some(Value::Var(var)), body, span } if *id == site.call.id => {
            Some((*var, body, *span))
        }
        _ => None,
    })?;
    let conditional = all.regions().any(|region| matches!(region.node, Node::Branch { .. } | Node::Match { .. }));
    Some(Scope { var, body, span, conditional })
}

/// Nothing that it is built with may be missing.
fn is_literal(project: &Project, site: &Site) -> bool {
    let call = project.program.call(site.call);
    let mut read = |value: &Value| matches!(value, Value::Var(_) | Value::Global(_) | Value::Call(_) | Value::This);
    !call.args.iter().any(|arg| mentions(&project.program, site.call.file, &arg.value, &mut read))
}

/// The name stands for such a client alone.
fn is_bound_here(project: &Project, site: &Site, var: VarRef) -> bool {
    let program = &project.program;
    let sites = || verdicts(project).iter().map(|verdict| &verdict.site).filter(|it| it.call.file == site.call.file);
    let is_site = |value: &Value| matches!(value, Value::Call(id) if sites().any(|it| it.call.id == *id));
    program.bound(site.call.file, var).iter().all(|bound| is_site(bound.value))
}

/// The lines of the head, and those of the block.
fn parts(text: &str, scope: Span, built: Span, name: &str) -> Option<(Span, Span)> {
    let before = text.get(scope.start as usize..built.start as usize)?;
    let rest = text.get(built.end as usize..)?.strip_prefix(&format!(" as {name}:"))?;
    let line = rest.split_inclusive('\n').next()?;
    let head = lines::around(text, Span { start: scope.start, end: built.end })?;
    let alone = text.get(head.start as usize..scope.start as usize)?.trim().is_empty();
    let end = lines::around(text, Span { start: scope.end, end: scope.end })?;
    let end = if end.start == scope.end { scope.end } else { end.end };
    let plain = matches!(before, "with " | "async with ") && line.trim().is_empty() && alone && end > head.end;
    plain.then_some((head, Span { start: head.end, end }))
}

/// The lines of the block as deep as its head.
fn moved(text: &str, head: Span, body: Span) -> Option<String> {
    let outer = lines::indent(text.get(head.range())?);
    let inner = text.get(body.range())?;
    let first = inner.lines().find(|line| !line.trim().is_empty())?;
    let step = lines::indent(first).strip_prefix(outer).filter(|step| !step.is_empty())?;
    lines::shallower(inner, step)
}

/// The top of the file has the very same under that name; `None` where it has something else.
fn is_there(project: &Project, own: &Entered, text: &str) -> Option<bool> {
    let (program, file) = (&project.program, own.site.call.file);
    let Some(top) = program.index[file as usize].top.get(own.name) else { return Some(false) };
    let same = |value: &Value| match value {
        Value::Call(id) => text.get(program.facts(file).call(*id).span.range()) == Some(own.built),
        _ => false,
    };
    match program.bound(file, *top) {
        [only] if same(only.value) => Some(true),
        _ => None,
    }
}
