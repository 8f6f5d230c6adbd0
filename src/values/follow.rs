//! Follows a value to the values that it stands for, one step at a time, over files.
//!
//! Variables, imports, module members, fields of settings classes, keys of records. What is not
//! followed gives nothing. Knows no library by name.

use super::calls::top;
use super::conditions::record_key;
use super::eval::Ty;
use crate::catalog::words::values::{HANDED_BACK, MAPPING_ADDS};
use crate::facts::trail::{Step, Trail};
use crate::facts::walk;
use crate::facts::{Call, Exported, FnId, FnKind, ImportId, Literal, LocalKind, Naming, Node, Span, Value, VarRef};
use crate::facts::{DEFAULT_EXPORT, returned};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use rustc_hash::FxHashMap;

/// A value and the function in whose body it makes sense.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    pub f: FnRef,
    pub value: &'a Value,
}

/// The values that a variable, member or index may stand for; empty when it is something else.
pub fn behind<'a>(program: &Program<'a>, at: At<'a>) -> Vec<At<'a>> {
    let kept = program.kept(at.f.file, at.value);
    if !kept.is_empty() {
        return kept.into_iter().map(|(f, value)| At { f, value }).collect();
    }
    match at.value {
        Value::Var(var) => variable(program, at.f.file, *var),
        Value::Member(base, name) => member(program, at.f, base, name),
        Value::Index(base, key) => match &**key {
            Value::Literal(Literal::Str(name)) => member(program, at.f, base, name),
            _ => Vec::new(),
        },
        Value::Element(base) => vec![At { f: at.f, value: base }],
        Value::Module(_) => required(program, at),
        _ => Vec::new(),
    }
}

/// What `require("./settings")` gives, where the module exports one value.
fn required<'a>(program: &Program<'a>, at: At<'a>) -> Vec<At<'a>> {
    match program.eval(at.f, at.value) {
        Ty::Module(file) => named(program, file, DEFAULT_EXPORT, &Trail::default()),
        _ => Vec::new(),
    }
}

fn variable<'a>(program: &Program<'a>, file: u32, var: VarRef) -> Vec<At<'a>> {
    let facts = program.facts(file);
    match facts.local(var).kind {
        LocalKind::Import(id) => imported(program, file, id, &Trail::default()),
        LocalKind::Param => default(program, FnRef { file, id: var.function }, var),
        _ => {
            let bounds = program.index[file as usize].vars.get(&var).into_iter().flatten();
            let own = bounds.map(|bound| At { f: FnRef { file, id: bound.function }, value: bound.value });
            own.chain(program.put_into_empty(file, var).into_iter().map(|(f, value)| At { f, value })).collect()
        }
    }
}

/// A parameter's default, where nothing in the function assigns it.
fn default<'a>(program: &Program<'a>, f: FnRef, var: VarRef) -> Vec<At<'a>> {
    let param = program.function(f).params.iter().find(|param| param.local == var.local);
    param.and_then(|param| param.default.as_ref()).map(|value| At { f, value }).into_iter().collect()
}

fn imported<'a>(program: &Program<'a>, file: u32, id: ImportId, trail: &Trail) -> Vec<At<'a>> {
    let Some(here) = trail.step(Step::Import(file, id)) else { return Vec::new() };
    let import = program.facts(file).import(id);
    let target = match program.semantics(file).naming {
        Naming::Exports => program.modules.imported(file, id),
        Naming::Dotted => program.python_module(file, &import.module),
        Naming::Paths => program.rust_home(file, &import.module),
    };
    target.map_or_else(Vec::new, |target| named(program, target, &import.name, &here))
}

/// What a file calls by a name, seen from outside.
pub fn named<'a>(program: &Program<'a>, file: u32, name: &str, trail: &Trail) -> Vec<At<'a>> {
    if program.semantics(file).naming == Naming::Exports {
        let exports = program.facts(file).exports.iter().filter(|export| export.name == name || export.name == "*");
        return exports.flat_map(|export| exported(program, file, &export.what, name, trail)).collect();
    }
    let Some(var) = program.index[file as usize].top.get(name) else { return Vec::new() };
    match program.facts(file).local(*var).kind {
        LocalKind::Import(id) => imported(program, file, id, trail),
        _ => variable(program, file, *var),
    }
}

fn exported<'a>(program: &Program<'a>, file: u32, what: &'a Exported, name: &str, trail: &Trail) -> Vec<At<'a>> {
    match what {
        Exported::Value(value) => vec![At { f: top(file), value }],
        Exported::From(id) => {
            let Some(here) = trail.step(Step::Import(file, *id)) else { return Vec::new() };
            let import = program.facts(file).import(*id);
            let Some(target) = program.modules.imported(file, *id) else { return Vec::new() };
            let name = if import.name == "*" { name } else { &import.name };
            named(program, target, name, &here)
        }
    }
}

