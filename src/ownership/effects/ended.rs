//! Objects of classes that have an end of their own: a method by whose name everybody expects it to release what
//! the object has opened for itself.
//!
//! Only what outlasts the object counts, and only where nothing in the whole class may release it. Knows no library
//! and no framework.

use super::components::component_rows;
use super::model::{Ending, Handle, Owner};
use super::opens::opened;
use super::unseen::ends_something;
use super::{Effects, Open};
use crate::catalog::schema::{Kind, Run};
use crate::catalog::words::effects::{AMBIGUOUS_ENDS, OBJECT_ENDS, OBJECT_STARTS, OBJECT_STOPS, SHOWING};
use crate::facts::{CallId, ClassKind, FnId, FnKind, Language, Node, Value, walk};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::sites::last_name;

pub fn ended<'a>(effects: &Effects<'_, 'a>) -> Vec<Owner<'a>> {
    let classes = effects.program.classes().filter(|class| effects.program.language(class.file) == Language::Script);
    let plain = classes.filter(|class| effects.program.class(*class).kind == ClassKind::Class);
    plain.flat_map(|class| of_class(effects, class)).collect()
}

fn of_class<'a>(effects: &Effects<'_, 'a>, class: ClassRef) -> Vec<Owner<'a>> {
    let program = effects.program;
    let methods = program.own_methods(class);
    let end = |names: &[&str]| methods.iter().find(|f| is_named(effects, **f, names) && ends_anything(effects, **f));
    let hooks = hooks(effects, class, &methods);
    let hooked = methods.iter().find(|f| hooks.ends.contains(f) && ends_anything(effects, **f));
    let (ends, stops) = (end(OBJECT_ENDS).or(hooked), end(OBJECT_STOPS));
    let undoing = methods.iter().find(|f| is_named(effects, **f, AMBIGUOUS_ENDS));
    if ends.or(stops).or(undoing).is_none() || !component_rows(effects, class).is_empty() {
        return Vec::new();
    }
    let line = program.ancestry(class).into_iter().chain(program.descendants(class));
    let all: Vec<FnRef> = line.flat_map(|part| program.own_methods(part)).collect();
    // What is opened and closed again and again is not at its end when it is closed.
    let again = methods.iter().any(|f| is_named(effects, *f, SHOWING));
    let shows = |end: FnRef| again && is_named(effects, end, &["close"]);
    let owners = methods.iter().filter_map(|start| {
        let started = is_named(effects, *start, OBJECT_STARTS) || hooks.starts.contains(start);
        let made = program.function(*start).kind == FnKind::Constructor;
        let end = ends.or(stops.filter(|_| started)).filter(|end| started || made && !shows(**end));
        let end = end.or(undoing.filter(|end| (started || made) && undoes(effects, **end, *start)))?;
        Some(of_start(*start, *end, &all))
    });
    owners.collect()
}

/// Methods of an object that a framework calls when it starts and when it stops.
#[derive(Default)]
struct Hooks {
    starts: Vec<FnRef>,
    ends: Vec<FnRef>,
}

fn hooks(effects: &Effects, class: ClassRef, methods: &[FnRef]) -> Hooks {
    if effects.program.class(class).implements.is_empty() {
        return Hooks::default();
    }
    let rows = effects.program.rows_above(class);
    let named = |run: Run| {
        let names: Vec<&String> = rows.iter().filter(|row| row.run == run).flat_map(|row| &row.methods).collect();
        let is_hook =
            |f: &&FnRef| effects.program.function(**f).name.as_ref().is_some_and(|name| names.contains(&name));
        methods.iter().filter(is_hook).copied().collect()
    };
    Hooks { starts: named(Run::Startup), ends: named(Run::Shutdown) }
}

fn of_start<'a>(start: FnRef, end: FnRef, all: &[FnRef]) -> Owner<'a> {
    Owner {
        ends: all.iter().copied().filter(|f| *f != start).collect(),
        lasting_only: true,
        ending: Ending::Own(end),
        ..Owner::starting(start)
    }
}

fn is_named(effects: &Effects, f: FnRef, names: &[&str]) -> bool {
    effects.program.function(f).name.as_deref().is_some_and(|name| names.contains(&name))
}

/// It does end something, so it is meant as the object's end.
fn ends_anything(effects: &Effects, f: FnRef) -> bool {
    let ends = |id| {
        let data = effects.program.call(CallRef { file: f.file, id });
        matches!(data.callee, Value::Member(..) | Value::Global(_)) && ends_something(last_name(&data.callee))
    };
    has_call(&effects.program.function(f).body, &ends)
}

/// The method ends for good what the start puts into a field of the object.
fn undoes(effects: &Effects, end: FnRef, start: FnRef) -> bool {
    let again = made_fields(effects, end);
    let made: Vec<&str> = opened(effects, start).visited.iter().flat_map(|f| made_fields(effects, *f)).collect();
    let ends = |id| {
        let data = effects.program.call(CallRef { file: end.file, id });
        let Value::Member(whose, name) = &data.callee else { return false };
        let Value::Member(base, field) = &**whose else { return false };
        let own = **base == Value::This && made.contains(&field.as_str()) && !again.contains(&field.as_str());
        own && OBJECT_ENDS.contains(&name.as_str())
    };
    has_call(&effects.program.function(end).body, &ends)
}

/// The fields that the method's own body fills with new objects.
fn made_fields<'a>(effects: &Effects<'_, 'a>, f: FnRef) -> Vec<&'a str> {
    let fills = |node: &'a Node| match node {
        Node::Bind { target: Value::Member(base, field), value: Value::Call(id), .. }
            if **base == Value::This && effects.is_new(CallRef { file: f.file, id: *id }) =>
        {
            Some(field.as_str())
        }
        _ => None,
    };
    effects.program.function(f).body.iter().filter_map(fills).collect()
}

fn has_call(block: &[Node], fits: &dyn Fn(CallId) -> bool) -> bool {
    walk::calls(block).any(fits)
}

/// A listener of an object that is made once for all with the page, or something that the class knows by its field
/// under another name for the object: `kept.timer`.
pub(crate) fn is_excused<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>) -> bool {
    let class = effects.program.class_around(owner.start);
    let single = open.opener.kind == Kind::Listener && class.is_none_or(|class| is_single(effects, class));
    let handle = Handle::of(effects, open);
    single || handle.fields().any(|field| owner.ends.iter().any(|f| ends_field(effects, *f, field)))
}

/// Made at the top of modules alone, or by the class itself.
fn is_single(effects: &Effects, class: ClassRef) -> bool {
    let program = effects.program;
    let made = program.calls().filter(|call| {
        effects.is_new(*call) && effects.project.graph.target(*call).is_some_and(|target| target.class == Some(class))
    });
    let once = |call: CallRef| {
        let at = effects.at(call);
        at.id == FnId::TOP || program.class_around(at) == Some(class)
    };
    made.into_iter().all(once)
}

fn ends_field(effects: &Effects, f: FnRef, field: &str) -> bool {
    let named = |value: &Value| matches!(value, Value::Member(base, name) if name == field && **base != Value::This);
    let ends = |id| {
        let data = effects.program.call(CallRef { file: f.file, id });
        let own = matches!(&data.callee, Value::Member(base, _) if named(base));
        ends_something(last_name(&data.callee)) && (own || data.args.iter().any(|arg| named(&arg.value)))
    };
    has_call(&effects.program.function(f).body, &ends)
}
