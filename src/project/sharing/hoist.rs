//! Moves a construction out of the function that repeats it, to the top of its file.
//!
//! Only a declaration that stands alone, whose settings are known at the top, which nothing in the
//! function closes, and which need not be awaited. Where a dev server would build it anew, it is kept on the
//! global object from the start. Knows no library by name.

use super::reload::is_reloaded;
use super::rewrite::Held;
use crate::facts::{Block, FnId, Language, Node, Span, Value, VarRef};
use crate::finding::Edit;
use crate::project::Project;
use crate::project::flow::{Flow, mentions};
use crate::project::program::{CallRef, FnRef};
use crate::project::sites::Site;

/// The edits that hoist the construction; `None` where that is not sound or not plain.
pub fn hoisted(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let program = &project.program;
    let data = program.call(site.call);
    let facts = program.facts(site.call.file);
    if program.language(site.call.file) == Language::Rust || data.awaited || site.function.id == FnId::TOP {
        return None;
    }
    let (var, bound) = declaration(&program.function(site.function).body, site)?;
    let name = facts.local(var).name.as_str();
    let known = program.index[site.call.file as usize].top.contains_key(name);
    if known || uses_locals(project, site) || is_closed(project, site) {
        return None;
    }
    let text = &project.inputs.files[program.units[site.call.file as usize].source.index()].text;
    let statement = statement(text, bound, site.span)?;
    let at = top_line(project, text, site.function)?;
    let moved = top_level(project, site, name, text, statement)?;
    let source = program.units[site.call.file as usize].source;
    Some(vec![
        Edit { file: source, span: Span { start: at, end: at }, text: format!("{moved}\n\n") },
        Edit { file: source, span: statement, text: String::new() },
    ])
}

/// The declaration as it stands at the top.
fn top_level(project: &Project, site: &Site, name: &str, text: &str, statement: Span) -> Option<String> {
    let written = text.get(statement.range())?;
    let moved = written.trim();
    if !is_reloaded(project, site) {
        return Some(moved.to_string());
    }
    let held = Held::of(project, site, name)?;
    let build = (site.span.start - statement.start) as usize - (written.len() - written.trim_start().len());
    let (before, after) = (moved.get(..build)?, moved.get(build..)?);
    Some(format!("{}{before}{}{after}{}", held.declared, held.read, held.written))
}

/// The local variable that takes the construction, with the span of its declaration.
pub(super) fn declaration(block: &Block, site: &Site) -> Option<(VarRef, Span)> {
    block.iter().find_map(|node| match node {
        Node::Bind { target: Value::Var(var), value: Value::Call(id), span } if *id == site.call.id => {
            (var.function == site.function.id).then_some((*var, *span))
        }
        other => other.blocks().into_iter().find_map(|inner| declaration(inner, site)),
    })
}

/// The settings read something that only exists in a function.
fn uses_locals(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let mut local = |v: &Value| match v {
        Value::Var(var) => var.function != FnId::TOP,
        Value::This | Value::Super => true,
        Value::Closure(_) => true,
        _ => false,
    };
    let args = &program.call(site.call).args;
    args.iter().any(|arg| mentions(program, site.call.file, &arg.value, 0, &mut local))
}

/// Some call in the function releases the construction: a shared one must stay open.
pub(super) fn is_closed(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let flow = Flow::of(program, site.call);
    let facts = program.facts(site.call.file);
    facts.calls.iter().any(|call| match &call.callee {
        Value::Member(base, name) => program.catalog.releases(site.ty, name) && flow.is_alias(base),
        _ => false,
    })
}

/// The whole lines of the declaration, when nothing else stands on them.
pub(super) fn statement(text: &str, bound: Span, built: Span) -> Option<Span> {
    let start = text.get(..bound.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let head = text.get(start..bound.start as usize)?.trim();
    let plain = matches!(head, "const" | "let" | "var" | "");
    let rest = text.get(built.end as usize..)?;
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    let alone = matches!(line.trim(), "" | ";");
    (plain && alone).then(|| Span::new(start, built.end as usize + line.len()))
}

/// Where the top-level statement begins that holds the function, its decorators included.
fn top_line(project: &Project, text: &str, f: FnRef) -> Option<u32> {
    let facts = project.program.facts(f.file);
    let mut id = f.id;
    while let Some(parent) = facts.function(id).parent.filter(|parent| *parent != FnId::TOP) {
        id = parent;
    }
    let function = facts.function(id);
    let class = function.class.map(|class| facts.class(class).span);
    let decorators =
        function.decorators.iter().map(|call| project.program.call(CallRef { file: f.file, id: *call }).span.start);
    let start = decorators.chain([class.unwrap_or(function.span).start]).min()?;
    let line = text.get(..start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let flush = !text.get(line..)?.starts_with(char::is_whitespace);
    flush.then(|| above_comments(text, line) as u32)
}

/// The line on which the comments begin that stand directly above another.
fn above_comments(text: &str, line: usize) -> usize {
    let before = text.get(..line).unwrap_or_default().split_inclusive('\n').rev();
    let comment = |line: &&str| ["//", "/*", " *", "# "].iter().any(|mark| line.starts_with(mark));
    line - before.take_while(comment).map(str::len).sum::<usize>()
}
