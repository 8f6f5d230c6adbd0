//! What a provider of parameters returns: whoever asks for it is given it, and the framework closes nothing.
//!
//! Pairs the functions that return something fresh with the parameters that receive it. Knows no library by
//! name and no rule.

use rustc_hash::FxHashSet;

use super::model::{Fate, World};
use crate::catalog::RowKind;
use crate::catalog::schema::ResultTo;
use crate::facts::{Call, CallId, FnId, TypeRef, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::follow::{At, behind};
use crate::values::handover::functions_of;

/// A call that asks for what a provider gives.
pub struct Asked {
    pub call: CallRef,
    pub provider: FnRef,
    /// The call that makes the provider anew: `get_repository(Users)`. Each has what it lends from another function.
    pub made: Option<CallRef>,
    /// The name of a type that the call is part of: `SessionDep = Annotated[Session, Depends(get_session)]`.
    pub alias: Option<String>,
    /// What parameters are called that are given it, where their names say so.
    key: Option<Key>,
}

impl Asked {
    /// Functions ask by a name that stands for the call.
    pub fn is_named(&self) -> bool {
        self.alias.is_some() || self.key.is_some()
    }
}

/// `dependencies={"session": Provide(get_session)}`
struct Key {
    name: String,
    of: Asking,
}

/// Whose parameters are meant.
enum Asking {
    One(FnRef),
    Methods(ClassRef),
    All,
}

impl Key {
    fn names(&self, program: &Program, f: FnRef, local: u32) -> bool {
        let of = match self.of {
            Asking::One(only) => only == f,
            Asking::Methods(class) => program.class_around(f) == Some(class),
            Asking::All => !program.function(f).decorators.is_empty(),
        };
        of && program.facts(f.file).local(VarRef { function: f.id, local }).name == self.name
    }
}

/// All calls that ask a framework for what a function of the project gives.
pub fn asked(world: &World) -> Vec<Asked> {
    world.program.calls().filter_map(|call| asks(world, call)).collect()
}

fn asks(world: &World, call: CallRef) -> Option<Asked> {
    let catalog = world.program.catalog;
    let rows = world.graph.target(call)?.rows.iter().filter(|row| row.kind == RowKind::Handover);
    let row = rows.map(|row| catalog.handover(*row)).find(|row| row.result == ResultTo::Parameter)?;
    let data = world.program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let mut functions = Vec::new();
    data.args.iter().for_each(|arg| functions_of(world.program, from, &arg.value, false, &mut functions));
    if functions.is_empty() {
        let class = match data.args.first() {
            Some(arg) => world.program.eval(from, &arg.value),
            None => type_of_parameter(world.program, call),
        };
        let made = if let Ty::Class(class) | Ty::Instance(class) = class { Some(class) } else { None };
        functions.extend(made.and_then(|class| world.program.constructor(class)).map(|(_, constructor)| constructor));
    }
    match functions.as_slice() {
        [provider] => Some(Asked {
            call,
            provider: *provider,
            made: data.args.first().and_then(|arg| made(world.program, from, &arg.value)),
            alias: alias(world.program, call),
            key: if row.by_key { key(world.program, call) } else { None },
        }),
        _ => None,
    }
}

/// The call of the project that gives a function of its own, whichever variable that came to stand in.
fn made<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Option<CallRef> {
    let mut seen = Vec::new();
    let mut at = At { f, value };
    while !matches!(at.value, Value::Call(_)) && !seen.contains(&std::ptr::from_ref(at.value)) {
        seen.push(std::ptr::from_ref(at.value));
        [at] = <[At; 1]>::try_from(behind(program, at)).ok()?;
    }
    let Value::Call(id) = at.value else { return None };
    matches!(program.eval(at.f, at.value), Ty::Fn(_)).then_some(CallRef { file: at.f.file, id: *id })
}

/// What the parameter is written to be that the call stands for: `users: Users = Depends()`.
fn type_of_parameter<'a>(program: &Program<'a>, call: CallRef) -> Ty<'a> {
    let mut functions = program.functions_of(call.file..call.file + 1);
    let asks = |f: FnRef| program.function(f).params.iter().find(|param| param.default == Some(Value::Call(call.id)));
    let found = functions.find_map(|f| asks(f).map(|param| (f, param)));
    found.and_then(|(f, param)| Some(program.eval_type(f, param.ty.as_ref()?))).unwrap_or(Ty::Unknown)
}

