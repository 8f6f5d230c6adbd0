//! The fix of `nested-acquire` where the pool itself is asked while one of its connections is held: the call works over
//! that one.
//!
//! Only where something says that the held one fits: the same call is made on it, or is lent it, in the same file. Knows
//! no library by name.

use super::hold::Hold;
use super::width;
use crate::catalog::words::release::STATEMENT_RUNS;
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::walk::around_call;
use crate::facts::{Call, CallId, LocalKind, Node, Param, ParamKind, Span, Value, VarRef};
use crate::finding::{Edit, lines};
use crate::ownership::release::What;
use crate::program::{CallRef, FnRef};

/// The edits that put what is held in the place of its pool.
pub(super) fn over_held(hold: &Hold) -> Option<(String, Vec<Edit>)> {
    let call = hold.project.program.call(hold.overlap.at);
    let asked = asked(hold, call).map(|edit| (edit, Over::default()));
    let (edit, over) = asked.or_else(|| lent(hold, call))?;
    let broken = broken(hold.project, hold.f.file, &edit);
    let file = hold.project.program.units[hold.f.file as usize].source;
    let own = std::iter::once(edit).chain(broken).map(|(span, text)| Edit { file, span, text });
    Some(("Go on with the one that is held".into(), own.chain(over.edits).collect()))
}

/// A line of Rust that gets wider than its formatter allows goes on in the next one.
pub(super) fn broken(project: &Project, file: u32, (span, text): &(Span, String)) -> Option<(Span, String)> {
    let (program, whole) = (&project.program, project.inputs.files);
    let source = &*whole.get(program.units[file as usize].source.index())?.text;
    let line = lines::around(source, *span)?;
    let written = source.get(line.range())?.trim_end();
    let gone = source.get(span.range())?.chars().count();
    let wide = written.chars().count() + text.chars().count() - gone > width::of(project, file);
    let at = written.find(" = ")? + " =".len();
    let plain = written.trim_start().starts_with("let ") && written.ends_with(';') && wide;
    let at = Span::new(line.start as usize + at, line.start as usize + at + 1);
    plain.then(|| (at, format!("\n{}    ", lines::indent(written))))
}

fn written<'p>(hold: &Hold<'p, '_>, span: Span) -> &'p str {
    hold.below.text.get(span.range()).unwrap_or_default()
}

/// `pool` of `pool.begin()`.
pub(super) fn pool<'p>(hold: &Hold<'p, '_>) -> Option<&'p str> {
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
fn lent(hold: &Hold, call: &Call) -> Option<((Span, String), Over)> {
    let pool = pool(hold)?;
    let is_pool = |span: Span| bare(written(hold, span)) == pool && written(hold, span).starts_with('&');
    let mut given = call.args.iter().enumerate().filter(|(_, arg)| is_pool(arg.span));
    let (at, arg) = given.next().filter(|_| given.next().is_none())?;
    let (method, lending) = lending(hold)?;
    let over = Over::of(hold.project, hold.overlap.at, at, method, &Trail::default())?;
    Some(((arg.span, format!("{lending}{}", hold.name)), over))
}

/// A call of a library that is lent a connection of this type by who holds it, in the same file or another one: its
/// name, and what stands before the connection's.
pub(super) fn lending<'p>(hold: &Hold<'p, '_>) -> Option<(&'p str, &'p str)> {
    let files = || std::iter::once(hold.f.file).chain(0..hold.project.program.units.len() as u32);
    // What runs a statement tells more than what a macro may have made.
    let runs = |name: &str| STATEMENT_RUNS.contains(&name);
    let sure = files().find_map(|file| lending_in(hold, file, &runs));
    sure.or_else(|| files().find_map(|file| lending_in(hold, file, &|_| true)))
}

fn lending_in<'p>(hold: &Hold<'p, '_>, file: u32, fits: &dyn Fn(&str) -> bool) -> Option<(&'p str, &'p str)> {
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
        let name = call.callee_name(facts).filter(|name| fits(name))?;
        function(project, id).is_none().then_some((name, prefix))
    })
}

pub(super) fn function(project: &Project, call: CallRef) -> Option<FnRef> {
    project.graph.target(call)?.functions.first().copied()
}

