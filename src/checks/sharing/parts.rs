//! Objects that leave open what they opened: their class has a method that ends them, and nothing closes a client that
//! another of its methods builds for a field.
//!
//! The framework runs that method, or it is called as ends of objects are. Knows no library by name.

use crate::catalog::schema::Kind;
use crate::catalog::words::effects::OBJECT_ENDS;
use crate::catalog::words::release::HOLDER_ENDS;
use crate::checks::Project;
use crate::contexts::Context;
use crate::facts::walk::nodes;
use crate::facts::{FnKind, Node, Value, hands_on};
use crate::graph::trigger::Trigger;
use crate::graph::{Point, Root};
use crate::ownership::release::{must_close, releases_by_name};
use crate::program::{ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::sites::{Site, info, is_product};

/// A client of an object, and the method that ends the object without it.
pub struct Left<'s> {
    pub site: &'s Site,
    pub field: &'s str,
    pub end: FnRef,
    /// The framework runs it.
    pub hooked: bool,
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
    let hook = hook_of(project, class).filter(|_| begins(project, site.function));
    let own = || end_of(program, class).filter(|end| *end != site.function && !lives_on(project, site.function));
    let (end, hooked) = hook.map(|end| (end, true)).or_else(|| Some((own()?, false)))?;
    let field = field(program, class, site)?;
    (!is_let_go(program, class, field)).then_some(Left { site, field, end, hooked })
}

/// Nothing but its release ends it.
fn counts(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let (row, language) = (&info(program, site).row, program.language(site.call.file));
    let lasting = must_close(row.kind, language) && row.kind != Kind::Handle && row.owns != Some(false);
    let by_itself = row.self_closing || row.collected || program.semantics(site.call.file).drops;
    lasting && !by_itself && !row.release.is_empty() && is_product(program, site.function)
}

/// Its constructor, or a method that the framework runs when the object begins.
fn begins(project: &Project, f: FnRef) -> bool {
    let started = |root: &Root| root.trigger == Trigger::Startup && root.to == Point::Fn(f);
    project.program.function(f).kind == FnKind::Constructor || project.graph.roots.iter().any(started)
}

/// The class's own method that the framework runs when the object ends.
fn hook_of(project: &Project, class: ClassRef) -> Option<FnRef> {
    let roots = project.graph.roots.iter().filter(|root| root.trigger == Trigger::Shutdown);
    roots.into_iter().find_map(|root| match root.to {
        Point::Fn(f) if project.program.class_around(f) == Some(class) => Some(f),
        _ => None,
    })
}

/// The method by which others end an object of the class, with something in it.
fn end_of(program: &Program, class: ClassRef) -> Option<FnRef> {
    let found = OBJECT_ENDS.iter().chain(HOLDER_ENDS).find_map(|name| program.own_method(class, name));
    found.filter(|end| program.calls_within(*end).next().is_some())
}

/// The program makes one object, which lives as long as it: whether it is closed is a matter of the shutdown.
fn lives_on(project: &Project, f: FnRef) -> bool {
    let once = |context: &Context| !context.many && !context.trigger.repeats();
    let contexts = project.contexts.of(Point::Fn(f));
    !contexts.is_empty() && contexts.iter().all(once)
}

/// The field that the client is kept in, perhaps where none is given.
fn field<'a>(program: &Program<'a>, class: ClassRef, site: &Site) -> Option<&'a str> {
    let fields = &program.index[site.call.file as usize].fields;
    let built = |value: &Value| *value == Value::Call(site.call.id);
    let here = |name: &&str| {
        let mut values = program.field_values(class, name).into_iter();
        values.any(|(f, value)| f == site.function && holds(value, &built))
    };
    fields.keys().copied().find(here)
}

/// The test passes for the value, for one that it may be or has in it, or for what it is an element of.
fn holds(value: &Value, test: &dyn Fn(&Value) -> bool) -> bool {
    let of_list = |base: &Value| base.holds(test);
    value.holds(test) || matches!(value, Value::Element(base) | Value::Index(base, _) if of_list(base))
}

/// The class releases the field or gives it on, or something else does so with a field of that name of who knows what.
fn is_let_go(program: &Program, class: ClassRef, field: &str) -> bool {
    let lines = |other: ClassRef| program.ancestry(class).contains(&other) || program.ancestry(other).contains(&class);
    let own = |f: FnRef, value: &Value| match value {
        Value::Member(base, name) if name == field && **base == Value::This => {
            program.class_around(f).is_some_and(lines)
        }
        _ => false,
    };
    let is = |f: FnRef, value: &Value| match value {
        Value::Member(base, name) if name == field && **base != Value::This => true,
        _ => own(f, value),
    };
    let by_call = program.calls().any(|call| {
        let (f, data) = (FnRef { file: call.file, id: program.call(call).function }, program.call(call));
        let its = |value: &Value| holds(value, &|value| is(f, value));
        // What is done with a list of clients is done with each.
        let released =
            matches!(&data.callee, Value::Member(base, name) if its(base) && (releases_by_name(name) || !is(f, base)));
        released || data.args.iter().any(|arg| its(&arg.value))
    });
    by_call
        || program.functions().any(|f| {
            let body = &program.function(f).body;
            let scoped = |node: &Node| matches!(node, Node::Scope { resource, .. } if own(f, resource));
            hands_on(body, &mut |value| holds(value, &|value| own(f, value))) || nodes(body).any(scoped)
        })
}
