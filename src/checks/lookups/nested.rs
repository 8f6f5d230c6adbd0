//! Look-ups of a page that repeats those of its layout, or goes past what that remembers for the request.
//!
//! Both run for one request, as the frameworks' rows say. Knows no framework by name.

use super::keys::Frame;
use super::known::Known;
use super::walk::{Walk, asked};
use super::{Repeated, is_product};
use crate::catalog::schema::NestingRow;
use crate::checks::Project;
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::paths::parent;
use crate::program::{CallRef, FnRef};
use crate::source::globs::Globs;
use crate::values::eval::Ty;

pub fn repeated(project: &Project, known: &Known) -> Vec<Repeated> {
    let program = &project.program;
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).nestings);
    rows.flat_map(|row| of_row(project, known, row)).collect()
}

fn of_row(project: &Project, known: &Known, row: &NestingRow) -> Vec<Repeated> {
    let outer_export = if row.outer_export.is_empty() { &row.export } else { &row.outer_export };
    let (outer, inner) = (running(project, &row.outer, outer_export), running(project, &row.inner, &row.export));
    let mut found = Vec::new();
    for f in outer {
        let before = asked(project, known, f);
        if before.is_empty() {
            continue;
        }
        let folder = format!("{}/", folder(project, f));
        let below = inner.iter().filter(|g| format!("{}/", self::folder(project, **g)).starts_with(&folder));
        for g in below.copied().filter(|g| *g != f) {
            found.extend(again(project, known, g, &before));
        }
    }
    found
}

fn folder<'p>(project: &'p Project, f: FnRef) -> &'p str {
    parent(&project.program.units[f.file as usize].path)
}

/// The functions that files of such names export.
fn running(project: &Project, globs: &[String], export: &str) -> Vec<FnRef> {
    let program = &project.program;
    let globs = Globs::new(globs);
    let files = (0..program.units.len() as u32).filter(|file| globs.fit(program.within_package(*file)));
    let functions = files.filter_map(|file| match program.module_member(file, export) {
        Ty::Fn(f) => Some(f),
        _ => None,
    });
    functions.filter(|f| is_product(program, *f)).collect()
}

/// What the function looks up of that itself.
fn again(project: &Project, known: &Known, f: FnRef, before: &[(CallRef, super::walk::Event)]) -> Vec<Repeated> {
    let asked = |trigger: Trigger| matches!(trigger, Trigger::Request | Trigger::Message);
    let fits = |context: &crate::contexts::Context| asked(context.trigger) && !context.weak;
    let Some(at) = project.contexts.position(Point::Fn(f), fits) else { return Vec::new() };
    let walk = Walk::within(project, known, &Frame::of_request(&project.program, f));
    let found = walk.events.iter().filter_map(|event| {
        let same =
            |first: &&(CallRef, super::walk::Event)| first.1.subject == event.subject && first.1.is_of_same(event);
        let (first, _) = before.iter().find(same)?;
        let call = CallRef { file: f.file, id: event.call };
        Some(Repeated {
            f,
            again: call,
            first: *first,
            within: (event.at != call).then_some(event.at),
            subject: event.subject,
            chain: project.contexts.chain(Point::Fn(f), at),
            trigger: project.contexts.of(Point::Fn(f))[at].trigger,
        })
    });
    found.collect()
}
