//! What keeps a client when its module is evaluated anew: a slot of the global object that is read
//! before building and written after.
//!
//! Reads conditions and binds; a slot is known by the first name under the global object. Knows no
//! library by name.

use crate::catalog::words::checks::{DEVELOPMENT_FLAGS, DEVELOPMENT_MODES, SERVED_MODES};
use crate::checks::Project;
use crate::contexts::Step;
use crate::facts::returned;
use crate::facts::trail::Trail;
use crate::facts::walk::{self, nodes};
use crate::facts::{Block, FnId, Literal, LocalKind, Node, Pred, Span, Value, exits};
use crate::finding::Place;
use crate::graph::Point;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::top;
use crate::values::eval::Ty;
use crate::values::gates::{Conditions, empty_value};
use crate::values::places::is_global_object;

/// How a construction is guarded against a reload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Nothing outlives the module.
    None,
    /// The global slot is read, nothing fills it.
    ReadOnly(String),
    /// The global slot is filled, nothing reads it.
    WriteOnly(String),
    /// Kept on the global object, kept by a library, or never built while developing.
    Kept,
}

pub fn guard(project: &Project, chain: &[Step]) -> Guard {
    let program = &project.program;
    let mut read = Vec::new();
    let mut files = Vec::new();
    for step in chain {
        if kept_by_helper(project, step) {
            return Guard::Kept;
        }
        let Some((f, conditions)) = spot(program, step.place) else { continue };
        files.push(f.file);
        for (atom, holds) in conditions.atoms() {
            if never_developing(program, f, atom, holds) || kept_outside(program, f, atom, holds) {
                return Guard::Kept;
            }
            let Some((home, name)) = empty_value(atom, holds).and_then(|value| read_slot(program, f, value)) else {
                continue;
            };
            files.push(home);
            read.push(name);
        }
    }
    files.sort_unstable();
    files.dedup();
    let written: Vec<String> = files.iter().flat_map(|file| written(program, *file)).collect();
    match (read.first(), written.first()) {
        (None, None) => Guard::None,
        (Some(name), None) => Guard::ReadOnly(name.clone()),
        (None, Some(name)) => Guard::WriteOnly(name.clone()),
        (Some(name), Some(_)) if !read.iter().any(|name| written.contains(name)) => Guard::ReadOnly(name.clone()),
        _ => Guard::Kept,
    }
}

/// The slots of the global object that are read on the way to a construction.
pub fn slots(program: &Program, chain: &[Step]) -> Vec<String> {
    let spots = chain.iter().filter_map(|step| spot(program, step.place));
    let read = |(f, conditions): (FnRef, Conditions)| {
        let atoms = conditions.atoms().into_iter();
        atoms
            .filter_map(|(atom, holds)| slot(program, f, empty_value(atom, holds)?, &Trail::default()))
            .collect::<Vec<_>>()
    };
    spots.flat_map(read).collect()
}

/// The call stands behind a filled slot of the global object.
pub fn is_guarded_call(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let data = program.call(call);
    let place = Place { file: program.units[call.file as usize].source, span: data.span };
    let Some((f, conditions)) = spot(program, place) else { return false };
    let atoms = conditions.atoms().into_iter();
    let mut read = atoms.filter_map(|(atom, holds)| read_slot(program, f, empty_value(atom, holds)?));
    read.any(|(home, name)| written(program, f.file).contains(&name) || written(program, home).contains(&name))
}

/// The function that builds is handed to a memoiser of a library, or to a function of the project
/// that uses the global object.
fn kept_by_helper(project: &Project, step: &Step) -> bool {
    let Point::Fn(f) = step.point else { return false };
    if !project.graph.kept.contains(&f) {
        return false;
    }
    let program = &project.program;
    let calls = program.facts(f.file).calls.iter().enumerate().filter(|(_, call)| call.span == step.place.span);
    let helpers = calls.filter_map(|(id, _)| {
        let call = CallRef { file: f.file, id: crate::facts::CallId(id as u32) };
        project.graph.target(call)
    });
    let own: Vec<FnRef> = helpers.flat_map(|target| target.functions.iter().copied()).collect();
    own.is_empty() || own.iter().any(|helper| uses_global(program, helper.file))
}

