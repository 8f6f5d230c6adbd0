//! `duplicate-client`: several modules of one process each build a shared client of one service.
//!
//! Words what the project's sharing says of duplicates and of copies. Names no library.

use super::words;
use crate::checks::Project;
use crate::checks::sharing::Shared;
use crate::checks::sharing::copies::{Copy, Made, copies, display};
use crate::checks::sharing::duplicates::{Duplicates, duplicates};
use crate::edits::rewrite;
use crate::finding::{Also, Applicability, Confidence, Finding, Fix, Place, Related, Severity};
use crate::values::calls::top;
use crate::values::sites::info;

pub fn check(project: &Project) -> Vec<Finding> {
    let objects = copies(project).into_iter().map(|copy| of_copy(project, &copy));
    clients(project).into_iter().chain(objects).collect()
}

fn clients(project: &Project) -> Vec<Finding> {
    let Some(found) = duplicates(project) else { return Vec::new() };
    let pairs = found
        .surplus
        .iter()
        .filter_map(|duplicate| Some((&duplicate.surplus, found.kept.get(duplicate.kept)?, duplicate.kept)));
    pairs
        .map(|(surplus, kept, group)| word(project, &found, (surplus, kept, group), import(project, surplus, kept)))
        .collect()
}

/// The client to keep in the place of another one.
pub(super) fn import(project: &Project, surplus: &Shared, kept: &Shared) -> Option<Fix> {
    let edits = rewrite::imported(project, surplus, kept)?;
    let path = &project.program.units[kept.site.call.file as usize].path;
    Some(Fix { title: format!("Import the client of `{path}`"), applicability: Applicability::Unsafe, edits })
}

/// The surplus client, the one to keep, and the group that they belong to.
type Pair<'s> = (&'s Shared<'s>, &'s Shared<'s>, usize);

fn word(project: &Project, all: &Duplicates, (surplus, kept, group): Pair, fix: Option<Fix>) -> Finding {
    let program = &project.program;
    let site = surplus.site;
    let name = words::client_name(program, site.call, site.ty);
    let path = &program.units[kept.site.call.file as usize].path;
    let number = 1 + all.surplus.iter().filter(|other| other.kept == group).count();
    let costs = &info(program, site).row.why;
    Finding {
        rule: "duplicate-client",
        severity: Severity::Warning,
        confidence: Confidence::High,
        message: format!("`{name}` is built here although `{path}` already shares one for the same service"),
        place: words::place(program, site.call),
        label: "a second client of the same service".into(),
        client: Some(words::client_id(program, site.call, site.ty)),
        related: vec![Related {
            place: words::place(program, kept.site.call),
            message: "the client to share is built here".into(),
        }],
        why: format!(
            "one process loads {number} modules that each build a `{name}`{}",
            if costs.is_empty() { String::new() } else { format!("; each {costs}") }
        ),
        help: format!("import the client of `{path}` instead of building another"),
        fix,
        scope: words::scope(program, site.function),
        also: Also::default(),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

/// One object more of a class that has a pool of its own.
fn of_copy(project: &Project, copy: &Copy) -> Finding {
    let program = &project.program;
    let name = &program.class(copy.class).name;
    let path = &program.units[copy.kept.file as usize].path;
    let place = |made: &Made| Place { file: program.units[made.file as usize].source, span: made.span };
    let (message, help) = if copy.surplus.listed {
        let message = format!("`{name}` is provided here although `{path}` makes one already");
        (message, format!("let one module provide and export `{name}`, and import that module here"))
    } else {
        let message = format!("`{name}` is built here although `{path}` builds one already");
        (message, format!("share the `{name}` of `{path}` instead of building another"))
    };
    let costs = &program.catalog.ty(copy.ty).row.why;
    let kept = if copy.kept.listed { "the one to share is provided here" } else { "the one to share is built here" };
    Finding {
        rule: "duplicate-client",
        severity: Severity::Warning,
        confidence: Confidence::High,
        message,
        place: place(&copy.surplus),
        label: format!("one more `{name}`, with connections of its own"),
        client: Some(display(project, copy).to_string()),
        related: vec![Related { place: place(&copy.kept), message: kept.into() }],
        also: Also::default(),
        after: 0,
        entry: None,
        why: format!(
            "one process makes {} objects of `{name}`{}",
            copy.number,
            if costs.is_empty() { String::new() } else { format!("; each {costs}") }
        ),
        help,
        fix: None,
        scope: words::scope(program, top(copy.surplus.file)),
        pedantic: false,
    }
}