/// The values that a member of an object, record or module may stand for.
pub fn member<'a>(program: &Program<'a>, f: FnRef, base: &'a Value, name: &str) -> Vec<At<'a>> {
    match program.eval(f, base) {
        Ty::Module(file) => named(program, file, name, &Trail::default()),
        Ty::Record(owner, record) => key(program, At { f: owner, value: record }, name),
        Ty::Instance(class) | Ty::Class(class) => field(program, class, name),
        Ty::Unknown => key(program, At { f, value: base }, name),
        _ => Vec::new(),
    }
}

/// The values under a key of a record, its spreads included.
pub fn key<'a>(program: &Program<'a>, record: At<'a>, name: &str) -> Vec<At<'a>> {
    Keys { program, name, seen: Vec::new() }.of(record)
}

/// The search for one key. Records that are copies of each other, as settings in tests are, lead back to
/// each other on many ways: each value is looked into once.
struct Keys<'p, 'a> {
    program: &'p Program<'a>,
    name: &'p str,
    seen: Vec<*const Value>,
}

impl<'a> Keys<'_, 'a> {
    fn of(&mut self, record: At<'a>) -> Vec<At<'a>> {
        if self.seen.contains(&std::ptr::from_ref(record.value)) {
            return Vec::new();
        }
        self.seen.push(record.value);
        if let Some(value) = record_key(record.value, self.name) {
            return vec![At { f: record.f, value }];
        }
        match record.value {
            Value::Record { spreads, .. } => {
                let put = self.program.put_under(record.f, record.value, self.name);
                let spread = spreads.iter().flat_map(|value| self.of(At { f: record.f, value }));
                spread.chain(put.into_iter().map(|(f, value)| At { f, value })).collect()
            }
            Value::Var(_) | Value::Member(..) | Value::Module(_) => {
                behind(self.program, record).into_iter().flat_map(|inner| self.of(inner)).collect()
            }
            Value::Call(_) => made(self.program, record).into_iter().flat_map(|inner| self.of(inner)).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a call of the project's own function gives, what a call hands back unchanged, or what is declared under the path
/// that it asks for.
pub fn made<'a>(program: &Program<'a>, at: At<'a>) -> Vec<At<'a>> {
    let Value::Call(id) = at.value else { return Vec::new() };
    let data = program.facts(at.f.file).call(*id);
    let from = FnRef { file: at.f.file, id: data.function };
    let own = returned_by(program, At { f: from, value: &data.callee });
    if !own.is_empty() {
        return own;
    }
    let name = data.callee_name(program.facts(at.f.file)).unwrap_or_default();
    let kept = data.positional(0).filter(|_| HANDED_BACK.contains(&name));
    kept.map_or_else(|| asked(program, at.f.file, data), |arg| vec![At { f: from, value: &arg.value }])
}

/// `config.get("database.pool")`, where `config` was made of a record that declares its settings.
fn asked<'a>(program: &Program<'a>, file: u32, call: &'a Call) -> Vec<At<'a>> {
    let Value::Member(base, name) = &call.callee else { return Vec::new() };
    let Some(path) = call.positional(0).and_then(|arg| arg.value.as_str()).filter(|_| name == "get") else {
        return Vec::new();
    };
    let from = At { f: FnRef { file, id: call.function }, value: base };
    let declared = declaration(program, from, &Trail::default()).into_iter().collect();
    path.split('.').fold(declared, |found: Vec<At>, part| {
        found.into_iter().flat_map(|record| key(program, record, part)).collect()
    })
}

/// The record that the object behind a name was made of.
fn declaration<'a>(program: &Program<'a>, at: At<'a>, trail: &Trail) -> Option<At<'a>> {
    if let Value::Call(id) = at.value {
        let data = program.facts(at.f.file).call(*id);
        let given = At { f: FnRef { file: at.f.file, id: data.function }, value: &data.positional(0)?.value };
        let inner = if matches!(given.value, Value::Var(_)) { behind(program, given) } else { vec![given] };
        return inner.into_iter().find(|at| matches!(at.value, Value::Record { .. }));
    }
    let here = trail.step(at.value)?;
    behind(program, at).into_iter().take(2).find_map(|inner| declaration(program, inner, &here))
}

/// The variable of the environment that a declared setting is read from: `{ default: 5, env: "POOL" }`.
pub fn declared_variable<'a>(program: &Program<'a>, at: At<'a>) -> Option<&'a str> {
    made(program, at).into_iter().find_map(|setting| record_key(setting.value, "env")?.as_str())
}

/// What the function behind a value returns.
pub fn returned_by<'a>(program: &Program<'a>, at: At<'a>) -> Vec<At<'a>> {
    let Ty::Fn(f) = program.eval(at.f, at.value) else { return Vec::new() };
    let mut values = Vec::new();
    returned(&program.function(f).body, &mut values);
    values.into_iter().map(|value| At { f, value }).collect()
}

/// Initial values and assignments of a field.
fn field<'a>(program: &Program<'a>, class: ClassRef, name: &str) -> Vec<At<'a>> {
    let mut found = Vec::new();
    for part in program.ancestry(class) {
        let data = program.class(part);
        let scope = FnRef { file: part.file, id: data.function };
        found.extend(program.field_values(part, name).into_iter().map(|(f, value)| At { f, value }));
        let declared = data.fields.iter().filter(|field| field.name == name).filter_map(|field| field.value.as_ref());
        found.extend(declared.flat_map(|value| initial(program, At { f: scope, value })));
        found.extend(class_level(program, part, name));
        found.extend(literals(program, part, name));
        found.extend(computed(program, part, name));
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// What a property gives that a method of the class works out.
fn computed<'a>(program: &Program<'a>, class: ClassRef, name: &str) -> Vec<At<'a>> {
    let getter = program.own_method(class, name).filter(|getter| program.function(*getter).kind == FnKind::Getter);
    getter.map_or_else(Vec::new, |f| {
        let mut values = Vec::new();
        returned(&program.function(f).body, &mut values);
        values.into_iter().map(|value| At { f, value }).collect()
    })
}

/// A field's initial value; Rust's attributes name functions that give it.
fn initial<'a>(program: &Program<'a>, at: At<'a>) -> Vec<At<'a>> {
    let given = if program.semantics(at.f.file).derives { returned_by(program, at) } else { Vec::new() };
    if given.is_empty() { vec![at] } else { given }
}

/// `Settings { name: … }`, `Settings(name=…)`.
fn literals<'a>(program: &Program<'a>, class: ClassRef, name: &str) -> Vec<At<'a>> {
    let made = program.literals.get_or_init(|| all_literals(program));
    let given = made.get(&class).into_iter().flatten().filter_map(|call| {
        let data = program.call(*call);
        Some(At { f: FnRef { file: call.file, id: data.function }, value: &data.named(name)?.value })
    });
    given.collect()
}