fn uses_global(program: &Program, file: u32) -> bool {
    let mut found = false;
    each_bind(program, file, &mut |f, target, value| {
        found |=
            slot(program, f, target, &Trail::default()).is_some() || is_global(program, f, value, &Trail::default());
    });
    found
}

/// Where a node stands: its function, and the conditions that hold there.
pub fn spot<'a>(program: &Program<'a>, place: Place) -> Option<(FnRef, Conditions<'a>)> {
    if place.span == Span::default() {
        return None;
    }
    let file = program.unit_of(place.file)?;
    let facts = program.facts(file);
    facts.function_ids().find_map(|id| {
        let f = FnRef { file, id };
        let conditions = find(program, f, &facts.function(id).body, &Conditions::default(), place.span)?;
        Some((f, conditions))
    })
}

fn find<'a>(
    program: &Program<'a>,
    f: FnRef,
    block: &'a Block,
    outer: &Conditions<'a>,
    span: Span,
) -> Option<Conditions<'a>> {
    let facts = program.facts(f.file);
    let mut conditions = outer.clone();
    for node in block {
        let found = match node {
            Node::Call(id) => (facts.call(*id).span == span).then(|| conditions.clone()),
            Node::Closure { function, .. } => (facts.function(*function).span == span).then(|| conditions.clone()),
            Node::Branch { pred, then, otherwise, .. } => find(program, f, then, &conditions.with(pred, true), span)
                .or_else(|| find(program, f, otherwise, &conditions.with(pred, false), span)),
            other => other.blocks().find_map(|inner| find(program, f, inner, &conditions, span)),
        };
        if found.is_some() {
            return found;
        }
        match node {
            Node::Branch { pred, then, otherwise, .. } if exits(then) && !exits(otherwise) => {
                conditions.add(pred, false)
            }
            _ => {}
        }
    }
    None
}

/// The slot of the global object that a value is read from, by itself or by a getter, with the file that reads it.
fn read_slot<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Option<(u32, String)> {
    if let Some(name) = slot(program, f, value, &Trail::default()) {
        return Some((f.file, name));
    }
    let Value::Call(id) = program.deref(f, value) else { return None };
    let Ty::Fn(getter) = program.callee(f, program.facts(f.file).call(*id)) else { return None };
    let mut values = Vec::new();
    returned(&program.function(getter).body, &mut values);
    values.into_iter().find_map(|value| Some((getter.file, slot(program, getter, value, &Trail::default())?)))
}

/// The first name under the global object that a value is read from or written to.
fn slot(program: &Program, f: FnRef, value: &Value, trail: &Trail) -> Option<String> {
    let here = trail.step(value)?;
    match value {
        Value::Member(base, name) if is_global(program, f, base, &here) => Some(name.clone()),
        Value::Index(base, key) if is_global(program, f, base, &here) => Some(key_text(program, f, key)),
        Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => slot(program, f, base, &here),
        Value::Choice(values, _) => values.iter().find_map(|inner| slot(program, f, inner, &here)),
        Value::Var(var) => {
            let bound = program.bound(f.file, *var);
            bound.iter().take(3).find_map(|b| slot(program, FnRef { file: f.file, id: b.function }, b.value, &here))
        }
        Value::Global(name) if !is_global_object(name) => Some(name.clone()),
        _ => None,
    }
}

fn is_global(program: &Program, f: FnRef, value: &Value, trail: &Trail) -> bool {
    let Some(here) = trail.step(value) else { return false };
    match value {
        Value::Global(name) => is_global_object(name) && name != "process",
        Value::Choice(values, _) => values.iter().any(|inner| is_global(program, f, inner, &here)),
        Value::Var(var) => match program.bound(f.file, *var) {
            [only] => is_global(program, f, only.value, &here),
            _ => false,
        },
        _ => false,
    }
}

fn key_text(program: &Program, f: FnRef, key: &Value) -> String {
    match key {
        Value::Literal(Literal::Str(text)) => text.clone(),
        Value::Var(var) => match program.bound(f.file, *var) {
            [only] => only.value.as_str().unwrap_or(&program.facts(f.file).local(*var).name).to_string(),
            _ => program.facts(f.file).local(*var).name.clone(),
        },
        _ => "[]".to_string(),
    }
}

