//! `duplicate-client`: several modules of one process each build a shared client of one service.
//!
//! Words what the project's sharing says of duplicates and of copies. Names no library.

use super::words;
use crate::checks::Project;
use crate::checks::sharing::Shared;
use crate::checks::sharing::copies::{Copy, Made, Maker, copies, display};
use crate::checks::sharing::duplicates::{Duplicates, duplicates};
use crate::checks::sharing::joined::{Joinable, joinable};
use crate::checks::sharing::unasked::{Unasked, unasked};
use crate::edits::rewrite;
use crate::finding::{Also, Applicability, Confidence, Finding, Fix, Place, Related, Severity};
use crate::values::calls::top;
use crate::values::sites::{Site, info};

pub fn check(project: &Project) -> Vec<Finding> {
    let objects = copies(project).into_iter().map(|copy| of_copy(project, &copy));
    let joined = joinable(project).into_iter().map(|one| of_joinable(project, &one));
    let unasked = unasked(project).into_iter().map(|one| of_unasked(project, &one));
    clients(project).into_iter().chain(objects).chain(joined).chain(unasked).collect()
}

/// Several that could have one connection.
fn of_joinable(project: &Project, one: &Joinable) -> Finding {
    let program = &project.program;
    let second = one.others.first().unwrap_or(&one.first).site;
    let name = words::client_name(program, second.call, second.ty);
    let number = one.others.len() + 1;
    let rest = one.others.iter().skip(1).map(|other| words::place(program, other.site.call));
    Finding {
        severity: Severity::Note,
        message: format!("{number} of `{name}` open a connection each to the same server"),
        label: "one more connection".into(),
        related: vec![Related {
            place: words::place(program, one.first.site.call),
            message: "the first one is built here".into(),
        }],
        also: Also::of("one more:", "one more connection", rest),
        why: format!(
            "each is told an address, and opens a connection of its own: one process has {number} where one would do"
        ),
        help: format!("build one connection and give it to all of them as `{}`", one.option),
        ..blank(project, second)
    }
}

/// A module beside the one that everybody uses.
fn of_unasked(project: &Project, one: &Unasked) -> Finding {
    let program = &project.program;
    let name = words::client_name(program, one.site.call, one.site.ty);
    let path = &program.units[one.beside as usize].path;
    Finding {
        severity: Severity::Note,
        message: format!("nothing imports this module, and `{path}` shares a `{name}` for the same service"),
        label: "a second client of the same service".into(),
        why: "who needs the client next may take either: then the process has two".into(),
        help: format!("delete the module, or import `{path}` in it"),
        ..blank(project, one.site)
    }
}

/// What all findings about a construction share.
fn blank(project: &Project, site: &Site) -> Finding {
    let place = words::place(&project.program, site.call);
    Finding { confidence: Confidence::High, ..super::pools::finding(project, site, "duplicate-client", place) }
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
    if surplus.site.ty != kept.site.ty {
        return None;
    }
    let edits = rewrite::imported(project, surplus, kept)?;
    let path = &project.program.units[kept.site.call.file as usize].path;
    Some(Fix::new(format!("Import the client of `{path}`"), Applicability::Unsafe, edits))
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
    let (message, help) = match site.ty == kept.site.ty {
        true => (
            format!("`{name}` is built here although `{path}` already shares one for the same service"),
            format!("import the client of `{path}` instead of building another"),
        ),
        false => (
            format!("`{name}` is built here although `{path}` has connections to the same server already"),
            of_another(project, surplus, kept),
        ),
    };
    Finding {
        message,
        label: "a second client of the same service".into(),
        related: vec![Related {
            place: words::place(program, kept.site.call),
            message: "the client to share is built here".into(),
        }],
        why: format!(
            "one process loads {number} modules that each build a `{name}`{}",
            if costs.is_empty() { String::new() } else { format!("; each {costs}") }
        ),
        help,
        fix,
        ..blank(project, site)
    }
}

/// How the client of another library comes to this one.
fn of_another(project: &Project, surplus: &Shared, kept: &Shared) -> String {
    let program = &project.program;
    let path = &program.units[kept.site.call.file as usize].path;
    let (own, other) = (&info(program, surplus.site).row, &info(program, kept.site).row);
    let gives = if other.hands_out.is_empty() { String::new() } else { format!(": `{}`", other.hands_out) };
    match own.joins.first() {
        Some(option) => format!("give it the client of `{path}` as `{option}`{gives}"),
        None => format!("use the client of `{path}` instead of building another{gives}"),
    }
}

/// One object more of a class that has a pool of its own.
fn of_copy(project: &Project, copy: &Copy) -> Finding {
    let program = &project.program;
    let (name, holds, by) = match copy.maker {
        Maker::Class(class) => (program.class(class).name.clone(), "objects", String::new()),
        Maker::Function(f) => {
            (display(project, copy).to_string(), "clients", format!(" by {}", words::function_name(program, f)))
        }
    };
    let path = match copy.kept.file == copy.surplus.file {
        true => "this file".to_string(),
        false => format!("`{}`", program.units[copy.kept.file as usize].path),
    };
    let place = |made: &Made| Place { file: program.units[made.file as usize].source, span: made.span };
    let (message, help) = if copy.surplus.listed {
        let message = format!("`{name}` is provided here although {path} makes one already");
        (message, format!("let one module provide and export `{name}`, and import that module here"))
    } else {
        let message = format!("`{name}` is built here{by} although {path} builds one already");
        (message, format!("share the `{name}` of {path} instead of building another"))
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
        related: vec![
            Related { place: place(&copy.kept), message: kept.into() },
            Related { place: opened_at(project, copy), message: "each of them opens its own here".into() },
        ],
        also: Also::default(),
        after: 0,
        entry: None,
        why: format!(
            "one process makes {} {holds} by `{name}`{}",
            copy.number,
            if costs.is_empty() { String::new() } else { format!("; each {costs}") }
        ),
        help,
        fix: None,
        scope: words::scope(program, top(copy.surplus.file)),
        pedantic: false,
    }
}

/// Where each object or call opens the client: the construction, or the class that is one itself.
fn opened_at(project: &Project, copy: &Copy) -> Place {
    let program = &project.program;
    let own = |site: &&Site| match copy.maker {
        _ if site.ty != copy.ty => false,
        Maker::Class(class) => program.class_around(site.function) == Some(class),
        Maker::Function(f) => site.function == f,
    };
    let (file, span) = match (project.graph.sites.iter().find(own), copy.maker) {
        (Some(site), _) => return words::place(program, site.call),
        (None, Maker::Class(class)) => (class.file, program.class(class).name_span),
        (None, Maker::Function(f)) => (f.file, program.function(f).span),
    };
    Place { file: program.units[file as usize].source, span }
}
