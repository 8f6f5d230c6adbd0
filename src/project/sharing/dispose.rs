//! The edits that close a client when its server stops.
//!
//! Beside the last release of a shutdown that waits for its releases; where a package has none, and what
//! is built does jobs, in a handler of the signal. Knows no library by name.

use super::replace::insertion;
use super::rewrite::{export_name, import_line};
use super::shutdown::{Unclosed, folder, hooks, is_release, takes_jobs};
use super::{binding, info};
use crate::facts::{Block, CallId, FnId, Language, Node, Span};
use crate::finding::Edit;
use crate::finding::{Style, lines};
use crate::project::Project;
use crate::project::program::{CallRef, FnRef};

pub fn disposed(project: &Project, unclosed: &Unclosed) -> Option<Vec<Edit>> {
    let program = &project.program;
    let site = unclosed.shared.site;
    let folder = folder(program, unclosed.shared.home);
    let name = binding(program, site)?.name;
    let release = info(program, site).row.release.first()?;
    let hooks = hooks(project, &folder);
    if hooks.is_empty() {
        return takes_jobs(project, &unclosed.shared).then(|| signalled(project, unclosed, name, release)).flatten();
    }
    let (hook, anchor) = hooks.into_iter().find_map(|hook| Some((hook, anchor(project, hook)?)))?;
    let text = text(project, hook.file)?;
    let line = lines::around(text, anchor)?;
    let indent = lines::indent(text.get(line.range())?);
    let wait = if waits(project, unclosed, hook.file) { "await " } else { "" };
    let end = if program.language(hook.file) == Language::Script { Style::of(text).end() } else { "" };
    let code = format!("{indent}{wait}{name}.{release}(){end}\n");
    let source = program.units[hook.file as usize].source;
    let mut edits = vec![Edit { file: source, span: Span { start: line.end, end: line.end }, text: code }];
    let home = site.call.file;
    if hook.file != home {
        let export = export_name(project, &unclosed.shared)?;
        let taken = program.facts(hook.file).functions.iter().flat_map(|f| &f.locals).any(|local| local.name == name);
        let import = import_line(project, hook.file, home, &export, name).filter(|_| !taken)?;
        edits.push(insertion(project, hook.file, text, import)?);
    }
    Some(edits)
}

fn text<'p>(project: &'p Project, file: u32) -> Option<&'p str> {
    let source = project.program.units[file as usize].source;
    project.inputs.files.get(source.index()).map(|file| &*file.text)
}

/// The last release of a shutdown, as a statement that stands alone: what follows it may wait too.
fn anchor(project: &Project, hook: FnRef) -> Option<Span> {
    let facts = project.program.facts(hook.file);
    let function = facts.function(hook.id);
    let text = text(project, hook.file)?;
    let script = facts.language == Language::Script;
    let after = if function.flags.generator { yielded(&function.body)? } else { 0 };
    let own = (0..facts.calls.len() as u32).map(|id| CallRef { file: hook.file, id: CallId(id) });
    let own = own.filter(|call| project.program.call(*call).function == hook.id);
    let last = own.filter(|call| is_release(&project.program, *call) && project.program.call(*call).span.start > after);
    let call = project.program.call(last.max_by_key(|call| project.program.call(*call).span.start)?);
    let line = lines::around(text, call.span)?;
    let head = text.get(line.start as usize..call.span.start as usize)?.trim();
    let rest = text.get(call.span.end as usize..line.end as usize)?.trim_start_matches(';').trim();
    let alone = (head == "await" || head.is_empty() && !script) && (rest.is_empty() || rest.starts_with(['/', '#']));
    (alone && (function.flags.is_async || !script)).then_some(call.span)
}

/// Where a generator gives control away for the first time.
fn yielded(block: &Block) -> Option<u32> {
    block.iter().find_map(|node| match node {
        Node::Yield { span, .. } => Some(span.end),
        other => other.blocks().into_iter().find_map(yielded),
    })
}

/// What the client does is waited for: in a script always, elsewhere where the project does so.
fn waits(project: &Project, unclosed: &Unclosed, file: u32) -> bool {
    let program = &project.program;
    let site = unclosed.shared.site;
    let row = &info(program, site).row;
    let on_it = |call: &CallRef| project.graph.target(*call).is_some_and(|target| target.receiver == Some(site.ty));
    let named = row.name.starts_with("Async") || row.release.first().is_some_and(|name| name == "aclose");
    program.language(file) == Language::Script
        || named
        || program.calls().filter(on_it).any(|call| program.call(call).awaited)
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
