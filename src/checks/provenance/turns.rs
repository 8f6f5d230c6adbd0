//! Whether what a construction is given differs from iteration to iteration of the loop that repeats it.
//!
//! Followed through the functions that stand between the loop and the construction. Knows no library.

use rustc_hash::FxHashSet;

use super::inputs::{Param, Reading, inputs};
use super::passed;
use crate::catalog::words::values::PRESERVING;
use crate::checks::Project;
use crate::contexts::Context;
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{Arg, Block, Call, CallId, FnId, Node, Part, Span, Value, VarRef};
use crate::graph::Point;
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::flow::{Flow, mentions};
use crate::values::passing;
use crate::values::sites::{Site, last_name};

/// The settings depend on the loop's variable, or on something of which nobody knows that it stays the same.
pub fn varies(project: &Project, site: &Site, context: &Context) -> bool {
    let told = told(project, site);
    if goes_through(project, site.call.file, &told) {
        return true;
    }
    let given = || inputs(&project.program, site.function, &told, Reading::Whole).own(site.function).next().is_some();
    let asks = || Flow::of(&project.program, site.call).settings_depend_on_parameter() || given();
    seen_to_vary(project, site, &told, context).unwrap_or_else(asks)
}

/// The arguments of the construction and of one that is given it, and what it is a method of.
fn told<'a>(project: &Project<'a>, site: &Site) -> Vec<&'a Value> {
    let program = &project.program;
    let call = program.call(site.call);
    let itself = |value: &Value| *value == Value::Call(site.call.id);
    let given = |arg: &Arg| mentions(program, site.call.file, &arg.value, &mut |value| itself(value));
    let beside = project.graph.sites.iter().filter(|other| other.function == site.function && other.call != site.call);
    let wholes = beside.map(|other| program.call(other.call)).filter(|other| other.args.iter().any(given));
    let args = std::iter::once(call).chain(wholes).flat_map(|call| &call.args);
    args.map(|arg| &arg.value).chain(receiver(call)).collect()
}

/// What the functions between the loop and the construction give it, or whose method they call, is the same in all turns
/// or another one; nothing where nobody knows.
fn seen_to_vary<'a>(project: &Project<'a>, site: &Site, told: &[&'a Value], context: &Context) -> Option<bool> {
    let (program, contexts) = (&project.program, &project.contexts);
    let (mut f, mut values, mut context) = (site.function, told.to_vec(), context);
    let (mut own, mut of_object) = (false, false);
    while let Some((Point::Fn(around), at)) = context.parent.filter(|(point, _)| *point == Point::Fn(f)) {
        context = &contexts.of(Point::Fn(around))[at];
        let found = inputs(program, f, &values, Reading::Whole);
        if found.row {
            return of_object.then_some(true);
        }
        own |= !found.fields.is_empty() || values.iter().any(|value| is_object(program, f, value));
        if found.params.is_empty() && !own {
            return Some(false);
        }
        let mut up = context.parent.filter(|_| context.repeats())?;
        // What a constructor is given is what the object is made with.
        if let (Point::Alloc(_), at) = up {
            context = &contexts.of(up.0)[at];
            up = context.parent.filter(|_| context.repeats())?;
        }
        let Point::Fn(above) = up.0 else { return None };
        let mut next = handed(project, f, &values, context, &found.params)?;
        if own && !program.is_within(f, above) {
            let receiver = receiver(program.call(context.call?))?;
            own = *receiver.root() == Value::This;
            of_object |= !own;
            next.extend(Some(receiver).filter(|_| !own));
        }
        (f, values) = (above, next);
        if goes_through(project, f.file, &values) {
            return Some(true);
        }
        if !contexts.of(up.0)[up.1].repeats() {
            return Some(changes(program, f, context, &values));
        }
    }
    None
}

fn receiver(call: &Call) -> Option<&Value> {
    match &call.callee {
        Value::Member(base, _) => Some(base),
        _ => None,
    }
}

/// The function's own object, or a copy of it.
fn is_object(program: &Program, f: FnRef, value: &Value) -> bool {
    match value {
        Value::This => true,
        Value::Call(id) => {
            let call = program.facts(f.file).call(*id);
            PRESERVING.contains(&last_name(&call.callee)) && receiver(call) == Some(&Value::This)
        }
        _ => false,
    }
}

/// What the function is given for each of the parameters, beside those that are left to a default which stays the same;
/// nothing where another one is not given. What a closure has of the function around it, it has where that runs it.
fn handed<'a>(
    project: &Project<'a>,
    f: FnRef,
    values: &[&'a Value],
    context: &Context,
    params: &[Param],
) -> Option<Vec<&'a Value>> {
    if params.iter().all(|param| param.of == f) {
        let call = context.call?;
        let told = params.iter().filter(|param| !is_left_to_constant(&project.program, call, param));
        return told.map(|param| passed(&project.program, call, param)).collect();
    }
    let Some((Point::Fn(above), _)) = context.parent else { return None };
    let captured = params.iter().all(|param| param.of != f);
    (captured && project.program.is_within(f, above)).then(|| values.to_vec())
}

