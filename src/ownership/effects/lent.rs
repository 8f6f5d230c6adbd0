//! What functions and objects of the project get of a handle: parameters, parts of a record, what a constructor keeps.
//!
//! Who has an object that got it has the handle too. Knows no library.

use super::handles::named;
use super::model::{Handle, Place};
use super::unseen::ends_something;
use crate::facts::{Call, ParamKind, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};

impl<'a> Handle<'_, 'a> {
    /// Of a record whose parts the function takes by their names, those that hold it.
    pub(crate) fn handed(&mut self, call: CallRef, data: &'a Call, at: usize, f: FnRef) {
        let holding = match &data.args[at].value {
            Value::Record { entries, spreads, .. } if spreads.is_empty() => entries
                .iter()
                .filter(|entry| self.relates(call.file, &entry.value))
                .map(|entry| entry.key.as_str())
                .collect(),
            _ => Vec::new(),
        };
        match self.param(f, at).filter(|param| !holding.is_empty() && self.is_taken_apart(f, at, *param)) {
            Some(param) => {
                let whole = self.effects.key(f.file, &Value::Var(param)).unwrap_or_default();
                self.names.extend(holding.into_iter().map(|key| named(f.file, format!("{whole}.{key}"))));
                self.look_into(f.file);
            }
            None => self.lent(f, at),
        }
    }

    /// A pattern without a rest: nothing of the function has the parameter as a whole.
    fn is_taken_apart(&self, f: FnRef, at: usize, param: VarRef) -> bool {
        let program = self.effects.program;
        let rest = |value: &Value| matches!(value, Value::Element(base) if **base == Value::Var(param));
        let mut bounds = program.index[f.file as usize].vars.values().flatten();
        program.facts(f.file).local(param).name == format!("_{at}") && !bounds.any(|bound| rest(bound.value))
    }

    /// An object of the project has it from its constructor on: who has the object has it too.
    pub(crate) fn given_to_object(&mut self, call: CallRef, data: &'a Call, at: usize) {
        let program = self.effects.program;
        let target = self.effects.project.graph.target(call).filter(|target| !target.by_name);
        let class = target.and_then(|target| target.class).filter(|class| program.is_whole_in_sight(*class));
        let Some((class, (_, constructor))) = class.and_then(|class| Some((class, program.constructor(class)?))) else {
            self.escapes = true;
            return;
        };
        self.places.insert(Place::Call(call));
        self.handed(call, data, at, constructor);
        self.escapes |= program.ancestry(class).into_iter().any(|part| self.is_ended_in(part));
    }

    /// A method of the class ends what it holds.
    fn is_ended_in(&self, class: ClassRef) -> bool {
        let program = self.effects.program;
        let ends = |call: &Call| match &call.callee {
            Value::Member(base, name) => ends_something(name) && self.relates(class.file, base),
            _ => false,
        };
        let mut calls = program.own_methods(class).into_iter().flat_map(|method| program.ids_within(method));
        calls.any(|id| ends(program.facts(class.file).call(id)))
    }

    pub(crate) fn lent(&mut self, f: FnRef, at: usize) {
        if let Some(param) = self.param(f, at) {
            self.places.insert(Place::Var(f.file, param));
            self.look_into(f.file);
        }
    }

    fn param(&self, f: FnRef, at: usize) -> Option<VarRef> {
        let params = &self.effects.program.function(f).params;
        let of = |kind: ParamKind| params.iter().filter(move |param| param.kind == kind);
        let param = of(ParamKind::Normal).nth(at).or_else(|| of(ParamKind::Rest).next())?;
        Some(VarRef { function: f.id, local: param.local })
    }

    pub(crate) fn look_into(&mut self, file: u32) {
        if !self.files.contains(&file) {
            self.files.push(file);
        }
    }
}
