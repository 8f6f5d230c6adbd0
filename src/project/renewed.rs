//! Clients that take the place of one that is closed for it, with other settings.
//!
//! Saving settings closes the client that was built with the old ones and keeps a new one. That is as often
//! as somebody saves, whatever the entry point looks like. Knows no library by name.

use super::Project;
use super::eval::Ty;
use super::flow::{Flow, mentions};
use super::program::Program;
use super::sites::Site;
use crate::facts::{Block, FnId, Node, Value, VarRef};

/// The place that keeps the construction held another one, which the function releases first.
pub fn is_renewed(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let flow = Flow::of(program, site.call);
    let mut places = Vec::new();
    kept_in(&program.function(site.function).body, &flow, &mut places);
    !places.is_empty() && has_settings(program, site) && places.into_iter().any(|place| is_closed(program, site, place))
}

/// Variables and fields around the function that are bound to the fresh thing.
fn kept_in<'a>(block: &'a Block, flow: &Flow, found: &mut Vec<&'a Value>) {
    for node in block {
        if let Node::Bind { target, value, .. } = node
            && flow.is_alias(value)
            && is_outside(target, flow)
        {
            found.push(target);
        }
        node.blocks().for_each(|inner| kept_in(inner, flow, found));
    }
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
fn has_settings(program: &Program, site: &Site) -> bool {
    let is_class = |var: VarRef| matches!(program.eval_var(site.call.file, var), Ty::Class(_));
    let own = |value: &Value| match value {
        Value::Var(var) => var.function != FnId::TOP || is_class(*var),
        Value::This => true,
        _ => false,
    };
    let data = program.call(site.call);
    data.args.iter().any(|arg| mentions(program, site.call.file, &arg.value, 0, &mut |value| own(value)))
}

fn is_closed(program: &Program, site: &Site, place: &Value) -> bool {
    let calls = program.facts(site.call.file).calls.iter();
    let mut before = calls.filter(|call| call.function == site.function.id && call.span.end <= site.span.start);
    before.any(|call| match &call.callee {
        Value::Member(base, name) => **base == *place && program.catalog.releases(site.ty, name),
        _ => false,
    })
}
