//! Tables of functions that a project fills while it runs: `self.handlers[name] = handler` in a function that is
//! given the handler, and `self.handlers[name](event)` in another one.
//!
//! Who hands a function over to be kept does not run it; who takes it out of the table does. Knows no library by name.

use rustc_hash::FxHashMap;

use super::{Builder, Edge, Point};
use crate::catalog::schema::Run;
use crate::facts::{Arg, Call, FnId, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::passing::parameter_from;

/// A field of a class's objects, or a variable of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table<'a> {
    Field(ClassRef, &'a str),
    Variable(u32, VarRef),
}

/// The tables that are filled with parameters, and the calls of what stands in a table.
#[derive(Default)]
pub(crate) struct Tables<'a> {
    puts: FxHashMap<(u32, VarRef), Vec<Table<'a>>>,
    runs: Vec<(Table<'a>, CallRef)>,
}

impl<'a> Tables<'a> {
    pub fn of(program: &Program<'a>) -> Self {
        let mut tables = Tables::default();
        for (file, index) in program.index.iter().enumerate() {
            for element in &index.elements {
                let f = FnRef { file: file as u32, id: element.bound.function };
                tables.put(program, f, element.container, element.bound.value);
            }
        }
        if !tables.puts.is_empty() {
            let runs = program.calls().filter_map(|call| Some((called(program, call)?, call)));
            tables.runs = runs.collect();
        }
        tables
    }

    fn put(&mut self, program: &Program<'a>, f: FnRef, container: &'a Value, value: &'a Value) {
        let Value::Var(var) = value else { return };
        let is_given = var.function == f.id && program.function(f).params.iter().any(|param| param.local == var.local);
        if let Some(table) = table(program, f, container).filter(|_| is_given) {
            self.puts.entry((f.file, *var)).or_default().push(table);
        }
    }

    /// The calls of what the parameter is put into.
    fn runs(&self, program: &Program, file: u32, param: VarRef) -> Vec<CallRef> {
        let Some(put) = self.puts.get(&(file, param)) else { return Vec::new() };
        let taken = self.runs.iter().filter(|(from, _)| put.iter().any(|into| is_same(program, *into, *from)));
        taken.map(|(_, call)| *call).collect()
    }
}

fn table<'a>(program: &Program<'a>, f: FnRef, container: &'a Value) -> Option<Table<'a>> {
    match container {
        Value::Member(base, name) if **base == Value::This => Some(Table::Field(program.class_around(f)?, name)),
        Value::Var(var) if var.function == FnId::TOP => Some(Table::Variable(f.file, *var)),
        _ => None,
    }
}

/// An object has the fields of all classes that its own extends.
fn is_same(program: &Program, one: Table, other: Table) -> bool {
    match (one, other) {
        (Table::Field(one, name), Table::Field(other, same)) => {
            name == same && (program.ancestry(one).contains(&other) || program.ancestry(other).contains(&one))
        }
        _ => one == other,
    }
}

/// The table out of which the call takes what it calls.
fn called<'a>(program: &Program<'a>, call: CallRef) -> Option<Table<'a>> {
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    match &data.callee {
        Value::Var(var) if var.function != FnId::TOP => {
            program.bound(call.file, *var).iter().find_map(|bound| taken(program, f, bound.value))
        }
        callee => taken(program, f, callee),
    }
}

/// `self.handlers[name]`, `self.handlers.get(name)`
fn taken<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Option<Table<'a>> {
    match value {
        Value::Index(container, _) => table(program, f, container),
        Value::Call(id) => match &program.facts(f.file).call(*id).callee {
            Value::Member(container, name) if name == "get" => table(program, f, container),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Builder<'_, 'a> {
    /// The callee puts the argument into a table: the functions run where they are called out of that.
    pub(crate) fn kept_in_table(&mut self, callee: FnRef, data: &'a Call, arg: &'a Arg, functions: &[FnRef]) -> bool {
        let position = data.args.iter().position(|other| std::ptr::eq(other, arg));
        let local = position.and_then(|at| parameter_from(self.program.function(callee), data, 0, at));
        let Some(local) = local else { return false };
        let param = VarRef { function: callee.id, local };
        let runs = self.common.tables.runs(self.program, callee.file, param);
        for call in &runs {
            let data = self.program.call(*call);
            let f = FnRef { file: call.file, id: data.function };
            let place = self.place(f, data.span);
            for function in functions {
                self.graph.add(Point::Fn(f), Edge::new(Point::Fn(*function), place, Run::Inline));
            }
        }
        let mut calls = self.program.calls_within(callee);
        !runs.is_empty() && !calls.any(|call| call.callee == Value::Var(param))
    }
}
