//! Functions that return what they open among other things, `return connection, cursor`, or in an object around it,
//! `return Orders(session)`, and those who take it out of what such a function gives.
//!
//! Not in Rust, where a pattern moves each part on its own. Knows no library by name.

use super::classes::kept_open;
use super::model::{Bundle, Bundled, Effect, Part, Trace, Walk};
use super::names;
use super::state::State;
use crate::facts::trail::Trail;
use crate::facts::{CallId, FnId, Language, Literal, LocalKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::passing::passed;

impl Bundle {
    pub fn is_object(&self) -> bool {
        self.object
    }
}

impl Bundled {
    pub fn is_some(&self) -> bool {
        self.given.is_some()
    }
}

impl Trace {
    /// It leaves the function on some path, for whoever has it then.
    pub fn leaves(&self) -> bool {
        self.returned || self.kept || self.bundled.is_some()
    }

    /// How every path that returns it bundles it, where it goes nowhere else.
    pub fn only_bundle(&self) -> Option<&Bundle> {
        let plain = self.kept || self.returned || self.returned_other || self.bundled_otherwise;
        self.bundled.as_ref().filter(|_| !plain)
    }

    pub(crate) fn note_bundle(&mut self, bundle: Bundle) {
        let other = self.bundled.as_ref().is_some_and(|known| *known != bundle);
        self.bundled_otherwise |= other;
        self.bundled = Some(bundle);
    }
}

impl Walk<'_, '_, '_> {
    /// The acquisition gives the resource as a part of this.
    pub fn take_from(&mut self, bundle: Bundle) {
        self.bundled.given = Some(bundle);
        (self.ever, self.handles) = Default::default();
        self.find_variables();
    }

    /// What the acquisition gives as a whole.
    pub(crate) fn is_whole(&self, value: &Value) -> bool {
        match value {
            _ if self.bundled.given.is_none() => false,
            Value::Call(id) => self.opens(*id),
            Value::Var(var) => self.bundled.wholes.contains(var),
            _ => false,
        }
    }

    /// The variable holds the whole from now on; whether that is new.
    pub(crate) fn find_whole(&mut self, var: VarRef, value: &Value) -> bool {
        self.is_whole(value) && self.bundled.wholes.insert(var)
    }

    /// The resource, taken out of the whole.
    pub(crate) fn is_taken_out(&self, value: &Value) -> bool {
        let Some(bundle) = &self.bundled.given else { return false };
        self.part_of_whole(value).is_some_and(|part| part == bundle.part)
    }

    /// Something over the resource, taken out of the whole.
    pub(crate) fn is_beside(&self, value: &Value) -> bool {
        let Some(bundle) = &self.bundled.given else { return false };
        self.part_of_whole(value).is_some_and(|part| bundle.over.contains(&part))
    }

    fn part_of_whole(&self, value: &Value) -> Option<Part> {
        let (base, part) = match value {
            Value::Index(base, key) => (base, part_named(key)?),
            Value::Member(base, key) => (base, Part::Key(key.clone())),
            _ => return None,
        };
        self.is_whole(base).then_some(part)
    }

    /// Some part of the whole, and nobody sees which one: `pair[at]`.
    pub(crate) fn is_apart(&self, value: &Value) -> bool {
        match value {
            Value::Index(base, key) if self.is_whole(base) => part_named(key).is_none(),
            Value::Element(base) if self.is_whole(base) => true,
            Value::Index(base, _) | Value::Element(base) | Value::Member(base, _) => self.is_apart(base),
            _ => false,
        }
    }

    /// A function that is written here or is a method of the resource, also bound to it or under a name.
    fn is_function(&self, state: &State, value: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        let program = self.world.program;
        match value {
            Value::Closure(_) => true,
            Value::Var(var) => {
                let facts = program.facts(self.f.file);
                matches!(facts.local(*var).kind, LocalKind::Function(_))
                    || program.bound(self.f.file, *var).iter().any(|bound| self.is_function(state, bound.value, &here))
            }
            Value::Member(base, _) => self.is_alias(state, base),
            // `client.release.bind(client)`, `partial(connection.close)`.
            Value::Call(id) => {
                let data = program.call(CallRef { file: self.f.file, id: *id });
                let method =
                    |value: &Value| matches!(value, Value::Member(..)) && self.is_function(state, value, &here);
                let bound = matches!(&data.callee, Value::Member(base, _) if method(base));
                bound || data.args.iter().any(|arg| method(&arg.value))
            }
            _ => false,
        }
    }

    /// Who calls the value ends the resource: its own method, under whatever name, or a function that calls that.
    fn is_end(&self, state: &State, value: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        let program = self.world.program;
        let calls_end = |id: FnId| {
            let mut calls = program.calls_within(FnRef { file: self.f.file, id }).map(|call| &call.callee);
            calls.any(|callee| self.is_end(state, callee, &here))
        };
        match value {
            Value::Closure(id) => calls_end(*id),
            Value::Member(base, name) => self.is_alias(state, base) && self.is_release(name),
            Value::Var(var) => match program.facts(self.f.file).local(*var).kind {
                LocalKind::Function(id) => calls_end(id),
                _ => program.bound(self.f.file, *var).iter().any(|bound| self.is_end(state, bound.value, &here)),
            },
            Value::Call(id) => {
                let data = program.call(CallRef { file: self.f.file, id: *id });
                let bound = matches!(&data.callee, Value::Member(base, _) if self.is_end(state, base, &here));
                bound || data.args.iter().any(|arg| self.is_end(state, &arg.value, &here))
            }
            _ => false,
        }
    }

    /// Whoever is given the function is given the resource too, and ends it by that.
    pub(crate) fn is_given_beside(&self, function: FnId) -> bool {
        let program = self.world.program;
        let is_it = |value: &Value| match value {
            Value::Closure(id) => *id == function,
            Value::Var(var) => match program.bound(self.f.file, *var) {
                [] => program.facts(self.f.file).local(*var).kind == LocalKind::Function(function),
                [only] => *only.value == Value::Closure(function),
                _ => false,
            },
            _ => false,
        };
        program.given_by(self.f).into_iter().filter_map(parts_of).any(|parts| {
            parts.iter().any(|(_, value)| is_it(value)) && parts.iter().any(|(_, value)| self.is_ever(value))
        })
    }

    /// What is called or handed on is the part of the whole that ends the resource.
    pub(crate) fn is_ending_part(&self, value: &Value) -> bool {
        let Some(bundle) = &self.bundled.given else { return false };
        let taken_out = matches!(value, Value::Var(var) if self.bundled.enders.contains(var));
        taken_out || self.part_of_whole(value).is_some_and(|part| bundle.ends.contains(&part))
    }

    /// How the value bundles the resource, where it is in one place of it.
    pub(crate) fn bundle_of(&self, state: &State, value: &Value) -> Option<Bundle> {
        if self.language == Language::Rust {
            return None;
        }
        if self.is_whole(value) {
            return self.bundled.given.clone();
        }
        if let Some(bundle) = self.object_around(state, value) {
            return Some(bundle);
        }
        let parts = parts_of(value)?;
        let is = |value: &Value| self.is_alias(state, value);
        let mut functions =
            parts.iter().filter(|(_, value)| self.is_function(state, value, &Trail::default())).peekable();
        let beside = functions.peek().is_some();
        let ends: Vec<Part> = functions
            .filter(|(_, value)| self.is_end(state, value, &Trail::default()))
            .map(|(part, _)| part.clone())
            .collect();
        // Whoever is given another function beside it may end it by that.
        if beside && ends.is_empty() {
            return None;
        }
        let mut own = parts.iter().filter(|(_, value)| value.holds(&is));
        let (part, only) = own.next()?;
        if !is(only) || own.next().is_some() {
            return None;
        }
        let over = parts.iter().filter(|(other, value)| other != part && self.is_view(state, value));
        let over = over.map(|(part, _)| part.clone()).collect();
        Some(Bundle { part: part.clone(), over, ends, object: false })
    }

    /// An object of the project that has the resource from its constructor on, and never ends it.
    fn object_around(&self, state: &State, value: &Value) -> Option<Bundle> {
        let program = self.world.program;
        let call = CallRef { file: self.f.file, id: self.made_by(value)? };
        let target = self.world.graph.target(call)?;
        let class = target.class.filter(|class| !target.by_name && !self.class_may_close(*class))?;
        let data = program.call(call);
        let mut own = data.args.iter().filter(|arg| self.holds(state, &arg.value));
        let only = own.next().filter(|arg| own.next().is_none() && self.is_alias(state, &arg.value))?;
        let (_, constructor) = program.constructor(class).filter(|_| program.is_whole_in_sight(class))?;
        let is_it = |at: &usize| passed(program, call, constructor, *at) == Some(&only.value);
        let mut params = (0..program.function(constructor).params.len()).filter(is_it);
        let field = params.find_map(|param| kept_open(program, class, constructor, param))?;
        Some(Bundle { part: Part::Key(field), over: Vec::new(), ends: Vec::new(), object: true })
    }

    /// The call whose result the value is, also through a variable that is never anything else.
    fn made_by(&self, value: &Value) -> Option<CallId> {
        match value {
            Value::Call(id) => Some(*id),
            Value::Var(var) => match self.world.program.bound(self.f.file, *var) {
                [only] => {
                    if let Value::Call(id) = only.value {
                        Some(*id)
                    } else {
                        None
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What a method of the object around the resource does to it, as far as anybody knows.
    pub(crate) fn effect_through_object(&self, base: &Value, method: &str) -> Option<Effect> {
        let object = self.bundled.given.as_ref().is_some_and(Bundle::is_object);
        (object && self.is_whole(base)).then(|| if names::releases(method) { Effect::HandBack } else { Effect::Use })
    }
}

fn part_named(key: &Value) -> Option<Part> {
    match key {
        Value::Literal(Literal::Num(at)) if *at >= 0.0 && at.fract() == 0.0 => Some(Part::At(*at as usize)),
        Value::Literal(Literal::Str(key)) => Some(Part::Key(key.clone())),
        _ => None,
    }
}

fn parts_of(value: &Value) -> Option<Vec<(Part, &Value)>> {
    match value {
        Value::List(items) => Some(items.iter().enumerate().map(|(at, item)| (Part::At(at), item)).collect()),
        Value::Record { entries, spreads, open: false } if spreads.is_empty() => {
            Some(entries.iter().map(|entry| (Part::Key(entry.key.clone()), &entry.value)).collect())
        }
        _ => None,
    }
}

/// `None`, or `None, None`.
pub(crate) fn is_nothing(value: &Value) -> bool {
    value.is_null() || parts_of(value).is_some_and(|parts| !parts.is_empty() && parts.iter().all(|(_, v)| v.is_null()))
}
