//! The analysis' own view of a project as text: every construction with why it is thought to run, and what
//! functions open and do with what they are given.
//!
//! For maintainers (`connlint debug sites`, `summary` and `ownership`); no rule reads it.

use std::fmt::Write;

use super::Project;
use crate::contexts::Context;
use crate::facts::dump::is_named;
use crate::graph::Point;
use crate::ownership::release;
use crate::program::FnRef;
use crate::values::Program;

/// What is told of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// What it does with its parameters.
    Summary,
    /// What it opens, and where that ends.
    Ownership,
}

/// The functions of a file that the name means, all where none is given; `None` where there is no such one. The path
/// is relative to the root.
pub fn functions(project: &Project, path: &str, name: Option<&str>, view: View) -> Option<String> {
    let program = &project.program;
    let file = program.units.iter().position(|unit| unit.path == path)? as u32;
    let facts = program.facts(file);
    let ids = facts.function_ids().filter(|id| name.is_none_or(|name| is_named(facts, *id, name)));
    let functions: Vec<FnRef> = ids.map(|id| FnRef { file, id }).collect();
    let text = match view {
        View::Summary => release::summaries(project, &functions),
        View::Ownership => {
            let source = &project.inputs.files[program.units[file as usize].source.index()];
            let lines = crate::source::LineIndex::new(&source.text);
            release::ownership(project, &functions, &|offset| lines.position(&source.text, offset).line)
        }
    };
    (!functions.is_empty()).then_some(text)
}

/// One line a construction, and one for each context with its chain.
pub fn sites(project: &Project) -> String {
    let mut out = String::new();
    for (id, site) in project.graph.sites.iter().enumerate() {
        let info = project.program.catalog.ty(site.ty);
        let place = line(project, site.call.file, site.span.start);
        let _ = writeln!(out, "{place} {} {:?} in {}", info.display, site.how, name(&project.program, site.function));
        let own = project.contexts.of(Point::Site(id as u32));
        own.iter()
            .enumerate()
            .for_each(|(at, context)| describe(project, Point::Site(id as u32), at, context, &mut out));
        if own.is_empty() {
            let around = project.contexts.of(Point::Fn(site.function));
            let _ = writeln!(
                out,
                "    no context; the function has {:?}",
                around.iter().map(|c| c.trigger).collect::<Vec<_>>()
            );
            callers(project, Point::Fn(site.function), 0, &mut out);
        }
    }
    out
}

fn describe(project: &Project, point: Point, at: usize, context: &Context, out: &mut String) {
    let many = if context.many { " many" } else { "" };
    let weak = if context.weak { " weak" } else { "" };
    let works = if context.works { " works" } else { "" };
    let chain = project.contexts.chain(point, at);
    let steps: Vec<String> = chain.iter().map(|step| point_name(&project.program, step.point)).collect();
    let _ = writeln!(out, "    {:?}{many}{weak}{works}: {}", context.trigger, steps.join(" > "));
}

fn callers(project: &Project, point: Point, level: usize, out: &mut String) {
    let from = project.graph.edges.iter().filter(|(_, edges)| edges.iter().any(|edge| edge.to == point));
    let mut from: Vec<Point> = from.map(|(from, _)| *from).collect();
    from.sort();
    for caller in from.into_iter().take(6) {
        let indent = " ".repeat(4 + 2 * level);
        let _ = writeln!(out, "{indent}called by {}", point_name(&project.program, caller));
        if level < 3 {
            callers(project, caller, level + 1, out);
        }
    }
}

fn point_name(program: &Program, point: Point) -> String {
    match point {
        Point::Fn(f) => name(program, f),
        Point::Alloc(class) => format!("new {}", program.class(class).name),
        Point::Site(_) => "here".into(),
    }
}

fn name(program: &Program, f: FnRef) -> String {
    let function = program.function(f);
    let class = function.class.map_or(String::new(), |class| format!("{}.", program.facts(f.file).class(class).name));
    let own = function.name.as_deref().unwrap_or(if function.parent.is_none() { "top" } else { &function.anchor });
    format!("{}#{class}{own}", program.units[f.file as usize].path)
}

fn line(project: &Project, file: u32, offset: u32) -> String {
    let source = &project.inputs.files[project.program.units[file as usize].source.index()];
    let lines = crate::source::LineIndex::new(&source.text);
    format!("{}:{}", source.path, lines.position(&source.text, offset).line)
}