/// A call takes a connection where it took a pool.
#[derive(Default)]
pub(super) struct Over {
    /// Bounds that go: what is used once need not be copied.
    pub edits: Vec<Edit>,
}

impl Over {
    /// The call is one of a library that takes what `method` takes, or of a function that hands the argument on to one.
    pub fn of(project: &Project, id: CallRef, at: usize, method: &str, trail: &Trail) -> Option<Self> {
        let program = &project.program;
        let call = program.call(id);
        let Some(f) = function(project, id) else {
            let name = call.callee_name(program.facts(id.file)).unwrap_or_default();
            let runs = name == method || [name, method].iter().all(|name| STATEMENT_RUNS.contains(name));
            return runs.then(Self::default);
        };
        let params = program.function(f).params.iter().filter(|param| param.kind != ParamKind::Receiver);
        let params: Vec<&Param> = params.collect();
        let param = params.get(at).filter(|_| params.len() == call.args.len())?;
        let own = Value::Var(VarRef { function: f.id, local: param.local });
        let facts = program.facts(f.file);
        let inner = facts.calls.iter().enumerate().filter(|(_, call)| facts.is_within(f.id, call.function));
        let mut given = inner.filter_map(|(id, call)| {
            let at = call.args.iter().position(|arg| arg.value == own)?;
            Some((CallRef { file: f.file, id: CallId(id as u32) }, at))
        });
        let (here, (inner, at)) = (trail.step(f)?, given.next().filter(|_| given.next().is_none())?);
        let copied = given_away(project, f, param)?;
        let once = program.call(inner).function == f.id && !is_looped(&program.function(f).body, inner.id);
        let Self { mut edits } = Self::of(project, inner, at, method, &here)?;
        edits.extend(copied.clone());
        (once || copied.is_none()).then_some(Self { edits })
    }
}

fn is_looped(body: &[Node], call: CallId) -> bool {
    around_call(body, call).iter().any(|region| matches!(region.node, Node::Loop { .. }))
}

/// Its type is a parameter of the function too; the edit takes out the bound that its values can be copied.
fn given_away(project: &Project, f: FnRef, param: &Param) -> Option<Option<Edit>> {
    const COPIED: &str = " + Copy";
    let program = &project.program;
    let file = program.units[f.file as usize].source;
    let text = project.inputs.files.get(file.index()).map_or("", |file| &*file.text);
    let span = program.function(f).span;
    let head = text.get(span.range())?.split_once('{').map_or("", |(head, _)| head);
    let generics = head.split_once('(').map_or("", |(name, _)| name);
    let ty = text.get(param.span.range()).and_then(|param| param.split_once(": ")).map_or("", |(_, ty)| ty);
    if ty.starts_with("impl ") {
        return ["Clone", "Copy"].iter().all(|bound| !lines::mentions(ty, bound)).then_some(None);
    }
    if ty.is_empty() || !lines::mentions(generics, ty) || is_cloned(head, ty) {
        return None;
    }
    let edit = |at: usize| {
        let start = span.start as usize + at;
        Edit { file, span: Span::new(start, start + COPIED.len()), text: String::new() }
    };
    match (lines::count(head, "Copy"), head.find(COPIED)) {
        (0, _) => Some(None),
        (1, Some(at)) => Some(Some(edit(at))),
        _ => None,
    }
}

/// Its bounds ask that values of the type can be cloned.
fn is_cloned(head: &str, ty: &str) -> bool {
    head.match_indices(&format!("{ty}: ")).any(|(at, name)| {
        let named = head[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let mut depth = 0;
        let bounds = head[at + name.len()..].split(|c: char| {
            depth += i32::from(matches!(c, '<' | '(')) - i32::from(matches!(c, '>' | ')'));
            depth < 0 || c == ',' && depth == 0
        });
        named && bounds.into_iter().next().is_some_and(|bounds| lines::mentions(bounds, "Clone"))
    })
}

/// Without what takes a reference or follows one.
pub(super) fn bare(text: &str) -> &str {
    text.trim_start_matches(['&', '*']).trim_start_matches("mut ").trim_start_matches(['&', '*'])
}
