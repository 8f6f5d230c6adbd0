//! The edits that close a client when its server stops.
//!
//! In the method of a class that holds it in a field, else beside the last release of a shutdown; where a package
//! has none, and what is built does jobs, in a handler of the signal. Knows no library by name.

use super::imports;
use super::provider;
use super::rewrite::{exported, import_line};
use crate::checks::Project;
use crate::checks::sharing::duplicates::{Duplicate, duplicates};
use crate::checks::sharing::parts::Left;
use crate::checks::sharing::shutdown::{Unclosed, folder, hooks, is_release, takes_jobs};
use crate::checks::sharing::{Shared, binding, is_awaited};
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{Block, Call, CallId, FnId, FnKind, Function, Language, Node, ParamKind, Span, Value};
use crate::finding::{Edit, Style, lines};
use crate::program::{CallRef, FnRef};
use crate::values::sites::{Site, info};

pub fn disposed(project: &Project, unclosed: &Unclosed) -> Option<Vec<Edit>> {
    let program = &project.program;
    let site = unclosed.shared.site;
    let release = info(program, site).row.release.first()?;
    let beside = |file: u32| file == site.call.file || project.run_together(file, site.call.file);
    let mut hooks = hooks(project, &folder(program, unclosed.shared.home));
    hooks.extend(run_by(project, &hooks));
    hooks.retain(|hook| beside(hook.file));
    if let Some(edits) = provider::closed(project, site, release) {
        return Some(edits);
    }
    if let Some(edits) = hooks.iter().find_map(|hook| waited_for(project, site, *hook)) {
        return Some(edits);
    }
    if hooks.is_empty() {
        let name = binding(program, site)?.name;
        return takes_jobs(project, &unclosed.shared).then(|| signalled(project, unclosed, name, release)).flatten();
    }
    hooks.into_iter().find_map(|hook| {
        let (spot, held) = (spot(project, hook, &Trail::default())?, held(project, unclosed, hook)?);
        let mut edits = written(project, site, hook.file, &spot, &format!("{}.{release}()", held.name))?;
        edits.extend(held.import);
        Some(edits)
    })
}

/// What hooks of shutdown run, and nobody else does.
fn run_by(project: &Project, hooks: &[FnRef]) -> Vec<FnRef> {
    let program = &project.program;
    let (mut found, mut queue): (Vec<FnRef>, Vec<FnRef>) = (Vec::new(), hooks.to_vec());
    while let Some(f) = queue.pop() {
        let ids = (0..program.facts(f.file).calls.len() as u32).map(|id| CallRef { file: f.file, id: CallId(id) });
        let own = ids.filter(|call| program.call(*call).function == f.id);
        let targets = own.filter_map(|call| project.graph.target(call)).flat_map(|target| &target.functions);
        for next in targets {
            let known = |f: &FnRef| hooks.contains(f) || found.contains(f);
            let by = |call: &CallRef| FnRef { file: call.file, id: program.call(*call).function };
            let alone = project.callers().of(*next).iter().all(|call| known(&by(call)) || by(call) == f);
            if alone && !known(next) {
                found.push(*next);
                queue.push(*next);
            }
        }
    }
    found
}

/// The shutdown calls what releases it, and does not wait for that: in some languages, nothing of it runs then.
fn waited_for(project: &Project, site: &Site, hook: FnRef) -> Option<Vec<Edit>> {
    let program = &project.program;
    let text = text(project, hook.file).filter(|_| program.function(hook).flags.is_async)?;
    let releasing = |f: &FnRef| {
        let releases = |call: &Call| match &call.callee {
            Value::Member(_, name) => program.catalog.releases(site.ty, name),
            _ => false,
        };
        program.function(*f).flags.is_async && program.calls_within(*f).any(releases)
    };
    let ids = (0..program.facts(hook.file).calls.len() as u32).map(CallId);
    let mut calls = ids.map(|id| CallRef { file: hook.file, id }).filter(|call| {
        let data = program.call(*call);
        let target = project.graph.target(*call).map_or(&[][..], |target| target.functions.as_slice());
        data.function == hook.id && !data.awaited && target.iter().any(releasing)
    });
    let span = program.call(calls.next()?).span;
    let line = lines::around(text, span)?;
    let head = text.get(line.start as usize..span.start as usize)?;
    let rest = text.get(span.end as usize..line.end as usize)?.trim_end();
    let alone = head.trim().is_empty() && matches!(rest, "" | ";");
    let at = Span { start: span.start, end: span.start };
    let file = program.units[hook.file as usize].source;
    alone.then(|| vec![Edit { file, span: at, text: "await ".into() }])
}

