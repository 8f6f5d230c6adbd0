//! Puts the client that a package already shares in the place of one that is built again and again.
//!
//! Only where both are known to speak to the same service, where the construction is a declaration
//! that stands alone, and where the import closes no circle. Knows no library by name.

use super::address::address;
use super::hoist::{declaration, is_closed, statement};
use super::rewrite::{export_name, import_line, unused_import};
use super::{Kept, Shared, kept_beside};
use crate::facts::{Import, ImportKind, Language, Span};
use crate::finding::Edit;
use crate::project::Project;
use crate::project::sites::Site;

/// The edits, and the path of the module that shares the client.
pub fn replaced(project: &Project, site: &Site) -> Option<(Vec<Edit>, String)> {
    let program = &project.program;
    if program.language(site.call.file) == Language::Rust {
        return None;
    }
    let own = address(program, site)?;
    let awaited = |site: &Site| program.call(site.call).awaited;
    let same = |kept: &&Kept| kept.address.as_ref() == Some(&own) && awaited(kept.site(project)) == awaited(site);
    kept_beside(project, site).filter(same).find_map(|kept| {
        let shared = kept.shared(project);
        let path = program.units[shared.site.call.file as usize].path.clone();
        Some((edits(project, site, &shared)?, path))
    })
}

fn edits(project: &Project, site: &Site, shared: &Shared) -> Option<Vec<Edit>> {
    let program = &project.program;
    let (file, target) = (site.call.file, shared.site.call.file);
    let (var, bound) = declaration(&program.function(site.function).body, site)?;
    let name = program.facts(file).local(var).name.as_str();
    let export = export_name(project, shared)?;
    let circular = || project.reach().closure([target]).get(file as usize).copied().unwrap_or(false);
    if program.index[file as usize].top.contains_key(name) || is_closed(project, site) || circular() {
        return None;
    }
    let source = program.units[file as usize].source;
    let text = &project.inputs.files.get(source.index())?.text;
    let line = import_line(project, file, target, &export, name)?;
    let gone = statement(text, bound, site.span)?;
    let mut edits = vec![Edit { file: source, span: gone, text: String::new() }];
    edits.push(match unused_import(project, site, text) {
        Some(import) => Edit { file: source, span: import, text: line },
        None => insertion(project, file, text, line)?,
    });
    Some(edits)
}

/// A line after the last import at the top of the file, or before its first statement.
fn insertion(project: &Project, file: u32, text: &str, line: String) -> Option<Edit> {
    let facts = project.program.facts(file);
    let source = project.program.units[file as usize].source;
    let flush = |import: &&Import| {
        let at = import.statement.start as usize;
        import.kind != ImportKind::Dynamic
            && import.statement.end > 0
            && (at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'))
    };
    let last = facts.imports.iter().filter(flush).map(|import| import.statement.end).max()?;
    let ends = text.get(last as usize..)?.starts_with(';');
    let at = last + u32::from(ends);
    Some(Edit { file: source, span: Span { start: at, end: at }, text: format!("\n{line}") })
}
