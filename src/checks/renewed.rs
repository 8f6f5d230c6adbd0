//! Clients that take the place of one that is closed for it, with other settings.
//!
//! Saving settings closes the client that was built with the old ones and keeps a new one. That is as often
//! as somebody saves, whatever the entry point looks like. In Rust, what a lock guards is closed by putting another
//! one into its place. So is one that tells of its failure or end: that one is closed, and another made. Knows no library by name.

use super::Project;
use super::lifetime::asked_by;
use crate::catalog::TypeId;
use crate::contexts::Context;
use crate::facts::walk;
use crate::facts::{Block, FnId, Language, Value, VarRef};
use crate::graph::Point;
use crate::ownership::release::losing;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::flow::{Flow, mentions};
use crate::values::sites::Site;

/// The place that keeps the construction held another one, which goes first.
pub fn is_renewed(project: &Project, site: &Site, context: &Context) -> bool {
    is_closed_first(project, site)
        || is_put_for_another(project, site, context)
        || is_made_for_lost(project, site, context)
}

/// A handler that a client of the same service tells of its failure or end leads here, and closes one of the type on
/// the way.
fn is_made_for_lost(project: &Project, site: &Site, context: &Context) -> bool {
    let way = functions_above(project, context);
    let program = &project.program;
    let service = |ty: TypeId| program.catalog.ty(ty).row.service.as_str();
    let tells = |handler: &FnRef| {
        let call = program.handed_to(*handler)?;
        let from = FnRef { file: call.file, id: program.call(call).function };
        program.eval(from, losing(program, *handler)?).concept()
    };
    let lost = way.last().and_then(tells).is_some_and(|ty| service(ty) == service(site.ty));
    lost && way.iter().any(|f| closes_one(project, site, *f))
}

/// From the one that does it to the entry point.
fn functions_above<'p>(project: &'p Project, mut context: &'p Context) -> Vec<FnRef> {
    let mut way = Vec::new();
    while let Some((point, at)) = context.parent {
        if let Point::Fn(f) = point {
            way.push(f);
        }
        context = &project.contexts.of(point)[at];
    }
    way
}

/// The function, or one that it calls, closes something of the type.
fn closes_one(project: &Project, site: &Site, f: FnRef) -> bool {
    let program = &project.program;
    let called = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
    let helpers = called.filter_map(|call| project.graph.target(call)).flat_map(|target| &target.functions);
    helpers.chain([&f]).any(|f| {
        program.calls_within(*f).any(|data| {
            let from = FnRef { file: f.file, id: data.function };
            matches!(&data.callee, Value::Member(base, name) if program.catalog.releases(site.ty, name)
                && program.eval(from, base).concept() == Some(site.ty))
        })
    })
}

/// The function that makes it, or one that asks for it, puts it behind a lock that was there before.
fn is_put_for_another(project: &Project, site: &Site, context: &Context) -> bool {
    let program = &project.program;
    let (mut call, mut context) = (site.call, context);
    if !program.semantics(call.file).guards {
        return false;
    }
    loop {
        let flow = Flow::of(program, call);
        if flow.replaces() {
            return has_settings(program, call);
        }
        match asked_by(project, context).filter(|_| flow.is_returned()) {
            Some(above) => (call, context) = above,
            None => return false,
        }
    }
}

/// The function releases first what the place held.
fn is_closed_first(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let flow = Flow::of(program, site.call);
    let places = kept_in(&program.function(site.function).body, &flow);
    !places.is_empty()
        && has_settings(program, site.call)
        && places.into_iter().any(|place| is_closed(program, site, place))
}

/// Variables and fields around the function that are bound to the fresh thing.
fn kept_in<'a>(block: &'a Block, flow: &Flow) -> Vec<&'a Value> {
    let kept = walk::binds(block).filter(|bind| flow.is_alias(bind.value) && is_outside(bind.target, flow));
    kept.map(|bind| bind.target).collect()
}

fn is_outside(target: &Value, flow: &Flow) -> bool {
    match target {
        Value::Var(var) => !flow.inside(var.function),
        Value::Member(..) => !matches!(target.root(), Value::Var(var) if flow.inside(var.function)),
        _ => false,
    }
}

/// What it is built with comes from the function or its object, or stands in a class of the project
/// (`Config.DATABASE_URL`): it may be another thing each time.
fn has_settings(program: &Program, call: CallRef) -> bool {
    let is_class = |var: VarRef| matches!(program.eval_var(call.file, var), Ty::Class(_));
    let own = |value: &Value| match value {
        Value::Var(var) => var.function != FnId::TOP || is_class(*var),
        Value::This => true,
        _ => false,
    };
    let data = program.call(call);
    let chain = Some(&data.callee).filter(|_| program.language(call.file) == Language::Rust);
    let mut told = data.args.iter().map(|arg| &arg.value).chain(chain);
    told.any(|value| mentions(program, call.file, value, &mut |value| own(value)))
}

fn is_closed(program: &Program, site: &Site, place: &Value) -> bool {
    let calls = program.facts(site.call.file).calls.iter();
    let mut before = calls.filter(|call| call.function == site.function.id && call.span.end <= site.span.start);
    before.any(|call| match &call.callee {
        Value::Member(base, name) => **base == *place && program.catalog.releases(site.ty, name),
        _ => false,
    })
}
