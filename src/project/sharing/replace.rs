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
    let place = place(project, site)?;
    let awaited = |site: &Site| program.call(site.call).awaited;
    let same = |kept: &&Kept| kept.address.as_ref() == Some(&own) && awaited(kept.site(project)) == awaited(site);
    kept_beside(project, site).filter(same).find_map(|kept| {
        let shared = kept.shared(project);
        let path = program.units[shared.site.call.file as usize].path.clone();
        Some((edits(project, &place, &shared)?, path))
    })
}

/// The construction as it stands, whichever client takes its place.
struct Place<'p> {
    site: &'p Site,
    /// The variable that takes it.
    name: &'p str,
    text: &'p str,
    /// The whole declaration.
    gone: Span,
}

fn place<'p>(project: &'p Project, site: &'p Site) -> Option<Place<'p>> {
    let program = &project.program;
    let file = site.call.file;
    let (var, bound) = declaration(&program.function(site.function).body, site)?;
    let name = program.facts(file).local(var).name.as_str();
    if program.index[file as usize].top.contains_key(name) || is_closed(project, site) {
        return None;
    }
    let text = &project.inputs.files.get(program.units[file as usize].source.index())?.text;
    Some(Place { site, name, text, gone: statement(text, bound, site.span)? })
}

fn edits(project: &Project, place: &Place, shared: &Shared) -> Option<Vec<Edit>> {
    let (file, target) = (place.site.call.file, shared.site.call.file);
    let source = project.program.units[file as usize].source;
    let export = export_name(project, shared)?;
    let line = import_line(project, file, target, &export, place.name)?;
    if project.reach().loads(target, file) {
        return None;
    }
    let mut edits = vec![Edit { file: source, span: place.gone, text: String::new() }];
    edits.push(match unused_import(project, place.site, place.text) {
        Some(import) => Edit { file: source, span: import, text: line },
        None => insertion(project, file, place.text, line)?,
    });
    Some(edits)
}

/// A line after the last import at the top of the file, or before its first statement.
pub(super) fn insertion(project: &Project, file: u32, text: &str, line: String) -> Option<Edit> {
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
