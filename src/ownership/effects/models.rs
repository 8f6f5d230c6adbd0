//! Properties that a component and its parent have together: what the component puts there, the parent has in a place of
//! its own, and may end with its own life.
//!
//! Which calls give such a property is data. Knows no framework.

use super::Effects;
use super::model::{Handle, Place};
use crate::facts::{CallId, Value, VarRef};
use crate::program::{CallRef, FnRef};

impl<'a> Handle<'_, 'a> {
    /// Those who place the component of the file have what it put into such a property.
    pub(super) fn grow_models(&mut self, file: u32) {
        for (var, property) in self.effects.models_of(file) {
            if self.relates(file, &Value::Var(var)) || self.has_part(file, &Value::Var(var)) {
                self.given_to_parents(file, &property);
            }
        }
    }

    fn given_to_parents(&mut self, file: u32, property: &str) {
        let effects = self.effects;
        let mut placed = effects.placed_by_templates().iter().filter(|(child, ..)| *child == file).peekable();
        self.escapes |= placed.peek().is_none();
        for (_, parent, mount) in placed {
            let Some((_, place)) = mount.bound.iter().find(|(name, _)| name == property) else { continue };
            let Some((home, var)) = effects.variable_of(*parent, place) else {
                self.escapes = true;
                continue;
            };
            self.places.insert(Place::Var(*parent, var));
            self.look_into(*parent);
            if !self.lifted.contains(&home) {
                self.lifted.push(home);
            }
        }
    }
}

impl Effects<'_, '_> {
    /// The variables of the file's component that stand for such properties, with the name that templates bind.
    fn models_of(&self, file: u32) -> Vec<(VarRef, String)> {
        if self.program.facts(file).component.is_none() {
            return Vec::new();
        }
        let vars = self.program.index[file as usize].vars.iter();
        vars.filter_map(|(var, bounds)| {
            let [only] = bounds.iter().filter(|bound| bound.function == var.function).collect::<Vec<_>>()[..] else {
                return None;
            };
            Some((*var, self.model(file, only.value)?))
        })
        .collect()
    }

    /// `defineModel("call")`, or the property of which that is the default: `{ call = $bindable() }`.
    fn model(&self, file: u32, value: &Value) -> Option<String> {
        let made = |id: CallId| self.made_model(CallRef { file, id });
        match value {
            Value::Call(id) => made(*id),
            Value::Choice(values, _) => {
                let given = values.iter().find_map(|value| match value {
                    Value::Member(_, name) => Some(name.clone()),
                    _ => None,
                });
                let default = |value: &Value| matches!(value, Value::Call(id) if made(*id).is_some());
                given.filter(|_| values.iter().any(default))
            }
            _ => None,
        }
    }

    fn made_model(&self, call: CallRef) -> Option<String> {
        let data = self.program.call(call);
        let name = data.callee_name(self.program.facts(call.file))?;
        let mut rows = self.program.active.iter().flat_map(|id| &self.program.catalog.package(*id).components);
        let row = rows.find(|row| row.models.iter().any(|model| model == name))?;
        let named = data.positional(0).and_then(|arg| arg.value.as_str());
        // Templates bind the property without a name by none.
        Some(named.filter(|named| *named != row.model).unwrap_or_default().to_string())
    }

    /// The variable of the file's component that an expression of its template is the name of.
    fn variable_of(&self, file: u32, name: &str) -> Option<(FnRef, VarRef)> {
        let facts = self.program.facts(file);
        let home = facts.component?;
        let local = facts.function(home).locals.iter().position(|local| local.name == name)?;
        Some((FnRef { file, id: home }, VarRef { function: home, local: local as u32 }))
    }
}
