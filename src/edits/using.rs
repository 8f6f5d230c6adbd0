//! The fix of `connection-not-released` where a declaration can release at the end of its block: `await using`.
//!
//! Only where the project writes such declarations, and the library's version has what they call. Names no
//! library.

use super::try_finally::{bound, parts};
use crate::checks::Project;
use crate::edits::disposal::is_usual;
use crate::facts::Span;
use crate::finding::{Applicability, Edit, Fix, lines};
use crate::ownership::release::{Leak, Path, What};
use crate::packages::manifests::version;

pub fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    let program = &project.program;
    let (call, What::Catalog(ty)) = (leak.call, leak.resource.what) else { return None };
    let facts = program.facts(call.file);
    let function = facts.function(program.call(call).function);
    if !function.flags.is_async || !is_disposable(project, leak) {
        return None;
    }
    let source = program.units[call.file as usize].source;
    let text = &project.inputs.files.get(source.index())?.text;
    let (_, bind, _) = bound(&function.body, call.id)?;
    let mut edits = vec![(keyword(text, bind)?, "await using".to_string())];
    if leak.path != Path::Never {
        let parts = parts(facts, &function.body, call.id, &program.catalog.ty(ty).row.release)?;
        edits.push((parts.closing_lines(text).filter(|_| !parts.waits_after)?, String::new()));
    }
    let edits = edits.into_iter().map(|(span, text)| Edit { file: source, span, text }).collect();
    let title = "Open it with `await using`".to_string();
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// The installed version has the method that the end of the block calls, and the project writes such blocks.
fn is_disposable(project: &Project, leak: &Leak) -> bool {
    let program = &project.program;
    let What::Catalog(ty) = leak.resource.what else { return false };
    let info = program.catalog.ty(ty);
    let Some(since) = info.row.disposable_since.as_deref().map(version) else { return false };
    let path = &program.units[leak.call.file as usize].path;
    let names = &program.catalog.package(info.package).dependencies;
    let installed = program.manifests.version_of(path, names);
    info.row.context_manager && !leak.deferred && installed >= Some(since) && is_usual(project, leak.call.file)
}

/// The word that declares the variable, at the start of its line.
fn keyword(text: &str, bind: Span) -> Option<Span> {
    let line = lines::around(text, Span { start: bind.start, end: bind.start })?;
    let head = text.get(line.start as usize..bind.start as usize)?;
    let word = head.trim();
    let start = line.start + lines::indent(head).len() as u32;
    matches!(word, "const" | "let").then(|| Span { start, end: start + word.len() as u32 })
}
