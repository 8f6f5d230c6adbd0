//! Parts of a program that are taken out of it and put back while it runs, and leave open what they opened.
//!
//! A class whose framework runs a method of it at its end, and whose constructor builds a client that no method
//! closes. Knows no library by name.

use crate::catalog::schema::Kind;
use crate::checks::Project;
use crate::facts::{FnKind, Language, Value};
use crate::graph::trigger::Trigger;
use crate::graph::{Point, Root};
use crate::ownership::release::releases_by_name;
use crate::program::{ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::sites::Site;
use crate::values::sites::info;
use crate::values::sites::is_product;

/// A client of an object, and the method that ends the object without it.
pub struct Left<'s> {
    pub site: &'s Site,
    pub end: FnRef,
}

pub fn left_open<'s>(project: &'s Project) -> Vec<Left<'s>> {
    project.graph.sites.iter().filter_map(|site| left(project, site)).collect()
}

fn left<'s>(project: &'s Project, site: &'s Site) -> Option<Left<'s>> {
    let program = &project.program;
    if site.how != How::Built || !counts(project, site) {
        return None;
    }
    let class = program.class_around(site.function)?;
    let end = end_of(project, class).filter(|_| begins(project, site.function))?;
    let field = field(program, class, site)?;
    (!is_released(program, class, field)).then_some(Left { site, end })
}

fn counts(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let row = &info(program, site).row;
    let lasting = matches!(row.kind, Kind::HttpClient | Kind::Pool | Kind::Connection);
    let python = program.language(site.call.file) == Language::Python;
    python && lasting && !row.self_closing && !row.release.is_empty() && is_product(program, site.function)
}

/// Its constructor, or a method that the framework runs when the object begins.
fn begins(project: &Project, f: FnRef) -> bool {
    let started = |root: &Root| root.trigger == Trigger::Startup && root.to == Point::Fn(f);
    project.program.function(f).kind == FnKind::Constructor || project.graph.roots.iter().any(started)
}

/// The class's own method that the framework runs when the object ends.
fn end_of(project: &Project, class: ClassRef) -> Option<FnRef> {
    let roots = project.graph.roots.iter().filter(|root| root.trigger == Trigger::Shutdown);
    roots.into_iter().find_map(|root| match root.to {
        Point::Fn(f) if project.program.class_around(f) == Some(class) => Some(f),
        _ => None,
    })
}

/// The field that the client is kept in.
fn field<'a>(program: &Program<'a>, class: ClassRef, site: &Site) -> Option<&'a str> {
    let fields = &program.index[site.call.file as usize].fields;
    let here = |name: &&str| {
        let mut values = program.field_values(class, name).into_iter();
        values.any(|(f, value)| f == site.function && *value == Value::Call(site.call.id))
    };
    fields.keys().copied().find(here)
}

/// The class releases the field or hands it on, or something else does so with a field of that name of who knows
/// what.
fn is_released(program: &Program, class: ClassRef, field: &str) -> bool {
    let lines = |other: ClassRef| program.ancestry(class).contains(&other) || program.ancestry(other).contains(&class);
    let calls = program.calls().map(|call| (FnRef { file: call.file, id: program.call(call).function }, call));
    let is = |f: FnRef, value: &Value| match value {
        Value::Member(base, name) if name == field => {
            !matches!(**base, Value::This) || program.class_around(f).is_some_and(lines)
        }
        _ => false,
    };
    calls.into_iter().any(|(f, call)| {
        let data = program.call(call);
        let released = matches!(&data.callee, Value::Member(base, name) if releases_by_name(name) && is(f, base));
        released || data.args.iter().any(|arg| is(f, &arg.value))
    })
}