/// The application has its hooks of shutdown run: the call that asks for it goes before the one that has it listen.
pub fn switched_on(project: &Project, enabled_by: &str, folder_of: u32) -> Option<Vec<Edit>> {
    let program = &project.program;
    let home = folder(program, folder_of);
    let is_start = |call: &CallRef| {
        let data = program.call(*call);
        let on_it =
            matches!(&data.callee, Value::Member(base, name) if name == "listen" && matches!(**base, Value::Var(_)));
        let outside = project.graph.target(*call).is_none_or(|target| target.functions.is_empty());
        on_it && outside && folder(program, call.file) == home
    };
    let mut listening = program.calls().filter(is_start);
    let call = listening.next().filter(|_| listening.next().is_none())?;
    let (data, text) = (program.call(call), text(project, call.file)?);
    let line = lines::around(text, Span { start: data.span.start, end: data.span.start })?;
    let head = text.get(line.start as usize..data.span.start as usize)?;
    let (app, _) = text.get(data.callee_span.range())?.rsplit_once('.')?;
    let indent = lines::indent(head);
    let code = format!("{indent}{app}.{enabled_by}(){}\n", Style::of(text).end());
    let file = program.units[call.file as usize].source;
    let at = Span { start: line.start, end: line.start };
    matches!(head.trim(), "" | "await").then(|| vec![Edit { file, span: at, text: code }])
}

/// After what the object's end closes already, the client that it leaves.
pub fn with_the_rest(project: &Project, left: &Left) -> Option<Vec<Edit>> {
    let release = info(&project.program, left.site).row.release.first()?;
    let function = project.program.function(left.end);
    let receiver = function.params.iter().find(|param| param.kind == ParamKind::Receiver);
    let object = receiver.map_or("this", |param| param.name.as_str());
    let spot = spot(project, left.end, &Trail::default()).filter(|_| last_release(project, left.end).is_some())?;
    written(project, left.site, left.end.file, &spot, &format!("{object}.{}.{release}()", left.field))
}

/// Where the process would complain about what it leaves open: what closes in a shutdown what the function keeps that
/// `call` calls. Nothing where there is no need or no shutdown; `None` where there is no place for it.
pub(super) fn ended(project: &Project, site: &Site, call: &str) -> Option<Vec<Edit>> {
    let (program, home) = (&project.program, site.call.file);
    let row = &info(program, site).row;
    let hooks = hooks(project, &folder(program, home));
    if !row.complains || hooks.is_empty() {
        return Some(Vec::new());
    }
    let (name, release) = (call.split('(').next()?, row.release.first()?);
    hooks.into_iter().find_map(|hook| {
        let together = hook.file == home || project.run_together(hook.file, home);
        let waits = !is_awaited(project, site) || program.function(hook).flags.is_async;
        if !together || !waits || hook.file != home && project.reach().loads(home, hook.file) {
            return None;
        }
        let spot = spot(project, hook, &Trail::default())?;
        let mut edits = written(project, site, hook.file, &spot, &format!("{call}.{release}()"))?;
        if hook.file != home {
            let taken = program.facts(hook.file).functions.iter().flat_map(|f| &f.locals).any(|it| it.name == name);
            let line = import_line(project, hook.file, home, name, name).filter(|_| !taken)?;
            edits.push(imports::added(project, hook.file, text(project, hook.file)?, &line)?);
        }
        Some(edits)
    })
}

/// How a shutdown names the client.
struct Held {
    name: String,
    /// What brings the name into the file, and has its own one give it out.
    import: Vec<Edit>,
}