/// The call gives nothing for the parameter, whose default is the same for all calls.
fn is_left_to_constant(program: &Program, call: CallRef, param: &Param) -> bool {
    let function = program.function(param.of);
    let Some(default) = function.params.get(param.index).and_then(|param| param.default.as_ref()) else { return false };
    let given = passing::passed(program, call, param.of, param.index).is_some();
    let spreads = program.call(call).args.iter().any(|arg| arg.spread);
    let differs = |value: &Value| match value {
        Value::Call(_) | Value::This => true,
        Value::Var(var) => var.function != FnId::TOP,
        _ => false,
    };
    let once = program.semantics(param.of.file).outer_defaults;
    !given && !spreads && (once || !default.holds(&|part| differs(part)))
}

/// One of the values is, or is made of, an element of what a loop goes through.
fn goes_through(project: &Project, file: u32, values: &[&Value]) -> bool {
    let mut seen = FxHashSet::default();
    values.iter().any(|value| is_of_element(&project.program, file, value, &mut seen))
}

/// A variable that is set again and again may have its element from another loop.
fn is_of_element(program: &Program, file: u32, value: &Value, seen: &mut FxHashSet<VarRef>) -> bool {
    mentions(program, file, value, &mut |v| match v {
        Value::Var(var) if seen.insert(*var) => match program.bound(file, *var) {
            [only] => is_of_loop(program, file, only) || is_of_element(program, file, only.value, seen),
            several => several.iter().any(|bound| is_of_loop(program, file, bound)),
        },
        _ => false,
    })
}

/// It is taken out anew in each iteration. What is taken out of an option that the function looks into once is no element.
fn is_of_loop(program: &Program, file: u32, bound: &Bound) -> bool {
    let body = &program.facts(file).function(bound.function).body;
    matches!(bound.value, Value::Element(_)) && is_bound_in_loop(body, bound.value)
}

fn is_bound_in_loop(block: &Block, wanted: &Value) -> bool {
    let mut all = nodes(block);
    while let Some(node) = all.next() {
        let mut loops = all.regions().filter(|region| matches!(region.node, Node::Loop { .. }));
        if matches!(node, Node::Bind { value, .. } if value == wanted) && loops.next().is_some() {
            return true;
        }
    }
    false
}

/// One of the values may be another one in the next iteration of the loop in which the function does what the context says.
fn changes(program: &Program, f: FnRef, context: &Context, values: &[&Value]) -> bool {
    let at = context.call.map_or(context.place.span, |call| program.call(call).span);
    let mut turn = Turn { program, f, set: FxHashSet::default() };
    turn.collect(&program.function(f).body, at);
    values.iter().any(|value| turn.changes(value, &Trail::default()))
}

/// A loop, and the variables that each of its turns sets.
struct Turn<'p, 'a> {
    program: &'p Program<'a>,
    f: FnRef,
    set: FxHashSet<VarRef>,
}

impl Turn<'_, '_> {
    fn collect(&mut self, block: &Block, at: Span) {
        let around = |span: &Span| span.start <= at.start && at.end <= span.end;
        let mut all = nodes(block);
        while let Some(node) = all.next() {
            let mut loops =
                all.regions().filter(|region| matches!(region.node, Node::Loop { span, .. } if around(span)));
            if let (Node::Bind { target: Value::Var(var), .. }, true) = (node, loops.next().is_some()) {
                self.set.insert(*var);
            }
        }
    }

    /// What was set before the loop stays; what is set in it stays where it is another name for such a thing. Any call
    /// that is given something of the function's own may give something else each time.
    fn changes(&self, value: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return true };
        match value {
            Value::Var(var) => self.is_set_anew(*var, &here),
            Value::Member(base, _) => self.changes(base, &here),
            Value::Template(parts) => {
                parts.iter().any(|part| matches!(part, Part::Value(value) if self.changes(value, &here)))
            }
            Value::Choice(all, _) => all.iter().any(|one| self.changes(one, &here)),
            Value::Call(id) if self.copies(*id) => {
                let data = self.program.facts(self.f.file).call(*id);
                data.args.iter().map(|arg| &arg.value).chain(receiver(data)).any(|part| self.changes(part, &here))
            }
            other => self.is_local(other),
        }
    }

    fn is_set_anew(&self, var: VarRef, trail: &Trail) -> bool {
        if !self.set.contains(&var) {
            return false;
        }
        let bound = self.program.bound(self.f.file, var);
        bound.iter().any(|bound| matches!(bound.value, Value::Element(_)) || self.changes(bound.value, trail))
    }

    fn copies(&self, id: CallId) -> bool {
        let name = last_name(&self.program.facts(self.f.file).call(id).callee);
        PRESERVING.contains(&name) || matches!(name, "to_string" | "as_str" | "from")
    }

    /// It is made of something that belongs to the function where the loop stands.
    fn is_local(&self, value: &Value) -> bool {
        let own = |v: &Value| match v {
            Value::This => true,
            Value::Var(var) => self.f.id == FnId::TOP || var.function != FnId::TOP,
            _ => false,
        };
        mentions(self.program, self.f.file, value, &mut |v| own(v))
    }
}