/// The calls of product code that make an object of a class and name what they give it.
fn all_literals(program: &Program) -> FxHashMap<ClassRef, Vec<CallRef>> {
    let mut made: FxHashMap<ClassRef, Vec<CallRef>> = FxHashMap::default();
    let product = |call: &CallRef, function| {
        program.class_of(call.file) != FileClass::Test
            && !program.is_written_as_test(FnRef { file: call.file, id: function })
    };
    let names = |call: &CallRef| {
        let data = program.call(*call);
        data.args.iter().any(|arg| arg.name.is_some()) && product(call, data.function)
    };
    for call in program.calls().filter(names) {
        let data = program.call(call);
        if let Ty::Class(class) = program.eval(FnRef { file: call.file, id: data.function }, &data.callee) {
            made.entry(class).or_default().push(call);
        }
    }
    made
}

/// `Settings.name = …` in the body of the class itself.
fn class_level<'a>(program: &Program<'a>, class: ClassRef, name: &str) -> Vec<At<'a>> {
    let members = program.index[class.file as usize].members.get(name).into_iter().flatten();
    let own = members.filter(|(base, _)| match base {
        Value::Class(id) => *id == class.id,
        Value::Var(var) => program.facts(class.file).local(*var).kind == LocalKind::Class(class.id),
        _ => false,
    });
    own.map(|(_, bound)| At { f: FnRef { file: class.file, id: bound.function }, value: bound.value }).collect()
}

/// Where exactly this value stands: the statement that assigns it, or the argument that it is.
pub fn written(program: &Program, at: At) -> Option<Span> {
    let assigned = |block| walk::binds(block).find(|bind| std::ptr::eq(bind.value, at.value)).map(|bind| bind.span);
    let facts = program.facts(at.f.file);
    let mut args = facts.calls.iter().flat_map(|call| &call.args);
    assigned(&facts.function(at.f.id).body)
        .or_else(|| assigned(&facts.function(FnId::TOP).body))
        .or_else(|| args.find(|arg| std::ptr::eq(&arg.value, at.value)).map(|arg| arg.span))
}

/// A record in a variable that is written to after it was made: keys that are set and count, records that are added.
pub fn grows(program: &Program, at: At, counts: &dyn Fn(&str) -> bool) -> bool {
    let Value::Var(var) = at.value else { return false };
    let is_it = |value: &Value| matches!(value, Value::Var(other) if other == var);
    let facts = program.facts(at.f.file);
    let adds = |call: &Call| {
        let method =
            matches!(&call.callee, Value::Member(base, name) if is_it(base) && MAPPING_ADDS.contains(&name.as_str()));
        let assign = matches!(&call.callee, Value::Member(_, name) if name == "assign");
        method || assign && call.args.first().is_some_and(|arg| is_it(&arg.value))
    };
    facts.calls.iter().any(adds) || sets(&facts.function(var.function).body, &is_it, counts)
}

fn sets(block: &[Node], is_it: &dyn Fn(&Value) -> bool, counts: &dyn Fn(&str) -> bool) -> bool {
    let part = |target: &Value| match target {
        Value::Index(base, key) if is_it(base) => key.as_str().is_none_or(counts),
        Value::Member(base, name) if is_it(base) => counts(name),
        _ => false,
    };
    walk::binds(block).any(|bind| part(bind.target))
}