/// A variable at the top of a file, or what the shutdown itself puts it into.
fn held(project: &Project, unclosed: &Unclosed, hook: FnRef) -> Option<Held> {
    let program = &project.program;
    let (site, text) = (unclosed.shared.site, text(project, hook.file)?);
    if site.function == hook {
        let line = lines::around(text, Span { start: site.span.start, end: site.span.start })?;
        let (target, wait) = text.get(line.start as usize..site.span.start as usize)?.split_once('=')?;
        let plain = matches!(wait.trim(), "" | "await") && !target.contains([',', ':', '(']);
        return plain.then(|| Held { name: target.trim().into(), import: Vec::new() });
    }
    if hook.file == site.call.file {
        return Some(Held { name: binding(program, site)?.name.into(), import: Vec::new() });
    }
    // One that gives way to another client of the process is no good to import.
    let shared = in_its_place(project, &unclosed.shared).unwrap_or_else(|| unclosed.shared.clone());
    let (name, home) = (binding(program, shared.site)?.name, shared.site.call.file);
    let (export, given_out) = exported(project, &shared)?;
    let taken = program.facts(hook.file).functions.iter().flat_map(|f| &f.locals).any(|local| local.name == name);
    let import = import_line(project, hook.file, home, &export, name).filter(|_| !taken)?;
    let import = imports::added(project, hook.file, text, &import)?;
    Some(Held { name: name.into(), import: std::iter::once(import).chain(given_out).collect() })
}

/// The client of the process that is kept where it has several alike.
fn in_its_place<'p>(project: &'p Project, shared: &Shared) -> Option<Shared<'p>> {
    let found = duplicates(project)?;
    let own = |one: &&Duplicate| one.surplus.site.call == shared.site.call && one.surplus.site.ty == shared.site.ty;
    let kept = found.kept.get(found.surplus.iter().find(own)?.kept)?;
    (kept.site.ty == shared.site.ty).then(|| kept.clone())
}

/// A statement of its own, in a function that can wait for it from then on.
fn written(project: &Project, site: &Site, file: u32, spot: &Spot, call: &str) -> Option<Vec<Edit>> {
    let script = project.program.language(file) == Language::Script;
    let wait = if is_awaited(project, site) { "await " } else { "" };
    let end = if script { Style::of(text(project, file)?).end() } else { "" };
    let source = project.program.units[file as usize].source;
    let insert = |at: u32, text: String| Edit { file: source, span: Span { start: at, end: at }, text };
    let mut edits = vec![insert(spot.at, format!("{}{wait}{call}{end}\n", spot.indent))];
    edits.extend(spot.turned.map(|at| insert(at, "async ".into())));
    Some(edits)
}

fn text<'p>(project: &'p Project, file: u32) -> Option<&'p str> {
    let source = project.program.units[file as usize].source;
    project.inputs.files.get(source.index()).map(|file| &*file.text)
}

/// Where a release goes.
struct Spot {
    /// The start of a line.
    at: u32,
    indent: String,
    /// Where a function begins that does not wait yet.
    turned: Option<u32>,
}

/// After the last release of a shutdown, as a statement that stands alone: what follows it may wait too.
/// Where that is told when it is done, first of all there.
fn spot(project: &Project, hook: FnRef, trail: &Trail) -> Option<Spot> {
    let here = trail.step(hook)?;
    let facts = project.program.facts(hook.file);
    let function = facts.function(hook.id);
    let text = text(project, hook.file)?;
    let script = facts.language == Language::Script;
    let turned = turned(function, text).filter(|_| script);
    let waits = !script || function.flags.is_async || turned.is_some();
    let Some(call) = last_release(project, hook).filter(|_| waits) else {
        let first = || (waits && !trail.is_start()).then(|| first_line(function, text, turned)).flatten();
        return behind_yield(function, text).filter(|_| trail.is_start()).or_else(first);
    };
    let call = project.program.call(call);
    if is_looped(&function.body, call.span) {
        return None;
    }
    let done = call.args.iter().find_map(|arg| match arg.value {
        Value::Closure(id) => Some(FnRef { file: hook.file, id }),
        _ => None,
    });
    if let Some(done) = done {
        return spot(project, done, &here);
    }
    let line = lines::around(text, call.span)?;
    let head = text.get(line.start as usize..call.span.start as usize)?;
    let rest = text.get(call.span.end as usize..line.end as usize)?.trim_start_matches(';').trim();
    let awaited = head.trim() == "await" || head.trim().is_empty() && (!script || turned.is_some());
    let alone = awaited && (rest.is_empty() || rest.starts_with(['/', '#']));
    alone.then(|| Spot { at: line.end, indent: lines::indent(head).into(), turned })
}