/// The key of the record that has the call: one that a decorator is given, that stands in a field of a class, or that
/// the application is given.
fn key(program: &Program, call: CallRef) -> Option<Key> {
    let facts = program.facts(call.file);
    let itself = Value::Call(call.id);
    let name = |value: &Value| match value {
        Value::Record { entries, .. } => {
            entries.iter().find(|entry| entry.value == itself).map(|entry| entry.key.clone())
        }
        _ => None,
    };
    let classes = program.classes().filter(|class| class.file == call.file);
    for class in classes {
        let fields = &program.class(class).fields;
        if let Some(name) = fields.iter().filter_map(|field| field.value.as_ref()).find_map(name) {
            return Some(Key { name, of: Asking::Methods(class) });
        }
    }
    let given =
        |(at, outer): (usize, &Call)| Some((CallId(at as u32), outer.args.iter().find_map(|arg| name(&arg.value))?));
    let (at, name) = facts.calls.iter().enumerate().find_map(given)?;
    let mut functions = facts.function_ids();
    let decorated = functions.find(|id| facts.function(*id).decorators.contains(&at));
    let of = decorated.map_or(Asking::All, |id| Asking::One(FnRef { file: call.file, id }));
    Some(Key { name, of })
}

/// The variable of the file's top level whose value the call is part of.
fn alias(program: &Program, call: CallRef) -> Option<String> {
    let vars = program.index[call.file as usize].vars.iter();
    let top = vars.filter(|(var, _)| var.function == FnId::TOP);
    let named = top.filter(|(_, bounds)| bounds.iter().any(|bound| is_part(bound.value, call.id)));
    named.map(|(var, _)| program.facts(call.file).local(*var).name.clone()).min()
}

fn is_part(value: &Value, id: CallId) -> bool {
    match value {
        Value::Call(call) => *call == id,
        Value::Index(_, inner) => is_part(inner, id),
        Value::List(items) => items.iter().any(|item| is_part(item, id)),
        _ => false,
    }
}

/// A parameter that receives what the provider returns, although nobody closes it there.
///
/// Nothing when no such parameter is in sight, or when some of them close it.
pub fn unclosed(world: &World, provider: FnRef, asked: &[Asked]) -> Option<CallRef> {
    let program = world.program;
    let asked: Vec<&Asked> = asked.iter().filter(|asked| asked.provider == provider).collect();
    if asked.is_empty() {
        return None;
    }
    let received = program.functions().flat_map(|f| received(program, f, &asked));
    let fates: Vec<(CallRef, Fate)> = received.map(|(call, f, local)| (call, fate(world, f, local))).collect();
    if fates.iter().any(|(_, fate)| *fate == Fate::Released) {
        return None;
    }
    fates.iter().find(|(_, fate)| *fate == Fate::Used).map(|(call, _)| *call)
}

/// The parameters of `f` that one of the calls stands for: as a default, in the written type, or by its alias.
pub fn received(program: &Program, f: FnRef, asked: &[&Asked]) -> Vec<(CallRef, FnRef, u32)> {
    let here = |id: &CallId| asked.iter().find(|asked| asked.call == CallRef { file: f.file, id: *id });
    let named = |ty: &TypeRef| {
        let name = ty.name.rsplit('.').next();
        asked.iter().find(|asked| asked.alias.is_some() && asked.alias.as_deref() == name)
    };
    let found = program.function(f).params.iter().filter_map(|param| {
        let default = match &param.default {
            Some(Value::Call(id)) => here(id),
            _ => None,
        };
        let inside = || param.decorators.iter().find_map(here);
        let by_key = || {
            let names = |asked: &&&Asked| asked.key.as_ref().is_some_and(|key| key.names(program, f, param.local));
            asked.iter().find(names)
        };
        let asked = default.or_else(inside).or_else(|| param.ty.as_ref().and_then(named)).or_else(by_key)?;
        Some((asked.call, f, param.local))
    });
    found.collect()
}

/// The calls that a decorator of the function is told in a list: `dependencies=[Depends(known)]`.
pub fn told_by_decorators(program: &Program, f: FnRef) -> Vec<CallId> {
    let facts = program.facts(f.file);
    let args = program.function(f).decorators.iter().flat_map(|id| &facts.call(*id).args);
    let listed = args.filter_map(|arg| if let Value::List(items) = &arg.value { Some(items) } else { None });
    let call = |item: &Value| if let Value::Call(id) = item { Some(*id) } else { None };
    listed.flatten().filter_map(call).collect()
}

fn fate(world: &World, f: FnRef, local: u32) -> Fate {
    let mut vars = FxHashSet::default();
    vars.insert(VarRef { function: f.id, local });
    world.summaries.body(f, &vars)
}
