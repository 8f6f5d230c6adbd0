//! The fix of `nested-acquire` where the pool itself is asked while one of its connections is held: the call works over
//! that one.
//!
//! Only where something says that the held one fits: the same call is made on it, or is lent it, in the same file. Knows
//! no library by name.

use super::before_wait::Hold;
use super::width;
use crate::catalog::words::release::STATEMENT_RUNS;
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::{Call, CallId, LocalKind, Param, ParamKind, Span, Value, VarRef};
use crate::finding::lines;
use crate::ownership::release::What;
use crate::program::{CallRef, FnRef};

/// The edit that puts what is held in the place of its pool.
pub(super) fn over_held(hold: &Hold) -> Option<(String, Vec<(Span, String)>)> {
    let call = hold.project.program.call(hold.overlap.at);
    let edit = asked(hold, call).or_else(|| lent(hold, call))?;
    let broken = broken(hold, &edit);
    Some(("Go on with the one that is held".into(), std::iter::once(edit).chain(broken).collect()))
}

/// A line of Rust that gets wider than its formatter allows goes on in the next one.
fn broken(hold: &Hold, (span, text): &(Span, String)) -> Option<(Span, String)> {
    let line = lines::around(hold.below.text, *span)?;
    let written = hold.below.text.get(line.range())?.trim_end();
    let width = written.chars().count() + text.chars().count() - written_width(hold, *span);
    let at = written.find(" = ")? + " =".len();
    let wide = hold.is_rust() && width > width::of(hold.project, hold.f.file);
    let plain = written.trim_start().starts_with("let ") && written.ends_with(';') && wide;
    let at = Span::new(line.start as usize + at, line.start as usize + at + 1);
    plain.then(|| (at, format!("\n{}    ", lines::indent(written))))
}

fn written_width(hold: &Hold, span: Span) -> usize {
    written(hold, span).chars().count()
}

fn written<'p>(hold: &Hold<'p, '_>, span: Span) -> &'p str {
    hold.below.text.get(span.range()).unwrap_or_default()
}

/// `pool` of `pool.begin()`.
fn pool<'p>(hold: &Hold<'p, '_>) -> Option<&'p str> {
    let callee = hold.project.program.call(hold.overlap.call).callee_span;
    written(hold, callee).rsplit_once('.').map(|(pool, _)| pool)
}

/// The receiver of `pool.query(…)`, where the held one has that method.
fn asked(hold: &Hold, call: &Call) -> Option<(Span, String)> {
    let program = &hold.project.program;
    let (base, method) = written(hold, call.callee_span).rsplit_once('.')?;
    let What::Catalog(ty) = hold.overlap.resource.what else { return None };
    let used = || hold.below.written(hold.below.span).contains(&format!("{}.{method}(", hold.name));
    let fits = base == pool(hold)? && (program.catalog.method(ty, method).is_some() || used());
    let Span { start, .. } = call.callee_span;
    fits.then(|| (Span { start, end: start + base.len() as u32 }, hold.name.to_string()))
}

/// The argument `&pool`, where the file lends such connections to what takes it.
fn lent(hold: &Hold, call: &Call) -> Option<(Span, String)> {
    let pool = pool(hold)?;
    let is_pool = |span: Span| bare(written(hold, span)) == pool && written(hold, span).starts_with('&');
    let mut given = call.args.iter().enumerate().filter(|(_, arg)| is_pool(arg.span));
    let (at, arg) = given.next().filter(|_| given.next().is_none())?;
    let (method, lending) = lending(hold)?;
    let runs = runs_on(hold.project, hold.overlap.at, call, at, method, &Trail::default());
    runs.then(|| (arg.span, format!("{lending}{}", hold.name)))
}