/// Slots that the file fills while it is developed.
fn written(program: &Program, file: u32) -> Vec<String> {
    let mut found = Vec::new();
    for id in program.facts(file).function_ids() {
        let f = FnRef { file, id };
        fills(program, f, &program.function(f).body, &mut found);
    }
    found
}

fn fills<'a>(program: &Program<'a>, f: FnRef, block: &'a Block, found: &mut Vec<String>) {
    let mut all = nodes(block);
    while let Some(node) = all.next() {
        match node {
            Node::Bind { target, value, .. } if !value.is_null() => {
                let mut conditions = Conditions::default();
                let around = all.regions().filter_map(|region| region.condition());
                around.for_each(|(pred, holds)| conditions.add(pred, holds));
                let live =
                    !conditions.atoms().into_iter().any(|(atom, holds)| never_developing(program, f, atom, holds));
                let direct = !matches!(target, Value::Var(_) | Value::Global(_)) || matches!(target, Value::Global(_));
                found.extend(slot(program, f, target, &Trail::default()).filter(|_| live && direct));
            }
            Node::Call(id) => found.extend(assigned(program, f, program.facts(f.file).call(*id))),
            _ => {}
        }
    }
}

/// `Object.assign(globalThis, { x })`, `Object.defineProperty(globalThis, "x", …)`.
fn assigned(program: &Program, f: FnRef, call: &crate::facts::Call) -> Vec<String> {
    let name = crate::values::sites::last_name(&call.callee);
    let on_global = call.positional(0).is_some_and(|arg| is_global(program, f, &arg.value, &Trail::default()));
    let Some(second) = call.positional(1).filter(|_| on_global) else { return Vec::new() };
    match (name, &second.value) {
        ("assign", Value::Record { entries, .. }) => entries.iter().map(|entry| entry.key.clone()).collect(),
        ("defineProperty" | "set", key) => vec![key_text(program, f, key)],
        _ => Vec::new(),
    }
}

fn each_bind(program: &Program, file: u32, act: &mut dyn FnMut(FnRef, &Value, &Value)) {
    for id in program.facts(file).function_ids() {
        let f = FnRef { file, id };
        walk::binds(&program.function(f).body).for_each(|bind| act(f, bind.target, bind.value));
    }
}

/// The condition holds in production or in tests alone.
fn never_developing<'a>(program: &Program<'a>, f: FnRef, atom: &'a Pred, holds: bool) -> bool {
    match atom {
        Pred::Eq(value, Literal::Str(text)) if names_environment(program, f, value) => match text.as_str() {
            text if SERVED_MODES.contains(&text) => holds,
            text => DEVELOPMENT_MODES.contains(&text) && !holds,
        },
        Pred::Truthy(value) => {
            let name = program.value_name(f.file, value).unwrap_or_default().to_ascii_lowercase();
            name.contains("prod") && name.len() < 16 && !name.contains("product") && holds
                || name.contains("production") && holds
                || DEVELOPMENT_FLAGS.contains(&name.as_str()) && !holds
        }
        _ => false,
    }
}

fn names_environment<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> bool {
    let name = program.value_name(f.file, value).unwrap_or_default().to_ascii_lowercase();
    name.contains("env") || matches!(name.as_str(), "mode" | "stage")
}

/// The library itself knows whether it is there (`getApps().length`, `connection.readyState`).
fn kept_outside<'a>(program: &Program<'a>, f: FnRef, atom: &'a Pred, holds: bool) -> bool {
    let Some(value) = empty_value(atom, holds) else { return false };
    if slot(program, f, value, &Trail::default()).is_some() || module_variable(program, f, value) {
        return false;
    }
    let outside = |ty: Ty| matches!(ty, Ty::External(_) | Ty::Method(..));
    match value.root() {
        Value::Call(id) => outside(program.eval(f, &program.facts(f.file).call(*id).callee)),
        root => !std::ptr::eq(root, value) && outside(program.eval(f, root)),
    }
}

fn module_variable<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> bool {
    match value.root() {
        Value::Var(var) => {
            let local = program.facts(f.file).local(*var);
            var.function == FnId::TOP
                && !matches!(local.kind, LocalKind::Import(_))
                && program.eval(top(f.file), value.root()).concept().is_none()
        }
        Value::This | Value::Class(_) => true,
        _ => false,
    }
}
