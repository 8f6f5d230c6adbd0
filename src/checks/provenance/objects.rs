//! What an object was made from: the fields that its constructor set from what it was given.
//!
//! Looks for the object where its method is called: a construction, or a function that gives one. Knows no
//! library.

use rustc_hash::FxHashSet;

use super::inputs::{Inputs, Param, Reading, inputs, parameter, set_values};
use super::passed;
use crate::checks::Project;
use crate::facts::returned;
use crate::facts::trail::Trail;
use crate::facts::{FnKind, Value};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::sites::is_super;

/// Asks for the fields of objects, read in one way.
#[derive(Clone, Copy)]
pub(crate) struct Objects<'p, 'a> {
    pub project: &'p Project<'a>,
    pub reading: Reading,
}

/// A call that makes an object of the class.
#[derive(Clone, Copy)]
struct Made {
    class: ClassRef,
    call: CallRef,
}

impl<'a> Objects<'_, 'a> {
    /// What the fields of the object whose method is called depend on, by the inputs of the caller; nothing
    /// where nobody sees it made.
    pub fn of_receiver(self, call: CallRef, fields: &[String]) -> Option<Inputs> {
        let program = &self.project.program;
        let Value::Member(base, _) = &program.call(call).callee else { return None };
        let found: Option<Vec<Inputs>> =
            fields.iter().map(|field| self.of_field(caller(program, call), base, field)).collect();
        found.filter(|found| !found.is_empty()).map(Inputs::all)
    }

    /// What the objects that a call hands to the function were made from.
    pub fn of_handed(self, call: CallRef, objects: &[Param], callee: FnRef) -> Inputs {
        let program = &self.project.program;
        let own = objects.iter().filter(|param| param.of == callee);
        Inputs::all(own.filter_map(|param| {
            let whole = Param { member: None, ..param.clone() };
            self.of_field(caller(program, call), passed(program, call, &whole)?, param.member.as_deref()?)
        }))
    }

    /// What a field of an object depends on that the function has; nothing where nobody sees it made.
    fn of_field(self, f: FnRef, object: &'a Value, field: &str) -> Option<Inputs> {
        self.of_object(f, object, field, &Trail::default())
    }

    fn of_object(self, f: FnRef, object: &'a Value, field: &str, trail: &Trail) -> Option<Inputs> {
        match self.project.program.deref(f, object) {
            Value::Var(var) => {
                let param = parameter(&self.project.program, f.file, *var)?;
                let member = Some(field.to_string());
                Some(Inputs { objects: vec![Param { member, ..param }], ..Inputs::default() })
            }
            Value::Call(id) => self.of_call(CallRef { file: f.file, id: *id }, field, trail),
            _ => None,
        }
    }

    fn of_call(self, call: CallRef, field: &str, trail: &Trail) -> Option<Inputs> {
        let target = self.project.graph.target(call)?;
        let mut classes = target.class.iter().chain(&target.others).peekable();
        match target.functions.as_slice() {
            _ if classes.peek().is_some() => {
                Some(Inputs::all(classes.map(|class| self.of_made(Made { class: *class, call }, field))))
            }
            [maker] if !target.by_name => self.handed_back(call, *maker, field, trail),
            _ => None,
        }
    }

    /// A function gives the object: its caller passes what it makes it from.
    fn handed_back(self, call: CallRef, maker: FnRef, field: &str, trail: &Trail) -> Option<Inputs> {
        let here = trail.step(maker)?;
        let program = &self.project.program;
        let mut values = Vec::new();
        returned(&program.function(maker).body, &mut values);
        let given = values.into_iter().filter(|value| !value.is_null());
        let found: Option<Vec<Inputs>> = given.map(|value| self.of_object(maker, value, field, &here)).collect();
        let found = found.filter(|found| !found.is_empty()).map(Inputs::all)?;
        let given: Vec<&Value> = found.own(maker).filter_map(|param| passed(program, call, param)).collect();
        let given = inputs(program, caller(program, call), &given, self.reading);
        Some(Inputs { row: given.row || found.row, ..given })
    }

    fn of_made(self, made: Made, field: &str) -> Inputs {
        let program = &self.project.program;
        let set = set_values(program, made.class, field);
        let mut seen = FxHashSet::default();
        let given = program.field_given(made.call, field).filter(|_| program.constructor(made.class).is_none());
        let given = given.map(|value| inputs(program, caller(program, made.call), &[value], self.reading));
        Inputs::all(set.into_iter().map(|(g, value)| self.set_from(made, g, value, &mut seen)).chain(given))
    }

    /// What a value in a method of the object depends on, by the inputs of whoever makes the object. Methods that
    /// call each other are followed once.
    fn set_from(self, made: Made, g: FnRef, value: &'a Value, seen: &mut FxHashSet<(CallRef, usize)>) -> Inputs {
        let program = &self.project.program;
        let found = inputs(program, g, &[value], self.reading);
        let mut all = Inputs { row: found.row, ..Inputs::default() };
        for (call, param) in
            self.runs(made, g).into_iter().flat_map(|call| found.own(g).map(move |param| (call, param)))
        {
            let Some(value) = passed(program, call, param).filter(|_| seen.insert((call, param.index))) else {
                continue;
            };
            let h = caller(program, call);
            all.extend(match call == made.call {
                true => inputs(program, h, &[value], self.reading),
                false => self.set_from(made, h, value, seen),
            });
        }
        all
    }

    /// The calls that run a method on the object while it is made.
    fn runs(self, made: Made, g: FnRef) -> Vec<CallRef> {
        let program = &self.project.program;
        let Some((_, constructor)) = program.constructor(made.class) else { return Vec::new() };
        if g == constructor {
            return vec![made.call];
        }
        if program.function(g).kind == FnKind::Constructor {
            let calls = program.ids_within(constructor).into_iter().map(|id| CallRef { file: constructor.file, id });
            return calls.filter(|call| is_super(program.call(*call))).collect();
        }
        let parts = program.ancestry(made.class);
        let own = |call: CallRef| {
            let class = program.class_around(caller(program, call));
            is_on_itself(program, call) && class.is_some_and(|class| parts.contains(&class))
        };
        self.project.graph.targets.callers(g).iter().copied().filter(|call| own(*call)).collect()
    }
}

/// A method of the object calls another one of it.
pub(crate) fn is_on_itself(program: &Program, call: CallRef) -> bool {
    matches!(&program.call(call).callee, Value::Member(base, _) if matches!(**base, Value::This))
}

/// The function in which the call stands.
fn caller(program: &Program, call: CallRef) -> FnRef {
    FnRef { file: call.file, id: program.call(call).function }
}