/// A call of a library that is lent a connection of this type by who holds it, in the same file or another one: its
/// name, and what stands before the connection's.
fn lending<'p>(hold: &Hold<'p, '_>) -> Option<(&'p str, &'p str)> {
    let files = std::iter::once(hold.f.file).chain(0..hold.project.program.units.len() as u32);
    files.into_iter().find_map(|file| lending_in(hold, file))
}

fn lending_in<'p>(hold: &Hold<'p, '_>, file: u32) -> Option<(&'p str, &'p str)> {
    let (project, program) = (hold.project, &hold.project.program);
    let (facts, source) = (program.facts(file), program.units[file as usize].source);
    let text = project.inputs.files.get(source.index()).map_or("", |file| &*file.text);
    let What::Catalog(ty) = hold.overlap.resource.what else { return None };
    facts.calls.iter().enumerate().find_map(|(id, call)| {
        let id = CallRef { file, id: CallId(id as u32) };
        let f = FnRef { file, id: call.function };
        let written = |span: Span| text.get(span.range()).unwrap_or_default();
        let arg = call.args.iter().find(|arg| match &arg.value {
            Value::Var(var) if matches!(facts.local(*var).kind, LocalKind::Let { .. }) => {
                written(arg.span).starts_with("&mut ") && program.eval(f, &arg.value).concept() == Some(ty)
            }
            _ => false,
        })?;
        let prefix = written(arg.span).strip_suffix(bare(written(arg.span)))?;
        function(project, id).is_none().then_some((call.callee_name(facts)?, prefix))
    })
}

fn function(project: &Project, call: CallRef) -> Option<FnRef> {
    project.graph.target(call)?.functions.first().copied()
}

/// The call is one of a library that takes what `method` takes, or of a function that hands the argument on to one.
fn runs_on(project: &Project, id: CallRef, call: &Call, at: usize, method: &str, trail: &Trail) -> bool {
    let program = &project.program;
    let Some(f) = function(project, id) else {
        let name = call.callee_name(program.facts(id.file)).unwrap_or_default();
        return name == method || [name, method].iter().all(|name| STATEMENT_RUNS.contains(name));
    };
    let params = program.function(f).params.iter().filter(|param| param.kind != ParamKind::Receiver);
    let params: Vec<&Param> = params.collect();
    let Some(param) = params.get(at).filter(|_| params.len() == call.args.len()) else { return false };
    let own = Value::Var(VarRef { function: f.id, local: param.local });
    let facts = program.facts(f.file);
    let inner = facts.calls.iter().enumerate().filter(|(_, call)| facts.is_within(f.id, call.function));
    let mut given = inner.filter_map(|(id, call)| {
        let at = call.args.iter().position(|arg| arg.value == own)?;
        Some((CallRef { file: f.file, id: CallId(id as u32) }, call, at))
    });
    let Some(here) = trail.step(f) else { return false };
    is_given_away(project, f, param)
        && given.next().is_some_and(|(id, call, at)| runs_on(project, id, call, at, method, &here))
        && given.next().is_none()
}

/// Its type is a parameter of the function too, whose values need not be copied.
fn is_given_away(project: &Project, f: FnRef, param: &Param) -> bool {
    let program = &project.program;
    let source = program.units[f.file as usize].source;
    let text = project.inputs.files.get(source.index()).map_or("", |file| &*file.text);
    let written = text.get(program.function(f).span.range()).unwrap_or_default();
    let head = written.split_once('{').map_or("", |(head, _)| head);
    let generics = head.split_once('(').map_or("", |(name, _)| name);
    let copied = ["Copy", "Clone"].iter().any(|word| lines::mentions(head, word));
    let ty = text.get(param.span.range()).and_then(|param| param.rsplit(": ").next()).unwrap_or_default();
    !ty.is_empty() && lines::mentions(generics, ty) && !copied
}

/// Without what takes a reference or follows one.
fn bare(text: &str) -> &str {
    text.trim_start_matches(['&', '*']).trim_start_matches("mut ").trim_start_matches(['&', '*'])
}