/// What follows it runs once for each iteration.
fn is_looped(block: &Block, at: Span) -> bool {
    let around = |span: &Span| span.start <= at.start && at.end <= span.end;
    nodes(block).any(|node| matches!(node, Node::Loop { span, .. } if around(span)))
}

/// The last call of a function that releases something; of a generator, after it gave control away.
fn last_release(project: &Project, hook: FnRef) -> Option<CallRef> {
    let facts = project.program.facts(hook.file);
    let function = facts.function(hook.id);
    let after = if function.flags.generator { yielded(&function.body)? } else { 0 };
    let own = (0..facts.calls.len() as u32).map(|id| CallRef { file: hook.file, id: CallId(id) });
    let own = own.filter(|call| project.program.call(*call).function == hook.id);
    let releases =
        own.filter(|call| is_release(&project.program, *call) && project.program.call(*call).span.start > after);
    releases.max_by_key(|call| project.program.call(*call).span.start)
}

/// A closure that does not wait can be made to, unless it runs when the process is gone.
fn turned(function: &Function, text: &str) -> Option<u32> {
    let plain = function.kind == FnKind::Closure && !function.flags.is_async && !function.flags.generator;
    let gone = function.anchor.contains("exit");
    let start = function.span.start;
    let written = text.get(start as usize..).is_some_and(|rest| rest.starts_with(['(', 'f', '_']));
    (plain && !gone && written).then_some(start)
}

/// The first line of a function's block.
fn first_line(function: &Function, text: &str, turned: Option<u32>) -> Option<Spot> {
    let written = text.get(function.span.range())?;
    let opens = written.find('\n').filter(|at| written[..*at].trim_end().ends_with('{'))?;
    let at = function.span.start + opens as u32 + 1;
    let indent = lines::indent(text.get(at as usize..)?.split_inclusive('\n').next()?).to_string();
    Some(Spot { at, indent, turned })
}

/// The line after a `yield` that stands by itself in the block of a generator.
fn behind_yield(function: &Function, text: &str) -> Option<Spot> {
    let span = function.body.iter().find_map(|node| match node {
        Node::Yield { span, .. } => Some(*span),
        _ => None,
    })?;
    let line = lines::around(text, span)?;
    let head = text.get(line.start as usize..span.start as usize)?;
    let whole = head.trim().is_empty() && text.get(..line.end as usize)?.ends_with('\n');
    whole.then(|| Spot { at: line.end, indent: lines::indent(head).into(), turned: None })
}

/// Where a generator gives control away for the first time.
fn yielded(block: &Block) -> Option<u32> {
    nodes(block).find_map(|node| match node {
        Node::Yield { span, .. } => Some(span.end),
        _ => None,
    })
}

/// A handler of the signal after the statement that builds.
fn signalled(project: &Project, unclosed: &Unclosed, name: &str, release: &str) -> Option<Vec<Edit>> {
    let site = unclosed.shared.site;
    if project.program.language(site.call.file) != Language::Script || site.function.id != FnId::TOP {
        return None;
    }
    let text = text(project, site.call.file)?;
    let line = lines::around(text, site.span)?;
    let rest = text.get(site.span.end as usize..line.end as usize)?;
    if !rest.trim_start_matches(';').trim().is_empty() {
        return None;
    }
    let style = Style::of(text);
    let (signal, step, end) = (style.quoted("SIGTERM"), style.step, style.end());
    let body = format!("{step}await {name}.{release}(){end}\n{step}process.exit(0){end}\n");
    let code = format!("\nprocess.on({signal}, async () => {{\n{body}}}){end}\n");
    let file = project.program.units[site.call.file as usize].source;
    Some(vec![Edit { file, span: Span { start: line.end, end: line.end }, text: code }])
}
